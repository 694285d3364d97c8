use jiff::SignedDuration;

use super::{Contact, ContactEmail, FirstContact, NewContact, Place};
use crate::error::Error;
use crate::model::client::{Client, ClientKind, NewClient};
use crate::model::invite::{Invite, InviteState};
use crate::model::login::{Login, Who};
use crate::model::membership::{Access, Areas, Membership, OpenAreas};
use crate::model::outbox::{Letter, Mail, MailState};
use crate::model::session::Session;
use crate::model::staff::Role;
use crate::model::status::PortalStatus;
use crate::model::testing::{Office, PASSWORD, office};
use crate::model::{Console, Id, Recipient};
use crate::values::{Email, When};

async fn console(office: &Office) -> Console {
    office.staff("Sam Finch", "sam@alderfinch.example", Role::Staff).await;
    let cookie = office.log_in("sam@alderfinch.example", PASSWORD).await;
    office.guest.console(&cookie.text()).unwrap()
}

fn email(address: &str) -> Email {
    Email::parse(address).unwrap()
}

/// What the edit form of a contact would send with these addresses.
fn with_addresses(contact: &Contact, addresses: &[&str]) -> NewContact {
    let kind = Place::Work;
    NewContact {
        first: contact.first.clone(),
        last: contact.last.clone(),
        role: None,
        emails: addresses.iter().map(|a| ContactEmail { address: email(a), kind }).collect(),
        phones: vec![],
        areas: OpenAreas::ALL,
    }
}

async fn invite(console: &Console, tie: &Membership) {
    let to = vec![Recipient { membership: tie.id, address: None }];
    console.send_invites(tie.client, to, None, String::new()).await.unwrap();
}

#[tokio::test]
async fn a_changed_address_ends_its_invite_and_takes_the_mail_back() {
    let office = office().await;
    let console = console(&office).await;
    let (alder, noor) = (
        office.client("Alder Ltd").await,
        office.contact("Noor", "Aziz", "noor@old.example").await,
    );
    let tie = office.tie(&noor, &alder, Access::None).await;
    invite(&console, &tie).await;

    let same = with_addresses(&noor, &["Noor@OLD.example", "noor@home.example"]);
    let edited = console.edit_contact(alder.id, noor.id, same, String::new()).await.unwrap();
    assert!(edited.replaced.is_empty(), "another spelling is the same address");

    office.clock.advance(SignedDuration::from_secs(1));
    let new = with_addresses(&noor, &["noor@new.example"]);
    let edited = console.edit_contact(alder.id, noor.id, new, String::new()).await.unwrap();

    assert_eq!(edited.replaced[0].address.key(), "noor@old.example");
    let invites: Vec<Invite> = office.all();
    assert!(matches!(invites[0].state, InviteState::Replaced { .. }));
    assert!(matches!(office.mails()[0].state, MailState::Cancelled { .. }));
    let said = office.said().pop().unwrap();
    assert!(said.contains("noor@new.example") && said.contains("noor@old.example"), "{said}");
    let status = console.contact_status(alder.id, noor.id).unwrap().status;
    assert_eq!(status, PortalStatus::NotInvited);
}

#[tokio::test]
async fn a_changed_address_of_somebody_with_a_login_must_be_proved_first() {
    let office = office().await;
    let console = console(&office).await;
    let alder = office.client("Alder Ltd").await;
    let maya = office.member("Maya", "maya@old.example", &alder).await;
    office.log_in("maya@old.example", PASSWORD).await;

    let new = with_addresses(&maya, &["maya@new.example"]);
    let edited = console.edit_contact(alder.id, maya.id, new, String::new()).await.unwrap();

    assert_eq!(edited.proving, Some(email("maya@new.example")));
    office.log_in("maya@old.example", PASSWORD).await;
    let mails = office.mails();
    let sent = |to: &str| mails.iter().find(|mail| mail.to == email(to)).map(|m| m.letter.name());
    assert_eq!(sent("maya@old.example"), Some("address-changed"));
    assert_eq!(sent("maya@new.example"), Some("verify-address"));
    assert!(mails.iter().any(|mail| matches!(mail.letter, Letter::VerifyAddress { .. })));
    assert!(console.contact_status(alder.id, maya.id).unwrap().membership.has_access());
}

