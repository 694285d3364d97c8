//! The key of each client, by which its files are encrypted. It is made with the client's first file, and kept wrapped by the
//! master key. To erase a client's files for good, its key is deleted: then they are noise, also in every copy that lies
//! elsewhere without its store. A store that deletes something does not overwrite it, so the master key is changed soon
//! after: what is left of the client's key is then noise, too.

mod rotate;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::activity::By;
use super::client::Client;
use super::core::Core;
use super::db::{Db, OpenError, Records, Write, record};
use super::id::Id;
use super::keys::Keys;
use super::keys::masters::Masters;
use crate::blobs::ClientSecret;
use crate::error::{Error, Result};

/// What a person hears when the master key is not there.
pub(super) const MASTER_MISSING: &str = "The key that opens this client's files is missing. Put back keys/master.key from the \
                                         recovery keys or a backup, and start the server again.";

/// The key of a client, wrapped. Its id has the bytes of the client's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ClientKey {
    id: Id<ClientKey>,
    /// Which master key it is wrapped by.
    master: String,
    /// Nonce, key and tag.
    wrapped: Vec<u8>,
    /// When it was made.
    made: Timestamp,
}

record!(ClientKey, "ck", "client-keys", |key, rows| rows.by("client-key.master", &key.master));

impl ClientKey {
    /// The key of this client has this id.
    pub(super) const fn of(client: Id<Client>) -> Id<Self> {
        Id::from_bytes(client.bytes())
    }

    /// Whose it is.
    pub(super) const fn client(&self) -> Id<Client> {
        Id::from_bytes(self.id.bytes())
    }

    pub(super) fn open(&self, masters: &Masters) -> Result<ClientSecret> {
        let secret = masters.unwrap(self.id.bytes(), &self.master, &self.wrapped);
        secret.ok_or_else(|| match masters.has(&self.master) {
            true => Error::bug(format!("the key of the client {} is damaged", self.client())),
            false => Error::refused(MASTER_MISSING),
        })
    }
}

/// A client's key was deleted, and the master key that still unwraps what is left of it is to be changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ChangeDue {
    /// Always [`Id::MIN`].
    id: Id<ChangeDue>,
    since: Timestamp,
}

record!(ChangeDue, "cd", "master-key-changes");

/// Destroys the key of a client: it is gone at once, and what the store has left of it once the master key was changed.
pub(super) fn destroy(tx: &mut Write<'_, '_>, client: Id<Client>) -> Result<()> {
    if tx.get(ClientKey::of(client))?.is_none() {
        return Ok(());
    }
    tx.delete(ClientKey::of(client))?;
    let since = tx.get::<ChangeDue>(Id::MIN)?.map_or(tx.now(), |due| due.since);
    tx.put(&ChangeDue { id: Id::MIN, since })
}

/// The key of a client, to read what it has. [`Error::NotFound`] if it never had a file.
pub(super) fn client_secret(
    r: &impl Records,
    masters: &Masters,
    client: Id<Client>,
) -> Result<ClientSecret> {
    r.need(ClientKey::of(client))?.open(masters)
}

/// The key of a client, made if it has none yet. The client must be there.
pub(super) fn client_secret_or_new(
    tx: &mut Write<'_, '_>,
    client: Id<Client>,
) -> Result<ClientSecret> {
    let id = ClientKey::of(client);
    if let Some(kept) = tx.get(id)? {
        return kept.open(tx.keys().masters());
    }
    let client: Client = tx.need(client)?;
    let secret = ClientSecret::fresh();
    let wrapped = tx.keys().masters().wrap(client.id.bytes(), &secret);
    let wrapped = wrapped.ok_or_else(|| Error::refused(MASTER_MISSING))?;
    tx.put(&ClientKey { id, master: wrapped.mark, wrapped: wrapped.bytes, made: tx.now() })?;
    Ok(secret)
}

/// Makes the master key of a new installation. Where clients have keys it was lost, and another would be of no use.
pub(super) fn make_first_master(db: &Db, keys: &Keys) -> Result<(), OpenError> {
    if keys.masters().is_missing()
        && db.read(|r| r.all_reverse_from::<ClientKey>(None, 1))?.is_empty()
    {
        keys.masters().make()?;
    }
    Ok(())
}

impl Core {
    /// The key of a client, to read what it has. [`Error::NotFound`] if it never had a file.
    pub(super) fn client_secret(&self, client: Id<Client>) -> Result<ClientSecret> {
        self.db.read(|r| client_secret(r, self.keys.masters(), client))
    }

    /// The key of a client, made and on disk if it had none yet: before its first byte arrives.
    pub(super) async fn client_secret_or_new(&self, client: Id<Client>) -> Result<ClientSecret> {
        match self.client_secret(client) {
            Err(Error::NotFound) => {}
            known => return known,
        }
        let make = move |tx: &mut Write<'_, '_>| {
            tx.unsaid("a key by itself is no event: what it encrypts is");
            client_secret_or_new(tx, client)
        };
        self.db.write(By::SYSTEM, make).await
    }
}
