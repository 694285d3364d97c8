//! Inviting and accepting, through the doors.

use jiff::SignedDuration;

use super::*;
use crate::model::accepting::InvitePage;
use crate::model::membership::Access;
use crate::model::outbox::MailState;
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};
use crate::values::Token;

const CHOSEN: &str = "violet tractor sings softly";

/// Sam at his desk, and Maya who is a contact of Alder without access.
pub(in crate::model) async fn desk() -> (Office, Console, Client, Contact, Id<Membership>) {
    let office = office().await;
    office.staff("Sam Oyelaran", "sam@firm.example", Role::Staff).await;
    let cookie = office.log_in("sam@firm.example", PASSWORD).await;
    let console = office.guest.console(&cookie.text()).unwrap();
    let client = office.client("Alder Ltd").await;
    let contact = office.contact("Maya", "Singh", "maya@alder.example").await;
    let tie = office.tie(&contact, &client, Access::None).await;
    (office, console, client, contact, tie.id)
}

pub(in crate::model) async fn invite(
    console: &Console,
    client: &Client,
    to: Id<Membership>,
    once: &str,
) -> Sent {
    let to = vec![Recipient { membership: to, address: None }];
    console.send_invites(client.id, to, None, once.into()).await.unwrap().remove(0)
}

pub(in crate::model) fn queued(sent: &Sent) -> Id<Invite> {
    match &sent.outcome {
        SentOutcome::Queued { invite, .. } => *invite,
        SentOutcome::Refused(why) => panic!("{} {why}", sent.name),
    }
}

/// The token of the newest mail's link, as its reader gets it.
pub(in crate::model) fn newest_link(office: &Office) -> String {
    let mails = office.mails();
    let link = *mails.last().unwrap().letter.links().first().unwrap();
    let link = office.get(link).unwrap();
    link.token(&office.guest.core().keys).text()
}

#[tokio::test]
async fn an_invite_is_one_command_with_its_mail_link_and_entry() {
    let (office, console, client, _, tie) = desk().await;
    let before = (office.mails().len(), office.said().len());
    let sent = invite(&console, &client, tie, "a").await;
    let invite: Invite = office.get(queued(&sent)).unwrap();
    assert_eq!(invite.address.as_str(), "maya@alder.example");
    assert_eq!(invite.expires.duration_since(invite.made), SignedDuration::from_hours(30 * 24));
    assert_eq!((office.mails().len(), office.said().len()), (before.0 + 1, before.1 + 1));
    assert!(office.said().last().unwrap().contains("invited Maya Singh at maya@alder.example"));
}

#[tokio::test]
async fn twenty_clicks_are_one_mail_and_another_form_within_a_minute_is_refused() {
    let (office, console, client, _, tie) = desk().await;
    let first = invite(&console, &client, tie, "same form").await;
    for _ in 0..19 {
        assert_eq!(invite(&console, &client, tie, "same form").await, first);
    }
    assert_eq!(office.mails().len(), 1);
    let other = invite(&console, &client, tie, "other form").await;
    assert!(
        matches!(other.outcome, SentOutcome::Refused(why) if why.contains("less than a minute"))
    );
    for form in ["b", "c"] {
        office.clock.advance(SignedDuration::from_mins(2));
        assert_eq!(queued(&invite(&console, &client, tie, form).await), queued(&first));
    }
    office.clock.advance(SignedDuration::from_mins(2));
    let fourth = invite(&console, &client, tie, "d").await;
    assert!(
        matches!(fourth.outcome, SentOutcome::Refused(why) if why.contains("three times today"))
    );
}

