use super::*;
use crate::model::inviting::Recipient;
use crate::model::inviting::tests::{desk, invite, queued};

fn refused(sent: &Sent) -> &str {
    match &sent.outcome {
        SentOutcome::Refused(why) => why,
        SentOutcome::Queued { .. } => panic!("{} was invited", sent.name),
    }
}

#[tokio::test]
async fn revoking_does_not_reset_the_three_mails_a_day() {
    let (office, console, client, contact, tie) = desk().await;
    for form in ["a", "b", "c"] {
        let id = queued(&invite(&console, &client, tie, form).await);
        console.revoke_invite(id).await.unwrap();
        let again = invite(&console, &client, tie, "").await;
        assert!(refused(&again).contains("less than a minute"));
        office.clock.advance(SignedDuration::from_mins(2));
    }
    let fourth = invite(&console, &client, tie, "").await;
    assert!(refused(&fourth).contains("three times today"));

    let beech = office.client("Beech Ltd").await;
    let there = office.tie(&contact, &beech, Access::None).await;
    queued(&invite(&console, &beech, there.id, "").await);
    office.clock.advance(SignedDuration::from_hours(24));
    queued(&invite(&console, &client, tie, "").await);
}

#[tokio::test]
async fn one_who_is_no_contact_any_more_does_not_keep_the_others_from_it() {
    let (office, console, client, maya, tie) = desk().await;
    let beech = office.client("Beech Ltd").await;
    office.tie(&maya, &beech, Access::None).await;
    let noor = office.contact("Noor", "Aziz", "noor@alder.example").await;
    let noor = office.tie(&noor, &client, Access::None).await;
    invite(&console, &client, tie, "").await;
    console.remove_contact(client.id, maya.id, String::new()).await.unwrap();

    let to = [tie, noor.id].map(|membership| Recipient { membership, address: None });
    let sent = console.send_invites(client.id, to.to_vec(), None, String::new()).await.unwrap();

    assert_eq!(sent[0].name, "Maya Singh");
    assert_eq!(refused(&sent[0]), "is no longer a contact of this client");
    queued(&sent[1]);
}

#[tokio::test]
async fn a_contact_of_another_client_among_them_is_refused_and_nobody_is_invited() {
    let (office, console, client, _, tie) = desk().await;
    let beech = office.client("Beech Ltd").await;
    let ben = office.contact("Ben", "Okafor", "ben@beech.example").await;
    let foreign = office.tie(&ben, &beech, Access::None).await;

    let to = [tie, foreign.id].map(|membership| Recipient { membership, address: None });
    let sent = console.send_invites(client.id, to.to_vec(), None, String::new()).await;

    assert!(matches!(sent, Err(Error::NotFound)), "{sent:?}");
    assert!(office.mails().is_empty());
}

#[tokio::test]
async fn nobody_of_an_inactive_client_is_offered_for_inviting() {
    let (office, console, client, _, _) = desk().await;
    assert_eq!(console.uninvited(&[client.id]).unwrap().len(), 1);
    office.put(Client { active: false, ..client.clone() }).await;
    assert!(console.uninvited(&[client.id]).unwrap().is_empty());
    let sent = console.invite_clients(vec![client.id], None, String::new()).await.unwrap();
    assert!(sent.is_empty() && office.mails().is_empty());
}
