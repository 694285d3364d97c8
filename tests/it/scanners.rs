//! What mail scanners and previews do to a link must cost the person nothing.

use crate::cast::{ALDER, MAYA};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_looks_at_a_link_change_nothing() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let contacts = office.client_path(office.olive(), ALDER).await + "/contacts";
    office.until(office.olive(), &contacts, "Accepted by the mail server").await;
    let before = office.standing(ALDER, "Maya").await;

    for _ in 0..50 {
        let scanner = office.nobody();
        let page = scanner.get(&link).await;
        page.assert_sees("Create account");
        assert!(page.headers("set-cookie").is_empty(), "a session for a look");
        scanner.head(&link).await.assert_status(200);
        let options = scanner.send("OPTIONS", &link, &[]).await;
        assert!(options.status < 300, "{}", options.status);
        assert_eq!(scanner.cookie("anteroom"), None);
    }

    assert_eq!(office.standing(ALDER, "Maya").await, before);
    let activity = office.activity(ALDER).await;
    activity.assert_hides("opened");
    office.accept(office.maya(), &link, MAYA.password).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_that_presses_every_button_spends_nothing() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let scanner = office.nobody();
    let page = scanner.visit(&link).await;

    let pressed = scanner.press(&page, "Create account", &[]).await;
    pressed.assert_status(422);
    let path = link.strip_prefix(&office.origin()).unwrap();
    for further in ["", "/log-in", "/add", "/switch", "/renew"] {
        scanner.post(&format!("{path}{further}"), &[]).await;
    }
    for link in page.links() {
        scanner.visit(&link).await;
    }

    assert_eq!(scanner.cookie("anteroom"), None);
    office.accept(office.maya(), &link, MAYA.password).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_pages_own_script_says_that_it_was_opened() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let page = office.maya().visit(&link).await;
    let html = page.html();
    let url = html.all().find_map(|at| html[at].attr("data-opened-url")).unwrap().to_owned();

    let elsewhere = [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")];
    let foreign = office.nobody().send_with("POST", &url, &[], &elsewhere).await;
    foreign.assert_status(403);
    let path = office.client_path(office.olive(), ALDER).await + "/contacts";
    office.olive().get(&path).await.assert_hides("opened");
    office.maya().post(&url, &[]).await.assert_status(204);

    let seen = office.olive().get(&path).await;
    seen.assert_says("opened");
    seen.assert_hides("read");
    office.accept(office.maya(), &link, MAYA.password).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_with_something_at_its_end_still_works() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let token = link.rsplit('/').next().unwrap();
    assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{token}");

    for end in [".", ",", ")", "%3E", "%22", "?utm_source=mail"] {
        let page = office.nobody().visit(&format!("{link}{end}")).await;
        assert!(page.text().contains("Hello Maya"), "{end:?}: {} {}", page.status, page.text());
    }
    office.accept(office.maya(), &link, MAYA.password).await;
    office.close().await;
}
