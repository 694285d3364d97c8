//! What the metrics page tells of the model: counts, never names.

use std::ops::ControlFlow;

use jiff::Timestamp;

use super::backups::runs::{BackupRun, RunOutcome};
use super::core::Core;
use super::db::{Order, Records, Span, time_key};
use super::health::StoreState;
use super::id::Id;
use super::outbox::Mail;
use super::system::System;
use super::tls::TlsWay;
use crate::error::Result;

/// The model at one moment, in numbers.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Log-ins that worked since the server started: audience and count.
    pub signed_in: [(&'static str, u64); 2],
    /// Those that failed: what was tried, and how often.
    pub sign_ins_failed: [(&'static str, u64); 4],
    /// Mails that have not left.
    pub mails_waiting: u64,
    /// When the one that has waited longest was written.
    pub oldest_mail: Option<Timestamp>,
    /// Passwords that wait for a thread to hash them.
    pub hashes_waiting: usize,
    /// Whether the store can be used.
    pub store: StoreState,
    /// When the last backup was made; none yet, or too long ago to be remembered.
    pub last_backup: Option<Timestamp>,
    /// When one was last restored to see that it can be, and could.
    pub last_verified: Option<Timestamp>,
    /// Until when the certificate holds that visitors are shown; none without a real one.
    pub certificate_ends: Option<Timestamp>,
    /// When an authority was asked for one last, as far as is remembered.
    pub certificate_tried: Option<Timestamp>,
    /// Whether the last try to get or to read one failed, or nobody can be shown it; none where a proxy looks after it.
    pub certificate_fails: Option<bool>,
}

impl System {
    /// The model in numbers. Walks the mails that wait, so it is for a look every few seconds, not for every request.
    pub fn facts(&self) -> Result<Facts> {
        self.core().facts()
    }
}

impl Core {
    pub(super) fn facts(&self) -> Result<Facts> {
        let (mails_waiting, oldest_mail) = self.db.read(|r| {
            let now = time_key(self.clock.now());
            let (mut count, mut oldest, mut later) = (0, None::<Id<Mail>>, Vec::new());
            r.walk_index("mail.due", &Span::all(), Order::Ascending, |key, id| {
                count += 1;
                if key[1..] > now[..] {
                    later.push(id);
                } else {
                    oldest = Some(oldest.map_or(id, |oldest| oldest.min(id)));
                }
                ControlFlow::Continue(())
            })?;
            // What tells of a whole day in the morning is not late before; what waits for its next try is.
            for id in later {
                let mail: Mail = r.need(id)?;
                if mail.last.is_some() {
                    oldest = Some(oldest.map_or(id, |oldest| oldest.min(id)));
                }
            }
            let oldest = oldest.map(|id| r.need(id)).transpose()?;
            Ok((count, oldest.map(|mail: Mail| mail.made)))
        })?;
        let runs = self.backup_runs()?;
        let is_made = |run: &&BackupRun| matches!(run.outcome, RunOutcome::Made(_));
        let verified = |run: &BackupRun| {
            run.verified.as_ref().filter(|trial| trial.why.is_none()).map(|trial| trial.at)
        };
        let certificate = self.certificate_status()?;
        let fails = certificate.last_error.is_some() || certificate.closed.is_some();
        Ok(Facts {
            signed_in: self.sign_ins.counted_done(),
            sign_ins_failed: self.sign_ins.counted_failed(),
            mails_waiting,
            oldest_mail,
            hashes_waiting: self.hashes.waiting(),
            store: self.db.state(),
            last_backup: runs.iter().find(is_made).map(|run| run.ended),
            last_verified: runs.iter().filter_map(verified).max(),
            certificate_ends: certificate.facts.map(|facts| facts.not_after),
            certificate_tried: certificate.last_try,
            certificate_fails: (certificate.way != TlsWay::Off).then_some(fails),
        })
    }
}
