//! Receipts: who opened and downloaded which version of a file, and when. Written beside the download, which does not wait
//! for it.

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::File;
use crate::error::Result;
use crate::model::activity::By;
use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::core::Core;
use crate::model::db::{Records, Write, record};
use crate::model::id::Id;
use crate::model::portal::Portal;
use crate::values::FileName;

/// The same download in parts, or by a double click, is noted once.
const DOWNLOADED_AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// Leafing through the pages of a document is one look at it.
const OPENED_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// How a contact meets a version of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// They look at it on a page.
    Preview,
    /// They download it.
    Download,
}

/// What a contact did with one version of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadReceipt {
    /// Its id.
    pub id: Id<ReadReceipt>,
    /// Of which file.
    pub file: Id<File>,
    /// Of which version.
    pub version: u32,
    /// Who.
    pub contact: Id<Contact>,
    /// The name they had then.
    pub name: String,
    /// When they looked at it on a page.
    pub opened: Option<Times>,
    /// When they downloaded it.
    pub downloaded: Option<Times>,
}

/// When something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// For the first time.
    pub first: Timestamp,
    /// For the last time.
    pub last: Timestamp,
    /// How often.
    pub count: u32,
}

record!(ReadReceipt, "fr", "file-receipts", |receipt, rows| {
    rows.by("receipt.file", receipt.file);
    rows.by("receipt.of", key(receipt.contact, receipt.file, receipt.version));
});

/// The key of `receipt.of`.
fn key(contact: Id<Contact>, file: Id<File>, version: u32) -> Vec<u8> {
    [contact.as_ref(), file.as_ref(), &version.to_be_bytes()].concat()
}

impl ReadReceipt {
    /// When they last did anything with it.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        self.opened.iter().chain(&self.downloaded).map(|times| times.last).max()
    }
}

/// Whether a contact has opened a version in any way.
pub(super) fn has_opened(
    r: &impl Records,
    contact: Id<Contact>,
    file: Id<File>,
    version: u32,
) -> Result<bool> {
    let known = r.ids_by::<ReadReceipt>("receipt.of", key(contact, file, version), 1)?;
    Ok(!known.is_empty())
}

/// The receipts of a file, the last first.
pub(super) fn receipts_of(r: &impl Records, file: Id<File>) -> Result<Vec<ReadReceipt>> {
    let mut receipts: Vec<ReadReceipt> = r.by("receipt.file", file, usize::MAX)?;
    receipts.sort_by_key(|receipt| std::cmp::Reverse(receipt.last()));
    Ok(receipts)
}

/// Deletes the receipts of a file that goes.
pub(in crate::model) fn forget_receipts(tx: &mut Write<'_, '_>, file: Id<File>) -> Result<()> {
    for id in tx.ids_by::<ReadReceipt>("receipt.file", file, usize::MAX)? {
        tx.delete(id)?;
    }
    Ok(())
}

/// Who reads, where.
#[derive(Clone)]
pub(super) struct ReadBy {
    pub(super) by: By,
    pub(super) contact: Id<Contact>,
    pub(super) name: String,
    pub(super) client: Id<Client>,
    /// A member of staff looks as this contact: that is no receipt, and said in their own name.
    pub(super) viewed: bool,
}

/// Which version of a file is read.
#[derive(Clone, Debug)]
pub struct Reading {
    pub(in crate::model) file: Id<File>,
    pub(in crate::model) name: FileName,
    pub(in crate::model) version: u32,
}

/// Queues the receipt. The first one of a version is an activity entry too, unless `said` elsewhere.
pub(super) fn note(
    core: &Core,
    who: ReadBy,
    (what, how): (Reading, Opening),
    said: bool,
) -> Result<()> {
    if who.viewed {
        if how == Opening::Download && !said {
            let words = who.words(&format!("downloaded “{}”", what.name));
            queue(core, who.by, move |tx| tx.say("file-read", Some(who.client), words));
        }
        return Ok(());
    }
    let now = core.clock.now();
    if core.db.read(|r| next_receipt(r, &who, (&what, how), now))?.is_none() {
        return Ok(());
    }
    let by = who.by;
    queue(core, by, move |tx| {
        let now = tx.now();
        let Some((receipt, first)) = next_receipt(tx, &who, (&what, how), now)? else {
            return Ok(());
        };
        let receipt = ReadReceipt { id: receipt.id.unwrap_or_else(|| tx.id()), ..receipt.of };
        tx.put(&receipt)?;
        if !first || said {
            tx.unsaid("the receipt says it");
            return Ok(());
        }
        let verb = if how == Opening::Preview { "opened" } else { "downloaded" };
        let said = format!("{verb} “{}” (version {})", what.name, what.version);
        tx.say("file-read", Some(who.client), said)
    });
    Ok(())
}

/// Queues a command whose answer nobody waits for. It runs unless the store has more to do than it can hold.
pub(super) fn queue(
    core: &Core,
    by: By,
    command: impl FnOnce(&mut Write<'_, '_>) -> Result<()> + Send + 'static,
) {
    // Looked at once, a command that finds room is in the queue; then nobody need look again. A task that has done
    // much would be told to wait, though there is room: not here.
    let done = tokio::task::unconstrained(core.db.write(by, command)).now_or_never();
    if let Some(Err(why)) = done {
        tracing::warn!(%why, "a receipt could not be written");
    }
}

/// A receipt as it is to be stored.
struct Next {
    id: Option<Id<ReadReceipt>>,
    of: ReadReceipt,
}

/// The receipt with this reading in it, and whether it is the first of its kind; none if that was noted a moment ago.
fn next_receipt(
    r: &impl Records,
    who: &ReadBy,
    (what, how): (&Reading, Opening),
    now: Timestamp,
) -> Result<Option<(Next, bool)>> {
    // What is gone has no receipts any more.
    if r.get(what.file)?.is_none() {
        return Ok(None);
    }
    let old: Option<ReadReceipt> =
        r.first_by("receipt.of", key(who.contact, what.file, what.version))?;
    let id = old.as_ref().map(|receipt| receipt.id);
    let mut of = old.unwrap_or_else(|| ReadReceipt {
        id: Id::MIN,
        file: what.file,
        version: what.version,
        contact: who.contact,
        name: who.name.clone(),
        opened: None,
        downloaded: None,
    });
    let (times, again) = match how {
        Opening::Preview => (&mut of.opened, OPENED_AGAIN),
        Opening::Download => (&mut of.downloaded, DOWNLOADED_AGAIN),
    };
    let first = times.is_none();
    *times = match *times {
        None => Some(Times { first: now, last: now, count: 1 }),
        Some(old) if now.duration_since(old.last) < again => return Ok(None),
        Some(old) => Some(Times { last: now, count: old.count.saturating_add(1), ..old }),
    };
    Ok(Some((Next { id, of }, first)))
}

impl ReadBy {
    /// Whoever reads through a contact's portal.
    pub(super) fn of(portal: &Portal) -> Self {
        let (person, client) = (portal.person(), portal.viewer().client());
        let (contact, name) = (person.me().id, person.me().full_name());
        Self { by: person.by(), contact, name, client, viewed: portal.viewed() }
    }

    /// What they did, for the activity.
    pub(super) fn words(&self, did: &str) -> String {
        if self.viewed {
            format!("{did}, as {} sees the portal", self.name)
        } else {
            did.to_owned()
        }
    }
}
