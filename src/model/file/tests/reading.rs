use jiff::SignedDuration;

use super::kit::firm;
use crate::error::Error;
use crate::model::file::{Audience, File, Picked, Review, Scan};
use crate::model::membership::{Access, Areas, Membership};
use crate::model::staff::{Staff, StaffState};
use crate::model::{Id, NewUpload, Opening, Portal, ReadReceipt, Receipt, Receipted};

fn read(portal: &Portal, file: Id<File>, how: Opening) {
    let opened = portal.open_file(file).unwrap();
    portal.note(opened.reading(), how).unwrap();
}

#[tokio::test]
async fn a_receipt_says_who_opened_which_version_when() {
    let firm = firm().await;
    let (alder, portal) = (firm.alder.id, firm.portal(&firm.maya));
    let lease = firm.add(None, "Lease.pdf", Audience::Everyone, b"lease").await;
    assert!(portal.has_new_files().unwrap() && portal.file(lease).unwrap().new);
    portal.open_file(lease).unwrap();
    firm.office.write(|_| Ok(())).await;
    assert!(
        portal.file(lease).unwrap().new,
        "what was only opened for a look at its head is not read"
    );
    for how in [Opening::Preview, Opening::Preview, Opening::Download, Opening::Download] {
        read(&portal, lease, how);
    }
    firm.office.write(|_| Ok(())).await;
    firm.office.clock.advance(SignedDuration::from_secs(60));
    read(&portal, lease, Opening::Download);
    firm.office.write(|_| Ok(())).await; // what was queued before is done
    assert!(!portal.has_new_files().unwrap() && !portal.file(lease).unwrap().new);
    assert!(firm.portal(&firm.noor).has_new_files().unwrap());

    let receipts = firm.sam().file(alder, lease).unwrap().receipts;
    let [ReadReceipt { contact, version: 1, opened: Some(opened), downloaded: Some(down), .. }] =
        &receipts[..]
    else {
        panic!("{receipts:?}")
    };
    assert_eq!((*contact, opened.count, down.count), (firm.maya.id, 1, 2));
    assert_eq!(down.last.duration_since(down.first), SignedDuration::from_secs(60));
    let said = firm.office.said();
    let read = |entry: &&String| entry.contains("“Lease.pdf” (version 1)");
    assert_eq!(said.iter().filter(read).count(), 2, "{said:#?}");

    firm.add_version(lease, b"second").await;
    assert!(portal.file(lease).unwrap().new, "another version is new again");
}

#[tokio::test]
async fn a_zip_leaves_a_receipt_for_each_file_that_was_sent() {
    let firm = firm().await;
    let vat = firm.folder(None, "VAT").await;
    firm.share(Picked::folder(vat), Audience::Everyone).await;
    for name in ["a.pdf", "b.pdf"] {
        firm.add(Some(vat), name, Audience::Everyone, b"bytes").await;
    }
    let hidden = firm.add(Some(vat), "c.pdf", Audience::Firm, b"bytes").await;
    let portal = firm.portal(&firm.maya);
    let zip = portal.zip(&Picked::folder(vat)).unwrap();
    let paths: Vec<_> = zip.entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!((zip.name.as_str(), &paths[..]), ("VAT.zip", &["VAT/a.pdf", "VAT/b.pdf"][..]));
    zip.open(&zip.entries[0]).unwrap();
    firm.office.write(|_| Ok(())).await;
    assert_eq!(firm.office.all::<ReadReceipt>().len(), 1);
    assert_eq!(firm.office.said().pop().unwrap(), "downloaded 2 files as a zip");
    assert!(matches!(portal.zip(&Picked::file(hidden)), Err(Error::NotFound)));

    firm.share(Picked::folder(vat), Audience::Firm).await;
    assert!(matches!(zip.open(&zip.entries[1]), Err(Error::NotFound)), "it was shared no longer");
}

