use jiff::SignedDuration;

use super::kit::{file_name, firm, folder_name};
use crate::error::Error;
use crate::model::file::{Audience, FileQuery, Picked, Scan, TRASH_DAYS, TemplateChoice, Trashed};
use crate::model::membership::{Access, Areas, Membership};
use crate::model::{FolderPreset, FolderTree, NewFolderTemplate, NewUpload, Sees, SentOutcome};
use crate::values::When;

fn refused<T>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::Refused(why)) => why.into_owned(),
        Err(Error::Invalid(fields)) => fields.into_values().collect(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was not refused"),
    }
}

fn not_found<T>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::NotFound))
}

#[tokio::test]
async fn what_is_shared_with_a_folder_is_all_that_is_in_it() {
    let firm = firm().await;
    let year = firm.folder(None, "2026").await;
    let vat = firm.folder(Some(year), "VAT").await;
    let lease = firm.add(Some(vat), "Lease.pdf", Audience::Firm, b"%PDF- lease").await;
    assert_eq!(firm.names_seen(&firm.maya), [""; 0]);

    firm.share(Picked::folder(year), Audience::Everyone).await;
    assert_eq!(firm.names_seen(&firm.maya), ["Lease.pdf"]);
    assert_eq!(firm.bytes_of(&firm.noor, lease), b"%PDF- lease");
    let next = NewUpload { name: "Next.pdf".into(), folder: Some(vat), ..Default::default() };
    let next = firm.sam().uploads(firm.alder.id).unwrap().receive(next, None).await.unwrap();
    next.finish().await.unwrap();
    assert_eq!(firm.names_seen(&firm.noor), ["Lease.pdf", "Next.pdf"]);
    let below = firm.folder(Some(vat), "Quarter 1").await;
    assert_eq!(firm.office.get(below).unwrap().audience, Audience::Everyone);

    firm.share(Picked::file(lease), Audience::Named(vec![firm.noor.id])).await;
    assert_eq!(firm.names_seen(&firm.maya), ["Next.pdf"]);
    firm.share(Picked::folder(year), Audience::Firm).await;
    assert_eq!(firm.names_seen(&firm.noor), [""; 0]);
    let said = firm.office.said();
    for words in [
        "shared the folder “2026” with everyone at Alder Ltd",
        "shared “Lease.pdf” with Noor Marlow",
        "made the folder “2026” internal to the firm",
    ] {
        assert!(said.iter().any(|entry| entry == words), "{said:#?}");
    }
}

#[tokio::test]
async fn one_sentence_says_who_sees_a_file_and_why() {
    let firm = firm().await;
    let vat = firm.folder(None, "VAT").await;
    let lease = firm.add(Some(vat), "Lease.pdf", Audience::Firm, b"lease").await;
    let said = || {
        let sam = firm.sam();
        let style = sam.firm().unwrap();
        let when = When { now: sam.now(), zone: style.zone.tz(), style: style.date_style };
        let seen = sam.file(firm.alder.id, lease).unwrap().seen;
        (seen.short(), seen.icon(), seen.sentence(&when))
    };
    let (short, icon, sentence) = said();
    assert_eq!((short.as_str(), icon), ("Firm only", "lock"));
    assert_eq!(sentence, "Internal to the firm, because Sam Finch chose it when adding it.");
    firm.share(Picked::file(lease), Audience::Named(vec![firm.maya.id])).await;
    assert_eq!(said().2, "Visible to Maya Marlow, because Sam Finch chose it on 2 Mar.");
    firm.share(Picked::folder(vat), Audience::Everyone).await;
    let of_folder = "because Sam Finch chose it for the folder “VAT” on 2 Mar.";
    assert_eq!(said().2, format!("Visible to everyone at Alder Ltd, {of_folder}"));
    let late = firm.office.contact("Late", "Comer", "late@alder.example").await;
    firm.office.tie(&late, &firm.alder, Access::None).await;
    assert!(said().2.ends_with("Late Comer cannot see it yet."), "{}", said().2);
    assert_eq!(said().0, "Everyone");
}

