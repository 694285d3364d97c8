use bytes::Bytes;
use jiff::SignedDuration;

use super::*;
use crate::error::Error;
use crate::model::client::Client;
use crate::model::file::{File, Picked};
use crate::model::file_settings::FileSettings;
use crate::model::folder::Folder;
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};

struct Desk {
    office: Office,
    alder: Client,
}

/// Ivy works for the firm, and Naomi can open the portal of Alder.
async fn desk() -> Desk {
    let office = office().await;
    office.staff("Ivy Alder", "ivy@alderfinch.example", Role::Staff).await;
    let alder = office.client("Alder Ltd").await;
    office.member("Naomi", "naomi@marlow.example", &alder).await;
    Desk { office, alder }
}

impl Desk {
    async fn ivy(&self) -> Uploads {
        let cookie = self.office.log_in("ivy@alderfinch.example", PASSWORD).await;
        self.office.guest.console(&cookie.text()).unwrap().uploads(self.alder.id).unwrap()
    }

    async fn naomi(&self) -> Uploads {
        let cookie = self.office.log_in("naomi@marlow.example", PASSWORD).await;
        self.office.guest.portal(&cookie.text(), self.alder.id).unwrap().uploads().unwrap()
    }

    fn hours_pass(&self, hours: i64) {
        self.office.clock.advance(SignedDuration::from_hours(hours));
    }
}

fn named(name: &str) -> NewUpload {
    NewUpload { name: name.into(), ..NewUpload::default() }
}

/// Sends a piece that is not the last one.
async fn send(uploads: &Uploads, id: Id<Upload>, from: u64, bytes: &[u8]) -> u64 {
    let Ok(GoOn::Piece(mut piece)) = uploads.go_on(id, from).await else {
        panic!("it does not go on at {from}")
    };
    piece.write(Bytes::copy_from_slice(bytes)).await.unwrap();
    match piece.finish().await.unwrap() {
        Progress::At { offset, .. } => offset,
        Progress::Done(_) => panic!("it was not the last one"),
    }
}

#[tokio::test]
async fn an_upload_is_kept_for_a_day_after_its_last_piece_and_for_a_week_at_most() {
    let desk = desk().await;
    let naomi = desk.naomi().await;
    let (left, slow) = (
        naomi.begin(named("left.txt"), 10).await.unwrap().id,
        naomi.begin(named("slow.zip"), 10 * PIECE).await.unwrap().id,
    );
    let mut at = 0;
    let sweep = || desk.office.system.sweep_uploads();
    desk.hours_pass(23);
    at = send(&naomi, slow, at, &vec![1; PIECE as usize]).await;
    assert_eq!(sweep().await.unwrap(), 0);
    desk.hours_pass(2);

    assert_eq!(sweep().await.unwrap(), 1);

    assert!(matches!(naomi.progress(left).await, Err(Error::NotFound)));
    for day in 0..6 {
        at = send(&naomi, slow, at, &vec![day; PIECE as usize]).await;
        assert_eq!(sweep().await.unwrap(), 0, "on day {day}");
        desk.hours_pass(23);
    }
    desk.hours_pass(12);
    assert_eq!(sweep().await.unwrap(), 1, "more than a week is too long");
    assert!(naomi.go_on(slow, at).await.is_err_and(|why| matches!(why, Error::NotFound)));
    assert!(desk.office.all::<Upload>().is_empty());
}

#[tokio::test]
async fn a_file_whose_folder_is_gone_by_the_time_it_is_there_lies_at_the_top() {
    let desk = desk().await;
    let ivy = desk.ivy().await;
    let begun = ivy.begin(named("2026/Ledger.csv"), 3).await.unwrap();
    let folder: Folder = desk.office.all().pop().unwrap();
    assert_eq!(begun.folder, Some(folder.id));
    let cookie = desk.office.log_in("ivy@alderfinch.example", PASSWORD).await;
    let console = desk.office.guest.console(&cookie.text()).unwrap();
    let picked = Picked { folders: vec![folder.id], ..Picked::default() };
    console.trash_files(desk.alder.id, picked).await.unwrap();

    let Ok(GoOn::Piece(mut piece)) = ivy.go_on(begun.id, 0).await else { panic!() };
    piece.write(Bytes::from_static(b"a,b")).await.unwrap();
    let Progress::Done(received) = piece.finish().await.unwrap() else { panic!() };

    let file: File = desk.office.get(received.file).unwrap();
    assert_eq!((file.folder, file.newest().bytes), (None, 3));
    assert_eq!(file.newest().media.what(), "Table (CSV)");
}

