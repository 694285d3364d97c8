//! What contacts are given for the files they added: proof of what arrived, and when.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::file::File;
use crate::model::id::Id;
use crate::model::portal::Portal;
use crate::values::{ClientName, Digest, FileName, FirmName, Message, When, size};

/// Files of one receipt.
const MOST: usize = 500;

/// A receipt for one file, or for several that were added together.
#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// Who received them.
    pub firm: FirmName,
    /// For which client.
    pub client: ClientName,
    /// Who added them.
    pub by: String,
    /// Each file, in the order that was asked for.
    pub lines: Vec<ReceiptLine>,
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
}

impl Portal {
    /// The receipt for own files. One that is not theirs, or gone, is not found.
    pub fn receipt(&self, files: &[Id<File>]) -> Result<Receipt> {
        if files.is_empty() || files.len() > MOST {
            return Err(Error::NotFound);
        }
        let firm = self.person().firm()?;
        let (now, zone) = (self.person().now(), firm.zone.tz());
        let when = When { now, zone, style: firm.date_style };
        let line = |file: &Id<File>| {
            let seen = self.get(*file)?;
            let upload = seen.upload.ok_or(Error::NotFound)?;
            Ok(ReceiptLine {
                file: seen.id,
                name: seen.name,
                added: upload.added,
                at: when.full(upload.added),
                bytes: upload.bytes,
                sha256: upload.sha256,
                note: upload.note,
                everyone: upload.everyone,
            })
        };
        Ok(Receipt {
            lines: files.iter().map(line).collect::<Result<_>>()?,
            firm: firm.name.clone(),
            client: self.client()?.name,
            by: self.person().me().full_name(),
        })
    }
}

impl Receipt {
    /// As a text that can be kept: it says by itself what it is.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { firm, client, by, lines } = self;
        let mut text = format!(
            "Receipt for files added to the portal\n\nReceived by: {firm}\nFor: {client}\nAdded by: {by}\n"
        );
        for line in lines {
            let ReceiptLine { name, at, bytes, sha256, .. } = line;
            let seen = if line.everyone { format!("everyone at {client}") } else { by.clone() };
            let written = write!(
                text,
                "\n{name}\n  Arrived: {at}\n  Size: {} ({bytes} bytes)\n  SHA-256: {sha256}\n  Seen by: {firm} and {seen}\n",
                size(*bytes),
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
