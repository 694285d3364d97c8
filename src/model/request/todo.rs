//! The To-do list: what waits for a contact at one client, and at all of theirs. What is open is kept in memory (`book.rs`),
//! since every page of the portal counts it; what is done is read from the index rows of everyone and of their own.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use serde::Serialize;

use super::book::Book;
use super::shown::PortalRequest;
use super::{Request, Stage};
use crate::error::Result;
use crate::model::db::{Order, Records, Span, time_key};
use crate::model::file::ALL;
use crate::model::id::Id;
use crate::model::person::Person;
use crate::model::portal::{Portal, PortalClient, Shown, Viewer};
use crate::values::{Day, sort_key};

/// A page of what waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Todo {
    /// Soonest first; those without a due date last.
    pub open: Vec<TodoRow>,
    /// The last one of this page, if there is another.
    pub next: Option<Id<Request>>,
}

/// Something that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TodoRow {
    /// The request.
    pub request: PortalRequest,
    /// Whether the day it was due is over.
    pub overdue: bool,
    /// Days until it is due; less than nothing once that is over.
    pub days: Option<i32>,
}

/// A page of what was handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Handed in, or completed; the last first.
    pub rows: Vec<PortalRequest>,
    /// The last one of this page, if there is another.
    pub next: Option<Id<Request>>,
}

/// What waits at one of somebody's clients.
#[derive(Clone, Debug, Serialize)]
pub struct ClientTodo {
    /// The client.
    pub client: PortalClient,
    /// What waits there.
    pub todo: Todo,
    /// How many wait there, shown here or not.
    pub total: usize,
}

impl Portal {
    /// The civil day in the firm's zone.
    pub fn today(&self) -> Result<Day> {
        today(self.person())
    }

    /// What waits for this contact, behind one of them. Nothing for whom Requests is closed.
    pub fn todo(&self, after: Option<Id<Request>>, limit: usize) -> Result<Todo> {
        // One that was handed in meanwhile still tells where it was.
        let after: Option<Request> = match after {
            Some(id) => self.person().read(|r| r.get(id))?,
            None => None,
        };
        let after = after.map(|request| (request.due_key(), request.id));
        let today = self.today()?;
        book(self.person(), |book| todo_of(book, self.viewer(), today, after, limit))
    }

    /// What they handed in, and what is completed, behind one of them. Nothing for whom Requests is closed.
    pub fn completed(&self, after: Option<Id<Request>>, limit: usize) -> Result<Done> {
        let viewer = self.viewer();
        if !viewer.areas().requests {
            return Ok(Done::default());
        }
        self.person().read(|r| {
            let after = match after.map(|id| r.get(id)).transpose()?.flatten() {
                // One that was opened again has lost its place: its page is the first.
                Some(request) => request.done_key().map(|key| (key.to_vec(), request.id)),
                None => None,
            };
            let places = ended(r, viewer, after.as_ref(), limit.saturating_add(1))?;
            let mut ids: Vec<_> = places.into_iter().rev().map(|(_, id)| id).collect();
            let more = ids.len() > limit;
            ids.truncate(limit);
            let next = ids.last().copied().filter(|_| more);
            Ok(Done { rows: shown(r, viewer, ids)?, next })
        })
    }

    /// The first that wait.
    pub fn next_todo(&self, limit: usize) -> Result<Vec<TodoRow>> {
        Ok(self.todo(None, limit)?.open)
    }

    /// How many wait.
    pub fn todo_count(&self) -> Result<usize> {
        book(self.person(), |book| count(book, self.viewer()))
    }
}

