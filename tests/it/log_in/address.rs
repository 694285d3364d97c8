//! A new address to log in with: proved, told to the old one, and nothing else changes (F15).

use crate::cast::{BEECH, BEN, OLIVE};
use crate::office::Office;

const NEW: &str = "ben.okafor@beech.example";

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_changes_their_address_and_keeps_everything_else() {
    let office = Office::founded().await;
    office.let_in(BEN, BEECH).await;
    let settings = office.ben().get("/p/settings").await;
    let page = office.ben().get(&settings.link("Change the e-mail address")).await;
    let typed = [("email", NEW), ("password", "wrong")];
    let again = office.ben().press(&page, "Send the link", &typed).await;
    again.assert_status(422);
    assert_eq!(again.value("email"), NEW);
    let typed = [("password", BEN.password)];
    for _ in 0..2 {
        let sent = office.ben().press(&again, "Send the link", &typed).await;
        sent.assert_sees(&format!("Open the link in the mail to {NEW}."));
    }
    let notice = office.mail_to("ben").await;
    assert!(notice.text_part().contains(NEW), "{}", notice.text_part());
    let link = office.mail_to(NEW).await.link();
    office.log_in(&office.nobody(), NEW, BEN.password).await.assert_status(422);

    let stranger = office.nobody();
    let page = stranger.visit(&link).await;
    page.assert_sees(BEN.email).assert_sees(NEW);
    stranger.press(&page, "Use the new address", &[]).await.assert_sees("From now on you log in");
    office.mail_to("ben").await;
    office.mail_to(NEW).await;

    office.log_in(&office.nobody(), BEN.email, BEN.password).await.assert_status(422);
    office.log_in(&office.nobody(), NEW, BEN.password).await.assert_sees(BEECH);
    office.ben().visit("/p").await.assert_sees(BEECH);
    office.contacts(BEECH).await.assert_sees(NEW).assert_sees(BEN.email);
    stranger.visit(&link).await.assert_status(410).assert_says("This link has ended");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_staff_changes_theirs_in_the_console() {
    let office = Office::founded().await;
    let page = office.olive().get("/console/account/address").await;
    let typed = [("email", "olive.ortiz@firm.example"), ("password", OLIVE.password)];
    office.olive().press(&page, "Send the link", &typed).await.assert_status(200);
    let link = office.mail_to("olive.ortiz@firm.example").await.link();
    let page = office.olive().visit(&link).await;
    let console = office.olive().press(&page, "Use the new address", &[]).await;
    assert_eq!(console.path, "/console");
    let browser = office.nobody();
    let typed = ("olive.ortiz@firm.example", OLIVE.password);
    assert_eq!(office.log_in(&browser, typed.0, typed.1).await.path, "/console");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_keeps_what_they_typed() {
    let office = Office::founded().await;
    office.let_in(BEN, BEECH).await;
    let typed = [("email", NEW), ("password", BEN.password)];
    for _ in 0..3 {
        let page = office.ben().get("/p/settings/address").await;
        office.ben().press_only(&page, "Send the link", &typed).await.assert_leads_to("/p");
        office.mail_to("ben").await;
        office.mail_to(NEW).await;
    }

    let page = office.ben().get("/p/settings/address").await;
    let limited = office.ben().press(&page, "Send the link", &typed).await;

    limited.assert_status(429).assert_says("Try again in 60 minutes.");
    assert_eq!(limited.header("retry-after").map(|seconds| seconds.len()), Some(4));
    assert_eq!((&*limited.value("email"), &*limited.value("password")), (NEW, ""));
    office.close().await;
}
