//! The outbox worker: hands due mails to the firm's mail server and writes down what became of them.
//!
//! Mails are looked at one by one at the moment they leave, over up to eight kept connections; what the server said is
//! written down a few milliseconds later, many at once. A mail whose acceptance was written down is never sent again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Stop;
use crate::error::Result;
use crate::http::pages::Templates;
use crate::mail::failure::{Failure, Kind};
use crate::mail::message::Writer;
use crate::mail::smtp::SmtpPool;
use crate::mail::test_mail::server;
use crate::model::firm::{Firm, Smtp};
use crate::model::outbox::Mail;
use crate::model::{HandOver, Id, Outcome, Paused, System};
use crate::values::{Accent, DateStyle, Email, PublicUrl, Zone};

/// Mails on their way at once, each on its own connection.
const CONNECTIONS: usize = 8;
/// Ids that are read at once; the mails themselves are read when they leave.
const BATCH: usize = 500;
/// Outcomes that may wait to be written down; then no more mails leave.
const UNRECORDED: usize = 256;
/// How long an outcome waits for others to be written down with it.
const GATHER: Duration = Duration::from_millis(20);
/// After a disk that failed.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// Between tries while the mail server stands in the way; twice as long each time, up to five minutes.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// The longest of them.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// For mails that are on their way when the server stops.
const GOODBYE: Duration = Duration::from_secs(3);

/// Hands mails over until told to stop.
pub(super) async fn run(system: System, templates: Arc<Templates>, stop: Stop) {
    let in_hand = InHand::default();
    let (tell, told) = mpsc::channel(UNRECORDED);
    let recorder = record(system.clone(), told, in_hand.clone());
    let next_slot = Instant::now();
    let worker = Worker { system, templates, in_hand, tell, way: None, pauses: 0, next_slot };
    tokio::join!(worker.work(stop), recorder);
}

/// The mails that were handed over and whose outcome is not on disk yet.
#[derive(Clone, Default)]
struct InHand(Arc<Mutex<HashSet<Id<Mail>>>>);

impl InHand {
    fn lock(&self) -> MutexGuard<'_, HashSet<Id<Mail>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Worker {
    system: System,
    templates: Arc<Templates>,
    in_hand: InHand,
    tell: mpsc::Sender<(Id<Mail>, Outcome)>,
    way: Option<Arc<Way>>,
    /// Tries in a row at which the mail server stood in the way.
    pauses: u32,
    /// When the next mail may leave, where the provider sets a limit.
    next_slot: Instant,
}

/// The way to the mail server, and what mails are written with. Made anew when the settings change.
struct Way {
    made_of: Settings,
    from: Email,
    pool: SmtpPool,
    writer: Writer<Arc<Templates>>,
}

/// What of the firm's record makes another way of it.
#[derive(Clone, PartialEq, Eq)]
struct Settings {
    smtp: Smtp,
    name: String,
    public_url: PublicUrl,
    accent: Accent,
    zone: Zone,
    style: DateStyle,
}

