//! What is asked of the backup job, and what it is at: kept in memory, for a restart asks for nothing.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::runs::Cause;
use crate::model::admin::Admin;
use crate::model::staff::Staff;
use crate::model::system::System;

/// Between those who ask for backups and the job that makes them.
#[derive(Default)]
pub struct BackupDesk {
    bell: Notify,
    /// Rung when something was done.
    done: Notify,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    backup: Option<Cause>,
    verify: bool,
    busy: Option<Busy>,
}

/// What somebody wants done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Make a backup.
    Backup(Cause),
    /// Restore the newest one into a scratch folder.
    Verify,
}

/// What is being done at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// A backup is restored to see that it can be; else one is made.
    pub verifying: bool,
    /// Since when.
    pub since: Timestamp,
}

impl BackupDesk {
    /// Has the job look again.
    pub(in crate::model) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Resolves when somebody asks for something, or has changed the plan.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Asks, and waits until the job has done something. Whoever does not wait has asked all the same.
    async fn have_done(&self, ask: Ask) {
        let done = self.done.notified();
        tokio::pin!(done);
        done.as_mut().enable();
        self.ask(ask);
        done.await;
    }

    fn ask(&self, ask: Ask) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match ask {
            Ask::Backup(cause) => state.backup = Some(cause),
            Ask::Verify => state.verify = true,
        }
        drop(state);
        self.ring();
    }

    /// What was asked for; a backup before it is verified.
    pub fn take(&self) -> Option<Ask> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.backup.take() {
            Some(cause) => Some(Ask::Backup(cause)),
            None => std::mem::take(&mut state.verify).then_some(Ask::Verify),
        }
    }

    /// Notes what is being done, or that nothing is.
    pub fn set_busy(&self, busy: Option<Busy>) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).busy = busy;
        if busy.is_none() {
            self.done.notify_waiters();
        }
    }

    /// What is being done, or was just asked for.
    pub(in crate::model) fn busy(&self, now: Timestamp) -> Option<Busy> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = state.backup.is_some() || state.verify;
        let soon = asked.then_some(Busy { verifying: state.backup.is_none(), since: now });
        state.busy.or(soon)
    }
}

impl System {
    /// What is asked of the backup job.
    #[must_use]
    pub fn backup_desk(&self) -> std::sync::Arc<BackupDesk> {
        self.core().backups.clone()
    }
}

impl Admin {
    /// Has a backup made now, and waits for it. It is made whether anybody waits or not.
    pub async fn back_up_now(&self) {
        let me: &Staff = self.console().me();
        self.console().core().backups.have_done(Ask::Backup(Cause::Asked(me.id))).await;
    }

    /// Has the newest backup restored into a scratch folder now, and waits for that.
    pub async fn verify_backup_now(&self) {
        self.console().core().backups.have_done(Ask::Verify).await;
    }

    /// What the backup job is at.
    #[must_use]
    pub fn backups_busy(&self) -> Option<Busy> {
        self.console().core().backups.busy(self.console().now())
    }
}
