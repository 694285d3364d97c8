//! Why a mail did not go out: whom it concerns, at which step, in the server's words and in ours.

use std::fmt;
use std::sync::Arc;

use mail_send::Error as Smtp;
use rustls::CertificateError;
use serde::Serialize;
use smtp_proto::Response;

use super::replies;

/// Longer replies are cut: they are shown in the outbox beside the mail.
const WORDS: usize = 300;

/// The steps of sending one mail. The order of these two is the server's: with implicit TLS [`Step::Tls`] comes before
/// [`Step::Greeting`]; `smtp::Server::steps` knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The server's name becomes an address.
    Lookup,
    /// Something answers at that address and port.
    Connect,
    /// The server names itself and what it can do.
    Greeting,
    /// The line is encrypted and the certificate trusted.
    Tls,
    /// The server takes the user name and password.
    Login,
    /// It takes mail from our address.
    Sender,
    /// It takes mail for that address.
    Recipient,
    /// It takes the mail itself.
    Data,
}

/// What the outbox does about a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// "Not now" to this mail (4xx to sender, recipient or data): try it again with back-off.
    Later,
    /// "Never" to this mail (5xx to recipient or data): it ends here.
    Refused,
    /// No mail will get through: 5xx to the sender, any refusal before that, 421, or no working line. The queue waits,
    /// and it costs the mail no try.
    Paused,
    /// The server may have the whole mail and said nothing. Try again later, under the same Message-ID.
    Unsure,
}

/// One mail's failure.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What to do about it.
    pub kind: Kind,
    /// Where it happened; every step before it went well.
    pub step: Step,
    /// The server's code and text, or the technical error where no server spoke. One line, at most 300 characters.
    pub words: String,
    why: Why,
    /// "smtp.firm.example port 587".
    place: Arc<str>,
}

/// What stood in the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Why {
    Reply { code: u16, status: [u8; 3] },
    TimeUp,
    HungUp,
    NoSuchName,
    NothingThere,
    Distrust(Distrust),
    NoTls,
    NoStartTls,
    NoWayToLogIn,
    PasswordInClear,
    BadAddress,
    NoUnicode,
}

/// Why a certificate is not believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Distrust {
    Issuer,
    /// An authority's certificate in place of a server's, as `openssl req -x509` makes it.
    Authority,
    Name,
    Time,
    Other,
}

impl Failure {
    /// The failure that mail-send's error means at this step.
    pub(super) fn of(place: &Arc<str>, step: Step, error: &Smtp) -> Self {
        let (why, words) = match error {
            Smtp::UnexpectedReply(reply) | Smtp::AuthenticationFailed(reply) => {
                return Self::reply(place, step, reply);
            }
            Smtp::Timeout => (why_late(step), "No answer within the time allowed".to_owned()),
            Smtp::UnparseableReply => {
                (Why::HungUp, "The connection ended, or the answer was not SMTP".to_owned())
            }
            Smtp::MissingStartTls => (Why::NoStartTls, "STARTTLS is not offered".to_owned()),
            Smtp::UnsupportedAuthMechanism => {
                (Why::NoWayToLogIn, "Neither AUTH PLAIN nor AUTH LOGIN is offered".to_owned())
            }
            Smtp::InvalidTLSName => (Why::Distrust(Distrust::Name), error.to_string()),
            Smtp::Io(io) => (why_io(step, io), io.to_string()),
            other => (Why::HungUp, other.to_string()),
        };
        Self::because(place, step, why, &words)
    }

    /// A failure that no server's reply describes.
    pub(super) fn because(place: &Arc<str>, step: Step, why: Why, words: &str) -> Self {
        let kind = match (why, step) {
            (Why::BadAddress | Why::NoUnicode, _) => Kind::Refused,
            (_, Step::Data) => Kind::Unsure,
            _ => Kind::Paused,
        };
        Self { kind, step, words: one_line(words), why, place: place.clone() }
    }

    /// The server said no.
    pub(super) fn reply(place: &Arc<str>, step: Step, reply: &Response<String>) -> Self {
        let kind = match (reply.code, step) {
            // "I am closing", whatever was asked.
            (421, _) => Kind::Paused,
            (500.., Step::Recipient | Step::Data) => Kind::Refused,
            (400..500, Step::Sender | Step::Recipient | Step::Data) => Kind::Later,
            (400.., _) => Kind::Paused,
            // A 2xx or 3xx where it makes no sense: whatever this server is, it is not to be relied on.
            (_, Step::Data) => Kind::Unsure,
            _ => Kind::Paused,
        };
        let why = Why::Reply { code: reply.code, status: reply.esc };
        Self { kind, step, words: words_of(reply), why, place: place.clone() }
    }

