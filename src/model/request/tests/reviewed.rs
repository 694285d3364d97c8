//! It is the firm's turn, and nothing is left to review: what was opened again, and what is in the trash.

use super::kit::{Desk, desk, files, message, new_request, short, title};
use crate::error::{Error, Result};
use crate::model::file::{File, Picked, Review};
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::model::request::{
    Accepted, Item, Lane, PortalStage, Progress, Request, RequestQuery, RequestState, Stage,
};

/// Requests of the list that stand there.
fn listed(desk: &Desk, state: RequestState) -> usize {
    desk.sam().requests(&RequestQuery { state, ..RequestQuery::default() }).unwrap().total
}

fn at(desk: &Desk, lane: Lane) -> usize {
    listed(desk, RequestState::At(lane))
}

fn lane(desk: &Desk, id: Id<Request>) -> Lane {
    desk.whole(id).request.lane()
}

fn progress(desk: &Desk, id: Id<Request>) -> (u16, u16, u16) {
    let Progress { done, of, to_review, .. } = desk.whole(id).request.progress;
    (done, of, to_review)
}

/// Everything was accepted, and it was opened again, when the day on which it was due was over.
async fn reopened(desk: &Desk) -> Id<Request> {
    let id = desk.sent(new_request(vec![short(1, "VAT")])).await;
    desk.answer(&desk.maya, id, 1, "GB 1").await;
    desk.hand_in(&desk.maya, id).await;
    desk.accept(id, vec![]).await.unwrap();
    let due = Some(desk.today().plus_days(-9));
    desk.office.put(Request { due, ..desk.whole(id).request }).await;
    desk.sam().reopen_request(id).await.unwrap();
    id
}

async fn trash(desk: &Desk, file: Id<File>) -> Result<String> {
    let picked = Picked { files: vec![file], folders: vec![] };
    desk.sam().trash_files(desk.alder.id, picked).await
}

async fn restore(desk: &Desk, file: Id<File>) {
    let picked = Picked { files: vec![file], folders: vec![] };
    desk.sam().restore_files(desk.alder.id, picked).await.unwrap();
}

#[tokio::test]
async fn what_is_opened_again_with_everything_accepted_waits_for_nobody_and_no_review() {
    let desk = desk().await;
    let sam = desk.sam();
    let mails = desk.office.mails().len();
    let id = reopened(&desk).await;
    assert_eq!(lane(&desk, id), Lane::Reviewed);
    assert_eq!((sam.review_count().unwrap(), at(&desk, Lane::HandedIn)), (0, 0));
    let now = sam.requests_now(9).unwrap();
    assert_eq!((now.to_review, now.came_in.len(), now.overdue, now.due.len()), (0, 0, 0, 0));
    assert_eq!((at(&desk, Lane::InProgress), at(&desk, Lane::Reviewed)), (1, 1));
    assert_eq!(
        (listed(&desk, RequestState::Unfinished), listed(&desk, RequestState::Open)),
        (1, 0)
    );
    let board = sam.request_board(&RequestQuery::default(), 9).unwrap();
    let full: Vec<Lane> = board.iter().filter(|c| c.total > 0).map(|c| c.lane).collect();
    assert_eq!(full, [Lane::InProgress]);

    assert_eq!(desk.whole(id).request.next_reminder(), None);
    assert!(matches!(sam.remind_requests(vec![id]).await, Err(Error::Refused(_))));
    let portal = desk.portal(&desk.maya);
    assert!(portal.todo(None, 9).unwrap().open.is_empty());
    assert_eq!(portal.completed(None, 9).unwrap().rows[0].stage, PortalStage::HandedIn);
    assert_eq!(desk.mails_to(&desk.maya), 1, "she was told once, of the request itself");
    assert!(desk.office.mails().len() > mails);

    sam.return_item(id, 1, message("That one is closed.")).await.unwrap();
    assert_eq!(lane(&desk, id), Lane::InProgress);
    desk.answer(&desk.maya, id, 1, "GB 2").await;
    desk.hand_in(&desk.maya, id).await;
    assert_eq!(lane(&desk, id), Lane::HandedIn);
}

#[tokio::test]
async fn what_is_opened_again_is_completed_by_whoever_says_so_and_not_by_another_word() {
    let desk = desk().await;
    let (sam, id) = (desk.sam(), reopened(&desk).await);
    let mut new = desk.asked(id);
    new.items[0].title = title("VAT number");
    sam.save_request(id, new, "").await.unwrap();
    assert_eq!(lane(&desk, id), Lane::Reviewed);
    sam.complete_request(id).await.unwrap();
    assert_eq!(lane(&desk, id), Lane::Completed);

    sam.reopen_request(id).await.unwrap();
    let mut new = desk.asked(id);
    new.items.push(short(2, "And the company number"));
    sam.save_request(id, new, "").await.unwrap();
    assert_eq!(lane(&desk, id), Lane::InProgress);
    assert_eq!(desk.portal(&desk.maya).todo(None, 9).unwrap().open.len(), 1);
}

