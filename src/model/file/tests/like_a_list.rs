//! Whatever staff and contacts do with files and folders, each contact is listed, counted, found and packed what a list
//! of plain rules says, and nothing else.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::kit::{Firm, firm, folder_name, version};
use super::plain::{Plain, PlainFile, PlainFolder};
use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::db::check_index;
use crate::model::file::{Audience, Author, File, FileQuery, Picked, Review, Scan};
use crate::model::folder::Folder;
use crate::model::membership::Access;
use crate::model::testing::cases;
use crate::model::{Id, Portal};

const FILES: [&str; 5] = ["a.pdf", "A.pdf", "b 2.pdf", "b 10.pdf", "c"];
const FOLDERS: [&str; 4] = ["x", "X", "y", "z 2"];
const WORDS: [&str; 6] = ["a", "b", "2", "pdf", "10", "b pdf"];

#[derive(Clone, Debug)]
enum Do {
    Folder { parent: u8, name: u8 },
    File { folder: u8, name: u8, by: u8, audience: u8 },
    Share { files: Vec<u8>, folders: Vec<u8>, audience: u8 },
    Move { files: Vec<u8>, folders: Vec<u8>, to: u8 },
    Trash { files: Vec<u8>, folders: Vec<u8> },
    Restore { files: Vec<u8>, folders: Vec<u8> },
    Rename { folder: u8, name: u8 },
    Reject { file: u8 },
    Version { file: u8, waits: bool },
}

fn doings() -> impl Strategy<Value = Vec<Do>> {
    let some = || proptest::collection::vec(any::<u8>(), 0..3);
    let one = prop_oneof![
        4 => (any::<u8>(), any::<u8>()).prop_map(|(parent, name)| Do::Folder { parent, name }),
        6 => (any::<u8>(), any::<u8>(), 0..3u8, any::<u8>())
            .prop_map(|(folder, name, by, audience)| Do::File { folder, name, by, audience }),
        4 => (some(), some(), any::<u8>())
            .prop_map(|(files, folders, audience)| Do::Share { files, folders, audience }),
        3 => (some(), some(), any::<u8>())
            .prop_map(|(files, folders, to)| Do::Move { files, folders, to }),
        2 => (some(), some()).prop_map(|(files, folders)| Do::Trash { files, folders }),
        2 => (some(), some()).prop_map(|(files, folders)| Do::Restore { files, folders }),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(folder, name)| Do::Rename { folder, name }),
        1 => any::<u8>().prop_map(|file| Do::Reject { file }),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(file, waits)| Do::Version { file, waits }),
    ];
    proptest::collection::vec(one, 1..30)
}

/// A client of its own for each run.
struct Run<'f> {
    firm: &'f Firm,
    client: Client,
    contacts: [&'f Contact; 2],
    plain: Plain,
}

