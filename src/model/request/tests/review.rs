//! Staff review what was handed in.

use super::kit::{desk, files, message, new_request, short};
use crate::error::Error;
use crate::model::client::Client;
use crate::model::file::Review;
use crate::model::id::Id;
use crate::model::notices::Pace;
use crate::model::outbox::Letter;
use crate::model::request::{Accepted, Item, ItemState, NewComment, Request, Sending, Stage, What};
use crate::model::staff::Staff;

#[tokio::test]
async fn accepting_the_last_item_completes_the_request() {
    let desk = desk().await;
    let optional = Item { required: false, ..short(3, "Anything else?") };
    let id = desk.sent(new_request(vec![files(1, "Lease"), short(2, "VAT"), optional])).await;
    let file = desk.upload(&desk.maya, id, 1).await;
    desk.answer(&desk.noor, id, 2, "GB 1").await;
    let early = desk.accept(id, vec![1]).await.unwrap_err();
    assert!(early.to_string().contains("is with the client"), "{early}");
    desk.hand_in(&desk.noor, id).await;

    let one = desk.accept(id, vec![1]).await.unwrap();
    assert_eq!(one, Accepted { items: 1, completed: false });
    assert!(matches!(desk.review(file), Some(Review::Reviewed { .. })));
    let again = desk.accept(id, vec![1]).await.unwrap();
    assert_eq!(again, Accepted { items: 0, completed: false });
    let rest = desk.accept(id, vec![]).await.unwrap();
    assert_eq!(rest, Accepted { items: 1, completed: true });
    assert!(matches!(desk.stage(id), Stage::Completed { .. }));
    assert_eq!(desk.history(id).last(), Some(&What::Completed));
    assert!(matches!(desk.accept(id, vec![9]).await, Ok(Accepted { items: 0, .. })));
}

#[tokio::test]
async fn what_is_sent_back_is_answered_anew_and_the_rest_stays() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![files(1, "Lease"), short(2, "VAT")])).await;
    let file = desk.upload(&desk.maya, id, 1).await;
    desk.answer(&desk.maya, id, 2, "GB 1").await;
    desk.hand_in(&desk.maya, id).await;
    let (sam, why) = (desk.sam(), message("The second page is missing."));
    desk.accept(id, vec![2]).await.unwrap();
    sam.return_item(id, 1, why.clone()).await.unwrap();
    assert!(matches!(desk.stage(id), Stage::InProgress { .. }));
    let progress = desk.whole(id).request.progress;
    assert_eq!((progress.done, progress.of, progress.returned, progress.to_review), (1, 2, 1, 0));
    assert_eq!(desk.review(file), Some(Review::Waiting));
    let twice = sam.return_item(id, 1, why.clone()).await.unwrap_err();
    assert!(twice.to_string().contains("with the client already"), "{twice}");
    assert!(matches!(sam.return_item(id, 7, why).await, Err(Error::NotFound)));

    desk.upload(&desk.maya, id, 1).await;
    desk.hand_in(&desk.maya, id).await;
    let done = desk.accept(id, vec![]).await.unwrap();
    assert_eq!(done, Accepted { items: 1, completed: true });
}

#[tokio::test]
async fn what_was_accepted_by_mistake_is_sent_back_once_the_request_is_reopened() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![short(1, "VAT")])).await;
    desk.answer(&desk.maya, id, 1, "GB 1").await;
    desk.hand_in(&desk.maya, id).await;
    let (sam, why) = (desk.sam(), message("That is the company number."));
    desk.accept(id, vec![]).await.unwrap();
    let refused = sam.return_item(id, 1, why.clone()).await.unwrap_err();
    assert!(refused.to_string().contains("Reopen it"), "{refused}");
    sam.reopen_request(id).await.unwrap();
    let todo = desk.portal(&desk.maya).todo(None, 9).unwrap();
    assert!(todo.open.is_empty(), "it is the firm's turn: there is nothing for her to do");
    sam.return_item(id, 1, why).await.unwrap();
    let state = &desk.whole(id).sheet.entries[0].state;
    assert!(matches!(state, ItemState::Returned { .. }));
    desk.answer(&desk.maya, id, 1, "GB 2").await;
}

#[tokio::test]
async fn what_was_handed_in_counts_as_accepted_when_staff_complete_it() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![short(1, "VAT"), short(2, "More")])).await;
    desk.answer(&desk.maya, id, 1, "GB 1").await;
    desk.answer(&desk.maya, id, 2, "No").await;
    desk.hand_in(&desk.maya, id).await;
    let sam = desk.sam();
    sam.return_item(id, 2, message("Why not?")).await.unwrap();
    sam.complete_request(id).await.unwrap();
    sam.complete_request(id).await.unwrap();
    let whole = desk.whole(id);
    assert!(matches!(whole.sheet.entries[0].state, ItemState::Accepted { .. }));
    assert_eq!(whole.request.progress.to_review, 0, "nothing of it waits for anybody");
    assert_eq!(desk.history(id).iter().filter(|what| **what == What::Completed).count(), 1);
}

