use jiff::SignedDuration;

use super::*;
use crate::model::contact::Contact;
use crate::model::firm::Firm;
use crate::model::membership::Access;
use crate::model::staff::{Notices, Role};
use crate::model::testing::{Office, PASSWORD, office};
use crate::model::{Console, MailFlow, Recipient, SentOutcome};

/// An office where Priya has just invited Owen of Pryce & Co.
struct Scene {
    office: Office,
    priya: Staff,
    invite: Id<Invite>,
    mail: Id<Mail>,
}

impl Scene {
    async fn new() -> Self {
        let office = office().await;
        let priya = office.staff("Priya Nair", "priya@alderfinch.example", Role::Owner).await;
        let client = office.client("Pryce & Co").await;
        let owen = office.contact("Owen", "Pryce", "owen@pryceandco.example").await;
        let tie = office.tie(&owen, &client, Access::None).await;
        let console = console(&office).await;
        let to = vec![Recipient { membership: tie.id, address: None }];
        let sent = console.send_invites(client.id, to, None, String::new()).await.unwrap();
        let SentOutcome::Queued { invite, .. } = sent[0].outcome else { panic!("{sent:?}") };
        let mail = office.mails()[0].id;
        Self { office, priya, invite, mail }
    }

    fn due(&self) -> Vec<Id<Mail>> {
        self.office.system.due_mails(10).unwrap()
    }

    fn mail(&self) -> Mail {
        self.office.get(self.mail).unwrap()
    }

    /// The one mail with a link to a new password.
    fn reset(&self) -> Mail {
        let reset = |mail: &Mail| matches!(mail.letter, Letter::Reset { .. });
        self.office.mails().into_iter().find(reset).unwrap()
    }

    fn pass(&self, time: SignedDuration) {
        self.office.clock.advance(time);
    }

    async fn record(&self, outcome: Outcome) {
        self.office.system.record(vec![(self.mail, outcome)]).await.unwrap();
    }

    async fn console(&self) -> Console {
        console(&self.office).await
    }
}

