//! Piece by piece, and what can go wrong between two of them.

use std::fs;

use super::sending::{
    BLOCK, PIECE, begin, begun, bytes, console_of, cut_piece, head, id, is_refused, is_whole, json,
    look, offset, piece, rest, send,
};
use crate::cast::ALDER;
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_sending_breaks_at_every_tenth_arrives_whole() {
    let office = Office::open().await;
    let (maya, place) = (office.maya(), office.portal_path(ALDER).await);
    let all = bytes(2_500_003);
    let upload = begun(maya, &place, "Books.zip", all.len()).await;

    let mut at = 0;
    for tenth in 1..10 {
        let cut = all.len() * tenth / 10;
        cut_piece(maya, &upload, at, &all[at..], cut - at).await;
        at = offset(&look(maya, &upload).await);
        assert_eq!(at, cut / BLOCK * BLOCK, "at tenth {tenth}");
    }
    is_whole(&rest(maya, &upload, at, &all).await, &all);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_after_the_server_was_started_anew() {
    let mut office = Office::open().await;
    let place = office.portal_path(ALDER).await;
    let all = bytes(2 * PIECE + 17);
    let upload = begun(office.maya(), &place, "Ledger.csv", all.len()).await;
    for from in [0, PIECE] {
        let page = piece(office.maya(), &upload, from, &all[from..from + PIECE]).await;
        assert_eq!((page.status, offset(&page)), (204, from + PIECE));
        let data = office.data();
        office = office.moved_to(data).await;
        assert_eq!(offset(&look(office.maya(), &upload).await), from + PIECE);
    }
    let done = rest(office.maya(), &upload, 2 * PIECE, &all).await;
    is_whole(&done, &all);

    let data = office.data();
    office = office.moved_to(data).await;
    let again = piece(office.maya(), &upload, 2 * PIECE, &all[2 * PIECE..]).await;
    assert_eq!(
        (again.status, json(&again)),
        (200, json(&done)),
        "an answer that was lost is given again"
    );
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_is_given_again_and_the_file_is_there_once() {
    let office = Office::open().await;
    let (maya, place) = (office.maya(), office.portal_path(ALDER).await);
    let all = bytes(PIECE + 5);
    let upload = begun(maya, &place, "Lease.pdf", all.len()).await;
    piece(maya, &upload, 0, &all[..PIECE]).await.assert_status(204);

    let done = piece(maya, &upload, PIECE, &all[PIECE..]).await;

    is_whole(&done, &all);
    for again in [piece(maya, &upload, PIECE, &all[PIECE..]).await, look(maya, &upload).await] {
        assert_eq!((again.status, json(&again)), (200, json(&done)));
    }
    let list = maya.get(&format!("{place}/files")).await;
    list.assert_says("Lease.pdf").assert_says(" 1 file ");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_must_begin_where_the_last_one_ended_and_fit() {
    let office = Office::open().await;
    let (maya, place) = (office.maya(), office.portal_path(ALDER).await);
    let all = bytes(3 * BLOCK);
    let upload = begun(maya, &place, "Scan.jpg", all.len()).await;
    piece(maya, &upload, 0, &all[..BLOCK]).await.assert_status(204);

    for wrong in [0, 1, 2 * BLOCK, 10 * BLOCK] {
        let page = piece(maya, &upload, wrong, &all[..BLOCK]).await;
        assert_eq!((page.status, offset(&page)), (409, BLOCK), "from {wrong}");
    }
    let long = [&all[BLOCK..], b"x"].concat();
    let page = piece(maya, &upload, BLOCK, &long).await;
    is_refused(&page, 409, "More bytes came than were announced");
    let at = offset(&look(maya, &upload).await);
    is_whole(&rest(maya, &upload, at, &all).await, &all);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_requests_for_one_upload_never_mix_their_bytes() {
    let office = Office::open().await;
    let (maya, place) = (office.maya(), office.portal_path(ALDER).await);
    let all = bytes(2 * PIECE);
    let upload = begun(maya, &place, "Photo.heic", all.len()).await;
    let mut slow = maya.begin("PATCH", &upload, PIECE, &head("0")).await;
    slow.send(&all[..PIECE / 2]).await;

    // One waits a moment for the other, whichever of them the server has heard first.
    let other = piece(maya, &upload, 0, &all[..PIECE]).await;
    slow.send(&all[PIECE / 2..PIECE]).await;
    let mut answers = [other.status, slow.answer().await.status];
    answers.sort_unstable();
    assert_eq!(answers, [204, 409]);
    let both = tokio::join!(
        piece(maya, &upload, PIECE, &all[PIECE..]),
        piece(maya, &upload, PIECE, &all[PIECE..])
    );
    for page in [both.0, both.1] {
        is_whole(&page, &all);
    }
    let list = maya.get(&format!("{place}/files")).await;
    list.assert_says("Photo.heic").assert_says(" 1 file ");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_files_of_one_name_at_once_are_two_files() {
    let office = Office::open().await;
    let place = office.portal_path(ALDER).await;
    let (one, other) = (bytes(BLOCK), bytes(BLOCK + 1));

    let (first, second) = tokio::join!(
        send(office.maya(), &place, "Statement.pdf", &one),
        send(office.maya(), &place, "Statement.pdf", &other)
    );

    assert_ne!(id(&first, "file"), id(&second, "file"));
    let list = office.maya().get(&format!("{place}/files")).await;
    list.assert_says("Statement.pdf").assert_says(" 2 files ");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_one_and_folders_that_come_along_are_made() {
    let office = Office::open().await;
    let place = console_of(&office, ALDER).await;
    let done = send(office.sam(), &place, "2026/VAT/Notes.txt", b"").await;
    assert_eq!(id(&done, "name"), "Notes.txt");
    send(office.sam(), &place, "2026/VAT/More.txt", b"more").await;

    let top = office.sam().get(&format!("{place}/files")).await;

    top.assert_says(" 1 folder ").assert_hides("Notes.txt");
    let year = office.sam().click(&top, "2026").await;
    let vat = office.sam().click(&year, "VAT").await;
    vat.assert_sees("Notes.txt").assert_says("More.txt");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_cancelled_leaves_nothing_and_one_that_was_left_can_be_found() {
    let office = Office::open().await;
    let (maya, place) = (office.maya(), office.portal_path(ALDER).await);
    let all = bytes(2 * BLOCK);
    let once = [("once", "one form")];
    let page = begin(maya, &place, "Draft.docx", all.len(), &once).await;
    let twice = begin(maya, &place, "Draft.docx", all.len(), &once).await;
    assert_eq!(id(&page, "id"), id(&twice, "id"), "a form that is sent twice begins one upload");
    let upload = format!("{place}/uploads/{}", id(&page, "id"));
    piece(maya, &upload, 0, &all[..BLOCK]).await.assert_status(204);

    let list = json(&maya.get(&format!("{place}/uploads")).await);
    assert_eq!(list.as_array().unwrap().len(), 1);
    let known = &list[0];
    assert_eq!(
        (known["name"].as_str(), known["offset"].as_u64()),
        (Some("Draft.docx"), Some(65_536))
    );

    maya.post(&format!("{upload}/cancel"), &[]).await.assert_status(204);

    for gone in [look(maya, &upload).await, piece(maya, &upload, BLOCK, &all[BLOCK..]).await] {
        gone.assert_missing();
    }
    assert_eq!(json(&maya.get(&format!("{place}/uploads")).await).as_array().unwrap().len(), 0);
    let left = fs::read_dir(office.data().join("blobs/tmp")).unwrap().count();
    assert_eq!(left, 0, "its bytes are gone");
    office.close().await;
}
