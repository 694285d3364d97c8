//! `security.txt` (RFC 9116): whom to tell of a hole in the portal, found without asking anybody.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use poem::http::HeaderValue;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use poem::{Response, handler};

use crate::error::{Error, Result};
use crate::http::routes::Routes;
use crate::model::Guest;
use crate::model::firm::Firm;
use crate::values::Email;

pub(super) fn routes() -> Routes {
    Routes::default().get(PATH, security)
}

const PATH: &str = "/.well-known/security.txt";
/// The standard asks for less than a year. It is computed anew at each request, so it never runs out.
const HOLDS: SignedDuration = SignedDuration::from_hours(180 * 24);
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

#[handler]
async fn security(guest: Guest) -> Result<Response> {
    let text = text(&*guest.firm()?, guest.now()).ok_or(Error::NotFound)?;
    let answer = Response::builder().header(CONTENT_TYPE, TEXT).header(CACHE_CONTROL, A_DAY);
    Ok(answer.body(text))
}

/// The file; none while the firm has made public no way to reach it.
fn text(firm: &Firm, now: Timestamp) -> Option<String> {
    let contacts = contacts(firm);
    if contacts.is_empty() {
        return None;
    }
    let mut lines: Vec<String> =
        contacts.into_iter().map(|contact| format!("Contact: {contact}")).collect();
    let expires = (now + HOLDS).to_zoned(TimeZone::UTC).date();
    lines.push(format!("Expires: {expires}T00:00:00Z"));
    lines.push("Preferred-Languages: en".into());
    if firm.public_url.is_https() {
        lines.push(format!("Canonical: {}", firm.public_url.join(PATH)));
    }
    lines.push(String::new());
    Some(lines.join("\n"))
}

/// What the firm shows to the world already, the best first: the address its mails come from, its own page, the help
/// centre. The owner's own address is how they log in, so it is not told.
fn contacts(firm: &Firm) -> Vec<String> {
    let from = firm.smtp.as_ref().map(|smtp| &smtp.mail_from);
    let mail = from.filter(|address| is_read(address)).map(mailto);
    let page = firm.help_link.as_ref().map(|link| link.as_str().to_owned());
    let help = firm.public_url.is_https().then(|| firm.public_url.join("/help"));
    mail.into_iter().chain(page).chain(help).collect()
}

/// Whether somebody may read what is sent there.
fn is_read(address: &Email) -> bool {
    let local = address.key();
    let letters: String = local.split('@').take(1).flat_map(str::chars).collect();
    let letters = letters.replace(['-', '_', '.'], "");
    !letters.starts_with("noreply") && !letters.starts_with("donotreply")
}

/// RFC 6068, in which some signs that an address may have mean something else.
fn mailto(address: &Email) -> String {
    let mut uri = String::from("mailto:");
    for c in address.ascii().chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~' | '@' | '+' | '!' | '*' => {
                uri.push(c);
            }
            _ => uri.push_str(&format!("%{:02X}", u32::from(c))),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_nobody_reads_is_no_contact() {
        let is_read = |address: &str| is_read(&Email::parse(address).unwrap());
        assert!(is_read("portal@firm.example") && is_read("norepublic@firm.example"));
        for robot in
            ["no-reply@firm.example", "NoReply+x@firm.example", "do_not.reply@firm.example"]
        {
            assert!(!is_read(robot), "{robot}");
        }
    }

    #[test]
    fn an_address_is_a_proper_uri() {
        let uri = |address: &str| mailto(&Email::parse(address).unwrap());
        assert_eq!(uri("portal@firm.example"), "mailto:portal@firm.example");
        assert_eq!(uri("a?b%c#d@firm.example"), "mailto:a%3Fb%25c%23d@firm.example");
    }
}