impl Settings {
    /// None where mails do not leave.
    fn of(firm: &Firm) -> Option<Self> {
        Some(Self {
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
enum Done {
    Outcome(Outcome),
    Paused(Failure),
    Gone,
}

impl Worker {
    /// Turn after turn. Ends the recorder too, by dropping what tells it.
    async fn work(mut self, mut stop: Stop) {
        let bell = self.system.outbox_bell();
        loop {
            let nap = match self.turn(&mut stop).await {
                Ok(nap) => nap,
                Err(why) => {
                    tracing::error!(job = "outbox", %why, "mails could not be handed over");
                    TRY_AGAIN
                }
            };
            tokio::select! {
                biased;
                () = stop.wait() => break,
                () = bell.notified() => {}
                () = sleep(nap) => {}
            }
        }
        if timeout(GOODBYE, self.leave_way()).await.is_err() {
            tracing::debug!("the mail server did not say goodbye in time");
        }
    }

    /// Hands over what is due, and says how long to sleep then.
    async fn turn(&mut self, stop: &mut Stop) -> Result<Duration> {
        loop {
            let Ok(firm) = self.system.firm() else { return Ok(self.system.longest_sleep()) };
            let Some(settings) = Settings::of(&firm) else {
                self.leave_way().await;
                return Ok(self.system.longest_sleep());
            };
            let paused = self.system.paused();
            if let Some(wait) = paused.as_ref().and_then(|paused| self.until(paused.next)) {
                return Ok(wait);
            }
            // While the server stands in the way, one mail is enough to see whether it still does.
            // Where the provider sets a pace, what is urgent need not wait for a whole batch.
            let limit = match (&paused, firm.mails_per_minute) {
                (Some(_), _) => 1,
                (None, Some(_)) => CONNECTIONS,
                (None, None) => BATCH,
            };
            let due = self.system.due_mails(limit, &self.in_hand.lock())?;
            if due.is_empty() {
                self.leave_way().await;
                let next = self.system.next_due(&self.in_hand.lock())?;
                let longest = self.system.longest_sleep();
                return Ok(next.and_then(|next| self.until(next)).unwrap_or(longest));
            }
            let way = match self.way(settings).await {
                Ok(way) => way,
                Err(why) => {
                    self.pause(due[0], why.to_string(), String::new());
                    continue;
                }
            };
            if !self.send(&way, due, firm.mails_per_minute, stop).await {
                return Ok(Duration::ZERO);
            }
        }
    }

    /// How long until then, at most the longest sleep; none if it is past.
    fn until(&self, at: jiff::Timestamp) -> Option<Duration> {
        let wait = Duration::try_from(at.duration_since(self.system.now())).ok()?;
        (!wait.is_zero()).then(|| wait.min(self.system.longest_sleep()))
    }

    /// The way that these settings lead to.
    async fn way(&mut self, settings: Settings) -> Result<Arc<Way>> {
        if let Some(way) = self.way.as_ref().filter(|way| way.made_of == settings) {
            return Ok(way.clone());
        }
        self.leave_way().await;
        let firm = self.system.firm()?;
        let Some(smtp) = self.system.mail_server()? else {
            return Err(crate::error::Error::refused("No mail server is set."));
        };
        let from = smtp.mail_from.clone();
        let pool = SmtpPool::new(server(&firm, smtp)?, CONNECTIONS);
        let writer = Writer::new(self.templates.clone(), &firm);
        let way = Arc::new(Way { made_of: settings, from, pool, writer });
        self.way = Some(way.clone());
        Ok(way)
    }

    /// Says goodbye on the kept connections.
    async fn leave_way(&mut self) {
        if let Some(way) = self.way.take() {
            way.pool.close().await;
        }
    }

    /// Hands these mails over. False if it was told to stop.
    async fn send(
        &mut self,
        way: &Arc<Way>,
        due: Vec<Id<Mail>>,
        per_minute: Option<u32>,
        stop: &mut Stop,
    ) -> bool {
        let mut due = due.into_iter();
        let mut under_way = JoinSet::new();
        let mut halt = None;
        let mut last_call = None;
        loop {
            while halt.is_none() && last_call.is_none() && under_way.len() < CONNECTIONS {
                let Some(id) = due.next() else { break };
                if !self.slot(per_minute, stop).await {
                    last_call = Some(Instant::now() + GOODBYE);
                    break;
                }
                self.in_hand.lock().insert(id);
                under_way.spawn(hand_over(self.system.clone(), way.clone(), id));
            }
            let joined = tokio::select! {
                biased;
                joined = under_way.join_next() => joined,
                () = stop.wait(), if last_call.is_none() => {
                    last_call = Some(Instant::now() + GOODBYE);
                    continue;
                }
                () = sleep_until(last_call.unwrap_or_else(Instant::now)), if last_call.is_some() => {
                    under_way.abort_all();
                    break;
                }
            };
            let Some(joined) = joined else { break };
            let Ok((id, done)) = joined else {
                tracing::error!(job = "outbox", "a mail could not be written");
                continue;
            };
            if let Some(failure) = self.settle(id, done).await {
                halt = Some((id, failure));
            }
        }
        if let Some((id, failure)) = halt {
            self.pause(id, failure.plain(), failure.words);
        }
        last_call.is_none()
    }

    /// Passes an outcome on. Gives back what concerns all mails.
    async fn settle(&mut self, id: Id<Mail>, done: Done) -> Option<Failure> {
        match done {
            Done::Outcome(outcome) => {
                if matches!(outcome, Outcome::Accepted { .. }) && self.system.paused().is_some() {
                    self.system.resume();
                }
                if outcome != Outcome::Stale {
                    self.pauses = 0;
                }
                if self.tell.send((id, outcome)).await.is_err() {
                    tracing::error!(job = "outbox", "an outcome was lost");
                }
                None
            }
            Done::Paused(failure) => {
                self.in_hand.lock().remove(&id);
                Some(failure)
            }
            Done::Gone => {
                self.in_hand.lock().remove(&id);
                None
            }
        }
    }

    /// Keeps all mails for a while.
    fn pause(&mut self, at: Id<Mail>, plain: String, words: String) {
        let wait = FIRST_PAUSE.saturating_mul(1 << self.pauses.min(4)).min(LONGEST_PAUSE);
        self.pauses += 1;
        let now = self.system.now();
        let since = self.system.paused().map_or(now, |paused| paused.since);
        tracing::warn!(job = "outbox", %plain, %words, "no mail leaves at present");
        self.system.pause(Paused { since, next: now + wait, plain, words }, at);
    }

    /// Waits until the provider's limit allows another mail. False if it was told to stop.
    async fn slot(&mut self, per_minute: Option<u32>, stop: &mut Stop) -> bool {
        let Some(per_minute) = per_minute.filter(|most| *most > 0) else { return true };
        let slot = self.next_slot.max(Instant::now());
        self.next_slot = slot + Duration::from_secs(60) / per_minute;
        tokio::select! {
            biased;
            () = stop.wait() => false,
            () = sleep_until(slot) => true,
        }
    }
}

/// One mail: looked at, written, handed over.
async fn hand_over(system: System, way: Arc<Way>, id: Id<Mail>) -> (Id<Mail>, Done) {
    let written = system.hand_over(id).and_then(|found| match found {
        HandOver::Ready(ready) => way.writer.envelope(&ready, &way.from).map(Ok),
        HandOver::Stale => Ok(Err(Done::Outcome(Outcome::Stale))),
        HandOver::Gone => Ok(Err(Done::Gone)),
    });
    let done = match written {
        Ok(Ok(envelope)) => match way.pool.send(&envelope).await {
            Ok(accepted) => Done::Outcome(Outcome::Accepted { words: accepted.words }),
            Err(failure) => of_failure(failure),
        },
        Ok(Err(done)) => done,
        Err(why) => {
            tracing::error!(job = "outbox", mail = %id, %why, "a mail could not be written");
            let plain =
                "It could not be written, by a fault of ours. The log says more.".to_owned();
            Done::Outcome(Outcome::Later { plain, words: String::new() })
        }
    };
    (id, done)
}

fn of_failure(failure: Failure) -> Done {
    let plain = failure.plain();
    match failure.kind {
        Kind::Paused => Done::Paused(failure),
        Kind::Refused => Done::Outcome(Outcome::Refused { plain, words: failure.words }),
        Kind::Later | Kind::Unsure => Done::Outcome(Outcome::Later { plain, words: failure.words }),
    }
}

/// Writes outcomes down, as many at once as have come. Until they are on disk their mails stay in hand, so that a disk
/// that fails for a while has none sent twice.
async fn record(system: System, mut told: mpsc::Receiver<(Id<Mail>, Outcome)>, in_hand: InHand) {
    let mut outcomes = Vec::new();
    while told.recv_many(&mut outcomes, UNRECORDED).await > 0 {
        if outcomes.len() < UNRECORDED && !told.is_closed() {
            sleep(GATHER).await;
            while let Ok(outcome) = told.try_recv() {
                outcomes.push(outcome);
            }
        }
        while let Err(why) = system.record(outcomes.clone()).await {
            tracing::error!(job = "outbox", %why, "what became of mails could not be written down");
            if told.is_closed() {
                return;
            }
            sleep(TRY_AGAIN).await;
        }
        let mut in_hand = in_hand.lock();
        for (id, _) in outcomes.drain(..) {
            in_hand.remove(&id);
        }
    }
}
