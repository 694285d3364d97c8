//! Signed mails: the key that the console makes, the record that it shows, and a receiver that looks it up and computes
//! the signature by itself.

use std::fs::File;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use anteroom::dns::Dns;
use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::{Generate, PrivateKey};

use crate::cast::ALDER;
use crate::cli::{BINARY, Server, ends, free_port, init};
use crate::mail_sink::Sink;
use crate::names::Names;
use crate::office::Office;
use crate::page::Page;

const PATH: &str = "/console/settings/email/dkim";

/// What a page shows to copy into the DNS: each name with the value under it.
fn records(page: &Page) -> Vec<(String, String)> {
    let html = page.html();
    let texts: Vec<String> = html.tags("code").map(|at| html.text(Some(at))).collect();
    let value = |at: usize| texts.get(at + 1).filter(|text| text.starts_with("v=DKIM1")).cloned();
    let named = texts.iter().enumerate().filter(|(_, text)| text.contains("._domainkey."));
    named.filter_map(|(at, name)| Some((name.clone(), value(at)?))).collect()
}

/// Sets the records that a page shows, as the admin does at their provider.
fn set_records(office: &Office, page: &Page) {
    for (name, value) in records(page) {
        office.names.forget(&name);
        office.names.text(&name, &value);
    }
}

/// Makes a key and has mails signed with it.
async fn sign_mails(office: &Office) -> Page {
    let olive = office.olive();
    let email = olive.get("/console/settings/email").await;
    let page = olive.click(&email, "Sign mails").await;
    let page = olive.press(&page, "Make a key", &[]).await;
    set_records(office, &page);
    let page = olive.press(&page, "Sign mails with it", &[]).await;
    page.assert_sees("From now on mails are signed.");
    page
}

