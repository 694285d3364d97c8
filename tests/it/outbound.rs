//! The server calls nobody but those whom the firm named: seen from outside, by what the kernel is asked for.

use std::sync::{Arc, Mutex};

use crate::binary::Binary;
use crate::cast::{MAYA, OLIVE};
use crate::mail_sink::Sink;
use crate::person::Person;

/// A first run and an invite, as Olive does them.
async fn first_day(server: &Binary) {
    let olive = Person::new("olive", server.addr(), 1, Arc::<Mutex<Vec<String>>>::default());
    let page = olive.get("/setup").await;
    let origin = format!("http://{}", server.addr());
    let (name, password) = (OLIVE.name(), OLIVE.password);
    let typed = [
        ("firm", "Finch & Partners"),
        ("public_url", origin.as_str()),
        ("name", &name),
        ("email", OLIVE.email),
        ("password", password),
    ];
    olive.press(&page, "Set up the firm", &typed).await.assert_status(200);
    let page = olive.get("/console/clients/new").await;
    let contact = [("first", MAYA.first), ("last", MAYA.last), ("email", MAYA.email)];
    let typed: Vec<_> = [("name", "Alder Ltd")].into_iter().chain(contact).collect();
    let mut form = page.fill("Add client", &typed);
    form.fields.retain(|(name, _)| name != "invite");
    let made = olive.submit(&form).await;
    olive.follow(made).await.assert_status(200);
    let client = olive.get("/console/clients").await.link("Alder Ltd");
    let contacts = olive.get(&format!("{client}/contacts")).await;
    let dialog = olive.click(&contacts, &format!("Send invite for {}", MAYA.name())).await;
    olive.press(&dialog, "Send invite", &[]).await.assert_sees("Invite to ");
    for path in ["/console", "/console/outbox", "/console/settings", "/console/settings/email"] {
        olive.get(path).await.assert_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firm_without_a_mail_server_calls_nobody() {
    let server = Binary::traced(&[]).await;
    first_day(&server).await;
    assert_eq!(server.spoke_to(), <[String; 0]>::default());
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firm_with_a_mail_server_calls_that_and_nobody_else() {
    let sink = Sink::start().await;
    let port = sink.port().to_string();
    let options = ["--smtp-host", "127.0.0.1", "--smtp-port", &port, "--smtp-security", "none"];
    let from = ["--mail-from", "portal@firm.example"];
    let server = Binary::traced(&[&options[..], &from].concat()).await;
    first_day(&server).await;
    let come = |mails: &[crate::mail_sink::Mail]| !mails.is_empty();
    sink.wait_for(come, std::time::Duration::from_secs(60)).await;

    let calls = server.spoke_to();
    assert!(!calls.is_empty(), "the mail went somewhere");
    let mail_server = format!("sin_port=htons({port})");
    let others: Vec<_> = calls.into_iter().filter(|call| !call.contains(&mail_server)).collect();
    assert_eq!(others, <[String; 0]>::default());
    assert_eq!(server.stop(), Some(0));
}
