//! A firm that asks two contacts of a client, and one of another.

use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::file::tests::kit::record_of;
use crate::model::file::{Audience, Author, File};
use crate::model::login::Who;
use crate::model::membership::Areas;
use crate::model::request::{
    Ask, Comment, Entry, Item, ItemState, Question, Request, Saved, Seen, Sheet, Typed, What, Whole,
};
use crate::model::staff::{Role, Staff};
use crate::model::testing::{Office, PASSWORD, office, request_to};
use crate::model::{Console, Id, NewUpload, Person, Portal};
use crate::values::{Day, Message, Title};

pub(super) struct Firm {
    pub(super) office: Office,
    pub(super) alder: Client,
    pub(super) beech: Client,
    pub(super) maya: Contact,
    pub(super) noor: Contact,
    pub(super) ben: Contact,
    pub(super) staff: Staff,
    sam: String,
    cookies: Vec<(Id<Contact>, String)>,
}

/// Sam of the firm; Maya and Noor of Alder; Ben of Beech.
pub(super) async fn firm() -> Firm {
    let office = office().await;
    let staff = office.staff("Sam Finch", "sam@alderfinch.example", Role::Admin).await;
    let sam = office.log_in("sam@alderfinch.example", PASSWORD).await.text();
    let (alder, beech) = (office.client("Alder Ltd").await, office.client("Beech").await);
    let maya = office.member("Maya", "maya@alder.example", &alder).await;
    let noor = office.member("Noor", "noor@alder.example", &alder).await;
    let ben = office.member("Ben", "ben@beech.example", &beech).await;
    let mut cookies = Vec::new();
    for (who, address) in
        [(&maya, "maya@alder.example"), (&noor, "noor@alder.example"), (&ben, "ben@beech.example")]
    {
        cookies.push((who.id, office.log_in(address, PASSWORD).await.text()));
    }
    Firm { office, alder, beech, maya, noor, ben, staff, sam, cookies }
}

/// Everything that is asked for, and of whom.
pub(super) struct Asking<'a> {
    pub(super) title: &'a str,
    pub(super) audience: Audience,
    pub(super) due: Option<&'a str>,
    pub(super) items: Vec<Item>,
}

impl Default for Asking<'_> {
    fn default() -> Self {
        Self { title: "VAT return", audience: Audience::Everyone, due: None, items: vec![] }
    }
}

impl Firm {
    pub(super) fn sam(&self) -> Console {
        self.office.guest.console(&self.sam).unwrap()
    }

    fn cookie(&self, who: &Contact) -> &str {
        let (_, cookie) = self.cookies.iter().find(|(id, _)| *id == who.id).unwrap();
        cookie
    }

    pub(super) fn person(&self, who: &Contact) -> Person {
        self.office.guest.person(self.cookie(who)).unwrap()
    }

    pub(super) fn portal_of(&self, who: &Contact, client: &Client) -> Result<Portal> {
        self.office.guest.portal(self.cookie(who), client.id)
    }

    /// Of Alder.
    pub(super) fn portal(&self, who: &Contact) -> Portal {
        self.portal_of(who, &self.alder).unwrap()
    }

    /// Alder's, as Sam views it.
    pub(super) async fn viewed(&self, who: &Contact) -> Portal {
        self.sam().view_as(who.id, self.alder.id).await.unwrap();
        self.office.guest.portal(&self.sam, self.alder.id).unwrap()
    }

    /// Changes which parts of Alder's portal somebody may use.
    pub(super) async fn areas(&self, who: &Contact, areas: Areas) {
        let ties: Vec<crate::model::membership::Membership> = self.office.all();
        for mut tie in ties.into_iter().filter(|tie| tie.contact == who.id) {
            tie.areas = areas;
            self.office.put(tie).await;
        }
    }

    pub(super) async fn ask(&self, asking: Asking<'_>) -> Id<Request> {
        self.ask_client(&self.alder, asking).await
    }

    /// Sends a request, with nobody told of it.
    pub(super) async fn ask_client(&self, client: &Client, asking: Asking<'_>) -> Id<Request> {
        let (client, by) = (client.id, Author::of(&self.staff));
        let title = asking.title.to_owned();
        let due = asking.due.map(|due| Day::parse(due).unwrap());
        let (audience, items) = (asking.audience, asking.items);
        self.office
            .write(move |tx| {
                let (id, made) = (tx.id(), tx.now());
                let request = request_to(client, &title, by.clone(), made);
                let request = Request { id, audience, due, ..request };
                let entries: Vec<Entry> = items
                    .into_iter()
                    .map(|item| Entry { item, revision: 1, answer: None, state: ItemState::Open })
                    .collect();
                let next_item = u16::try_from(entries.len()).unwrap() + 1;
                let sheet = Sheet {
                    id: Sheet::of(id),
                    instructions: "Please add it.".to_owned().try_into().unwrap(),
                    attached: vec![],
                    entries,
                    next_item,
                };
                Whole { request, sheet }.put(tx)?;
                tx.note_change(id, Some(by), What::Sent { to: "them".into() })?;
                Ok(id)
            })
            .await
    }

