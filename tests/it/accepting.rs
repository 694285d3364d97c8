//! From the mail to Home: creating the account, and every way in which the link can have ended.

mod accounts;
mod ended;
mod races;

use crate::cast::{ALDER, BEECH, BEN, FIRM, MAYA, NOOR, TRUST};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_contact_creates_an_account_and_lands_on_home() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;

    let page = office.maya().visit(&link).await;

    page.assert_sees("Olive Ortiz").assert_sees(FIRM).assert_sees(ALDER);
    assert_eq!(page.value("address"), MAYA.email);
    let address = page.html().by_id("address").unwrap();
    assert!(page.html()[address].has("readonly"), "the address cannot be exchanged");
    // The link is a secret: no other page learns more of it than where the portal is.
    assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let home = office.maya().press(&page, "Create account", &[("password", MAYA.password)]).await;
    home.assert_sees(ALDER);
    for tab in ["Home", "To-do", "Files"] {
        assert!(home.offers(tab), "{tab}");
    }
    home.assert_hides("Billing");
    let standing = office.standing(ALDER, "Maya").await;
    assert!(standing.contains("Last login"), "{standing}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_sends_only_the_origin_with_a_form_gets_in_too() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let page = office.maya().visit(&link).await;
    let form = page.fill("Create account", &[("password", MAYA.password)]);
    let origin = office.origin();
    let old = |from| [("Sec-Fetch-Site", ""), ("Origin", from)];

    let null = office.maya().send_with("POST", &link, &form.fields, &old("null")).await;
    null.assert_status(403);
    let home = office.maya().send_with("POST", &link, &form.fields, &old(&origin)).await;

    home.assert_leads_to("/p/");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_in_the_form_changes_nothing() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let path = link.strip_prefix(&office.origin()).unwrap();
    let typed = [("address", "evil@evil.example"), ("password", MAYA.password)];

    office.maya().post(path, &typed).await.assert_leads_to("/p/");

    let other = office.nobody();
    office.log_in(&other, "evil@evil.example", MAYA.password).await.assert_status(422);
    office.log_in(&other, MAYA.email, MAYA.password).await.assert_sees(ALDER);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_password_is_refused_with_a_reason_and_the_invite_stays() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let page = office.maya().visit(&link).await;

    for weak in ["", "short", "password123", "maya linden maya"] {
        let again = office.maya().press(&page, "Create account", &[("password", weak)]).await;
        again.assert_status(422);
        assert!(again.html().tags("p").any(|at| again.html()[at].attr("class") == Some("error")));
    }

    office.accept(office.maya(), &link, MAYA.password).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_contacts_of_one_client_have_different_logins() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.let_in(NOOR, ALDER).await;
    let browser = office.nobody();

    office.log_in(&browser, MAYA.email, NOOR.password).await.assert_status(422);
    office.log_in(&browser, NOOR.email, NOOR.password).await.assert_sees(ALDER);

    let activity = office.activity(ALDER).await;
    activity.assert_sees("Maya Linden").assert_sees("Noor Haddad");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_for_one_client_opens_no_other() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.let_in(BEN, BEECH).await;

    for (who, theirs) in [(office.maya(), TRUST), (office.maya(), BEECH), (office.ben(), ALDER)] {
        let id = office.client_id(theirs).await;
        for page in ["", "/todo", "/files"] {
            who.get(&format!("/p/{id}{page}")).await.assert_missing();
        }
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_login_moves_with_each_login() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.days_pass(3);
    office.log_in(office.olive(), crate::cast::OLIVE.email, crate::cast::OLIVE.password).await;
    let before = office.standing(ALDER, "Maya").await;
    assert!(before.contains("Last login Mar 2 "), "{before}");

    office.log_in(&office.nobody(), MAYA.email, MAYA.password).await.assert_sees(ALDER);

    let after = office.standing(ALDER, "Maya").await;
    assert!(after.contains("Last login just now"), "{after}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_in_the_mail_does_what_the_link_does() {
    let office = Office::founded().await;
    office.invite("Maya Linden", ALDER).await;
    let text = office.mail_to("maya").await.text_part();
    let code = text.split("type the code ").nth(1).unwrap().split_whitespace().next().unwrap();
    let broken = office.maya().get("/invite/abcdefgh").await;
    broken.assert_missing().assert_says("Type the code");

    let typed = code.to_lowercase().replace('-', " ");
    let page = office.maya().press(&broken, "Go on", &[("code", &typed)]).await;

    page.assert_sees("Hello Maya");
    office.maya().press(&page, "Create account", &[("password", MAYA.password)]).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_are_slowed_down_and_say_so() {
    let office = Office::founded().await;
    let guesser = office.nobody();
    let page = guesser.get("/join").await;
    for guess in ["AAAAA-AAAA1", "AAAAA-AAAA2", "AAAAA-AAAA3", "AAAAA-AAAA4", "AAAAA-AAAA5"] {
        let again = guesser.press(&page, "Go on", &[("code", guess)]).await;
        again.assert_status(422).assert_says("No invite has this code");
    }

    let limited = guesser.press(&page, "Go on", &[("code", "AAAAA-AAAA6")]).await;

    limited.assert_status(429).assert_says("10 minutes");
    assert_eq!(limited.header("retry-after"), Some("600"));
    assert_eq!(limited.value("code"), "AAAAA-AAAA6");
    let other = office.nobody().press(&page, "Go on", &[("code", "AAAAA-AAAA7")]).await;
    other.assert_says("No invite has this code");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_expiry_is_shown_in_the_firms_zone_by_name() {
    // 30 days later New York has daylight saving time.
    let office = Office::founded().await;
    office.invite("Maya Linden", ALDER).await;
    let mail = office.mail_to("maya").await;
    let text = mail.text_part();
    let until = |rest: &str| rest.split_once("works until ").map(|(_, until)| until.to_owned());
    let ends = until(&text).unwrap();
    assert!(ends.contains("April 1") && ends.contains(" EDT."), "{text}");
    let page = office.maya().visit(&mail.link()).await;
    let ends = until(&page.text()).unwrap();
    assert!(ends.starts_with("April 1") && ends.contains("M EDT."), "{ends}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_names_another_client_or_contact_is_refused_and_spends_nothing() {
    let office = Office::founded().await;
    office.let_in(BEN, BEECH).await;
    let beech = office.client_path(office.olive(), BEECH).await.replace("/console/clients/", "");
    let link = office.link_to(MAYA, ALDER).await;
    let page = office.maya().visit(&link).await;
    let form = page.fill("Create account", &[("password", MAYA.password)]);

    for (name, id) in
        [("client", beech.as_str()), ("contact", "ct_0"), ("to", "x"), ("email", "a@b.example")]
    {
        let mut fields = form.fields.clone();
        fields.push((name.to_owned(), id.to_owned()));
        office.maya().send("POST", &form.action, &fields).await.assert_status(400);
        for button in ["add", "switch", "renew", "log-in"] {
            let action = format!("{}/{button}", form.action);
            office.maya().send("POST", &action, &fields).await.assert_status(400);
        }
    }

    assert_eq!(office.maya().cookie("anteroom"), None);
    office.maya().submit(&form).await.assert_leads_to("/p/");
    office.maya().get(&format!("/p/{beech}")).await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn terms_of_the_firm_must_be_agreed_to() {
    let office = Office::founded().await;
    let page = office.olive().get("/console/settings/portal").await;
    let save = [("terms", "Be kind to each other.")];
    office.olive().press(&page, "Save", &save).await.assert_status(200);
    let link = office.link_to(MAYA, ALDER).await;
    let page = office.maya().visit(&link).await;
    page.assert_sees("Be kind to each other.");

    let again = office.maya().press(&page, "Create account", &[("password", MAYA.password)]).await;
    again.assert_status(422).assert_says("Read the terms");
    let typed = [("password", MAYA.password), ("terms", "on")];

    let home = office.maya().press(&again, "Create account", &typed).await;
    home.assert_sees(ALDER);
    office.close().await;
}
