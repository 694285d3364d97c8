//! Clients: the individuals and businesses the firm works for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::console::Console;
use super::contact::{FirstContact, add_first};
use super::db::{Records, Write, record};
use super::directory::{ClientList, ClientQuery, Total};
use super::edition::{check_edition, edition};
use super::ending::end_invites;
use super::id::Id;
use super::invite::InviteState;
use super::membership::Membership;
use super::staff::Staff;
use crate::error::{Error, Result};
use crate::values::{ClientName, Notes, Tag, sort_key};

/// A client. The portal, and all that will ever be shown in it, belongs to one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Client {
    /// Its id.
    pub id: Id<Client>,
    /// A person or a business.
    pub kind: ClientKind,
    /// As everybody reads it.
    pub name: ClientName,
    /// The year the firm began to work for them.
    pub since: Option<i16>,
    /// The member of staff whom the client sees as theirs.
    pub looked_after_by: Option<Id<Staff>>,
    /// The firm's own words to find clients by.
    pub tags: Vec<Tag>,
    /// An inactive client's portal is closed.
    pub active: bool,
    /// What staff write to themselves. Never shown in the portal.
    pub notes: Notes,
    /// When it was added.
    pub added: Timestamp,
}

/// A person or a business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientKind {
    /// A person.
    Individual,
    /// A company, partnership, trust or charity.
    Business,
}

impl ClientKind {
    /// As the interface writes it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Individual => "Individual",
            Self::Business => "Business",
        }
    }
}

record!(Client, "cl", "clients", |client, rows| {
    if let Some(staff) = client.looked_after_by {
        rows.by("client.staff", staff.bytes());
    }
});

/// What staff fill in of a client.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// A person or a business.
    pub kind: ClientKind,
    /// As everybody reads it.
    pub name: ClientName,
    /// The year the firm began to work for them.
    pub since: Option<i16>,
    /// The member of staff whom the client sees as theirs.
    pub looked_after_by: Option<Id<Staff>>,
    /// The firm's own words to find clients by.
    pub tags: Vec<Tag>,
    /// What staff write to themselves.
    pub notes: Notes,
}

/// A client's record as its pages show it.
#[derive(Clone, Debug)]
pub struct ClientRecord {
    /// The client.
    pub client: Client,
    /// Who looks after it.
    pub looked_after_by: Option<String>,
    /// How many contacts it has.
    pub contacts: usize,
    /// How many files it has, outside the trash.
    pub files: Total,
    /// How many of its requests wait for it, or for the firm's review.
    pub requests: usize,
}

impl Client {
    /// Changes with every edit: a form carries it, so that nobody's edit is overwritten unseen.
    #[must_use]
    pub fn edition(&self) -> String {
        edition(self)
    }
}

impl Console {
    /// A page of clients.
    pub fn clients(&self, query: &ClientQuery) -> Result<ClientList> {
        let core = self.core();
        core.directory.look(&core.db, |book| book.find_clients(query, self.now()))
    }

    /// All tags that clients have.
    pub fn client_tags(&self) -> Result<Vec<String>> {
        self.core().directory.look(&self.core().db, |book| book.tags_in_use())
    }

    /// One client's record.
    pub fn client(&self, id: Id<Client>) -> Result<ClientRecord> {
        let files = self.file_count(id)?;
        let requests = self.book(|book| book.open_at(id))?;
        self.read(|r| {
            let client: Client = r.need(id)?;
            let staff: Option<Staff> =
                client.looked_after_by.map(|staff| r.get(staff)).transpose()?.flatten();
            let contacts = r.ids_by::<Membership>("membership.client", id, usize::MAX)?.len();
            let looked_after_by = staff.map(|staff| staff.name.to_string());
            Ok(ClientRecord { client, looked_after_by, contacts, files, requests })
        })
    }

    /// Those of the team who can look after a client, by name.
    pub fn colleagues(&self) -> Result<Vec<Staff>> {
        let mut staff = Vec::new();
        self.read(|r| {
            r.all::<Staff>(|one| {
                staff.extend(Some(one).filter(Staff::active));
                std::ops::ControlFlow::Continue(())
            })
        })?;
        staff.sort_by_cached_key(|one| sort_key(one.name.as_str()));
        Ok(staff)
    }

