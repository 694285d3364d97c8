//! How the portal is reached beyond what the settings say: whether a former address still answers, and since when a
//! certificate has served that browsers accept.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::activity::By;
use super::admin::Admin;
use super::console::Console;
use super::core::Core;
use super::db::{Records, Write, record};
use super::guest::Guest;
use super::id::Id;
use super::system::System;
use super::tls::PROVEN;
use crate::error::Result;
use crate::values::PublicUrl;

/// One row, under [`Id::MIN`]; without it there is neither.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Standing {
    /// Always [`Id::MIN`].
    pub id: Id<Standing>,
    /// The address before the one that is set now, as long as no Admin has come by the new one: a mistyped address
    /// locks nobody out.
    pub former: Option<PublicUrl>,
    /// Since when the server has shown a certificate that browsers accept for its public address.
    pub trusted_since: Option<Timestamp>,
}

impl Default for Standing {
    fn default() -> Self {
        Self { id: Id::MIN, former: None, trusted_since: None }
    }
}

record!(Standing, "sd", "standing");

/// Each request asks for it, and it changes a few times a year.
#[derive(Default)]
pub(super) struct StandingCache(RwLock<Option<Arc<Standing>>>);

impl StandingCache {
    pub(super) fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Core {
    fn standing(&self) -> Result<Arc<Standing>> {
        if let Some(standing) = &*self.standing.0.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(standing.clone());
        }
        let mut cached = self.standing.0.write().unwrap_or_else(PoisonError::into_inner);
        let stored: Option<Standing> = self.db.read(|r| r.get(Id::MIN))?;
        let standing = Arc::new(stored.unwrap_or_default());
        *cached = Some(standing.clone());
        Ok(standing)
    }
}

/// The address is going to change from this one to that one.
pub(super) fn note_former(tx: &mut Write<'_, '_>, old: &PublicUrl, new: &PublicUrl) -> Result<()> {
    let standing: Standing = tx.get(Id::MIN)?.unwrap_or_default();
    // Where the old one has not answered either, the one before it is the one that works.
    let former = standing.former.clone().unwrap_or_else(|| old.clone());
    let former = Some(former).filter(|former| former != new);
    tx.put(&Standing { former, ..standing })
}

impl Guest {
    /// The address that answers beside the public one, until that one has.
    pub fn former_address(&self) -> Option<PublicUrl> {
        self.core().standing().ok()?.former.clone()
    }

    /// Whether a certificate has served for so long that browsers may be told to insist on one.
    pub fn is_https_proven(&self) -> bool {
        let since = self.core().standing().ok().and_then(|standing| standing.trusted_since);
        let proven = since.and_then(|since| since.checked_add(PROVEN).ok());
        proven.is_some_and(|proven| proven <= self.now())
    }

    /// Whether somebody answers by https, with whatever certificate.
    #[must_use]
    pub fn is_https_answered(&self) -> bool {
        self.core().certificate.borrow().listening
    }

    /// Whoever holds this cookie has come by the public address. If it is an Admin, the former one need not answer any
    /// more: a stranger, who can write any address into a request, must not end it.
    pub fn note_answered(&self, cookie: &str) {
        if self.console(cookie).and_then(Console::admin).is_ok() {
            self.core().answered.notify_one();
        }
    }
}

impl Admin {
    /// The address that answers beside the public one, until that one has.
    pub fn former_address(&self) -> Result<Option<PublicUrl>> {
        Ok(self.console().core().standing()?.former.clone())
    }

    /// From when on browsers are told to insist on https; none while they would not accept the certificate.
    pub fn https_proven_at(&self) -> Result<Option<Timestamp>> {
        let since = self.console().core().standing()?.trusted_since;
        Ok(since.and_then(|since| since.checked_add(PROVEN).ok()))
    }
}

impl System {
    /// The address that answers beside the public one, until that one has.
    pub fn former_address(&self) -> Result<Option<PublicUrl>> {
        Ok(self.core().standing()?.former.clone())
    }

    /// Waits until an Admin has come by a new public address, and forgets the former one.
    pub async fn retire_former_address(&self) -> Result<()> {
        self.core().answered.notified().await;
        if self.core().standing()?.former.is_none() {
            return Ok(());
        }
        let retire = |tx: &mut Write<'_, '_>| {
            let standing: Standing = tx.get(Id::MIN)?.unwrap_or_default();
            let Some(former) = standing.former else { return Ok(()) };
            tx.put(&Standing { former: None, ..standing })?;
            let what = format!("stopped answering at {former}: an Admin came by the new address");
            tx.say("former-address-retired", None, what)
        };
        self.core().db.write(By::SYSTEM, retire).await
    }

    /// Tells whether the certificate that is shown now is one that browsers accept.
    pub async fn note_trusted(&self, trusted: bool) -> Result<()> {
        if self.core().standing()?.trusted_since.is_some() == trusted {
            return Ok(());
        }
        let note = move |tx: &mut Write<'_, '_>| {
            tx.unsaid("the certificate's state shows it");
            let standing: Standing = tx.get(Id::MIN)?.unwrap_or_default();
            let trusted_since = trusted.then(|| standing.trusted_since.unwrap_or(tx.now()));
            tx.put(&Standing { trusted_since, ..standing })
        };
        self.core().db.write(By::SYSTEM, note).await
    }
}
