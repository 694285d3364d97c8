//! What programs look for at fixed addresses: robots, password managers, phones, and people who found a hole.

use jiff::Timestamp;
use serde_json::Value;

use crate::cast::FIRM;
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_found_a_hole_finds_whom_to_tell() {
    let office = Office::founded().await;
    let page = office.nobody().get("/.well-known/security.txt").await;
    page.assert_status(200);
    assert_eq!(page.header("content-type"), Some("text/plain; charset=utf-8"));
    let field = |name: &str| {
        let line = page.body().lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {}", page.body())).to_owned()
    };
    assert_eq!(field("Contact: "), "mailto:portal@firm.example");
    assert_eq!(field("Preferred-Languages: "), "en");
    let expires: Timestamp = field("Expires: ").parse().unwrap();
    let opening: Timestamp = "2026-03-02T14:00:00Z".parse().unwrap();
    let days = expires.duration_since(opening).as_hours() / 24;
    assert!((30..365).contains(&days), "{days}");
    assert!(!page.body().contains("olive"), "an owner's log-in is nobody's business");

    office.days_pass(400);
    let later = office.nobody().get("/.well-known/security.txt").await;
    assert_ne!(later.body(), page.body(), "it never runs out");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_public_contact_there_is_no_such_file() {
    let office = Office::without_mail().await;
    office.set_up().await;
    office.nobody().get("/.well-known/security.txt").await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_engines_are_kept_away() {
    let office = Office::founded().await;
    let visitor = office.nobody();
    let robots = visitor.get("/robots.txt").await;
    assert_eq!(robots.body(), "User-agent: *\nDisallow: /\n");
    for path in ["/login", "/help", "/nothing", "/favicon.ico", "/healthz"] {
        let page = visitor.get(path).await;
        assert_eq!(page.header("x-robots-tag"), Some("noindex"), "{path}");
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_puts_the_firm_on_its_home_screen() {
    let office = Office::founded().await;
    let visitor = office.nobody();
    let page = visitor.get("/login").await;
    let links = page.html().tags("link").map(|at| page.html()[at].attr("href").unwrap().to_owned());
    let links: Vec<String> = links.collect();
    assert!(links.iter().any(|link| link == "/manifest.webmanifest"), "{links:?}");
    assert!(links.iter().any(|link| link == "/apple-touch-icon.png"), "{links:?}");

    let manifest = visitor.get("/manifest.webmanifest").await;
    assert_eq!(manifest.header("content-type"), Some("application/manifest+json"));
    let manifest: Value = serde_json::from_str(manifest.body()).unwrap();
    assert_eq!((&manifest["name"], &manifest["scope"]), (&FIRM.into(), &"/".into()));
    assert!(manifest["theme_color"].as_str().is_some_and(|color| color.starts_with('#')));
    let icons = manifest["icons"].as_array().unwrap();
    let purposes: Vec<&Value> = icons.iter().map(|icon| &icon["purpose"]).collect();
    assert_eq!(purposes, ["any", "any", "maskable"]);
    for icon in
        icons.iter().map(|icon| icon["src"].as_str().unwrap()).chain(["/apple-touch-icon.png"])
    {
        let answer = visitor.get(icon).await;
        answer.assert_status(200);
        assert_eq!(answer.header("content-type"), Some("image/png"), "{icon}");
        assert!(answer.header("cache-control").is_some_and(|kept| kept.contains("max-age")));
        assert!(answer.body().contains("PNG"), "{icon}");
    }
    visitor.get("/icons/13.png").await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_there_is_a_firm_nothing_speaks_of_one() {
    let office = Office::bare().await;
    let page = office.nobody().get("/setup").await;
    let manifest =
        page.html().tags("link").any(|at| page.html()[at].attr("rel") == Some("manifest"));
    assert!(!manifest);
    office.nobody().get("/.well-known/security.txt").await.assert_leads_to("/setup");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_manager_finds_where_the_password_is_changed() {
    let office = Office::founded().await;
    let asked = "/.well-known/change-password";
    let page = office.nobody().get(asked).await;
    assert!(page.location().starts_with("/login?then="), "{}", page.location());
    office.olive().get(asked).await.assert_leads_to("/console/account/password");
    office.close().await;
}
