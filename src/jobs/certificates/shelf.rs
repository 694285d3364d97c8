//! Keys and certificates in the data folder: for nobody but us, and there whole or not at all.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use ring::digest::{SHA256, digest};

use crate::error::{Error, Result};
use crate::files;
use crate::values::hex;

/// The folders in which they are kept.
#[derive(Clone)]
pub(super) struct Shelf(Arc<Path>);

/// Which of them.
#[derive(Clone, Copy)]
pub(super) enum Board {
    /// What an authority gave, and who we are to it.
    Authority,
    /// What was made here.
    Own,
}

impl Board {
    const fn folder(self) -> &'static str {
        match self {
            Self::Authority => "tls",
            Self::Own => "keys",
        }
    }
}

impl Shelf {
    /// In this data folder.
    pub(super) fn in_folder(data: &Path) -> Self {
        Self(Arc::from(data))
    }

    /// What is kept under this name.
    pub(super) async fn find(&self, board: Board, name: String) -> Result<Option<Vec<u8>>> {
        let path = self.0.join(board.folder()).join(name);
        match tokio::fs::read(&path).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(unusable(&path, &why)),
        }
    }

    /// Keeps this under a name, in the place of what was there.
    pub(super) async fn keep(&self, board: Board, name: String, bytes: Vec<u8>) -> Result<()> {
        let folder = self.0.join(board.folder());
        let path = folder.join(&name);
        let kept = tokio::task::spawn_blocking(move || keep(&folder, &name, &bytes)).await;
        kept.map_err(Error::bug)?.map_err(|why| unusable(&path, &why))
    }
}

fn unusable(path: &Path, why: &io::Error) -> Error {
    Error::refused(format!("{} cannot be used: {why}.", path.display()))
}

fn keep(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    files::make_folder(folder)?;
    if fs::metadata(folder)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    files::write_whole(&folder.join(name), bytes)
}

/// A short name for something long.
pub(super) fn short(of: &str) -> String {
    hex(&digest(&SHA256, of.as_bytes()).as_ref()[..8])
}
