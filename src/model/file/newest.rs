//! The files of a client that came last, wherever they lie: what one chooses from when something is to go with a request.

use std::ops::ControlFlow;

use super::audience::Circle;
use super::{File, Seen};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Order, Records, Span};
use crate::model::id::Id;

impl Console {
    /// At most so many of a client's files, the newest first. None of the trash.
    pub fn newest_files(&self, client: Id<Client>, most: usize) -> Result<Vec<File>> {
        self.read(|r| {
            r.need(client)?;
            let (mut files, mut lost) = (Vec::new(), None);
            let span = Span::prefix(client.bytes());
            r.walk_index("file.client", &span, Order::Descending, |_, id: Id<File>| {
                match r.get(id) {
                    Ok(file) => files.extend(file.filter(|file: &File| file.trash.is_none())),
                    Err(e) => lost = Some(e),
                }
                let enough = files.len() >= most || lost.is_some();
                if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            lost.map_or(Ok(files), Err)
        })
    }

    /// Who sees each of these files of a client.
    pub fn seen(&self, client: Id<Client>, files: &[File]) -> Result<Vec<Seen>> {
        self.read(|r| {
            let circle = Circle::of(r, r.need(client)?, self.now())?;
            Ok(files.iter().map(|file| circle.seen(file)).collect())
        })
    }
}
