//! Looking at the requests of all clients: the board, the list, and what is due. Only staff do, whoever is asked.

#[cfg(test)]
mod tests;

use jiff::SignedDuration;

use super::book::{Book, Card, Lane};
use super::planned::is_seen;
use super::{Request, Stage};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::{Read, Records};
use crate::model::directory::typed;
use crate::model::directory::words::{Bits, Slot};
use crate::model::file::Audience;
use crate::model::id::Id;
use crate::model::request_template::{Filling, RequestTemplate};
use crate::model::staff::Staff;
use crate::values::{ClientName, Day, Title};

/// Rows of a page of the list.
const PAGE: usize = 50;
/// What was completed longer ago is not on the board.
const RECENT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// What is due within so many days is due soon.
const SOON: i32 = 7;
/// Names that are read of those who are asked.
const MOST_NAMES: usize = 2;

/// Which requests.
#[derive(Clone, Debug, Default)]
pub struct RequestQuery {
    /// What was typed: each word is the beginning of a word of the title, or of the client's name.
    pub find: String,
    /// Where they stand.
    pub state: RequestState,
    /// Only those that this member of staff made, or whose client they look after.
    pub staff: Option<Id<Staff>>,
    /// Only those made of this template.
    pub template: Option<Id<RequestTemplate>>,
    /// Only those of this client.
    pub client: Option<Id<Client>>,
    /// Which page of the list; the first is 1.
    pub page: usize,
}

/// Where requests of a list stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestState {
    /// Something is still to be done about them.
    #[default]
    Unfinished,
    /// Anywhere.
    Any,
    /// There.
    At(Lane),
    /// They wait for the client.
    Open,
    /// They wait for the client although the day they were due is over.
    Overdue,
    /// They wait for the client, and are due today or within the next seven days.
    Soon,
}

/// A request as lists show it.
#[derive(Clone, Debug)]
pub struct RequestRow {
    /// The request. The title of a draft has its fields filled in, as if it were sent now.
    pub request: Request,
    /// What its client is called.
    pub client_name: ClientName,
    /// Of those that are asked by name, the first two.
    pub names: Vec<String>,
    /// It waits for the client, and nobody who is asked can see it.
    pub unseen: bool,
}

/// A page of the list.
#[derive(Clone, Debug)]
pub struct RequestList {
    /// At most fifty.
    pub rows: Vec<RequestRow>,
    /// How many match.
    pub total: usize,
    /// Which page this is; the first is 1.
    pub page: usize,
    /// Whether there is another behind it.
    pub more: bool,
}

impl RequestList {
    /// The most rows of a page.
    pub const MOST: usize = PAGE;
}

/// A column of the board.
#[derive(Clone, Debug)]
pub struct RequestColumn {
    /// Where its requests stand.
    pub lane: Lane,
    /// How many match.
    pub total: usize,
    /// The first of them.
    pub rows: Vec<RequestRow>,
}

/// What is due, and what came in.
#[derive(Clone, Debug)]
pub struct RequestsNow {
    /// How many are overdue.
    pub overdue: usize,
    /// How many more are due today or within the next seven days.
    pub soon: usize,
    /// The first of these, longest overdue first.
    pub due: Vec<RequestRow>,
    /// How many wait for the firm's review.
    pub to_review: usize,
    /// Those of them that came last.
    pub came_in: Vec<RequestRow>,
}

impl Console {
    /// A page of the list: what is not done by the day it is due, then what is, the latest first.
    pub fn requests(&self, query: &RequestQuery) -> Result<RequestList> {
        let page = query.page.max(1);
        let before = (page - 1).saturating_mul(PAGE);
        let today = self.today()?;
        let (ids, total) = self.book(|book| {
            let looking = Looking::of(book, query, today);
            let mut total = 0;
            let mut ids = Vec::new();
            for card in looking.found() {
                if total >= before && ids.len() < PAGE {
                    ids.push(card.id);
                }
                total += 1;
            }
            (ids, total)
        })?;
        let more = total > page.saturating_mul(PAGE);
        Ok(RequestList { rows: self.request_rows(&ids)?, total, page, more })
    }

    /// The columns of the board, each with its first `most` requests. What was withdrawn is in none of them.
    pub fn request_board(&self, query: &RequestQuery, most: usize) -> Result<Vec<RequestColumn>> {
        let (today, recent) = (self.today()?, self.now() - RECENT);
        let found = self.book(|book| {
            let looking = Looking::of(book, query, today);
            let mut columns = Lane::BOARD.map(|lane| (lane, 0, Vec::new()));
            for card in looking.found() {
                let old = card.lane == Lane::Completed && card.since < recent;
                let column =
                    columns.iter_mut().find(|(lane, ..)| *lane == card.lane.column() && !old);
                let Some((_, total, ids)) = column else { continue };
                *total += 1;
                if ids.len() < most {
                    ids.push(card.id);
                }
            }
            columns
        })?;
        let column = |(lane, total, ids): (Lane, usize, Vec<Id<Request>>)| {
            Ok(RequestColumn { lane, total, rows: self.request_rows(&ids)? })
        };
        found.into_iter().map(column).collect()
    }