#[tokio::test]
async fn access_that_ends_while_a_zip_is_sent_ends_the_zip() {
    let firm = firm().await;
    firm.add(None, "a.pdf", Audience::Everyone, b"bytes").await;
    let file = firm.add(None, "b.pdf", Audience::Everyone, b"bytes").await;
    let zip = firm.portal(&firm.maya).zip(&Picked::file(file)).unwrap();
    firm.sam().remove_access(firm.alder.id, firm.maya.id).await.unwrap();
    assert!(matches!(zip.open(&zip.entries[0]), Err(Error::NotFound)));
}

#[tokio::test]
async fn staff_who_were_removed_and_who_has_stopped_looking_get_no_more() {
    let firm = firm().await;
    let file = firm.add(None, "a.pdf", Audience::Everyone, b"bytes").await;
    let (sam, staff) = (firm.sam(), firm.sam().zip(firm.alder.id, &Picked::file(file)).unwrap());
    sam.view_as(firm.maya.id, firm.alder.id).await.unwrap();
    let viewed = firm.as_seen_by_sam().zip(&Picked::file(file)).unwrap();
    viewed.open(&viewed.entries[0]).unwrap();
    sam.stop_viewing().await.unwrap();
    assert!(matches!(viewed.open(&viewed.entries[0]), Err(Error::NotFound)));
    staff.open(&staff.entries[0]).unwrap();
    firm.office.put(Staff { state: StaffState::Removed, ..sam.me().clone() }).await;
    assert!(matches!(staff.open(&staff.entries[0]), Err(Error::SignIn)));
}

