//! Who is told that the certificate needs somebody: Admins on Today, and Owners by mail, who may not look there for weeks.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{CertificateStatus, System, TlsWay};
use crate::error::Result;
use crate::model::activity::By;
use crate::model::db::{Records, Write, record};
use crate::model::id::Id;
use crate::model::outbox::Letter;

/// What passes sooner is not worth a mail: somebody may be at it right now.
const STANDS: SignedDuration = SignedDuration::from_hours(1);
/// Owners are told again of what still stands.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// Where it is seen.
const PAGE: &str = "/console/settings/address";

/// That something is wrong with the certificate. One row, under [`Id::MIN`]; none while all is well.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::model) struct CertificateWarning {
    id: Id<CertificateWarning>,
    since: Timestamp,
    /// When Owners were told last, if they were.
    told: Option<Timestamp>,
}

record!(CertificateWarning, "cw", "certificate_warning");

impl CertificateWarning {
    fn is_due(&self, now: Timestamp) -> bool {
        let told_long_ago = |told: Timestamp| now.duration_since(told) >= AGAIN;
        now.duration_since(self.since) >= STANDS && self.told.is_none_or(told_long_ago)
    }
}

impl System {
    /// Tells Owners by mail what is wrong with the certificate: once it has stood for an hour, then once a day, and once
    /// more when it is well again.
    pub async fn warn_of_certificate(&self) -> Result<()> {
        if !self.core().has_firm()? {
            return Ok(());
        }
        let (status, now) = (self.certificate_status()?, self.now());
        let known: Option<CertificateWarning> = self.core().db.read(|r| r.get(Id::MIN))?;
        // This is asked every minute, and mostly there is nothing to write down.
        let news = match &known {
            None => status.warning.is_some(),
            Some(known) => status.warning.is_none() || known.is_due(now),
        };
        if !news {
            return Ok(());
        }
        let work = move |tx: &mut Write<'_, '_>| match (&status.warning, known) {
            (None, None) => Ok(()),
            (None, Some(known)) => settle(tx, &known, &status),
            (Some(why), known) => {
                let fresh = CertificateWarning { id: Id::MIN, since: now, told: None };
                let mut known = known.unwrap_or(fresh);
                if known.is_due(now) {
                    known.told = Some(now);
                    tell_owners(tx, "The certificate needs care", why, false)?;
                    tx.say("certificate-warned", None, format!("warned Owners by mail. {why}"))?;
                } else {
                    tx.unsaid("Owners are told if it stays so");
                }
                tx.put(&known)
            }
        };
        self.core().db.write(By::SYSTEM, work).await
    }
}

/// It is over. Whoever was told of it is told that, too.
fn settle(
    tx: &mut Write<'_, '_>,
    known: &CertificateWarning,
    status: &CertificateStatus,
) -> Result<()> {
    tx.delete(known.id)?;
    let until = status.facts.as_ref().map(|facts| facts.not_after);
    match (known.told, until) {
        (Some(_), Some(until)) if status.way != TlsWay::Off => {
            let why = format!("The portal shows a certificate that holds until {until:.0}.");
            tell_owners(tx, "The certificate is all right again", &why, true)?;
            tx.say("certificate-well", None, "told Owners that the certificate is all right again")
        }
        // Switched off, or nobody knew.
        _ => {
            tx.unsaid("the certificate's state shows it");
            Ok(())
        }
    }
}

fn tell_owners(tx: &mut Write<'_, '_>, what: &str, why: &str, done: bool) -> Result<()> {
    tx.mail_owners(|first_name| Letter::CertificateTrouble {
        first_name,
        what: what.to_owned(),
        why: why.to_owned(),
        done,
        path: PAGE.to_owned(),
    })
}