#[tokio::test]
async fn with_nothing_to_review_handing_in_completes() {
    let desk = desk().await;
    let optional = Item { required: false, ..short(1, "Anything else?") };
    let id = desk.sent(new_request(vec![optional])).await;
    let mails = desk.office.mails().len();
    desk.hand_in(&desk.maya, id).await;
    assert!(matches!(desk.stage(id), Stage::Completed { .. }));
    assert!(desk.history(id).ends_with(&[What::HandedIn, What::Completed]));
    assert_eq!(desk.office.mails().len(), mails + 1, "the firm hears that it was handed in");
}

#[tokio::test]
async fn what_nobody_has_looked_at_is_not_accepted() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![files(1, "Lease")])).await;
    let wrong = desk.upload(&desk.maya, id, 1).await;
    desk.hand_in(&desk.maya, id).await;
    let (sam, priya) = (desk.sam(), desk.priya());
    let seen = vec![(1, sam.request(id).unwrap().sheet.entries[0].mark())];
    priya.return_item(id, 1, message("This is last year's.")).await.unwrap();
    desk.portal(&desk.maya).remove_answer_file(id, 1, wrong).await.unwrap();
    desk.office.tick();
    desk.upload(&desk.maya, id, 1).await;
    desk.hand_in(&desk.maya, id).await;
    let refused = sam.accept_items(id, seen).await.unwrap_err();
    assert!(refused.to_string().contains("answered anew meanwhile"), "{refused}");
    assert!(matches!(desk.whole(id).sheet.entries[0].state, ItemState::HandedIn));
}

#[tokio::test]
async fn a_file_of_an_item_is_sent_back_with_it_and_not_alone() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![files(1, "Lease")])).await;
    let file = desk.upload(&desk.maya, id, 1).await;
    desk.hand_in(&desk.maya, id).await;
    let why = desk.sam().reject_upload(file, message("Blurred.")).await.unwrap_err();
    assert!(why.to_string().contains("handed in for the request “Year end”"), "{why}");
    desk.accept(id, vec![]).await.unwrap();
    assert_eq!(desk.sam().undo_review(vec![file], false).await.unwrap(), 0);
    assert!(matches!(desk.review(file), Some(Review::Reviewed { .. })));
}

#[tokio::test]
async fn whoever_looks_after_the_client_and_whoever_asked_hear_of_it_once_each() {
    let desk = desk().await;
    let (sam, priya) = (desk.sam(), desk.priya());
    let (sams, priyas) = (sam.me().email.clone(), priya.me().email.clone());
    let look_after = |staff: Option<Id<Staff>>| {
        desk.office.put(Client { looked_after_by: staff, ..desk.alder.clone() })
    };
    let hears = || priya.hear_of_answers(&sam.client(desk.alder.id).unwrap().client).unwrap().len();
    let asked = || async {
        let id = desk.draft(new_request(vec![short(1, "VAT")])).await;
        priya.send_request(id, Sending::default()).await.unwrap();
        id
    };
    // What waits for both of them after a contact has handed in and written.
    let told = |id: Id<Request>| {
        let desk = &desk;
        let to = [sams.clone(), priyas.clone()];
        async move {
            for mail in desk.office.mails() {
                desk.office.write(move |tx| tx.delete(mail.id)).await;
            }
            desk.answer(&desk.maya, id, 1, "GB 1").await;
            desk.hand_in(&desk.maya, id).await;
            let new = NewComment {
                item: None,
                text: message("That is all."),
                files: vec![],
                once: String::new(),
            };
            desk.portal(&desk.maya).comment(id, new).await.unwrap();
            let mails = desk.office.mails();
            to.map(|to| {
                let counts = mails.iter().filter(|mail| mail.to == to).map(|mail| &mail.letter);
                counts
                    .map(|letter| match letter {
                        Letter::FromClients { count, .. } => *count,
                        other => panic!("{other:?}"),
                    })
                    .collect::<Vec<_>>()
            })
        }
    };
    look_after(Some(sam.me().id)).await;
    let id = asked().await;
    assert_eq!((told(id).await, hears()), ([vec![2], vec![2]], 2));

    look_after(Some(priya.me().id)).await;
    let id = asked().await;
    assert_eq!((told(id).await, hears()), ([vec![], vec![2]], 1), "one person, one mail");

    look_after(Some(sam.me().id)).await;
    let id = asked().await;
    priya.choose_notices(Pace::Off).await.unwrap();
    assert_eq!((told(id).await, hears()), ([vec![2], vec![]], 1), "she looks by herself");

    priya.choose_notices(Pace::AtOnce).await.unwrap();
    let id = asked().await;
    desk.sam().owner().unwrap().remove_staff(priya.me().id).await.unwrap();
    assert_eq!(told(id).await, [vec![2], vec![]], "she has left the firm");
}