impl Run<'_> {
    fn audience(&self, pick: u8) -> Audience {
        let [one, two] = self.contacts.map(|contact| contact.id);
        match pick % 5 {
            0 => Audience::Firm,
            1 => Audience::Everyone,
            2 => Audience::Named(vec![one]),
            3 => Audience::Named(vec![two]),
            _ => Audience::Named(vec![one, two]),
        }
    }

    fn ids(&self, (files, folders): &(Vec<usize>, Vec<usize>)) -> Picked {
        Picked {
            files: files.iter().map(|at| self.plain.files[*at].id).collect(),
            folders: folders.iter().map(|at| self.plain.folders[*at].id).collect(),
        }
    }

    fn id_of(&self, place: Option<usize>) -> Option<Id<Folder>> {
        place.map(|at| self.plain.folders[at].id)
    }

    async fn carry_out(&mut self, doing: Do) {
        let (sam, client) = (self.firm.sam(), self.client.id);
        self.firm.office.tick();
        match doing {
            Do::Folder { parent, name } => self.make_folder(parent, name).await,
            Do::File { folder, name, by, audience } => {
                let folder = self.plain.place(folder).filter(|at| self.plain.is_there(Some(*at)));
                self.add_file(folder, name, by, audience).await;
            }
            Do::Share { files, folders, audience } => {
                let picked = self.plain.picked(&files, &folders);
                let (what, audience) = (self.ids(&picked), self.audience(audience));
                let real =
                    sam.share_files(client, what, audience.clone(), false, String::new()).await;
                assert_eq!(real.is_ok(), self.plain.share(picked, &audience), "{real:?}");
            }
            Do::Move { files, folders, to } => {
                let (picked, to) = (self.plain.picked(&files, &folders), self.plain.place(to));
                let real = sam.move_files(client, self.ids(&picked), self.id_of(to)).await;
                assert_eq!(real.is_ok(), self.plain.shift(picked, to), "{real:?}");
            }
            Do::Trash { files, folders } => {
                let picked = self.plain.picked(&files, &folders);
                let real = sam.trash_files(client, self.ids(&picked)).await;
                assert_eq!(real.is_ok(), self.plain.trash(picked), "{real:?}");
            }
            Do::Restore { files, folders } => {
                let picked = self.plain.picked(&files, &folders);
                let real = sam.restore_files(client, self.ids(&picked)).await;
                assert_eq!(real.is_ok(), self.plain.restore(picked), "{real:?}");
            }
            Do::Rename { folder, name } => {
                let Some(at) = self.plain.place(folder) else { return };
                let name = FOLDERS[usize::from(name) % FOLDERS.len()];
                let folder = self.plain.folders[at].clone();
                let free = !self.plain.is_taken(folder.parent, name, Some(at));
                let real = sam.rename_folder(client, folder.id, folder_name(name)).await;
                assert_eq!(real.is_ok(), folder.trash.is_none() && free, "{real:?}");
                if real.is_ok() {
                    self.plain.folders[at].name = name.into();
                }
            }
            Do::Reject { file } => self.reject(file).await,
            Do::Version { file, waits } => self.add_version(file, waits).await,
        }
    }

    async fn make_folder(&mut self, parent: u8, name: u8) {
        let (parent, name) = (self.plain.place(parent), FOLDERS[usize::from(name) % FOLDERS.len()]);
        let free = self.plain.is_there(parent) && !self.plain.is_taken(parent, name, None);
        let (sam, id) = (self.firm.sam(), self.id_of(parent));
        let made = sam.make_folder(self.client.id, id, folder_name(name), String::new()).await;
        assert_eq!(made.is_ok(), free, "{made:?}");
        if let Ok(id) = made {
            let around = parent.map(|at| self.plain.folders[at].audience.clone());
            let audience = around.unwrap_or(Audience::Firm);
            let name = name.into();
            self.plain.folders.push(PlainFolder { id, parent, name, audience, trash: None });
        }
    }

    async fn add_file(&mut self, folder: Option<usize>, name: u8, by: u8, audience: u8) {
        let name = FILES[usize::from(name) % FILES.len()];
        let by = usize::from(by).checked_sub(1).map(|at| self.contacts[at]);
        let audience = self.audience(audience);
        let place = (self.id_of(folder), name);
        let id = self.firm.record(&self.client, place, by, audience.clone()).await;
        self.plain.files.push(PlainFile {
            id,
            folder,
            name: name.into(),
            by: by.map(|by| by.id),
            audience,
            rejected: false,
            usable: vec![true],
            trash: None,
        });
    }

    async fn reject(&mut self, pick: u8) {
        let Some(at) = usize::from(pick).checked_rem(self.plain.files.len()) else { return };
        let file = self.firm.file(self.plain.files[at].id);
        if file.review.is_none() {
            return;
        }
        let (by, at_time) = (Author::of(self.firm.sam().me()), self.firm.office.clock.now());
        let reason = "Unreadable".to_owned().try_into().unwrap();
        let review = Some(Review::Rejected { by, at: at_time, reason });
        self.firm.office.put(File { review, ..file }).await;
        self.plain.files[at].rejected = true;
    }

    async fn add_version(&mut self, pick: u8, waits: bool) {
        let Some(at) = usize::from(pick).checked_rem(self.plain.files.len()) else { return };
        let mut file = self.firm.file(self.plain.files[at].id);
        if waits && file.versions.len() == 1 {
            // The first one was looked at again: nobody can open anything.
            file.versions[0].scan = Scan::Waiting;
            self.plain.files[at].usable = vec![false];
        } else {
            let (by, now) = (Author::of(self.firm.sam().me()), self.firm.office.clock.now());
            let mut new = version(file.next_version, by, now);
            new.scan = if waits { Scan::Waiting } else { Scan::Off };
            (file.changed, file.next_version) = (now, file.next_version + 1);
            file.versions.push(new);
            self.plain.files[at].usable.push(!waits);
        }
        self.firm.office.put(file).await;
    }

    /// Compares all that everybody sees.
    fn compare(&self) {
        for contact in self.contacts {
            self.compare_portal(contact);
        }
        self.compare_console();
        let wrong = self.firm.office.system.core().db.read(check_index).unwrap();
        assert_eq!(wrong, [""; 0]);
    }

    fn compare_portal(&self, contact: &Contact) {
        let portal = self.firm.portal_of(contact, self.client.id);
        let shown = self.plain.shown_to(contact.id);
        let places = (0..self.plain.folders.len()).map(Some).chain([None]);
        let found_in = |place| self.plain.found_in(place, contact.id);
        for place in places {
            let here: BTreeSet<_> = shown
                .iter()
                .filter(|file| found_in(file.folder) == place)
                .map(|file| file.id)
                .collect();
            let below = |folder: usize| {
                shown.iter().filter(|file| self.plain.is_in(file.folder, folder)).count()
            };
            let page = portal.folder(self.id_of(place), None, 2);
            if found_in(place) != place || place.is_some_and(|folder| below(folder) == 0) {
                assert!(
                    page.is_err(),
                    "a folder with nothing for them, or not for them, is not there"
                );
                continue;
            }
            assert_eq!(page.unwrap().total.to_string(), here.len().to_string());
            let (files, folders) = all_of(&portal, self.id_of(place));
            assert_eq!(files.iter().copied().collect::<BTreeSet<_>>(), here);
            assert_eq!(files.len(), here.len(), "none comes twice");
            let inside = (0..self.plain.folders.len()).filter(|at| {
                let around = found_in(self.plain.folders[*at].parent);
                found_in(Some(*at)) == Some(*at) && around == place && below(*at) > 0
            });
            let inside: BTreeSet<_> =
                inside.map(|at| (self.plain.folders[at].id, below(at).to_string())).collect();
            assert_eq!(folders, inside);
        }
        compare_finds(&portal, &shown);
        for file in &self.plain.files {
            let theirs = shown.iter().any(|shown| shown.id == file.id);
            assert_eq!(portal.file(file.id).is_ok(), theirs);
        }
        let recent: BTreeSet<_> =
            portal.recent_files(1_000).unwrap().iter().map(|row| row.file.id).collect();
        assert_eq!(recent, shown.iter().map(|file| file.id).collect());
    }

    fn compare_console(&self) {
        let (sam, mut next, mut names) = (self.firm.sam(), vec![None], BTreeSet::new());
        let mut files = BTreeSet::new();
        while let Some(folder) = next.pop() {
            let query = FileQuery { folder, limit: 1_000, ..Default::default() };
            let page = sam.files(self.client.id, &query).unwrap();
            for row in page.folders {
                assert!(names.insert((folder, row.folder.name.same_key())), "a name twice");
                next.push(Some(row.folder.id));
            }
            assert!(names.len() <= self.plain.folders.len(), "a folder lies in itself");
            for row in page.files {
                assert!(files.insert(row.file.id), "a file comes twice");
            }
        }
        let live = self.plain.files.iter().filter(|file| file.trash.is_none());
        assert_eq!(files, live.map(|file| file.id).collect());
        let folders = self.plain.folders.iter().filter(|folder| folder.trash.is_none());
        assert_eq!(names.len(), folders.count());
        let trash = sam.trash(self.client.id).unwrap();
        let alone = self.plain.files.iter().filter(|file| file.trash == Some(None)).count();
        assert_eq!(trash.files.len(), alone);
    }
}