#[tokio::test]
async fn sharing_invites_those_without_access_in_the_same_step_or_says_who_they_are() {
    let firm = firm().await;
    let lease = firm.add(None, "Lease.pdf", Audience::Firm, b"lease").await;
    let late = firm.office.contact("Late", "Comer", "late@alder.example").await;
    let tie = firm.office.tie(&late, &firm.alder, Access::None).await;
    let shut = Areas { files: false, ..Areas::ALL };
    let noor: Membership =
        firm.office.all().into_iter().find(|tie: &Membership| tie.contact == firm.noor.id).unwrap();
    firm.office.put(Membership { areas: shut, ..noor }).await;

    let sam = firm.sam();
    let share = |invite| {
        let what = Picked::file(lease);
        sam.share_files(firm.alder.id, what, Audience::Everyone, invite, String::new())
    };
    let ask = firm.sam().cannot_see(firm.alder.id, &Audience::Everyone).unwrap();
    let names = |readers: &[crate::model::Reader]| {
        readers.iter().map(|reader| (reader.name.clone(), reader.sees)).collect::<Vec<_>>()
    };
    let both = [("Late Comer".into(), Sees::NotInvited), ("Noor Marlow".into(), Sees::NoFiles)];
    assert_eq!(names(&ask), both);
    let declined = share(false).await.unwrap();
    assert_eq!((names(&declined.cannot_see), declined.sent.len()), (both.to_vec(), 0));
    assert_eq!(firm.file(lease).audience, Audience::Everyone, "it stays shared");

    let invited = share(true).await.unwrap();
    assert_eq!(invited.cannot_see[0].sees, Sees::Invited);
    assert!(
        matches!(&invited.sent[..], [one] if matches!(one.outcome, SentOutcome::Queued { .. }))
    );
    assert_eq!(firm.office.mails().last().unwrap().to.as_str(), "late@alder.example");
    assert!(!firm.office.get(tie.id).unwrap().has_access());
    let again = share(true).await.unwrap();
    assert!(again.sent.is_empty(), "who has an invite is not sent another");
}

#[tokio::test]
async fn a_folder_is_not_moved_into_itself_nor_beside_its_namesake() {
    let firm = firm().await;
    let (alder, sam) = (firm.alder.id, firm.sam());
    let year = firm.folder(None, "2026").await;
    let vat = firm.folder(Some(year), "VAT").await;
    let other = firm.folder(None, "vat").await;
    let to = |what, to| sam.move_files(alder, Picked::folder(what), to);
    assert!(refused(to(year, Some(year)).await).contains("into itself"));
    assert!(refused(to(year, Some(vat)).await).contains("“VAT”, which lies in it"));
    assert!(refused(to(vat, None).await).contains("There is a folder “vat” in the top already"));
    assert!(refused(to(other, Some(year)).await).contains("already"));
    let made = sam.make_folder(alder, Some(year), folder_name("Vat"), String::new()).await;
    assert!(refused(made).contains("There is a folder “VAT” here already"));
    assert!(refused(sam.rename_folder(alder, other, folder_name("2026")).await).contains("2026"));
    sam.rename_folder(alder, other, folder_name("VAT")).await.unwrap();
    sam.rename_folder(alder, other, folder_name("Old")).await.unwrap();
    assert_eq!(to(other, Some(vat)).await.unwrap(), "the folder “Old”");
    assert_eq!(firm.office.get(other).unwrap().parent, Some(vat));
}

#[tokio::test]
async fn folders_lie_in_each_other_only_so_deep() {
    let firm = firm().await;
    let mut at = None;
    for depth in 0..32 {
        at = Some(firm.folder(at, &format!("Level {depth}")).await);
    }
    let name = folder_name("One more");
    let sam = firm.sam();
    assert!(refused(sam.make_folder(firm.alder.id, at, name, String::new()).await).contains("32"));
    let other = firm.folder(None, "Other").await;
    let moved = sam.move_files(firm.alder.id, Picked::folder(other), at).await;
    assert!(refused(moved).contains("32 deep"));
}