    /// Changes a request as it is stored.
    pub(super) async fn change(
        &self,
        id: Id<Request>,
        change: impl FnOnce(&mut Whole) + Send + 'static,
    ) {
        self.office
            .write(move |tx| {
                let mut whole = Whole::need(tx, id)?;
                change(&mut whole);
                whole.put(tx)
            })
            .await;
    }

    pub(super) fn request(&self, id: Id<Request>) -> Request {
        self.office.get(id).unwrap()
    }

    pub(super) fn entry(&self, id: Id<Request>, number: u16) -> Entry {
        self.office.get(Sheet::of(id)).unwrap().entry(number).unwrap().clone()
    }

    pub(super) fn sheet_states(&self, id: Id<Request>) -> Vec<ItemState> {
        let sheet = self.office.get(Sheet::of(id)).unwrap();
        sheet.entries.into_iter().map(|entry| entry.state).collect()
    }

    /// Saves an answer from a page that was loaded just now.
    pub(super) async fn answer(
        &self,
        who: &Contact,
        id: Id<Request>,
        number: u16,
        typed: Typed,
    ) -> Result<Saved> {
        let portal = self.portal(who);
        let sheet = portal.request(id)?;
        let item = sheet.items.iter().find(|item| item.number == number);
        let seen = item.map(|item| Seen { edition: item.edition.clone(), revision: item.revision });
        portal.save_answer(id, number, typed, seen.unwrap_or_default()).await
    }

    /// A file with bytes for an item, or for a comment.
    pub(super) async fn send(
        &self,
        who: &Contact,
        request: Id<Request>,
        item: Option<u16>,
        (name, bytes): (&str, &'static [u8]),
    ) -> Result<crate::model::Received> {
        let portal = self.portal(who);
        let mut receiving = portal.uploads()?.receive(sent_for(request, item, name), None).await?;
        receiving.write(bytes.into()).await?;
        receiving.finish().await
    }

    pub(super) fn file(&self, id: Id<File>) -> File {
        self.office.get(id).unwrap()
    }

    /// A file of staff as a record alone, of which nobody opens the bytes.
    pub(super) async fn record(&self, client: &Client, name: &str, audience: Audience) -> Id<File> {
        let by = Author::of(&self.staff);
        let file = record_of(client, None, name, by, audience);
        self.office
            .write(move |tx| {
                let (id, at) = (tx.id(), tx.now());
                tx.add(&File { id, added: at, changed: at, ..file })?;
                Ok(id)
            })
            .await
    }

    pub(super) async fn comment_as(
        &self,
        who: Who,
        request: Id<Request>,
        text: &str,
        files: Vec<Id<File>>,
    ) -> Id<Comment> {
        let (text, client) = (message(text), self.request(request).client);
        let by = Author { who, name: "Somebody".into() };
        self.office
            .write(move |tx| {
                let (id, at) = (tx.id(), tx.now());
                tx.add(&Comment { id, request, client, item: None, by, at, text, files })?;
                Ok(id)
            })
            .await
    }
}

pub(super) fn sent_for(request: Id<Request>, item: Option<u16>, name: &str) -> NewUpload {
    let handed_in_for = Some(crate::model::request::HandedInFor { request, item });
    NewUpload { name: name.into(), handed_in_for, ..NewUpload::default() }
}

pub(super) fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

pub(super) fn message(text: &str) -> Message {
    Message::parse(text).unwrap()
}

pub(super) fn item(number: u16, name: &str, ask: Ask) -> Item {
    Item { number, title: title(name), help: None, required: true, only_if: None, ask }
}

pub(super) fn question(number: u16, name: &str, question: Question) -> Item {
    item(number, name, Ask::Question(question))
}

pub(super) fn upload(number: u16, name: &str, most: u16, kinds: &[&str]) -> Item {
    let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    item(number, name, Ask::Upload { most, kinds, folder: None, name: None })
}

pub(super) fn typed(text: &str) -> Typed {
    Typed { text: text.into(), ..Typed::default() }
}

/// The sentence with which something was refused.
pub(super) fn refused<T>(outcome: Result<T>) -> String {
    match outcome {
        Err(Error::Refused(why)) => why.into_owned(),
        Err(Error::Invalid(fields)) => fields.into_values().collect::<Vec<_>>().join(" "),
        Err(other) => panic!("not refused with a sentence: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}
