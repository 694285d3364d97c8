//! Those who have a login already, those who are somebody else, and those who were never invited.

use crate::cast::{ALDER, BEECH, BEN, MAYA, OLIVE, TRUST};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn a_known_contact_logs_in_to_add_the_client_and_has_one_login() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.invite("Maya Linden", TRUST).await;
    let mail = office.mail_to("maya").await;
    let subject = mail.header("Subject").unwrap();
    assert!(subject.contains(TRUST), "{subject}");
    let browser = office.nobody();

    let page = browser.visit(&mail.link()).await;

    assert!(!page.offers("Create account"));
    let button = format!("Log in to add {TRUST}");
    browser.press(&page, &button, &[("password", "not her password")]).await.assert_status(422);
    let home = browser.press(&page, &button, &[("password", MAYA.password)]).await;
    home.assert_sees(TRUST);
    // Both portals, one login.
    assert!(home.text().contains(ALDER), "the switcher names both: {}", home.text());
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_logged_in_already_adds_the_client_with_one_button() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let home = office.let_in(MAYA, TRUST).await;

    home.assert_sees(TRUST);
    let standing = office.standing(TRUST, "Maya").await;
    assert!(standing.contains("Last login"), "{standing}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_the_other_client_switches_by_itself_and_says_so() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let trust = office.let_in(MAYA, TRUST).await;
    let alder = office.portal_path(ALDER).await;
    office.maya().visit(&trust.path).await.assert_sees(TRUST);

    let page = office.maya().visit(&format!("{alder}/files")).await;

    page.assert_sees(ALDER).assert_says("You are now looking at Alder Ltd");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_who_is_logged_in_sees_both_names_and_spends_nothing() {
    let office = Office::founded().await;
    office.let_in(BEN, BEECH).await;
    let link = office.link_to(MAYA, ALDER).await;

    for (who, name) in [(office.ben(), BEN.name()), (office.olive(), OLIVE.name())] {
        let page = who.visit(&link).await;
        page.assert_sees("Maya Linden").assert_sees(&name);
        assert!(!page.offers("Create account"));
    }
    let page = office.ben().visit(&link).await;
    let switched = office.ben().press(&page, "Log out and go on as Maya Linden", &[]).await;

    switched.assert_sees("Hello Maya");
    office.ben().get("/p").await.assert_leads_to("/login");
    office.accept(office.maya(), &link, MAYA.password).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_cannot_be_added_to_somebody_elses_login() {
    let office = Office::founded().await;
    office.let_in(BEN, BEECH).await;
    let link = office.link_to(MAYA, ALDER).await;
    let path = link.strip_prefix(&office.origin()).unwrap().to_owned();

    office.ben().post(&format!("{path}/add"), &[]).await;
    office.ben().post(&format!("{path}/log-in"), &[("password", BEN.password)]).await;

    assert!(office.standing(ALDER, "Maya").await.contains("never logged in"));
    let home = office.portal_path(ALDER).await;
    office.ben().get(&home).await.assert_missing();
    office.accept(office.maya(), &link, MAYA.password).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_logged_in_as_somebody_else_spends_no_invite_by_any_form() {
    let office = Office::founded().await;
    office.let_in(BEN, BEECH).await;
    let create = office.link_to(MAYA, ALDER).await;
    // The page was open already when somebody else logged in.
    let page = office.maya().visit(&create).await;
    let form = page.fill("Create account", &[("password", MAYA.password)]);

    let other = office.ben().submit(&form).await;

    other.assert_says("You are logged in as somebody else").assert_says(&BEN.name());
    assert!(office.standing(ALDER, "Maya").await.contains("never logged in"));
    office.accept(office.maya(), &create, MAYA.password).await;

    let add = office.link_to(MAYA, TRUST).await;
    let page = office.nobody().visit(&add).await;
    let button = format!("Log in to add {TRUST}");
    let form = page.fill(&button, &[("password", MAYA.password)]);
    for who in [office.ben(), office.olive()] {
        who.submit(&form).await.assert_says("You are logged in as somebody else");
    }
    assert!(office.standing(TRUST, "Maya").await.contains("never logged in"));
    office.nobody().submit(&form).await.assert_leads_to("/p/");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_names_the_address_of_the_login_that_there_is() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let other = [("to", "other"), ("other", "m.linden@post.example"), ("save", "once")];
    let dialog = office.invite_dialog("Maya Linden", TRUST).await;
    let again = office.olive().press(&dialog, "Send invite", &other).await;
    office.olive().press(&again, "Send invite", &[]).await.assert_sees("m.linden@post.example");
    let link = office.mail_to("m.linden@post.example").await.link();
    let browser = office.nobody();

    let page = browser.visit(&link).await;

    assert_eq!(page.value("address"), MAYA.email);
    page.assert_sees("You log in with this address.");
    let button = format!("Log in to add {TRUST}");
    browser.press(&page, &button, &[("password", MAYA.password)]).await.assert_sees(TRUST);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_tries_wait_alike_on_every_page_of_an_invite() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let link = office.link_to(MAYA, TRUST).await;
    let page = office.nobody().visit(&link).await;
    let button = format!("Log in to add {TRUST}");
    let log_in =
        async |password| office.nobody().press(&page, &button, &[("password", password)]).await;
    for _ in 0..10 {
        log_in("not her password").await.assert_status(422);
    }
    let limited = log_in(MAYA.password).await;
    limited.assert_status(429).assert_says("Try again in 15 minutes.");
    assert_eq!(limited.header("retry-after"), Some("900"));
    assert!(limited.offers(&button));

    office.days_pass(31);
    let forgot = office.nobody().get("/forgot").await;
    for _ in 0..3 {
        let typed = [("email", MAYA.email)];
        office.nobody().press(&forgot, "Send me a link", &typed).await.assert_status(200);
        office.mail_to("maya").await;
    }
    let page = office.nobody().visit(&link).await;
    let limited = office.nobody().press(&page, "Send me a new link", &[]).await;
    limited.assert_status(429).assert_says("This invite has expired").assert_says("Try again in");
    office.advance(std::time::Duration::from_secs(60 * 60));
    let renewed = office.nobody().press(&limited, "Send me a new link", &[]).await;
    renewed.assert_sees("A mail with a new link is written to");
    office.mail_to("maya").await;
    let again = office.nobody().press(&limited, "Send me a new link", &[]).await;
    // Renewed once, it has not expired any more: its page as it is now.
    again.assert_sees("Hello Maya");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_who_share_a_mailbox_have_logins_of_their_own() {
    let office = Office::founded().await;
    let shared = "home@linden.example";
    for first in ["Ada", "Leo"] {
        let typed = [("first", first), ("last", "Shared"), ("email", shared)];
        let path = office.client_path(office.olive(), BEECH).await;
        let page = office.olive().get(&format!("{path}/contacts/new")).await;
        let answer = office.olive().press(&page, "Add contact", &typed).await;
        if answer.status == 422 {
            let anyway = [("anyway", "yes")];
            office.olive().press(&answer, "Add contact", &anyway).await.assert_sees(first);
        }
    }
    let (ada, leo) = (office.nobody(), office.nobody());
    for (who, name, password) in [
        (&ada, "Ada Shared", "first of two kettles"),
        (&leo, "Leo Shared", "second of two kettles"),
    ] {
        let dialog = office.invite_dialog(name, BEECH).await;
        let page = office.olive().press(&dialog, "Send invite", &[]).await;
        page.assert_sees("outbox");
        let link = office.mail_to(shared).await.link();
        office.accept(who, &link, password).await;
    }

    let browser = office.nobody();
    let home = office.log_in(&browser, shared, "second of two kettles").await;

    home.assert_sees(BEECH).assert_says("Leo").assert_hides("Ada");
    let forgot = office.nobody();
    let page = forgot.visit("/forgot").await;
    forgot.press(&page, "Send me a link", &[("email", shared)]).await.assert_sees("mailbox");
    let text = office.mail_to(shared).await.text_part();
    assert!(text.contains("Ada Shared") && text.contains("Leo Shared"), "{text}");
    assert_eq!(text.matches("/reset/").count(), 2, "{text}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_an_invite_and_no_answer_tells_who_is_known() {
    let office = Office::founded().await;
    office.let_in(BEN, BEECH).await;
    let stranger = office.nobody();

    for path in ["/signup", "/sign-up", "/register", "/account/new", "/api/users"] {
        stranger.get(path).await.assert_missing();
        stranger.post(path, &[("email", "a@b.example")]).await.assert_missing();
    }
    let mut answers = Vec::new();
    for email in [BEN.email, MAYA.email, "never@heard.example"] {
        let refused = office.log_in(&stranger, email, "some wrong password").await;
        refused.assert_status(422);
        let page = stranger.visit("/forgot").await;
        let forgot = stranger.press(&page, "Send me a link", &[("email", email)]).await;
        answers.push((refused.text().replace(email, ""), forgot.text().replace(email, "")));
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
    // Whoever is known but not invited is told whom to ask; the unknown get no mail at all.
    office.mail_to("ben").await;
    let maya = office.mail_to("maya").await;
    assert!(!maya.text_part().contains("/reset/"), "{}", maya.text_part());
    office.has_no_mail_for("never@heard.example").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_the_same_in_capitals() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    for email in ["Maya@Alder.Example", " MAYA@ALDER.EXAMPLE "] {
        office.log_in(&office.nobody(), email, MAYA.password).await.assert_sees(ALDER);
    }
    for other in ["maya+x@alder.example", "m.aya@alder.example"] {
        office.log_in(&office.nobody(), other, MAYA.password).await.assert_status(422);
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_address_keeps_the_login_once_the_new_one_is_proved() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let page = office.contacts(ALDER).await;
    let edit = office.olive().click(&page, "Edit contact Maya Linden").await;
    let new = [("email", "maya@linden.example")];
    office.olive().press(&edit, "Save contact", &new).await.assert_status(200);
    // Until the new one is proved, the old one counts.
    office.log_in(&office.nobody(), MAYA.email, MAYA.password).await.assert_sees(ALDER);
    let proof = office.mail_to("maya@linden.example").await.text_part();
    let link = proof.split_whitespace().find(|word| word.contains("/verify-address/")).unwrap();

    let page = office.maya().visit(link).await;
    office.maya().press(&page, "Use the new address", &[]).await.assert_status(200);

    let browser = office.nobody();
    office.log_in(&browser, MAYA.email, MAYA.password).await.assert_status(422);
    office.log_in(&browser, "maya@linden.example", MAYA.password).await.assert_sees(ALDER);
    office.maya().visit("/").await.assert_sees(ALDER);
    // Both addresses are told, the old one already when the change was asked for.
    for address in ["maya", "maya", "maya@linden.example"] {
        office.mail_to(address).await;
    }
    office.close().await;
}