    /// The server's reply code, if it was a reply that ended it.
    pub fn code(&self) -> Option<u16> {
        match self.why {
            Why::Reply { code, .. } => Some(code),
            _ => None,
        }
    }

    /// What happened and what to do, for people who do not know SMTP. The server's own words are not in it.
    pub fn plain(&self) -> String {
        let place = &self.place;
        match self.why {
            Why::Reply { code, status } => replies::sentence(self.step, code, status).to_owned(),
            Why::TimeUp if self.kind == Kind::Unsure => format!(
                "The mail server at {place} took the whole mail and then said nothing. It may have \
                 arrived. It is sent again later, marked as the same mail."
            ),
            Why::HungUp if self.kind == Kind::Unsure => format!(
                "The connection to {place} broke while the mail was on its way. It may have \
                 arrived. It is sent again later, marked as the same mail."
            ),
            Why::TimeUp => format!(
                "The mail server at {place} did not answer in time. Check the port and the \
                 encryption; if they are right, the server is overloaded and sending goes on by itself."
            ),
            Why::HungUp => format!(
                "Whatever answers at {place} hung up, or does not speak SMTP. Check the port and \
                 the encryption."
            ),
            Why::NoSuchName => format!(
                "The name could not be found: {place}. Check its spelling; if it is right, the \
                 name lookup of this host does not work."
            ),
            Why::NothingThere => format!(
                "Nothing answers at {place}. Check name and port, and whether a firewall stops \
                 outgoing mail."
            ),
            Why::Distrust(distrust) => distrust.plain(place),
            Why::NoTls => format!(
                "The server at {place} does not answer with encryption. Choose the other kind of \
                 encryption, or the port that goes with this one: 465 for TLS, 587 for STARTTLS."
            ),
            Why::NoStartTls => format!(
                "The server at {place} does not offer STARTTLS, so nothing was sent. Choose TLS \
                 with port 465, or ask the provider."
            ),
            Why::NoWayToLogIn => format!(
                "The server at {place} offers no log-in with a password. Leave user name and \
                 password empty if it needs none, or choose another port or encryption."
            ),
            Why::PasswordInClear => format!(
                "The password was not sent, because the connection to {place} is not encrypted. \
                 Choose TLS or STARTTLS."
            ),
            Why::BadAddress => {
                "This is not an address that mail can be sent to. Correct it.".to_owned()
            }
            Why::NoUnicode => format!(
                "The mail server at {place} cannot send to an address with such letters before \
                 the @. Ask the person for another address."
            ),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.plain(), self.words)
    }
}

impl std::error::Error for Failure {}

impl Distrust {
    fn plain(self, place: &str) -> String {
        match self {
            Self::Issuer => format!(
                "The certificate of the server at {place} is not trusted. If it is your own \
                 server, give the certificate of its issuer in Settings › E-mail."
            ),
            Self::Authority => format!(
                "The server at {place} shows the certificate of an authority instead of its own, \
                 which cannot be trusted. Give the server one that your authority issued for its name."
            ),
            Self::Name => format!(
                "The certificate of the server is for another name than {place}. Enter the name \
                 that the provider gives for sending mail."
            ),
            Self::Time => format!(
                "The certificate of the server at {place} has run out, or is not valid yet. Tell \
                 the provider, and check the clock of this host."
            ),
            Self::Other => {
                format!("The certificate of the server at {place} is not valid. Ask the provider.")
            }
        }
    }
}

/// A reply on one line: code, enhanced status, text.
pub(super) fn words_of(reply: &Response<String>) -> String {
    let Response { code, esc: [class, subject, detail], message } = reply;
    match class {
        0 => one_line(&format!("{code} {message}")),
        _ => one_line(&format!("{code} {class}.{subject}.{detail} {message}")),
    }
}

/// Strangers' text made fit to show and to log: one line, no control characters, bounded.
fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = String::new();
    for word in clean.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.chars().count() > WORDS {
        line = line.chars().take(WORDS - 1).chain(['…']).collect();
    }
    line
}

