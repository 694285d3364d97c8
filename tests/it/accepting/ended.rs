//! Links that have ended, links that were used, and links of an earlier mail.

use std::time::Duration;

use crate::cast::{ALDER, MAYA, NOOR, OLIVE, SAM, TRUST};
use crate::office::Office;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MINUTE: Duration = Duration::from_secs(61);

#[tokio::test(flavor = "multi_thread")]
async fn a_link_used_again_leads_to_the_log_in() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    office.accept(office.maya(), &link, MAYA.password).await;
    let browser = office.nobody();

    let page = browser.get(&link).await;

    page.assert_leads_to("/login");
    let page = browser.follow(page).await;
    assert_eq!(page.value("email"), MAYA.email);
    browser.press(&page, "Log in", &[("password", MAYA.password)]).await.assert_sees(ALDER);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_link_never_changes_the_password() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let kept = office.nobody().visit(&link).await;
    office.accept(office.maya(), &link, MAYA.password).await;
    let thief = office.nobody();

    let late =
        thief.press_only(&kept, "Create account", &[("password", "a thief was here 1")]).await;

    late.assert_leads_to("/login");
    assert_eq!(thief.cookie("anteroom"), None);
    office.log_in(&thief, MAYA.email, "a thief was here 1").await.assert_status(422);
    office.log_in(&thief, MAYA.email, MAYA.password).await.assert_sees(ALDER);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_says_who_invited_and_sends_a_new_one() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    office.days_pass(31);

    let page = office.maya().visit(&link).await;

    page.assert_status(410).assert_says("Olive Ortiz").assert_says("This invite has expired");
    let asked = office.maya().press(&page, "Send me a new link", &[]).await;
    asked.assert_sees(MAYA.email);
    let fresh = office.mail_to("maya").await.link();
    assert_ne!(fresh, link);
    office.accept(office.maya(), &fresh, MAYA.password).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_with_the_second_it_expires_and_grants_nothing_after_it() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    // The mail left eleven seconds after the invite was made.
    office.advance(29 * DAY + Duration::from_secs(24 * 60 * 60 - 12));
    let page = office.maya().visit(&link).await;
    page.assert_sees("Hello Maya");
    office.advance(Duration::from_secs(2));

    let late = office.maya().press(&page, "Create account", &[("password", MAYA.password)]).await;

    late.assert_status(410).assert_says("This invite has expired");
    assert_eq!(office.maya().cookie("anteroom"), None);
    office.log_in(&office.nobody(), MAYA.email, MAYA.password).await.assert_status(422);
    office.log_in(office.olive(), OLIVE.email, OLIVE.password).await;
    let standing = office.standing(ALDER, "Maya").await;
    assert!(standing.contains("link expired"), "{standing}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_invite_can_be_sent_again_and_has_a_fresh_expiry() {
    let office = Office::founded().await;
    let old = office.link_to(MAYA, ALDER).await;
    office.days_later(31, &[OLIVE]).await;
    let page = office.contacts(ALDER).await;

    office.olive().press(&page, "Resend invite for Maya Linden", &[]).await.assert_status(200);

    let new = office.mail_to("maya").await.link();
    office.nobody().visit(&new).await.assert_sees("works until May 2");
    office.nobody().visit(&old).await.assert_sees("Hello Maya");
    office.accept(office.maya(), &new, MAYA.password).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_of_two_mails_still_works() {
    let office = Office::founded().await;
    let first = office.link_to(MAYA, ALDER).await;
    office.advance(MINUTE);
    let page = office.contacts(ALDER).await;
    office.olive().press(&page, "Resend invite for Maya Linden", &[]).await;
    let second = office.mail_to("maya").await.link();

    office.accept(office.maya(), &first, MAYA.password).await;

    office.nobody().get(&second).await.assert_leads_to("/login");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_half_way_finds_everything_as_it_was() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    office.maya().visit(&link).await.assert_sees("Hello Maya");
    office.days_pass(2);

    // Opened on one device, finished on another.
    office.accept(&office.maya().other_browser(), &link, MAYA.password).await;

    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_access_ends_sessions_and_links_in_the_same_second() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let trust = office.let_in(MAYA, TRUST).await;
    let alder = office.maya().visit("/p").await;
    let alder_home = office.portal_path(ALDER).await;
    alder.assert_status(200);

    office.remove_access(MAYA, ALDER).await;

    office.maya().get(&alder_home).await.assert_missing();
    office.maya().get(&trust.path).await.assert_sees(TRUST);
    assert!(office.standing(ALDER, "Maya").await.contains("Access removed"));
    // Whoever was removed can be invited again, and has the same login.
    office.advance(MINUTE);
    office.let_in(MAYA, ALDER).await.assert_sees(ALDER);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_client_closes_its_portal_and_its_invites() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let home = office.maya().visit("/p").await.path;
    let link = office.link_to(NOOR, ALDER).await;
    let record = office.client_path(office.olive(), ALDER).await;
    let page = office.olive().get(&record).await;

    office.olive().press(&page, "Make inactive", &[]).await.assert_status(200);

    assert_ne!(office.maya().get(&home).await.status, 200);
    office.noor().get(&link).await.assert_status(410);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_contact_cannot_follow_their_invite() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let page = office.contacts(ALDER).await;
    let ask = office.olive().click(&page, "Remove contact Maya Linden").await;

    office.olive().press(&ask, "Remove contact", &[]).await.assert_status(200);

    assert!(matches!(office.maya().get(&link).await.status, 404 | 410));
    office.contacts(ALDER).await.assert_hides("Maya Linden");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_the_team_takes_their_open_invites_along_and_no_access() {
    let office = Office::open().await;
    office.add_contact(ALDER, &[("first", "Owen"), ("email", "owen@alder.example")]).await;
    let record = office.client_path(office.sam(), ALDER).await;
    let contacts = office.sam().get(&format!("{record}/contacts")).await;
    let dialog = office.sam().click(&contacts, "Send invite for Owen").await;
    office.sam().press(&dialog, "Send invite", &[]).await.assert_sees("is in the outbox");
    let link = office.mail_to("owen@alder.example").await.link();
    office.dismiss(SAM).await;

    office.nobody().get(&link).await.assert_status(410);
    assert!(office.standing(ALDER, "Owen").await.contains("Not invited"));
    office.maya().visit("/p").await.assert_status(200);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_were_never_made_are_all_answered_alike() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let token = link.rsplit('/').next().unwrap();
    let browser = office.nobody();
    let mangled = [
        token[1..].to_owned(),
        token.chars().rev().collect(),
        format!("{}A", &token[..token.len() - 1]),
        "..%2f..%2fetc".to_owned(),
        "a".repeat(2_000),
        "%00".to_owned(),
    ];

    for wrong in mangled.iter().filter(|wrong| *wrong != token) {
        browser.get(&format!("/invite/{wrong}")).await.assert_missing();
        // A link of one kind opens nothing of another kind.
        browser.get(&format!("/reset/{wrong}")).await;
    }
    for other in ["reset", "verify-address"] {
        let page = browser.get(&format!("/{other}/{token}")).await;
        assert!(matches!(page.status, 404 | 410), "{other}: {}", page.status);
        let posted =
            browser.post(&format!("/{other}/{token}"), &[("password", MAYA.password)]).await;
        assert!(matches!(posted.status, 404 | 410), "{other}: {}", posted.status);
    }
    office.accept(office.maya(), &link, MAYA.password).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_new_link_can_be_had_for_an_invite_that_was_taken_back_meanwhile() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    office.days_pass(31);
    let page = office.maya().visit(&link).await;
    office.log_in(office.olive(), OLIVE.email, OLIVE.password).await;
    let contacts = office.contacts(ALDER).await;
    assert!(contacts.text().contains("never logged in · link expired"), "{}", contacts.text());
    office.olive().press(&contacts, "Revoke invite for Maya Linden", &[]).await;

    let asked = office.maya().press(&page, "Send me a new link", &[]).await;

    asked.assert_status(410).assert_says("This invite was taken back");
    office.has_no_mail_for("maya").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_tries_many_links_waits_a_minute() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let thief = office.nobody();
    for n in 0..20 {
        let kind = ["invite", "reset", "verify-address"][n % 3];
        let page = thief.get(&format!("/{kind}/{}", format!("{n:x}").repeat(43))).await;
        assert!(matches!(page.status, 404 | 410), "{}", page.status);
    }

    let page = thief.get(&link).await;

    page.assert_status(429).assert_says("Try again in 1 minute.");
    office.maya().get(&link).await.assert_status(200);
    office.advance(MINUTE);
    thief.get(&link).await.assert_status(200);
    office.close().await;
}
