//! The dialogs as people use them: Enter in a field, an address typed in the wrong place, names that look alike, Undo.

use crate::cast::{ALDER, BEECH, MAYA, NOOR};
use crate::office::Office;
use crate::page::Page;

/// The form as Enter in one of its fields sends it: with the first button in it.
fn enter(page: &Page, typed: &[(&str, &str)]) -> crate::page::Filled {
    let html = page.html();
    let form = html.by_id("invite-form").unwrap();
    let first = html.tags("button").find(|at| html.is_inside(*at, form)).unwrap();
    assert_eq!(html[first].attr("name"), None, "Enter presses {}", html.text(Some(first)));
    page.fill("Send", typed)
}

async fn several(office: &Office, client: &str) -> Page {
    let contacts = office.contacts(client).await;
    office.olive().click(&contacts, "Invite contacts to the client portal").await
}

fn ticks(page: &Page) -> Vec<String> {
    let html = page.html();
    let boxes = html.tags("input").filter(|at| html[*at].attr("type") == Some("checkbox"));
    boxes.filter_map(|at| html[at].attr("value").map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_in_a_field_sends_with_the_message_as_typed() {
    let office = Office::founded().await;
    let id = office.client_id(BEECH).await;
    let one = office.invite_dialog("Maya Linden", ALDER).await;
    let clients = office.olive().get(&format!("/console/invites/new?client={id}")).await;
    let some = several(&office, ALDER).await;

    let message = [("message", "Written by hand.")];
    for form in [enter(&one, &message), enter(&clients, &message)] {
        office.olive().submit(&form).await.assert_leads_to("/console/clients");
    }
    enter(&some, &message);

    for whom in ["maya", "ben"] {
        let text = office.mail_to(whom).await.text_part();
        assert!(text.contains("Written by hand."), "{text}");
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_typed_but_not_chosen_is_no_invite_to_the_primary_one() {
    let office = Office::founded().await;
    let dialog = office.invite_dialog("Maya Linden", ALDER).await;
    let typed = [("other", "m.linden@post.example"), ("message", "Hello")];

    let again = office.olive().press(&dialog, "Send invite", &typed).await;

    again.assert_status(422).assert_says("You typed another address.");
    assert_eq!(again.value("other"), "m.linden@post.example");
    assert_eq!(again.value("message"), "Hello");
    let details = again.html().tags("details").next().unwrap();
    assert!(again.html()[details].has("open"), "what was typed is in sight");
    let chosen = office.olive().press(&again, "Send invite", &[("to", "other")]).await;
    let sent = office.olive().press(&chosen, "Send invite", &[]).await;
    sent.assert_sees("m.linden@post.example");
    office.mail_to("m.linden@post.example").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_several_invites_can_be_undone_below_its_name() {
    let office = Office::founded().await;
    let page = several(&office, ALDER).await;
    let ticks = ticks(&page);
    let to: Vec<(&str, &str)> = ticks.iter().map(|id| ("to", id.as_str())).collect();

    let sent = office.olive().press(&page, "Send invites", &to).await;

    sent.assert_sees("2 invites are in the outbox").assert_sees("They leave in 10 seconds.");
    sent.assert_sees("For 10 seconds Undo is below each name in the contacts.");
    let undone = office.olive().press(&sent, "Undo the invite for Noor Haddad", &[]).await;
    undone.assert_sees("The mail did not leave");
    assert!(office.standing(ALDER, "Noor").await.contains("Not invited"));
    office.mail_to("maya").await;
    office.has_no_mail_for(NOOR.key).await;

    // An invite that is sent again can be taken back too, and after its time it cannot.
    let page = office.contacts(ALDER).await;
    assert!(!page.offers("Undo the invite for Maya Linden"));
    office.advance(std::time::Duration::from_secs(61));
    office.olive().press(&page, "Resend invite for Maya Linden", &[]).await;
    let page = office.contacts(ALDER).await;
    office.olive().press(&page, "Undo the invite for Maya Linden", &[]).await;
    office.has_no_mail_for("maya").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_belongs_to_or_looks_like_somebody_elses_is_pointed_out_in_every_list() {
    let office = Office::founded().await;
    let twin = [("first", "Mia"), ("email", "rnaya@alder.example")];
    office.add_contact(ALDER, &twin).await;
    let path = office.client_path(office.olive(), BEECH).await;
    let page = office.olive().get(&format!("{path}/contacts/new")).await;
    let shared = [("first", "Omar"), ("email", MAYA.email), ("anyway", "yes")];
    let asked = office.olive().press(&page, "Add contact", &shared[..2]).await;
    office.olive().press(&asked, "Add contact", &shared[2..]).await.assert_sees("Omar");

    let looks = format!("This looks like {} of Maya Linden but is another address.", MAYA.email);
    let belongs = "This is also the address of Maya Linden. Check that you mean Omar.";
    several(&office, ALDER).await.assert_sees(&looks);
    several(&office, BEECH).await.assert_sees(belongs);
    let list = office.olive().get("/console/clients").await;
    let ids = [ALDER, BEECH].map(|name| list.link(name).rsplit('/').next().unwrap().to_owned());
    let query = format!("/console/invites/new?client={}&client={}", ids[0], ids[1]);
    office.olive().get(&query).await.assert_sees(&looks).assert_sees(belongs);
    office.invite_dialog("Mia", ALDER).await.assert_sees(&looks);
    office.close().await;
}
