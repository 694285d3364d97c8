//! Asking the directory.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;

use super::book::{Book, ClientCard, Standing};
use super::words::{Bits, Slot};
use crate::model::client::{Client, ClientKind};
use crate::model::contact::Contact;
use crate::model::id::Id;
use crate::model::staff::Staff;
use crate::values::search::{sort_key, words};

/// Rows of a page.
const PAGE: usize = 50;
/// More matches than this are not counted.
const COUNTED: usize = 1_000;
/// More typed words than this only cost time.
const MOST_WORDS: usize = 12;

/// Which clients, in which order.
#[derive(Clone, Debug, Default)]
pub struct ClientQuery {
    /// What was typed: each word is the beginning of a word of the client's name, or of a contact's name or address.
    pub find: String,
    /// Only persons, or only businesses.
    pub kind: Option<ClientKind>,
    /// Only active ones, or only inactive ones.
    pub active: Option<bool>,
    /// Only those somebody looks after.
    pub looked_after: Option<LookedAfter>,
    /// Only those with this tag.
    pub tag: Option<String>,
    /// Only those of whose contacts this is true.
    pub portal: Option<PortalFilter>,
    /// In which order.
    pub order: ClientOrder,
    /// Which page; the first is 1.
    pub page: usize,
}

/// By whom clients are looked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookedAfter {
    /// By this member of staff.
    By(Id<Staff>),
    /// By nobody yet.
    Nobody,
}

/// The order of the client list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientOrder {
    /// A to Z.
    #[default]
    Name,
    /// Z to A.
    NameDown,
    /// Added last first.
    Newest,
    /// Added first first.
    Oldest,
}

/// Portal status of a client's contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortalFilter {
    /// Somebody is not invited.
    NotInvited,
    /// Somebody was invited and never logged in.
    Invited,
    /// Somebody's link has expired.
    Expired,
    /// Somebody has access.
    Active,
    /// Somebody's access was removed.
    Removed,
    /// Nobody has access.
    Nobody,
}

/// How many there are, as far as that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// So many.
    Exactly(usize),
    /// More than this.
    MoreThan(usize),
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(count) if *count >= 1_000 => {
                write!(f, "{},{:03}", count / 1_000, count % 1_000)
            }
            Self::Exactly(count) => write!(f, "{count}"),
            Self::MoreThan(count) => write!(f, "more than {}", Self::Exactly(*count)),
        }
    }
}

/// A client as the list shows it.
#[derive(Clone, Debug)]
pub struct ClientFound {
    /// Its id.
    pub id: Id<Client>,
    /// Its name.
    pub name: String,
    /// A person or a business.
    pub kind: ClientKind,
    /// Who looks after it.
    pub looked_after_by: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// How many contacts it has.
    pub contacts: usize,
    /// Where they stand.
    pub portal: PortalSummary,
    /// Whether its portal is open.
    pub active: bool,
}

/// Where a client's contacts stand, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalSummary {
    /// The shape beside it: `none`, `invited`, `expired`, `active` or `removed`.
    pub kind: &'static str,
    /// "1 of 4 active".
    pub text: Cow<'static, str>,
}

/// A page of clients.
#[derive(Clone, Debug)]
pub struct ClientList {
    /// At most fifty.
    pub rows: Vec<ClientFound>,
    /// How many match.
    pub total: Total,
    /// Which page this is; the first is 1.
    pub page: usize,
    /// Whether there is another behind it.
    pub more: bool,
}

/// Contacts that match what was typed.
#[derive(Clone, Debug)]
pub struct ContactList {
    /// At most fifty, by name.
    pub ids: Vec<Id<Contact>>,
    /// How many match.
    pub total: Total,
}

impl ClientList {
    /// The most rows of a page.
    pub const MOST: usize = PAGE;
}

