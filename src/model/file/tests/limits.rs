use std::collections::HashSet;

use super::kit::{firm, record_of};
use crate::model::Id;
use crate::model::file::{Audience, Author, File, FileOrder, FileQuery, Picked};

const MANY: usize = 10_000;

#[tokio::test]
async fn ten_thousand_files_in_a_folder_are_paged_found_shared_and_packed() {
    let firm = firm().await;
    let (alder, sam) = (firm.alder.id, firm.sam());
    let folder = firm.folder(None, "Scans").await;
    let (client, by) = (firm.alder.clone(), Author::of(sam.me()));
    firm.office
        .write(move |tx| {
            for number in 0..MANY {
                let name = format!("Scan {number}.pdf");
                let file = record_of(&client, Some(folder), &name, by.clone(), Audience::Everyone);
                let mut file = File { id: tx.id(), ..file };
                file.versions[0].bytes = (number % 7) as u64;
                tx.add(&file)?;
            }
            Ok(())
        })
        .await;
    for (order, down) in
        [(FileOrder::Name, true), (FileOrder::Size, false), (FileOrder::Changed, true)]
    {
        let mut query =
            FileQuery { folder: Some(folder), order, down, limit: 1_000, ..Default::default() };
        let mut seen = HashSet::new();
        loop {
            let page = sam.files(alder, &query).unwrap();
            assert_eq!(page.total.to_string(), "more than 100");
            for row in &page.files {
                assert!(seen.insert(row.file.id), "{} comes twice", row.file.name);
            }
            query.after = page.next;
            if page.next.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), MANY, "{order:?}");
    }
    let first =
        sam.files(alder, &FileQuery { folder: Some(folder), ..Default::default() }).unwrap();
    let names: Vec<_> = first.files[8..11].iter().map(|row| row.file.name.as_str()).collect();
    assert_eq!(names, ["Scan 8.pdf", "Scan 9.pdf", "Scan 10.pdf"], "as people count");

    firm.share(Picked::folder(folder), Audience::Everyone).await;
    let portal = firm.portal(&firm.maya);
    let (mut after, mut seen) = (None::<Id<File>>, 0);
    loop {
        let page = portal.folder(Some(folder), after, 1_000).unwrap();
        (seen, after) = (seen + page.files.len(), page.next);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, MANY);
    let found = portal.find_files("scan 9999", None, 10).unwrap();
    assert_eq!((found.files.len(), found.total.to_string()), (1, "1".into()));
    assert_eq!(portal.zip(&Picked::folder(folder)).unwrap().entries.len(), MANY);
    assert!(portal.open_file(found.files[0].file.id).is_err(), "it has no bytes");

    let noor = Audience::Named(vec![firm.noor.id]);
    firm.share(Picked::folder(folder), noor).await;
    assert_eq!(portal.folder(None, None, 10).unwrap().folders.len(), 0);
    let one = &firm.portal(&firm.noor).folder(None, None, 10).unwrap().folders[0];
    assert_eq!(one.files.to_string(), "more than 100");
}
