mod requests;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::http::assets::Assets;
use crate::model::Id;
use crate::model::firm::{INVITE_DAYS, UNDO_SECONDS};
use crate::model::link::Link;
use crate::values::{
    Accent, Currency, DateStyle, FirmName, HelpText, Message, Notes, PublicUrl, Secret, Zone,
};

/// Letters of the alphabet of tokens, as many as a token has.
const TOKEN: &str = "dGhpc2lzYXNlY3JldHRva2Vub2Y0M2NoYXJhY3RlcnM";
const CODE: &str = "K7F2M-9QXZT";

fn templates() -> Templates {
    Templates::new(&Assets::load().unwrap())
}

fn firm(name: &str) -> Firm {
    Firm {
        id: Id::MIN,
        name: FirmName::parse(name).unwrap(),
        public_url: PublicUrl::parse("https://portal.alderfinch.example").unwrap(),
        zone: Zone::parse("Europe/London").unwrap(),
        currency: Currency::parse("GBP").unwrap(),
        date_style: DateStyle::parse("day-first").unwrap(),
        accent: Accent::default(),
        logo: None,
        help_text: HelpText::default(),
        help_link: None,
        terms: Notes::default(),
        invite_days: INVITE_DAYS,
        undo_seconds: UNDO_SECONDS,
        mails_per_minute: None,
        smtp: None,
        demo: false,
        founded: noon(),
    }
}

fn noon() -> Timestamp {
    "2026-11-08T12:00:00Z".parse().unwrap()
}

fn priya() -> Sender {
    Sender { name: "Priya Nair".into(), email: "priya@alderfinch.example".parse_email() }
}

trait ParseEmail {
    fn parse_email(&self) -> Email;
}

impl ParseEmail for str {
    fn parse_email(&self) -> Email {
        Email::parse(self).unwrap()
    }
}

fn link(n: u8) -> Id<Link> {
    Id::from_bytes([n; 16])
}

fn real_links() -> Vec<MailLink> {
    let url = |page| Secret::new(format!("https://portal.alderfinch.example/{page}/{TOKEN}"));
    vec![
        MailLink { id: link(1), url: url("invite"), code: Some(Secret::new(CODE.into())) },
        MailLink { id: link(2), url: url("reset"), code: None },
        MailLink { id: link(3), url: url("reset"), code: None },
    ]
}

/// Every kind of letter, with this text wherever somebody typed one.
fn letters(typed: &str, message: &str) -> Vec<Letter> {
    let text = || typed.to_owned();
    let expires = noon() + SignedDuration::from_hours(30 * 24);
    let invite = |has_login| Letter::Invite {
        link: link(1),
        first_name: text(),
        client: text(),
        sender: text(),
        message: message.into(),
        expires,
        has_login,
    };
    let staff_invite = Letter::StaffInvite {
        link: link(1),
        name: text(),
        sender: text(),
        message: message.into(),
        expires,
    };
    let address = "owen@pryceandco.example".parse_email();
    [
        invite(false),
        invite(true),
        staff_invite,
        Letter::Reset { links: vec![(text(), link(2))], expires },
        Letter::Reset { links: vec![(text(), link(2)), (text(), link(3))], expires },
        Letter::NoAccess { first_name: text() },
        Letter::PasswordChanged { first_name: text() },
        Letter::VerifyAddress { link: link(2), first_name: text(), expires },
        Letter::AddressChanged {
            first_name: text(),
            old: address.clone(),
            new: address,
            done: true,
        },
        Letter::InviteAccepted {
            first_name: text(),
            contact: text(),
            client: text(),
            path: "/console/clients/1/contacts".into(),
        },
        Letter::InviteBounced {
            first_name: text(),
            contact: text(),
            client: text(),
            why: "The address does not exist at that provider.".into(),
            path: "/console/team".into(),
        },
    ]
    .into_iter()
    .chain(troubles(typed))
    .chain(of_files(typed))
    .chain(requests::of_requests(typed))
    .collect()
}