#[tokio::test]
async fn accepting_gives_access_to_the_inviting_client_and_to_no_other() {
    let (office, console, client, contact, tie) = desk().await;
    let other = office.client("Beech Ltd").await;
    office.tie(&contact, &other, Access::None).await;
    invite(&console, &client, tie, "").await;
    let token = newest_link(&office);
    for _ in 0..50 {
        let page = office.guest.invite_page(&token, None).unwrap();
        assert!(matches!(page, InvitePage::Create(_)), "looking spends nothing");
    }
    let joined = office.guest.accept_invite(&token, CHOSEN, None, "Firefox").await.unwrap();
    assert_eq!(joined.home, format!("/p/{}", client.id));
    let cookie = joined.cookie.unwrap().text();
    assert!(office.guest.portal(&cookie, client.id).is_ok());
    assert!(matches!(office.guest.portal(&cookie, other.id), Err(Error::NotFound)));
    let again = office.guest.accept_invite(&token, "another long password", None, "").await;
    assert!(again.is_err(), "the first password stays");
    office.log_in("MAYA@alder.example", CHOSEN).await;
}

#[tokio::test]
async fn of_several_who_accept_at_once_one_wins() {
    let (office, console, client, _, tie) = desk().await;
    invite(&console, &client, tie, "").await;
    let token = newest_link(&office);
    let tries: Vec<_> = (0..8)
        .map(|n| {
            let (guest, token) = (office.guest.clone(), token.clone());
            #[expect(clippy::disallowed_methods, reason = "people who do not wait for each other")]
            tokio::spawn(async move {
                guest.accept_invite(&token, &format!("{CHOSEN} {n}"), None, "").await.is_ok()
            })
        })
        .collect();
    let mut won = 0;
    for one in tries {
        won += usize::from(one.await.unwrap());
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn one_second_after_its_time_nothing_is_granted_and_a_new_link_can_be_had() {
    let (office, console, client, contact, tie) = desk().await;
    let id = queued(&invite(&console, &client, tie, "").await);
    let (token, invite) = (newest_link(&office), office.get(id).unwrap());
    office.clock.set(invite.expires + SignedDuration::from_secs(1));
    assert!(matches!(office.guest.invite_page(&token, None), Ok(InvitePage::Expired(_))));
    let late = office.guest.accept_invite(&token, CHOSEN, None, "").await;
    assert!(matches!(late, Err(Error::Gone(_))));
    assert!(office.said().last().unwrap().contains("tried to accept"), "the firm is told");
    assert!(office.all::<Membership>().iter().all(|tie| !tie.has_access()));
    let address = office.guest.renew_invite(&token).await.unwrap();
    assert_eq!(Some(&address), contact.primary());
    assert!(office.guest.accept_invite(&newest_link(&office), CHOSEN, None, "").await.is_ok());
}

#[tokio::test]
async fn an_older_link_of_the_same_invite_still_works_after_a_resend() {
    let (office, console, client, _, tie) = desk().await;
    let id = queued(&invite(&console, &client, tie, "").await);
    let first = newest_link(&office);
    office.clock.advance(SignedDuration::from_mins(2));
    console.resend_invite(id).await.unwrap();
    assert_ne!(newest_link(&office), first);
    assert!(office.guest.accept_invite(&first, CHOSEN, None, "").await.is_ok());
}

#[tokio::test]
async fn undo_takes_the_mail_back_and_revoke_recalls_it() {
    let (office, console, client, _, tie) = desk().await;
    let id = queued(&invite(&console, &client, tie, "").await);
    console.undo_invite(id).await.unwrap();
    assert!(matches!(office.mails()[0].state, MailState::Cancelled { .. }));
    assert!(matches!(
        office.guest.invite_page(&newest_link(&office), None),
        Ok(InvitePage::Revoked(_))
    ));
    let again = queued(&invite(&console, &client, tie, "").await);
    assert_ne!(again, id, "it can be invited again at once");
    office.guest.invite_opened(&newest_link(&office)).await.unwrap();
    assert!(console.revoke_invite(again).await.unwrap().is_some(), "it had been opened");
    let late = office.guest.accept_invite(&newest_link(&office), CHOSEN, None, "").await;
    assert!(matches!(late, Err(Error::Gone(_))));
}

#[tokio::test]
async fn somebody_with_a_login_adds_the_client_by_logging_in() {
    let (office, console, client, contact, tie) = desk().await;
    let first = office.client("Beech Ltd").await;
    office.tie(&contact, &first, Access::Given { since: office.clock.now() }).await;
    office
        .login(crate::model::login::Who::Contact(contact.id), "maya@alder.example", PASSWORD)
        .await;
    invite(&console, &client, tie, "").await;
    let token = newest_link(&office);
    assert!(matches!(office.guest.invite_page(&token, None), Ok(InvitePage::LogIn(_))));
    assert!(
        office.guest.accept_invite(&token, CHOSEN, None, "").await.is_err(),
        "no second password"
    );
    let wrong = office.guest.accept_invite_logging_in(&token, "wrong".into(), None, "").await;
    assert!(matches!(wrong, Err(Error::Invalid(_))));
    let cookie = office.log_in("maya@alder.example", PASSWORD).await.text();
    assert!(matches!(office.guest.invite_page(&token, Some(&cookie)), Ok(InvitePage::Add(_))));
    let joined = office.guest.accept_invite_as(&token, &cookie).await.unwrap();
    assert!(joined.cookie.is_none());
    assert_eq!(office.guest.person(&cookie).unwrap().clients().unwrap().len(), 2);
}

#[tokio::test]
async fn somebody_else_s_session_is_named_and_spends_nothing() {
    let (office, console, client, _, tie) = desk().await;
    invite(&console, &client, tie, "").await;
    let token = newest_link(&office);
    let sam = office.log_in("sam@firm.example", PASSWORD).await.text();
    let page = office.guest.invite_page(&token, Some(&sam)).unwrap();
    assert!(
        matches!(page, InvitePage::Other { signed_in_as, .. } if signed_in_as == "Sam Oyelaran")
    );
    assert!(office.guest.accept_invite_as(&token, &sam).await.is_err());
}

#[tokio::test]
async fn the_code_leads_to_the_same_page_and_guessing_is_slowed_down() {
    let (office, console, client, _, tie) = desk().await;
    let id = queued(&invite(&console, &client, tie, "").await);
    let copied = console.copy_invite_link(id).await.unwrap();
    let token: Token = office.guest.invite_by_code(&copied.code.to_lowercase()).unwrap();
    assert!(copied.url.ends_with(&token.text()));
    for _ in 0..5 {
        assert!(matches!(office.guest.invite_by_code("AAAAA-AAAAA"), Err(Error::Invalid(_))));
    }
    let sixth = office.guest.invite_by_code(&copied.code);
    assert!(matches!(sixth, Err(Error::TooMany { .. })));
}

#[tokio::test]
async fn those_who_cannot_be_invited_are_named_and_the_others_are_invited() {
    let (office, console, client, _, tie) = desk().await;
    let noor = office.member("Noor", "noor@alder.example", &client).await;
    let pair = [noor.id.bytes(), client.id.bytes()].concat();
    let noor: Membership =
        office.guest.core().db.read(|r| r.first_by("membership.pair", pair)).unwrap().unwrap();
    let to = [tie, noor.id].map(|membership| Recipient { membership, address: None }).to_vec();
    let sent = console.send_invites(client.id, to, None, String::new()).await.unwrap();
    assert!(matches!(sent[0].outcome, SentOutcome::Queued { .. }));
    assert!(matches!(&sent[1].outcome, SentOutcome::Refused(why) if why.contains("already")));
    assert_eq!(office.mails().len(), 1);
}

#[tokio::test]
async fn removing_access_ends_it_at_once_and_inviting_again_works() {
    let (office, console, client, contact, tie) = desk().await;
    invite(&console, &client, tie, "").await;
    let joined = office.guest.accept_invite(&newest_link(&office), CHOSEN, None, "").await.unwrap();
    let cookie = joined.cookie.unwrap().text();
    console.remove_access(client.id, contact.id).await.unwrap();
    assert!(office.guest.portal(&cookie, client.id).is_err());
    office.clock.advance(SignedDuration::from_mins(2));
    invite(&console, &client, tie, "").await;
    assert!(matches!(
        office.guest.invite_page(&newest_link(&office), None),
        Ok(InvitePage::LogIn(_))
    ));
}