#[tokio::test]
async fn a_folder_goes_to_the_trash_and_comes_back_with_all_that_is_in_it() {
    let firm = firm().await;
    let (alder, sam) = (firm.alder.id, firm.sam());
    let year = firm.folder(None, "2026").await;
    let vat = firm.folder(Some(year), "VAT").await;
    let before = firm.add(Some(vat), "Before.pdf", Audience::Everyone, b"before").await;
    let lease = firm.add(Some(vat), "Lease.pdf", Audience::Everyone, b"lease").await;
    sam.trash_files(alder, Picked::file(before)).await.unwrap();
    firm.office.tick();
    assert_eq!(sam.trash_files(alder, Picked::folder(year)).await.unwrap(), "the folder “2026”");
    let before_that = firm.office.said().len();
    sam.trash_files(alder, Picked::folder(year)).await.unwrap(); // a second click
    assert_eq!(firm.office.said().len(), before_that);
    assert_eq!(firm.names_seen(&firm.maya), [""; 0]);
    assert!(not_found(firm.portal(&firm.maya).file(lease)));
    assert!(not_found(sam.file(alder, lease)));
    let trash = sam.trash(alder).unwrap();
    assert_eq!((trash.folders.len(), trash.files.len()), (1, 1));
    assert!(
        not_found(sam.restore_files(alder, Picked::file(lease)).await),
        "it came with a folder"
    );

    let again = firm.folder(None, "2026").await;
    sam.restore_files(alder, Picked::folder(year)).await.unwrap();
    assert_eq!(firm.office.get(year).unwrap().name.as_str(), "2026 (2)");
    assert_eq!(firm.names_seen(&firm.maya), ["Lease.pdf"]);
    assert!(firm.file(before).trash.is_some_and(|Trashed { with, .. }| with.is_none()));
    sam.trash_files(alder, Picked::folder(again)).await.unwrap();
    sam.trash_files(alder, Picked::folder(year)).await.unwrap();
    sam.restore_files(alder, Picked::file(before)).await.unwrap();
    assert_eq!(firm.file(before).folder, None, "its folder is still in the trash");
}

#[tokio::test]
async fn the_trash_is_emptied_after_thirty_days() {
    let firm = firm().await;
    let year = firm.folder(None, "2026").await;
    let lease = firm.add(Some(year), "Lease.pdf", Audience::Everyone, b"lease").await;
    firm.bytes_of(&firm.maya, lease);
    firm.sam().trash_files(firm.alder.id, Picked::folder(year)).await.unwrap();
    firm.office.clock.advance(SignedDuration::from_hours(24 * TRASH_DAYS));
    assert_eq!(firm.office.system.sweep_trash().await.unwrap(), 0);
    firm.office.tick();
    assert_eq!(firm.office.system.sweep_trash().await.unwrap(), 2);
    assert!(firm.office.get(lease).is_none() && firm.office.get(year).is_none());
    assert!(firm.office.all::<crate::model::ReadReceipt>().is_empty());
    let said = firm.office.said().pop().unwrap();
    assert_eq!(said, "deleted 1 file and 1 folder that had been in the trash for 30 days");
}