    /// What is due and what came in: the first `most` of each.
    pub fn requests_now(&self, most: usize) -> Result<RequestsNow> {
        let today = self.today()?;
        let (mut overdue, mut soon) = (0, 0);
        let (due, came_in, to_review) = self.book(|book| {
            let (mut due, mut came_in) = (Vec::new(), Vec::new());
            for (_, card) in book.cards().take_while(|(_, card)| !card.lane.ended()) {
                if card.lane == Lane::HandedIn {
                    came_in.push((std::cmp::Reverse(card.since), card.id));
                }
                let late = card.overdue(today);
                if late || is_soon(card, today) {
                    overdue += usize::from(late);
                    soon += usize::from(!late);
                    if due.len() < most {
                        due.push(card.id);
                    }
                }
            }
            came_in.sort_unstable();
            let came_in: Vec<_> = came_in.into_iter().map(|(_, id)| id).take(most).collect();
            (due, came_in, book.count(Lane::HandedIn))
        })?;
        let (due, came_in) = (self.request_rows(&due)?, self.request_rows(&came_in)?);
        Ok(RequestsNow { overdue, soon, due, to_review, came_in })
    }

    /// How many requests wait for the firm's review.
    pub fn review_count(&self) -> Result<usize> {
        self.book(|book| book.count(Lane::HandedIn))
    }

    /// These requests as lists show them, without those that are gone.
    pub fn request_rows(&self, ids: &[Id<Request>]) -> Result<Vec<RequestRow>> {
        let mut rows: Vec<RequestRow> =
            self.read(|r| ids.iter().filter_map(|id| row(r, *id).transpose()).collect())?;
        for RequestRow { request, client_name, .. } in &mut rows {
            if request.stage == Stage::Draft {
                request.title = self.title_to_send(&request.title, client_name, request.due)?;
            }
        }
        Ok(rows)
    }

    /// The title of a draft for a client, with its fields filled in as if it were sent now.
    pub fn title_to_send(
        &self,
        title: &Title,
        client: &ClientName,
        due: Option<Day>,
    ) -> Result<Title> {
        let (client, sender, firm) = (client.as_str(), self.me().name.as_str(), self.firm()?);
        let day = Day::at(self.now(), firm.zone.tz());
        Ok(Filling { client, sender, firm: &firm, day }.title(title, due))
    }

    /// The civil day it is at the firm.
    pub fn today(&self) -> Result<Day> {
        Ok(Day::at(self.now(), self.firm()?.zone.tz()))
    }

    pub(in crate::model) fn book<T>(&self, look: impl FnOnce(&Book) -> T) -> Result<T> {
        self.core().requests.look(&self.core().db, look)
    }
}

impl Lane {
    /// The columns of the board.
    const BOARD: [Self; 5] =
        [Self::Draft, Self::Sent, Self::InProgress, Self::HandedIn, Self::Completed];
}

/// A look at the book with a question.
struct Looking<'a> {
    book: &'a Book,
    query: &'a RequestQuery,
    today: Day,
    /// For each typed word the requests and the clients that have it.
    words: Vec<(Bits, Bits)>,
    /// None is asked for; or there is none of that id.
    client: Option<Option<Slot>>,
}

impl<'a> Looking<'a> {
    fn of(book: &'a Book, query: &'a RequestQuery, today: Day) -> Self {
        let words = typed(&query.find).iter().map(|word| book.beginning(word)).collect();
        let client = query.client.map(|client| book.number(client));
        Self { book, query, today, words, client }
    }

    fn found(&self) -> impl Iterator<Item = &'a Card> {
        let cards = self.book.cards().filter(|(slot, card)| self.fits(*slot, card));
        cards.map(|(_, card)| card)
    }

    fn fits(&self, slot: Slot, card: &Card) -> bool {
        let Self { book, query, today, .. } = self;
        let stands = match query.state {
            RequestState::Unfinished => !card.lane.ended(),
            RequestState::Any => true,
            RequestState::At(lane) => card.lane == lane || card.lane.column() == lane,
            RequestState::Open => card.lane.open(),
            RequestState::Overdue => card.overdue(*today),
            RequestState::Soon => is_soon(card, *today),
        };
        let by = |staff| card.by == Some(staff) || book.client(card.client).staff == Some(staff);
        let has = |(titles, clients): &(Bits, Bits)| titles.has(slot) || clients.has(card.client);
        stands
            && query.staff.is_none_or(by)
            && query.template.is_none_or(|template| card.template == Some(template))
            && self.client.is_none_or(|client| client == Some(card.client))
            && self.words.iter().all(has)
    }
}

fn is_soon(card: &Card, today: Day) -> bool {
    let soon = |due: Day| (today..=today.plus_days(SOON)).contains(&due);
    card.lane.open() && card.due.is_some_and(soon)
}

/// None for a request that is gone since the book was asked.
fn row(r: &Read, id: Id<Request>) -> Result<Option<RequestRow>> {
    let Some(request) = r.get::<Request>(id)? else { return Ok(None) };
    let client: Client = r.need(request.client)?;
    let mut names = Vec::new();
    if let Audience::Named(contacts) = &request.audience {
        for contact in contacts.iter().take(MOST_NAMES) {
            names.extend(r.get::<Contact>(*contact)?.map(|contact| contact.full_name()));
        }
    }
    let unseen = request.lane().open() && !is_seen(r, &client, &request)?;
    Ok(Some(RequestRow { request, client_name: client.name, names, unseen }))
}
