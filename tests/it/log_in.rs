//! Who are you: logging in and out, forgotten passwords, and what people change about themselves.

mod address;
mod forgot;
mod own;

use std::time::Duration;

use crate::cast::{ALDER, BEN, FIRM, MAYA, NOOR, OLIVE, TRUST};
use crate::office::Office;

const NOT_RIGHT: &str = "The e-mail address or the password is not right.";

#[tokio::test(flavor = "multi_thread")]
async fn everybody_comes_in_by_the_same_page_and_lands_at_home() {
    let office = Office::open().await;
    let page = office.nobody().visit("/").await;
    assert_eq!(page.path, "/login");
    page.assert_sees("Welcome back").assert_sees(FIRM).assert_hides("Sign in");
    for (name, autocomplete) in [("email", "username"), ("password", "current-password")] {
        let field = page.html().by_id(&format!("f-{name}")).unwrap();
        assert_eq!(page.html()[field].attr("autocomplete"), Some(autocomplete));
    }

    let browser = office.nobody();
    assert_eq!(office.log_in(&browser, OLIVE.email, OLIVE.password).await.path, "/console");
    let browser = office.nobody();
    let home = office.log_in(&browser, BEN.email, BEN.password).await;
    assert!(home.path.starts_with("/p/cl_"), "{}", home.path);
    let browser = office.nobody();
    let choose = office.log_in(&browser, MAYA.email, MAYA.password).await;
    choose.assert_sees(ALDER).assert_sees(TRUST);
    browser.get("/login").await.assert_leads_to("/p");
    browser.get("/").await.assert_leads_to("/p");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let office = Office::open().await;
    let mut answers = Vec::new();
    for (email, password) in
        [(MAYA.email, "not her password"), ("nobody@alder.example", MAYA.password)]
    {
        let page = office.log_in(&office.nobody(), email, password).await;
        page.assert_status(422).assert_says(NOT_RIGHT);
        assert_eq!((page.value("email").as_str(), page.value("password").as_str()), (email, ""));
        assert!(page.headers("set-cookie").is_empty());
        answers.push(page.body().replace(email, "…"));
    }
    assert_eq!(answers[0], answers[1]);
    let page = office.log_in(&office.nobody(), "maya", "").await;
    page.assert_status(422).assert_says("Type your password");
    let field = page.html().by_id("f-email").unwrap();
    assert_eq!(page.html()[field].attr("aria-invalid"), Some("true"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_failures_the_page_says_when_to_try_again() {
    let office = Office::open().await;
    for _ in 0..10 {
        office.log_in(&office.nobody(), MAYA.email, "wrong").await.assert_says(NOT_RIGHT);
    }
    let page = office.log_in(&office.nobody(), MAYA.email, MAYA.password).await;
    page.assert_status(429).assert_says("Try again in 15 minutes.");
    assert_eq!(page.header("retry-after"), Some("900"));
    assert_eq!(page.value("email"), MAYA.email);
    office.log_in(&office.nobody(), NOOR.email, NOOR.password).await.assert_status(200);
    office.advance(Duration::from_secs(15 * 60));
    office.log_in(&office.nobody(), MAYA.email, MAYA.password).await.assert_status(200);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_that_was_asked_for_comes_after_the_log_in() {
    let office = Office::open().await;
    let browser = office.nobody();
    let page = browser.visit("/p/settings").await;
    assert!(page.path.starts_with("/login?then="), "{}", page.path);
    let typed = [("email", BEN.email), ("password", "wrong")];
    let again = browser.press(&page, "Log in", &typed).await;
    let typed = [("email", BEN.email), ("password", BEN.password)];
    assert_eq!(browser.press(&again, "Log in", &typed).await.path, "/p/settings");

    for elsewhere in ["//evil.example/", "https://evil.example/", "/console/clients"] {
        let browser = office.nobody();
        let page = browser.get(&format!("/login?then={elsewhere}")).await;
        let answer = browser.press_only(&page, "Log in", &typed).await;
        assert_eq!(answer.location(), "/p", "{elsewhere}");
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_new_with_each_log_in_and_worth_nothing_afterwards() {
    let office = Office::open().await;
    let browser = office.nobody();
    office.log_in(&browser, BEN.email, BEN.password).await;
    let first = browser.cookie("anteroom").unwrap();
    let settings = browser.get("/p/settings").await;
    let page = browser.press(&settings, "Log out", &[]).await;
    assert_eq!(page.path, "/login");
    page.assert_sees("You are logged out.");
    assert_eq!(browser.cookie("anteroom"), None);
    let stolen = [("Cookie", format!("anteroom={first}"))];
    let stolen = stolen.each_ref().map(|(name, value)| (*name, value.as_str()));
    let nobody = office.nobody();
    nobody.send_with("GET", "/p/settings", &[], &stolen).await.assert_leads_to("/login");
    let answer =
        browser.press_only(&page, "Log in", &[("email", BEN.email), ("password", BEN.password)]);
    let answer = answer.await;
    let cookie = answer.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains(&first));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn password_managers_find_the_page() {
    let office = Office::open().await;
    let path = "/.well-known/change-password";
    office.olive().get(path).await.assert_leads_to("/console/account/password");
    office.ben().get(path).await.assert_leads_to("/p/settings/password");
    let browser = office.nobody();
    let page = browser.visit(path).await;
    let typed = [("email", BEN.email), ("password", BEN.password)];
    assert_eq!(browser.press(&page, "Log in", &typed).await.path, "/p/settings/password");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_one_mailbox_are_told_apart_by_password_and_else_by_name() {
    let office = Office::founded().await;
    let typed = [("first", "Omar"), ("last", "Linden"), ("email", MAYA.email)];
    let path = office.client_path(office.olive(), ALDER).await;
    let page = office.olive().get(&format!("{path}/contacts/new")).await;
    let asked = office.olive().press(&page, "Add contact", &typed).await;
    office.olive().press(&asked, "Add contact", &[("anyway", "yes")]).await.assert_sees("Omar");
    office.invite("Omar Linden", ALDER).await;
    let link = office.mail_to(MAYA.email).await.link();
    let omar = office.nobody();
    office.accept(&omar, &link, "his own long password").await;
    office.let_in(MAYA, ALDER).await;

    for (password, name) in [("his own long password", "Omar"), (MAYA.password, "Maya")] {
        let browser = office.nobody();
        office.log_in(&browser, MAYA.email, password).await;
        browser.visit("/p/settings").await.assert_sees(&format!("{name} Linden"));
    }

    let page = omar.get("/p/settings/password").await;
    let typed = [("current", "his own long password"), ("new", MAYA.password)];
    omar.press(&page, "Change password", &typed).await.assert_sees("Your password is changed.");
    office.mail_to(MAYA.email).await;
    let browser = office.nobody();
    let page = office.log_in(&browser, MAYA.email, MAYA.password).await;
    page.assert_sees("Who are you?").assert_sees("Omar Linden");
    assert_eq!(browser.cookie("anteroom"), None, "nobody is in yet");
    browser.press(&page, "Omar Linden", &[]).await.assert_sees(ALDER);
    browser.visit("/p/settings").await.assert_sees("Omar Linden");

    let late = browser.press(&page, "Maya Linden", &[]).await;
    late.assert_status(422).assert_says("Your choice came too late. Log in again.");
    office.close().await;
}