#[tokio::test]
async fn an_older_version_comes_back_as_a_new_one() {
    let firm = firm().await;
    let (alder, sam) = (firm.alder.id, firm.sam());
    let lease = firm.add(None, "Lease.pdf", Audience::Everyone, b"first").await;
    firm.add_version(lease, b"second").await;
    assert_eq!(firm.bytes_of(&firm.maya, lease), b"second");
    assert!(
        refused(sam.restore_version(alder, lease, 2).await).contains("is what the file is now")
    );
    assert!(not_found(sam.restore_version(alder, lease, 9).await));
    assert_eq!(sam.restore_version(alder, lease, 1).await.unwrap(), 3);
    assert_eq!(firm.bytes_of(&firm.maya, lease), b"first");
    let second = sam.open_file(alder, lease, Some(2)).unwrap();
    assert_eq!(&second.content.content.read(0..6).unwrap()[..], b"second");
    assert_eq!(firm.file(lease).versions.len(), 3);

    let mut file = firm.file(lease);
    file.versions[1].scan = Scan::Infected { at: file.added, what: "EICAR".into() };
    firm.office.put(file).await;
    assert!(refused(sam.open_file(alder, lease, Some(2))).contains("EICAR"));
    assert!(refused(sam.restore_version(alder, lease, 2).await).contains("locked"));
}

#[tokio::test]
async fn nothing_of_another_client_can_be_touched() {
    let firm = firm().await;
    let (beech, sam) = (firm.beech.id, firm.sam());
    let vat = firm.folder(None, "VAT").await;
    let lease = firm.add(Some(vat), "Lease.pdf", Audience::Everyone, b"lease").await;
    let (file, folder) = (|| Picked::file(lease), || Picked::folder(vat));
    let before = firm.office.said().len();
    assert!(not_found(sam.file(beech, lease)));
    assert!(not_found(sam.open_file(beech, lease, None)));
    assert!(not_found(sam.zip(beech, &file())) && not_found(sam.zip(beech, &folder())));
    assert!(not_found(sam.files(beech, &FileQuery { folder: Some(vat), ..Default::default() })));
    assert!(not_found(sam.rename_file(beech, lease, file_name("x")).await));
    assert!(not_found(sam.rename_folder(beech, vat, folder_name("x")).await));
    assert!(not_found(sam.make_folder(beech, Some(vat), folder_name("x"), String::new()).await));
    assert!(not_found(sam.restore_version(beech, lease, 1).await));
    for what in [file(), folder()] {
        assert!(not_found(sam.move_files(beech, what.clone(), None).await));
        assert!(not_found(sam.trash_files(beech, what.clone()).await));
        assert!(not_found(sam.restore_files(beech, what.clone()).await));
        let shared = sam.share_files(beech, what, Audience::Everyone, false, String::new());
        assert!(not_found(shared.await));
    }
    let own = firm.record(&firm.beech, (None, "Own.pdf"), None, Audience::Firm).await;
    assert!(not_found(sam.move_files(beech, Picked::file(own), Some(vat)).await));
    let ben = Audience::Named(vec![firm.ben.id]);
    let shared = sam.share_files(firm.alder.id, file(), ben, false, String::new()).await;
    assert!(not_found(shared), "Ben is no contact of Alder");
    let template = TemplateChoice::Preset(FolderPreset::find("tax-year").unwrap());
    let applied = sam.apply_folder_template(beech, Some(vat), template, Some(2026), String::new());
    assert!(not_found(applied.await));
    assert_eq!(firm.office.said().len(), before, "and nothing was done");
}

#[tokio::test]
async fn whoever_is_removed_and_added_again_begins_anew() {
    let firm = firm().await;
    let lease = firm.add(None, "Lease.pdf", Audience::Firm, b"lease").await;
    let both = Audience::Named(vec![firm.maya.id, firm.noor.id]);
    firm.share(Picked::file(lease), both).await;
    let since = firm.office.clock.now();
    firm.office.tie(&firm.maya, &firm.beech, Access::Given { since }).await;
    firm.sam().remove_contact(firm.alder.id, firm.maya.id, String::new()).await.unwrap();
    firm.office.tie(&firm.maya, &firm.alder, Access::Given { since }).await;
    assert_eq!(firm.file(lease).audience, Audience::Named(vec![firm.noor.id]));
    assert_eq!(firm.names_seen(&firm.maya), [""; 0]);
}