impl Person {
    /// What waits for them at each client whose Requests are open to them, at most so much of each; none at which nothing
    /// waits. The client at which something is due soonest comes first.
    pub fn todo(&self, limit: usize) -> Result<Vec<ClientTodo>> {
        let today = today(self)?;
        let mut all = Vec::new();
        for (client, areas) in self.open()? {
            let viewer = Viewer::new(self.me().id, client.id, areas);
            let look =
                |book: &Book| (count(book, &viewer), todo_of(book, &viewer, today, None, limit));
            let (total, todo) = book(self, look)?;
            let shown = client.shown_to(&viewer).filter(|_| total > 0);
            all.extend(shown.map(|client| ClientTodo { client, todo, total }));
        }
        all.sort_by_cached_key(|of| {
            let soonest = of.todo.open.first().and_then(|row| row.request.due);
            (soonest.is_none(), soonest, sort_key(of.client.name.as_str()))
        });
        Ok(all)
    }

    /// How many requests wait for them, at all their clients together.
    pub fn todo_count(&self) -> Result<usize> {
        let me = self.me().id;
        let open = self.open()?.into_iter();
        let viewers = open.map(|(client, areas)| Viewer::new(me, client.id, areas));
        book(self, |book| viewers.map(|viewer| count(book, &viewer)).sum())
    }
}

fn today(person: &Person) -> Result<Day> {
    Ok(Day::at(person.now(), person.firm()?.zone.tz()))
}

/// All that waits for anybody, as it is now.
fn book<T>(person: &Person, look: impl FnOnce(&Book) -> T) -> Result<T> {
    let core = person.core();
    core.requests.look(&core.db, look)
}

fn todo_of(
    book: &Book,
    viewer: &Viewer,
    today: Day,
    after: Option<([u8; 4], Id<Request>)>,
    limit: usize,
) -> Todo {
    let shown = book.waiting(viewer.client(), after).filter_map(|one| one.shown_to(viewer));
    let mut open: Vec<_> = shown.take(limit.saturating_add(1)).map(|one| row(one, today)).collect();
    let more = open.len() > limit;
    open.truncate(limit);
    let next = open.last().map(|row| row.request.id).filter(|_| more);
    Todo { open, next }
}

fn count(book: &Book, viewer: &Viewer) -> usize {
    book.waiting(viewer.client(), None).filter(|one| one.is_shown_to(viewer)).count()
}

fn row(request: PortalRequest, today: Day) -> TodoRow {
    let days = request.due.map(|due| today.days_until(due));
    let overdue = request.stage.open() && days.is_some_and(|days| days < 0);
    TodoRow { request, overdue, days }
}

fn shown(
    r: &impl Records,
    viewer: &Viewer,
    ids: impl IntoIterator<Item = Id<Request>>,
) -> Result<Vec<PortalRequest>> {
    let mut shown = Vec::new();
    for id in ids {
        shown.extend(r.get(id)?.and_then(|request: Request| request.shown_to(viewer)));
    }
    Ok(shown)
}

/// The last that were handed in, of everyone and of their own, behind one of them.
fn ended(
    r: &impl Records,
    viewer: &Viewer,
    after: Option<&(Vec<u8>, Id<Request>)>,
    most: usize,
) -> Result<BTreeSet<(Vec<u8>, Id<Request>)>> {
    let mut places = BTreeSet::new();
    for asked in [ALL, viewer.contact().bytes()] {
        let begin = [viewer.client().bytes(), asked].concat();
        let mut span = Span::prefix(&begin);
        if let Some((key, id)) = after {
            span = span.behind([begin.as_slice(), key].concat(), *id);
        }
        let mut left = most;
        r.walk_index("request.done-to", &span, Order::Descending, |key, id| {
            if left == 0 {
                return ControlFlow::Break(());
            }
            left -= 1;
            places.insert((key[begin.len()..].to_vec(), id));
            ControlFlow::Continue(())
        })?;
    }
    Ok(places)
}

impl Request {
    /// When it was handed in or completed, as index keys have it.
    fn done_key(&self) -> Option<[u8; 8]> {
        match &self.stage {
            Stage::HandedIn { at, .. } | Stage::Completed { at, .. } => Some(time_key(*at)),
            _ => None,
        }
    }
}
