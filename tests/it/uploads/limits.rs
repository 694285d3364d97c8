//! What is too large, too much, or has no room.

use super::sending::{
    PIECE, begin, begun, bytes, console_of, is_refused, is_whole, look, offset, piece, rest,
};
use crate::cast::{ALDER, FIRM};
use crate::office::Office;

/// Has an Admin set the limits.
async fn set(office: &Office, largest_mb: &str, keep_free_mb: &str) {
    let typed = [("largest_mb", largest_mb), ("keep_free_mb", keep_free_mb)];
    let page = office.rita().post("/console/settings/files", &typed).await;
    page.assert_status(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_larger_than_the_firm_allows_is_refused_before_it_is_sent_or_while_it_is() {
    let office = Office::open().await;
    let (maya, place) = (office.maya(), office.portal_path(ALDER).await);
    set(&office, "1", "").await;
    let page = begin(maya, &place, "Film.mp4", 1_000_001, &[]).await;
    is_refused(&page, 413, "too large: at most 1 MB");
    let fits = bytes(1_000_000);
    let upload = begun(maya, &place, "Fits.bin", fits.len()).await;
    is_whole(&rest(maya, &upload, 0, &fits).await, &fits);

    let files = format!("{place}/files");
    let page = maya.upload(&files, &[], ("file", &bytes(1_000_001))).await;

    page.assert_status(413).assert_says("too large");
    maya.get(&files).await.assert_sees("Fits.bin").assert_hides("Film.mp4");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_that_would_fill_the_disk_and_both_sides_are_told_what_to_do() {
    let office = Office::open().await;
    let (maya, place) = (office.maya(), office.portal_path(ALDER).await);
    let all = bytes(2 * PIECE);
    let upload = begun(maya, &place, "Begun.zip", all.len()).await;
    piece(maya, &upload, 0, &all[..PIECE]).await.assert_status(204);
    // More than any disk of ours has.
    set(&office, "5000", "1000000").await;

    let ask = format!("There is no room for this at the moment. Ask {FIRM}");
    is_refused(&begin(maya, &place, "New.zip", 10, &[]).await, 507, &ask);
    let second = piece(maya, &upload, PIECE, &all[PIECE..]).await;
    is_refused(&second, 507, "What has arrived of this file is kept.");
    let files = format!("{place}/files");
    maya.upload(&files, &[], ("file", b"a")).await.assert_status(507).assert_says(&ask);
    let record = console_of(&office, ALDER).await;
    let page = begin(office.sam(), &record, "New.zip", 10, &[]).await;
    is_refused(&page, 507, "of the server's disk are free");

    // What had arrived is still there once there is room again.
    set(&office, "5000", "").await;
    assert_eq!(offset(&look(maya, &upload).await), PIECE);
    is_whole(&rest(maya, &upload, PIECE, &all).await, &all);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_more_than_twenty_files_on_their_way_at_once() {
    let office = Office::open().await;
    let place = office.portal_path(ALDER).await;
    for n in 0..20 {
        begun(office.maya(), &place, &format!("{n}.txt"), 10).await;
    }
    let page = begin(office.maya(), &place, "20.txt", 10, &[]).await;
    is_refused(&page, 409, "on their way already");
    begun(office.noor(), &place, "Mine.txt", 10).await;
    let page = begin(office.noor(), &place, "Huge.bin", 19_999_999_999, &[]).await;
    page.assert_status(413);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_upload_is_told_what_is_missing() {
    let office = Office::open().await;
    let place = console_of(&office, ALDER).await;
    let sam = office.sam();
    is_refused(&begin(sam, &place, "", 10, &[]).await, 422, "what the file is called");
    let page = begin(sam, &place, "a.txt", 10, &[("audience", "all")]).await;
    is_refused(&page, 422, "Choose who sees it");
    begin(sam, &place, "a.txt", 10, &[("folder", "fo_none")]).await.assert_missing();
    begin(sam, &place, "a.txt", 10, &[("replaces", "fi_none")]).await.assert_missing();
    let upload = begun(sam, &place, "a.txt", 10).await;
    sam.send_bytes("PATCH", &upload, b"0123456789", &[]).await.assert_status(400);
    office.close().await;
}
