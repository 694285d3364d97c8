//! Forgotten passwords: the same answer for everybody, a mail for whom it concerns.

use std::time::Duration;

use crate::cast::{ALDER, BEN, MAYA, NOOR};
use crate::office::Office;
use crate::person::Person;

const NEW: &str = "amber wheels roll north";

async fn forget(who: &Person, email: &str) -> crate::page::Page {
    let page = who.get("/forgot").await;
    who.press(&page, "Send me a link", &[("email", email)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_the_same_and_only_known_people_get_a_mail() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let mut answers = Vec::new();
    for email in [MAYA.email, NOOR.email, "nobody@alder.example"] {
        let page = forget(&office.nobody(), email).await;
        page.assert_sees("Look in your mailbox");
        answers.push(page.body().to_owned());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    office.mail_to("maya").await.link();
    let no_access = office.mail_to("noor").await;
    assert!(!no_access.text_part().contains("/reset/"), "{}", no_access.text_part());
    office.has_no_mail_for("nobody@alder.example").await;
    forget(&office.nobody(), "maya").await.assert_status(422);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fourth_mail_within_the_hour_has_to_wait_for_anybody() {
    let office = Office::founded().await;
    for email in [BEN.email, "nobody@alder.example"] {
        for _ in 0..3 {
            forget(&office.nobody(), email).await.assert_status(200);
        }
        let page = forget(&office.nobody(), email).await;
        page.assert_status(429).assert_says("Try again in 60 minutes.");
        assert_eq!(page.header("retry-after"), Some("3600"));
        assert_eq!(page.value("email"), email);
    }
    for _ in 0..3 {
        office.mail_to("ben").await;
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_gives_a_new_password_once_and_ends_old_sessions() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    forget(&office.nobody(), MAYA.email).await;
    let link = office.mail_to("maya").await.link();
    let browser = office.nobody();
    for _ in 0..3 {
        browser.head(&link).await.assert_status(200);
    }
    let page = browser.visit(&link).await;
    page.assert_sees("Maya Linden");
    assert_eq!(page.value("address"), MAYA.email);
    assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
    assert_eq!(browser.cookie("anteroom"), None);
    let field = page.html().by_id("f-password").unwrap();
    assert_eq!(page.html()[field].attr("autocomplete"), Some("new-password"));

    let again = browser.press(&page, "Save and log in", &[("password", "short")]).await;
    again.assert_status(422).assert_says("at least 10 characters");
    let home = browser.press(&again, "Save and log in", &[("password", NEW)]).await;
    home.assert_sees(ALDER).assert_sees("Your new password is stored");
    office.maya().get("/p/settings").await.assert_leads_to("/login");
    office.mail_to("maya").await;

    let used = office.nobody().visit(&link).await;
    used.assert_status(410).assert_says("This link has ended");
    assert_eq!(used.link("Send me a new link"), "/forgot");
    let spent = office.nobody().press(&page, "Save and log in", &[("password", NEW)]).await;
    spent.assert_status(410);
    office.log_in(&office.nobody(), MAYA.email, MAYA.password).await.assert_status(422);
    office.log_in(&office.nobody(), MAYA.email, NEW).await.assert_status(200);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_hour_the_link_has_ended() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    forget(&office.nobody(), MAYA.email).await;
    let link = office.mail_to("maya").await.link();
    office.advance(Duration::from_secs(60 * 60));
    office.nobody().visit(&link).await.assert_status(410);
    for token in ["x", &"A".repeat(43)] {
        let page = office.nobody().get(&format!("/reset/{token}")).await;
        page.assert_status(410);
    }
    office.close().await;
}