    /// Adds a client, and with it its first contacts. Known people can only be those whom
    /// [`Console::look_alikes`] offers for what was typed. `once` makes twenty clicks one.
    pub async fn create_client(
        &self,
        new: NewClient,
        first: Vec<FirstContact>,
        once: String,
    ) -> Result<Id<Client>> {
        for one in &first {
            let Some(known) = one.same_as else { continue };
            if !self.look_alikes(&one.new)?.iter().any(|alike| alike.contact.id == known) {
                return Err(Error::NotFound);
            }
        }
        self.write(move |tx| {
            tx.once(&once, |tx| {
                check_staff(tx, new.looked_after_by)?;
                let client = Client {
                    id: tx.id(),
                    kind: new.kind,
                    name: new.name,
                    since: new.since,
                    looked_after_by: new.looked_after_by,
                    tags: new.tags,
                    active: true,
                    notes: new.notes,
                    added: tx.now(),
                };
                tx.put(&client)?;
                tx.say(
                    "client-added",
                    Some(client.id),
                    format!("added the client {}", client.name),
                )?;
                for contact in first {
                    add_first(tx, &client, contact)?;
                }
                Ok(client.id)
            })
        })
        .await
    }

    /// Changes a client. `seen` is the [`Client::edition`] that was shown.
    pub async fn edit_client(&self, id: Id<Client>, new: NewClient, seen: String) -> Result<()> {
        self.write(move |tx| {
            let old: Client = tx.need(id)?;
            if new.looked_after_by != old.looked_after_by {
                check_staff(tx, new.looked_after_by)?;
            }
            let client = Client {
                kind: new.kind,
                name: new.name,
                since: new.since,
                looked_after_by: new.looked_after_by,
                tags: new.tags,
                notes: new.notes,
                ..old.clone()
            };
            let what = differences(&old, &client);
            // The same form sent twice changes nothing the second time, and is no conflict.
            if what.is_empty() {
                return Ok(());
            }
            check_edition(&seen, &old.edition())?;
            tx.put(&client)?;
            let what = format!("edited the client {}: {}", client.name, what.join(", "));
            tx.say("client-edited", Some(id), what)
        })
        .await
    }

    /// Opens a client's portal again.
    pub async fn activate_client(&self, id: Id<Client>) -> Result<()> {
        self.write(move |tx| {
            let client: Client = tx.need(id)?;
            if client.active {
                return Ok(());
            }
            tx.put(&Client { active: true, ..client.clone() })?;
            let what = format!("made {} active again, which opens its portal", client.name);
            tx.say("client-activated", Some(id), what)
        })
        .await
    }

    /// Closes a client's portal. Pending invites to it would lead nowhere: they are revoked; says how many.
    pub async fn deactivate_client(&self, id: Id<Client>) -> Result<usize> {
        self.write(move |tx| {
            let client: Client = tx.need(id)?;
            if !client.active {
                return Ok(0);
            }
            tx.put(&Client { active: false, ..client.clone() })?;
            let revoked = revoke_all(tx, id)?;
            let what = format!("made {} inactive, which closes its portal", client.name);
            tx.say("client-deactivated", Some(id), what)?;
            Ok(revoked)
        })
        .await
    }
}

/// Only somebody of the team can look after a client.
fn check_staff(tx: &Write<'_, '_>, staff: Option<Id<Staff>>) -> Result<()> {
    let Some(id) = staff else { return Ok(()) };
    let staff: Option<Staff> = tx.get(id)?;
    if staff.is_some_and(|staff| staff.active()) {
        return Ok(());
    }
    Err(Error::field("looked_after_by", "Choose somebody of your team"))
}

fn revoke_all(tx: &mut Write<'_, '_>, client: Id<Client>) -> Result<usize> {
    let state = InviteState::Revoked { at: tx.now() };
    let mut revoked = 0;
    for tie in tx.ids_by::<Membership>("membership.client", client, usize::MAX)? {
        revoked += end_invites(tx, tie, state)?.len();
    }
    Ok(revoked)
}

/// What an edit changed, for the activity. Notes are for staff, but the activity need not repeat them.
fn differences(old: &Client, new: &Client) -> Vec<String> {
    let mut what = Vec::new();
    if old.name != new.name {
        what.push(format!("name from {}", old.name));
    }
    let more = [
        ("type", old.kind != new.kind),
        ("client since", old.since != new.since),
        ("who looks after it", old.looked_after_by != new.looked_after_by),
        ("tags", old.tags != new.tags),
        ("notes", old.notes != new.notes),
    ];
    what.extend(more.iter().filter(|(_, differs)| *differs).map(|(name, _)| (*name).to_owned()));
    what
}