#[tokio::test]
async fn without_the_area_there_are_no_files_at_all() {
    let firm = firm().await;
    let file = firm.add(None, "a.pdf", Audience::Everyone, b"bytes").await;
    let ties: Vec<Membership> = firm.office.all();
    let tie = ties.into_iter().find(|tie| tie.contact == firm.maya.id).unwrap();
    let areas = Areas { files: false, ..Areas::ALL };
    firm.office.put(Membership { areas, ..tie }).await;
    let portal = firm.portal(&firm.maya);
    assert!(matches!(portal.folder(None, None, 10), Err(Error::NotFound)));
    assert!(matches!(portal.find_files("a", None, 10), Err(Error::NotFound)));
    assert!(matches!(portal.file(file), Err(Error::NotFound)));
    assert!(matches!(portal.open_file(file), Err(Error::NotFound)));
    assert!(matches!(portal.zip(&Picked::file(file)), Err(Error::NotFound)));
    assert!(matches!(portal.folder_choices(), Err(Error::NotFound)));
    assert!(portal.recent_files(10).unwrap().is_empty() && !portal.has_new_files().unwrap());
    assert!(portal.to_add_again().unwrap().is_empty());
    assert!(matches!(portal.preview(file, 1).await, Err(Error::NotFound)));
    let new = NewUpload { name: "b.pdf".into(), ..NewUpload::default() };
    let begun = portal.uploads().unwrap().begin(new, 5).await;
    assert!(matches!(begun, Err(Error::NotFound)), "only what a request asks for may come");
    let own = firm.record(&firm.alder, (None, "Mine.pdf"), Some(&firm.maya), Audience::Firm).await;
    let receipt = |which| portal.receipt(&which);
    assert!(matches!(receipt(Receipted::Each(vec![own])), Err(Error::NotFound)));
    assert!(matches!(receipt(Receipted::Between(file, own)), Err(Error::NotFound)));
    assert!(matches!(portal.withdraw_upload(own).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn what_was_rejected_is_to_be_added_again_until_something_has_come_for_it() {
    let firm = firm().await;
    let again = || {
        let rows = firm.portal(&firm.maya).to_add_again().unwrap();
        rows.into_iter().map(|row| row.file.name.to_string()).collect::<Vec<_>>()
    };
    for name in ["First.pdf", "Second.pdf"] {
        let id = firm.record(&firm.alder, (None, name), Some(&firm.maya), Audience::Firm).await;
        firm.office.tick();
        let file: File = firm.file(id);
        let (by, at) = (file.by.clone(), firm.office.clock.now());
        let reason = "It is unreadable".to_owned().try_into().unwrap();
        firm.office.put(File { review: Some(Review::Rejected { by, at, reason }), ..file }).await;
    }
    assert_eq!(again(), ["Second.pdf", "First.pdf"]);
    assert!(firm.portal(&firm.noor).to_add_again().unwrap().is_empty());
    for left in [&["Second.pdf"][..], &[]] {
        firm.office.tick();
        let id =
            firm.record(&firm.alder, (None, "New.pdf"), Some(&firm.maya), Audience::Firm).await;
        let added = firm.office.clock.now();
        firm.office.put(File { added, ..firm.file(id) }).await;
        assert_eq!(again(), left);
    }
}

#[tokio::test]
async fn a_receipt_for_very_many_files_names_the_first_and_the_last() {
    let firm = firm().await;
    let mut own = Vec::new();
    for name in ["a.pdf", "b.pdf", "c.pdf", "d.pdf"] {
        firm.record(&firm.alder, (None, "other.pdf"), Some(&firm.noor), Audience::Everyone).await;
        firm.record(&firm.alder, (None, "staff.pdf"), None, Audience::Everyone).await;
        let of_all = if name == "c.pdf" { Audience::Everyone } else { Audience::Firm };
        own.push(firm.record(&firm.alder, (None, name), Some(&firm.maya), of_all).await);
    }
    let portal = firm.portal(&firm.maya);
    let names = |receipt: Receipt| {
        let names = receipt.lines.into_iter().map(|line| line.name.to_string());
        (names.collect::<Vec<_>>().join(" "), receipt.gone)
    };
    let between = portal.receipt(&Receipted::Between(own[1], own[3])).unwrap();
    assert_eq!(names(between), ("b.pdf c.pdf d.pdf".into(), 0));
    portal.withdraw_upload(own[1]).await.unwrap();
    let each = portal.receipt(&Receipted::Between(own[0], own[1])).unwrap();
    assert!(each.lines[1].over.as_ref().unwrap().starts_with("You withdrew it on "));
    let gone = own[1];
    firm.office.write(move |tx| tx.delete(gone)).await;
    let each = portal.receipt(&Receipted::Each(own[..2].to_vec())).unwrap();
    assert_eq!(names(each), ("a.pdf".into(), 1));
    let theirs = firm.portal(&firm.noor).receipt(&Receipted::Between(own[0], own[0]));
    assert!(matches!(theirs, Err(Error::NotFound)));
}

#[tokio::test]
async fn an_upload_is_its_uploaders_until_somebody_widens_it() {
    let firm = firm().await;
    let mine = firm.record(&firm.alder, (None, "Mine.pdf"), Some(&firm.maya), Audience::Firm).await;
    assert_eq!(firm.names_seen(&firm.maya), ["Mine.pdf"]);
    assert_eq!(firm.names_seen(&firm.noor), [""; 0]);
    assert!(!firm.portal(&firm.maya).has_new_files().unwrap(), "one's own is no news");
    firm.share(Picked::file(mine), Audience::Everyone).await;
    assert_eq!(firm.names_seen(&firm.noor), ["Mine.pdf"]);

    let file: File = firm.file(mine);
    let (by, at) = (file.by.clone(), file.added);
    let reason = "It is unreadable".to_owned().try_into().unwrap();
    firm.office.put(File { review: Some(Review::Rejected { by, at, reason }), ..file }).await;
    assert_eq!(firm.names_seen(&firm.noor), [""; 0], "what was rejected is between two");
    assert_eq!(firm.names_seen(&firm.maya), ["Mine.pdf"]);
}

#[tokio::test]
async fn what_waits_for_the_scan_is_not_shown_not_even_by_its_place_in_a_list() {
    let firm = firm().await;
    let first = firm.record(&firm.alder, (None, "a.pdf"), None, Audience::Everyone).await;
    firm.office.tick();
    let last = firm.record(&firm.alder, (None, "b.pdf"), None, Audience::Everyone).await;
    firm.office.tick();
    let mut file = firm.file(first);
    let mut newer = file.versions[0].clone();
    (newer.number, newer.at, newer.scan) = (2, firm.office.clock.now(), Scan::Waiting);
    file.changed = newer.at;
    file.versions.push(newer);
    firm.office.put(file).await;
    let portal = firm.portal(&firm.noor);
    let recent: Vec<_> = portal.recent_files(10).unwrap().iter().map(|row| row.file.id).collect();
    assert_eq!(recent, [last, first]);
    assert_eq!(portal.file(first).unwrap().file.version.unwrap().number, 1);

    let mut file = firm.file(last);
    file.versions[0].scan = Scan::Waiting;
    firm.office.put(file).await;
    assert_eq!(firm.names_seen(&firm.noor), ["a.pdf"]);
    assert_eq!(portal.find_files("b", None, 10).unwrap().total.to_string(), "0");
}

#[tokio::test]
async fn an_upload_goes_into_a_folder_that_was_moved_meanwhile() {
    let firm = firm().await;
    let (year, vat) = (firm.folder(None, "2026").await, firm.folder(None, "VAT").await);
    let uploads = firm.sam().uploads(firm.alder.id).unwrap();
    let new = crate::model::NewUpload {
        name: "Lease.pdf".into(),
        folder: Some(vat),
        ..Default::default()
    };
    let mut receiving = uploads.receive(new, None).await.unwrap();
    receiving.write((&b"lease"[..]).into()).await.unwrap();
    firm.sam().move_files(firm.alder.id, Picked::folder(vat), Some(year)).await.unwrap();
    let file = receiving.finish().await.unwrap().file;
    let detail = firm.sam().file(firm.alder.id, file).unwrap();
    let way: Vec<_> = detail.crumbs.iter().map(|crumb| crumb.name.as_str()).collect();
    assert_eq!(way, ["2026", "VAT"]);
}

#[tokio::test]
async fn staff_who_look_as_a_contact_leave_no_receipt() {
    let firm = firm().await;
    let file = firm.add(None, "a.pdf", Audience::Everyone, b"bytes").await;
    firm.sam().view_as(firm.maya.id, firm.alder.id).await.unwrap();
    let viewed = firm.as_seen_by_sam();
    read(&viewed, file, Opening::Download);
    firm.office.write(|_| Ok(())).await;
    assert!(firm.office.all::<ReadReceipt>().is_empty());
    let said = firm.office.said().pop().unwrap();
    assert_eq!(said, "downloaded “a.pdf”, as Maya Marlow sees the portal");
    assert!(firm.portal(&firm.maya).has_new_files().unwrap());
}

#[tokio::test]
async fn whoever_has_no_portal_any_more_reads_nothing() {
    let firm = firm().await;
    let file = firm.add(None, "a.pdf", Audience::Named(vec![firm.maya.id]), b"bytes").await;
    let ties: Vec<Membership> = firm.office.all();
    let tie = ties.into_iter().find(|tie| tie.contact == firm.maya.id).unwrap();
    let since = firm.office.clock.now();
    firm.office.tie(&firm.maya, &firm.beech, Access::Given { since }).await;
    firm.office.put(Membership { access: Access::Removed { since }, ..tie }).await;
    let elsewhere = firm.portal_of(&firm.maya, firm.beech.id);
    assert!(matches!(elsewhere.file(file), Err(Error::NotFound)));
    assert!(elsewhere.recent_files(10).unwrap().is_empty());
}
