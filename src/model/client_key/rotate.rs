//! Changing the master key. The clients' keys are wrapped anew, and no file is touched. Whenever it is cut short, every
//! key that anything is wrapped by lies on disk, and the next start or the next try goes on.

use std::ops::ControlFlow;

use super::{ChangeDue, ClientKey, MASTER_MISSING};
use crate::error::{Error, Result};
use crate::model::activity::By;
use crate::model::backups::BackupPlan;
use crate::model::db::{Order, Records, Span, Write};
use crate::model::id::Id;
use crate::model::keys::KeyError;
use crate::model::system::System;

/// Keys that one command wraps anew, so that people's commands need not wait.
const AT_ONCE: usize = 500;

impl System {
    /// Has a new master key take the place of the one there is, and says how many clients' keys were wrapped anew. Nobody may
    /// make a backup meanwhile: its store would be wrapped by one key, and it would hold the other.
    pub async fn change_master_key(&self) -> Result<usize> {
        let core = self.core();
        let masters = core.keys.masters();
        if let Some(given) = masters.given() {
            return Err(Error::refused(format!(
                "The master key was given in {}, where it cannot be changed. Copy that file to keys/master.key in the data \
                 folder, start without it, change the key, and give the new one.",
                given.display()
            )));
        }
        if masters.is_missing() || self.unreadable_clients()? > 0 {
            return Err(Error::refused(MASTER_MISSING));
        }
        masters.begin_change().map_err(said)?;
        let mut wrapped = 0;
        loop {
            let others = self.wrapped_by_others()?;
            if others.is_empty() {
                break;
            }
            wrapped += others.len();
            let again = move |tx: &mut Write<'_, '_>| {
                tx.unsaid("the change is told when it is done");
                others.into_iter().try_for_each(|id| wrap_again(tx, id))
            };
            core.db.write(By::SYSTEM, again).await?;
        }
        let tell = move |tx: &mut Write<'_, '_>| {
            if let Some(mut plan) = tx.get::<BackupPlan>(Id::MIN)? {
                plan.keys_taken = None; // those that were taken open no later backup
                tx.put(&plan)?;
            }
            let what = match wrapped {
                0 => "changed the master key".to_owned(),
                1 => "changed the master key; that of 1 client was wrapped anew".to_owned(),
                many => {
                    format!("changed the master key; those of {many} clients were wrapped anew")
                }
            };
            if tx.get::<ChangeDue>(Id::MIN)?.is_some() {
                tx.delete(Id::<ChangeDue>::MIN)?;
            }
            tx.say("master-key-changed", None, what)
        };
        core.db.write(By::SYSTEM, tell).await?;
        masters.end_change()?;
        Ok(wrapped)
    }

    /// Resolves when a client was erased, so that the master key is to be changed.
    pub async fn key_destroyed(&self) {
        self.core().erased.notified().await;
    }

    /// Changes the master key if that is due since a client was erased, and ends a change that was cut short. Nobody may make a
    /// backup meanwhile.
    pub async fn change_master_key_if_due(&self) -> Result<()> {
        let core = self.core();
        let masters = core.keys.masters();
        let due: Option<ChangeDue> = core.db.read(|r| r.get(Id::MIN))?;
        match (due, masters.given()) {
            (None, _) if !masters.changes() => Ok(()),
            (Some(due), Some(given)) => {
                let (since, given) = (due.since, given.display());
                tracing::warn!(%since, %given, "a client was erased: change the master key, which is kept outside");
                Ok(())
            }
            _ => self.change_master_key().await.map(|_| ()),
        }
    }

    /// How many clients' files cannot be opened, for the key that theirs is wrapped by is not there.
    pub fn unreadable_clients(&self) -> Result<usize> {
        self.core().unreadable_clients()
    }

    /// Some of the keys that the current master key does not unwrap.
    fn wrapped_by_others(&self) -> Result<Vec<Id<ClientKey>>> {
        let core = self.core();
        let Some(current) = core.keys.masters().mark() else { return Ok(Vec::new()) };
        let mut others = Vec::new();
        core.db.read(|r| {
            r.walk_index("client-key.master", &Span::all(), Order::Ascending, |mark, id| {
                others.extend(Some(id).filter(|_| mark != current.as_bytes()));
                if others.len() < AT_ONCE {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })
        })?;
        Ok(others)
    }
}

impl crate::model::core::Core {
    pub(in crate::model) fn unreadable_clients(&self) -> Result<usize> {
        let mut lost = 0;
        self.db.read(|r| {
            r.walk_index::<ClientKey>(
                "client-key.master",
                &Span::all(),
                Order::Ascending,
                |mark, _| {
                    let there =
                        str::from_utf8(mark).is_ok_and(|mark| self.keys.masters().has(mark));
                    lost += usize::from(!there);
                    ControlFlow::Continue(())
                },
            )
        })?;
        Ok(lost)
    }
}

fn wrap_again(tx: &mut Write<'_, '_>, id: Id<ClientKey>) -> Result<()> {
    // A client may have been erased meanwhile.
    let Some(mut key) = tx.get(id)? else { return Ok(()) };
    let secret = key.open(tx.keys().masters())?;
    let wrapped = tx.keys().masters().wrap(id.bytes(), &secret);
    let wrapped = wrapped.ok_or_else(|| Error::refused(MASTER_MISSING))?;
    (key.master, key.wrapped) = (wrapped.mark, wrapped.bytes);
    tx.put(&key)
}

fn said(why: KeyError) -> Error {
    Error::refused(why.to_string())
}

#[cfg(test)]
mod tests;
