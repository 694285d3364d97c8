//! SMTP replies in plain language: what the server means and what to do about it.
//!
//! The enhanced status (RFC 3463, and the registry of RFC 5248) says more than the code; many servers send only the code.

use super::failure::Step;

const UNKNOWN_ADDRESS: &str =
    "The address does not exist at that provider. Check its spelling with the person.";
const MAILBOX_FULL: &str =
    "The mailbox is full. Ask the person to make room in it, or for another address.";
const TOO_LARGE: &str = "The mail is too large for that mailbox. Shorten it.";
const BAD_LOGIN: &str = "The mail server did not accept the user name or password. Enter them again in Settings › E-mail; \
     some providers want a password made for one application.";
const LOGIN_WANTED: &str = "The mail server wants a log-in before it takes mail. Enter user name and password in Settings › E-mail.";
const ENCRYPTION_WANTED: &str = "The mail server takes this only over an encrypted connection. Choose TLS or STARTTLS in Settings › E-mail.";
const BAD_SENDER: &str = "The mail server does not let us send from this sender's address. In Settings › E-mail, enter a \
     sender's address that belongs to this log-in.";
const NOT_ALIGNED: &str = "The receiving side found no proof that this server may send for your domain. Ask whoever looks \
     after your domain to set its SPF and DKIM records for this mail server.";
const BAD_HOST_NAME: &str = "The mail server wants a proper name for the host that sends. Ask whoever looks after this host to set its reverse DNS.";
const POLICY: &str = "The mail was refused by a rule of the receiving side, often one against unwanted mail. Its words say \
     which; the person can allow your address, or give another one.";
const SOON: &str = "The receiving side asks to wait, as many do with a sender they do not know yet. It is tried again by itself.";
const CLOSING: &str =
    "The mail server is closing or overloaded. Sending goes on by itself when it is back.";
const NO_ROOM: &str =
    "The receiving side has no room or is too busy at the moment. It is tried again by itself.";
const NO_ROUTE: &str = "The mail server cannot reach the person's provider. Check the part of the address after the @.";

/// What a refusal at this step means. `status` is the enhanced status, zeros if there is none.
pub(super) fn sentence(step: Step, code: u16, status: [u8; 3]) -> &'static str {
    match (step, code) {
        (_, 421) => CLOSING,
        (Step::Lookup | Step::Connect | Step::Greeting, _) => {
            "The mail server does not take connections from this host. Ask the provider whether it may send, and on which port."
        }
        (Step::Tls, _) => {
            "The mail server could not start the encryption. Try again later, or choose TLS with port 465."
        }
        (Step::Login, 538) => ENCRYPTION_WANTED,
        (Step::Login, 400..500) => {
            "The mail server could not check the password just now. Sending goes on by itself when it can."
        }
        (Step::Login, _) => BAD_LOGIN,
        (Step::Sender, _) => sender(code, status),
        (Step::Recipient | Step::Data, _) => {
            by_status(status).unwrap_or_else(|| by_code(step, code))
        }
    }
}

fn sender(code: u16, [_, subject, detail]: [u8; 3]) -> &'static str {
    match (code, subject, detail) {
        (530 | 535, 7, 10 | 11) => ENCRYPTION_WANTED,
        (530 | 535, ..) => LOGIN_WANTED,
        (400..500, 7, _) => SOON,
        (400..500, ..) => NO_ROOM,
        (_, 7, 20..=24 | 26) => NOT_ALIGNED,
        (_, 7, 25) => BAD_HOST_NAME,
        _ => BAD_SENDER,
    }
}

/// By RFC 3463's subject (1 address, 2 mailbox, 3 system, 4 network, 7 policy) and detail.
fn by_status([class, subject, detail]: [u8; 3]) -> Option<&'static str> {
    let for_good = class == 5;
    Some(match (subject, detail) {
        (1, 1) => UNKNOWN_ADDRESS,
        (1, 2 | 10) => {
            "The part of the address after the @ takes no mail. Check its spelling with the person."
        }
        (1, 3) => {
            "The receiving side does not accept the address as it is written. Check its spelling with the person."
        }
        (1, 6) => "The mailbox has moved. Ask the person for the new address.",
        (1, 7 | 8) => BAD_SENDER,
        (2, 1) => "The mailbox is switched off. Ask the person for another address.",
        (2, 2) => MAILBOX_FULL,
        (2, 3) | (3, 4) => TOO_LARGE,
        (3, _) if !for_good => NO_ROOM,
        (4, 1..=7) if for_good => NO_ROUTE,
        (4, _) => NO_ROOM,
        (7, 8 | 9) => BAD_LOGIN,
        (7, 10 | 11) => ENCRYPTION_WANTED,
        (7, 20..=24 | 26) => NOT_ALIGNED,
        (7, 25) => BAD_HOST_NAME,
        (7, 60) => BAD_SENDER,
        (7, _) if for_good => POLICY,
        (7, _) => SOON,
        _ => return None,
    })
}

fn by_code(step: Step, code: u16) -> &'static str {
    match (step, code) {
        (Step::Recipient, 550 | 551 | 553) => {
            "The receiving side takes no mail for this address; most likely it does not exist. Check its spelling with the person."
        }
        (Step::Recipient, 552) => MAILBOX_FULL,
        (Step::Data, 552) => TOO_LARGE,
        (_, 530 | 535) => LOGIN_WANTED,
        (_, 450 | 451) => SOON,
        (_, 400..500) => NO_ROOM,
        (_, 500..=504) => {
            "The mail server did not understand us. Its words may help whoever looks after it."
        }
        (_, 500..) => POLICY,
        _ => {
            "The mail server answered something that makes no sense here. Check that it is a mail server."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_says_more_than_the_code() {
        let cases = [
            (Step::Recipient, 550, [5, 1, 1], UNKNOWN_ADDRESS),
            (Step::Recipient, 550, [5, 2, 2], MAILBOX_FULL),
            (Step::Recipient, 452, [4, 2, 2], MAILBOX_FULL),
            (Step::Recipient, 552, [0; 3], MAILBOX_FULL),
            (Step::Recipient, 450, [4, 7, 1], SOON),
            (Step::Recipient, 451, [0; 3], SOON),
            (Step::Data, 550, [5, 7, 26], NOT_ALIGNED),
            (Step::Data, 554, [5, 7, 60], BAD_SENDER),
            (Step::Data, 554, [0; 3], POLICY),
            (Step::Data, 421, [4, 7, 0], CLOSING),
            (Step::Sender, 530, [5, 7, 0], LOGIN_WANTED),
            (Step::Sender, 530, [5, 7, 11], ENCRYPTION_WANTED),
            (Step::Sender, 553, [5, 1, 8], BAD_SENDER),
            (Step::Login, 535, [5, 7, 8], BAD_LOGIN),
            (Step::Login, 538, [5, 7, 11], ENCRYPTION_WANTED),
        ];
        for (step, code, status, expected) in cases {
            assert_eq!(sentence(step, code, status), expected, "{step:?} {code} {status:?}");
        }
    }

    #[test]
    fn every_reply_has_a_sentence() {
        for step in
            [Step::Greeting, Step::Tls, Step::Login, Step::Sender, Step::Recipient, Step::Data]
        {
            for code in (0..1000).chain([u16::MAX]) {
                let said =
                    sentence(step, code, [(code / 100) as u8, (code % 9) as u8, (code % 70) as u8]);
                assert!(said.ends_with('.'), "{said}");
            }
        }
    }
}
