//! What a list says of a folder, the pages of a list in both directions, and what a zip says of what is not in it.

use jiff::SignedDuration;

use super::kit::{Firm, firm};
use crate::model::file::{Audience, File, FileOrder, FilePage, FileQuery, Picked, Scan};
use crate::model::folder::Folder;
use crate::model::{FolderSeen, Id};

fn seen(firm: &Firm, folder: Id<Folder>) -> FolderSeen {
    firm.sam().folder(firm.alder.id, folder).unwrap().seen
}

#[tokio::test]
async fn a_folder_says_who_sees_what_is_in_it() {
    let firm = firm().await;
    let (year, maya) = (firm.folder(None, "2026").await, Audience::Named(vec![firm.maya.id]));
    let vat = firm.folder(Some(year), "VAT").await;
    let empty = seen(&firm, year);
    assert_eq!((empty.short(), empty.icon(), empty.varies()), ("Firm only".into(), "lock", None));
    assert!(empty.more().starts_with("Nothing is in it yet."), "{}", empty.more());
    assert_eq!(empty.chosen(), Some(&Audience::Firm));

    firm.add(Some(vat), "Lease.pdf", Audience::Everyone, b"lease").await;
    let alike = seen(&firm, year);
    assert_eq!((alike.short(), alike.more()), ("Everyone".into(), String::new()));
    assert_eq!(alike.chosen(), Some(&Audience::Everyone), "and not what the folder says");

    firm.add(Some(year), "Ledger.pdf", Audience::Firm, b"ledger").await;
    let varied = seen(&firm, year);
    assert_eq!((varied.short(), varied.icon(), varied.chosen()), ("Varies".into(), "eye", None));
    assert_eq!(varied.more(), "In it: Firm only and Everyone");

    firm.add(Some(year), "Plan.pdf", maya, b"plan").await;
    let noor = Some(&firm.noor);
    firm.record(&firm.alder, (Some(year), "Scan.pdf"), noor, Audience::Firm).await;
    assert_eq!(
        seen(&firm, year).varies().unwrap(),
        "Firm only, Maya Marlow, Noor Marlow and others"
    );
}

#[tokio::test]
async fn of_a_large_folder_it_says_how_far_it_looked() {
    let firm = firm().await;
    let folder = firm.folder(None, "Scans").await;
    for number in 0..=100 {
        let place = (Some(folder), &*format!("Scan {number}.pdf"));
        firm.record(&firm.alder, place, None, Audience::Everyone).await;
    }
    let seen = seen(&firm, folder);
    assert_eq!((seen.short(), seen.chosen()), ("Everyone (first 100)".into(), None));
    assert!(seen.more().ends_with("the others were not looked at."), "{}", seen.more());
}

fn names(page: &FilePage) -> String {
    page.files.iter().map(|row| row.file.name.to_string()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_list_leads_back_over_the_same_pages() {
    let firm = firm().await;
    firm.folder(None, "a folder").await;
    for name in ["a1", "a2", "a3", "a4", "a5", "a6", "a7"] {
        firm.record(&firm.alder, (None, name), None, Audience::Firm).await;
        firm.office.clock.advance(SignedDuration::from_secs(1));
    }
    let sam = firm.sam();
    for find in ["", "a"] {
        for (order, down) in
            [(FileOrder::Name, false), (FileOrder::Name, true), (FileOrder::Changed, true)]
        {
            let query =
                FileQuery { find: find.into(), order, down, limit: 3, ..Default::default() };
            let mut there = vec![sam.files(firm.alder.id, &query).unwrap()];
            while let Some(after) = there.last().and_then(|page| page.next) {
                let query = FileQuery { after: Some(after), ..query.clone() };
                there.push(sam.files(firm.alder.id, &query).unwrap());
            }
            assert_eq!(there.len(), 3);
            assert!(there[0].prev.is_none() && !there[0].later && there[2].later);
            for at in [2, 1] {
                let query = FileQuery { before: there[at].prev, ..query.clone() };
                let back = sam.files(firm.alder.id, &query).unwrap();
                assert_eq!(names(&back), names(&there[at - 1]), "{find:?} {order:?} {down}");
                assert_eq!((back.next, back.later), (there[at - 1].next, at == 2));
                assert_eq!(back.folders.len(), there[at - 1].folders.len());
            }
        }
    }
    let gone = FileQuery { before: Some(Id::MIN), limit: 3, ..FileQuery::default() };
    assert!(!sam.files(firm.alder.id, &gone).unwrap().later, "which leads to the first page");
}

async fn lock(firm: &Firm, file: Id<File>, scan: Scan) {
    let mut file = firm.file(file);
    file.versions.last_mut().unwrap().scan = scan;
    firm.office.put(file).await;
}

#[tokio::test]
async fn a_zip_says_what_the_virus_scan_keeps_out_of_it() {
    let firm = firm().await;
    let year = firm.folder(None, "2026").await;
    let lease = firm.add(Some(year), "Lease.pdf", Audience::Everyone, b"lease").await;
    firm.add(None, "Not in this zip.txt", Audience::Firm, b"somebody's own").await;
    let bad = firm.add(Some(year), "Bad.exe", Audience::Firm, b"bad").await;
    let slow = firm.add(Some(year), "Slow.pdf", Audience::Firm, b"slow").await;
    let picked = Picked::folder(year);
    let zip = |firm: &Firm| firm.sam().zip(firm.alder.id, &picked).unwrap();
    assert!(zip(&firm).missing.is_none());

    lock(&firm, bad, Scan::Infected { at: firm.file(bad).added, what: "EICAR".into() }).await;
    lock(&firm, slow, Scan::Waiting).await;
    firm.add_version(lease, b"newer").await;
    lock(&firm, lease, Scan::Waiting).await;
    let zip = zip(&firm);
    assert_eq!(zip.entries.len(), 1);
    let missing = zip.missing.unwrap();
    assert_eq!(missing.path, "Not in this zip.txt");
    let lines: Vec<&str> = missing.text.lines().skip(2).collect();
    assert_eq!(
        lines,
        [
            "2026/Bad.exe is locked: the virus scan found something in it.",
            "2026/Lease.pdf is here as version 1. What came after it waits for the virus scan.",
            "2026/Slow.pdf waits for the virus scan.",
        ]
    );
}