async fn console(office: &Office) -> Console {
    let cookie = office.log_in("priya@alderfinch.example", PASSWORD).await;
    office.guest.console(&cookie.text()).unwrap()
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn later() -> Outcome {
    Outcome::Later { plain: "Not now.".into(), words: "451 later".into() }
}

fn refused() -> Outcome {
    Outcome::Refused { plain: "No such address.".into(), words: "550 no".into() }
}

fn accepted() -> Outcome {
    Outcome::Accepted { words: "250 queued as 1".into(), told: None }
}

#[tokio::test]
async fn a_mail_is_due_when_undo_has_passed() {
    let scene = Scene::new().await;
    let system = &scene.office.system;
    assert!(scene.due().is_empty());
    assert!(matches!(system.hand_over(scene.mail).unwrap(), HandOver::Gone));
    assert_eq!(system.next_due().unwrap(), Some(scene.office.clock.now() + seconds(10)));
    scene.pass(seconds(10));
    assert_eq!(scene.due(), [scene.mail]);
    let held = system.in_hand().take(scene.mail).unwrap();
    assert!(scene.due().is_empty());
    assert_eq!(system.next_due().unwrap(), None);
    drop(held);
    let HandOver::Ready(ready) = system.hand_over(scene.mail).unwrap() else { panic!("not ready") };
    let sender = ready.sender.unwrap();
    assert_eq!(
        (sender.name.as_str(), sender.email.as_str()),
        ("Priya Nair", "priya@alderfinch.example")
    );
    let [link] = ready.links.as_slice() else { panic!("one link") };
    assert!(link.url.expose().starts_with("https://portal.alderfinch.example/invite/"));
    assert!(link.code.is_some());
    assert!(!format!("{:?}", scene.mail()).contains(link.url.expose()));
}

#[tokio::test]
async fn the_link_in_a_mail_opens_the_invite() {
    let scene = Scene::new().await;
    scene.pass(seconds(10));
    let HandOver::Ready(ready) = scene.office.system.hand_over(scene.mail).unwrap() else {
        panic!("not ready")
    };
    let token = ready.links[0].url.expose().rsplit('/').next().unwrap().to_owned();
    assert!(scene.office.guest.invite_page(&token, None).is_ok());
}

#[tokio::test]
async fn an_accepted_mail_never_leaves_again() {
    let scene = Scene::new().await;
    scene.pass(seconds(10));
    scene.record(accepted()).await;
    let mail = scene.mail();
    assert_eq!((mail.tries, mail.last.unwrap().words.as_str()), (1, "250 queued as 1"));
    assert!(matches!(mail.state, MailState::Accepted { .. }));
    scene.pass(SignedDuration::from_hours(24 * 300));
    assert!(scene.due().is_empty());
    assert!(matches!(scene.office.system.hand_over(scene.mail).unwrap(), HandOver::Gone));
}

#[tokio::test]
async fn later_is_tried_with_longer_waits_for_two_days() {
    let scene = Scene::new().await;
    scene.pass(seconds(10));
    let first = scene.office.clock.now();
    let mut waits = Vec::new();
    loop {
        let now = scene.office.clock.now();
        scene.record(later()).await;
        let MailState::Waiting { not_before } = scene.mail().state else { break };
        assert!(scene.due().is_empty());
        waits.push(not_before.duration_since(now).as_mins());
        scene.office.clock.set(not_before);
        assert_eq!(scene.due(), [scene.mail]);
    }
    assert_eq!(&waits[..7], [1, 5, 15, 60, 120, 240, 240]);
    let hours = scene.office.clock.now().duration_since(first).as_hours();
    assert!((44..=48).contains(&hours), "{hours}");
    assert!(matches!(scene.mail().state, MailState::Failed { .. }));
    assert_eq!(scene.mail().tries, TRIES);
}

#[tokio::test]
async fn a_refused_invite_is_told_to_whoever_sent_it() {
    let scene = Scene::new().await;
    scene.pass(seconds(10));
    scene.record(refused()).await;
    assert!(matches!(scene.mail().state, MailState::Failed { .. }));
    let bounced = |mail: &Mail| matches!(mail.letter, Letter::InviteBounced { .. });
    let notice = scene.office.mails().into_iter().find(bounced).unwrap();
    let Letter::InviteBounced { contact, client, why, .. } = &notice.letter else { panic!() };
    assert_eq!(
        (contact.as_str(), client.as_str(), why.as_str()),
        ("Owen Pryce", "Pryce & Co", "No such address.")
    );
    assert_eq!(notice.to.as_str(), "priya@alderfinch.example");
    let said = scene.office.said();
    let said = said.last().unwrap();
    assert!(
        said.contains("could not deliver a mail to Owen Pryce at owen@pryceandco.example. No such"),
        "{said}"
    );
    // The notice itself fails quietly.
    scene.office.system.record(vec![(notice.id, refused())]).await.unwrap();
    assert_eq!(scene.office.mails().len(), 2);
}

#[tokio::test]
async fn a_notice_that_is_switched_off_does_not_come() {
    let scene = Scene::new().await;
    scene.pass(seconds(10));
    let notices = Notices { accepted: true, bounced: false };
    scene.office.put(Staff { notices, ..scene.priya.clone() }).await;
    scene.record(refused()).await;
    assert_eq!(scene.office.mails().len(), 1);
}

#[tokio::test]
async fn what_was_taken_back_does_not_leave() {
    let scene = Scene::new().await;
    scene.pass(seconds(10));
    scene.console().await.revoke_invite(scene.invite).await.unwrap();
    assert!(scene.due().is_empty());
    assert!(matches!(scene.office.system.hand_over(scene.mail).unwrap(), HandOver::Gone));
    for outcome in [later(), refused(), Outcome::Stale] {
        scene.record(outcome).await;
        assert!(matches!(scene.mail().state, MailState::Cancelled { .. }));
    }
    // It was on its way in the same instant: the truth is that the server has it.
    scene.record(accepted()).await;
    assert!(matches!(scene.mail().state, MailState::Accepted { .. }));
}

#[tokio::test]
async fn a_mail_whose_link_has_ended_is_not_sent() {
    let scene = Scene::new().await;
    let firm: Firm = scene.office.get(Id::MIN).unwrap();
    scene.pass(SignedDuration::from_hours(24 * i64::from(firm.invite_days)));
    assert!(matches!(scene.office.system.hand_over(scene.mail).unwrap(), HandOver::Stale));
    scene.record(Outcome::Stale).await;
    let mail = scene.mail();
    assert_eq!((mail.tries, mail.last.unwrap().plain.as_str()), (0, STALE));
    assert!(matches!(mail.state, MailState::Failed { .. }));
}

#[tokio::test]
async fn a_reset_that_was_overtaken_is_not_sent() {
    let scene = Scene::new().await;
    scene.office.guest.forgot("priya@alderfinch.example").await.unwrap();
    let mail = scene.reset().id;
    let HandOver::Ready(ready) = scene.office.system.hand_over(mail).unwrap() else {
        panic!("not ready")
    };
    assert!(ready.links[0].url.expose().contains("/reset/") && ready.links[0].code.is_none());
    assert!(ready.sender.is_none());
    let link = ready.links[0].id;
    scene.office.write(move |tx| tx.delete(link)).await;
    assert!(matches!(scene.office.system.hand_over(mail).unwrap(), HandOver::Stale));
}

#[tokio::test]
async fn a_pause_is_seen_and_costs_no_try() {
    let scene = Scene::new().await;
    let firm: Firm = scene.office.get(Id::MIN).unwrap();
    let smtp = crate::model::firm::Smtp {
        host: "smtp.alderfinch.example".into(),
        port: 587,
        security: crate::model::firm::SmtpSecurity::StartTls,
        user: None,
        password: None,
        mail_from: "portal@alderfinch.example".to_owned().try_into().unwrap(),
        ca: None,
    };
    scene.office.put(Firm { smtp: Some(smtp), ..firm }).await;
    let (system, now) = (&scene.office.system, scene.office.clock.now());
    let console = scene.console().await;
    assert!(matches!(console.mail_flow().unwrap(), MailFlow::Leaves));
    let paused = Paused {
        since: now,
        next: now + seconds(30),
        plain: "Wrong password.".into(),
        words: "535".into(),
    };
    system.pause(paused, scene.mail);
    assert!(
        matches!(console.mail_flow().unwrap(), MailFlow::Paused(p) if p.plain == "Wrong password.")
    );
    assert_eq!(scene.mail().tries, 0);
    console.try_mail_now();
    assert!(system.paused().is_none());
}

#[tokio::test]
async fn a_new_password_does_not_wait_behind_invites() {
    let scene = Scene::new().await;
    scene.pass(seconds(10));
    let client = scene.office.client("Marlow").await;
    let contact: Contact = scene.office.member("Naomi", "naomi@marlow.example", &client).await;
    scene.office.guest.forgot("naomi@marlow.example").await.unwrap();
    let reset = scene.reset();
    assert_eq!(reset.contact, Some(contact.id));
    assert_eq!(scene.due(), [scene.mail, reset.id]);
    assert_eq!(scene.office.system.due_mails(1).unwrap(), [reset.id]);
}
