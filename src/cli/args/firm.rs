//! `anteroom init`, `demo` and `recover`: whose office it is, and who works there.

use std::path::PathBuf;

use clap::Args;

use super::DataArgs;
use crate::config::SmtpArgs;

/// `anteroom init`. Values given here are stored and can be edited in the settings.
#[derive(Args, Debug)]
pub(in crate::cli) struct InitArgs {
    #[command(flatten)]
    pub(in crate::cli) data: DataArgs,
    /// Name of the firm as clients read it
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) firm: String,
    /// Your name as clients read it
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) owner_name: String,
    /// Your e-mail address, with which you log in
    #[arg(long, value_name = "EMAIL")]
    pub(in crate::cli) owner_email: String,
    /// File whose first line is your password
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) owner_password_file: PathBuf,
    /// Address at which people reach the portal
    #[arg(
        long,
        value_name = "URL",
        env = "ANTEROOM_PUBLIC_URL",
        default_value = "http://localhost:8080"
    )]
    pub(in crate::cli) public_url: String,
    /// Time zone of the firm, such as Europe/Dublin
    #[arg(long, value_name = "ZONE", default_value = "America/New_York")]
    pub(in crate::cli) time_zone: String,
    /// Currency of all amounts, such as EUR
    #[arg(long, value_name = "CODE", default_value = "USD")]
    pub(in crate::cli) currency: String,
    /// How dates are written: month-first (Nov 3) or day-first (3 Nov)
    #[arg(long, value_name = "STYLE", default_value = "month-first")]
    pub(in crate::cli) date_style: String,
    #[command(flatten)]
    pub(in crate::cli) smtp: SmtpArgs,
}

/// `anteroom demo`.
#[derive(Args, Debug)]
pub(in crate::cli) struct DemoArgs {
    #[command(flatten)]
    pub(in crate::cli) data: DataArgs,
    /// Address at which the demo is reached
    #[arg(
        long,
        value_name = "URL",
        env = "ANTEROOM_PUBLIC_URL",
        default_value = "http://localhost:8080"
    )]
    pub(in crate::cli) public_url: String,
    /// Print address and log-ins as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) smtp: SmtpArgs,
}

/// `anteroom recover EMAIL`.
#[derive(Args, Debug)]
pub(in crate::cli) struct RecoverArgs {
    /// The address with which they log in
    pub(in crate::cli) email: String,
    #[command(flatten)]
    pub(in crate::cli) data: DataArgs,
}
