//! A file that arrives in pieces, each in a request of its own. A piece is acknowledged once it is on disk. Whoever lost
//! the connection asks how much is there, and goes on behind it.

use std::sync::Arc;

use bytes::Bytes;

use super::commit::{Landed, add};
use super::desk::{InHand, Slot, State};
use super::room::Gate;
use super::sender::{Plan, Uploads};
use super::{Received, Upload};
use crate::error::{Error, Result};
use crate::model::db::{Records, Write};
use crate::model::id::Id;
use crate::model::once::answered;

/// What came of the wish to go on with an upload.
pub enum GoOn {
    /// The next piece may come.
    Piece(Box<Piece>),
    /// Another byte is due than the one that was offered. If it is the same one, another request has the upload in hand at
    /// this moment.
    Elsewhere {
        /// The byte that is due.
        offset: u64,
    },
    /// It has arrived before: the answer was lost.
    Done(Received),
}

/// How far an upload is.
#[derive(Clone, Debug)]
pub enum Progress {
    /// So many bytes of all are there for good.
    At {
        /// The byte that is due.
        offset: u64,
        /// All of them.
        bytes: u64,
    },
    /// The file is there.
    Done(Received),
}

/// A piece of an upload, on its way in. Nobody else can go on with the upload before it is dropped; what it brought is then
/// there as far as it fills blocks of 64 KiB.
pub struct Piece {
    uploads: Uploads,
    upload: Upload,
    slot: Arc<Slot>,
    hand: InHand,
    gate: Gate,
    at: u64,
}

/// An upload of this person.
enum Found {
    UnderWay(Upload),
    Done(Received),
}

impl Uploads {
    /// Goes on with an upload at this byte. Somebody else's, and one that has ended, is not found.
    pub async fn go_on(&self, id: Id<Upload>, offset: u64) -> Result<GoOn> {
        if let Found::Done(received) = self.find(id)? {
            return Ok(GoOn::Done(received));
        }
        let slot = self.core.uploads.slot(id, self.core.clock.now());
        let Some(hand) = slot.wait().await else {
            return Ok(GoOn::Elsewhere { offset: slot.durable() });
        };
        // It may have ended before it was in hand.
        let upload = match self.find(id)? {
            Found::Done(received) => return Ok(GoOn::Done(received)),
            Found::UnderWay(upload) => upload,
        };
        let (hand, due) = self.reopen(slot.clone(), hand, &upload).await?;
        if due != offset {
            return Ok(GoOn::Elsewhere { offset: due });
        }
        let gate = Gate::reserve(&self.core, self.who, (id, upload.bytes, due))?;
        Ok(GoOn::Piece(Box::new(Piece {
            uploads: self.clone(),
            upload,
            slot,
            hand,
            gate,
            at: due,
        })))
    }

    /// How far an upload is.
    pub async fn progress(&self, id: Id<Upload>) -> Result<Progress> {
        let upload = match self.find(id)? {
            Found::Done(received) => return Ok(Progress::Done(received)),
            Found::UnderWay(upload) => upload,
        };
        let bytes = upload.bytes;
        let slot = self.core.uploads.slot(id, self.core.clock.now());
        let Some(hand) = slot.take() else {
            return Ok(Progress::At { offset: slot.durable(), bytes });
        };
        let (_, offset) = self.reopen(slot, hand, &upload).await?;
        Ok(Progress::At { offset, bytes })
    }

    /// Gives an upload up, and removes what has arrived of it.
    pub async fn cancel(&self, id: Id<Upload>) -> Result<()> {
        if let Found::Done(_) = self.find(id)? {
            return Err(Error::refused(
                "This file has arrived already, so there is nothing to cancel.",
            ));
        }
        let uploads = self.clone();
        let gone = move |tx: &mut Write<'_, '_>| {
            tx.unsaid("nobody has seen the file yet");
            uploads.own(tx, id)?;
            tx.delete(id)
        };
        self.write(gone).await?;
        self.core.uploads.end(self.core.clone(), id).await
    }

    fn find(&self, id: Id<Upload>) -> Result<Found> {
        self.core.db.read(|r| {
            let sender = self.sender(r)?;
            if let Some(received) = answered(r, self.by.actor, &what_became_of(id))? {
                return Ok(Found::Done(received));
            }
            let upload = self.own(r, id)?;
            if upload.handed_in_for.is_none() {
                sender.check(None)?;
            }
            Ok(Found::UnderWay(upload))
        })
    }

    fn own(&self, r: &impl Records, id: Id<Upload>) -> Result<Upload> {
        let upload: Option<Upload> = r.get(id)?;
        let own = upload.filter(|up| up.client == self.client && up.by.who == self.who);
        own.ok_or(Error::NotFound)
    }

