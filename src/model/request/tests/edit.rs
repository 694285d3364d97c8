//! Staff change what is asked while it is being answered.

use super::kit::{confirm, desk, files, item, message, new_request, short, title, yes_no};
use crate::model::contact::Contact;
use crate::model::file::{Audience, Picked, Review};
use crate::model::id::Id;
use crate::model::inbox::InboxOrder;
use crate::model::membership::Access;
use crate::model::request::{
    Ask, Condition, Holds, Item, ItemState, NewComment, NewRequest, Question, Seen, Stage, Typed,
    Value, What,
};

#[tokio::test]
async fn answers_stay_as_long_as_they_answer_what_is_asked() {
    let desk = desk().await;
    let one = Ask::Question(Question::One(vec![title("Lent"), title("Owned")]));
    let asked = vec![
        short(1, "VAT number"),
        item(2, "The office is", one),
        confirm(3, "All true", "All of it is true."),
        yes_no(4, "Any loans?"),
    ];
    let id = desk.sent(new_request(asked)).await;
    for (number, text) in [(1, "GB 1"), (2, "Lent"), (3, "yes"), (4, "no")] {
        desk.answer(&desk.maya, id, number, text).await;
    }
    let mut new = desk.asked(id);
    new.items[0].title = title("VAT number of the group");
    let more = ["Lent", "Owned", "Leased"].map(title).to_vec();
    new.items[1].ask = Ask::Question(Question::One(more));
    new.items[2].ask = Ask::Confirm { statement: message("All of it is true and complete.") };
    new.items[3].ask = Ask::Question(Question::Short);
    let lost = desk.sam().what_is_lost(id, &new).unwrap().what;
    let saved = desk.sam().save_request(id, new, "").await.unwrap();

    assert_eq!(desk.value(id, 1), Some(Value::Text(message("GB 1"))));
    assert_eq!(desk.value(id, 2), Some(Value::One(title("Lent"))));
    assert_eq!(desk.value(id, 3), None, "nobody has agreed to these words");
    assert_eq!(desk.value(id, 4), None);
    let revisions: Vec<u32> =
        desk.whole(id).sheet.entries.iter().map(|entry| entry.revision).collect();
    assert_eq!(revisions, [2, 2, 2, 2]);
    assert_eq!(lost.len(), 2, "staff were told before: {lost:?}");
    assert!(lost[1].contains("“Any loans?” and dropped the answer “No”"), "{lost:?}");
    let history = desk.history(id);
    let Some(What::Edited { what }) = history.last() else { panic!("{history:?}") };
    assert!(lost.iter().all(|lost| what.contains(lost)), "the history keeps what was answered");
    let told = format!("{:?}{:?}", desk.office.said(), saved.said);
    assert!(told.contains("“Any loans?” and dropped the answer, which does not fit any more"));
    assert!(!told.contains("“No”"), "the activity, which is never deleted, does not: {told}");
}

#[tokio::test]
async fn whoever_lets_an_answer_go_is_asked_again_when_it_is_another_one() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![files(1, "Lease")])).await;
    let lost = || {
        let none = NewRequest { items: vec![], ..desk.asked(id) };
        desk.sam().what_is_lost(id, &none).unwrap()
    };
    assert_eq!(lost().what, Vec::<String>::new());
    let first = desk.upload(&desk.maya, id, 1).await;
    let one = lost();
    desk.portal(&desk.maya).remove_answer_file(id, 1, first).await.unwrap();
    desk.upload(&desk.maya, id, 1).await;
    let other = lost();
    assert_eq!(one.what, other.what, "in words it is the same");
    assert_ne!(one.mark, other.mark);
    let disorder = NewRequest { items: vec![short(u16::MAX, "VAT")], ..desk.asked(id) };
    assert_eq!(desk.sam().what_is_lost(id, &disorder).unwrap().what, Vec::<String>::new());
    assert!(desk.sam().save_request(id, disorder, "").await.is_err());
}

