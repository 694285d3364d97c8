//! Staff send a request.

use super::kit::{desk, item, new_request, short, title};
use crate::error::Error;
use crate::model::client::Client;
use crate::model::file::{Audience, Picked, Sees};
use crate::model::inviting::SentOutcome;
use crate::model::membership::{Areas, Membership};
use crate::model::recurrence::{Every, Repeat};
use crate::model::request::{Ask, NewRequest, Request, Sending, Stage, What};

#[tokio::test]
async fn it_waits_for_everyone_who_is_asked_and_they_are_told() {
    let desk = desk().await;
    let named = Audience::Named(vec![desk.maya.id]);
    let new = NewRequest { audience: named, ..new_request(vec![short(1, "VAT number")]) };
    let id = desk.sent(new).await;
    assert!(matches!(desk.stage(id), Stage::Sent { .. }));
    assert_eq!(desk.portal(&desk.maya).request(id).unwrap().items.len(), 1);
    assert!(matches!(desk.portal(&desk.noor).request(id), Err(Error::NotFound)));
    assert_eq!((desk.mails_to(&desk.maya), desk.mails_to(&desk.noor)), (1, 0));
    assert_eq!(desk.history(id).last(), Some(&What::Sent { to: "Maya Marlow".into() }));
}

#[tokio::test]
async fn who_cannot_see_it_is_named_and_can_be_invited_in_the_same_step() {
    let desk = desk().await;
    let pair = [desk.noor.id.bytes(), desk.alder.id.bytes()].concat();
    desk.office
        .write(move |tx| {
            use crate::model::db::Records;
            let tie: Membership = tx.first_by("membership.pair", pair)?.unwrap();
            tx.put(&Membership { areas: Areas { requests: false, ..Areas::ALL }, ..tie })
        })
        .await;
    let names = |readers: &[crate::model::file::Reader]| {
        readers.iter().map(|one| (one.name.clone(), one.sees)).collect::<Vec<_>>()
    };
    let both = [("Late Comer".into(), Sees::NotInvited), ("Noor Marlow".into(), Sees::NoRequests)];
    let sam = desk.sam();
    assert_eq!(names(&sam.cannot_see_request(desk.alder.id, &Audience::Everyone).unwrap()), both);

    let declined = desk.draft(new_request(vec![])).await;
    let sent = desk.send(declined).await;
    assert_eq!(names(&sent.cannot_see), both, "it is kept, and staff are told who does not see it");
    assert_eq!((sent.with.as_str(), desk.mails_to(&desk.late)), ("everyone at Alder Ltd", 0));

    let invited = desk.draft(new_request(vec![])).await;
    let sending = Sending { invite: true, ..Sending::default() };
    let sent = sam.send_request(invited, sending).await.unwrap();
    assert!(matches!(sent.sent[0].outcome, SentOutcome::Queued { .. }));
    assert_eq!(names(&sent.cannot_see)[0], ("Late Comer".into(), Sees::Invited));
    assert_eq!(desk.mails_to(&desk.late), 1);
    assert_eq!(names(&sam.request(invited).unwrap().asked).len(), 3);
}

#[tokio::test]
async fn each_contact_gets_one_of_their_own() {
    let desk = desk().await;
    let id = desk.draft(new_request(vec![short(1, "Your passport number")])).await;
    let sending = Sending { separately: true, ..Sending::default() };
    let sent = desk.sam().send_request(id, sending).await.unwrap();
    assert_eq!(sent.requests.len(), 3);
    assert!(sent.requests.contains(&id), "the draft is one of them");
    assert_eq!(sent.with, "everyone at Alder Ltd, each separately");
    let theirs = |who| {
        let seen = sent.requests.iter().filter(|id| desk.portal(who).request(**id).is_ok());
        seen.copied().collect::<Vec<_>>()
    };
    let (mayas, noors) = (theirs(&desk.maya), theirs(&desk.noor));
    assert_eq!((mayas.len(), noors.len()), (1, 1));
    desk.answer(&desk.maya, mayas[0], 1, "MAYA-1").await;
    assert_eq!(desk.value(noors[0], 1), None);
    for id in &sent.requests {
        assert_eq!(desk.history(*id)[0], What::Made { template: None });
    }
}

#[tokio::test]
async fn what_belongs_to_it_is_shown_to_whoever_is_asked_and_to_nobody_else() {
    let desk = desk().await;
    let attached = desk.file("Guide.txt", Audience::Firm).await;
    let to_read = desk.file("Terms.txt", Audience::Named(vec![desk.noor.id])).await;
    assert!(!desk.sees_file(&desk.maya, attached));
    let new = NewRequest {
        audience: Audience::Named(vec![desk.maya.id]),
        attached: vec![attached],
        ..new_request(vec![item(1, "Read this", Ask::Read { file: Some(to_read) })])
    };
    let before = desk.mails_to(&desk.maya);
    desk.sent(new).await;
    assert!(desk.sees_file(&desk.maya, attached) && desk.sees_file(&desk.maya, to_read));
    assert!(!desk.sees_file(&desk.noor, attached), "she is not asked");
    assert!(desk.sees_file(&desk.noor, to_read), "she saw it before");
    assert_eq!(desk.mails_to(&desk.maya), before + 1, "of the request, not of its files as well");
}

