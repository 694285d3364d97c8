//! "Send a test": the mail that shows whether the mail server takes any. Sent from the settings and by
//! `anteroom mail test`, through the code that the outbox uses.

use jiff::Timestamp;

use super::dkim::Signer;
use super::mime::Draft;
use super::probe::{Probe, probe};
use super::smtp::{Envelope, Limits, Security, Server};
use super::tls::client_config;
use crate::error::{Error, Result};
use crate::model::firm::{Firm, NewSmtp, SmtpSecurity};
use crate::values::Email;

/// The mail server that these settings lead to.
///
/// # Errors
/// The field `ca`, if the firm's own authority cannot be read.
pub fn server(firm: &Firm, smtp: NewSmtp) -> Result<Server> {
    let tls = client_config(smtp.ca.as_deref()).map_err(|why| Error::field("ca", why))?;
    Ok(Server {
        host: smtp.host,
        port: smtp.port,
        security: match smtp.security {
            SmtpSecurity::None => Security::None,
            SmtpSecurity::StartTls => Security::StartTls,
            SmtpSecurity::Tls => Security::Tls,
        },
        ehlo: firm.public_url.host().to_owned(),
        login: smtp.login.map(|(user, password)| (user, password.expose().clone())),
        tls,
    })
}

/// Sends the test mail, signed as all others, and reports each step. A test that fails is no error.
pub async fn send_test(
    firm: &Firm,
    smtp: NewSmtp,
    to: &Email,
    signer: Option<&Signer>,
    now: Timestamp,
) -> Result<Probe> {
    let draft = draft(firm, &smtp, to, now);
    let mut body = draft.to_bytes();
    if let Some(signer) = signer {
        body = signer.sign(body, now);
    }
    let mail = Envelope { from: draft.from.clone(), to: draft.to.clone(), body };
    Ok(probe(server(firm, smtp)?, Limits::of_a_test(), &mail).await)
}

fn draft(firm: &Firm, smtp: &NewSmtp, to: &Email, now: Timestamp) -> Draft {
    let text = format!(
        "This is a test. It has reached you, so the mails of {} leave through {}.",
        firm.name, smtp.host
    );
    Draft {
        from_name: firm.name.to_string(),
        from: smtp.mail_from.to_string(),
        reply_to: None,
        to_name: String::new(),
        to: to.to_string(),
        subject: format!("A test from {}", firm.name),
        html: format!("<p>{}</p>", minijinja::HtmlEscape(&text)),
        text,
        message_id: format!("test-{}@{}", now.as_millisecond(), smtp.mail_from.domain()),
        date: now,
        auto: true,
        unsubscribe: None,
        thread: None,
    }
}