#[tokio::test]
async fn what_is_in_the_trash_counts_nowhere_and_what_comes_back_counts_again() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![files(1, "Lease")])).await;
    let file = desk.upload(&desk.maya, id, 1).await;
    assert_eq!(progress(&desk, id), (1, 1, 0));
    trash(&desk, file).await.unwrap();
    assert_eq!(progress(&desk, id), (0, 1, 0));
    let portal = desk.portal(&desk.maya);
    assert_eq!(portal.request(id).unwrap().missing, [1]);
    let missing = portal.hand_in(id, String::new()).await.unwrap_err();
    assert!(missing.to_string().contains("“Lease” still needs an answer"), "{missing}");
    restore(&desk, file).await;
    desk.hand_in(&desk.maya, id).await;
    assert_eq!((lane(&desk, id), progress(&desk, id)), (Lane::HandedIn, (1, 1, 1)));

    let seen = vec![(1, desk.sam().request(id).unwrap().sheet.entries[0].mark())];
    trash(&desk, file).await.unwrap();
    assert_eq!((lane(&desk, id), progress(&desk, id)), (Lane::Reviewed, (0, 1, 0)));
    assert_eq!(desk.sam().review_count().unwrap(), 0);
    assert!(!portal.request(id).unwrap().items[0].done);
    let refused = desk.sam().accept_items(id, seen.clone()).await.unwrap_err();
    assert!(refused.to_string().contains("has its files in the trash"), "{refused}");
    restore(&desk, file).await;
    assert_eq!((lane(&desk, id), progress(&desk, id)), (Lane::HandedIn, (1, 1, 1)));
    let accepted = desk.sam().accept_items(id, seen).await.unwrap();
    assert_eq!(accepted, Accepted { items: 1, completed: true });
}

#[tokio::test]
async fn clearing_up_later_changes_nothing_of_a_completed_request() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![files(1, "Lease")])).await;
    let file = desk.upload(&desk.maya, id, 1).await;
    desk.hand_in(&desk.maya, id).await;
    desk.accept(id, vec![]).await.unwrap();
    let before = desk.whole(id).request;
    trash(&desk, file).await.unwrap();
    desk.days_pass(31);
    desk.office.system.sweep_trash().await.unwrap();
    desk.days_pass(-31);
    assert_eq!(desk.office.get(file).map(|file| file.id), None);
    let after = desk.whole(id).request;
    assert_eq!((after.stage, after.progress), (before.stage, before.progress));
    assert_eq!((after.changed, progress(&desk, id)), (before.changed, (1, 1, 0)));
    assert!(desk.portal(&desk.maya).request(id).unwrap().items[0].done);

    desk.sam().reopen_request(id).await.unwrap();
    assert_eq!((lane(&desk, id), progress(&desk, id)), (Lane::Reviewed, (1, 1, 0)));
    desk.sam().return_item(id, 1, message("It is lost.")).await.unwrap();
    let portal = desk.portal(&desk.maya);
    assert!(matches!(portal.hand_in(id, String::new()).await, Err(Error::Refused(_))));
    desk.upload(&desk.maya, id, 1).await;
    desk.hand_in(&desk.maya, id).await;
    assert_eq!((lane(&desk, id), progress(&desk, id)), (Lane::HandedIn, (1, 1, 1)));
    assert_eq!(desk.lost(), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_that_goes_with_its_folder_counts_as_little() {
    let desk = desk().await;
    let optional = Item { required: false, ..files(1, "Lease") };
    let id = desk.sent(new_request(vec![optional, short(2, "VAT")])).await;
    let file = desk.upload(&desk.maya, id, 1).await;
    desk.answer(&desk.maya, id, 2, "GB 1").await;
    desk.hand_in(&desk.maya, id).await;
    let (sam, client) = (desk.sam(), desk.alder.id);
    let name = "Leases".to_owned().try_into().unwrap();
    let folder: Id<Folder> = sam.make_folder(client, None, name, String::new()).await.unwrap();
    let picked = Picked { files: vec![file], folders: vec![] };
    sam.move_files(client, picked, Some(folder)).await.unwrap();
    let picked = || Picked { files: vec![], folders: vec![folder] };
    sam.trash_files(client, picked()).await.unwrap();
    assert_eq!(progress(&desk, id), (1, 2, 1));
    sam.restore_files(client, picked()).await.unwrap();
    assert_eq!(progress(&desk, id), (2, 2, 2));

    // Without it the rest completes the request, and if it comes back, it waits in the Inbox.
    sam.trash_files(client, picked()).await.unwrap();
    let accepted = desk.accept(id, vec![]).await.unwrap();
    assert_eq!(accepted, Accepted { items: 1, completed: true });
    sam.restore_files(client, picked()).await.unwrap();
    assert!(matches!(desk.stage(id), Stage::Completed { .. }));
    assert_eq!(desk.review(file), Some(Review::Waiting));
    assert_eq!(desk.office.get(file).unwrap().handed_in_for, None);
}
