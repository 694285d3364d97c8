//! What is tidied up in the background: sessions, links and once-values that have had their time.

mod blobs;

use std::ops::ControlFlow;
use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};

use super::activity::By;
use super::db::{Order, Record, Records, Span, Write, time_key};
use super::id::Id;
use super::link::Link;
use super::once::Once;
use super::request::{Request, sweep_draft};
use super::session::Session;
use super::system::System;
use super::viewing::{VIEW, Viewing};
use crate::error::Result;
pub(super) use blobs::refers;

/// How long an expired link is kept, so that its page can say what happened.
const LINK_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a form that was carried out is remembered.
const ONCE_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long a draft is kept into which nothing was written since it was begun: whoever has it open may still type.
const UNTOUCHED_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Records that one command deletes, so that people's commands need not wait.
const AT_ONCE: usize = 1_000;

impl System {
    /// Writes down when sessions were last used. Kept in memory until then, so that looking at pages writes nothing.
    pub async fn note_seen_sessions(&self) -> Result<()> {
        let used =
            std::mem::take(&mut *self.core().seen.lock().unwrap_or_else(PoisonError::into_inner));
        if used.is_empty() {
            return Ok(());
        }
        self.tidy(move |tx| {
            for (id, at) in used {
                // One that has ended meanwhile stays ended.
                if let Some(mut session) = tx.get::<Session>(id)?.filter(|s| s.seen < at) {
                    session.seen = at;
                    tx.put(&session)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Deletes sessions that have ended, links a month after they expired, once-values after a day, views of portals that
    /// are over, requests that were begun and left a week ago, and after two months who was told of which file. Invites keep their links: an old mail must lead to a
    /// page that says what happened. Says how many records went: none while the host's clock is not believed.
    pub async fn sweep_sessions(&self) -> Result<usize> {
        if self.clock_trouble().is_some() {
            return Ok(0);
        }
        let now = self.now();
        let dead = self.dead_sessions(now)?;
        let links = self.before::<Link>("link.expires", now - LINK_KEPT)?;
        let forms = self.before::<Once>("once.at", now - ONCE_KEPT)?;
        let views = self.before::<Viewing>("viewing.since", now - VIEW)?;
        let told = self.old_notices()?;
        let drafts = self.before::<Request>("request.untouched", now - UNTOUCHED_KEPT)?;
        let begun = self.each(drafts, sweep_draft).await?;
        let gone = begun
            + self.delete(dead).await?
            + self.delete(links).await?
            + self.delete(told).await?;
        Ok(gone + self.delete(forms).await? + self.delete(views).await?)
    }

    fn dead_sessions(&self, now: Timestamp) -> Result<Vec<Id<Session>>> {
        let mut dead = Vec::new();
        // Copied, so that no request waits at its door for the scan.
        let used = self.core().seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.core().db.read(|r| {
            r.all::<Session>(|session| {
                let seen = used.get(&session.id).map_or(session.seen, |at| session.seen.max(*at));
                if !session.alive(seen, now) {
                    dead.push(session.id);
                }
                ControlFlow::Continue(())
            })
        })?;
        Ok(dead)
    }

    /// The records whose time in this index is before `end`.
    pub(super) fn before<R: Record>(
        &self,
        index: &'static str,
        end: Timestamp,
    ) -> Result<Vec<Id<R>>> {
        let (mut ids, end) = (Vec::new(), time_key(end));
        self.core().db.read(|r| {
            r.walk_index(index, &Span::all(), Order::Ascending, |key, id| {
                if key < end.as_slice() {
                    ids.push(id);
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })
        })?;
        Ok(ids)
    }

    pub(super) async fn delete<R: Record>(&self, ids: Vec<Id<R>>) -> Result<usize> {
        self.each(ids, |tx, id| tx.delete(id)).await
    }

    /// Does the same with many records, some of them at once. Says how many there are.
    async fn each<R: Record>(
        &self,
        ids: Vec<Id<R>>,
        tidy: fn(&mut Write<'_, '_>, Id<R>) -> Result<()>,
    ) -> Result<usize> {
        for some in ids.chunks(AT_ONCE) {
            let some = some.to_vec();
            self.tidy(move |tx| some.into_iter().try_for_each(|id| tidy(tx, id))).await?;
        }
        Ok(ids.len())
    }

    async fn tidy(
        &self,
        command: impl FnOnce(&mut Write<'_, '_>) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let unsaid = move |tx: &mut Write<'_, '_>| {
            tx.unsaid("nothing that anybody can see has changed");
            command(tx)
        };
        self.core().db.write(By::SYSTEM, unsaid).await
    }
}

#[cfg(test)]
mod tests;
