//! Two files of one name in a folder: the newer one can become a version of the older one.

use super::place::{here, live_file};
use super::{Author, File, Trashed};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Read, Records};
use crate::model::id::Id;
use crate::model::login::Who;
use crate::values::FileName;

/// A file that was added beside an older one of its name, and that one.
#[derive(Clone, Debug)]
pub struct Twins {
    /// The newer one.
    pub file: File,
    /// The one whose version it can become.
    pub older: File,
}

/// The last file that the firm added to the same folder under the same name before this one.
///
/// What a contact added is left out, on either side: it stays theirs, with its receipt and its review.
pub(super) fn older_twin(r: &impl Records, file: &File) -> Result<Option<File>> {
    if !is_firms(file) {
        return Ok(None);
    }
    let key = [here(file.client, file.folder).as_slice(), file.name.sort_key().as_bytes()].concat();
    let alike = r.ids_by::<File>("file.name", &key, usize::MAX)?;
    let others = alike.into_iter().filter(|id| *id != file.id);
    let alike = others.map(|id| r.need(id)).collect::<Result<Vec<File>>>()?;
    let before = |twin: &File| (twin.added, twin.id) < (file.added, file.id);
    let same = |twin: &File| twin.name.same_key() == file.name.same_key();
    let older = alike.into_iter().filter(|twin| is_firms(twin) && before(twin) && same(twin));
    Ok(older.max_by_key(|twin| (twin.added, twin.id)))
}

/// Whether the firm added it, and for no request.
fn is_firms(file: &File) -> bool {
    matches!(file.by.who, Who::Staff(_)) && file.handed_in_for.is_none()
}

fn twins(r: &impl Records, client: Id<Client>, file: Id<File>) -> Result<Twins> {
    let file = live_file(r, client, file)?;
    let older = older_twin(r, &file)?.ok_or_else(|| {
        Error::refused(format!("There is no older “{}” beside it any more.", file.name))
    })?;
    Ok(Twins { file, older })
}

impl Console {
    /// A file and the older one of its name beside it.
    pub fn twins(&self, client: Id<Client>, file: Id<File>) -> Result<Twins> {
        self.read(|r: &Read| twins(r, client, file))
    }

    /// Makes a file the newest version of the older one of its name beside it, which whoever sees that one sees. The file
    /// itself goes into the trash. Gives the name and the number of the version.
    pub async fn make_version(
        &self,
        client: Id<Client>,
        file: Id<File>,
    ) -> Result<(Id<File>, FileName, u32)> {
        let by = Author::of(self.me());
        self.write(move |tx| {
            let Twins { file, older: before } = twins(tx, client, file)?;
            let (mut older, at) = (before.clone(), tx.now());
            let number = older.next_version;
            let mut version = file.newest().clone();
            (version.number, version.at) = (number, at);
            older.versions.push(version);
            (older.next_version, older.changed) = (number + 1, at);
            tx.put(&older)?;
            tx.put(&File { trash: Some(Trashed { at, by, with: None }), ..file })?;
            tx.tell_contacts_of_file(&older, Some(&before))?;
            let what = format!("made another “{}” beside it its version {number}", older.name);
            tx.say("file-version-added", Some(client), what)?;
            Ok((older.id, older.name, number))
        })
        .await
    }
}
