//! What requests are found, counted and put in order by, kept in memory.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use jiff::Timestamp;

use super::{Request, Stage};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::db::{Change, Read, Record, Records};
use crate::model::directory::words::{Bits, Slot, Words};
use crate::model::id::Id;
use crate::model::kept::{Derived, changed};
use crate::model::login::Who;
use crate::model::request_template::RequestTemplate;
use crate::model::staff::Staff;
use crate::values::Day;

/// All requests of all clients, but for drafts that nobody has touched since they were begun.
#[derive(Default)]
pub(in crate::model) struct Book {
    /// Places of requests that are gone are used again.
    cards: Vec<Option<Card>>,
    free: Vec<Slot>,
    by_id: BTreeMap<Id<Request>, Slot>,
    in_order: BTreeMap<(Place, Id<Request>), Slot>,
    titles: Words,
    /// Each keeps its number while the book lives.
    clients: Vec<ClientLine>,
    client_numbers: BTreeMap<Id<Client>, Slot>,
    client_names: Words,
    /// How many requests stand where, by [`Lane::number`].
    counts: [usize; Lane::ALL.len()],
}

/// What is kept of a request.
pub(super) struct Card {
    pub(super) id: Id<Request>,
    pub(super) client: Slot,
    title: Box<str>,
    pub(super) by: Option<Id<Staff>>,
    pub(super) template: Option<Id<RequestTemplate>>,
    pub(super) lane: Lane,
    pub(super) due: Option<Day>,
    /// Since when it stands there.
    pub(super) since: Timestamp,
}

/// What is kept of a client.
#[derive(Default)]
pub(super) struct ClientLine {
    /// Empty once it is gone.
    name: Box<str>,
    pub(super) staff: Option<Id<Staff>>,
    /// How many of its requests are out.
    open: usize,
    /// Those that wait for it, by the day they are due: its contacts look at them on each page.
    waiting: BTreeMap<(DueKey, Id<Request>), Box<Request>>,
}

/// The day something is due, as index keys have it.
type DueKey = [u8; 4];

/// Where a request stands for whoever looks after many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Only the firm sees it.
    Draft,
    /// It waits for the client, where nobody has begun.
    Sent,
    /// It waits for the client, who has begun, or to whom something was sent back.
    InProgress,
    /// Something of it waits for the firm's review.
    HandedIn,
    /// It was handed in, and nothing of it is left to review: it was opened again, or its files went to the trash. Staff
    /// complete it, or send something back.
    Reviewed,
    /// It is done.
    Completed,
    /// The firm has taken it back.
    Withdrawn,
}

impl Lane {
    /// All of them, in the order in which a request goes through them.
    pub const ALL: [Self; 7] = [
        Self::Draft,
        Self::Sent,
        Self::InProgress,
        Self::HandedIn,
        Self::Reviewed,
        Self::Completed,
        Self::Withdrawn,
    ];

    const fn number(self) -> usize {
        self as usize
    }

    /// As pages name it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Sent => "Sent",
            Self::InProgress => "In progress",
            Self::HandedIn => "Handed in",
            Self::Reviewed => "Reviewed",
            Self::Completed => "Completed",
            Self::Withdrawn => "Withdrawn",
        }
    }

    /// As addresses name it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sent => "sent",
            Self::InProgress => "in-progress",
            Self::HandedIn => "handed-in",
            Self::Reviewed => "reviewed",
            Self::Completed => "completed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The one among which it is listed: reviewed ones are few, and among those in progress.
    pub(super) const fn column(self) -> Self {
        match self {
            Self::Reviewed => Self::InProgress,
            lane => lane,
        }
    }

    /// Whether it waits for the client.
    #[must_use]
    pub const fn open(self) -> bool {
        matches!(self, Self::Sent | Self::InProgress)
    }

    /// Whether nothing more will happen to it.
    #[must_use]
    pub const fn ended(self) -> bool {
        matches!(self, Self::Completed | Self::Withdrawn)
    }
}