#[tokio::test]
async fn what_was_begun_and_dropped_leaves_nothing_behind() {
    let desk = desk().await;
    let naomi = desk.naomi().await;
    let mut receiving = naomi.receive(named("Photo.jpg"), None).await.unwrap();
    receiving.write(Bytes::from(vec![7; 200_000])).await.unwrap();
    drop(receiving);

    let tmp = desk.office.system.core().data.join("blobs/tmp");
    while std::fs::read_dir(&tmp).unwrap().next().is_some() {
        tokio::task::yield_now().await;
    }
    assert!(desk.office.all::<File>().is_empty());
}

#[tokio::test]
async fn bytes_that_landed_are_not_asked_for_again_when_the_record_could_not_be_written() {
    let desk = desk().await;
    let naomi = desk.naomi().await;
    let begun = naomi.begin(named("Lease.pdf"), 4).await.unwrap();
    let Ok(GoOn::Piece(mut piece)) = naomi.go_on(begun.id, 0).await else { panic!() };
    piece.write(Bytes::from_static(b"%PDF")).await.unwrap();
    // Access ends at the last moment, and comes back.
    let tie: crate::model::membership::Membership = desk.office.all().pop().unwrap();
    let mut none = tie.clone();
    none.access = crate::model::membership::Access::None;
    desk.office.put(none).await;
    assert!(matches!(piece.finish().await, Err(Error::NotFound)));
    assert!(matches!(naomi.progress(begun.id).await, Err(Error::NotFound)));
    desk.office.put(tie).await;

    assert!(matches!(naomi.progress(begun.id).await, Ok(Progress::At { offset: 4, bytes: 4 })));
    let Ok(GoOn::Piece(piece)) = naomi.go_on(begun.id, 4).await else { panic!() };
    assert!(matches!(piece.finish().await, Ok(Progress::Done(received)) if received.bytes == 4));
    assert!(desk.office.all::<Upload>().is_empty());
}

#[tokio::test]
async fn those_who_begin_together_are_promised_no_more_room_than_there_is() {
    let desk = desk().await;
    let (naomi, ivy) = (desk.naomi().await, desk.ivy().await);
    let disk = rustix::fs::statvfs(&desk.office.system.core().data).unwrap();
    let free = disk.f_bavail * disk.f_frsize;
    // Half of what is free may be filled, and three tenths are announced at a time. Others use the disk meanwhile.
    desk.office
        .put(FileSettings { largest: free, keep_free: Some(free / 2), ..FileSettings::default() })
        .await;
    let much = free / 10 * 3;
    let no_room = |came: Result<UnderWay, Error>| matches!(came, Err(Error::NoRoom(_)));
    let first = naomi.begin(named("First.zip"), much).await.unwrap().id;

    assert!(no_room(ivy.begin(named("Second.zip"), much).await));
    ivy.begin(named("Small.txt"), 10).await.unwrap();
    let (once, small) = (NewUpload { once: "once".into(), ..named("Same.txt") }, free / 20);
    for _ in 0..5 {
        ivy.begin(once.clone(), small).await.unwrap();
    }

    naomi.cancel(first).await.unwrap();
    let second = ivy.begin(named("Second.zip"), much).await.unwrap().id;
    assert!(no_room(naomi.begin(named("Third.zip"), much).await));
    // One that was left keeps nobody waiting for long, and goes on when there is room again.
    desk.office.clock.advance(SignedDuration::from_mins(11));
    naomi.begin(named("Third.zip"), much).await.unwrap();
    assert!(matches!(ivy.go_on(second, 0).await, Err(Error::NoRoom(_))));
    desk.office.clock.advance(SignedDuration::from_mins(11));
    assert!(matches!(ivy.go_on(second, 0).await, Ok(GoOn::Piece(_))));
}

#[tokio::test]
async fn an_upload_that_is_cancelled_while_a_piece_comes_leaves_nothing_when_that_breaks_off() {
    let desk = desk().await;
    let naomi = desk.naomi().await;
    let begun = naomi.begin(named("Film.mp4"), 2 * PIECE).await.unwrap().id;
    let Ok(GoOn::Piece(mut piece)) = naomi.go_on(begun, 0).await else { panic!() };
    piece.write(Bytes::from(vec![7; PIECE as usize])).await.unwrap();
    naomi.cancel(begun).await.unwrap();
    drop(piece);

    let core = desk.office.system.core();
    let tmp = core.data.join("blobs/tmp");
    while std::fs::read_dir(&tmp).unwrap().next().is_some() || core.uploads.known(begun).is_some() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn no_form_answers_for_an_upload() {
    let desk = desk().await;
    let naomi = desk.naomi().await;
    let first = naomi.begin(named("Lease.pdf"), 4).await.unwrap().id;
    let forged = NewUpload { once: format!("upload {first}"), ..named("Other.pdf") };
    naomi.begin(forged, 4).await.unwrap();
    assert!(matches!(naomi.progress(first).await, Ok(Progress::At { offset: 0, .. })));
}
