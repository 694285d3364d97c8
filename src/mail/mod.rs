//! How a mail leaves the house: made into bytes by [`mime`], signed by [`dkim`], carried by [`smtp`], tried out by
//! [`probe`].
//!
//! Nothing here knows the outbox or decides about tries: a [`failure::Failure`] says what went wrong and whom it
//! concerns, and the outbox job acts on it.

pub mod dkim;
pub mod failure;
mod line;
pub mod message;
pub mod mime;
pub mod probe;
mod replies;
pub mod smtp;
pub mod test_mail;
pub mod tls;
mod wrap;

/// An address as it goes over the wire: the domain in ASCII (RFC 5891), so that servers without SMTPUTF8 take it too.
/// What is no domain stays as it is; the server will say so.
pub(crate) fn on_the_wire(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((mailbox, domain)) if !domain.is_ascii() => match idna::domain_to_ascii(domain) {
            Ok(ascii) => format!("{mailbox}@{ascii}"),
            Err(_) => address.to_owned(),
        },
        _ => address.to_owned(),
    }
}
