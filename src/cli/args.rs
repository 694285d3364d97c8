//! What can be typed after `anteroom`, and which environment variable stands for which option.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use ipnet::IpNet;

use crate::config::SmtpArgs;

/// The whole command line. Without a verb it is `anteroom serve`.
#[derive(Debug, Parser)]
#[command(
    name = "anteroom",
    version,
    about = "The client portal of a small accounting firm, as one file the firm runs itself.",
    after_help = "Without a command, anteroom serves: open the address that it prints.",
    args_conflicts_with_subcommands = true
)]
pub(super) struct CommandLine {
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
    #[command(flatten)]
    pub(super) serve: ServeArgs,
}

/// The verbs, in the order of the help.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Run the server (this is also what happens without a command)
    Serve(ServeArgs),
    /// Set the firm up without a browser; changes nothing where a firm is set up already
    Init(InitArgs),
    /// Print the code that the set-up page asks for
    SetupCode(DataArgs),
    /// Print a link that lets a locked-out member of staff choose a new password
    Recover(RecoverArgs),
    /// Look after the mail server
    #[command(subcommand)]
    Mail(MailVerb),
    /// Fill an empty data folder with a fictional firm to look around in
    Demo(DemoArgs),
    /// Compare the index of the data with its records
    Check(DataArgs),
    /// Print the version
    Version,
}

/// Where the data lies.
#[derive(Args, Debug)]
pub(super) struct DataArgs {
    /// Folder of all data [default: anteroom in the XDG data folder]
    #[arg(long, value_name = "DIR", env = "ANTEROOM_DATA_DIR")]
    pub(super) data_dir: Option<PathBuf>,
}

/// `anteroom serve`. Values given here hold for this run and are shown locked in the settings.
#[derive(Args, Debug)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// Address and port to listen on [default: 127.0.0.1:8080, or the next free port]
    #[arg(long, value_name = "ADDR:PORT", env = "ANTEROOM_LISTEN")]
    pub(super) listen: Option<SocketAddr>,
    /// Networks of reverse proxies whose X-Forwarded-For is believed, divided by commas
    #[arg(
        long,
        value_name = "NETWORK",
        value_delimiter = ',',
        value_parser = network,
        env = "ANTEROOM_TRUSTED_PROXIES"
    )]
    pub(super) trusted_proxies: Vec<IpNet>,
    /// Address at which people reach the portal, such as `https://portal.firm.example`
    #[arg(long, value_name = "URL", env = "ANTEROOM_PUBLIC_URL")]
    pub(super) public_url: Option<String>,
    /// Key file to use instead of keys/link.key in the data folder
    #[arg(long, value_name = "FILE", env = "ANTEROOM_LINK_KEY_FILE")]
    pub(super) link_key_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) smtp: SmtpArgs,
}

/// `anteroom init`. Values given here are stored and can be edited in the settings.
#[derive(Args, Debug)]
pub(super) struct InitArgs {
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// Name of the firm as clients read it
    #[arg(long, value_name = "NAME")]
    pub(super) firm: String,
    /// Your name as clients read it
    #[arg(long, value_name = "NAME")]
    pub(super) owner_name: String,
    /// Your e-mail address, with which you log in
    #[arg(long, value_name = "EMAIL")]
    pub(super) owner_email: String,
    /// File whose first line is your password
    #[arg(long, value_name = "FILE")]
    pub(super) owner_password_file: PathBuf,
    /// Address at which people reach the portal
    #[arg(
        long,
        value_name = "URL",
        env = "ANTEROOM_PUBLIC_URL",
        default_value = "http://localhost:8080"
    )]
    pub(super) public_url: String,
    /// Time zone of the firm, such as Europe/Dublin
    #[arg(long, value_name = "ZONE", default_value = "America/New_York")]
    pub(super) time_zone: String,
    /// Currency of all amounts, such as EUR
    #[arg(long, value_name = "CODE", default_value = "USD")]
    pub(super) currency: String,
    /// How dates are written: month-first (Nov 3) or day-first (3 Nov)
    #[arg(long, value_name = "STYLE", default_value = "month-first")]
    pub(super) date_style: String,
    #[command(flatten)]
    pub(super) smtp: SmtpArgs,
}

/// `anteroom recover EMAIL`.
#[derive(Args, Debug)]
pub(super) struct RecoverArgs {
    /// The address with which they log in
    pub(super) email: String,
    #[command(flatten)]
    pub(super) data: DataArgs,
}

/// `anteroom mail …`.
#[derive(Debug, Subcommand)]
pub(super) enum MailVerb {
    /// Send a test mail and print each step of it
    Test(MailTestArgs),
}

/// `anteroom mail test [TO]`.
#[derive(Args, Debug)]
pub(super) struct MailTestArgs {
    /// Where to send it [default: the sender's own address]
    pub(super) to: Option<String>,
    #[command(flatten)]
    pub(super) data: DataArgs,
}

/// `anteroom demo`.
#[derive(Args, Debug)]
pub(super) struct DemoArgs {
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// Address at which the demo is reached
    #[arg(
        long,
        value_name = "URL",
        env = "ANTEROOM_PUBLIC_URL",
        default_value = "http://localhost:8080"
    )]
    pub(super) public_url: String,
    /// Print address and log-ins as JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) smtp: SmtpArgs,
}

/// A network in CIDR form; a single address is a network of one.
fn network(typed: &str) -> Result<IpNet, String> {
    let typed = typed.trim();
    let one = || typed.parse::<std::net::IpAddr>().map(IpNet::from);
    typed.parse().or_else(|_| one()).map_err(|_| {
        "write an address such as 10.0.0.2 or a network such as 10.0.0.0/24".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        assert_eq!(network(" 10.0.0.2 ").unwrap().to_string(), "10.0.0.2/32");
        assert_eq!(network("2001:db8::/48").unwrap().to_string(), "2001:db8::/48");
        assert!(network("proxy.example").unwrap_err().contains("10.0.0.0/24"));
        let line = ["anteroom", "--trusted-proxies", "10.0.0.1,10.1.0.0/16"];
        assert_eq!(CommandLine::parse_from(line).serve.trusted_proxies.len(), 2);
    }
}
