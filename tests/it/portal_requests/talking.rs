//! Questions about a request, and their answers.

use super::{Asked, item};
use crate::cast::ALDER;
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn a_question_reaches_the_firm_and_what_was_typed_beside_it_is_kept() {
    let office = Office::open().await;
    let asked = Asked::all(&office, ALDER, "Bank", &[item("short", "Which bank?")]).await;
    let page = asked.page(office.maya()).await;
    let form = page
        .fill("Send message", &[("say", "Is a screenshot fine?"), (&asked.field(0), "Oakwood")]);
    let form = crate::page::Filled { action: format!("{}/comments", asked.path), ..form };

    let answer = office.maya().submit_with(&form, &[("with", "Shot.txt", b"a picture")]).await;

    answer.assert_leads_to(&asked.path);
    let page = asked.page(office.noor()).await;
    page.assert_says("Maya Linden").assert_says("Is a screenshot fine?").assert_says("Oakwood");
    let page = asked.page(office.maya()).await;
    page.assert_says("Shot.txt").assert_says("You just now");
    // Pressed twice it is said once.
    office.maya().submit(&form).await.assert_status(303);
    let said = asked.page(office.maya()).await.text().matches("Is a screenshot fine?").count();
    assert_eq!(said, 1);
    let nothing = office.maya().press(&page, "Send message", &[]).await;
    nothing.assert_status(422).assert_says("Write a message");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_not_sent_yet_does_not_get_lost() {
    let office = Office::open().await;
    let asked = Asked::all(&office, ALDER, "Bank", &[item("short", "Which bank?")]).await;
    let about = format!("say-{}", asked.number(0));
    let page = asked.page(office.maya()).await;
    let typed = [(&*about, "The old one or the new one?"), (&asked.field(0), "Oakwood")];

    let saved = office.maya().press(&page, "Save for later", &typed).await;

    saved.assert_sees("Your message is not sent yet").assert_says("1 of 1 done");
    assert_eq!(saved.value(&about), "The old one or the new one?");
    let sent = office.maya().press(&saved, "Send to", &[]).await;
    sent.assert_status(422).assert_says("Send this message first");
    let said = office.maya().press(&sent, "Send message about “Which bank?”", &[]).await;
    said.assert_sees("Your message was sent.").assert_says("The old one or the new one?");
    office.olive().get(&asked.console).await.assert_sees("The old one or the new one?");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_for_a_message_is_neither_sent_without_it_nor_lost_with_it() {
    let office = Office::open().await;
    let asked = Asked::all(&office, ALDER, "Bank", &[item("short", "Which bank?")]).await;
    let maya = office.maya();
    let page = asked.page(maya).await;
    let shot: &[(&str, &str, &[u8])] = &[("with", "Shot.txt", b"a picture")];

    // Whoever chose a file for a message and presses another button is told so.
    let form = page.fill("Send to", &[(&asked.field(0), "Oakwood")]);
    let answer = maya.submit_with(&form, shot).await;
    answer.assert_status(422).assert_says("“Shot.txt” was not added. Send your message first");
    maya.get(&format!("{}/receipt", asked.path)).await.assert_missing();
    maya.visit(&format!("{}/files", asked.portal)).await.assert_hides("Shot.txt");

    // A message that is too long keeps its file for the next try.
    let long = "a".repeat(5_001);
    let form = answer.fill("Send message", &[("say", &long)]);
    let form = crate::page::Filled { action: format!("{}/comments", asked.path), ..form };
    let answer = maya.submit_with(&form, shot).await;
    answer.assert_status(422).assert_says("Send Shot.txt with it");
    let form = answer.fill("Send message", &[("say", "Is this it?")]);
    let form = crate::page::Filled { action: format!("{}/comments", asked.path), ..form };
    maya.submit(&form).await.assert_leads_to(&asked.path);

    let page = asked.page(office.noor()).await;
    page.assert_says("Is this it?").assert_says("Shot.txt").assert_hides("Send Shot.txt");
    office.close_with_mails_read().await;
}