/// What is told of files, as much of it as the firm can allow.
fn of_files(typed: &str) -> Vec<Letter> {
    let text = || typed.to_owned();
    let path = || "/p/cl_1/files".to_owned();
    let new_files = |count, names: usize, daily| Letter::NewFiles {
        first_name: text(),
        client: text(),
        count,
        names: vec![text(); names],
        daily,
        path: path(),
    };
    let new_uploads = |clients: usize, daily| Letter::NewUploads {
        first_name: text(),
        count: 12,
        clients: vec![(text(), 6); clients],
        names: vec![text(); 10],
        daily,
    };
    let infected = |name, mine| Letter::UploadInfected {
        first_name: text(),
        client: text(),
        name,
        what: text(),
        by: text(),
        mine,
        path: path(),
    };
    let (first_name, client) = (text(), text());
    let (name, reason) = (Some(text()), Some(text()));
    vec![
        new_files(1, 0, false),
        new_files(12, 10, true),
        new_uploads(1, false),
        new_uploads(2, true),
        Letter::UploadRejected { first_name, client, name, reason, path: path() },
        infected(Some(text()), true),
        infected(None, false),
    ]
}

/// What the server tells Owners of itself.
fn troubles(first_name: &str) -> [Letter; 2] {
    [
        Letter::BackupTrouble {
            first_name: first_name.into(),
            what: "A backup could not be made".into(),
            why: "The folder /mnt/backups cannot be made: the disk is full.".into(),
            path: "/console/settings/backup".into(),
        },
        Letter::CertificateTrouble {
            first_name: first_name.into(),
            what: "The certificate needs care".into(),
            why: "The certificate ends in 9 days and has not been renewed. The authority says: no such host.".into(),
            done: false,
            path: "/console/settings/address".into(),
        },
    ]
}

fn mail(letter: Letter, to_name: &str) -> Mail {
    Mail {
        id: Id::from_bytes([7; 16]),
        letter,
        to: "owen@pryceandco.example".parse_email(),
        to_name: to_name.into(),
        from: None,
        contact: None,
        invite: None,
        made: noon(),
        state: crate::model::outbox::MailState::Waiting { not_before: noon() },
        tries: 0,
        last: None,
    }
}

/// What a browser would fetch or show as a link.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// Every element is closed in its order; comments for Outlook are looked into.
fn check_form(html: &str) {
    const VOID: [&str; 3] = ["meta", "br", "img"];
    let bare = html.replace("<!--[if mso]>", "").replace("<!--[if !mso]><!-->", "");
    let bare = bare.replace("<!--<![endif]-->", "").replace("<![endif]-->", "");
    let mut open = Vec::new();
    for part in bare.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect(part);
        assert!(!text.contains('>'), "a stray > in {text}");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.split_whitespace().next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "before {text}"),
            None if name.starts_with('!') || VOID.contains(&name) || tag.ends_with('/') => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn every_letter_is_whole_small_and_brings_nothing_from_elsewhere() {
    let (templates, firm, links) = (templates(), firm("Alder & Finch"), real_links());
    let writer = Writer::new(&templates, &firm);
    let said = "Before we file in December, could you join?\n\nSee https://alderfinch.example/guide.\nPriya";
    for letter in letters("Owen Pryce", said) {
        let written = writer.write(&letter, Some(&priya()), Links::Real(&links)).unwrap();
        check_form(&written.html);
        for source in ["src", "background", "data", "action"] {
            assert_eq!(attributes(&written.html, source), [""; 0], "{source} in {}", letter.name());
        }
        assert!(!written.html.contains("url(") && !written.html.contains("@import"));
        for href in attributes(&written.html, "href") {
            assert!(href.starts_with("https://"), "{href}");
        }
        let text = written.wrapped_text();
        for line in text.lines().filter(|line| !line.contains("://")) {
            assert!(line.chars().count() <= 78, "{line}");
        }
        let from = "portal@alderfinch.example".parse_email();
        let bytes = writer.draft(&mail(letter, "Owen"), Some(&priya()), &from, written).to_bytes();
        assert!(bytes.len() < 20 * 1024, "{} bytes", bytes.len());
    }
}

