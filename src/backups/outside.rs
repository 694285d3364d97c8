//! A backup that somebody at the machine wants in a file of their own. The command writes it, wherever whoever typed it may
//! write; the server, which may see other folders than they do, hands over the bytes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

use super::Cancel;
use super::place::{Partial, Sink};
use crate::error::{Error, Result};
use crate::values::Secret;

/// The most that is handed over at once.
const MOST: usize = 1 << 20;
/// Stands for the name of an archive in a folder until it is known.
const UNNAMED: &str = "anteroom-backup";

/// A piece of what is handed over.
#[derive(Debug)]
pub enum Piece {
    /// The whole file of keys, before the first piece of an archive that does not hold them.
    Keys(Secret<Vec<u8>>),
    /// Some of the archive.
    Archive(Vec<u8>),
}

/// Hands an archive over piece by piece. Once nobody takes them it stops.
pub(super) struct Handed {
    to: mpsc::Sender<Piece>,
    cancel: Cancel,
}

impl Handed {
    pub(super) fn new(to: mpsc::Sender<Piece>, cancel: &Cancel) -> Self {
        Self { to, cancel: cancel.clone() }
    }
}

/// Waits until there is room, on a thread that may wait.
pub(super) fn hand(to: &mpsc::Sender<Piece>, piece: Piece) -> io::Result<()> {
    to.blocking_send(piece).map_err(|_| io::Error::other("whoever asked for it has left"))
}

impl Write for Handed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.cancel.check()?;
        let some = &bytes[..bytes.len().min(MOST)];
        hand(&self.to, Piece::Archive(some.to_vec()))?;
        Ok(some.len())
    }

    /// Each piece leaves at once.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Handed {
    /// It gets its name from whoever takes it.
    fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

/// The file that is made of the pieces. Dropped before it is finished, it leaves nothing.
pub struct Output {
    partial: Box<Partial>,
    folder: Option<PathBuf>,
}

impl Output {
    /// Begins the file `to`, or a file in the folder `to`.
    pub fn begin(to: &Path) -> Result<Self> {
        let folder = to.is_dir().then(|| to.to_owned());
        let path = folder.as_ref().map_or_else(|| to.to_owned(), |folder| folder.join(UNNAMED));
        if path.exists() {
            return Err(Error::refused(format!("{} is there already.", path.display())));
        }
        Ok(Self { partial: Box::new(Partial::begin(&path, &Cancel::default())?), folder })
    }

    /// Gives it its name; in a folder that is `name`.
    pub fn finish(mut self, name: &str) -> Result<PathBuf> {
        if let Some(folder) = &self.folder {
            let path = folder.join(name);
            if path.exists() {
                return Err(Error::refused(format!("{} is there already.", path.display())));
            }
            self.partial.rename(path);
        }
        let path = self.partial.path().to_owned();
        self.partial.finish()?;
        Ok(path)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.partial.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.partial.flush()
    }
}
