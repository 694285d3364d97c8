//! The parts of a `multipart/form-data` body while it arrives (RFC 7578), strictly as browsers send them. No more of it is
//! held than the piece that came last and the head of one part.

use bytes::{Buf, Bytes, BytesMut};

use super::not_understood;
use crate::http::body::{Arriving, cut_short};
use crate::http::errors::Refusal;
use crate::http::multipart::{MOST_HEADER_BYTES, find, names};

/// Where a body is being read.
pub(super) struct Parts {
    body: Arriving,
    /// What has come and was not read yet.
    held: Bytes,
    /// A line break, two hyphens and the boundary.
    between: Vec<u8>,
    at: At,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    /// Just behind a boundary.
    Boundary,
    /// Within a part, behind its head.
    Content,
    End,
}

/// What stands before the content of a part.
pub(super) struct Head {
    /// The name of the field.
    pub(super) field: String,
    /// What the file is called; none if it is no file, and empty if none was chosen.
    pub(super) file_name: Option<String>,
}

impl Parts {
    pub(super) fn of(body: Arriving, boundary: &str) -> Result<Self, Refusal> {
        if boundary.is_empty() || boundary.len() > 70 {
            return Err(not_understood()); // RFC 2046, 5.1.1
        }
        let between = format!("\r\n--{boundary}").into_bytes();
        // The first boundary has no line before it.
        Ok(Self { body, held: Bytes::from_static(b"\r\n"), between, at: At::Start })
    }

    /// The head of the next part, behind all that is left of the one before; none at the end of the body.
    pub(super) async fn head(&mut self) -> Result<Option<Head>, Refusal> {
        while self.content().await?.is_some() {}
        if self.at == At::Start {
            self.hold(self.between.len()).await?;
            if !self.held.starts_with(&self.between) {
                return Err(not_understood());
            }
            self.held.advance(self.between.len());
            self.at = At::Boundary;
        }
        if self.at == At::End {
            return Ok(None);
        }
        self.hold(2).await?;
        match &self.held[..2] {
            b"\r\n" => self.held.advance(2),
            b"--" => return self.end().await.map(|()| None),
            _ => return Err(not_understood()),
        }
        let end = loop {
            if let Some(end) =
                find(&self.held[..self.held.len().min(MOST_HEADER_BYTES)], b"\r\n\r\n")
            {
                break end;
            }
            if self.held.len() >= MOST_HEADER_BYTES {
                return Err(not_understood());
            }
            self.more().await?;
        };
        let head = str::from_utf8(&self.held[..end]).ok().and_then(names);
        let (field, file_name) = head.ok_or_else(not_understood)?;
        self.held.advance(end + 4);
        self.at = At::Content;
        Ok(Some(Head { field, file_name }))
    }

    /// The next bytes of the part; none when all have come.
    pub(super) async fn content(&mut self) -> Result<Option<Bytes>, Refusal> {
        while self.at == At::Content {
            if let Some(end) = find(&self.held, &self.between) {
                let bytes = self.held.split_to(end);
                self.held.advance(self.between.len());
                self.at = At::Boundary;
                return Ok(Some(bytes).filter(|bytes| !bytes.is_empty()));
            }
            let sure = self.held.len() - begun(&self.held, &self.between);
            if sure > 0 {
                return Ok(Some(self.held.split_to(sure)));
            }
            self.more().await?;
        }
        Ok(None)
    }

    /// Waits until at least so much is held.
    async fn hold(&mut self, bytes: usize) -> Result<(), Refusal> {
        while self.held.len() < bytes {
            self.more().await?;
        }
        Ok(())
    }

    async fn more(&mut self) -> Result<(), Refusal> {
        let next = self.body.next().await?.ok_or_else(cut_short)?;
        self.held = if self.held.is_empty() {
            next
        } else {
            let mut both = BytesMut::with_capacity(self.held.len() + next.len());
            both.extend_from_slice(&self.held);
            both.extend_from_slice(&next);
            both.freeze()
        };
        Ok(())
    }

    /// Behind the last boundary and its two hyphens stands nothing but a line break.
    async fn end(&mut self) -> Result<(), Refusal> {
        self.at = At::End;
        let mut behind = self.held.len() - 2;
        while behind <= 2 {
            let Some(next) = self.body.next().await? else { return Ok(()) };
            behind += next.len();
        }
        Err(not_understood())
    }
}

/// How many bytes at the end may be the beginning of what is looked for.
fn begun(bytes: &[u8], of: &[u8]) -> usize {
    let most = bytes.len().min(of.len() - 1);
    (1..=most).rev().find(|&tail| of.starts_with(&bytes[bytes.len() - tail..])).unwrap_or(0)
}
