//! A firm invites: what stands in the client's record, in the dialog and in the mail.

mod dialogs;

use std::time::Duration;

use crate::cast::{ALDER, BEECH, BEN, FIRM, MAYA, NOOR, OLIVE, TRUST};
use crate::office::Office;

const MINUTE: Duration = Duration::from_secs(61);

#[tokio::test(flavor = "multi_thread")]
async fn the_contacts_of_a_client_stand_in_its_record_with_their_portal_status() {
    let office = Office::founded().await;
    let record = office.client_path(office.olive(), ALDER).await;

    let page = office.olive().get(&record).await;
    let contacts = office.olive().click(&page, "Contacts").await;

    for who in [MAYA, NOOR] {
        let standing = crate::office::standing(&contacts, &who.name());
        assert!(standing.contains("Not invited"), "{standing}");
        assert!(contacts.offers(&format!("Send invite for {}", who.name())));
    }
    contacts.assert_hides(BEN.first);
    assert_eq!(contacts.html().tags("details").count(), 2, "an arrow expands each contact");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_goes_out_and_the_status_says_how_far_it_got() {
    let office = Office::founded().await;
    let dialog = office.invite_dialog("Maya Linden", ALDER).await;
    dialog.assert_sees("Maya Linden").assert_sees(ALDER);
    assert_eq!(dialog.value("to"), MAYA.email);

    let page = office.olive().press(&dialog, "Send invite", &[]).await;

    page.assert_sees("It leaves in 10 seconds.").assert_hides("was sent");
    assert!(office.standing(ALDER, "Maya").await.contains("Sends in 10 seconds"));
    let mail = office.mail_to("maya").await;
    assert_eq!(mail.header("Subject").unwrap(), format!("Your client portal at {FIRM}"));
    let path = office.client_path(office.olive(), ALDER).await + "/contacts";
    let page = office.until(office.olive(), &path, "Accepted by the mail server").await;
    let standing = crate::office::standing(&page, "Maya");
    assert!(standing.contains("Invited Mar 2, never logged in"), "{standing}");
    assert!(page.offers("Resend invite for Maya Linden"));
    assert!(page.offers("Revoke invite for Maya Linden"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_speaks_of_one_client_only() {
    let office = Office::founded().await;
    office.invite("Maya Linden", ALDER).await;

    let here = office.standing(ALDER, "Maya").await;
    let there = office.standing(TRUST, "Maya").await;

    assert!(here.contains("Sends in"), "{here}");
    assert!(there.contains("Not invited"), "{there}");
    office.mail_to("maya").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_says_who_writes_and_has_one_button_and_the_message() {
    let office = Office::founded().await;
    let message = "Dear {{contact.first_name}}, please have a look.\n\nHelp: {{help.url}}";
    office.invite_with("Maya Linden", ALDER, &[("message", message)]).await;

    let mail = office.mail_to("maya").await;

    let text = mail.text_part().split_whitespace().collect::<Vec<_>>().join(" ");
    let html = mail.html_part();
    for words in [FIRM, "Olive Ortiz", ALDER, "Dear Maya, please have a look.", "Create account"] {
        assert!(text.contains(words), "{words:?} is not in {text}");
        assert!(crate::html::Html::parse(&html).text(None).contains(words), "{words:?}: {html}");
    }
    assert!(html.contains(&format!("href=\"{}/help\"", office.origin())), "{html}");
    assert_eq!(html.matches(">Create account</a>").count(), 1);
    assert!(mail.link().starts_with(&office.origin()), "{}", mail.link());
    assert!(mail.data.len() < 30 * 1024, "{} bytes", mail.data.len());
    assert!(mail.data.lines().all(|line| line.len() <= 78 || line.contains("--")), "long lines");
    for header in ["Message-ID", "Date", "Auto-Submitted"] {
        assert_eq!(mail.header_count(header), 1, "{header}");
    }
    assert!(!html.contains("src=\"http"), "remote content");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_address_the_dialog_asks_for_one_first_and_goes_on() {
    let office = Office::founded().await;
    office.add_contact(ALDER, &[("first", "Owen"), ("last", "Reed")]).await;

    let ask = office.invite_dialog("Owen Reed", ALDER).await;
    ask.assert_sees("Type of e-mail").assert_sees("Primary e-mail address");
    let again =
        office.olive().press(&ask, "Save address", &[("address", "owen@@alder.example")]).await;
    again.assert_status(422);
    assert_eq!(again.value("address"), "owen@@alder.example");
    let typed = [("address", "owen@alder.example"), ("kind", "personal")];
    let dialog = office.olive().press(&again, "Save address", &typed).await;

    assert_eq!(dialog.value("to"), "owen@alder.example");
    let contacts = office.contacts(ALDER).await;
    contacts.assert_sees("owen@alder.example").assert_sees("Personal");
    office.olive().press(&dialog, "Send invite", &[]).await.assert_sees("owen@alder.example");
    office.mail_to("owen@alder.example").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_can_be_kept_or_used_only_this_time() {
    let office = Office::founded().await;
    let other = |save| [("to", "other"), ("other", "m.linden@post.example"), ("save", save)];
    let dialog = office.invite_dialog("Maya Linden", ALDER).await;
    // A new address beside a known one is worth a second look, once.
    let again = office.olive().press(&dialog, "Send invite", &other("once")).await;
    again.assert_status(422).assert_says("not used this address here before");

    office.olive().press(&again, "Send invite", &[]).await.assert_sees("m.linden@post.example");
    office.mail_to("m.linden@post.example").await;

    let dialog = office.invite_dialog("Maya Linden", TRUST).await;
    assert_eq!(dialog.value("to"), MAYA.email);
    let again = office.olive().press(&dialog, "Send invite", &other("record")).await;
    office.olive().press(&again, "Send invite", &[]).await.assert_sees("m.linden@post.example");
    office.mail_to("m.linden@post.example").await;
    let beech = office.add_contact(BEECH, &[("first", "Owen")]).await;
    beech.assert_hides("m.linden@post.example");
    let edit = office.olive().click(&office.contacts(TRUST).await, "Edit contact Maya").await;
    assert_eq!(edit.value("email"), "m.linden@post.example");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_message_can_start_from_a_template_and_is_shown_as_the_reader_will_see_it() {
    let office = Office::founded().await;
    let new = office.olive().get("/console/templates/new").await;
    let typed = [("name", "Year end"), ("body", "{{contact.first_name}}, the year ends soon.")];
    office.olive().press(&new, "Save template", &typed).await.assert_sees("Year end");

    let dialog = office.invite_dialog("Maya Linden", ALDER).await;
    let key = dialog.option("Year end");
    let dialog = office.olive().press(&dialog, "Use this template", &[("template", &key)]).await;

    assert_eq!(dialog.value("message"), "{{contact.first_name}}, the year ends soon.");
    dialog.assert_sees("Maya, the year ends soon.");
    let edited = [("message", "{{contact.first_name}}, the year ends very soon.")];
    office.olive().press(&dialog, "Send invite", &edited).await;
    let text = office.mail_to("maya").await.text_part();
    assert!(text.contains("Maya, the year ends very soon."), "{text}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_in_template_can_be_used_too() {
    let office = Office::founded().await;
    let dialog = office.invite_dialog("Maya Linden", ALDER).await;
    let html = dialog.html();
    let built_in = html.tags("optgroup").find(|at| html[*at].attr("label") == Some("Built in"));
    let built_in = built_in.expect("there are presets");
    let first = html.tags("option").find(|at| html.is_inside(*at, built_in)).unwrap();
    let key = html[first].attr("value").unwrap();

    let dialog = office.olive().press(&dialog, "Use this template", &[("template", key)]).await;

    assert!(!dialog.value("message").is_empty());
    office.olive().press(&dialog, "Send invite", &[]).await.assert_sees("outbox");
    office.mail_to("maya").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_merge_field_is_refused_with_everything_still_typed() {
    let office = Office::founded().await;
    let dialog = office.invite_dialog("Maya Linden", ALDER).await;
    let typed = [("message", "Hello {{contact.fist_name}}")];

    let again = office.olive().press(&dialog, "Send invite", &typed).await;

    again.assert_status(422).assert_says("contact.fist_name");
    assert_eq!(again.value("message"), "Hello {{contact.fist_name}}");
    office.has_no_mail_for("maya").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_takes_the_mail_back_before_it_leaves() {
    let office = Office::founded().await;
    let page = office.invite("Maya Linden", ALDER).await;

    let page = office.olive().press(&page, "Undo", &[]).await;

    page.assert_sees("The mail did not leave");
    assert!(office.standing(ALDER, "Maya").await.contains("Not invited"));
    office.has_no_mail_for("maya").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_another_address_leaves_the_first_invite_open() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    office.advance(MINUTE);
    let contacts = office.contacts(ALDER).await;
    let dialog = office.olive().click(&contacts, "Use another address for Maya Linden").await;
    let other = [("to", "other"), ("other", "m.linden@post.example"), ("save", "once")];
    let again = office.olive().press(&dialog, "Send invite", &other).await;
    office.olive().press(&again, "Send invite", &[]).await;
    let contacts = office.contacts(ALDER).await;
    let standing = crate::office::standing(&contacts, "Maya");
    assert!(standing.contains("Sends in 10 seconds"), "{standing}");

    let page = office.olive().press(&contacts, "Undo the invite for Maya Linden", &[]).await;

    page.assert_sees("The mail did not leave");
    let standing = office.standing(ALDER, "Maya").await;
    assert!(standing.contains("never logged in"), "{standing}");
    office.nobody().get(&link).await.assert_status(200);
    office.has_no_mail_for("m.linden@post.example").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_has_left_cannot_be_undone_but_recalled() {
    let office = Office::founded().await;
    let sent = office.invite("Maya Linden", ALDER).await;
    let link = office.mail_to("maya").await.link();

    let late = office.olive().press(&sent, "Undo", &[]).await;
    late.assert_sees("Revoke the invite to recall it");
    let page = office.contacts(ALDER).await;
    let page = office.olive().press(&page, "Revoke invite for Maya Linden", &[]).await;

    page.assert_sees("nobody had opened its page");
    assert!(office.standing(ALDER, "Maya").await.contains("Not invited"));
    office.nobody().get(&link).await.assert_status(410).assert_says("taken back");
    office.advance(MINUTE);
    let new = office.link_to(MAYA, ALDER).await;
    office.accept(office.maya(), &new, MAYA.password).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_says_whether_the_page_was_opened() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    office.maya().post(&format!("{link}/opened"), &[]).await.assert_status(204);

    let page = office.contacts(ALDER).await;
    let page = office.olive().press(&page, "Revoke invite for Maya Linden", &[]).await;

    page.assert_sees("Its page was opened");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_clicks_send_one_mail() {
    let office = Office::founded().await;
    let dialog = office.invite_dialog("Maya Linden", ALDER).await;
    let form = dialog.fill("Send invite", &[]);

    let clicks = (0..20).map(|_| office.olive().submit(&form));
    for page in futures_util::future::join_all(clicks).await {
        page.assert_leads_to("/console/clients/");
    }

    office.mail_to("maya").await;
    office.has_no_mail_for("maya").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_flooded_once_a_minute_and_three_times_a_day() {
    let office = Office::founded().await;
    office.invite("Maya Linden", ALDER).await;
    let resend = async || {
        let page = office.contacts(ALDER).await;
        office.olive().press(&page, "Resend invite for Maya Linden", &[]).await
    };

    office.mail_to("maya").await;
    resend().await.assert_sees("less than a minute ago");
    for _ in 0..2 {
        office.advance(MINUTE);
        resend().await.assert_sees("is in the outbox");
        office.mail_to("maya").await;
    }
    office.advance(MINUTE);
    resend().await.assert_sees("three times today");

    office.has_no_mail_for("maya").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_address_replaces_the_invite_and_offers_a_new_one() {
    let office = Office::founded().await;
    let old = office.link_to(MAYA, ALDER).await;
    let rename = async |address: &str| {
        let page = office.contacts(ALDER).await;
        let edit = office.olive().click(&page, "Edit contact Maya Linden").await;
        office.olive().press(&edit, "Save contact", &[("email", address)]).await
    };

    let dialog = rename("maya@linden.example").await;

    dialog.assert_sees("its link no longer works");
    assert_eq!(dialog.value("to"), "maya@linden.example");
    office.nobody().get(&old).await.assert_status(410).assert_says("This invite was replaced");
    // Back to the first address: the old link stays dead.
    rename(MAYA.email).await;
    office.nobody().get(&old).await.assert_status(410);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_has_the_firms_address_whatever_host_was_asked() {
    let office = Office::founded().await;
    let dialog = office.invite_dialog("Maya Linden", ALDER).await;
    let form = dialog.fill("Send invite", &[]);
    let other = [("Host", "evil.example")];
    let forwarded = [("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example")];

    let refused = office.olive().send_with("POST", &form.action, &form.fields, &other).await;
    refused.assert_status(421);
    office.olive().send_with("POST", &form.action, &form.fields, &forwarded).await;

    let mail = office.mail_to("maya").await;
    assert!(!mail.data.contains("evil.example"));
    assert!(mail.link().starts_with(&office.origin()));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_mail_server_is_away_nothing_is_called_sent() {
    let office = Office::founded().await;
    office.sink.answer("GREETING", "421 4.3.2 Shutting down");
    office.invite("Maya Linden", ALDER).await;
    office.undo_passes();

    let path = office.client_path(office.olive(), ALDER).await + "/contacts";
    let page = office.until(office.olive(), &path, "Delayed").await;

    page.assert_hides("Accepted by the mail server");
    office.sink.heal();
    office.days_later(1, &[OLIVE]).await;
    office.mail_to("maya").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_address_is_told_in_plain_language() {
    let office = Office::founded().await;
    office.sink.answer_for(MAYA.email, "RCPT", "550 5.1.1 No such user here");
    office.invite("Maya Linden", ALDER).await;
    office.undo_passes();

    let path = office.client_path(office.olive(), ALDER).await + "/contacts";
    let page = office.until(office.olive(), &path, "Not delivered").await;

    assert!(page.offers("Use another address for Maya Linden"), "{}", page.text());
    let notice = office.mail_to("olive").await;
    assert!(notice.text_part().contains("Maya Linden"), "{}", notice.text_part());
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_likely_mistake_is_pointed_out_once_and_no_wall() {
    let office = Office::founded().await;
    let dialog = office.invite_dialog("Ben Okafor", BEECH).await;
    let theirs = [("to", "other"), ("other", MAYA.email), ("save", "once")];

    let again = office.olive().press(&dialog, "Send invite", &theirs).await;
    again.assert_status(422).assert_says("also the address of Maya Linden");
    let typo = [("other", "ben@gmial.com")];
    let again = office.olive().press(&again, "Send invite", &typo).await;
    again.assert_status(422).assert_says("gmail.com");

    office.olive().press(&again, "Send invite", &[]).await.assert_sees("ben@gmial.com");
    office.mail_to("ben@gmial.com").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_link_is_a_further_way_in_and_is_noted() {
    let office = Office::founded().await;
    let mailed = office.link_to(MAYA, ALDER).await;
    let page = office.contacts(ALDER).await;

    let copied = office.olive().press(&page, "Copy link of the invite for Maya Linden", &[]).await;

    let link = {
        let html = copied.html();
        html[html.by_id("link").unwrap()].attr("value").unwrap().to_owned()
    };
    assert_ne!(link, mailed);
    office.nobody().get(&mailed).await.assert_sees("Hello Maya");
    office.nobody().get(&link).await.assert_sees("Hello Maya");
    let activity = office.activity(ALDER).await;
    activity.assert_sees("copied the link of the invite to Maya Linden");
    office.close().await;
}
