//! Several contacts at once, and the offer to invite while a client is added.

use crate::cast::{ALDER, BEECH, BEN, MAYA, NOOR};
use crate::office::Office;
use crate::page::Page;

/// The checkbox of a contact on the page for several: its value, and whether it can be ticked.
fn tick(page: &Page, name: &str) -> (String, bool) {
    let html = page.html();
    let boxes = html.tags("input").filter(|at| html[*at].attr("name") == Some("to"));
    let named = |at: &crate::html::At| {
        html.around(*at, "label").is_some_and(|label| html.text(Some(label)).contains(name))
    };
    let at = boxes.into_iter().find(named).unwrap_or_else(|| panic!("no box for {name}"));
    (html[at].attr("value").unwrap().to_owned(), !html[at].has("disabled"))
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_ticked_ones_are_invited_each_with_a_mail_of_their_own() {
    let office = Office::founded().await;
    office.add_contact(ALDER, &[("first", "Owen"), ("email", "owen@alder.example")]).await;
    let contacts = office.contacts(ALDER).await;
    let page = office.olive().click(&contacts, "Invite contacts to the client portal").await;
    let (maya, owen) = (tick(&page, "Maya").0, tick(&page, "Owen").0);
    let typed = [("to", &*maya), ("to", &*owen), ("message", "Hello {{contact.first_name}}!")];

    let done = office.olive().press(&page, "Send invites", &typed).await;

    done.assert_sees("2 invites are in the outbox: ")
        .assert_says("Maya Linden")
        .assert_says("Owen");
    let first = office.mail_to("maya").await;
    let second = office.mail_to("owen@alder.example").await;
    assert!(
        first.text_part().contains("Hello Maya!") && second.text_part().contains("Hello Owen!")
    );
    assert!(!first.data.contains("owen@") && !second.data.contains("maya@"));
    assert_ne!(first.link(), second.link());
    assert!(office.standing(ALDER, "Noor").await.contains("Not invited"));
    office.has_no_mail_for("noor").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_ticked_says_why_and_can_be_fixed_in_place() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.add_contact(ALDER, &[("first", "Owen"), ("last", "Reed")]).await;
    let contacts = office.contacts(ALDER).await;
    let page = office.olive().click(&contacts, "Invite contacts to the client portal").await;
    assert!(!tick(&page, "Maya").1 && !tick(&page, "Owen").1 && tick(&page, "Noor").1);
    page.assert_sees("Has access already").assert_sees("No e-mail address yet");

    let wrong = [("emails", "owen at alder"), ("message", "Keep me")];
    let again = office.olive().press(&page, "Add the address of Owen Reed", &wrong).await;
    again.assert_status(422);
    assert_eq!(again.value("message"), "Keep me");
    let right = [("emails", "owen@alder.example")];
    let page = office.olive().press(&again, "Add the address of Owen Reed", &right).await;

    assert!(tick(&page, "Owen").1);
    office.olive().press(&page, "Send invites", &[]).await.assert_sees("Invite to Owen Reed at ");
    office.mail_to("owen@alder.example").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refusal_is_told_by_name_and_stops_nobody_else() {
    let office = Office::founded().await;
    office.invite("Maya Linden", ALDER).await;
    let contacts = office.contacts(ALDER).await;
    let page = office.olive().click(&contacts, "Invite contacts to the client portal").await;
    let (maya, noor) = (tick(&page, "Maya").0, tick(&page, "Noor").0);

    let done = office.olive().press(&page, "Send invites", &[("to", &*maya), ("to", &*noor)]).await;

    done.assert_sees("Invite to Noor Haddad at noor@alder.example is in the outbox.");
    done.assert_sees("Maya Linden was invited less than a minute ago");
    office.mail_to("noor").await;
    office.mail_to("maya").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_ticked_is_an_error_with_the_message_kept() {
    let office = Office::founded().await;
    let contacts = office.contacts(ALDER).await;
    let page = office.olive().click(&contacts, "Invite contacts to the client portal").await;

    let again = office.olive().press(&page, "Send invites", &[("message", "Hello all")]).await;

    again.assert_status(422).assert_says("Tick at least one contact");
    assert_eq!(again.value("message"), "Hello all");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_of_another_client_cannot_be_smuggled_in() {
    let office = Office::founded().await;
    let beech = office.contacts(BEECH).await;
    let page = office.olive().click(&beech, "Invite contacts to the client portal").await;
    let ben = tick(&page, "Ben").0;
    let alder = office.contacts(ALDER).await;
    let page = office.olive().click(&alder, "Invite contacts to the client portal").await;

    let noor = tick(&page, "Noor").0;
    let both = [("to", &*noor), ("to", &*ben)];
    let done = office.olive().press(&page, "Send invites", &both).await;

    done.assert_missing().assert_hides("Okafor");
    office.mails_settle().await;
    assert_eq!(office.unread_mails_to("ben") + office.unread_mails_to("noor"), 0);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn adding_a_client_goes_on_to_invite_its_contacts_and_can_be_skipped() {
    let office = Office::founded().await;
    let new = office.olive().get("/console/clients/new").await;
    let typed = [("name", "Cedar & Co"), ("first", "Ines"), ("email", "ines@cedar.example")];

    let invites = office.olive().press(&new, "Add client", &typed).await;

    invites.assert_sees("Cedar & Co was added").assert_sees("Ines");
    // Skipped: nothing is lost, and the contact can be invited at any time.
    let contacts = office.contacts("Cedar & Co").await;
    contacts.assert_sees("ines@cedar.example").assert_sees("Not invited");
    let ines = tick(&invites, "Ines").0;
    office.olive().press(&invites, "Send invites", &[("to", &*ines)]).await.assert_sees("Ines");
    office.mail_to("ines@cedar.example").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ticked_clients_have_everyone_invited_who_was_not() {
    let office = Office::founded().await;
    office.invite("Maya Linden", ALDER).await;
    office.mail_to("maya").await;
    let list = office.olive().get("/console/clients").await;
    let ids: Vec<String> =
        [ALDER, BEECH].map(|name| list.link(name).rsplit('/').next().unwrap().to_owned()).into();
    let query = format!("/console/invites/new?client={}&client={}", ids[0], ids[1]);

    let page = office.olive().get(&query).await;

    page.assert_sees("Noor Haddad").assert_sees("Ben Okafor").assert_hides("Maya Linden");
    let done = office.olive().press(&page, "Send 2 invites", &[]).await;
    done.assert_sees("2 invites are in the outbox");
    office.mail_to(NOOR.key).await;
    office.mail_to(BEN.key).await;
    office.has_no_mail_for("maya").await;
    office.close().await;
}
