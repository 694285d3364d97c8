//! Makes the bytes of a mail: headers, a plain part and an HTML part, all in 7-bit ASCII.
//!
//! Whatever people typed may end up here. No text of theirs can add a header or a recipient: control characters are
//! dropped before mail-builder, which encodes the rest, sees them.

use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;

use super::{on_the_wire, wrap};

/// Longer subjects are cut with "…", in characters.
const SUBJECT: usize = 120;
/// The same for a name beside an address.
const NAME: usize = 80;

/// A mail before it is bytes. Text as the templates give it; addresses as they are stored.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The firm's name.
    pub from_name: String,
    /// The firm's sending address.
    pub from: String,
    /// Name and address of whoever reads the answers, if that is not the sender.
    pub reply_to: Option<(String, String)>,
    /// The recipient's name.
    pub to_name: String,
    /// The recipient's address.
    pub to: String,
    /// At most 120 characters of it are used.
    pub subject: String,
    /// The plain part. Long lines are wrapped here; links stay whole.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// `outbox-id@domain`, without angle brackets. The same at every try, so that the receiving side can tell a copy.
    pub message_id: String,
    /// When the mail was written, not when it is sent.
    pub date: Timestamp,
    /// Written by the program and not by a person: asks other programs not to answer (RFC 3834).
    pub auto: bool,
    /// Where its reader ends such mails without logging in: their mail program does it for them (RFC 8058).
    pub unsubscribe: Option<String>,
    /// What mails about one thing have in common, like `message_id`: mail programs show them together (RFC 5322, 3.6.4).
    pub thread: Option<String>,
}

impl Draft {
    /// The whole mail, with CR LF line ends. It is the same at every call but for the boundary between the parts.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut mail = MessageBuilder::new()
            .from(mailbox(&self.from_name, &self.from))
            .to(mailbox(&self.to_name, &self.to));
        if let Some((name, address)) = &self.reply_to {
            mail = mail.reply_to(mailbox(name, address));
        }
        mail = mail
            .subject(header_text(&self.subject, SUBJECT))
            .date(Date::new(self.date.as_second()))
            .message_id(message_id(&self.message_id));
        if let Some(thread) = &self.thread {
            mail = mail.references(message_id(thread));
        }
        if self.auto {
            mail = mail
                .header("Auto-Submitted", Raw::new("auto-generated"))
                .header("X-Auto-Response-Suppress", Raw::new("All"));
        }
        if let Some(page) = &self.unsubscribe {
            let page: String = page.chars().filter(|c| is_of_address(*c)).collect();
            // Programs send a form by https alone.
            if page.starts_with("https://") {
                mail = mail.header("List-Unsubscribe-Post", Raw::new("List-Unsubscribe=One-Click"));
            }
            mail = mail.header("List-Unsubscribe", Raw::new(format!("<{page}>")));
        }
        let html = wrap::clean(&self.html).replace('\n', "\r\n");
        let mut bytes = Vec::new();
        mail.text_body(wrap::wrap(&self.text)).html_body(html).serialize(&mut bytes);
        bytes
    }
}

fn mailbox(name: &str, address: &str) -> Address<'static> {
    let name = Some(header_text(name, NAME)).filter(|name| !name.is_empty());
    let breaks = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>');
    Address::new_address(name, on_the_wire(address).replace(breaks, ""))
}