impl Book {
    /// A page of clients.
    pub(in crate::model) fn find_clients(&self, query: &ClientQuery, now: Timestamp) -> ClientList {
        let page = query.page.max(1);
        let fits = self.fits(query, now);
        let (by_name, by_id) = (self.clients.by_name().iter(), self.clients.by_id().iter());
        let (slots, total) = match query.order {
            ClientOrder::Name => cut(by_name.copied().filter(|s| fits(*s)), page),
            ClientOrder::NameDown => cut(by_name.rev().copied().filter(|s| fits(*s)), page),
            ClientOrder::Newest => cut(by_id.rev().copied().filter(|s| fits(*s)), page),
            ClientOrder::Oldest => cut(by_id.copied().filter(|s| fits(*s)), page),
        };
        let more = match total {
            Total::Exactly(total) => total > page.saturating_mul(PAGE),
            Total::MoreThan(_) => slots.len() > PAGE,
        };
        let rows = slots.iter().take(PAGE).map(|slot| self.row(*slot, now)).collect();
        ClientList { rows, total, page, more }
    }

    /// All clients that match, by name.
    pub(in crate::model) fn all_clients(
        &self,
        query: &ClientQuery,
        now: Timestamp,
    ) -> Vec<Id<Client>> {
        let (fits, by_name) = (self.fits(query, now), self.clients.by_name().iter().copied());
        by_name.filter(|slot| fits(*slot)).map(|slot| self.clients.get(slot).id).collect()
    }

    /// Whether a client matches.
    fn fits(&self, query: &ClientQuery, now: Timestamp) -> impl Fn(Slot) -> bool {
        let words = typed(&query.find);
        let found = (!words.is_empty()).then(|| self.clients_with(&words));
        let tag = query.tag.as_deref().map(|tag| self.tags.find(tag));
        let everything = found.is_none()
            && query.kind.is_none()
            && query.active.is_none()
            && query.looked_after.is_none()
            && tag.is_none()
            && query.portal.is_none();
        let fits_all = move |slot: Slot| {
            let card = self.clients.get(slot);
            found.as_ref().is_none_or(|found| found.has(slot))
                && query.kind.is_none_or(|kind| kind == card.kind)
                && query.active.is_none_or(|active| active == card.active)
                && query.looked_after.is_none_or(|by| is_looked_after(card, by))
                && tag.is_none_or(|tag| tag.is_some_and(|tag| card.tags.contains(&tag)))
                && query.portal.is_none_or(|portal| stands(card, portal, now))
        };
        move |slot: Slot| everything || fits_all(slot)
    }

    /// The contacts that match, but for those of one client.
    pub(in crate::model) fn find_contacts(
        &self,
        find: &str,
        but_of: Option<Id<Client>>,
    ) -> ContactList {
        let words = typed(find);
        let found = (!words.is_empty()).then(|| self.contacts_with(&words));
        let client = but_of.and_then(|client| self.clients.find(client.bytes()));
        let fits = |slot: &Slot| {
            found.as_ref().is_none_or(|found| found.has(*slot))
                && client.is_none_or(|c| !self.contacts.get(*slot).clients.as_slice().contains(&c))
        };
        let (slots, total) = cut(self.contacts.by_name().iter().copied().filter(fits), 1);
        let ids = slots.iter().take(PAGE).map(|slot| self.contacts.get(*slot).id).collect();
        ContactList { ids, total }
    }

    /// The contacts of this name, however it is spelled.
    pub(in crate::model) fn namesakes(&self, name: &str) -> Vec<Id<Contact>> {
        let (key, words) = (sort_key(name), typed(name));
        if words.is_empty() {
            return Vec::new();
        }
        let found = self.contacts_with(&words);
        let slots = self.contacts.by_name().iter().filter(|slot| found.has(**slot));
        let cards = slots.map(|slot| self.contacts.get(*slot));
        cards.filter(|card| sort_key(card.name()) == key).map(|card| card.id).take(PAGE).collect()
    }

    /// All tags in use, in order.
    pub(in crate::model) fn tags_in_use(&self) -> Vec<String> {
        let mut names: Vec<String> = self.tags.in_use().map(str::to_owned).collect();
        names.sort_by_cached_key(|name| sort_key(name));
        names
    }

    /// The contacts for each of whom every word is the beginning of one of theirs.
    fn contacts_with(&self, words: &[String]) -> Bits {
        all_of(words, self.contacts.room(), |word, found| {
            self.contact_words.beginning(word, found);
        })
    }

    /// The clients for each of whom every word is the beginning of one of theirs or of a contact's.
    fn clients_with(&self, words: &[String]) -> Bits {
        all_of(words, self.clients.room(), |word, found| {
            self.client_words.beginning(word, found);
            let mut contacts = Bits::none(self.contacts.room());
            self.contact_words.beginning(word, &mut contacts);
            contacts.each(|contact| {
                let clients = self.contacts.get(contact).clients.as_slice();
                clients.iter().for_each(|client| found.set(*client));
            });
        })
    }

