//! Who reads a client's files, through which door, and whether that door still opens: a download can take hours, and access
//! that ends meanwhile ends it.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use tokio::time::Instant;

use super::File;
use crate::blobs::Content;
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::core::Core;
use crate::model::db::Records;
use crate::model::id::Id;
use crate::model::portal::{Portal, Shown, Viewer};
use crate::model::session::Session;
use crate::model::staff::Staff;
use crate::model::viewing::still_viewed;

/// After so many bytes it is looked again whether they still may be read.
const LOOK_AFTER: u64 = 4 << 20;
/// And after this time, however slowly they go.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Somebody who reads files of a client. It outlives the request in which their door was opened.
#[derive(Clone)]
pub(super) struct Reads {
    core: Arc<Core>,
    client: Id<Client>,
    door: Door,
}

#[derive(Clone, Copy)]
enum Door {
    Console(Id<Staff>),
    Portal(Viewer),
    /// A member of staff looks as this contact does.
    Viewing(Id<Staff>, Id<Session>, Viewer),
}

impl Reads {
    /// A member of staff, any file of this client.
    pub(super) fn of_staff(console: &Console, client: Id<Client>) -> Self {
        Self { core: console.core().clone(), client, door: Door::Console(console.me().id) }
    }

    /// A contact, what they see; or staff who look as they do.
    pub(super) fn of_contact(portal: &Portal) -> Self {
        let (person, viewer) = (portal.person(), *portal.viewer());
        let door = match person.viewed_by_staff() {
            Some(staff) => Door::Viewing(staff, person.session(), viewer),
            None => Door::Portal(viewer),
        };
        Self { core: person.core().clone(), client: viewer.client(), door }
    }

    /// The file, if they may still read it. Staff go on with what has gone into the trash; of a client that was erased
    /// nobody reads anything.
    pub(super) fn file(&self, id: Id<File>) -> Result<File> {
        self.core.db.read(|r| {
            let file = r.get(id)?.filter(|file: &File| file.client == self.client);
            self.may(r, file.as_ref())?;
            file.ok_or(Error::NotFound)
        })
    }

    fn still(&self, id: Id<File>) -> Result<()> {
        self.core.db.read(|r| self.may(r, r.get(id)?.as_ref()))
    }

    fn may(&self, r: &impl Records, file: Option<&File>) -> Result<()> {
        let (staff, viewer) = match self.door {
            Door::Console(staff) => (Some(staff), None),
            Door::Portal(viewer) => (None, Some(viewer)),
            Door::Viewing(staff, session, viewer) => {
                if !still_viewed(r, session, &viewer, self.core.clock.now())? {
                    return Err(Error::NotFound);
                }
                (Some(staff), Some(viewer))
            }
        };
        if let Some(staff) = staff {
            let staff: Option<Staff> = r.get(staff)?;
            staff.filter(Staff::active).ok_or(Error::SignIn)?;
        }
        let Some(viewer) = viewer else { return Ok(()) };
        // As they see files now, not as they did when they began.
        let viewer = viewer.again(r)?;
        file.and_then(|file| file.shown_to(&viewer)).map(drop).ok_or(Error::NotFound)
    }
}

/// The bytes of a file on their way to somebody.
pub struct FileBytes {
    /// All of them.
    pub content: Content,
    pub(super) file: Id<File>,
    pub(super) reads: Reads,
}

impl FileBytes {
    /// These bytes, for as long as they may be read: the stream fails once that ends.
    pub fn stream(&self, part: Range<u64>) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        let (file, reads) = (self.file, self.reads.clone());
        let bytes = self.content.stream(part).boxed();
        let state = Some((bytes, 0, Instant::now()));
        stream::unfold((state, reads), move |(state, reads)| async move {
            let (mut bytes, mut sent, mut looked) = state?;
            let mut next = bytes.next().await?;
            if sent >= LOOK_AFTER || looked.elapsed() >= LOOK_EVERY {
                (sent, looked) = (0, Instant::now());
                if let Err(why) = reads.still(file) {
                    next = Err(io::Error::other(format!("access has ended: {why}")));
                }
            }
            sent += next.as_ref().map_or(0, |next| next.len() as u64);
            let state = next.is_ok().then_some((bytes, sent, looked));
            Some((next, (state, reads)))
        })
    }
}
