//! The way one mail takes to the mail server, and what became of it there.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use crate::error::Result;
use crate::http::pages::Templates;
use crate::mail::dkim::Signer;
use crate::mail::failure::{Failure, Kind};
use crate::mail::message::Writer;
use crate::mail::smtp::SmtpPool;
use crate::model::dkim::SignsAs;
use crate::model::firm::{Firm, Smtp};
use crate::model::outbox::Mail;
use crate::model::{HandOver, Held, Id, Outcome, System};
use crate::values::{Accent, DateStyle, Email, PublicUrl, Zone};

/// The way to the mail server, and what mails are written with. Made anew when the settings change.
pub(super) struct Way {
    pub(super) made_of: Settings,
    pub(super) from: Email,
    pub(super) pool: SmtpPool,
    pub(super) writer: Writer<Arc<Templates>>,
    /// Signs each mail, if they are signed.
    pub(super) signer: Option<Signer>,
}

/// What of the firm's settings makes another way of it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Settings {
    /// In whose name mails are signed.
    pub(super) signs: Option<SignsAs>,
    smtp: Smtp,
    name: String,
    public_url: PublicUrl,
    accent: Accent,
    zone: Zone,
    style: DateStyle,
}

impl Settings {
    /// None where mails do not leave.
    pub(super) fn of(firm: &Firm, signs: Option<SignsAs>) -> Option<Self> {
        Some(Self {
            signs,
            smtp: firm.smtp.clone().filter(|_| !firm.demo)?,
            name: firm.name.to_string(),
            public_url: firm.public_url.clone(),
            accent: firm.accent.clone(),
            zone: firm.zone.clone(),
            style: firm.date_style,
        })
    }
}

/// What became of one mail on its way.
pub(super) enum Done {
    /// The mail server said yes or no to it, so it works.
    Answered(Outcome),
    /// Nothing is known of the mail server.
    Unanswered(Outcome),
    /// No mail gets through.
    Paused(Failure),
    /// It was not due any more.
    Gone,
}

/// One mail: looked at, written, handed over. A panic costs it a try and nothing else.
pub(super) async fn hand_over(system: System, way: Arc<Way>, held: Held) -> (Held, Done) {
    let id = held.id();
    let done = caught(id, written_and_sent(&system, &way, id)).await;
    (held, done)
}

/// Whatever goes wrong in our own code is told of this mail, which is tried again later.
async fn caught(id: Id<Mail>, work: impl Future<Output = Result<Done>>) -> Done {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(done)) => done,
        Ok(Err(why)) => fault_of_ours(id, &why.to_string()),
        Err(_panic) => fault_of_ours(id, "a panic"),
    }
}

async fn written_and_sent(system: &System, way: &Way, id: Id<Mail>) -> Result<Done> {
    let (envelope, told) = match system.hand_over(id)? {
        HandOver::Ready(ready) => {
            let mut envelope = way.writer.envelope(&ready, &way.from)?;
            if let Some(signer) = &way.signer {
                envelope.body = signer.sign(envelope.body, system.now());
            }
            (envelope, ready.tells)
        }
        HandOver::Stale => return Ok(Done::Unanswered(Outcome::Stale)),
        HandOver::Gone => return Ok(Done::Gone),
    };
    Ok(match way.pool.send(&envelope).await {
        Ok(accepted) => Done::Answered(Outcome::Accepted { words: accepted.words, told }),
        Err(failure) => of_failure(failure),
    })
}

fn fault_of_ours(id: Id<Mail>, why: &str) -> Done {
    tracing::error!(job = "outbox", mail = %id, %why, "a mail could not be written");
    let plain = "It could not be written, by a fault of ours. The log says more.".to_owned();
    Done::Unanswered(Outcome::Later { plain, words: String::new() })
}

fn of_failure(failure: Failure) -> Done {
    let plain = failure.plain();
    match failure.kind {
        Kind::Paused => Done::Paused(failure),
        Kind::Refused => Done::Answered(Outcome::Refused { plain, words: failure.words }),
        Kind::Later => Done::Answered(Outcome::Later { plain, words: failure.words }),
        Kind::Unsure => Done::Unanswered(Outcome::Later { plain, words: failure.words }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[tokio::test]
    async fn a_fault_of_ours_costs_the_mail_a_try_and_nothing_else() {
        let panics = async { panic!("in a template") };
        for done in
            [caught(Id::MIN, panics).await, caught(Id::MIN, async { Err(Error::Busy) }).await]
        {
            let Done::Unanswered(Outcome::Later { plain, .. }) = done else { panic!("not later") };
            assert!(plain.contains("a fault of ours"), "{plain}");
        }
    }
}
