use super::kit::{Asking, Firm, firm, message, question, refused, upload};
use crate::model::Id;
use crate::model::contact::Contact;
use crate::model::file::{Audience, Author, Because, File};
use crate::model::request::{NewComment, Question, Request, Stage};

const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3";

fn said(text: &str, item: Option<u16>, files: Vec<Id<File>>) -> NewComment {
    NewComment { item, text: message(text), files, once: String::new() }
}

/// What somebody reads: the item, the text, and the names of files.
fn read(firm: &Firm, who: &Contact, id: Id<Request>) -> Vec<(Option<u16>, String, Vec<String>)> {
    let sheet = firm.portal(who).request(id).unwrap();
    let of_items = sheet.items.into_iter().flat_map(|item| item.comments);
    let all = sheet.comments.into_iter().chain(of_items);
    all.map(|comment| {
        let files = comment.files.iter().map(|file| file.name.to_string()).collect();
        (comment.item, comment.text.to_string(), files)
    })
    .collect()
}

#[tokio::test]
async fn both_sides_talk_about_the_whole_and_about_an_item() {
    let firm = firm().await;
    let items = vec![question(1, "Lease", Question::Short)];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    let maya = firm.portal(&firm.maya);
    let attached = firm.send(&firm.maya, id, None, ("photo.pdf", PDF)).await.unwrap().file;
    let new = NewComment { once: "a".into(), ..said("See this", None, vec![attached]) };
    let one = maya.comment(id, new.clone()).await.unwrap();
    assert_eq!(maya.comment(id, new).await.unwrap(), one);
    firm.office.tick();
    firm.sam().comment(id, said("Thanks. Until when?", Some(1), vec![]), false).await.unwrap();
    firm.office.tick();
    maya.comment(id, said("Of an item that is gone", Some(7), vec![])).await.unwrap();
    let files = vec!["photo.pdf".to_owned()];
    let all = [
        (None, "See this".to_owned(), files),
        (None, "Of an item that is gone".to_owned(), vec![]),
        (Some(1), "Thanks. Until when?".to_owned(), vec![]),
    ];
    assert_eq!(read(&firm, &firm.noor, id), all);
    let again = maya.comment(id, said("Once more", None, vec![attached])).await;
    assert!(again.is_err(), "it belongs to a comment already");
    let noor = firm.portal(&firm.noor);
    let free = firm.send(&firm.maya, id, None, ("photo.pdf", PDF)).await.unwrap().file;
    assert!(noor.comment(id, said("Not hers", None, vec![free])).await.is_err());
}

#[tokio::test]
async fn files_of_staff_are_shown_only_when_they_say_so() {
    let firm = firm().await;
    let id =
        firm.ask(Asking { items: vec![upload(1, "Lease", 1, &[])], ..Asking::default() }).await;
    let mayas =
        firm.record(&firm.alder, "Old lease.pdf", Audience::Named(vec![firm.maya.id])).await;
    let (sam, beech) =
        (firm.sam(), firm.record(&firm.beech, "Beech.pdf", Audience::Everyone).await);
    assert!(sam.comment(id, said("See", None, vec![beech]), true).await.is_err());
    assert_eq!(sam.comment_hides(id, &[mayas]).unwrap().len(), 1);
    let done = sam.comment(id, said("The old one", None, vec![mayas]), false).await.unwrap();
    assert_eq!(done.hidden[0].as_str(), "Old lease.pdf");
    assert_eq!(read(&firm, &firm.maya, id)[0].2, ["Old lease.pdf"]);
    assert!(read(&firm, &firm.noor, id)[0].2.is_empty());
    let done = sam.comment(id, said("For all", None, vec![mayas]), true).await.unwrap();
    assert!(done.hidden.is_empty());
    assert_eq!(read(&firm, &firm.noor, id)[1].2, ["Old lease.pdf"]);
    assert!(matches!(firm.file(mayas).because, Because::Request { .. }));
}

#[tokio::test]
async fn nothing_is_said_to_what_nobody_sees() {
    let firm = firm().await;
    let audience = Audience::Named(vec![firm.maya.id]);
    let id = firm.ask(Asking { audience, ..Asking::default() }).await;
    assert!(firm.portal(&firm.noor).comment(id, said("Hello", None, vec![])).await.is_err());
    let (sent, by) = (firm.office.clock.now(), Author::of(&firm.staff));
    firm.change(id, |whole| whole.request.stage = Stage::Draft).await;
    refused(firm.sam().comment(id, said("Hello", None, vec![]), false).await);
    firm.change(id, move |w| w.request.stage = Stage::Withdrawn { sent, at: sent, by }).await;
    refused(firm.sam().comment(id, said("Hello", None, vec![]), false).await);
    let why = refused(firm.portal(&firm.maya).comment(id, said("Hello", None, vec![])).await);
    assert!(why.contains("has withdrawn this request"), "{why}");
}