#[test]
fn files_are_counted_and_named_without_a_link_in_them() {
    let (templates, firm) = (templates(), firm("Alder & Finch"));
    let writer = Writer::new(&templates, &firm);
    let names = vec!["Return 2025.pdf".to_owned(), "www.evil.example".to_owned()];
    let letter = Letter::NewFiles {
        first_name: "Owen".into(),
        client: "Pryce & Co".into(),
        count: 3,
        names,
        daily: true,
        path: "/p/cl_1/files".into(),
    };
    let written = writer.write(&letter, None, Links::Hidden).unwrap();
    assert_eq!(written.subject, "3 new files from Alder & Finch");
    let expected = "Hello Owen,\n\n3 new files are shared with you for Pryce & Co.\n\n\
                    - Return 2025 (PDF)\n- www evil (EXAMPLE)\n\nand 1 more\n\n\
                    See the files:\nhttps://portal.alderfinch.example/p/cl_1/files\n";
    assert!(written.text.starts_with(expected), "{}", written.text);
    let choose = "https://portal.alderfinch.example/p/settings/notices";
    assert!(written.text.contains(choose) && written.html.contains(choose));
    let from = "portal@alderfinch.example".parse_email();
    let draft = writer.draft(&mail(letter, "Owen"), None, &from, written);
    assert_eq!(draft.unsubscribe, None, "only the mail that leaves has the secret");
    let clients = vec![("Pryce & Co".to_owned(), 1), ("Marlow".to_owned(), 3)];
    let (first_name, mut names) = ("Rita".to_owned(), vec![]);
    for said in [
        "\n- Pryce & Co: 1 file\n- Marlow: 3 files\n",
        "\n- Pryce & Co: 1 file\n  - Lease (PDF)\n- Marlow: 3 files\n  - Rota (CSV)\n  and 2 more\n",
    ] {
        let (first_name, clients) = (first_name.clone(), clients.clone());
        let letter = Letter::NewUploads { first_name, count: 4, clients, names, daily: false };
        let written = writer.write(&letter, None, Links::Hidden).unwrap();
        assert!(written.text.contains(said), "{}", written.text);
        names = vec!["Lease.pdf".to_owned(), "Rota.csv".to_owned()];
    }
    let letter = Letter::NewUploads { first_name, count: 4, clients, names, daily: false };
    let written = writer.write(&letter, None, Links::Hidden).unwrap();
    let draft = writer.draft(&mail(letter, "Rita"), None, &from, written);
    assert_eq!(draft.unsubscribe, None);
}

#[test]
fn an_invite_says_what_it_must() {
    let (templates, firm, links) = (templates(), firm("Alder & Finch"), real_links());
    let writer = Writer::new(&templates, &firm);
    let letters = letters("Owen", "Do join.");
    let (letter, again) = (&letters[0], &letters[1]);
    let written = writer.write(letter, Some(&priya()), Links::Real(&links)).unwrap();
    assert_eq!(written.subject, "Your client portal at Alder & Finch");
    let url = format!("https://portal.alderfinch.example/invite/{TOKEN}");
    let join = "https://portal.alderfinch.example/join";
    for said in ["Do join.", &url, CODE, join, "Create account", "8 December 2026", "Priya Nair"] {
        assert!(written.text.contains(said), "{said} in\n{}", written.text);
        assert!(written.html.contains(said), "{said}");
    }
    assert!(written.html.contains("Alder &amp; Finch"));
    let again = writer.write(again, Some(&priya()), Links::Real(&links)).unwrap();
    assert_eq!(again.subject, "Add Owen to your client portal at Alder & Finch");
    assert!(again.html.contains("Log in to add Owen"));
}

#[test]
fn each_person_of_a_shared_mailbox_has_a_button() {
    let (templates, firm, links) = (templates(), firm("Alder & Finch"), real_links());
    let writer = Writer::new(&templates, &firm);
    let people = vec![("Naomi Marlow".to_owned(), link(2)), ("Daniel".to_owned(), link(3))];
    let letter = Letter::Reset { links: people, expires: noon() };
    let written = writer.write(&letter, None, Links::Real(&links)).unwrap();
    assert!(written.text.contains("Choose a new password (for Naomi Marlow):"), "{}", written.text);
    assert!(written.html.contains("For Daniel:"));
    let one_left = writer.write(&letter, None, Links::Real(&links[..2])).unwrap();
    assert!(!one_left.html.contains("Daniel"));
}