impl Request {
    /// Where it stands for whoever looks after many. One of which a part was sent back, while another part still waits for
    /// the firm's review, counts among those that were handed in: it is the firm's turn.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        match self.stage {
            Stage::Draft => Lane::Draft,
            Stage::Completed { .. } => Lane::Completed,
            Stage::Withdrawn { .. } => Lane::Withdrawn,
            _ if self.progress.to_review > 0 => Lane::HandedIn,
            Stage::Sent { .. } => Lane::Sent,
            Stage::InProgress { .. } => Lane::InProgress,
            Stage::HandedIn { .. } => Lane::Reviewed,
        }
    }

    /// Whether it is the firm's turn, with nothing left to review.
    pub(super) fn is_reviewed(&self) -> bool {
        self.lane() == Lane::Reviewed
    }

    /// Since when it stands there; for one that waits for the client or is reviewed, when it changed last.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        match &self.stage {
            Stage::HandedIn { at, .. } if !self.is_reviewed() => *at,
            Stage::Completed { at, .. } | Stage::Withdrawn { at, .. } => *at,
            _ => self.changed,
        }
    }
}

/// The order of all lists: first what is not done, by the day it is due; then what is, the latest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Due([u8; 4]),
    Ended(Reverse<Timestamp>),
}

impl Card {
    fn place(&self) -> (Place, Id<Request>) {
        let place = if self.lane.ended() {
            Place::Ended(Reverse(self.since))
        } else {
            Place::Due(self.due_key())
        };
        (place, self.id)
    }

    fn due_key(&self) -> DueKey {
        self.due.map_or([u8::MAX; 4], Day::key)
    }

    pub(super) fn overdue(&self, today: Day) -> bool {
        self.lane.open() && self.due.is_some_and(|due| due < today)
    }
}

impl Derived for Book {
    const TABLES: &'static [&'static str] = &[Client::TABLE, Request::TABLE];

    fn read(r: &Read) -> Result<Self> {
        let mut book = Self::default();
        r.all::<Client>(|client| {
            book.put_client(client.id, Some(&client));
            ControlFlow::Continue(())
        })?;
        r.all::<Request>(|request| {
            book.put(&request);
            ControlFlow::Continue(())
        })?;
        Ok(book)
    }

    fn apply(&mut self, r: &Read, changes: &[Change]) -> Result<()> {
        for id in changed::<Client>(changes) {
            self.put_client(id, r.get(id)?.as_ref());
        }
        for id in changed::<Request>(changes) {
            self.remove(id);
            if let Some(request) = r.get(id)? {
                self.put(&request);
            }
        }
        Ok(())
    }
}

impl Book {
    fn put(&mut self, request: &Request) {
        if request.untouched {
            return;
        }
        let client = self.number_of(request.client);
        let by = match request.by.who {
            Who::Staff(staff) => Some(staff),
            Who::Contact(_) => None,
        };
        let card = Card {
            id: request.id,
            client,
            title: request.title.as_str().into(),
            by,
            template: request.template,
            lane: request.lane(),
            due: request.due,
            since: request.since(),
        };
        let slot = self.free.pop().unwrap_or_else(|| {
            self.cards.push(None);
            Slot::try_from(self.cards.len() - 1).expect("fewer than four thousand million requests")
        });
        self.counts[card.lane.number()] += 1;
        let line = &mut self.clients[client as usize];
        line.open += usize::from(is_out(card.lane));
        if request.stage.open() {
            line.waiting.insert((request.due_key(), request.id), Box::new(request.clone()));
        }
        self.titles.add(&card.title, slot);
        self.by_id.insert(card.id, slot);
        self.in_order.insert(card.place(), slot);
        self.cards[slot as usize] = Some(card);
    }

    fn remove(&mut self, id: Id<Request>) {
        let Some(slot) = self.by_id.remove(&id) else { return };
        let Some(card) = self.cards[slot as usize].take() else { return };
        self.in_order.remove(&card.place());
        self.titles.take(&card.title, slot);
        let line = &mut self.clients[card.client as usize];
        line.open -= usize::from(is_out(card.lane));
        line.waiting.remove(&(card.due_key(), id));
        self.counts[card.lane.number()] -= 1;
        self.free.push(slot);
    }

