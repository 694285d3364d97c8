use jiff::SignedDuration;

use super::*;
use crate::model::accepting::InvitePage;
use crate::model::inviting::tests::{desk, invite, newest_link, queued};
use crate::model::inviting::{Chosen, Recipient, Save, SentOutcome};
use crate::model::testing::Office;
use crate::values::Email;

const ELSEWHERE: &str = "maya@home.example";

/// Maya was invited two minutes ago, and a moment ago again at another address.
async fn twice() -> (Office, Console, Id<Invite>, Id<Invite>, String) {
    let (office, console, client, contact, tie) = desk().await;
    let first = queued(&invite(&console, &client, tie, "").await);
    let link = newest_link(&office);
    office.clock.advance(SignedDuration::from_mins(2));
    let address = Email::parse(ELSEWHERE).unwrap();
    let address = Some(Chosen { address, save: Save::OnlyThisTime });
    let to = vec![Recipient { membership: tie, address }];
    let sent = console.send_invites(client.id, to, None, String::new()).await.unwrap().remove(0);
    let row = console.contact_status(client.id, contact.id).unwrap();
    assert!(row.undo, "Undo is offered, whether or not mails leave");
    (office, console, first, queued(&sent), link)
}

fn state(office: &Office, invite: Id<Invite>) -> InviteState {
    office.get(invite).unwrap().state
}

fn mail_to(office: &Office, address: &str) -> Mail {
    office.mails().into_iter().find(|mail| mail.to.as_str() == address).unwrap()
}

#[tokio::test]
async fn undoing_another_address_opens_the_invite_that_it_replaced() {
    let (office, console, first, second, link) = twice().await;
    assert!(matches!(state(&office, first), InviteState::Replaced { .. }));
    let taken_back = mail_to(&office, "maya@alder.example");
    assert!(matches!(taken_back.state, MailState::Cancelled { .. }), "it had not left yet");

    console.undo_invite(second).await.unwrap();

    assert!(matches!(state(&office, second), InviteState::Revoked { .. }), "nothing went there");
    assert!(matches!(mail_to(&office, ELSEWHERE).state, MailState::Cancelled { .. }));
    assert_eq!(state(&office, first), InviteState::Pending);
    assert!(mail_to(&office, "maya@alder.example").waits(), "it goes where it was to go before");
    assert!(matches!(office.guest.invite_page(&link, None), Ok(InvitePage::Create(_))));
    let Invite { to, .. } = office.get(first).unwrap();
    let crate::model::invite::Invitee::Contact { client, contact, .. } = to else { panic!() };
    let row = console.contact_status(client, contact).unwrap();
    assert_eq!(row.invite.map(|invite| invite.id), Some(first), "the pending one is shown");
}

#[tokio::test]
async fn a_mail_that_had_left_before_is_not_sent_again_by_undo() {
    let (office, console, first, second, link) = twice().await;
    let left = MailState::Accepted { at: office.clock.now() };
    let mail = Mail { state: left.clone(), ..mail_to(&office, "maya@alder.example") };
    office.put(mail).await;

    console.undo_invite(second).await.unwrap();

    assert_eq!(mail_to(&office, "maya@alder.example").state, left);
    assert_eq!(state(&office, first), InviteState::Pending);
    assert!(
        office.guest.accept_invite(&link, "violet tractor sings softly", None, "").await.is_ok()
    );
}

#[tokio::test]
async fn undoing_a_resend_leaves_the_earlier_mail_and_its_link() {
    let (office, console, client, _, tie) = desk().await;
    let id = queued(&invite(&console, &client, tie, "").await);
    let link = newest_link(&office);
    office.clock.advance(SignedDuration::from_mins(2));
    console.resend_invite(id).await.unwrap();

    console.undo_invite(id).await.unwrap();

    assert_eq!(state(&office, id), InviteState::Pending);
    assert_eq!(office.get(id).unwrap().sent.len(), 1, "what was undone does not count");
    assert!(matches!(office.guest.invite_page(&link, None), Ok(InvitePage::Create(_))));
    assert!(matches!(console.resend_invite(id).await.unwrap().outcome, SentOutcome::Queued { .. }));
}

#[tokio::test]
async fn undo_has_its_time() {
    let (office, console, client, contact, tie) = desk().await;
    let id = queued(&invite(&console, &client, tie, "").await);
    office.clock.advance(SignedDuration::from_secs(11));
    assert!(!console.contact_status(client.id, contact.id).unwrap().undo);
    let late = console.undo_invite(id).await;
    assert!(
        matches!(late, Err(Error::Refused(why)) if why.starts_with("The time for Undo is over."))
    );
    assert_eq!(state(&office, id), InviteState::Pending);
}