#[tokio::test]
async fn with_the_last_client_everything_of_a_contact_goes() {
    let office = office().await;
    let console = console(&office).await;
    let (alder, beech) = (office.client("Alder Ltd").await, office.client("Beech").await);
    let maya = office.member("Maya", "maya@alder.example", &alder).await;
    let since = office.clock.now();
    office.tie(&maya, &beech, Access::Given { since }).await;
    let cookie = office.log_in("maya@alder.example", PASSWORD).await.text();

    let ending = console.what_ends(alder.id, maya.id).unwrap();
    assert_eq!((ending.sessions, ending.others.len()), (1, 1));
    console.remove_contact(alder.id, maya.id, String::new()).await.unwrap();
    assert!(office.guest.portal(&cookie, alder.id).is_err());
    assert!(office.guest.portal(&cookie, beech.id).is_ok());

    console.remove_contact(beech.id, maya.id, String::new()).await.unwrap();
    assert!(matches!(office.guest.person(&cookie), Err(Error::SignIn)));
    assert!(office.get(maya.id).is_none());
    let logins: Vec<Login> = office.all();
    assert!(logins.iter().all(|login| login.who != Who::Contact(maya.id)));
    let sessions: Vec<Session> = office.all();
    assert!(sessions.iter().all(|session| session.who != Who::Contact(maya.id)));
}

#[tokio::test]
async fn somebody_added_again_begins_anew() {
    let office = office().await;
    let console = console(&office).await;
    let (alder, beech) = (office.client("Alder Ltd").await, office.client("Beech").await);
    let noor = office.contact("Noor", "Aziz", "noor@alder.example").await;
    office.tie(&noor, &beech, Access::None).await;
    let tie = office.tie(&noor, &alder, Access::None).await;
    invite(&console, &tie).await;

    console.remove_contact(alder.id, noor.id, String::new()).await.unwrap();
    let mails = office.mails();
    assert!(matches!(mails[0].state, MailState::Cancelled { .. }));
    console.add_existing_contact(alder.id, noor.id, None).await.unwrap();

    let status = console.contact_status(alder.id, noor.id).unwrap();
    assert_eq!(status.status, PortalStatus::NotInvited);
    invite(&console, &status.membership).await;
    let again = console.contact_status(alder.id, noor.id).unwrap();
    assert!(matches!(again.status, PortalStatus::Invited { .. }));
    let twice = console.add_existing_contact(alder.id, noor.id, None).await;
    assert!(matches!(twice, Err(Error::Refused(_))));
}

#[tokio::test]
async fn look_alikes_have_the_same_address_or_name() {
    let office = office().await;
    let console = console(&office).await;
    let alder = office.client("Alder Ltd").await;
    let zoe = office.contact("Zoë", "O’Brien", "zoe@x.example").await;
    office.tie(&zoe, &alder, Access::None).await;
    let alike = |first: &str, last: &str, address: &str| {
        let new = NewContact {
            first: first.to_owned().try_into().unwrap(),
            last: Some(last.to_owned().try_into().unwrap()),
            role: None,
            emails: vec![ContactEmail { address: email(address), kind: Place::Work }],
            phones: vec![],
            areas: OpenAreas::ALL,
        };
        let found = console.look_alikes(&new).unwrap();
        found.into_iter().map(|alike| (alike.contact.id, alike.why)).collect::<Vec<_>>()
    };
    assert_eq!(alike("zoe", "o'brien", "other@x.example"), [(zoe.id, "has the same name")]);
    assert_eq!(alike("Ann", "Lee", "ZOE@X.example"), [(zoe.id, "has the same e-mail address")]);
    assert_eq!(alike("Zoë", "O’Brien-Lee", "other@x.example"), []);
}

#[tokio::test]
async fn an_edit_does_not_overwrite_somebody_elses_unseen() {
    let office = office().await;
    let console = console(&office).await;
    let alder = office.client("Alder Ltd").await;
    let noor = office.contact("Noor", "Aziz", "noor@alder.example").await;
    let tie = office.tie(&noor, &alder, Access::None).await;
    let seen = noor.edition(&tie);
    let edit = |address: &str| {
        console.edit_contact(alder.id, noor.id, with_addresses(&noor, &[address]), seen.clone())
    };
    edit("noor@one.example").await.unwrap();
    let Err(Error::Invalid(fields)) = edit("noor@two.example").await else {
        panic!("it was taken")
    };
    assert!(fields.contains_key("form"));
}

