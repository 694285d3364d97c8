//! Once-values: a form that causes something carries a hidden one, so that twenty clicks do what one click does.

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::activity::Actor;
use super::db::{Records, Write, record, time_key};
use super::id::Id;
use crate::error::Result;
use crate::values::hex;

/// A form that was already carried out. Kept for 24 hours.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Once {
    /// The first half of the hash of the person and the form's hidden value.
    pub id: Id<Once>,
    /// When it was carried out.
    pub at: Timestamp,
    /// What the command answered, as JSON, to answer the same again.
    pub answer: String,
}

record!(Once, "on", "once", |once, rows| rows.by("once.at", time_key(once.at)));

/// Whose form it is: values of different people never meet.
fn key(actor: Actor, value: &str) -> Id<Once> {
    id(&format!("{actor:?}\0{value}"))
}

/// Of what we name ourselves: no form's value meets it.
fn key_of(actor: Actor, what: &str) -> Id<Once> {
    id(&format!("{actor:?}\u{1}{what}"))
}

fn id(of: &str) -> Id<Once> {
    let digest = digest(&SHA256, of.as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&digest.as_ref()[..16]);
    Id::from_bytes(id)
}

/// Whether this form was already carried out: for commands that look at a password first, which the first one changed.
pub(super) fn carried_out(r: &impl Records, actor: Actor, value: &str) -> Result<bool> {
    Ok(!value.is_empty() && r.get(key(actor, value))?.is_some())
}

/// What [`Write::once_of`] came to, if it was already carried out.
pub(super) fn answered<T: DeserializeOwned>(
    r: &impl Records,
    actor: Actor,
    what: &str,
) -> Result<Option<T>> {
    let once: Option<Once> = r.get(key_of(actor, what))?;
    Ok(once.map(|once| serde_json::from_str(&once.answer)).transpose()?)
}

impl Write<'_, '_> {
    /// Carries `command` out unless this form already was; then gives what it answered the first time. An empty value
    /// is no value: such a form is carried out each time.
    pub(super) fn once<T: Serialize + DeserializeOwned>(
        &mut self,
        value: &str,
        command: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        if value.is_empty() {
            return command(self);
        }
        let id = key(self.who().actor, value);
        self.once_by(id, command)
    }

    /// The same for something that no form names, but we do.
    pub(super) fn once_of<T: Serialize + DeserializeOwned>(
        &mut self,
        what: &str,
        command: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let id = key_of(self.who().actor, what);
        self.once_by(id, command)
    }

    fn once_by<T: Serialize + DeserializeOwned>(
        &mut self,
        id: Id<Once>,
        command: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        if let Some(once) = self.get(id)? {
            let once: Once = once;
            return Ok(serde_json::from_str(&once.answer)?);
        }
        let answer = command(self)?;
        self.put(&Once { id, at: self.now(), answer: serde_json::to_string(&answer)? })?;
        Ok(answer)
    }
}

/// A new once-value for a form.
#[must_use]
pub fn fresh_once() -> String {
    let mut chance = [0; 16];
    SystemRandom::new().fill(&mut chance).expect("the kernel never runs out of chance");
    hex(&chance)
}