fn bytes_of(base64: &str) -> Vec<u8> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for letter in base64.chars().filter(|c| !c.is_whitespace() && *c != '=') {
        bits = bits << 6 | u32::try_from(letters.find(letter).unwrap()).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

fn relaxed(text: &str) -> String {
    text.replace('\t', " ").split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A header field as RFC 6376 §3.4.2 has it.
fn relaxed_field(name: &str, value: &str) -> String {
    format!("{}:{}", name.to_lowercase(), relaxed(&value.replace("\r\n", "")).trim())
}

/// A body as RFC 6376 §3.4.4 has it.
fn relaxed_body(body: &str) -> String {
    let line = |line: &str| {
        let start = if line.starts_with([' ', '\t']) { " " } else { "" };
        let words = relaxed(line);
        if words.is_empty() { String::new() } else { format!("{start}{words}") }
    };
    let mut lines: Vec<String> = body.split("\r\n").map(line).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.into_iter().map(|line| line + "\r\n").collect()
}

/// The fields of a head, in order, with their folds.
fn fields(head: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n") {
        match fields.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.1 += &format!("\r\n{line}"),
            _ => {
                let (name, value) = line.split_once(':').unwrap();
                fields.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    fields
}

fn tag(list: &str, name: &str) -> Option<String> {
    list.split(';').find_map(|part| {
        let (known, value) = part.split_once('=')?;
        (known.trim() == name).then(|| value.split_whitespace().collect())
    })
}

/// What a receiver makes of a mail: whose signature it carries, or why there is no valid one.
async fn verify(mail: &str, dns: Dns) -> Result<String, &'static str> {
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    let mut fields = fields(head);
    let at = fields.iter().position(|(name, _)| name == "DKIM-Signature").ok_or("unsigned")?;
    let (_, signature) = fields.remove(at);
    let of = |name: &str| tag(&signature, name).unwrap();
    assert_eq!(
        (of("v"), of("a"), of("c")),
        ("1".into(), "rsa-sha256".into(), "relaxed/relaxed".into())
    );
    if bytes_of(&of("bh")) != digest(&SHA256, relaxed_body(body).as_bytes()).as_ref() {
        return Err("the body was changed");
    }
    let mut signed = String::new();
    for name in of("h").split(':') {
        let last = fields.iter().rposition(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some(at) = last {
            let (name, value) = fields.remove(at);
            signed += &format!("{}\r\n", relaxed_field(&name, &value));
        }
    }
    let (start, b) = signature.rsplit_once("b=").unwrap();
    signed += &relaxed_field("DKIM-Signature", &format!("{start}b="));
    let name = format!("{}._domainkey.{}", of("s"), of("d"));
    let record = dns.texts(&name).await.unwrap().pop().ok_or("no key")?;
    let key = bytes_of(&tag(&record, "p").unwrap());
    // What ring wants is inside the SubjectPublicKeyInfo: behind its fixed 24 bytes.
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key[24..]);
    match key.verify(signed.as_bytes(), &bytes_of(b)) {
        Ok(()) => Ok(of("d")),
        Err(_) => Err("the head was changed"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_signed_and_whoever_changes_it_is_found_out() {
    let office = Office::founded().await;
    let dns = Dns::new(Some(office.names.at));
    office.invite("Maya Linden", ALDER).await;
    let unsigned = office.mail_to("maya").await;
    assert_eq!(verify(&unsigned.data, dns).await, Err("unsigned"));

    sign_mails(&office).await;
    office.invite("Noor Haddad", ALDER).await;
    let mail = office.mail_to("noor").await.data;

    assert_eq!(verify(&mail, dns).await.as_deref(), Ok("firm.example"));
    let signature = fields(mail.split_once("\r\n\r\n").unwrap().0).remove(0).1;
    let signed = tag(&signature, "h").unwrap().to_lowercase();
    for name in [
        "to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "content-type",
        "auto-submitted",
        "reply-to",
    ] {
        assert!(signed.split(':').any(|one| one == name), "{name} is not signed: {signed}");
    }
    assert_eq!(signed.split(':').filter(|one| *one == "from").count(), 2, "{signed}");
    assert!(mail.lines().all(|line| line.len() <= 998));

    let other_body = mail.replacen("Noor", "Mallory", 9);
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    let body_only = format!("{head}\r\n\r\n{}", body.replacen("portal", "parlour", 1));
    assert_ne!(body_only, mail);
    assert_eq!(verify(&body_only, dns).await, Err("the body was changed"));
    assert!(verify(&other_body, dns).await.is_err());
    for (from, to) in [("\r\nSubject: ", "\r\nSubject: Urgent! "), ("\r\nTo: ", "\r\nTo: x")] {
        let changed = mail.replacen(from, to, 1);
        assert_ne!(changed, mail);
        assert_eq!(verify(&changed, dns).await, Err("the head was changed"), "{from}");
    }
    let second = mail.replacen("\r\nFrom: ", "\r\nFrom: Mallory <m@evil.example>\r\nFrom: ", 1);
    assert_eq!(verify(&second, dns).await, Err("the head was changed"), "a second sender");
    let relayed = format!(
        "Received: from a by b\r\n{}",
        mail.replacen("\r\nSubject: ", "\r\nSubject:   ", 1)
    );
    assert_eq!(verify(&relayed, dns).await.as_deref(), Ok("firm.example"), "what relays may do");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_in_words_whether_the_record_is_there() {
    let office = Office::founded().await;
    let olive = office.olive();
    let page = olive.get(PATH).await;
    let page = olive.press(&page, "Make a key", &[]).await;
    let (name, value) = records(&page).remove(0);
    assert!(name.ends_with("._domainkey.firm.example"), "{name}");
    page.assert_sees("in these parts").assert_sees(&value[..255]);

    let absent = olive.press(&page, "Check the record", &[]).await;
    absent.assert_sees(&format!("There is no record {name}."));
    let held = olive.press(&page, "Sign mails with it", &[]).await;
    held.assert_sees("There is no record").assert_sees("So mails are not signed with it yet.");
    office.names.text(&name, &value.replace("MIIB", "MIIC"));
    olive.press(&page, "Check the record", &[]).await.assert_sees("holds another key");
    office.names.text(&name, &value);
    olive.press(&page, "Check the record", &[]).await.assert_sees("more than one record");
    office.names.forget(&name);
    office.names.text(&name, &value);
    olive.press(&page, "Check the record", &[]).await.assert_sees("is there, and it is right");
    office.names.fall_silent();
    let silent = olive.press(&page, "Check the record", &[]).await;
    silent.assert_sees("did not answer in time");

    let page = olive.press(&silent, "Sign mails with it", &[]).await;
    let page = olive.press(&page, "Sign all the same", &[]).await;
    page.assert_sees("From now on mails are signed.");
    olive.get("/console/settings/email").await.assert_sees("Mails are signed.");
    olive.get("/console/activity").await.assert_sees("had mails of firm.example signed");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_takes_over_only_when_it_is_told_to_and_signing_can_end() {
    let office = Office::founded().await;
    let (olive, dns) = (office.olive(), Dns::new(Some(office.names.at)));
    let page = sign_mails(&office).await;
    let (first, _) = records(&page).remove(0);

    let page = olive.press(&page, "Make a new key", &[]).await;
    set_records(&office, &page);
    office.invite("Maya Linden", ALDER).await;
    let mail = office.mail_to("maya").await.data;
    let selector = first.split('.').next().unwrap();
    assert!(mail.contains(&format!("s={selector};")), "still the old key");

    let page = olive.press(&olive.get(PATH).await, "Sign mails with it", &[]).await;
    office.names.forget(&first);
    office.invite("Noor Haddad", ALDER).await;
    let mail = office.mail_to("noor").await.data;
    assert!(!mail.contains(&format!("s={selector};")), "the new key");
    assert_eq!(verify(&mail, dns).await.as_deref(), Ok("firm.example"));

    olive.press(&page, "Stop signing", &[]).await.assert_sees("Mails are not signed");
    office.mails_settle().await;
    let last = office.sink.mails().pop().unwrap();
    assert_eq!(verify(&last.data, dns).await, Err("unsigned"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_is_signed_too() {
    let office = Office::founded().await;
    sign_mails(&office).await;
    let page = office.olive().get("/console/settings/email").await;
    let page = office.olive().press(&page, "Send a test", &[("to", "test@firm.example")]).await;
    page.assert_sees("was accepted");
    let mail = office.mail_to("test@firm.example").await;
    let dns = Dns::new(Some(office.names.at));
    assert_eq!(verify(&mail.data, dns).await.as_deref(), Ok("firm.example"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_can_be_given_from_outside() {
    let (sink, names) = (Sink::start().await, Names::start().await);
    let place = tempfile::tempdir().unwrap();
    let (data, file) = (place.path().join("data"), place.path().join("dkim.pem"));
    let key = tokio::task::spawn_blocking(PrivateKey::generate).await.unwrap();
    let pem = key.to_pkcs8_pem(LineEnding::LF).unwrap();
    File::create(&file).unwrap().write_all(pem.as_bytes()).unwrap();
    let public = key.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
    let public: String = public.lines().filter(|line| !line.starts_with('-')).collect();
    names.text("2026a._domainkey.firm.example", &format!("v=DKIM1; p={public}"));
    let mut set_up = init(&data, "Alder & Finch");
    set_up.args(["--smtp-host", "127.0.0.1", "--smtp-port", &sink.port().to_string()]);
    set_up.args(["--smtp-security", "none", "--mail-from", "portal@firm.example"]);
    ends(&mut set_up, 0);

    let port = free_port();
    let serve = |selector: &[&str]| {
        let mut serve = Command::new(BINARY);
        serve.env_clear().arg("serve").arg("--data-dir").arg(&data);
        serve.args(["--listen", &format!("127.0.0.1:{port}"), "--dkim-key-file"]).arg(&file);
        serve.args(selector);
        serve
    };
    assert!(ends(&mut serve(&[]), 78).contains("--dkim-key-file needs --dkim-selector"));
    let _server = Server::from(&mut serve(&["--dkim-selector", "2026a"]), port);
    let mut test = Command::new(BINARY);
    test.env_clear().args(["mail", "test", "test@firm.example", "--data-dir"]).arg(&data);
    ends(&mut test, 0);
    sink.wait_for(|mails| !mails.is_empty(), Duration::from_secs(30)).await;
    let mail = sink.mails().pop().unwrap().data;
    let dns = Dns::new(Some(names.at));
    assert_eq!(verify(&mail, dns).await.as_deref(), Ok("firm.example"));
}