#[tokio::test]
async fn what_comes_meanwhile_keeps_nobody_from_saving_and_is_kept() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![short(1, "VAT number")])).await;
    let (seen, mut new) = (desk.sam().request(id).unwrap().edition, desk.asked(id));
    desk.answer(&desk.maya, id, 1, "GB 1").await;
    new.items[0].help = Some(message("It stands on your letter head."));
    new.items.push(short(2, "Company number"));
    desk.sam().save_request(id, new, &seen).await.unwrap();
    assert_eq!(desk.value(id, 1), Some(Value::Text(message("GB 1"))));
    assert!(matches!(desk.stage(id), Stage::InProgress { .. }));
    assert_eq!((desk.whole(id).request.progress.done, desk.whole(id).request.progress.of), (1, 2));
}

#[tokio::test]
async fn a_contact_never_answers_another_question_than_they_read() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![yes_no(1, "Do you agree?")])).await;
    let portal = desk.portal(&desk.maya);
    let read = portal.request(id).unwrap().items[0].clone();
    let mut new = desk.asked(id);
    new.items[0].title = title("Do you object?");
    desk.sam().save_request(id, new, "").await.unwrap();
    let seen = Seen { edition: read.edition, revision: read.revision };
    let typed = Typed { text: "yes".into(), ..Typed::default() };
    portal.save_answer(id, 1, typed, seen).await.unwrap();
    assert_eq!(desk.value(id, 1), None);
}

#[tokio::test]
async fn what_was_handed_in_for_an_item_that_is_gone_waits_in_the_inbox() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![files(1, "Lease"), short(2, "VAT number")])).await;
    let file = desk.upload(&desk.maya, id, 1).await;
    let in_inbox = || desk.sam().inbox(InboxOrder::Oldest, None, 9).unwrap().rows.len();
    assert_eq!(in_inbox(), 0);
    let mut new = desk.asked(id);
    new.items.remove(0);
    let saved = desk.sam().save_request(id, new, "").await.unwrap();
    assert_eq!(saved.said, ["removed “Lease” with its answer"]);
    assert_eq!((in_inbox(), desk.review(file)), (1, Some(Review::Waiting)));
    let numbers: Vec<u16> =
        desk.whole(id).sheet.entries.iter().map(|entry| entry.item.number).collect();
    assert_eq!(numbers, [2], "an item keeps its number");
}

#[tokio::test]
async fn one_item_more_gives_a_handed_in_request_back_to_the_client() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![short(1, "VAT number")])).await;
    desk.answer(&desk.maya, id, 1, "GB 1").await;
    desk.hand_in(&desk.maya, id).await;
    let mut renamed = desk.asked(id);
    renamed.title = title("Year end 2026");
    desk.sam().save_request(id, renamed, "").await.unwrap();
    assert!(matches!(desk.stage(id), Stage::HandedIn { .. }), "there is nothing to do by that");

    let mut more = desk.asked(id);
    more.items.push(short(2, "Company number"));
    desk.sam().save_request(id, more, "").await.unwrap();
    assert!(matches!(desk.stage(id), Stage::InProgress { .. }));
    assert_eq!(desk.whole(id).sheet.entry(1).unwrap().state, ItemState::HandedIn);

    let mut fewer = desk.asked(id);
    fewer.items.remove(1);
    desk.sam().save_request(id, fewer, "").await.unwrap();
    let Stage::HandedIn { by, .. } = desk.stage(id) else { panic!("{:?}", desk.stage(id)) };
    assert_eq!(by, super::kit::Desk::author(&desk.maya), "it is as she handed it in");
}

#[tokio::test]
async fn what_is_over_is_not_edited() {
    let desk = desk().await;
    let sam = desk.sam();
    let id = desk.sent(new_request(vec![])).await;
    sam.complete_request(id).await.unwrap();
    let refused = sam.save_request(id, desk.asked(id), "").await.unwrap_err();
    assert!(refused.to_string().contains("Reopen it"), "{refused}");
    sam.reopen_request(id).await.unwrap();
    sam.save_request(id, desk.asked(id), "").await.unwrap();
    sam.withdraw_requests(vec![id]).await.unwrap();
    assert!(sam.save_request(id, desk.asked(id), "").await.is_err());
}

