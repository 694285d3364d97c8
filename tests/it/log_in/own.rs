//! What people change about themselves, in the portal and in the console.

use std::time::Duration;

use crate::cast::{ALDER, BEECH, BEN, FIRM, OLIVE};
use crate::office::Office;

const NEW: &str = "amber wheels roll north";

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_edits_their_record_and_the_firm_sees_it() {
    let office = Office::open().await;
    let home = office.ben().visit("/p").await;
    let page = office.ben().click(&home, "Your settings").await;
    assert_eq!((page.value("first"), page.value("last")), ("Ben".into(), "Okafor".into()));

    let typed = [("first", ""), ("last", "Okafor-Lee"), ("phone", "call me")];
    let again = office.ben().press(&page, "Save", &typed).await;
    again.assert_status(422);
    assert_eq!(
        (again.value("last"), again.value("phone")),
        ("Okafor-Lee".into(), "call me".into())
    );
    for id in ["f-first", "f-phone-0"] {
        let field = again.html().by_id(id).unwrap();
        assert_eq!(again.html()[field].attr("aria-invalid"), Some("true"), "{id}");
    }
    let typed = [("first", "Ben"), ("phone", "07700 900412"), ("phone_kind", "personal")];
    let saved = office.ben().press(&again, "Save", &typed).await;
    saved.assert_sees("Saved.").assert_sees("Ben Okafor-Lee");
    assert!(saved.html().by_id("f-phone-1").is_some(), "room for another");

    let contacts = office.contacts(BEECH).await;
    contacts.assert_sees("Ben Okafor-Lee").assert_sees("07700 900412");
    let activity = office.activity(BEECH).await;
    activity.assert_sees("changed their name from Ben Okafor and changed their phone numbers");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_is_changed_in_the_same_way_by_everybody() {
    let office = Office::open().await;
    for (who, cast, home) in
        [(office.olive(), OLIVE, "/console/account"), (office.ben(), BEN, "/p/settings")]
    {
        let other = who.other_browser();
        office.log_in(&other, cast.email, cast.password).await.assert_status(200);
        let settings = who.get(home).await;
        let page = who.get(&settings.link("Change the password")).await;
        let typed = [("current", "wrong"), ("new", NEW)];
        let again = who.press(&page, "Change password", &typed).await;
        again.assert_status(422).assert_says("This is not your password.");
        let typed = [("current", cast.password), ("new", NEW)];
        for _ in 0..2 {
            let done = who.press(&again, "Change password", &typed).await;
            assert_eq!(done.path, home, "a second click does no harm");
        }
        other.get(home).await.assert_leads_to("/login");
        office.log_in(&office.nobody(), cast.email, NEW).await.assert_status(200);
        office.mail_to(cast.key).await;
    }
    office.has_no_mail_for("ben").await; // one mail for two clicks
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_shown_and_logged_out() {
    let office = Office::open().await;
    for (who, cast, home) in
        [(office.olive(), OLIVE, "/console/account"), (office.ben(), BEN, "/p/settings")]
    {
        let phone = who.other_browser();
        office.log_in(&phone, cast.email, cast.password).await;
        let settings = who.get(home).await;
        settings.assert_sees("Logged in on 2 devices");
        let page = who.get(&settings.link("Show the devices")).await;
        page.assert_sees("Chrome on Linux").assert_sees("Safari on iPhone");
        let done = who.press(&page, "Log out Safari on iPhone", &[]).await;
        done.assert_sees("The device is logged out.").assert_hides("Safari on iPhone");
        phone.get(home).await.assert_leads_to("/login");
        who.get(home).await.assert_sees("Logged in on this device only");

        office.log_in(&phone, cast.email, cast.password).await;
        let page = who.get(&format!("{home}/devices")).await;
        who.press(&page, "Log out all other devices", &[]).await.assert_status(200);
        phone.get(home).await.assert_leads_to("/login");
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_without_any_client_is_told_so() {
    let office = Office::founded().await;
    office.let_in(BEN, BEECH).await;
    office.remove_access(BEN, BEECH).await;
    let browser = office.nobody();
    let page = office.log_in(&browser, BEN.email, BEN.password).await;
    assert_eq!(page.path, "/p/choose");
    page.assert_hides(BEECH).assert_hides(ALDER);
    let settings = browser.get("/p/settings").await;
    settings.assert_status(200).assert_says("You have no access to a portal at present.");
    assert!(!settings.offers("Save"), "the record is the firm's");
    let late = browser.post("/p/settings", &[("first", "Benny"), ("last", "")]).await;
    late.assert_status(409).assert_says(&format!("Ask {FIRM}."));
    let address = browser.get("/p/settings/address").await;
    address.assert_status(409).assert_says(&format!("Ask {FIRM}."));
    office.contacts(BEECH).await.assert_sees("Ben Okafor").assert_hides("Benny");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_open_page_fetches_does_not_keep_anybody_logged_in() {
    let office = Office::founded().await;
    let fetches = [("X-Live", "1")];
    for _ in 0..2 {
        office.advance(Duration::from_secs(5 * 60 * 60));
        let page = office.olive().send_with("GET", "/console/clients", &[], &fetches).await;
        page.assert_status(200);
    }
    office.advance(Duration::from_secs(3 * 60 * 60));
    office.olive().get("/console/clients").await.assert_leads_to("/login");
    office.close().await;
}