#[tokio::test]
async fn what_nobody_could_do_anything_with_is_not_sent() {
    let desk = desk().await;
    let guide = desk.file("Guide.txt", Audience::Firm).await;
    let sam = desk.sam();
    let refused = async |new: NewRequest, says: &str| {
        let id = desk.draft(new).await;
        let error = sam.send_request(id, Sending::default()).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(desk.stage(id), Stage::Draft);
        id
    };
    let nothing = vec![item(1, "Read this", Ask::Read { file: None })];
    refused(new_request(nothing), "Choose the file to read").await;

    let attached = NewRequest { attached: vec![guide], ..new_request(vec![]) };
    let with_file = desk.draft(attached).await;
    let files = Picked { files: vec![guide], folders: vec![] };
    sam.trash_files(desk.alder.id, files).await.unwrap();
    let trashed = sam.send_request(with_file, Sending::default()).await.unwrap_err();
    assert!(trashed.to_string().contains("“Guide.txt” is in the trash"), "{trashed}");

    let due = NewRequest { due: Some(desk.today()), ..new_request(vec![]) };
    let id = desk.draft(due).await;
    desk.office.put(Client { active: false, ..desk.alder.clone() }).await;
    refused(new_request(vec![]), "is inactive").await;
    desk.office.put(desk.alder.clone()).await;
    desk.days_pass(1);
    let late = sam.send_request(id, Sending::default()).await.unwrap_err();
    assert!(late.to_string().contains("This day is over"), "{late}");
    assert_eq!(desk.mails_to(&desk.maya), 0);
}

#[tokio::test]
async fn a_client_without_contacts_is_not_asked() {
    let desk = desk().await;
    let sam = desk.sam();
    let nobody = desk.office.client("Empty").await;
    let id = sam.new_request(nobody.id, super::kit::blank(), None, String::new()).await.unwrap();
    let error = sam.send_request(id, Sending::default()).await.unwrap_err();
    assert!(error.to_string().contains("Empty has no contacts yet"), "{error}");
}

#[tokio::test]
async fn fields_are_filled_in_when_it_is_sent() {
    let desk = desk().await;
    let named = title("Books of {{client.name}}, {{year}}");
    let new = NewRequest {
        title: named.clone(),
        ..new_request(vec![short(1, "What did {{client.name}} earn in {{year}}?")])
    };
    let id = desk.draft(new).await;
    assert_eq!(desk.whole(id).request.title, named, "a draft keeps them");
    let repeat = Some(Repeat { every: Every::Year, until: None });
    let sending = Sending { repeat, once: "twice".into(), ..Sending::default() };
    let sent = desk.sam().send_request(id, sending.clone()).await.unwrap();
    let again = desk.sam().send_request(id, sending).await.unwrap();
    assert_eq!((again.requests, sent.title), (sent.requests, title("Books of Alder Ltd, 2026")));
    let asked = &desk.whole(id).sheet.entries[0].item.title;
    assert_eq!(*asked, title("What did Alder Ltd earn in 2026?"));

    let [recurrence] = desk.recurrences().try_into().unwrap();
    assert_eq!(recurrence.blueprint.title, named, "each turn fills in its own");
    assert_eq!(desk.whole(id).request.recurrence, Some(recurrence.id));
    assert_eq!(desk.office.all::<Request>().len(), 1);
}

#[tokio::test]
async fn whoever_could_not_open_what_goes_with_it_is_named() {
    let desk = desk().await;
    let pair = [desk.noor.id.bytes(), desk.alder.id.bytes()].concat();
    desk.office
        .write(move |tx| {
            use crate::model::db::Records;
            let tie: Membership = tx.first_by("membership.pair", pair)?.unwrap();
            tx.put(&Membership { areas: Areas { files: false, ..Areas::ALL }, ..tie })
        })
        .await;
    let guide = desk.file("Guide.txt", Audience::Firm).await;
    let audience = Audience::Named(vec![desk.maya.id, desk.noor.id]);
    let new = NewRequest { audience, attached: vec![guide], ..new_request(vec![]) };
    let id = desk.draft(new).await;
    let asked = desk.sam().request(id).unwrap().asked;
    let sees: Vec<Sees> = asked.iter().map(|reader| reader.sees).collect();
    assert_eq!(sees, [Sees::Yes, Sees::NoFiles]);
    assert_eq!(desk.send(id).await.cannot_see.len(), 1);
}

#[tokio::test]
async fn one_that_would_never_come_again_is_not_sent_as_recurring() {
    let desk = desk().await;
    let id = desk.draft(new_request(vec![])).await;
    let repeat = Some(Repeat { every: Every::Month, until: Some(desk.today().plus_days(20)) });
    let refused = desk.sam().send_request(id, Sending { repeat, ..Sending::default() }).await;
    assert!(refused.unwrap_err().to_string().contains("a second time"));
    assert_eq!(desk.stage(id), Stage::Draft);
}