fn compare_finds(portal: &Portal, shown: &[&PlainFile]) {
    for typed in WORDS {
        let has = |name: &str| typed.split(' ').all(|word| name.to_lowercase().contains(word));
        let wanted: BTreeSet<_> =
            shown.iter().filter(|file| has(&file.name)).map(|file| file.id).collect();
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = portal.find_files(typed, after, 2).unwrap();
            assert_eq!(page.total.to_string(), wanted.len().to_string());
            found.extend(page.files.iter().map(|row| row.file.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), wanted.len(), "{typed}");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted, "{typed}");
    }
    let top = all_of(portal, None);
    let folders = top.1.into_iter().map(|(id, _)| id).collect();
    let all = Picked { files: top.0, folders };
    let packed: BTreeSet<_> = match portal.zip(&all) {
        Ok(zip) => zip.entries.iter().map(|entry| entry.file).collect(),
        Err(_) => BTreeSet::new(),
    };
    let open = shown.iter().filter(|file| file.usable.contains(&true));
    assert_eq!(packed, open.map(|file| file.id).collect());
}

/// The folders in a folder, with how many files they have.
type Inside = BTreeSet<(Id<Folder>, String)>;

/// All files of a folder, page by page, and the folders in it with how many files they have.
fn all_of(portal: &Portal, folder: Option<Id<Folder>>) -> (Vec<Id<File>>, Inside) {
    let (mut files, mut folders, mut after) = (Vec::new(), BTreeSet::new(), None);
    loop {
        let page = portal.folder(folder, after, 2).unwrap();
        files.extend(page.files.iter().map(|row| row.file.id));
        folders
            .extend(page.folders.into_iter().map(|folder| (folder.id, folder.files.to_string())));
        after = page.next;
        if after.is_none() {
            return (files, folders);
        }
    }
}

#[test]
fn whatever_is_done_each_contact_sees_what_is_meant_for_them_and_nothing_else() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let firm = runtime.block_on(firm());
    let run = |doings: Vec<Do>| {
        runtime.block_on(async {
            let client = firm.office.client("Cedar").await;
            let since = firm.office.clock.now();
            for contact in [&firm.maya, &firm.noor] {
                firm.office.tie(contact, &client, Access::Given { since }).await;
            }
            let contacts = [&firm.maya, &firm.noor];
            let mut run = Run { firm: &firm, client, contacts, plain: Plain::default() };
            for doing in doings {
                run.carry_out(doing).await;
            }
            run.compare();
        });
        Ok(())
    };
    TestRunner::new(cases(40)).run(&doings(), run).unwrap();
}