/// Text for a header: one line, bounded, and without the marks that reverse the reading direction, which make one
/// name look like another.
fn header_text(text: &str, most: usize) -> String {
    let reverses = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let spaced: String = text
        .chars()
        .filter(|c| !reverses(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() > most {
        true => line.chars().take(most - 1).chain(['…']).collect(),
        false => line,
    }
}

fn message_id(id: &str) -> String {
    id.chars().filter(|c| is_of_address(*c)).collect()
}

/// Whether a character may stand between angle brackets in a header.
const fn is_of_address(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '<' | '>')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draft() -> Draft {
        Draft {
            from_name: "Hartley & Moss".to_owned(),
            from: "portal@hartley.example".to_owned(),
            reply_to: Some(("Maya Moss".to_owned(), "maya@hartley.example".to_owned())),
            to_name: "Sam Ortiz".to_owned(),
            to: "sam@ortiz.example".to_owned(),
            subject: "Your client portal".to_owned(),
            text: "Dear Sam,\n\nhttps://portal.hartley.example/invite/abc\n".to_owned(),
            html: "<p>Dear Sam,</p>".to_owned(),
            message_id: "ob_1@hartley.example".to_owned(),
            date: Timestamp::from_second(1_771_200_000).unwrap(),
            auto: true,
            unsubscribe: None,
            thread: None,
        }
    }

    /// Name and value of each header, still folded and encoded.
    fn headers(mail: &[u8]) -> Vec<(String, String)> {
        let mail = String::from_utf8_lossy(mail);
        let (head, _) = mail.split_once("\r\n\r\n").unwrap();
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in head.split("\r\n") {
            match (line.starts_with([' ', '\t']), headers.last_mut()) {
                (true, Some(last)) => last.1.push_str(line),
                _ => {
                    let (name, value) = line.split_once(':').expect(line);
                    headers.push((name.to_owned(), value.to_owned()));
                }
            }
        }
        headers
    }

    fn names(mail: &[u8]) -> Vec<String> {
        headers(mail).into_iter().map(|(name, _)| name).collect()
    }

    const EXPECTED: [&str; 10] = [
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "MIME-Version",
        "Content-Type",
    ];

    #[test]
    fn a_mail_has_these_headers() {
        let mail = draft().to_bytes();
        assert_eq!(names(&mail), EXPECTED);
        let headers = headers(&mail);
        let value = |name: &str| headers.iter().find(|(n, _)| n == name).unwrap().1.as_str();
        assert_eq!(value("From"), " \"Hartley & Moss\" <portal@hartley.example>");
        assert_eq!(value("Message-ID"), " <ob_1@hartley.example>");
        assert_eq!(value("Date"), " Mon, 16 Feb 2026 00:00:00 +0000");
        assert_eq!(value("Auto-Submitted"), " auto-generated");
        assert!(value("Content-Type").starts_with(" multipart/alternative;"));
        let by_hand = Draft { auto: false, reply_to: None, ..draft() }.to_bytes();
        assert_eq!(names(&by_hand).len(), EXPECTED.len() - 3);
    }

    #[test]
    fn what_can_be_ended_says_where_and_that_one_click_does_it() {
        let page = "https://portal.hartley.example/unsubscribe/files\r\nBcc: x>".to_owned();
        let mail = Draft { unsubscribe: Some(page), ..draft() }.to_bytes();
        let headers = headers(&mail);
        assert_eq!(headers.len(), EXPECTED.len() + 2);
        let value = |name: &str| {
            headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let page = value("List-Unsubscribe").unwrap();
        assert_eq!(page, " <https://portal.hartley.example/unsubscribe/filesBcc:x>");
        assert_eq!(value("List-Unsubscribe-Post").unwrap(), " List-Unsubscribe=One-Click");
    }

    #[test]
    fn a_subject_is_cut_and_an_address_goes_in_ascii() {
        let mail =
            Draft { subject: "s".repeat(10_000), to: "sam@büro.example".to_owned(), ..draft() };
        let mail = String::from_utf8(mail.to_bytes()).unwrap();
        assert!(mail.contains("<sam@xn--bro-hoa.example>"), "{mail}");
        assert_eq!(header_text(&"s".repeat(10_000), SUBJECT).chars().count(), SUBJECT);
        assert_eq!(header_text("a\r\nBcc:\t x\u{202e}y ", SUBJECT), "a Bcc: xy");
    }

    #[test]
    fn a_long_mail_stays_small() {
        for letter in ["w ", "ж ", "語", "😀"] {
            let message = letter.repeat(2000 / letter.chars().count());
            let mail = Draft {
                html: format!("<p>{}</p>{message}", "<b>x</b>".repeat(200)),
                text: message,
                ..draft()
            };
            let size = mail.to_bytes().len();
            assert!(size < 30 * 1024, "{letter}: {size} bytes");
        }
    }

    proptest! {
        #[test]
        fn no_text_adds_a_header(
            from_name in any::<String>(),
            from in any::<String>(),
            to_name in any::<String>(),
            to in any::<String>(),
            subject in any::<String>(),
            text in any::<String>(),
            html in any::<String>(),
            message_id in any::<String>(),
            reply_name in any::<String>(),
            reply_to in any::<String>(),
        ) {
            let reply_to = Some((reply_name, reply_to));
            let all = Draft {
                from_name, from, to_name, to, subject, text, html, message_id, reply_to, ..draft()
            };
            let mail = all.to_bytes();
            prop_assert_eq!(names(&mail), EXPECTED);
            let rest = String::from_utf8_lossy(&mail).replace("\r\n", "");
            prop_assert!(!rest.contains(['\r', '\n', '\0']));
        }

        #[test]
        fn no_line_break_in_a_name_or_subject_starts_a_header(
            before in "[ -~é]{0,120}",
            end in "(\r\n|\n|\r|\n\r|\u{85}|\u{2028}|\u{b}|\0\n){1,3}[ \t]?",
            after in "(Bcc|To|Subject|X-A|Content-Type): ?[ -~]{0,120}",
        ) {
            let evil = format!("{before}{end}{after}");
            let mail = Draft {
                from_name: evil.clone(),
                from: evil.clone(),
                reply_to: Some((evil.clone(), evil.clone())),
                to_name: evil.clone(),
                to: evil.clone(),
                subject: evil.clone(),
                message_id: evil,
                ..draft()
            };
            prop_assert_eq!(names(&mail.to_bytes()), EXPECTED);
        }

        #[test]
        fn everything_is_ascii_in_short_lines(name in any::<String>(), text in any::<String>()) {
            let mail = Draft {
                from_name: name.clone(),
                to_name: name.clone(),
                subject: name,
                html: text.clone(),
                text,
                ..draft()
            };
            let mail = String::from_utf8(mail.to_bytes()).unwrap();
            prop_assert!(mail.is_ascii());
            let longest = mail.split("\r\n").map(str::len).max().unwrap();
            prop_assert!(longest <= 78, "{}", longest);
        }
    }
}
