//! What should be there: the rules once more, as plainly as they can be said.

use std::collections::BTreeSet;

use crate::model::Id;
use crate::model::contact::Contact;
use crate::model::file::{Audience, File};
use crate::model::folder::Folder;

/// In the trash by itself, or along with a folder.
pub(super) type Trash = Option<Option<usize>>;

#[derive(Clone, Debug)]
pub(super) struct PlainFolder {
    pub(super) id: Id<Folder>,
    pub(super) parent: Option<usize>,
    pub(super) name: String,
    pub(super) audience: Audience,
    pub(super) trash: Trash,
}

#[derive(Clone, Debug)]
pub(super) struct PlainFile {
    pub(super) id: Id<File>,
    pub(super) folder: Option<usize>,
    pub(super) name: String,
    pub(super) by: Option<Id<Contact>>,
    pub(super) audience: Audience,
    pub(super) rejected: bool,
    pub(super) usable: Vec<bool>,
    pub(super) trash: Trash,
}

/// What should be there.
#[derive(Clone, Debug, Default)]
pub(super) struct Plain {
    pub(super) folders: Vec<PlainFolder>,
    pub(super) files: Vec<PlainFile>,
}

impl Plain {
    pub(super) fn picked(&self, files: &[u8], folders: &[u8]) -> (Vec<usize>, Vec<usize>) {
        let of = |picks: &[u8], count: usize| {
            let some = picks.iter().filter(|_| count > 0);
            some.map(|pick| usize::from(*pick) % count)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect()
        };
        (of(files, self.files.len()), of(folders, self.folders.len()))
    }

    /// One of the folders, or the top.
    pub(super) fn place(&self, pick: u8) -> Option<usize> {
        usize::from(pick).checked_rem(self.folders.len() + 1)?.checked_sub(1)
    }

    pub(super) fn is_in(&self, at: Option<usize>, folder: usize) -> bool {
        let mut at = at;
        while let Some(here) = at {
            if here == folder {
                return true;
            }
            at = self.folders[here].parent;
        }
        false
    }

    pub(super) fn is_there(&self, place: Option<usize>) -> bool {
        place.is_none_or(|folder| self.folders[folder].trash.is_none())
    }

    pub(super) fn is_taken(
        &self,
        parent: Option<usize>,
        name: &str,
        except: Option<usize>,
    ) -> bool {
        self.folders.iter().enumerate().any(|(at, folder)| {
            let same = folder.name.to_lowercase() == name.to_lowercase();
            folder.trash.is_none() && folder.parent == parent && same && Some(at) != except
        })
    }

    /// Without what lies in another that was picked; none if something is not there.
    pub(super) fn live(
        &self,
        (files, folders): (Vec<usize>, Vec<usize>),
    ) -> Option<(Vec<usize>, Vec<usize>)> {
        let gone = files.iter().any(|at| self.files[*at].trash.is_some());
        if gone || folders.iter().any(|at| self.folders[*at].trash.is_some()) {
            return None;
        }
        let covered = |at| folders.iter().any(|folder| self.is_in(at, *folder));
        let files: Vec<_> =
            files.into_iter().filter(|at| !covered(self.files[*at].folder)).collect();
        let tops: Vec<_> =
            folders.iter().copied().filter(|at| !covered(self.folders[*at].parent)).collect();
        (!files.is_empty() || !tops.is_empty()).then_some((files, tops))
    }

    pub(super) fn below(&self, folder: usize) -> (Vec<usize>, Vec<usize>) {
        let live = |trash: &Trash| trash.is_none();
        let files = (0..self.files.len()).filter(|at| {
            live(&self.files[*at].trash) && self.is_in(self.files[*at].folder, folder)
        });
        let folders = (0..self.folders.len())
            .filter(|at| live(&self.folders[*at].trash) && self.is_in(Some(*at), folder));
        (files.collect(), folders.collect())
    }

    pub(super) fn share(&mut self, picked: (Vec<usize>, Vec<usize>), audience: &Audience) -> bool {
        let Some((mut files, folders)) = self.live(picked) else { return false };
        for folder in folders {
            let (below, inner) = self.below(folder);
            files.extend(below);
            inner.into_iter().for_each(|at| self.folders[at].audience = audience.clone());
        }
        files.into_iter().for_each(|at| self.files[at].audience = audience.clone());
        true
    }

