//! Whatever becomes of files, those are found whose names have the words, and no others.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::kit::firm;
use crate::model::client::Client;
use crate::model::file::{Audience, File, Picked};
use crate::model::testing::cases;
use crate::model::{Console, Id};
use crate::values::FileName;
use crate::values::search::words;

const NAMES: [&str; 5] =
    ["Lease of the kiln.pdf", "Kiln-2026.txt", "Rota.txt", "lease.pdf", "Ünïted 2026.csv"];
const TYPED: [&str; 6] = ["lease", "kil", "2026 k", "unit", "txt rota", "x"];

#[derive(Clone, Debug)]
enum Do {
    Add(u8),
    Rename(u8, u8),
    Trash(u8),
    Restore(u8),
    Look,
}

fn doings() -> impl Strategy<Value = Vec<Do>> {
    let one = prop_oneof![
        4 => any::<u8>().prop_map(Do::Add),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(file, name)| Do::Rename(file, name)),
        2 => any::<u8>().prop_map(Do::Trash),
        1 => any::<u8>().prop_map(Do::Restore),
        2 => Just(Do::Look),
    ];
    proptest::collection::vec(one, 1..20)
}

/// A file, its name, and whether it is outside the trash.
type Known = (Id<File>, &'static str, bool);

fn compare(sam: &Console, client: Id<Client>, files: &[Known]) {
    for typed in TYPED {
        let found = sam.search(typed, 1_000).unwrap().map(|found| found.files.0);
        let theirs = found.into_iter().flatten().filter(|found| found.file.client == client);
        let mut found: Vec<_> = theirs.map(|found| found.file.id).collect();
        let asked = words(typed);
        let has = |name: &str| {
            let known = words(name);
            asked.iter().all(|word| known.iter().any(|one| one.starts_with(word)))
        };
        let wanted = files.iter().filter(|(_, name, there)| *there && has(name));
        let mut wanted: Vec<_> = wanted.map(|(id, ..)| *id).collect();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{typed}");
    }
}

#[test]
fn whatever_becomes_of_files_those_are_found_whose_names_have_the_words() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let firm = runtime.block_on(firm());
    let run = |doings: Vec<Do>| {
        runtime.block_on(async {
            let client = firm.office.client("Cedar").await;
            let (sam, mut files) = (firm.sam(), Vec::<Known>::new());
            for doing in doings {
                let pick = |at: u8, files: &[_]| usize::from(at).checked_rem(files.len());
                match doing {
                    Do::Add(name) => {
                        let name = NAMES[usize::from(name) % NAMES.len()];
                        let place = (None, name);
                        let id = firm.record(&client, place, None, Audience::Firm).await;
                        files.push((id, name, true));
                    }
                    Do::Rename(file, name) => {
                        let Some(at) = pick(file, &files) else { continue };
                        let name = NAMES[usize::from(name) % NAMES.len()];
                        let new = FileName::parse(name).unwrap();
                        if sam.rename_file(client.id, files[at].0, new).await.is_ok() {
                            files[at].1 = name;
                        }
                    }
                    Do::Trash(file) => {
                        let Some(at) = pick(file, &files) else { continue };
                        sam.trash_files(client.id, Picked::file(files[at].0)).await.unwrap();
                        files[at].2 = false;
                    }
                    Do::Restore(file) => {
                        let Some(at) = pick(file, &files) else { continue };
                        sam.restore_files(client.id, Picked::file(files[at].0)).await.unwrap();
                        files[at].2 = true;
                    }
                    Do::Look => compare(&sam, client.id, &files),
                }
            }
            compare(&sam, client.id, &files);
        });
        Ok(())
    };
    TestRunner::new(cases(20)).run(&doings(), run).unwrap();
}
