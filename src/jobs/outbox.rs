//! The outbox worker: hands due mails to the firm's mail server and writes down what became of them.
//!
//! Mails are looked at one by one at the moment they leave, over up to eight kept connections; what the server said is
//! written down a few milliseconds later, many at once. A mail whose acceptance was written down is never sent again.

mod way;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{Notify, mpsc};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Stop;
use crate::error::Result;
use crate::http::pages::Templates;
use crate::mail::dkim::Signer;
use crate::mail::failure::{Failure, Step};
use crate::mail::message::Writer;
use crate::mail::smtp::SmtpPool;
use crate::mail::test_mail::server;
use crate::model::dkim::SignsAs;
use crate::model::firm::Firm;
use crate::model::outbox::Mail;
use crate::model::{Held, Id, Outcome, Paused, System};
use way::{Done, Settings, Way, hand_over};

/// Mails on their way at once, each on its own connection.
const CONNECTIONS: usize = 8;
/// Ids that are read at once; the mails themselves are read when they leave.
const BATCH: usize = 500;
/// Outcomes that may wait to be written down; then no more mails leave.
const UNRECORDED: usize = 256;
/// How long an outcome waits for others to be written down with it, unless so many have come already.
const GATHER: Duration = Duration::from_millis(20);
/// With more at once, a commit costs each of them next to nothing.
const ENOUGH: usize = 32;
/// After a disk that failed.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// Between tries while the mail server stands in the way; twice as long each time, up to five minutes.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// The longest of them.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// Where the provider sets a pace, as many mails are looked for at once as leave in this part of a minute.
const PACED_BATCH: u32 = 6;
/// So many times a mail may find the server in the way after it took the sender. Then it is most likely the mail's own
/// fault, and the others go first.
const BLAMED: u32 = 3;
/// For mails that are on their way when the server stops.
const GOODBYE: Duration = Duration::from_secs(3);

/// Hands mails over until told to stop.
pub(super) async fn run(system: System, templates: Arc<Templates>, stop: Stop) {
    let (tell, told) = mpsc::channel(UNRECORDED);
    let recorder = record(system.clone(), told);
    let worker = Worker {
        bell: system.outbox_bell(),
        system,
        templates,
        tell,
        way: None,
        pauses: 0,
        blamed: HashMap::new(),
        next_slot: Instant::now(),
    };
    tokio::join!(worker.work(stop), recorder);
}

struct Worker {
    system: System,
    templates: Arc<Templates>,
    /// Rung when mails or settings have changed.
    bell: Arc<Notify>,
    /// Each mail stays in hand until its outcome is on disk.
    tell: mpsc::Sender<(Held, Outcome)>,
    way: Option<Arc<Way>>,
    /// Tries in a row at which the mail server stood in the way.
    pauses: u32,
    /// How often a mail made the server stand in the way of all, though it had taken the sender.
    blamed: HashMap<Id<Mail>, u32>,
    /// When the next mail may leave, where the provider sets a limit.
    next_slot: Instant,
}

/// Mails that are handed over with the same settings.
struct Batch {
    way: Arc<Way>,
    /// The firm as it was; another one means that settings may have changed.
    firm: Arc<Firm>,
    due: std::vec::IntoIter<Id<Mail>>,
    under_way: JoinSet<(Held, Done)>,
    /// What stopped it.
    halt: Option<(Id<Mail>, Failure)>,
    /// Until when those under way may go on, once the server stops.
    last_call: Option<Instant>,
}

impl Batch {
    /// Whether another mail may leave now, but for the pace.
    fn has_room(&self) -> bool {
        let goes_on = self.halt.is_none() && self.last_call.is_none();
        goes_on && self.under_way.len() < CONNECTIONS && !self.due.as_slice().is_empty()
    }
}

