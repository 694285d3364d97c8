//! Several files as one zip, made while it is sent: nothing of it is on disk, and no more in memory than the piece that
//! came last. No thread waits for a slow browser.
//!
//! What is packed already is stored as it is. Sizes and sums stand behind each file, as they are known only then, and
//! once more in the list at the end. A file that cannot be read to its end breaks the whole off: a zip without its list is
//! not taken for one.

#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use ::zip::write::{SimpleFileOptions, StreamWriter};
use ::zip::{CompressionMethod, DateTime, ZipWriter};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use poem::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use poem::{Body, Response};
use tokio::task::spawn_blocking;

use super::download::{SEALED, attachment, exactly};
use crate::error::Result;
use crate::model::{Zip, ZipEntry};
use crate::values::{FileName, Media};

/// So much is sent at once. The first bytes go out as soon as there are any.
const STEP: usize = 128 * 1024;
/// From here on a file's sizes take eight bytes each (the format's "zip64"): the limit of four bytes, less room for what
/// packing may add.
const LARGE: u64 = 0xf000_0000;
/// Packing this takes so long that others would wait for it.
const MUCH: usize = 16 * 1024;

/// A file of the zip.
struct Entry {
    /// Where it lies in it, as [`crate::values::ZipPaths`] says.
    pub path: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// What it is.
    pub media: Media,
    /// When it came.
    pub modified: Timestamp,
    /// Gives its bytes, when it is its turn.
    pub open: Box<dyn FnOnce() -> Result<BoxStream<'static, io::Result<Bytes>>> + Send>,
}

impl Entry {
    /// A text of ours beside the files.
    #[must_use]
    pub fn text(path: String, text: String, modified: Timestamp) -> Self {
        let (bytes, media) = (text.len() as u64, Media::Text);
        let content = stream::once(async move { Ok(Bytes::from(text)) }).boxed();
        Self { path, bytes, media, modified, open: Box::new(move || Ok(content)) }
    }
}

/// What a door has packed, as a download, with the times of this zone. Each file is opened when it is its turn.
pub fn packed_files(zip: Zip, zone: &TimeZone) -> Response {
    let name = FileName::tame(&zip.name);
    let zip = Arc::new(zip);
    let missing = zip.missing.clone().map(|text| Entry::text(text.path, text.text, text.at));
    let files = zip.entries.clone().into_iter().map(move |entry| {
        let zip = zip.clone();
        let ZipEntry { path, bytes, media, at: modified, .. } = entry.clone();
        let open = move || {
            let content = zip.open(&entry)?;
            let whole = 0..content.content.len();
            Ok(content.stream(whole).boxed())
        };
        Entry { path, bytes, media, modified, open: Box::new(open) }
    });
    answer(&name, zone, files.chain(missing))
}

/// The zip as a download, with the times of this zone: the format knows only local ones.
fn answer<I>(name: &FileName, zone: &TimeZone, entries: I) -> Response
where
    I: Iterator<Item = Entry> + Send + 'static,
{
    Response::builder()
        .header(CONTENT_TYPE, Media::Zip.content_type())
        .header(CONTENT_DISPOSITION, attachment(name))
        .header(CONTENT_SECURITY_POLICY, SEALED)
        .body(Body::from_bytes_stream(packed(zone.clone(), entries)))
}

fn packed<I>(zone: TimeZone, entries: I) -> impl Stream<Item = io::Result<Bytes>> + Send
where
    I: Iterator<Item = Entry> + Send + 'static,
{
    let made = Made::default();
    let zip = ZipWriter::new_stream(made.clone());
    let packing = Packing { zone, entries, zip: Some(zip), now: None, made, begun: false };
    stream::unfold(Some(packing), |packing| async {
        let mut packing = packing?;
        match packing.next().await {
            Ok(Some(bytes)) => Some((Ok(bytes), Some(packing))),
            Ok(None) => None,
            Err(why) => {
                tracing::warn!(%why, "a zip was broken off");
                Some((Err(why), None))
            }
        }
    })
}

/// What the writer has made and nobody has taken yet.
#[derive(Clone, Default)]
struct Made(Arc<Mutex<Vec<u8>>>);

impl Made {
    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl Write for Made {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Writer = ZipWriter<StreamWriter<Made>>;

/// A zip that is being made.
struct Packing<I> {
    zone: TimeZone,
    entries: I,
    /// None once the list is written.
    zip: Option<Writer>,
    now: Option<Now>,
    made: Made,
    /// Something was sent.
    begun: bool,
}

/// The file whose turn it is.
struct Now {
    content: BoxStream<'static, io::Result<Bytes>>,
    stored: bool,
}

impl<I: Iterator<Item = Entry>> Packing<I> {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let enough = if self.begun { STEP } else { 1 };
        while self.made.len() < enough && self.zip.is_some() {
            match &mut self.now {
                None => self.turn()?,
                Some(now) => match now.content.next().await {
                    None => self.now = None,
                    Some(bytes) => {
                        let stored = now.stored;
                        self.write(bytes?, stored).await?;
                    }
                },
            }
        }
        self.begun = true;
        Ok(Some(self.made.take()).filter(|bytes| !bytes.is_empty()))
    }

    /// To the next file, or the list of all.
    fn turn(&mut self) -> io::Result<()> {
        let Some(entry) = self.entries.next() else {
            if let Some(zip) = self.zip.take() {
                zip.finish()?;
            }
            return Ok(());
        };
        let zip = self.zip.as_mut().ok_or_else(gone)?;
        let stored = entry.media.is_packed();
        let method = if stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(local(entry.modified, &self.zone))
            .unix_permissions(0o644)
            .large_file(entry.bytes >= LARGE);
        let content = (entry.open)().map_err(|why| io::Error::other(why.to_string()))?;
        zip.start_file(entry.path, options)?;
        let content = exactly(entry.bytes, content).boxed();
        self.now = Some(Now { content, stored });
        Ok(())
    }

    async fn write(&mut self, bytes: Bytes, stored: bool) -> io::Result<()> {
        let mut zip = self.zip.take().ok_or_else(gone)?;
        if stored || bytes.len() < MUCH {
            zip.write_all(&bytes)?;
            self.zip = Some(zip);
            return Ok(());
        }
        let packing = spawn_blocking(move || zip.write_all(&bytes).map(|()| zip));
        self.zip = Some(packing.await.map_err(io::Error::other)??);
        Ok(())
    }
}

/// It was lost when writing failed.
fn gone() -> io::Error {
    io::Error::other("the zip was broken off before")
}

/// The format counts years from 1980; what it cannot say becomes its first day.
fn local(at: Timestamp, zone: &TimeZone) -> DateTime {
    let at = at.to_zoned(zone.clone()).datetime();
    let part = |part: i8| u8::try_from(part).unwrap_or_default();
    let (date, time) = (at.date(), at.time());
    DateTime::from_date_and_time(
        u16::try_from(date.year()).unwrap_or_default(),
        part(date.month()),
        part(date.day()),
        part(time.hour()),
        part(time.minute()),
        part(time.second()),
    )
    .unwrap_or_default()
}