#[tokio::test]
async fn a_client_and_its_first_contacts_are_added_once() {
    let office = office().await;
    let console = console(&office).await;
    let new = || NewClient {
        kind: ClientKind::Individual,
        name: "Marlow".to_owned().try_into().unwrap(),
        since: Some(2019),
        looked_after_by: Some(console.me().id),
        tags: vec![],
        notes: String::new().try_into().unwrap(),
    };
    let contact = || NewContact {
        first: "Naomi".to_owned().try_into().unwrap(),
        last: None,
        role: None,
        emails: vec![],
        phones: vec![],
        areas: OpenAreas::ALL,
    };
    let first = console.create_client(new(), vec![contact().into()], "7".into()).await.unwrap();
    let second = console.create_client(new(), vec![contact().into()], "7".into()).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(office.all::<Client>().len(), 1);
    assert_eq!(console.contacts_of(first).unwrap().len(), 1);
    let stranger = NewClient { looked_after_by: Some(Id::MIN), ..new() };
    let refused = console.create_client(stranger, vec![], String::new()).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    let forged = FirstContact { new: contact(), same_as: Some(Id::MIN) };
    let refused = console.create_client(new(), vec![forged], String::new()).await;
    assert!(matches!(refused, Err(Error::NotFound)));
}

#[tokio::test]
async fn an_inactive_client_has_no_pending_invites() {
    let office = office().await;
    let console = console(&office).await;
    let alder = office.client("Alder Ltd").await;
    let noor = office.contact("Noor", "Aziz", "noor@alder.example").await;
    let tie = office.tie(&noor, &alder, Access::None).await;
    invite(&console, &tie).await;
    assert_eq!(console.deactivate_client(alder.id).await.unwrap(), 1);
    assert_eq!(console.deactivate_client(alder.id).await.unwrap(), 0);
    let mails: Vec<Mail> = office.mails();
    assert!(mails.iter().all(|mail| matches!(mail.state, MailState::Cancelled { .. })));
    assert_eq!(console.activity(Some(alder.id), None, 1).unwrap().entries[0].actor, "Sam Finch");
}

#[tokio::test]
async fn the_status_says_what_is_known_and_no_more() {
    let office = office().await;
    let console = console(&office).await;
    let alder = office.client("Alder Ltd").await;
    let noor = office.contact("Noor", "Aziz", "noor@alder.example").await;
    let tie = office.tie(&noor, &alder, Access::None).await;
    let words = || {
        let row = console.contact_status(alder.id, noor.id).unwrap();
        let firm = console.firm().unwrap();
        let (now, zone) = (office.clock.now(), firm.zone.tz().clone());
        let when = When { now, zone: &zone, style: firm.date_style };
        (row.status.text(&when), row.delivery.text(&when))
    };
    let said = |status: &str, delivery: &str| (status.to_owned(), delivery.to_owned());
    assert_eq!(words(), said("Not invited", ""));

    // Without a mail server nothing leaves, so nothing "sends".
    invite(&console, &tie).await;
    let kept = "Kept in the outbox until e-mail is set up";
    assert_eq!(words(), said("Invited 2 Mar, never logged in", kept));

    office.clock.advance(SignedDuration::from_hours(24 * 31));
    assert_eq!(words(), said("Invited 2 Mar, never logged in · link expired", kept));

    let since = office.clock.now();
    office.put(Membership { access: Access::Given { since }, ..tie.clone() }).await;
    office.login(Who::Contact(noor.id), "noor@alder.example", PASSWORD).await;
    office.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(words(), said("Last login 2 hours ago", ""));
}

#[tokio::test]
async fn areas_that_are_not_there_yet_stay_open_whatever_staff_close() {
    let office = office().await;
    let console = console(&office).await;
    let alder = office.client("Alder Ltd").await;
    let noor = office.member("Noor", "noor@alder.example", &alder).await;
    let now = || console.contact_status(alder.id, noor.id).unwrap().membership.areas;
    for (files, requests) in [(false, false), (true, false), (false, true), (true, true)] {
        let open = OpenAreas { files, requests };
        console.set_areas(alder.id, noor.id, open, String::new()).await.unwrap();
        assert_eq!(now(), Areas { files, requests, ..Areas::ALL });
        let edit = NewContact { areas: OpenAreas::ALL, ..with_addresses(&noor, &[]) };
        console.edit_contact(alder.id, noor.id, edit, String::new()).await.unwrap();
        assert_eq!(now(), Areas::ALL);
    }
    let said = office.said();
    let wanted = "opened Requests of Alder Ltd to Noor Marlow";
    assert!(said.iter().any(|what| what == wanted), "{said:?}");
    let before = said.len();
    console.set_areas(alder.id, noor.id, OpenAreas::ALL, "old".into()).await.unwrap();
    assert_eq!(office.said().len(), before, "what is so already is not said again");
}
