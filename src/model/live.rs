//! Live updates: whoever looks at a page hears that something on it changed, and asks for it through their own door.
//!
//! Staff hear of each change of what they look at. Contacts hear only if what they see of it is another than before, so
//! that nobody learns that something happened which is not shown to them: `live/portal.rs`.

mod portal;

pub use portal::{PortalChanges, PortalTopic};

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::client::Client;
use super::console::Console;
use super::contact::Contact;
use super::db::{Change, Read, Record, Records};
use super::file::{File, ReadReceipt};
use super::folder::Folder;
use super::id::Id;
use super::invite::{Invite, Invitee};
use super::login::{Login, Who};
use super::membership::{Membership, tied};
use super::outbox::Mail;
use super::request::{self, Comment, Request, Sheet};
use crate::error::Result;

/// Batches a slow listener may lag behind before it is told to look at everything.
const BEHIND: usize = 256;
/// Records of a batch that are looked at one by one; beyond that everybody looks.
const CLOSELY: usize = 64;

/// Tells all listeners of each commit.
pub(super) struct Live {
    sender: broadcast::Sender<Batch>,
}

#[derive(Clone, Debug)]
struct Batch(std::sync::Arc<[Change]>);

impl Default for Live {
    fn default() -> Self {
        Self { sender: broadcast::channel(BEHIND).0 }
    }
}

impl Live {
    pub(super) fn publish(&self, changes: &[Change]) {
        if self.sender.receiver_count() > 0 {
            // Nobody listening any more is no failure.
            let _ = self.sender.send(Batch(changes.into()));
        }
    }
}

/// What somebody looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The contacts of one client, their portal status and their mails, and how many requests wait.
    Client(Id<Client>),
    /// The files and folders of one client, and who opened them.
    Files(Id<Client>),
    /// What waits in the Inbox.
    Inbox,
    /// The requests of all clients.
    Requests,
    /// One request: its items and answers, its files, its history and its comments.
    Request(Id<Request>),
    /// The outbox.
    Outbox,
    /// The team.
    Team,
}

/// A member of staff who waits for changes of a topic.
pub struct Changes {
    topic: Topic,
    receiver: broadcast::Receiver<Batch>,
}

impl Console {
    /// Waits for changes of a topic from now on. The door must be opened again before anybody is told.
    #[must_use]
    pub fn changes(&self, topic: Topic) -> Changes {
        Changes { topic, receiver: self.core().live.sender.subscribe() }
    }

    /// Whether something of the topic changed; comes back when it did. False when the server stops.
    pub async fn next_change(&self, changes: &mut Changes) -> Result<bool> {
        loop {
            match changes.receiver.recv().await {
                Ok(batch) => {
                    if self.read(|r| concerns(r, &batch.0, changes.topic))? {
                        return Ok(true);
                    }
                }
                Err(RecvError::Lagged(_)) => return Ok(true),
                Err(RecvError::Closed) => return Ok(false),
            }
        }
    }
}

fn concerns(r: &Read, changes: &[Change], topic: Topic) -> Result<bool> {
    match topic {
        Topic::Outbox => Ok(changes.iter().any(|change| change.table == Mail::TABLE)),
        Topic::Team => Ok(changes.iter().any(|change| {
            [super::staff::Staff::TABLE, Invite::TABLE, Login::TABLE].contains(&change.table)
        })),
        Topic::Inbox => Ok(changes.iter().any(|change| change.table == File::TABLE)),
        Topic::Requests => Ok(changes.iter().any(|change| change.table == Request::TABLE)),
        Topic::Client(_) | Topic::Files(_) | Topic::Request(_) if changes.len() > CLOSELY => {
            Ok(true)
        }
        Topic::Client(client) => {
            for change in changes {
                if touches(r, *change, client)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Topic::Files(client) => {
            for change in changes {
                if is_file_of(r, *change, client)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Topic::Request(request) => {
            for change in changes {
                if is_of_request(r, *change, request)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

/// Whether a changed record is a part of a request. What is gone, other than the request itself, concerns everybody.
fn is_of_request(r: &Read, change: Change, request: Id<Request>) -> Result<bool> {
    match change.table {
        Request::TABLE | Sheet::TABLE => Ok(change.id == request.bytes()),
        request::Change::TABLE => {
            let of: Option<request::Change> = r.get(Id::from_bytes(change.id))?;
            Ok(of.is_none_or(|of| of.request == request))
        }
        Comment::TABLE => {
            let of: Option<Comment> = r.get(Id::from_bytes(change.id))?;
            Ok(of.is_none_or(|of| of.request == request))
        }
        File::TABLE => {
            let file: Option<File> = r.get(Id::from_bytes(change.id))?;
            Ok(file.is_none_or(|file| file.is_for(request)))
        }
        _ => Ok(false),
    }
}

/// Whether a changed record is to be seen among a client's files. What is gone concerns everybody.
fn is_file_of(r: &Read, change: Change, client: Id<Client>) -> Result<bool> {
    let file_of = |file: Id<File>| -> Result<bool> {
        Ok(r.get::<File>(file)?.is_none_or(|file| file.client == client))
    };
    match change.table {
        File::TABLE => file_of(Id::from_bytes(change.id)),
        Folder::TABLE => {
            let folder: Option<Folder> = r.get(Id::from_bytes(change.id))?;
            Ok(folder.is_none_or(|folder| folder.client == client))
        }
        ReadReceipt::TABLE => match r.get::<ReadReceipt>(Id::from_bytes(change.id))? {
            Some(receipt) => file_of(receipt.file),
            None => Ok(false),
        },
        _ => Ok(false),
    }
}

/// Whether a changed record is to be seen in a client's record. What is gone concerns everybody.
fn touches(r: &Read, change: Change, client: Id<Client>) -> Result<bool> {
    let of_invite = |invite: Id<Invite>| -> Result<bool> {
        let invite: Option<Invite> = r.get(invite)?;
        Ok(invite.is_some_and(
            |invite| matches!(invite.to, Invitee::Contact { client: of, .. } if of == client),
        ))
    };
    let of_contact =
        |contact: Id<Contact>| -> Result<bool> { Ok(tied(r, client, contact)?.is_some()) };
    match change.table {
        Client::TABLE => Ok(Id::from_bytes(change.id) == client),
        Membership::TABLE => {
            let tie: Option<Membership> = r.get(Id::from_bytes(change.id))?;
            Ok(tie.is_none_or(|tie| tie.client == client))
        }
        Request::TABLE => {
            let request: Option<Request> = r.get(Id::from_bytes(change.id))?;
            Ok(request.is_none_or(|request| request.client == client))
        }
        Contact::TABLE => of_contact(Id::from_bytes(change.id)),
        Invite::TABLE => of_invite(Id::from_bytes(change.id)),
        Mail::TABLE => match r.get::<Mail>(Id::from_bytes(change.id))?.and_then(|m| m.invite) {
            Some(invite) => of_invite(invite),
            None => Ok(false),
        },
        Login::TABLE => match r.get::<Login>(Id::from_bytes(change.id))?.map(|login| login.who) {
            Some(Who::Contact(contact)) => of_contact(contact),
            _ => Ok(false),
        },
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests;
