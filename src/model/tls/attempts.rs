//! Tries to get a certificate from an authority: what became of each, and when the next one is made.
//!
//! An authority counts failures, and bans who fails too often: Let's Encrypt allows five an hour for an account and a
//! name. The tries are kept in the store, so that a server that is started again and again is not banned either.

use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::status::{LETS_ENCRYPT, STAGING};
use super::{CertificateFacts, Challenge, TlsSettings};
use crate::error::Result;
use crate::model::db::{Order, Records, Span, Write, record, time_key};
use crate::model::id::Id;

/// Tries in any hour at which the authority may have come and looked.
pub const MOST_AN_HOUR: usize = 4;
/// As many are kept.
const KEPT: usize = 50;
/// Minutes from the last failure to the next try, by how many there were in a row; then always the last.
const PAUSES: [i64; 9] = [1, 2, 5, 10, 20, 30, 60, 3 * 60, 6 * 60];
/// After a success nothing is ordered again for so long, whatever the clock or the certificate say.
const CONTENT: SignedDuration = SignedDuration::from_hours(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What stands in a try until its end is known: afterwards, only where the server was stopped before.
const UNFINISHED: &str = "The try was not finished: the server was stopped in the middle of it.";

/// One try to get a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateAttempt {
    /// Its id.
    pub id: Id<CertificateAttempt>,
    /// When it was over; until then, when it began.
    pub at: Timestamp,
    /// The authority's directory.
    pub directory: String,
    /// The hosts.
    pub names: Vec<String>,
    /// How the authority was to be shown that they are ours.
    pub challenge: Challenge,
    /// Whether the authority was asked to come and look.
    pub looked: bool,
    /// Why there is no certificate, in the authority's words; none if there is one.
    pub failure: Option<String>,
}

impl CertificateAttempt {
    /// One that begins. It is written down before the authority hears of it, as one at which it looked: a server that is
    /// stopped again and again in the middle must not ask without end.
    #[must_use]
    pub fn begun(
        at: Timestamp,
        directory: String,
        names: Vec<String>,
        challenge: Challenge,
    ) -> Self {
        let failure = Some(UNFINISHED.to_owned());
        Self { id: Id::MIN, at, directory, names, challenge, looked: true, failure }
    }

    /// Nobody has said yet what became of it.
    pub(super) fn is_unfinished(&self) -> bool {
        self.failure.as_deref() == Some(UNFINISHED)
    }

    /// It was a rehearsal at Let's Encrypt's staging server.
    #[must_use]
    pub fn is_rehearsal(&self) -> bool {
        self.directory == STAGING
    }
}

record!(CertificateAttempt, "ca", "certificate_attempts", |attempt, rows| rows
    .by("certificate_attempt.at", time_key(attempt.at)));

/// Keeps this one, under an id of its own if it has none, and not many of those before it.
pub(super) fn note(
    tx: &mut Write<'_, '_>,
    mut attempt: CertificateAttempt,
) -> Result<CertificateAttempt> {
    tx.unsaid("the certificate's state shows it");
    if attempt.id == Id::MIN {
        attempt.id = tx.id();
    }
    tx.put(&attempt)?;
    let old: Vec<Id<CertificateAttempt>> = newest(tx)?.into_iter().skip(KEPT).collect();
    old.into_iter().try_for_each(|id| tx.delete(id))?;
    Ok(attempt)
}

/// Newest first.
pub(super) fn latest(r: &impl Records) -> Result<Vec<CertificateAttempt>> {
    newest(r)?.into_iter().take(KEPT).map(|id| r.need(id)).collect()
}

fn newest(r: &impl Records) -> Result<Vec<Id<CertificateAttempt>>> {
    let mut ids = Vec::new();
    r.walk_index("certificate_attempt.at", &Span::all(), Order::Descending, |_, id| {
        ids.push(id);
        ControlFlow::Continue(())
    })?;
    Ok(ids)
}

/// Those tries for the same names at the same authority that failed since the last one that did not; and that one.
fn in_a_row<'a>(
    latest: &'a [CertificateAttempt],
    directory: &str,
    names: &[String],
) -> (Vec<&'a CertificateAttempt>, Option<&'a CertificateAttempt>) {
    let same = |one: &&CertificateAttempt| one.directory == directory && one.names == names;
    let mut failed = Vec::new();
    for one in latest.iter().filter(same) {
        if one.failure.is_none() {
            return (failed, Some(one));
        }
        failed.push(one);
    }
    (failed, None)
}

/// At which directory to order next. Before the first certificate from Let's Encrypt for these names, an order at its
/// staging server shows whether the world reaches us: what fails there counts against nobody.
#[must_use]
pub fn next_directory<'a>(
    settings: &'a TlsSettings,
    current: Option<&CertificateFacts>,
    latest: &[CertificateAttempt],
    names: &[String],
) -> &'a str {
    let wanted = settings.directory();
    let reached = latest.iter().any(|one| {
        let there = one.directory == wanted || one.directory == STAGING;
        there && one.names == names && one.failure.is_none()
    });
    if wanted == LETS_ENCRYPT && current.is_none() && !reached { STAGING } else { wanted }
}

/// When to order a certificate for these names from this authority. `current` is the one there is, if it is for them.
/// `latest` are the tries so far, newest first. A time that is past means now.
#[must_use]
pub fn next_try(
    current: Option<&CertificateFacts>,
    latest: &[CertificateAttempt],
    directory: &str,
    names: &[String],
) -> Timestamp {
    let later = |at: Timestamp, by| at.saturating_add(by).unwrap_or(Timestamp::MAX);
    let (failed, success) = in_a_row(latest, directory, names);
    let mut at = current.map_or(Timestamp::MIN, CertificateFacts::renewal);
    if let Some(last) = failed.first() {
        let minutes = PAUSES[(failed.len() - 1).min(PAUSES.len() - 1)];
        at = at.max(later(last.at, SignedDuration::from_mins(minutes)));
    }
    if let Some(success) = success {
        at = at.max(later(success.at, CONTENT));
    }
    let mut looked = latest.iter().filter(|one| one.looked && one.directory == directory);
    match looked.nth(MOST_AN_HOUR - 1) {
        Some(fourth) => at.max(later(fourth.at, HOUR)),
        None => at,
    }
}

/// How the next try shows that the names are ours. Without a listener for plain HTTP there is only one way.
#[must_use]
pub fn next_challenge(
    settings: &TlsSettings,
    latest: &[CertificateAttempt],
    directory: &str,
    names: &[String],
    plain_http: bool,
) -> Challenge {
    let (failed, _) = in_a_row(latest, directory, names);
    // What did well before, here or at the staging server, is tried first.
    let good = latest.iter().find(|one| one.names == names && one.failure.is_none());
    // Only those at which the authority looked tell that another way may do better.
    let last = failed.iter().find(|one| one.looked).map(|one| one.challenge);
    match (settings.challenge, last) {
        (Challenge::Either, _) if !plain_http => Challenge::TlsAlpn01,
        (Challenge::Either, Some(Challenge::TlsAlpn01)) => Challenge::Http01,
        (Challenge::Either, Some(_)) => Challenge::TlsAlpn01,
        (Challenge::Either, None) => good.map_or(Challenge::TlsAlpn01, |one| one.challenge),
        (fixed, _) => fixed,
    }
}
