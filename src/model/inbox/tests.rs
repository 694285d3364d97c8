use super::*;
use crate::model::contact::Contact;
use crate::model::file::Audience;
use crate::model::portal::Portal;
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};
use crate::model::upload::{NewUpload, Receipted, Uploads};

struct Desk {
    office: Office,
    alder: Client,
    naomi: Contact,
}

/// Naomi can open the portal of Alder, and Ivy works for the firm.
async fn desk() -> Desk {
    let office = office().await;
    office.staff("Ivy Alder", "ivy@alderfinch.example", Role::Staff).await;
    let alder = office.client("Alder Ltd").await;
    let naomi = office.member("Naomi", "naomi@marlow.example", &alder).await;
    Desk { office, alder, naomi }
}

impl Desk {
    async fn ivy(&self) -> Console {
        let cookie = self.office.log_in("ivy@alderfinch.example", PASSWORD).await;
        self.office.guest.console(&cookie.text()).unwrap()
    }

    async fn naomi(&self) -> Portal {
        let cookie = self.office.log_in("naomi@marlow.example", PASSWORD).await;
        self.office.guest.portal(&cookie.text(), self.alder.id).unwrap()
    }

    /// Naomi adds a file.
    async fn add(&self, name: &str) -> Id<File> {
        self.office.tick();
        add(&self.naomi().await.uploads().unwrap(), name).await
    }
}

async fn add(uploads: &Uploads, name: &str) -> Id<File> {
    let new = NewUpload { name: name.into(), ..NewUpload::default() };
    let mut receiving = uploads.receive(new, None).await.unwrap();
    receiving.write(bytes::Bytes::from(name.to_owned())).await.unwrap();
    receiving.finish().await.unwrap().file
}

fn names(inbox: &Inbox) -> Vec<&str> {
    inbox.rows.iter().map(|row| row.file.name.as_str()).collect()
}

fn name(name: &str) -> FileName {
    FileName::parse(name).unwrap()
}

