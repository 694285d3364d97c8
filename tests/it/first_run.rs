//! The first run: one page makes the firm, and is gone afterwards.

use futures_util::future::join_all;

use crate::cast::{FIRM, OLIVE};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_is_the_set_up_and_it_lands_in_the_console() {
    let office = Office::bare().await;
    office.olive().get("/").await.assert_leads_to("/setup");

    let console = office.set_up().await;

    console.assert_sees(FIRM).assert_says("Olive");
    office.olive().get("/setup").await.assert_missing();
    office.nobody().get("/").await.assert_leads_to("/login");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_greets_with_what_is_still_to_do() {
    let office = Office::bare().await;
    let console = office.set_up().await;
    assert!(console.links().iter().any(|link| link == "/console/clients/new"), "add a client");

    office.add_client(office.olive(), "Alder Ltd", &[crate::cast::MAYA]).await;

    office.olive().get("/console").await.assert_sees("nvite");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_is_told_beside_it_and_nothing_typed_is_lost() {
    let office = Office::bare().await;
    let page = office.olive().get("/setup").await;
    let typed = [("firm", FIRM), ("email", "olive at firm"), ("password", "short")];

    let again = office.olive().press(&page, "Set up the firm", &typed).await;

    again.assert_status(422);
    assert_eq!(again.value("firm"), FIRM);
    assert_eq!(again.value("email"), "olive at firm");
    assert_eq!(again.value("password"), "");
    let html = again.html();
    for id in ["f-email", "f-password", "f-name"] {
        let field = html.by_id(id).unwrap();
        assert_eq!(html[field].attr("aria-invalid"), Some("true"), "{id}");
    }
    office.set_up().await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_another_machine_the_code_of_the_terminal_is_needed() {
    let office = Office::bare().await;
    let proxied = [("X-Forwarded-For", "203.0.113.9")];
    let page = office.olive().send_with("GET", "/setup", &[], &proxied).await;
    page.assert_sees("Set-up code");
    let origin = office.origin();
    let typed = [
        ("firm", FIRM),
        ("public_url", &*origin),
        ("name", &*OLIVE.name()),
        ("email", OLIVE.email),
        ("password", OLIVE.password),
        ("code", "AAAAA-AAAAA"),
    ];
    let form = page.fill("Set up the firm", &typed);

    let refused = office.olive().send_with("POST", "/setup", &form.fields, &proxied).await;

    refused.assert_status(422);
    office.olive().get("/").await.assert_leads_to("/setup");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_make_exactly_one_owner() {
    let office = Office::bare().await;
    let page = office.olive().get("/setup").await;
    let origin = office.origin();
    let tries = (0..50).map(|n| {
        let (office, page, origin) = (&office, &page, &origin);
        async move {
            let browser = office.nobody();
            let email = format!("olive{n}@firm.example");
            let typed = [
                ("firm", FIRM),
                ("public_url", origin.as_str()),
                ("name", "Olive Ortiz"),
                ("email", email.as_str()),
                ("password", OLIVE.password),
            ];
            browser.press_only(page, "Set up the firm", &typed).await;
            browser.cookie("anteroom").is_some().then_some(browser)
        }
    });

    let winners: Vec<_> = join_all(tries).await.into_iter().flatten().collect();

    assert_eq!(winners.len(), 1);
    winners[0].get("/console").await.assert_sees(FIRM);
    office.close().await;
}