#[tokio::test]
async fn a_template_makes_the_folders_that_are_missing() {
    let firm = firm().await;
    let (alder, sam) = (firm.alder.id, firm.sam());
    let year = firm.folder(None, "2026").await;
    firm.folder(Some(year), "letters").await;
    let preset = TemplateChoice::Preset(FolderPreset::find("tax-year").unwrap());
    let without = sam.apply_folder_template(alder, None, preset, None, String::new()).await;
    assert!(refused(without).contains("Give the year"));
    let apply = || sam.apply_folder_template(alder, None, preset, Some(2026), String::new());
    assert_eq!(apply().await.unwrap(), 3);
    assert_eq!(apply().await.unwrap(), 0);
    let tree = sam.folders_as_tree(alder, None).unwrap();
    assert_eq!(tree.as_text(), "2026\n  Accounts\n  From you\n  letters\n  Tax return\n");

    let admin = firm.sam().admin().unwrap();
    let name = || "Our year".to_owned().try_into().unwrap();
    let new = || NewFolderTemplate { name: name(), tree: tree.clone(), everyone: false };
    let id = admin.save_folder_template(None, new()).await.unwrap();
    assert_eq!(admin.save_folder_template(None, new()).await.unwrap(), id, "a second click");
    let other = NewFolderTemplate { everyone: true, ..new() };
    assert!(refused(admin.save_folder_template(None, other).await).contains("has this name"));
    let own = TemplateChoice::Own(id);
    let made = sam.apply_folder_template(firm.beech.id, None, own, None, String::new()).await;
    assert_eq!(made.unwrap(), 5);
    admin.delete_folder_template(id).await.unwrap();
    assert!(sam.folder_templates().unwrap().is_empty());
}

#[test]
fn a_tree_is_typed_as_lines() {
    let tree = |typed: &str| FolderTree::parse(typed).map(|tree| tree.as_text());
    assert_eq!(tree("a\n\tb\n    c\n  d\n\ne").unwrap(), "a\n  b\n    c\n  d\ne\n");
    assert!(tree("a\n  b\n  B").unwrap_err().contains("stands twice"));
    assert!(tree("a\nb/c").unwrap_err().starts_with("Line 2: "));
    assert!(tree(" \n").is_err());
}

#[tokio::test]
async fn a_zip_has_a_path_of_its_own_for_each_file() {
    let firm = firm().await;
    let (alder, sam) = (firm.alder.id, firm.sam());
    let year = firm.folder(None, "2026?").await;
    let vat = firm.folder(Some(year), "con").await;
    firm.folder(Some(year), "Empty").await;
    for (folder, name) in
        [(year, "a.pdf"), (year, "A.pdf"), (year, "a (2).pdf"), (vat, "x:y.pdf"), (vat, "x_y.pdf")]
    {
        firm.add(Some(folder), name, Audience::Firm, b"bytes").await;
    }
    let top = firm.add(None, "Top.pdf", Audience::Firm, b"top").await;
    let what = Picked { files: vec![top, top], folders: vec![year, vat] };
    let zip = sam.zip(alder, &what).unwrap();
    let mut paths: Vec<&str> = zip.entries.iter().map(|entry| entry.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(zip.name, "Alder Ltd files.zip");
    let distinct: std::collections::HashSet<_> =
        paths.iter().map(|path| path.to_lowercase()).collect();
    assert_eq!(distinct.len(), 6, "{paths:?}");
    assert!(paths.contains(&"Top.pdf") && paths.contains(&"2026_/con_/x_y.pdf"), "{paths:?}");
    let one = zip.entries.iter().find(|entry| entry.path == "Top.pdf").unwrap();
    assert_eq!(&zip.open(one).unwrap().content.read(0..3).unwrap()[..], b"top");
    assert_eq!(sam.zip(alder, &Picked::folder(year)).unwrap().name, "2026_.zip");
    let empty = firm.folder(None, "Empty").await;
    assert!(refused(sam.zip(alder, &Picked::folder(empty))).contains("nothing in it"));
    assert!(refused(sam.zip(alder, &Picked::default())).contains("Choose"));
}
