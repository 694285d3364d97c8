//! The outbox: mails leave in spite of everything, the pages say how far each got, and no page tells a secret.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cast::{ALDER, MAYA, NOOR, OLIVE};
use crate::mail_sink::Fault;
use crate::office::Office;
use crate::page::Page;

const OUTBOX: &str = "/console/outbox";
const EMAIL: &str = "/console/settings/email";

/// The one mail of the outbox whose subject begins so, opened.
async fn opened(office: &Office, subject: &str) -> Page {
    let list = office.olive().get(OUTBOX).await;
    list.assert_sees(subject);
    office.olive().click(&list, "See the mail").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_does_not_exist_is_told_at_once() {
    let office = Office::founded().await;
    office.sink.answer_for(MAYA.email, "RCPT", "550 5.1.1 No such user here");
    office.invite("Maya Linden", ALDER).await;

    let bounce = office.mail_to("olive").await;

    assert_eq!(bounce.header("Subject").unwrap(), "Your invite to Maya Linden did not arrive");
    assert!(bounce.text_part().contains("does not exist at that provider"));
    let failed = office.until(office.olive(), "/console/outbox?show=failed", "550 5.1.1").await;
    failed.assert_sees("Not delivered").assert_sees("Once").assert_sees(MAYA.email);
    assert!(office.standing(ALDER, "Maya").await.contains("Not delivered"));
    assert_eq!(office.sink.mails().len(), 1, "only the notice left");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn not_now_is_tried_again() {
    let office = Office::founded().await;
    office.sink.answer_times(1, "RCPT", "451 4.7.1 Come back in a minute");
    office.invite("Maya Linden", ALDER).await;
    office.undo_passes();

    let page = office.until(office.olive(), OUTBOX, "Delayed").await;

    page.assert_sees("Next try").assert_sees("451 4.7.1 Come back in a minute");
    office.advance(Duration::from_secs(61));
    office.mail_to("maya").await;
    office.until(office.olive(), OUTBOX, "2 times").await.assert_sees("Accepted");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_mail_can_be_tried_now_and_one_that_waits_taken_back() {
    let office = Office::founded().await;
    office.sink.answer_times(1, "RCPT", "451 4.7.1 Come back in a minute");
    office.invite("Maya Linden", ALDER).await;
    office.undo_passes();
    let page = office.until(office.olive(), OUTBOX, "Delayed").await;
    office.olive().press(&page, "Try now to Maya", &[]).await;
    office.mail_to("maya").await;

    office.invite("Noor Haddad", ALDER).await;
    let page = office.olive().get("/console/outbox?show=waiting").await;
    let page = office.olive().press(&page, "Take back the mail to Noor", &[]).await;

    page.assert_sees("The mail was taken back.");
    office.has_no_mail_for("noor").await;
    let page = office.contacts(ALDER).await;
    page.assert_sees("The mail was taken back, so none has left");
    assert!(page.offers("Copy link of the invite for Noor Haddad"));
    office.olive().press(&page, "Resend invite for Noor Haddad", &[]).await;
    office.mail_to("noor").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_takes_nothing_pauses_the_queue_and_costs_no_try() {
    for (point, reply) in [
        ("GREETING", "554 5.7.1 Not from this network"),
        ("MAIL", "550 5.7.1 Sender address rejected"),
        ("RCPT", "421 4.3.2 Closing for maintenance"),
    ] {
        let office = Office::founded().await;
        office.sink.answer(point, reply);
        office.invite("Maya Linden", ALDER).await;
        office.undo_passes();

        let page = office.until(office.olive(), OUTBOX, "No mail leaves at present").await;

        page.assert_sees(&reply[..9]).assert_sees("Not yet").assert_hides("Not delivered Once");
        assert!(office.standing(ALDER, "Maya").await.contains("Delayed"), "{point}");
        office.sink.heal();
        let page = office.olive().press(&page, "Try now", &[]).await;
        page.assert_sees("The next mail is tried now.");
        office.mail_to("maya").await;
        let page = office.until(office.olive(), OUTBOX, "Once").await;
        page.assert_hides("No mail leaves at present");
        office.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_to_one_mail_shows_too_that_the_mail_server_is_back() {
    let office = Office::founded().await;
    office.sink.answer_times(1, "GREETING", "554 5.7.1 Not from this network");
    office.sink.answer("RCPT", "451 4.7.1 Come back in a minute");
    office.invite("Maya Linden", ALDER).await;
    office.undo_passes();
    office.until(office.olive(), OUTBOX, "No mail leaves at present").await;

    office.advance(Duration::from_secs(31));

    let page = office.until(office.olive(), OUTBOX, "451 4.7.1").await;
    page.assert_hides("No mail leaves at present");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mail_does_not_hold_up_the_others_for_ever() {
    let office = Office::founded().await;
    office.sink.answer_for(MAYA.email, "RCPT", "421 4.3.2 Not with you");
    office.invite("Maya Linden", ALDER).await;
    office.undo_passes();
    office.until(office.olive(), OUTBOX, "No mail leaves at present").await;
    office.invite("Noor Haddad", ALDER).await;

    let in_time = tokio::time::Instant::now() + Duration::from_secs(30);
    while office.unread_mails_to("noor") == 0 {
        assert!(tokio::time::Instant::now() < in_time, "it waits behind Maya's");
        office.advance(Duration::from_secs(31));
        office.olive().get(OUTBOX).await.assert_status(200);
    }

    office.mail_to("noor").await;
    while !office.standing(ALDER, "Noor").await.contains("Accepted") {}
    let page = office.olive().get(OUTBOX).await;
    page.assert_sees("421 4.3.2 Not with you").assert_hides("No mail leaves at present");
    office.close().await;
}

/// An office that sends so many mails a minute, of which two are due.
async fn paced(mails_per_minute: &str) -> Office {
    let office = Office::founded().await;
    pace(&office, mails_per_minute).await;
    office.invite("Maya Linden", ALDER).await;
    office.invite("Noor Haddad", ALDER).await;
    office.undo_passes();
    office
}

async fn pace(office: &Office, mails_per_minute: &str) {
    let page = office.olive().get("/console/settings/portal").await;
    let typed = [("mails_per_minute", mails_per_minute)];
    office.olive().press(&page, "Save settings", &typed).await.assert_sees("are saved");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_is_written_down_while_the_next_mail_waits_for_its_turn() {
    let office = paced("12").await;

    office.until(office.olive(), OUTBOX, "Once").await;

    assert_eq!(office.sink.mails().len(), 1, "the next leaves five seconds later");
    for who in ["maya", "noor"] {
        office.mail_to(who).await;
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_looked_at_again_between_two_mails() {
    let office = paced("1").await;
    office.mail_to("maya").await;
    assert_eq!(office.sink.mails().len(), 1, "the next leaves a minute later");

    pace(&office, "").await;

    office.mail_to("noor").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_goes_on_by_itself_when_the_mail_server_is_back() {
    let office = Office::founded().await;
    office.sink.fail("GREETING", Fault::Drop);
    office.invite("Maya Linden", ALDER).await;
    office.undo_passes();
    office.until(office.olive(), OUTBOX, "No mail leaves at present").await;

    office.sink.heal();
    office.advance(Duration::from_secs(31));

    office.mail_to("maya").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_a_secret_in_the_outbox() {
    let office = Office::founded().await;
    office.invite("Maya Linden", ALDER).await;
    let mail = office.mail_to("maya").await;
    let token = mail.link().rsplit('/').next().unwrap().to_owned();
    let text = mail.text_part();
    let code = text.split("type the code ").nth(1).unwrap()[..11].to_owned();

    let page = opened(&office, "Your client portal").await;

    page.assert_sees("Olive Ortiz at").assert_sees("Secret links and codes are not shown");
    assert!(page.header("content-security-policy").unwrap().contains("frame-src 'self'"));
    let frame = office.olive().get(&format!("{}/html", page.path)).await;
    let policy = frame.header("content-security-policy").unwrap();
    assert!(policy.starts_with("sandbox; default-src 'none'"), "{policy}");
    frame.assert_sees("Create account").assert_sees("(link hidden)");
    let text = office.olive().click(&page, "Text").await;
    text.assert_sees("(link hidden)").assert_sees("Maya");
    let source = office.olive().click(&page, "Source").await;
    source.assert_sees("Message-ID").assert_sees("Auto-Submitted").assert_sees("link hidden");
    for shown in [&page, &frame, &text, &source] {
        for secret in [&token, &code] {
            assert!(!shown.body().contains(secret.as_str()), "{secret} in {}", shown.asked);
        }
    }
    assert!(page.offers("Copy link"));
    office.maya().get(&page.path).await.assert_status(303);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_new_password_is_not_sent_again_from_here() {
    let office = Office::founded().await;
    let forgot = office.nobody().get("/forgot").await;
    office.nobody().press(&forgot, "Send me a link", &[("email", OLIVE.email)]).await;
    office.mail_to("olive").await;
    office.until(office.olive(), OUTBOX, "Once").await;

    let page = opened(&office, "Choose a new password").await;

    page.assert_sees("only when the person asks for it");
    assert!(!page.offers("Send again") && !page.offers("Copy link"));
    let answer = office.olive().post(&format!("{}/resend", page.path), &[]).await;
    office.olive().follow(answer).await.assert_sees("only when the person asks for it");
    assert_eq!(office.sink.mails().len(), 1);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_is_sent_again_with_a_link_of_its_own() {
    let office = Office::founded().await;
    office.invite("Maya Linden", ALDER).await;
    let first = office.mail_to("maya").await;
    office.advance(Duration::from_secs(61));
    office.until(office.olive(), OUTBOX, "Once").await;

    let page = opened(&office, "Your client portal").await;
    let page = office.olive().press(&page, "Send again", &[]).await;

    page.assert_sees("The mail is in the outbox again.");
    let again = office.mail_to("maya").await;
    assert_ne!(first.link(), again.link());
    assert_ne!(first.header("Message-ID"), again.header("Message-ID"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_mails_are_kept_and_leave_when_there_is_one() {
    let office = Office::without_mail().await;
    office.set_up().await;
    office.add_client(office.olive(), ALDER, &[MAYA, NOOR]).await;
    let page = office.invite("Maya Linden", ALDER).await;
    page.assert_sees("E-mail is not connected yet");
    office.undo_passes();
    office.olive().get(OUTBOX).await.assert_sees("Kept");

    let page = office.olive().get(EMAIL).await;
    page.assert_sees("1 mail waits in the outbox");
    let port = office.sink.port().to_string();
    let typed = [
        ("host", "localhost"),
        ("security", "none"),
        ("port", port.as_str()),
        ("mail_from", "portal@firm.example"),
    ];
    let page = office.olive().press(&page, "Save mail server", &typed).await;

    page.assert_sees("The mail server is saved.").assert_hides("not connected yet");
    assert_eq!(page.value("host"), "localhost");
    office.mail_to("maya").await;
    let stale = office.olive().get(EMAIL).await;
    office.olive().press(&stale, "Save mail server", &[("user", ""), ("port", "2525")]).await;
    let told = office.olive().press(&stale, "Save mail server", &[("host", "127.0.0.1")]).await;
    told.assert_status(422).assert_says("Somebody else changed this");
    assert_eq!((told.value("host"), told.value("port")), ("127.0.0.1".into(), port));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_tells_each_step_and_what_to_do() {
    let office = Office::founded().await;
    let page = office.olive().get(EMAIL).await;
    page.assert_sees("given with the test");
    assert!(!page.offers("Save mail server"), "it is locked");
    let refused = office.olive().post(EMAIL, &[("host", "smtp.evil.example")]).await;
    office.olive().follow(refused).await.assert_sees("Change it there.");

    let passed = office.olive().press(&page, "Send a test", &[]).await;

    passed.assert_sees("The test to olive@firm.example was accepted").assert_sees("Greeting");
    assert_eq!(office.sink.mails().last().unwrap().to, OLIVE.email);
    office.sink.answer("RCPT", "550 5.1.1 Unknown");
    let failed = office.olive().press(&page, "Send a test", &[]).await;
    failed.assert_sees("did not get through").assert_sees("550 5.1.1 Unknown");
    failed.assert_sees("Check its spelling").assert_sees("Not reached");
    let wrong = office.olive().press(&page, "Send a test", &[("to", "nobody")]).await;
    wrong.assert_status(422);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mail_of_many_leaves_once_over_a_few_connections() {
    let office = Office::founded().await;
    let people: Vec<(String, String, String)> = (0..40)
        .map(|n| (format!("First{n}"), format!("Last{n}"), format!("p{n}@crowd.example")))
        .collect();
    for (first, last, email) in &people {
        office.add_contact(ALDER, &[("first", first), ("last", last), ("email", email)]).await;
    }
    let path = office.client_path(office.olive(), ALDER).await;
    let page = office.olive().get(&format!("{path}/contacts")).await;
    let page = office.olive().click(&page, "Invite contacts to the client portal").await;
    let ticks: Vec<String> = page.html().all().filter_map(|at| tick(&page, at)).collect();
    let typed: Vec<(&str, &str)> = ticks.iter().map(|id| ("to", id.as_str())).collect();
    let before = office.sink.connections();
    office.olive().press(&page, "Send", &typed).await;
    office.undo_passes();

    for (_, _, email) in &people {
        office.mail_to(email).await;
    }
    for who in ["maya", "noor"] {
        office.mail_to(who).await;
    }
    let mails = office.sink.mails();
    let to: BTreeSet<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!((to.len(), mails.len()), (42, 42), "each once");
    assert!(office.sink.connections() - before <= 8);
    let ids: BTreeSet<_> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), 42);
    office.close().await;
}

/// The value of a tick box for a contact.
fn tick(page: &Page, at: crate::html::At) -> Option<String> {
    let element = &page.html()[at];
    let is_tick = element.attr("type") == Some("checkbox") && element.attr("name") == Some("to");
    is_tick.then(|| element.attr("value").unwrap_or_default().to_owned())
}