    pub(super) fn shift(&mut self, picked: (Vec<usize>, Vec<usize>), to: Option<usize>) -> bool {
        let Some((files, folders)) = self.live(picked).filter(|_| self.is_there(to)) else {
            return false;
        };
        let mut after = self.clone();
        for at in folders.into_iter().filter(|at| self.folders[*at].parent != to) {
            let name = after.folders[at].name.clone();
            if after.is_in(to, at) || after.is_taken(to, &name, None) {
                return false;
            }
            after.folders[at].parent = to;
        }
        files.into_iter().for_each(|at| after.files[at].folder = to);
        *self = after;
        true
    }

    /// What lies there already stays as it is.
    pub(super) fn trash(&mut self, (files, folders): (Vec<usize>, Vec<usize>)) -> bool {
        let some = !files.is_empty() || !folders.is_empty();
        let files = files.into_iter().filter(|at| self.files[*at].trash.is_none()).collect();
        let folders = folders.into_iter().filter(|at| self.folders[*at].trash.is_none()).collect();
        let Some((files, folders)) = self.live((files, folders)) else { return some };
        for folder in folders {
            let (below, inner) = self.below(folder);
            below.into_iter().for_each(|at| self.files[at].trash = Some(Some(folder)));
            inner.into_iter().for_each(|at| self.folders[at].trash = Some(Some(folder)));
            self.folders[folder].trash = Some(None);
        }
        files.into_iter().for_each(|at| self.files[at].trash = Some(None));
        true
    }

    pub(super) fn restore(&mut self, (files, folders): (Vec<usize>, Vec<usize>)) -> bool {
        let alone = |trash: &Trash| trash.is_none_or(|with| with.is_none());
        let all = files.iter().all(|at| alone(&self.files[*at].trash))
            && folders.iter().all(|at| alone(&self.folders[*at].trash));
        if !all || files.is_empty() && folders.is_empty() {
            return false;
        }
        let folders: Vec<_> =
            folders.into_iter().filter(|at| self.folders[*at].trash.is_some()).collect();
        let files: Vec<_> =
            files.into_iter().filter(|at| self.files[*at].trash.is_some()).collect();
        for at in folders {
            let parent = self.folders[at].parent.filter(|parent| self.is_there(Some(*parent)));
            let (asked, mut number) = (self.folders[at].name.clone(), 1);
            let mut name = asked.clone();
            while self.is_taken(parent, &name, None) {
                number += 1;
                name = format!("{asked} ({number})");
            }
            let along = Some(Some(at));
            self.folders
                .iter_mut()
                .filter(|one| one.trash == along)
                .for_each(|one| one.trash = None);
            self.files.iter_mut().filter(|one| one.trash == along).for_each(|one| one.trash = None);
            let folder = &mut self.folders[at];
            (folder.trash, folder.parent, folder.name) = (None, parent, name);
        }
        for at in files {
            self.files[at].folder =
                self.files[at].folder.filter(|place| self.is_there(Some(*place)));
            self.files[at].trash = None;
        }
        true
    }

    /// The folder in which somebody finds what lies in a place: the next whose name they may learn.
    pub(super) fn found_in(&self, place: Option<usize>, who: Id<Contact>) -> Option<usize> {
        let mut at = place;
        while let Some(here) = at.filter(|at| !meant(&self.folders[*at].audience, who)) {
            at = self.folders[here].parent;
        }
        at
    }

    pub(super) fn shown_to(&self, who: Id<Contact>) -> Vec<&PlainFile> {
        let shown = |file: &&PlainFile| {
            let open = file.usable.contains(&true) && !file.rejected;
            let theirs = file.by == Some(who) || meant(&file.audience, who) && open;
            file.trash.is_none() && theirs
        };
        self.files.iter().filter(shown).collect()
    }
}

fn meant(audience: &Audience, who: Id<Contact>) -> bool {
    match audience {
        Audience::Firm => false,
        Audience::Everyone => true,
        Audience::Named(named) => named.contains(&who),
    }
}
