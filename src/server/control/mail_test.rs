//! `anteroom mail test`: one mail through the code that the outbox uses.

use crate::error::{Error, Result};
use crate::mail::probe::Probe;
use crate::mail::test_mail::send_test;
use crate::model::System;
use crate::values::Email;

/// Sends it to this address, or to the sender's own. A test that fails is no error.
pub(super) async fn send(system: &System, to: Option<&str>) -> Result<Probe> {
    let firm = system.firm()?;
    let Some(smtp) = system.mail_server()? else {
        return Err(Error::refused(if firm.demo {
            "This is a demo, and its mails never leave the machine."
        } else {
            "No mail server is set. Set one in the settings, or start anteroom with --smtp-host."
        }));
    };
    let to = match to {
        Some(typed) => Email::parse(typed).map_err(|why| Error::field("to", why))?,
        None => smtp.mail_from.clone(),
    };
    send_test(&firm, smtp, &to, system.now()).await
}
