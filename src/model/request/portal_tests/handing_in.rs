use super::kit::{Asking, firm, message, question, refused, typed, upload};
use crate::model::file::{Audience, Author, Scan};
use crate::model::request::{Change, Item, ItemState, PortalStage, Question, Stage, What};

const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3";

#[tokio::test]
async fn everything_asked_is_answered_first_and_then_there_is_a_receipt() {
    let firm = firm().await;
    let items = vec![
        upload(1, "Receipts", 5, &[]),
        question(2, "Rent", Question::Money),
        Item { required: false, ..question(3, "Anything else?", Question::Long) },
    ];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    let maya = firm.portal(&firm.maya);
    let why = refused(maya.hand_in(id, "a".into()).await);
    assert!(why.starts_with("“Receipts” and “Rent” still need answers."), "{why}");
    assert!(maya.request_receipt(id).is_err());
    let sent = firm.send(&firm.maya, id, Some(1), ("a.pdf", PDF)).await.unwrap();
    firm.answer(&firm.noor, id, 2, typed("1200")).await.unwrap();
    let receipt = maya.hand_in(id, "b".into()).await.unwrap();
    maya.hand_in(id, "b".into()).await.unwrap();
    assert_eq!(receipt.lines.len(), 3);
    assert_eq!(receipt.lines[0].files[0].sha256, sent.sha256);
    let text = receipt.text();
    for part in [
        "Handed in by: Maya Marlow",
        "Rent\n  £1,200.00",
        "a.pdf\n    Size",
        "Anything else?\n  (no answer)",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(firm.sheet_states(id).iter().all(|state| *state == ItemState::HandedIn));
    let changes: Vec<Change> = firm.office.all();
    assert_eq!(changes.iter().filter(|change| change.what == What::HandedIn).count(), 1);
    let again = refused(firm.portal(&firm.noor).hand_in(id, "c".into()).await);
    assert!(again.contains("Maya Marlow has handed this in"), "{again}");
    let noor = firm.portal(&firm.noor);
    let sheet = noor.request(id).unwrap();
    assert!(sheet.has_receipt && !sheet.open && sheet.items.iter().all(|item| !item.open));
    assert_eq!(sheet.request.stage, PortalStage::HandedIn);
    assert_eq!(noor.request_receipt(id).unwrap().by, "Maya Marlow");
}

#[tokio::test]
async fn only_what_was_sent_back_is_open_again() {
    let firm = firm().await;
    let items = vec![question(1, "Rent", Question::Short), question(2, "Van", Question::Short)];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    for number in [1, 2] {
        firm.answer(&firm.maya, id, number, typed("yes")).await.unwrap();
    }
    firm.portal(&firm.maya).hand_in(id, String::new()).await.unwrap();
    firm.office.tick();
    let (by, at) = (Author::of(&firm.staff), firm.office.clock.now());
    firm.change(id, move |whole| {
        let sent = whole.request.stage.sent().unwrap();
        whole.request.stage = Stage::InProgress { sent };
        let reason = message("Which van?");
        whole.sheet.entries[1].state = ItemState::Returned { by, at, reason };
    })
    .await;
    let sheet = firm.portal(&firm.noor).request(id).unwrap();
    let open: Vec<_> = sheet.items.iter().map(|item| (item.open, item.done)).collect();
    assert_eq!(open, [(false, true), (true, false)]);
    assert_eq!((sheet.request.done, sheet.request.returned), (1, 1));
    let receipt = firm.portal(&firm.maya).request_receipt(id).unwrap();
    assert_eq!(receipt.lines.len(), 1);
    firm.office.tick();
    firm.answer(&firm.noor, id, 2, typed("The blue one")).await.unwrap();
    assert_eq!(firm.request(id).progress.done, 2);
    firm.portal(&firm.noor).hand_in(id, String::new()).await.unwrap();
    assert_eq!(firm.portal(&firm.maya).request_receipt(id).unwrap().by, "Noor Marlow");
}

#[tokio::test]
async fn a_file_with_a_virus_is_not_handed_in() {
    let firm = firm().await;
    let id =
        firm.ask(Asking { items: vec![upload(1, "Lease", 5, &[])], ..Asking::default() }).await;
    let sent = firm.send(&firm.maya, id, Some(1), ("a.pdf", PDF)).await.unwrap();
    let mut file = firm.file(sent.file);
    file.versions[0].scan = Scan::Waiting;
    firm.office.put(file.clone()).await;
    assert!(
        firm.portal(&firm.noor).request(id).unwrap().items[0]
            .answer
            .as_ref()
            .unwrap()
            .files
            .is_empty()
    );
    file.versions[0].scan = Scan::Infected { at: file.added, what: "Eicar".into() };
    firm.office.put(file.clone()).await;
    let why = refused(firm.portal(&firm.maya).hand_in(id, String::new()).await);
    assert!(why.contains("A virus was found in “a.pdf”"), "{why}");
    firm.portal(&firm.maya).remove_answer_file(id, 1, file.id).await.unwrap();
    firm.send(&firm.maya, id, Some(1), ("b.pdf", PDF)).await.unwrap();
    firm.portal(&firm.maya).hand_in(id, String::new()).await.unwrap();
}

#[tokio::test]
async fn files_that_the_firm_put_into_the_trash_are_no_answer() {
    let firm = firm().await;
    let id =
        firm.ask(Asking { items: vec![upload(1, "Lease", 1, &[])], ..Asking::default() }).await;
    let sent = firm.send(&firm.maya, id, Some(1), ("a.pdf", PDF)).await.unwrap();
    let picked = crate::model::file::Picked::file(sent.file);
    firm.sam().trash_files(firm.alder.id, picked).await.unwrap();
    let why = refused(firm.portal(&firm.maya).hand_in(id, String::new()).await);
    assert!(why.contains("“Lease” still needs an answer"), "{why}");
    let sheet = firm.portal(&firm.maya).request(id).unwrap();
    assert_eq!((sheet.missing.as_slice(), sheet.items[0].room), (&[1][..], 1));
    firm.send(&firm.maya, id, Some(1), ("b.pdf", PDF)).await.unwrap();
    firm.portal(&firm.maya).hand_in(id, String::new()).await.unwrap();
}

#[tokio::test]
async fn a_task_is_marked_done_by_one_of_those_asked() {
    let firm = firm().await;
    let audience = Audience::Named(vec![firm.noor.id]);
    let id = firm.ask(Asking { title: "Call us", audience, ..Asking::default() }).await;
    let noor = firm.portal(&firm.noor);
    assert!(firm.portal(&firm.maya).mark_done(id, String::new()).await.is_err());
    refused(noor.hand_in(id, String::new()).await);
    noor.mark_done(id, "a".into()).await.unwrap();
    noor.mark_done(id, "a".into()).await.unwrap();
    let done = noor.completed(None, 5).unwrap().rows.remove(0);
    assert_eq!(
        (done.stage, done.ended_by.as_deref()),
        (PortalStage::Completed, Some("Noor Marlow"))
    );
}