#[test]
fn a_mail_that_is_only_looked_at_has_no_secret() {
    let (templates, firm) = (templates(), firm("Alder & Finch"));
    let writer = Writer::new(&templates, &firm);
    for letter in letters("Owen", "Hello") {
        let has_secret = !letter.links().is_empty();
        for (links, instead) in
            [(Links::Hidden, "(link hidden)"), (Links::Preview, "link of its own")]
        {
            let written = writer.write(&letter, None, links).unwrap();
            check_form(&written.html);
            assert_eq!(written.text.contains(instead), has_secret, "{}", written.text);
            assert_eq!(written.html.contains(instead), has_secret);
            for secret in ["/invite/", "/reset/", "/verify-address/"] {
                assert!(!written.text.contains(secret) && !written.html.contains(secret));
            }
        }
    }
    let words = preview(&templates, &firm, &letters("Owen", "Hello")[0]).unwrap();
    assert_eq!(words.subject, "Your client portal at Alder & Finch");
    assert!(words.text.contains("Hello"));
}

#[test]
fn what_people_typed_stays_text() {
    let (templates, firm, links) = (templates(), firm("<b>{{7*7}}</b>"), real_links());
    let writer = Writer::new(&templates, &firm);
    let typed = "<img src=x onerror=alert(1)>{{7*7}}\" href=\"javascript:x";
    for letter in letters(typed, typed) {
        let written = writer.write(&letter, Some(&priya()), Links::Real(&links)).unwrap();
        check_form(&written.html);
        assert!(!written.html.contains("<img") && !written.html.contains("49"));
        assert!(attributes(&written.html, "href").iter().all(|href| href.starts_with("https:")));
    }
}

#[test]
fn a_name_carries_no_link_and_no_header() {
    let (templates, firm, links) = (templates(), firm("Alder & Finch"), real_links());
    let writer = Writer::new(&templates, &firm);
    let evil = "Win at www.evil.example\r\nBcc: all@evil.example";
    let from = "portal@alderfinch.example".parse_email();
    let sender = Sender { name: evil.into(), ..priya() };
    let expected: BTreeSet<&str> = [
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
    ]
    .into();
    for letter in letters(evil, "Hello") {
        let written = writer.write(&letter, Some(&sender), Links::Real(&links)).unwrap();
        assert!(!written.text.contains("www.evil.example"), "{}", written.text);
        let draft = writer.draft(&mail(letter, evil), Some(&sender), &from, written);
        let bytes = String::from_utf8(draft.to_bytes()).unwrap();
        let (head, _) = bytes.split_once("\r\n\r\n").unwrap();
        let names = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        let names = names.map(|line| line.split(':').next().unwrap());
        // What comes daily can be ended.
        let sometimes = ["List-Unsubscribe", "References"];
        let names: BTreeSet<&str> = names.filter(|name| !sometimes.contains(name)).collect();
        assert_eq!(names, expected);
    }
}

#[test]
fn headers_name_the_person_the_firm_and_the_mail() {
    let (templates, firm) = (templates(), firm("Alder & Finch"));
    let writer = Writer::new(&templates, &firm);
    let from = "portal@büro.example".parse_email();
    let written = writer.write(&letters("Owen", "")[0], None, Links::Hidden).unwrap();
    let mail = mail(letters("Owen", "").remove(0), "Owen Pryce");
    let draft = writer.draft(&mail, Some(&priya()), &from, written.clone());
    assert_eq!(draft.from_name, "Priya Nair at Alder & Finch");
    assert_eq!(draft.reply_to.unwrap().1, "priya@alderfinch.example");
    assert_eq!(draft.message_id, format!("{}@xn--bro-hoa.example", mail.id));
    assert_eq!(draft.date, noon());
    assert_eq!(writer.draft(&mail, None, &from, written).from_name, "Alder & Finch");
}

#[test]
fn the_longest_message_fits() {
    let (templates, firm, links) = (templates(), firm("Alder & Finch"), real_links());
    let writer = Writer::new(&templates, &firm);
    let from = "portal@alderfinch.example".parse_email();
    for script in ["word ", "naïve café ", "слово ", "言葉", "กำลัง", "😀"] {
        let mut said = script.repeat(Message::MAX / script.chars().count());
        while Message::parse(&said).is_err() {
            said.pop();
        }
        let letter = letters("Owen", &said).remove(0);
        let written = writer.write(&letter, Some(&priya()), Links::Real(&links)).unwrap();
        let size =
            writer.draft(&mail(letter, "Owen"), Some(&priya()), &from, written).to_bytes().len();
        assert!(size < 30 * 1024, "{script}: {size} bytes");
    }
}

#[test]
fn blank_lines_are_tidied() {
    assert_eq!(tidy("\n\na  \n\n\n\nb\nc\n\n"), "a\n\nb\nc\n");
}