    /// Opens what has arrived, and says which byte is due. A start that was given up by its caller is ended all the same,
    /// before anybody else has it in hand.
    async fn reopen(
        &self,
        slot: Arc<Slot>,
        mut hand: InHand,
        upload: &Upload,
    ) -> Result<(InHand, u64)> {
        let (core, client) = (self.core.clone(), self.client);
        let (id, bytes) = (upload.id.to_string(), upload.bytes);
        self.core
            .uploads
            .to_the_end(async move {
                let known = match &*hand {
                    State::Landed(_) => Some(bytes),
                    // What failed has kept all that was acknowledged.
                    State::Open(incoming) => incoming.pause().await.ok(),
                    State::Closed => None,
                };
                let due = match known {
                    Some(due) => due,
                    None => {
                        *hand = State::Closed;
                        let secret = core.client_secret_or_new(client).await?;
                        let incoming = match core.blobs.resume(&secret, &id).await {
                            Err(Error::NotFound) => core.blobs.begin(&secret, &id).await?,
                            resumed => resumed?,
                        };
                        let due = incoming.durable();
                        *hand = State::Open(incoming);
                        due
                    }
                };
                slot.set_durable(due);
                Ok((hand, due))
            })
            .await
    }
}

/// Under this name it is remembered for a day what an upload came to.
fn what_became_of(id: Id<Upload>) -> String {
    format!("upload {id}")
}

impl Piece {
    /// Takes more bytes; more than were announced are refused.
    pub async fn write(&mut self, bytes: Bytes) -> Result<()> {
        let at = self.at + bytes.len() as u64;
        if at > self.upload.bytes {
            return Err(Error::refused("More bytes came than were announced. Add the file again."));
        }
        let State::Open(incoming) = &*self.hand else {
            return Ok(()); // all have come before, so there are none
        };
        self.gate.pass(at)?;
        incoming.write(bytes).await.map_err(|why| self.gate.when_full(why))?;
        self.at = at;
        Ok(())
    }

    /// All bytes of the piece have come: they are on disk when this comes back. Behind the last one the file is there; also
    /// if the browser has left meanwhile.
    pub async fn finish(self) -> Result<Progress> {
        let (gate, core) = (self.gate.clone(), self.uploads.core.clone());
        let ended = core.uploads.to_the_end(async move {
            if self.at == self.upload.bytes { self.end().await } else { self.pause().await }
        });
        ended.await.map_err(|why| gate.when_full(why))
    }

    async fn pause(mut self) -> Result<Progress> {
        if let Err(why) = self.uploads.find(self.upload.id) {
            self.give_up_if_gone().await?;
            return Err(why);
        }
        let bytes = self.upload.bytes;
        let State::Open(incoming) = &*self.hand else {
            return Ok(Progress::At { offset: bytes, bytes });
        };
        let offset = incoming.pause().await?;
        self.slot.set_durable(offset);
        Ok(Progress::At { offset, bytes })
    }

    async fn end(mut self) -> Result<Progress> {
        let landed = match std::mem::take(&mut *self.hand) {
            State::Landed(landed) => landed,
            State::Open(incoming) => {
                let stored = incoming.finish_and_keep().await?;
                self.uploads.land(stored, &self.upload.name)?
            }
            State::Closed => return Err(Error::bug("an upload in hand is open")),
        };
        // If the record cannot be written now, the bytes need not come again.
        *self.hand = State::Landed(landed.clone());
        let received = self.commit(landed).await;
        if let Err(why) = self.give_up_if_gone().await {
            tracing::warn!(%why, "bytes that nobody waits for are still there");
        }
        received.map(Progress::Done)
    }

    /// Removes what has arrived, once nobody waits for it.
    async fn give_up_if_gone(&mut self) -> Result<()> {
        let (core, id) = (&self.uploads.core, self.upload.id);
        if core.db.read(|r| r.get::<Upload>(id))?.is_some() {
            return Ok(());
        }
        *self.hand = State::Closed;
        core.uploads.forget(id);
        core.blobs.discard_incoming(&id.to_string()).await
    }

    /// Exactly once, however often it is tried.
    async fn commit(&self, landed: Landed) -> Result<Received> {
        let (uploads, id) = (self.uploads.clone(), self.upload.id);
        let command = move |tx: &mut Write<'_, '_>| {
            tx.once_of(&what_became_of(id), |tx| {
                let upload = uploads.own(tx, id)?;
                tx.delete(id)?;
                add(tx, &uploads, Plan::of(&upload), landed)
            })
        };
        self.uploads.write(command).await
    }
}