    fn row(&self, slot: Slot, now: Timestamp) -> ClientFound {
        let card = self.clients.get(slot);
        ClientFound {
            id: card.id,
            name: card.name.to_string(),
            kind: card.kind,
            looked_after_by: card.staff.and_then(|staff| self.staff.get(&staff).cloned()),
            tags: card.tags.iter().map(|tag| self.tags.name(*tag).to_owned()).collect(),
            contacts: card.members.len(),
            portal: summary(card, now),
            active: card.active,
        }
    }
}

/// The words of what was typed.
pub(in crate::model) fn typed(find: &str) -> Vec<String> {
    let mut typed = words(find);
    typed.truncate(MOST_WORDS);
    typed
}

/// The slots that every word finds.
fn all_of(words: &[String], room: usize, find: impl Fn(&str, &mut Bits)) -> Bits {
    let mut sets = words.iter().map(|word| {
        let mut found = Bits::none(room);
        find(word, &mut found);
        found
    });
    let first = sets.next().unwrap_or_else(|| Bits::none(room));
    sets.fold(first, |mut all, found| {
        all.keep(&found);
        all
    })
}

/// A page of what fits and one more, and how many fit, counted no further than needed.
fn cut(mut fitting: impl Iterator<Item = Slot>, page: usize) -> (Vec<Slot>, Total) {
    let before = page.saturating_sub(1).saturating_mul(PAGE);
    let skipped = fitting.by_ref().take(before).count();
    let slots: Vec<Slot> = fitting.by_ref().take(PAGE + 1).collect();
    let seen = skipped + slots.len();
    let total = seen + fitting.take((COUNTED + 1).saturating_sub(seen)).count();
    let total = if total > COUNTED { Total::MoreThan(COUNTED) } else { Total::Exactly(total) };
    (slots, total)
}

fn is_looked_after(card: &ClientCard, by: LookedAfter) -> bool {
    match by {
        LookedAfter::By(staff) => card.staff == Some(staff),
        LookedAfter::Nobody => card.staff.is_none(),
    }
}

fn stands(card: &ClientCard, filter: PortalFilter, now: Timestamp) -> bool {
    let anyone = |filter| card.members.iter().any(|member| is(member.portal, filter, now));
    match filter {
        PortalFilter::Nobody => !anyone(PortalFilter::Active),
        one => anyone(one),
    }
}

/// Whether one contact stands so.
fn is(portal: Standing, filter: PortalFilter, now: Timestamp) -> bool {
    match (filter, portal) {
        (PortalFilter::Invited, Standing::Invited { expires }) => now < expires,
        (PortalFilter::Expired, Standing::Invited { expires }) => now >= expires,
        (PortalFilter::NotInvited, Standing::NotInvited)
        | (PortalFilter::Active, Standing::Active)
        | (PortalFilter::Removed, Standing::Removed) => true,
        _ => false,
    }
}

fn summary(card: &ClientCard, now: Timestamp) -> PortalSummary {
    let count =
        |filter| card.members.iter().filter(|member| is(member.portal, filter, now)).count();
    if !card.active {
        return PortalSummary { kind: "removed", text: "Portal closed".into() };
    }
    let all = card.members.len();
    let [active, invited, expired, removed] = [
        count(PortalFilter::Active),
        count(PortalFilter::Invited),
        count(PortalFilter::Expired),
        count(PortalFilter::Removed),
    ];
    let (kind, text) = match all {
        0 => ("none", Cow::from("No contacts")),
        1 if active == 1 => ("active", "Active".into()),
        _ if active > 0 => ("active", format!("{active} of {all} active").into()),
        1 if invited == 1 => ("invited", "Invited".into()),
        _ if invited > 0 => ("invited", format!("{invited} of {all} invited").into()),
        1 if expired == 1 => ("expired", "Link expired".into()),
        _ if expired > 0 => ("expired", format!("{expired} of {all} with an expired link").into()),
        _ if removed == all => ("removed", "Access removed".into()),
        _ => ("none", "Not invited".into()),
    };
    PortalSummary { kind, text }
}
