//! Uploads that begin, those that were left, and those that nobody goes on with.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::handed_in::check_filled;
use super::room::Gate;
use super::sender::Uploads;
use super::{NewUpload, Upload};
use crate::blobs::CHUNK;
use crate::error::{Error, Result};
use crate::model::console::Console;
use crate::model::core::Core;
use crate::model::db::{Records, Write};
use crate::model::file::{folders_at, place};
use crate::model::file_settings::FileSettings;
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::portal::Portal;
use crate::model::request::HandedInFor;
use crate::model::system::System;
use crate::values::FileName;

/// Bytes of a piece: whole blocks of what is written at once, and less than the 1 MB that many proxies let pass.
pub const PIECE: u64 = 15 * CHUNK as u64;
/// Uploads that one person may have under way at one client.
const MOST: usize = 20;
/// Bytes that these may have altogether, in largest files.
const MOST_LARGEST: u64 = 4;
/// How long an upload is kept of which no piece comes.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long it may take at most.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// An upload under way, as its sender sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UnderWay {
    /// Its id.
    pub id: Id<Upload>,
    /// What the file is to be called.
    pub name: FileName,
    /// How many bytes it has.
    pub bytes: u64,
    /// How many are there; none if nobody has gone on with it since the server started.
    pub offset: Option<u64>,
    /// Where it is to lie.
    pub folder: Option<Id<Folder>>,
    /// When it began.
    pub begun: Timestamp,
    /// What it is handed in for.
    #[serde(default)]
    pub handed_in_for: Option<HandedInFor>,
}

/// What a page that offers to add files needs to know.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct UploadLimits {
    /// The most bytes of one file.
    pub largest: u64,
    /// Whether there is room for any.
    pub room: bool,
    /// Bytes of a piece.
    pub chunk: u64,
}

impl Uploads {
    /// Begins an upload in pieces. With a once-value, a form that is sent twice begins it once.
    pub async fn begin(&self, new: NewUpload, bytes: u64) -> Result<UnderWay> {
        new.handed_in_for.map_or(Ok(()), |_| check_filled(&new.name, bytes))?;
        let id = Id::fresh(self.core.clock.now());
        Gate::reserve(&self.core, self.who, (id, bytes, 0))?;
        let uploads = self.clone();
        let command = move |tx: &mut Write<'_, '_>| {
            let once = new.once.clone();
            tx.once(&once, |tx| begin(tx, &uploads, id, new, bytes))
        };
        let begun = self.write(command).await;
        if !begun.as_ref().is_ok_and(|begun| begun.id == id) {
            self.core.uploads.promises.end(id);
        }
        begun
    }

    /// Those of this person that have not ended, newest first.
    pub fn unfinished(&self) -> Result<Vec<UnderWay>> {
        let mut all = self.core.db.read(|r| {
            self.sender(r)?;
            self.own_all(r)
        })?;
        all.sort_unstable_by_key(|upload| std::cmp::Reverse(upload.begun));
        let known = |id| self.core.uploads.known(id).map(|slot| slot.durable());
        Ok(all.iter().map(|upload| under_way(upload, known(upload.id))).collect())
    }

    fn own_all(&self, r: &impl Records) -> Result<Vec<Upload>> {
        r.by("upload.by", Upload::key(self.client, self.who), usize::MAX)
    }
}

impl Console {
    /// How large a file may be.
    pub fn upload_limits(&self) -> Result<UploadLimits> {
        limits(self.core(), Who::Staff(self.me().id))
    }
}

impl Portal {
    /// How large a file may be.
    pub fn upload_limits(&self) -> Result<UploadLimits> {
        limits(self.person().core(), Who::Contact(self.viewer().contact()))
    }
}

fn limits(core: &Arc<Core>, who: Who) -> Result<UploadLimits> {
    let settings = core.db.read(FileSettings::of)?;
    let room = match Gate::open(core, who, None) {
        Ok(_) => true,
        Err(Error::NoRoom(_)) => false,
        Err(other) => return Err(other),
    };
    Ok(UploadLimits { largest: settings.largest, room, chunk: PIECE })
}

fn begin(
    tx: &mut Write<'_, '_>,
    uploads: &Uploads,
    id: Id<Upload>,
    new: NewUpload,
    bytes: u64,
) -> Result<UnderWay> {
    let plan = uploads.plan(tx, new)?;
    let author = uploads.sender(tx)?.author;
    let others = uploads.own_all(tx)?;
    let waiting: u64 = others.iter().map(|upload| upload.bytes).sum();
    let most = FileSettings::of(tx)?.largest.saturating_mul(MOST_LARGEST);
    if others.len() >= MOST || waiting.saturating_add(bytes) > most {
        return Err(Error::refused(
            "Too many of your files are on their way already. Wait until some have arrived, or cancel those that you no \
             longer want.",
        ));
    }
    let shown = (plan.audience.as_ref(), &author);
    let folder = folders_at(tx, uploads.client, plan.folder, &plan.folders, shown)?;
    let lies_in = place(tx, uploads.client, folder)?;
    let upload = Upload {
        id,
        client: uploads.client,
        by: author,
        bytes,
        folder,
        audience: plan.audience_in(lies_in.as_ref()),
        name: plan.name,
        note: plan.note,
        replaces: plan.replaces,
        handed_in_for: plan.handed_in_for,
        begun: tx.now(),
    };
    tx.unsaid("it is said when the file is there");
    tx.put(&upload)?;
    Ok(under_way(&upload, Some(0)))
}

fn under_way(upload: &Upload, offset: Option<u64>) -> UnderWay {
    UnderWay {
        id: upload.id,
        name: upload.name.clone(),
        bytes: upload.bytes,
        offset,
        folder: upload.folder,
        begun: upload.begun,
        handed_in_for: upload.handed_in_for,
    }
}

impl System {
    /// Gives up the uploads of which no piece has come for a day. Says how many.
    pub async fn sweep_uploads(&self) -> Result<usize> {
        if self.clock_trouble().is_some() {
            return Ok(0);
        }
        let (now, core) = (self.now(), self.core());
        let mut old: Vec<Id<Upload>> = Vec::new();
        for id in self.before::<Upload>("upload.begun", now - KEPT)? {
            let begun: Option<Upload> = core.db.read(|r| r.get(id))?;
            let Some(begun) = begun.map(|upload| upload.begun) else { continue };
            // What happened before a restart is not remembered, so the day begins anew.
            let last = core.uploads.last_used(id).unwrap_or(core.started).max(begun);
            if now.duration_since(last) >= KEPT || now.duration_since(begun) >= LONGEST {
                old.push(id);
            }
        }
        let swept = self.delete(old.clone()).await?;
        for id in old {
            core.uploads.end(core.clone(), id).await?;
        }
        Ok(swept)
    }
}