#[test]
fn a_place_is_read_as_it_was_written() {
    let changed = "2026-03-02T09:00:00.123456Z".parse().unwrap();
    let place = InboxPlace { changed, file: Id::MIN };
    assert_eq!(place.to_string().parse(), Ok(place));
    for wrong in ["", "1", "x.y", "1.fo_1", "9999999999999999999.x"] {
        assert!(wrong.parse::<InboxPlace>().is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn the_inbox_lists_what_contacts_added_in_either_order_page_by_page() {
    let desk = desk().await;
    for name in ["a.txt", "b.txt", "c.txt"] {
        desk.add(name).await;
    }
    let ivy = desk.ivy().await;
    add(&ivy.uploads(desk.alder.id).unwrap(), "Ours.txt").await;

    let first = ivy.inbox(InboxOrder::Oldest, None, 2).unwrap();
    assert_eq!(names(&first), ["a.txt", "b.txt"]);
    assert_eq!(first.rows[0].client_name.as_str(), "Alder Ltd");
    assert_eq!(first.rows[0].file.by.contact(), Some(desk.naomi.id));
    // Its place stays one when the file is gone from the Inbox.
    ivy.review_uploads(vec![first.rows[1].file.id]).await.unwrap();
    let second = ivy.inbox(InboxOrder::Oldest, first.next, 2).unwrap();
    assert_eq!((names(&second), second.next), (vec!["c.txt"], None));
    let newest = ivy.inbox(InboxOrder::Newest, None, 1).unwrap();
    assert_eq!(names(&newest), ["c.txt"]);
    assert_eq!(names(&ivy.inbox(InboxOrder::Newest, newest.next, 9).unwrap()), ["a.txt"]);
    assert_eq!(ivy.inbox_count().unwrap(), 2);
}

#[tokio::test]
async fn a_file_is_put_away_under_another_name_and_is_then_the_firms() {
    let desk = desk().await;
    let file = desk.add("scan0001.pdf").await;
    let ivy = desk.ivy().await;
    let uploads = ivy.uploads(desk.alder.id).unwrap();
    add(&uploads, "2026/Notes.txt").await;
    let folder: Folder = desk.office.all().pop().unwrap();
    let naomi = desk.naomi().await;
    naomi.rename_upload(file, name("Lease.pdf")).await.unwrap();

    let filed = ivy.file_upload(file, Some(folder.id), name("Lease 2026.pdf")).await.unwrap();

    assert_eq!((filed.folder, filed.name.as_str()), (Some(folder.id), "Lease 2026.pdf"));
    assert_eq!(ivy.inbox_count().unwrap(), 0);
    let said = "filed Lease 2026.pdf, added as Lease.pdf into the folder 2026 of Alder Ltd";
    assert!(desk.office.said().contains(&said.to_owned()), "{:?}", desk.office.said());
    for refused in [
        naomi.rename_upload(file, name("Mine.pdf")).await.err(),
        naomi.withdraw_upload(file).await.err(),
        naomi.show_upload_to(file, true).await.err(),
    ] {
        let why = refused.unwrap().to_string();
        assert!(why.starts_with("Alder & Finch has looked at this file"), "{why}");
    }
    assert_eq!(ivy.review_uploads(vec![file]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_rejection_says_why_hides_the_file_from_others_and_can_be_taken_back() {
    let desk = desk().await;
    let omar = desk.office.member("Omar", "omar@marlow.example", &desk.alder).await;
    let file = desk.add("Blurred.jpg").await;
    let naomi = desk.naomi().await;
    naomi.show_upload_to(file, true).await.unwrap();
    let cookie = desk.office.log_in("omar@marlow.example", PASSWORD).await;
    let omar_sees = || {
        let portal = desk.office.guest.portal(&cookie.text(), desk.alder.id).unwrap();
        assert_eq!(portal.viewer().contact(), omar.id);
        portal.get(file).is_ok()
    };
    assert!(omar_sees());
    let ivy = desk.ivy().await;

    let reason = Message::parse("It is blurred. Please take it again").unwrap();
    ivy.reject_upload(file, reason.clone()).await.unwrap();

    assert!(!omar_sees());
    let review = naomi.get(file).unwrap().upload.unwrap().review;
    assert!(matches!(review, Some(Review::Rejected { reason: why, .. }) if why == reason));
    assert!(ivy.reject_upload(file, reason).await.is_err(), "once is enough");
    assert!(ivy.file_upload(file, None, name("a.jpg")).await.is_err());
    ivy.undo_rejection(file).await.unwrap();
    assert!(omar_sees());
    assert_eq!(ivy.inbox_count().unwrap(), 1);
    let said = "rejected Blurred.jpg, which Naomi Marlow added to the files of Alder Ltd";
    assert!(desk.office.said().contains(&said.to_owned()), "{:?}", desk.office.said());
}

#[tokio::test]
async fn what_its_uploader_withdraws_is_in_nobodys_way() {
    let desk = desk().await;
    let file = desk.add("Wrong one.pdf").await;
    let naomi = desk.naomi().await;
    assert_eq!(naomi.withdraw_upload(file).await.unwrap().as_str(), "Wrong one.pdf");

    let ivy = desk.ivy().await;

    assert_eq!(ivy.inbox_count().unwrap(), 0);
    assert!(naomi.get(file).is_err());
    let receipt = naomi.receipt(&Receipted::Each(vec![file])).unwrap();
    let over = receipt.lines[0].over.as_deref().unwrap();
    assert!(over.starts_with("You withdrew it on "), "what arrived has arrived: {over}");
    let stored: File = desk.office.get(file).unwrap();
    assert_eq!(stored.trash.unwrap().by.contact(), Some(desk.naomi.id));
    assert_eq!(stored.audience, Audience::Firm);
    assert!(ivy.reject_upload(file, Message::parse("no").unwrap()).await.is_err());
}