/// No answer to a look-up or a connection request is as good as a no.
fn why_late(step: Step) -> Why {
    match step {
        Step::Lookup => Why::NoSuchName,
        Step::Connect => Why::NothingThere,
        _ => Why::TimeUp,
    }
}

/// rustls' errors come wrapped in I/O errors.
fn why_io(step: Step, io: &std::io::Error) -> Why {
    use rustls::Error as Tls;
    let tls = io.get_ref().and_then(|inner| inner.downcast_ref::<Tls>());
    match (tls, step) {
        (Some(Tls::InvalidCertificate(certificate)), _) => Why::Distrust(distrust(certificate)),
        (_, Step::Tls) => Why::NoTls,
        (_, Step::Lookup) => Why::NoSuchName,
        (_, Step::Connect) => Why::NothingThere,
        _ => Why::HungUp,
    }
}

fn distrust(certificate: &CertificateError) -> Distrust {
    use CertificateError as E;
    match certificate {
        E::UnknownIssuer | E::BadSignature => Distrust::Issuer,
        E::NotValidForName | E::NotValidForNameContext { .. } => Distrust::Name,
        E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. } => {
            Distrust::Time
        }
        // rustls has no name for it yet.
        E::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            Distrust::Authority
        }
        _ => Distrust::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::client::danger::ServerCertVerifier;

    use super::*;

    fn failure(step: Step, code: u16, status: [u8; 3], text: &str) -> Failure {
        let reply = Response { code, esc: status, message: text.to_owned() };
        Failure::reply(&Arc::from("smtp.firm.example port 587"), step, &reply)
    }

    #[test]
    fn the_kind_follows_code_and_step() {
        use Kind::{Later, Paused, Refused};
        use Step::{Data, Greeting, Login, Recipient, Sender};
        let cases = [
            (Greeting, 554, Paused),
            (Greeting, 450, Paused),
            (Login, 535, Paused),
            (Login, 454, Paused),
            (Sender, 550, Paused),
            (Sender, 451, Later),
            (Recipient, 550, Refused),
            (Recipient, 451, Later),
            (Recipient, 421, Paused),
            (Data, 554, Refused),
            (Data, 452, Later),
            (Data, 421, Paused),
            (Recipient, 250, Paused),
        ];
        for (step, code, kind) in cases {
            assert_eq!(failure(step, code, [0; 3], "").kind, kind, "{code} at {step:?}");
        }
    }

    #[test]
    fn the_words_are_one_bounded_line() {
        let words = failure(Step::Recipient, 550, [5, 1, 1], "No\r\nsuch\u{1b}[1m user\0").words;
        assert_eq!(words, "550 5.1.1 No such [1m user");
        let words = failure(Step::Data, 554, [0; 3], &"é".repeat(4000)).words;
        assert_eq!(words.chars().count(), WORDS);
        assert!(words.starts_with("554 é") && words.ends_with('…'));
    }

    #[test]
    fn an_authority_that_poses_as_a_server_is_named() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(["mail.firm.example".to_owned()]).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let own = params.self_signed(&key).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(own.der().clone()).unwrap();
        let provider = rustls::crypto::ring::default_provider().into();
        let verifier =
            rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .unwrap();
        let name = "mail.firm.example".try_into().unwrap();
        let now = rustls::pki_types::UnixTime::since_unix_epoch(Duration::from_secs(1_771_200_000));
        let error = verifier.verify_server_cert(own.der(), &[], &name, &[], now).unwrap_err();
        let place = Arc::from("mail.firm.example port 465");
        let failure = Failure::of(&place, Step::Tls, &std::io::Error::other(error).into());
        assert!(failure.plain().contains("of an authority instead of its own"), "{failure}");
    }

    #[test]
    fn a_broken_line_pauses_before_the_body_and_leaves_doubt_after_it() {
        let place = Arc::from("smtp.firm.example port 587");
        for error in [Smtp::Timeout, Smtp::UnparseableReply] {
            assert_eq!(Failure::of(&place, Step::Recipient, &error).kind, Kind::Paused);
            let unsure = Failure::of(&place, Step::Data, &error);
            assert_eq!(unsure.kind, Kind::Unsure);
            assert!(unsure.plain().contains("may have arrived"), "{unsure}");
        }
    }
}
