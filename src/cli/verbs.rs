//! The verbs that do one thing and end. Where a server holds the data folder they have it do the thing.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use crate::config::{Config, ConfigError, Environment, password_in};
use crate::model::{Clock, OpenError};
use crate::server::control::{Answer, InitOrder, Verb, ask};
use crate::server::{Ready, provide_tls};

use super::args::{DataArgs, DemoArgs, DoctorArgs, InitArgs, MailTestArgs, RecoverArgs};
use super::exit::{FAILED, Failure, IN_USE, USAGE};
use super::print;
use super::serve::{folder_for_us, is_of_another, of_another};

/// How often a folder in use is tried, and how long apart: three seconds in all.
pub(super) const TRIES: usize = 30;
pub(super) const PAUSE: Duration = Duration::from_millis(100);

pub(super) fn init(args: InitArgs, environment: &Environment) -> Result<(), Failure> {
    let password = password_in(&args.owner_password_file).map(|password| password.expose().clone());
    let order = InitOrder {
        firm: args.firm,
        owner_name: args.owner_name,
        owner_email: args.owner_email,
        // Without the file nobody can be made an owner; but where there is a firm, nobody is.
        owner_password: password.as_ref().cloned().unwrap_or_default(),
        public_url: args.public_url,
        time_zone: args.time_zone,
        currency: args.currency,
        date_style: args.date_style,
        smtp: args.smtp.read()?.map(Into::into),
    };
    let data = args.data.folder(environment)?;
    folder_for_us(&data)?;
    let done = carry_out(data, Verb::Init(Box::new(order)));
    if let (Err(_), Err(why)) = (&done, password) {
        return Err(why.into());
    }
    done
}

pub(super) fn setup_code(args: DataArgs, environment: &Environment) -> Result<(), Failure> {
    carry_out(args.existing(environment)?, Verb::SetupCode)
}

pub(super) fn recover(args: RecoverArgs, environment: &Environment) -> Result<(), Failure> {
    carry_out(args.data.existing(environment)?, Verb::Recover { email: args.email })
}

pub(super) fn mail_test(args: MailTestArgs, environment: &Environment) -> Result<(), Failure> {
    carry_out(args.data.existing(environment)?, Verb::MailTest { to: args.to })
}

pub(super) fn doctor(args: DoctorArgs, environment: &Environment) -> Result<(), Failure> {
    let verb = Verb::Doctor { json: args.json, dns_server: args.dns.dns_server };
    carry_out(args.data.existing(environment)?, verb)
}

pub(super) fn rotate_keys(args: DataArgs, environment: &Environment) -> Result<(), Failure> {
    carry_out(args.existing(environment)?, Verb::RotateKeys)
}

pub(super) fn demo(args: DemoArgs, environment: &Environment) -> Result<(), Failure> {
    if let Some(given) = args.smtp.given() {
        return Err(ConfigError(format!("Leave out --{given}: {NO_MAIL}")).into());
    }
    let data = args.data.folder(environment)?;
    folder_for_us(&data)?;
    carry_out(data, Verb::Demo { public_url: args.public_url, json: args.json })
}

/// Why a demo gets no mail server.
pub(super) const NO_MAIL: &str = "this is a demo, and its mails never leave the machine.";

pub(super) fn carry_out(data: PathBuf, verb: Verb) -> Result<(), Failure> {
    provide_tls();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(answer(data, verb))? {
        Answer::Done(text) => {
            print(&text);
            Ok(())
        }
        Answer::NotWell(text) => {
            print(&text);
            Err(Failure::new(FAILED, "It did not go well: see above."))
        }
        Answer::Refused(why) => Err(Failure::new(FAILED, why)),
        Answer::Wrong(why) => Err(Failure::new(USAGE, why)),
    }
}

/// From the store itself, or from the server that holds it. A server that starts or stops, or another command, holds
/// the folder for a moment without listening: that moment is waited for.
async fn answer(data: PathBuf, verb: Verb) -> Result<Answer, Failure> {
    let is_ours = !is_of_another(&data);
    for _ in 0..TRIES {
        if is_ours {
            match Ready::open(Config::nearby(data.clone()), Clock::system()) {
                Ok(ready) => return here(ready, verb).await,
                Err(OpenError::InUse) => {}
                Err(why) => return Err(why.into()),
            }
        }
        match ask(&data, &verb) {
            Ok(answer) => return Ok(answer),
            Err(why) if nobody_listens(&why) && !is_ours => return Err(of_another(&data)),
            Err(why) if nobody_listens(&why) => sleep(PAUSE).await,
            Err(why) => return Err(no_answer(&data, &why)),
        }
    }
    Err(in_use(&data))
}

/// There is a server, and it did not do its part.
pub(super) fn no_answer(data: &Path, why: &io::Error) -> Failure {
    let place = data.display();
    Failure::new(FAILED, format!("The server that runs on {place} did not answer: {why}."))
}

/// Something else than a server has the folder for longer than a moment.
pub(super) fn in_use(data: &Path) -> Failure {
    let place = data.display();
    Failure::new(IN_USE, format!("{place} is in use by another command. Try again in a moment."))
}

/// In this process, with the store to itself.
async fn here(ready: Ready, verb: Verb) -> Result<Answer, Failure> {
    let answer = ready.carry_out(verb).await;
    ready.close().await.map_err(|why| Failure::new(FAILED, why.to_string()))?;
    Ok(answer)
}

pub(super) fn nobody_listens(why: &io::Error) -> bool {
    matches!(why.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}