#[tokio::test]
async fn whoever_is_asked_from_now_on_is_told_and_sees_what_belongs_to_it() {
    let desk = desk().await;
    let guide = desk.file("Guide.txt", Audience::Firm).await;
    let new = NewRequest {
        audience: Audience::Named(vec![desk.maya.id]),
        attached: vec![guide],
        ..new_request(vec![])
    };
    let id = desk.sent(new).await;
    let told = desk.mails_to(&desk.maya);
    let both = Audience::Named(vec![desk.maya.id, desk.noor.id]);
    let new = NewRequest { audience: both, ..desk.asked(id) };
    let saved = desk.sam().save_request(id, new, "").await.unwrap();
    assert_eq!(saved.said, ["asked Maya Marlow and Noor Marlow instead"]);
    assert!(desk.portal(&desk.noor).request(id).is_ok() && desk.sees_file(&desk.noor, guide));
    assert_eq!((desk.mails_to(&desk.maya), desk.mails_to(&desk.noor)), (told, 1));
}

#[tokio::test]
async fn an_item_that_appears_by_an_edit_is_the_clients_turn_and_fields_are_filled_in() {
    let desk = desk().await;
    let only_if = Some(Condition { item: 1, holds: Holds::Yes });
    let loan = Item { only_if, ..short(2, "Which loans?") };
    let id = desk.sent(new_request(vec![yes_no(1, "Any loans?"), loan])).await;
    desk.answer(&desk.maya, id, 1, "no").await;
    desk.hand_in(&desk.maya, id).await;
    let mut new = desk.asked(id);
    new.items[1].only_if = None;
    new.items[1].title = title("Which loans has {{client.name}}?");
    desk.sam().save_request(id, new, "").await.unwrap();
    assert!(matches!(desk.stage(id), Stage::InProgress { .. }));
    let entry = &desk.whole(id).sheet.entries[1];
    assert_eq!(entry.item.title, title("Which loans has Alder Ltd?"));
}

#[tokio::test]
async fn files_follow_whom_staff_ask_and_what_staff_chose_stays() {
    let desk = desk().await;
    let all = Audience::Named(vec![desk.maya.id, desk.noor.id]);
    let asked = vec![files(1, "Lease"), files(2, "Rent")];
    let id = desk.sent(NewRequest { audience: all, ..new_request(asked) }).await;
    let mayas = desk.upload(&desk.maya, id, 1).await;
    let noors = desk.upload(&desk.noor, id, 1).await;
    let (chosen, gone) =
        (desk.upload(&desk.maya, id, 2).await, desk.upload(&desk.maya, id, 2).await);
    let guide = desk.file("Guide.txt", Audience::Firm).await;
    let (sam, alder) = (desk.sam(), desk.alder.id);
    let comment =
        NewComment { item: None, text: message("See"), files: vec![guide], once: String::new() };
    sam.comment(id, comment, true).await.unwrap();
    let (everyone, once) = (Audience::Everyone, String::new());
    sam.share_files(alder, Picked::file(chosen), everyone, false, once).await.unwrap();
    sam.trash_files(alder, Picked::file(gone)).await.unwrap();
    assert!(desk.sees_file(&desk.noor, mayas));

    let ask = async |who: Vec<Id<Contact>>| {
        let new = NewRequest { audience: Audience::Named(who), ..desk.asked(id) };
        desk.sam().save_request(id, new, "").await.unwrap();
        desk.office.tick();
    };
    let told = desk.office.mails().len();
    ask(vec![desk.maya.id]).await;
    sam.restore_files(alder, Picked::file(gone)).await.unwrap();
    assert!(!desk.sees_file(&desk.noor, mayas), "she is not asked any more");
    assert!(!desk.sees_file(&desk.noor, gone), "also what lay in the trash");
    assert!(desk.sees_file(&desk.noor, noors) && desk.sees_file(&desk.maya, noors), "her own");
    assert!(desk.sees_file(&desk.noor, chosen), "staff have chosen that for this file");
    assert_eq!(desk.office.mails().len(), told, "nobody is told of each file");

    let since = desk.office.clock.now();
    desk.office.tie(&desk.ben, &desk.alder, Access::Given { since }).await;
    ask(vec![desk.ben.id]).await;
    let ben = desk.portal_at(&desk.ben, &desk.alder);
    assert!(ben.open_file(mayas).is_ok(), "he sees what is there already");
    assert!(ben.open_file(guide).is_ok(), "and what was said with it");
    assert!(desk.sees_file(&desk.maya, mayas) && !desk.sees_file(&desk.maya, noors));
}
