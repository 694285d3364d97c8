//! Whoever has nothing to do with an upload finds nothing.

use super::sending::{
    begin, begun, bytes, console_of, id, is_whole, json, look, piece, rest, send,
};
use crate::cast::{ALDER, BEECH};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_its_senders_alone() {
    let office = Office::open().await;
    let (record, place) = (console_of(&office, ALDER).await, office.portal_path(ALDER).await);
    let beech = office.portal_path(BEECH).await;
    let all = bytes(70_000);
    let upload = begun(office.maya(), &place, "Mine.pdf", all.len()).await;
    let upload_id = upload.rsplit('/').next().unwrap();

    for (who, place) in [
        (office.noor(), &place),
        (office.ben(), &place),
        (office.ben(), &beech),
        (office.sam(), &record),
    ] {
        let theirs = format!("{place}/uploads/{upload_id}");
        look(who, &theirs).await.assert_missing();
        piece(who, &theirs, 0, &all).await.assert_missing();
        who.post(&format!("{theirs}/cancel"), &[]).await.assert_missing();
    }
    let list = office.noor().get(&format!("{place}/uploads")).await;
    assert_eq!(json(&list).as_array().unwrap().len(), 0);
    let done = rest(office.maya(), &upload, 0, &all).await;
    is_whole(&done, &all);
    piece(office.noor(), &upload, 0, &all).await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_adds_nothing_to_a_folder_that_they_do_not_see() {
    let office = Office::open().await;
    let (record, place) = (console_of(&office, ALDER).await, office.portal_path(ALDER).await);
    begun(office.sam(), &record, "Inside/Notes.txt", 3).await;
    let list = office.sam().get(&format!("{record}/uploads")).await;
    let folder = json(&list)[0]["folder"].as_str().unwrap().to_owned();

    begin(office.maya(), &place, "a.txt", 1, &[("folder", &folder)]).await.assert_missing();

    // Once it is shared and something in it is shown to her, she sees it.
    let share = [("folder", folder.as_str()), ("audience", "everyone")];
    office.sam().post(&format!("{record}/files/share"), &share).await.assert_status(303);
    let more = [("folder", folder.as_str()), ("audience", "everyone")];
    let shared = begin(office.sam(), &record, "For all.txt", 3, &more).await;
    let upload = format!("{record}/uploads/{}", id(&shared, "id"));
    rest(office.sam(), &upload, 0, b"all").await.assert_status(200);
    let page = begin(office.maya(), &place, "a.txt", 1, &[("folder", &folder)]).await;
    page.assert_status(201);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_ends_between_two_pieces_ends_the_upload() {
    let office = Office::open().await;
    let (record, place) = (console_of(&office, ALDER).await, office.portal_path(ALDER).await);
    let all = bytes(70_000);
    let upload = begun(office.maya(), &place, "Late.pdf", all.len()).await;
    let contacts = office.olive().get(&format!("{record}/contacts")).await;
    let asked = office.olive().click(&contacts, "Remove contact Maya Linden").await;
    office.olive().press(&asked, "Remove contact", &[]).await.assert_status(200);

    piece(office.maya(), &upload, 0, &all).await.assert_missing();

    office.sam().get("/console/inbox").await.assert_hides("Late.pdf");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_keeps_the_file_its_place_and_its_readers() {
    let office = Office::open().await;
    let (record, place) = (console_of(&office, ALDER).await, office.portal_path(ALDER).await);
    let more = [("audience", "everyone")];
    let first = begin(office.sam(), &record, "Accounts.docx", 5, &more).await;
    let upload = format!("{record}/uploads/{}", id(&first, "id"));
    let file = id(&rest(office.sam(), &upload, 0, b"draft").await, "file");

    let second = begin(office.sam(), &record, "scan0001.pdf", 5, &[("replaces", &file)]).await;
    let upload = format!("{record}/uploads/{}", id(&second, "id"));
    let done = rest(office.sam(), &upload, 0, b"final").await;

    is_whole(&done, b"final");
    assert_eq!((id(&done, "file"), id(&done, "name")), (file.clone(), "Accounts.pdf".to_owned()));
    assert_eq!(json(&done)["version"].as_u64(), Some(2));
    office.noor().get(&format!("{place}/files")).await.assert_sees("Accounts.pdf");
    // A contact has no new versions: what they add is a file of its own.
    let theirs = begin(office.maya(), &place, "Own.txt", 3, &[("replaces", &file)]).await;
    let upload = format!("{place}/uploads/{}", id(&theirs, "id"));
    assert_ne!(id(&rest(office.maya(), &upload, 0, b"own").await, "file"), file);
    send(office.maya(), &place, "Another.txt", b"another").await;
    office.close().await;
}