    /// The client as it is now, or that it is gone.
    fn put_client(&mut self, id: Id<Client>, client: Option<&Client>) {
        let number = self.number_of(id);
        let line = &mut self.clients[number as usize];
        let name: Box<str> = client.map(|client| client.name.as_str().into()).unwrap_or_default();
        line.staff = client.and_then(|client| client.looked_after_by);
        if line.name != name {
            let old = std::mem::replace(&mut line.name, name);
            self.client_names.take(&old, number);
            self.client_names.add(&self.clients[number as usize].name, number);
        }
    }

    fn number_of(&mut self, client: Id<Client>) -> Slot {
        *self.client_numbers.entry(client).or_insert_with(|| {
            self.clients.push(ClientLine::default());
            Slot::try_from(self.clients.len() - 1)
                .expect("fewer than four thousand million clients")
        })
    }

    /// Every request in the order of lists, with its place.
    pub(super) fn cards(&self) -> impl Iterator<Item = (Slot, &Card)> {
        let slots = self.in_order.values().copied();
        slots.filter_map(|slot| Some((slot, self.cards[slot as usize].as_ref()?)))
    }

    /// What somebody of staff waits for, by the day it is due, from one day to another: of the clients they look after, and
    /// what they asked for themselves. What is handed in may be among it.
    pub(in crate::model) fn due_for(
        &self,
        staff: Id<Staff>,
        first: Day,
        last: Day,
    ) -> Vec<Id<Request>> {
        let place = |day: Day, id| (Place::Due(day.key()), id);
        let slots = self.in_order.range(place(first, Id::MIN)..place(last.plus_days(1), Id::MIN));
        let cards = slots.filter_map(|(_, slot)| self.cards[*slot as usize].as_ref());
        let theirs = |card: &&Card| {
            let looks_after = self.client(card.client).staff == Some(staff);
            is_out(card.lane) && (looks_after || card.by == Some(staff))
        };
        cards.filter(theirs).map(|card| card.id).collect()
    }

    /// How many requests stand there.
    pub(super) const fn count(&self, lane: Lane) -> usize {
        self.counts[lane.number()]
    }

    /// How many requests of a client are out.
    pub(in crate::model) fn open_at(&self, client: Id<Client>) -> usize {
        self.number(client).map_or(0, |number| self.client(number).open)
    }

    /// The requests that wait for a client, whoever of it is asked: soonest first, those without a due date last. Only those
    /// behind one of them.
    pub(super) fn waiting(
        &self,
        client: Id<Client>,
        after: Option<(DueKey, Id<Request>)>,
    ) -> impl Iterator<Item = &Request> {
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let line = self.number(client).map(|number| self.client(number));
        let waiting = line.map(|line| line.waiting.range((begin, Bound::Unbounded)));
        waiting.into_iter().flatten().map(|(_, request)| &**request)
    }

    /// All requests that wait for a client, with its name.
    pub(super) fn all_waiting(&self) -> impl Iterator<Item = (&str, &Request)> {
        let lines = self.clients.iter();
        lines.flat_map(|line| line.waiting.values().map(|request| (&*line.name, &**request)))
    }

    pub(super) fn client(&self, number: Slot) -> &ClientLine {
        &self.clients[number as usize]
    }

    pub(super) fn number(&self, client: Id<Client>) -> Option<Slot> {
        self.client_numbers.get(&client).copied()
    }

    /// The requests of whose title, and the clients of whose name, a word begins so.
    pub(super) fn beginning(&self, start: &str) -> (Bits, Bits) {
        let (mut titles, mut clients) =
            (Bits::none(self.cards.len()), Bits::none(self.clients.len()));
        self.titles.beginning(start, &mut titles);
        self.client_names.beginning(start, &mut clients);
        (titles, clients)
    }
}

const fn is_out(lane: Lane) -> bool {
    !lane.ended() && !matches!(lane, Lane::Draft)
}