impl Worker {
    /// Turn after turn. Ends the recorder too, by dropping what tells it.
    async fn work(mut self, mut stop: Stop) {
        let bell = self.bell.clone();
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
            let Some(settings) = Settings::of(&firm, self.system.signs_as()?) else {
                self.leave_way().await;
                return Ok(self.system.longest_sleep());
            };
            let paused = self.system.paused();
            if let Some(wait) = paused.as_ref().and_then(|paused| self.until(paused.next)) {
                return Ok(wait);
            }
            let due = self.system.due_mails(batch(paused.is_some(), &firm))?;
            if due.is_empty() {
                self.leave_way().await;
                let next = self.system.next_due()?;
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
            if !self.send(way, firm, due, stop).await {
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
        let signer = self.signer(settings.signs.as_ref());
        let way = Arc::new(Way { made_of: settings, from, pool, writer, signer });
        self.way = Some(way.clone());
        Ok(way)
    }

    /// A key that cannot be read stops no mail: it leaves unsigned, and the settings and the doctor say so.
    fn signer(&self, signs: Option<&SignsAs>) -> Option<Signer> {
        let signs = signs?;
        match self.system.signing_key(signs) {
            Ok(key) => Some(Signer::new(signs.clone(), key)),
            Err(why) => {
                tracing::error!(job = "outbox", %why, "mails leave unsigned");
                None
            }
        }
    }

    /// Says goodbye on the kept connections.
    async fn leave_way(&mut self) {
        if let Some(way) = self.way.take() {
            way.pool.close().await;
        }
    }

    /// Hands these mails over, unless the settings change. False if it was told to stop.
    async fn send(
        &mut self,
        way: Arc<Way>,
        firm: Arc<Firm>,
        due: Vec<Id<Mail>>,
        stop: &mut Stop,
    ) -> bool {
        let bell = self.bell.clone();
        let mut batch = Batch {
            way,
            firm,
            due: due.into_iter(),
            under_way: JoinSet::new(),
            halt: None,
            last_call: None,
        };
        loop {
            let slot = batch.firm.mails_per_minute.map(|_| self.next_slot);
            let (room, last_call) = (batch.has_room(), batch.last_call);
            if !room && batch.under_way.is_empty() {
                break;
            }
            // What has become of a mail is heard first, however long the next one waits for its slot.
            tokio::select! {
                biased;
                Some(joined) = batch.under_way.join_next() => self.joined(&mut batch, joined).await,
                () = stop.wait(), if last_call.is_none() => {
                    batch.last_call = Some(Instant::now() + GOODBYE);
                }
                () = reached(slot), if room => self.start(&mut batch),
                () = bell.notified(), if room => self.look_again(&mut batch),
                () = reached(last_call), if last_call.is_some() => {
                    batch.under_way.abort_all();
                    break;
                }
            }
        }
        if let Some((id, failure)) = batch.halt {
            self.pause(id, failure.plain(), failure.words);
        }
        batch.last_call.is_none()
    }

    /// Has the next mail leave, with the settings as they are at this moment.
    fn start(&mut self, batch: &mut Batch) {
        self.look_again(batch);
        let Some(id) = batch.due.next() else { return };
        let Some(held) = self.system.in_hand().take(id) else { return };
        if let Some(per_minute) = batch.firm.mails_per_minute.filter(|most| *most > 0) {
            let slot = self.next_slot.max(Instant::now());
            self.next_slot = slot + Duration::from_secs(60) / per_minute;
        }
        batch.under_way.spawn(hand_over(self.system.clone(), batch.way.clone(), held));
    }

    /// Ends a batch whose settings have changed; those under way arrive with the old ones.
    fn look_again(&self, batch: &mut Batch) {
        let same = self.system.firm().is_ok_and(|firm| Arc::ptr_eq(&firm, &batch.firm));
        if !same {
            batch.due = Vec::new().into_iter();
        }
    }

    /// Passes on what became of one mail, and notes what concerns all.
    async fn joined(&mut self, batch: &mut Batch, joined: Result<(Held, Done), JoinError>) {
        // Panics are caught where they happen, and nothing is aborted before the end.
        let Ok((held, done)) = joined else { return };
        let (id, outcome) = (held.id(), self.settle(held.id(), done));
        match outcome {
            Ok(outcome) => {
                if self.tell.send((held, outcome)).await.is_err() {
                    tracing::error!(job = "outbox", mail = %id, "an outcome was lost");
                }
            }
            Err(Some(failure)) => batch.halt = Some((id, failure)),
            Err(None) => {}
        }
    }

    /// What is to be written down of a mail; or else what stands in the way of all, if anything does.
    fn settle(&mut self, id: Id<Mail>, done: Done) -> Result<Outcome, Option<Failure>> {
        match done {
            Done::Answered(outcome) => {
                self.pauses = 0;
                self.blamed.remove(&id);
                if self.system.paused().is_some() {
                    self.system.resume();
                }
                Ok(outcome)
            }
            Done::Unanswered(outcome) => Ok(outcome),
            Done::Paused(failure) if self.blames(id, &failure) => {
                let (plain, words) = (failure.plain(), failure.words);
                tracing::warn!(job = "outbox", mail = %id, %words, "others go first");
                Ok(Outcome::Later { plain, words })
            }
            Done::Paused(failure) => Err(Some(failure)),
            Done::Gone => Err(None),
        }
    }

    /// Whether this mail has stood in the way of the others often enough to be tried later than they.
    fn blames(&mut self, id: Id<Mail>, failure: &Failure) -> bool {
        if !matches!(failure.step, Step::Recipient | Step::Data) {
            return false;
        }
        let times = self.blamed.entry(id).or_default();
        *times = times.saturating_add(1);
        *times >= BLAMED
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
}

/// How many mails to look for. While the server stands in the way, one is enough to see whether it still does. Where the
/// provider sets a pace, what is urgent need not wait for a whole batch.
fn batch(paused: bool, firm: &Firm) -> usize {
    match firm.mails_per_minute {
        _ if paused => 1,
        Some(pace) => {
            usize::try_from(pace / PACED_BATCH).unwrap_or(CONNECTIONS).clamp(1, CONNECTIONS)
        }
        None => BATCH,
    }
}

/// Waits until then; not at all if there is nothing to wait for.
async fn reached(at: Option<Instant>) {
    if let Some(at) = at {
        sleep_until(at).await;
    }
}

/// Writes outcomes down, as many at once as have come. Until they are on disk their mails stay in hand, so that a disk
/// that fails for a while has none sent twice.
async fn record(system: System, mut told: mpsc::Receiver<(Held, Outcome)>) {
    let mut outcomes = Vec::new();
    while told.recv_many(&mut outcomes, UNRECORDED).await > 0 {
        if outcomes.len() < ENOUGH && !told.is_closed() {
            sleep(GATHER).await;
            while let Ok(outcome) = told.try_recv() {
                outcomes.push(outcome);
            }
        }
        let written: Vec<_> =
            outcomes.iter().map(|(held, outcome)| (held.id(), outcome.clone())).collect();
        while let Err(why) = system.record(written.clone()).await {
            tracing::error!(job = "outbox", %why, "what became of mails could not be written down");
            if told.is_closed() {
                return;
            }
            sleep(TRY_AGAIN).await;
        }
        outcomes.clear();
    }
}
