use jiff::{SignedDuration, Timestamp};

use super::{Delivery, PortalStatus};
use crate::model::id::Id;
use crate::model::invite::{Invite, InviteState, Invitee};
use crate::model::membership::{Access, Areas, Membership};
use crate::model::outbox::{Answer, Letter, Mail, MailState};
use crate::model::system::{MailFlow, Paused};
use crate::values::{DateStyle, Email, When};

fn now() -> Timestamp {
    "2026-11-03T10:42:00Z".parse().unwrap()
}

fn in_seconds(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn address() -> Email {
    Email::parse("noor@alder.example").unwrap()
}

fn mail(state: MailState, tries: u32) -> Mail {
    let plain = "The mail server is busy.".to_owned();
    Mail {
        id: Id::MIN,
        letter: Letter::NoAccess { first_name: "Noor".into() },
        to: address(),
        to_name: "Noor Aziz".into(),
        from: None,
        contact: None,
        invite: None,
        made: now(),
        state,
        tries,
        last: (tries > 0).then(|| Answer { at: now(), plain, words: "451".into() }),
    }
}

fn waiting(not_before: Timestamp, tries: u32) -> Mail {
    mail(MailState::Waiting { not_before }, tries)
}

fn invite(sent: &[Timestamp], expires: Timestamp) -> Invite {
    let (membership, contact, client) = (Id::MIN, Id::MIN, Id::MIN);
    Invite {
        id: Id::MIN,
        to: Invitee::Contact { membership, contact, client },
        address: address(),
        by: Id::MIN,
        message: String::new(),
        made: now(),
        expires,
        state: InviteState::Pending,
        opened: None,
        sent: sent.to_vec(),
        replaces: None,
    }
}

fn tie(access: Access) -> Membership {
    let (id, contact, client) = (Id::MIN, Id::MIN, Id::MIN);
    Membership { id, contact, client, role: None, access, areas: Areas::ALL, added: now() }
}

fn said(
    access: Access,
    pending: Option<&Invite>,
    mail: Option<&Mail>,
    flow: &MailFlow,
) -> [String; 2] {
    let zone = jiff::tz::TimeZone::UTC;
    let when = When { now: now(), zone: &zone, style: DateStyle::MonthFirst };
    let delivery = Delivery::of(mail, flow, now());
    let status = PortalStatus::of(&tie(access), pending, &delivery, None, now());
    [status.text(&when), delivery.text(&when)]
}

#[test]
fn the_mail_of_an_invite_is_told_as_it_is() {
    let pending = invite(&[now()], in_seconds(100));
    let say = |mail: Mail, flow: MailFlow| said(Access::None, Some(&pending), Some(&mail), &flow);
    let invited = "Invited Nov 3, never logged in";
    let accepted = mail(MailState::Accepted { at: now() }, 1);
    let failed = mail(MailState::Failed { at: now() }, 1);
    let paused = Paused {
        since: now(),
        next: in_seconds(300),
        plain: "The mail server refuses the password.".into(),
        words: String::new(),
    };
    for (mail, flow, status, delivery) in [
        (waiting(in_seconds(10), 0), MailFlow::Leaves, "Sends in 10 seconds", ""),
        (waiting(in_seconds(1), 0), MailFlow::Leaves, "Sends in 1 second", ""),
        (waiting(now(), 0), MailFlow::Leaves, invited, "Sending the mail"),
        (
            waiting(in_seconds(10), 0),
            MailFlow::Kept,
            invited,
            "Kept in the outbox until e-mail is set up",
        ),
        (accepted, MailFlow::Kept, invited, "Accepted by the mail server just now"),
        (failed, MailFlow::Leaves, invited, "Not delivered. The mail server is busy."),
        (
            waiting(in_seconds(120), 1),
            MailFlow::Leaves,
            invited,
            "Delayed. The mail server is busy. Next try in 2 minutes.",
        ),
        (
            waiting(now(), 0),
            MailFlow::Paused(paused),
            invited,
            "Delayed. The mail server refuses the password. Next try in 5 minutes.",
        ),
    ] {
        assert_eq!(say(mail, flow), [status.to_owned(), delivery.to_owned()]);
    }
}

#[test]
fn a_mail_sent_again_waits_without_making_the_first_one_unsaid() {
    let again = invite(&[now(), now()], in_seconds(100));
    let mail = waiting(in_seconds(10), 0);
    let [status, _] = said(Access::None, Some(&again), Some(&mail), &MailFlow::Leaves);
    assert_eq!(status, "Invited Nov 3, never logged in");
}

#[test]
fn access_and_time_decide() {
    let (ago, leaves) = (in_seconds(-7_200), MailFlow::Leaves);
    let expired = invite(&[ago], now());
    let say = |access, pending: Option<&Invite>| said(access, pending, None, &leaves)[0].clone();
    assert_eq!(say(Access::None, None), "Not invited");
    assert_eq!(say(Access::None, Some(&expired)), "Invited Nov 3, never logged in · link expired");
    assert_eq!(say(Access::Removed { since: ago }, None), "Access removed");
    assert_eq!(
        say(Access::Removed { since: ago }, Some(&expired)),
        "Invited Nov 3, never logged in · link expired"
    );
    assert_eq!(say(Access::Given { since: ago }, None), "Last login 2 hours ago");
}
