use super::kit::{Asking, Firm, firm, item, question, refused, sent_for, title, typed, upload};
use crate::error::Error;
use crate::model::Id;
use crate::model::file::{Audience, Because, File, Review, Scan};
use crate::model::membership::Areas;
use crate::model::outbox::Letter;
use crate::model::request::{Ask, PortalAsk, Question, Request, Stage, Typed, Value};
use crate::model::scan::{DueScan, Verdict};
use crate::model::upload::{GoOn, Progress};
use crate::values::FileName;

const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3";

fn files(firm: &Firm, id: Id<Request>, number: u16) -> Vec<Id<File>> {
    match firm.entry(id, number).answer.map(|answer| answer.value) {
        Some(Value::Files(files)) => files,
        None => Vec::new(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_goes_where_the_item_says_and_is_called_so() {
    let firm = firm().await;
    let name = FileName::parse("x").unwrap();
    let folder = {
        let (sam, name) = (firm.sam(), crate::values::FolderName::parse("VAT").unwrap());
        sam.make_folder(firm.alder.id, None, name, String::new()).await.unwrap()
    };
    let pattern = title("{{item}} {{number}}, {{client.name}} ({{date}}) {{original}}");
    let ask = Ask::Upload { most: 3, kinds: vec![], folder: Some(folder), name: Some(pattern) };
    let both = Audience::Named(vec![firm.maya.id, firm.noor.id]);
    let items = vec![item(1, "In/out", ask)];
    let id = firm.ask(Asking { items, audience: both.clone(), ..Asking::default() }).await;
    firm.send(&firm.maya, id, Some(1), ("scan.PDF", PDF)).await.unwrap();
    firm.send(&firm.noor, id, Some(1), ("scan.PDF", PDF)).await.unwrap();
    let sent: Vec<File> = files(&firm, id, 1).into_iter().map(|file| firm.file(file)).collect();
    let names: Vec<_> = sent.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        ["In-out 1, Alder Ltd (2026-03-02) scan.PDF", "In-out 2, Alder Ltd (2026-03-02) scan.PDF"]
    );
    for file in &sent {
        assert_eq!((file.folder, &file.audience), (Some(folder), &both));
        assert!(
            matches!(&file.because, Because::Request { title, .. } if title.as_str() == "VAT return")
        );
        assert_eq!(file.review, Some(Review::Waiting));
        assert_ne!(file.name, name);
    }
    assert!(firm.office.mails().is_empty(), "nobody is told of each file");
    assert!(matches!(firm.request(id).stage, Stage::InProgress { .. }));
    let inbox = firm.sam().inbox_count().unwrap();
    assert_eq!(inbox.to_string(), "0", "they are reviewed with their request");
    let noor = firm.portal(&firm.noor).request(id).unwrap();
    let answer = noor.items[0].answer.as_ref().unwrap();
    assert_eq!((answer.files.len(), noor.items[0].room), (2, 1));
}

#[tokio::test]
async fn the_kind_and_the_number_of_files_are_kept_to() {
    let firm = firm().await;
    let items = vec![
        upload(1, "Receipts", 2, &["pdf", "jpg", "qbo"]),
        question(2, "Rent", Question::Short),
    ];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    let send = |item, name: &'static str, bytes| {
        let firm = &firm;
        async move { firm.send(&firm.maya, id, Some(item), (name, bytes)).await }
    };
    let why = refused(send(1, "a.docx", PDF).await);
    assert!(why.ends_with("“Receipts” takes: PDF, picture or .qbo."), "{why}");
    assert!(refused(send(2, "a.pdf", PDF).await).contains("takes no files"));
    let wrong = send(1, "a.pdf", b"MZ\x90\0\x03\0\0\0").await.unwrap();
    assert!(wrong.kept.unwrap().contains("is not what its name says, but this: Program"));
    assert_eq!(firm.file(wrong.file).handed_in_for, None);
    let empty = send(1, "b.pdf", b"").await.unwrap();
    assert!(empty.kept.unwrap().starts_with("“b.pdf” is empty (0 bytes)."));
    let uploads = firm.portal(&firm.maya).uploads().unwrap();
    assert!(refused(uploads.begin(sent_for(id, Some(1), "b.pdf"), 0).await).contains("is empty"));
    send(1, "a.qbo", b"OFXHEADER:100").await.unwrap();
    send(1, "A.JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF").await.unwrap();
    assert!(refused(send(1, "c.pdf", PDF).await).contains("that many are there"));
    let sheet = firm.portal(&firm.noor).request(id).unwrap();
    let PortalAsk::Upload { accept, takes, .. } = &sheet.items[0].ask else { panic!() };
    assert!(accept.starts_with(".pdf,.jpg,.jpeg") && accept.ends_with(".qbo"), "{accept}");
    assert_eq!(takes, "PDF, picture or .qbo");
    let why = refused(
        firm.answer(&firm.noor, id, 1, Typed { not_there: true, ..Typed::default() }).await,
    );
    assert!(why.contains("Remove them first"));
}

#[tokio::test]
async fn what_comes_too_late_is_kept_and_said() {
    let firm = firm().await;
    let items = vec![upload(1, "Receipts", 1, &[])];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    let uploads = firm.portal(&firm.maya).uploads().unwrap();
    let begun = uploads.begin(sent_for(id, Some(1), "late.pdf"), 10).await.unwrap();
    let plain = uploads.receive(sent_for(id, Some(1), "later.pdf"), None).await.unwrap();
    firm.send(&firm.noor, id, Some(1), ("first.pdf", PDF)).await.unwrap();
    firm.portal(&firm.noor).hand_in(id, "1".into()).await.unwrap();
    let GoOn::Piece(mut piece) = uploads.go_on(begun.id, 0).await.unwrap() else { panic!() };
    piece.write((&b"0123456789"[..]).into()).await.unwrap();
    let Progress::Done(received) = piece.finish().await.unwrap() else { panic!() };
    let mut plain = plain;
    plain.write((&b"0123456789"[..]).into()).await.unwrap();
    for received in [received, plain.finish().await.unwrap()] {
        let kept = received.kept.unwrap();
        assert!(kept.starts_with("Noor Marlow has handed this in"), "{kept}");
        let file = firm.file(received.file);
        assert_eq!((file.handed_in_for, &file.audience), (None, &Audience::Firm));
        assert!(firm.portal(&firm.maya).get(file.id).is_ok());
        assert!(firm.portal(&firm.noor).get(file.id).is_err());
    }
    assert_eq!(firm.sam().inbox_count().unwrap().to_string(), "2");
    assert_eq!(files(&firm, id, 1).len(), 1);
    let why = refused(firm.send(&firm.maya, id, Some(1), ("again.pdf", PDF)).await);
    assert!(why.contains("has handed this in"));
}

#[tokio::test]
async fn whoever_has_requests_but_no_files_can_hand_files_in() {
    let firm = firm().await;
    let items = vec![upload(1, "Receipts", 5, &[])];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    firm.areas(&firm.maya, Areas { files: false, ..Areas::ALL }).await;
    firm.areas(&firm.noor, Areas { requests: false, ..Areas::ALL }).await;
    let theirs = firm.record(&firm.alder, "Accounts.pdf", Audience::Everyone).await;
    let sent = firm.send(&firm.maya, id, Some(1), ("a.pdf", PDF)).await.unwrap();
    let maya = firm.portal(&firm.maya);
    let sheet = maya.request(id).unwrap();
    assert_eq!(sheet.items[0].answer.as_ref().unwrap().files[0].name.as_str(), "a.pdf");
    assert_eq!(maya.open_file(sent.file).unwrap().bytes, PDF.len() as u64);
    assert!(maya.get(theirs).is_err() && maya.folder(None, None, 10).is_err());
    let ordinary = crate::model::NewUpload { name: "b.pdf".into(), ..Default::default() };
    let refused = maya.uploads().unwrap().receive(ordinary, None).await;
    assert!(matches!(refused.err(), Some(Error::NotFound)));
    let other = firm.send(&firm.noor, id, Some(1), ("c.pdf", PDF)).await;
    assert!(matches!(other, Err(Error::NotFound)));
    assert!(firm.portal(&firm.noor).get(sent.file).is_ok(), "everyone is asked, and has Files");
}

#[tokio::test]
async fn nobody_hands_in_for_what_they_are_not_asked() {
    let firm = firm().await;
    let items = vec![upload(1, "Receipts", 5, &[])];
    let audience = Audience::Named(vec![firm.maya.id]);
    let id = firm.ask(Asking { items, audience, ..Asking::default() }).await;
    for item in [Some(1), None] {
        let sent = firm.send(&firm.noor, id, item, ("a.pdf", PDF)).await;
        assert!(matches!(sent, Err(Error::NotFound)));
        let ben = firm.portal_of(&firm.ben, &firm.beech).unwrap();
        let begun = ben.uploads().unwrap().begin(sent_for(id, item, "a.pdf"), 5).await;
        assert!(matches!(begun, Err(Error::NotFound)));
        let staff = firm.sam().uploads(firm.alder.id).unwrap();
        let begun = staff.begin(sent_for(id, item, "a.pdf"), 5).await;
        assert!(matches!(begun, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn what_was_handed_in_is_changed_with_its_request_alone() {
    let firm = firm().await;
    let items = vec![upload(1, "Receipts", 5, &[]), upload(2, "Lease", 1, &[])];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    let one = firm.send(&firm.maya, id, Some(1), ("a.pdf", PDF)).await.unwrap().file;
    let two = firm.send(&firm.maya, id, Some(1), ("a.pdf", PDF)).await.unwrap().file;
    assert_eq!(firm.file(two).name.as_str(), "a (2).pdf");
    let maya = firm.portal(&firm.maya);
    let name = FileName::parse("b.pdf").unwrap();
    assert!(refused(maya.rename_upload(one, name).await).contains("belongs to a request"));
    refused(maya.withdraw_upload(one).await);
    refused(maya.show_upload_to(one, true).await);
    assert_eq!(maya.get(one).unwrap().upload.unwrap().request, Some(id));
    let noor = firm.portal(&firm.noor);
    assert!(matches!(noor.remove_answer_file(id, 2, one).await, Err(Error::NotFound)));
    noor.remove_answer_file(id, 1, one).await.unwrap();
    assert_eq!(firm.file(one).trash.unwrap().by.name, "Noor Marlow");
    assert_eq!(files(&firm, id, 1), [two]);
    maya.remove_answer_file(id, 1, two).await.unwrap();
    assert_eq!(firm.entry(id, 1).answer, None);
    firm.answer(&firm.maya, id, 1, Typed { not_there: true, ..typed("") }).await.unwrap();
    firm.send(&firm.noor, id, Some(1), ("b.pdf", PDF)).await.unwrap();
    assert_eq!(files(&firm, id, 1).len(), 1, "a file takes the place of “I do not have this”");
}

#[tokio::test]
async fn what_the_scan_says_of_an_answer_reaches_only_whom_it_concerns() {
    let firm = firm().await;
    let items = vec![upload(1, "Receipts", 5, &[])];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    firm.areas(&firm.maya, Areas { files: false, ..Areas::ALL }).await;
    let mut scanned = Vec::new();
    for name in ["a.pdf", "b.pdf"] {
        let sent = firm.send(&firm.maya, id, Some(1), (name, PDF)).await.unwrap();
        let mut file = firm.file(sent.file);
        file.versions[0].scan = Scan::Waiting;
        firm.office.put(file).await;
        scanned.push(DueScan { file: sent.file, version: 1 });
    }
    let system = &firm.office.system;
    system.scanned(scanned[0], Verdict::Clean).await.unwrap();
    assert!(firm.office.mails().is_empty(), "they hear of the request, not of each file");
    system.scanned(scanned[1], Verdict::Infected("Eicar".into())).await.unwrap();
    let mails = firm.office.mails();
    let to_maya = mails.iter().find(|mail| Some(&mail.to) == firm.maya.primary()).unwrap();
    let Letter::UploadInfected { path, mine: true, .. } = &to_maya.letter else { panic!() };
    assert_eq!(*path, format!("/p/{}/requests/{id}", firm.alder.id), "the files are closed to her");
}

#[tokio::test]
async fn an_attachment_waits_in_the_inbox_also_if_its_comment_never_comes() {
    let firm = firm().await;
    let id = firm.ask(Asking::default()).await;
    let sent = firm.send(&firm.maya, id, None, ("a.pdf", PDF)).await.unwrap();
    assert_eq!(firm.sam().inbox_count().unwrap(), 1);
    assert_eq!(firm.portal(&firm.maya).get(sent.file).unwrap().upload.unwrap().request, None);
    firm.portal(&firm.maya).withdraw_upload(sent.file).await.unwrap();
    assert_eq!(firm.sam().inbox_count().unwrap(), 0, "it is hers until somebody has looked");
}
