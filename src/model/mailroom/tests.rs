use super::*;
use crate::model::outbox::NewMail;
use crate::model::posting::Outcome;
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};

async fn console(office: &Office) -> Console {
    office.staff("Priya Nair", "priya@alderfinch.example", Role::Staff).await;
    let cookie = office.log_in("priya@alderfinch.example", PASSWORD).await;
    office.guest.console(&cookie.text()).unwrap()
}

/// Queues so many mails and gives their ids, oldest first.
async fn queue(office: &Office, count: usize) -> Vec<Id<Mail>> {
    office
        .write(move |tx| {
            (0..count)
                .map(|n| {
                    tx.mail(NewMail {
                        letter: Letter::NoAccess { first_name: "Owen".into() },
                        to: format!("owen{n}@pryceandco.example").try_into().unwrap(),
                        to_name: String::new(),
                        from: None,
                        contact: None,
                        invite: None,
                        not_before: tx.now(),
                    })
                })
                .collect()
        })
        .await
}

fn refused() -> Outcome {
    Outcome::Refused { plain: "No such address.".into(), words: "550".into() }
}

fn ids(page: &MailPage) -> Vec<Id<Mail>> {
    page.mails.iter().map(|mail| mail.id).collect()
}

#[tokio::test]
async fn the_newest_stands_first_page_by_page() {
    let office = office().await;
    let console = console(&office).await;
    let mut all = queue(&office, 5).await;
    all.sort();
    let newest_first: Vec<_> = all.iter().rev().copied().collect();
    let first = console.outbox(MailFilter::All, None, 3).unwrap();
    assert!(first.more);
    let second = console.outbox(MailFilter::All, first.mails.last().map(|m| m.id), 3).unwrap();
    assert!(!second.more);
    assert_eq!([ids(&first), ids(&second)].concat(), newest_first);
    assert_eq!((first.waiting, first.failed), (5, 0));
}

#[tokio::test]
async fn waiting_and_failed_have_lists_of_their_own() {
    let office = office().await;
    let console = console(&office).await;
    let mut all = queue(&office, 4).await;
    all.sort();
    let failed = vec![(all[1], refused()), (all[2], refused())];
    office.system.record(failed).await.unwrap();
    let found = console.outbox(MailFilter::Failed, None, 1).unwrap();
    assert_eq!((ids(&found), found.more), (vec![all[2]], true));
    let found = console.outbox(MailFilter::Failed, Some(all[2]), 1).unwrap();
    assert_eq!((ids(&found), found.more), (vec![all[1]], false));
    let found = console.outbox(MailFilter::Waiting, Some(all[0]), 5).unwrap();
    assert_eq!(ids(&found), [all[3]]);
    // The last mail of the page before has left meanwhile: the list begins anew.
    let found = console.outbox(MailFilter::Waiting, Some(all[1]), 5).unwrap();
    assert_eq!((ids(&found), found.waiting, found.failed), (vec![all[0], all[3]], 2, 2));
}

#[tokio::test]
async fn a_mail_is_taken_back_once_and_not_after_it_left() {
    let office = office().await;
    let console = console(&office).await;
    let all = queue(&office, 2).await;
    console.cancel_mail(all[0]).await.unwrap();
    assert!(matches!(console.cancel_mail(all[0]).await, Err(Error::Refused(_))));
    let accepted = Outcome::Accepted { words: "250".into(), told: None };
    office.system.record(vec![(all[1], accepted)]).await.unwrap();
    assert!(matches!(console.cancel_mail(all[1]).await, Err(Error::Refused(_))));
    assert!(matches!(console.resend_mail(all[0]).await, Err(Error::Refused(_))));
    assert!(
        office
            .said()
            .iter()
            .any(|what| what == "took back a mail to owen0@pryceandco.example before it left")
    );
}

#[tokio::test]
async fn a_failed_mail_can_be_sent_again() {
    let office = office().await;
    let console = console(&office).await;
    let mail = queue(&office, 1).await[0];
    assert!(matches!(console.resend_mail(mail).await, Err(Error::Refused(_))));
    office.system.record(vec![(mail, refused())]).await.unwrap();
    console.resend_mail(mail).await.unwrap();
    let again: Mail = office.get(mail).unwrap();
    assert_eq!((again.waits(), again.tries), (true, 0));
}

#[tokio::test]
async fn a_delayed_mail_can_be_tried_now() {
    let office = office().await;
    let console = console(&office).await;
    let mail = queue(&office, 1).await[0];
    let later = Outcome::Later { plain: "Not now.".into(), words: "451".into() };
    office.system.record(vec![(mail, later)]).await.unwrap();
    console.resend_mail(mail).await.unwrap();
    let again: Mail = office.get(mail).unwrap();
    assert_eq!(
        (again.state, again.tries),
        (MailState::Waiting { not_before: office.clock.now() }, 1)
    );
}

#[tokio::test]
async fn a_reset_is_never_sent_again_from_here() {
    let office = office().await;
    let console = console(&office).await;
    office.guest.forgot("priya@alderfinch.example").await.unwrap();
    let mail = office.mails()[0].id;
    office.system.record(vec![(mail, refused())]).await.unwrap();
    let Err(Error::Refused(why)) = console.resend_mail(mail).await else { panic!("it was sent") };
    assert!(why.contains("only when the person asks for it"), "{why}");
    assert!(console.open_mail(mail).unwrap().open_invite.is_none());
}

#[tokio::test]
async fn a_mail_that_is_being_handed_over_is_not_taken_back() {
    let office = office().await;
    let console = console(&office).await;
    let mail = queue(&office, 1).await[0];
    let held = office.system.in_hand().take(mail).unwrap();
    let Err(Error::Refused(why)) = console.cancel_mail(mail).await else { panic!("taken back") };
    assert!(why.starts_with("The mail is being handed over at this moment."), "{why}");
    assert!(office.get::<Mail>(mail).unwrap().waits());
    drop(held);
    console.cancel_mail(mail).await.unwrap();
    assert!(office.system.in_hand().take(mail).is_some(), "nobody has it any more");
}
