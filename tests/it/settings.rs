//! Settings: what Admins change, and what follows from it.

use crate::cast::{ALDER, FIRM, MAYA};
use crate::office::Office;

/// The smallest PNG: one pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53,
    0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x58, 0x20, 0x30, 0x01,
    0x00, 0x02, 0x94, 0x01, 0x41, 0x9a, 0x37, 0xa2, 0xca, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e,
    0x44, 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test(flavor = "multi_thread")]
async fn the_firm_is_renamed_everywhere_at_once() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let page = office.olive().get("/console/settings").await;
    let typed = [("name", "Hall & Daughters"), ("zone", "Asia/Tokyo"), ("date_style", "day-first")];

    office.olive().press(&page, "Save settings", &typed).await.assert_sees("are saved");

    let home = office.maya().visit("/p").await;
    home.assert_sees("Hall & Daughters").assert_hides(FIRM).assert_says("Good evening, Maya");
    office.nobody().get("/login").await.assert_sees("Hall & Daughters");
    office.olive().get("/console").await.assert_sees("Monday, 2 March");
    let again = office.olive().get("/console/settings").await;
    let wrong = [("name", " "), ("zone", "Mars/Olympus")];
    let again = office.olive().press(&again, "Save settings", &wrong).await;
    again.assert_status(422).assert_says("Give the firm a name").assert_says("time zone");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_do_not_overwrite_each_other_unseen() {
    let office = Office::open().await;
    let path = "/console/settings/portal";
    let (one, other) = (office.olive().get(path).await, office.rita().get(path).await);
    office.rita().press(&other, "Save settings", &[("invite_days", "7")]).await.assert_status(200);

    let told = office.olive().press(&one, "Save settings", &[("undo_seconds", "0")]).await;

    told.assert_status(422).assert_says("Somebody else changed this");
    assert_eq!(office.olive().get(path).await.value("invite_days"), "7");
    office.olive().press(&told, "Save settings", &[]).await.assert_sees("are saved");
    let page = office.olive().get(path).await;
    assert_eq!((page.value("invite_days"), page.value("undo_seconds")), ("30".into(), "0".into()));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_have_bounds() {
    let office = Office::founded().await;
    let page = office.olive().get("/console/settings/portal").await;
    let wrong = [
        ("invite_days", "0"),
        ("undo_seconds", "61"),
        ("mails_per_minute", "-1"),
        ("help_link", "javascript:alert(1)"),
    ];

    let again = office.olive().press(&page, "Save settings", &wrong).await;

    again.assert_status(422).assert_says("from 1 to 365").assert_says("from 0 to 60");
    for id in ["f-invite_days", "f-undo_seconds", "f-mails_per_minute", "f-help_link"] {
        let html = again.html();
        assert_eq!(html[html.by_id(id).unwrap()].attr("aria-invalid"), Some("true"), "{id}");
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn color_and_logo_are_seen_by_everybody() {
    let office = Office::founded().await;
    let path = "/console/settings/brand";
    let seen = office.olive().get(path).await.value("seen");
    let fields = [("accent", "own"), ("own", "#a01090"), ("seen", &*seen)];

    office.olive().upload(path, &fields, ("logo", PNG)).await.assert_leads_to(path);

    let login = office.nobody().get("/login").await;
    assert!(login.body().contains("/brand/a01090.css"), "{}", login.body());
    let sheet = office.nobody().get("/brand/a01090.css").await;
    assert_eq!(sheet.body(), ":root{--brand:#a01090}\n");
    assert!(sheet.header("cache-control").unwrap().contains("immutable"));
    let html = login.html();
    let logo = html.tags("img").next().unwrap();
    let logo = html[logo].attr("src").unwrap().to_owned();
    let image = office.nobody().get(&logo).await;
    assert_eq!((image.status, image.header("content-type")), (200, Some("image/png")));
    let stale = office.olive().upload(path, &fields, ("logo", PNG)).await;
    stale.assert_status(422).assert_says("Somebody else changed this");

    let page = office.olive().get(path).await;
    let fields = [("accent", "#2b4a7a"), ("remove", "on"), ("seen", &*page.value("seen"))];
    office.olive().upload(path, &fields, ("none", b"")).await.assert_leads_to(path);
    office.nobody().get(&logo).await.assert_missing();
    let activity = office.olive().get("/console/activity").await;
    activity.assert_sees("changed the logo and the color to #a01090");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_logo_is_refused_with_a_sentence() {
    let office = Office::founded().await;
    let path = "/console/settings/brand";
    let svg: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let large = vec![b'x'; 3 * 1024 * 1024];
    for (file, why) in [
        (svg, "An SVG file can hold programs"),
        (b"GIF89a".as_slice(), "Choose a PNG, JPEG or WebP file"),
        (&PNG[..40], "could not be read"),
        (&large, "larger than 2 MB"),
    ] {
        let seen = office.olive().get(path).await.value("seen");
        let fields = [("accent", "#2b4a7a"), ("seen", &*seen)];
        let again = office.olive().upload(path, &fields, ("logo", file)).await;
        again.assert_status(422).assert_says(why);
        let login = office.nobody().get("/login").await;
        assert!(login.body().contains("/brand/2c6b57.css"), "nothing is changed");
    }
    office.nobody().get("/brand/zzzzzz.css").await.assert_missing();
    office.nobody().get("/brand/2C6B57.css").await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_address_is_checked_and_new_links_begin_with_it() {
    let office = Office::founded().await;
    let path = "/console/settings/address";
    let page = office.olive().get(path).await;
    page.assert_sees("links in mails open on this machine only");
    let again = office.olive().press(&page, "Save address", &[("public_url", "portal")]).await;
    again.assert_status(422).assert_says("Begin the address with https://");
    let lan = [("public_url", "http://192.168.1.5:8080")];
    let ask = office.olive().press(&again, "Save address", &lan).await;
    ask.assert_status(422).assert_says("inside your own network only");
    assert!(ask.html().by_id("f-confirmed").is_some());
    let ticked = ask.fill("Save address", &[("confirmed", "on")]);
    let stale = office.olive().get(path).await;
    office.olive().submit(&ticked).await.assert_leads_to(path);
    let told = office.olive().press(&stale, "Save address", &[]).await;
    told.assert_status(422).assert_says("Somebody else changed this");
    office.olive().get(path).await.assert_sees("Links open inside your own network only.");

    office.invite(&MAYA.name(), ALDER).await;

    let text = office.mail_to("maya").await.text_part();
    assert!(text.contains("http://192.168.1.5:8080/invite/"), "{text}");
    office.close().await;
}
