//! What contacts are given for the files they added: proof of what arrived, and when.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::db::{Order, Records, Span};
use crate::model::file::File;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::portal::Portal;
use crate::values::{ClientName, Digest, FileName, FirmName, Message, When, grouped, size};

/// Files of one receipt; more than a form takes.
const MOST: usize = 10_000;

/// A receipt for one file, or for several that were added together.
#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// Who received them.
    pub firm: FirmName,
    /// For which client.
    pub client: ClientName,
    /// Who added them.
    pub by: String,
    /// On which day the last of them arrived: "2026-11-03".
    pub day: String,
    /// Each file, in the order that was asked for.
    pub lines: Vec<ReceiptLine>,
    /// How many are not there any more: they were withdrawn, or removed by the firm.
    pub gone: usize,
}

/// The files that a receipt is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipted {
    /// These.
    Each(Vec<Id<File>>),
    /// Those that somebody added from the first to the last: a thousand ids do not go into an address.
    Between(Id<File>, Id<File>),
}

/// One file of a receipt.
#[derive(Clone, Debug, Serialize)]
pub struct ReceiptLine {
    /// The file.
    pub file: Id<File>,
    /// What it is called now.
    pub name: FileName,
    /// When it arrived.
    pub added: Timestamp,
    /// The same in words: "Tuesday, November 3, 2026 at 10:42 AM EST".
    pub at: String,
    /// How many bytes arrived.
    pub bytes: u64,
    /// SHA-256 of them.
    pub sha256: Digest,
    /// What was written to it.
    pub note: Option<Message>,
    /// Whether everyone at the client sees it.
    pub everyone: bool,
    /// What became of it, as a sentence, if nobody at the client sees it any more.
    pub over: Option<String>,
}

impl Portal {
    /// The receipt for own files, also for those in the firm's trash. What is not theirs, or gone for good, is left out;
    /// nothing at all is not found.
    pub fn receipt(&self, files: &Receipted) -> Result<Receipt> {
        let files = match files {
            Receipted::Each(files) => files.clone(),
            Receipted::Between(first, last) => self.own_between(*first, *last)?,
        };
        if files.len() > MOST {
            return Err(Error::NotFound);
        }
        let firm = self.person().firm()?;
        let (now, zone) = (self.person().now(), firm.zone.tz());
        let when = When { now, zone, style: firm.date_style };
        let mut lines = Vec::new();
        for file in &files {
            let file: Option<File> = self.person().read(|r| r.get(*file))?;
            let Some(file) = file else { continue };
            // What arrived has arrived, whatever became of it since.
            let Some(upload) = file.receipted(self.viewer()) else { continue };
            lines.push(ReceiptLine {
                over: file.trash.map(|trash| {
                    let on = when.exact(trash.at);
                    match trash.by.who == Who::Contact(self.viewer().contact()) {
                        true => format!("You withdrew it on {on}."),
                        false => format!("{} removed it on {on}.", firm.name),
                    }
                }),
                file: file.id,
                name: file.name,
                added: upload.added,
                at: when.full(upload.added),
                bytes: upload.bytes,
                sha256: upload.sha256,
                note: upload.note,
                everyone: upload.everyone,
            });
        }
        let last = lines.iter().map(|line| line.added).max().ok_or(Error::NotFound)?;
        Ok(Receipt {
            day: last.to_zoned(zone.clone()).date().to_string(),
            gone: files.len() - lines.len(),
            lines,
            firm: firm.name.clone(),
            client: self.client().name.clone(),
            by: self.person().me().full_name(),
        })
    }

    /// Theirs of the files that came from the first to the last, as they came: ids sort by time.
    fn own_between(&self, first: Id<File>, last: Id<File>) -> Result<Vec<Id<File>>> {
        self.person().read(|r| {
            let (mut came, mut own) = (Vec::new(), Vec::new());
            let span = Span::prefix(self.viewer().client().bytes());
            r.walk_index("file.client", &span, Order::Ascending, |_, id: Id<File>| {
                if (first..=last).contains(&id) {
                    came.push(id);
                }
                ControlFlow::Continue(())
            })?;
            for id in came {
                let file: Option<File> = r.get(id)?;
                own.extend(file.filter(|file| file.receipted(self.viewer()).is_some()).map(|_| id));
            }
            Ok(own)
        })
    }
}

impl Receipt {
    /// As a text that can be kept: it says by itself what it is.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { firm, client, by, lines, .. } = self;
        let mut text = format!(
            "Receipt for files added to the portal\n\nReceived by: {firm}\nFor: {client}\nAdded by: {by}\n"
        );
        for line in lines {
            let ReceiptLine { name, at, bytes, sha256, .. } = line;
            let seen = if line.everyone { format!("everyone at {client}") } else { by.clone() };
            let seen = match &line.over {
                Some(over) => format!("Since then: {over}"),
                None => format!("Visible to: {firm} and {seen}"),
            };
            let bytes = grouped(*bytes);
            let written = write!(
                text,
                "\n{name}\n  Arrived: {at}\n  Size: {} ({bytes} bytes)\n  SHA-256: {sha256}\n  {seen}\n",
                size(line.bytes),
            );
            written.expect("a text takes what is written to it");
        }
        text.push_str(
            "\nThe SHA-256 is a fingerprint of a file's content: a copy that has the same one is unchanged. \
             \"sha256sum\" or \"Get-FileHash\" show it on a computer.\n",
        );
        text
    }
}
