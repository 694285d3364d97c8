//! A firm that asks a client for something: Sam and Priya of the firm; Maya and Noor of Alder, and Late, who has no account
//! yet; Ben of Beech.

use jiff::SignedDuration;

use crate::error::Result;
use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::file::{Audience, Author, File, Review};
use crate::model::membership::Access;
use crate::model::recurrence::Recurrence;
use crate::model::request::{
    Accepted, Ask, Change, Entry, HandedInFor, Item, NewRequest, Question, ReminderRule, Request,
    Seen, Sending, SentRequest, Sheet, Stage, Typed, Value, What, Whole,
};
use crate::model::request_template::{Blueprint, RelativeDue};
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};
use crate::model::{Console, Id, NewUpload, Portal};
use crate::values::{Day, Instructions, Message, Title};

pub(super) struct Desk {
    pub(super) office: Office,
    pub(super) alder: Client,
    pub(super) beech: Client,
    pub(super) maya: Contact,
    pub(super) noor: Contact,
    pub(super) late: Contact,
    pub(super) ben: Contact,
    cookies: Vec<(&'static str, String)>,
}

pub(super) async fn desk() -> Desk {
    let office = office().await;
    office.staff("Sam Finch", "sam@alderfinch.example", Role::Owner).await;
    office.staff("Priya Nair", "priya@alderfinch.example", Role::Staff).await;
    let (alder, beech) = (office.client("Alder Ltd").await, office.client("Beech").await);
    let maya = office.member("Maya", "maya@alder.example", &alder).await;
    let noor = office.member("Noor", "noor@alder.example", &alder).await;
    let ben = office.member("Ben", "ben@beech.example", &beech).await;
    let late = office.contact("Late", "Comer", "late@alder.example").await;
    office.tie(&late, &alder, Access::None).await;
    let mut cookies = Vec::new();
    for address in [
        "sam@alderfinch.example",
        "priya@alderfinch.example",
        "maya@alder.example",
        "noor@alder.example",
        "ben@beech.example",
    ] {
        cookies.push((address, office.log_in(address, PASSWORD).await.text()));
    }
    Desk { office, alder, beech, maya, noor, late, ben, cookies }
}

impl Desk {
    fn cookie(&self, address: &str) -> &str {
        &self.cookies.iter().find(|(of, _)| *of == address).unwrap().1
    }

    pub(super) fn sam(&self) -> Console {
        self.office.guest.console(self.cookie("sam@alderfinch.example")).unwrap()
    }

    pub(super) fn priya(&self) -> Console {
        self.office.guest.console(self.cookie("priya@alderfinch.example")).unwrap()
    }

    /// Alder's, or Beech's for Ben.
    pub(super) fn portal(&self, who: &Contact) -> Portal {
        self.portal_at(who, if who.id == self.ben.id { &self.beech } else { &self.alder })
    }

    pub(super) fn portal_at(&self, who: &Contact, client: &Client) -> Portal {
        let cookie = self.cookie(who.primary().unwrap().as_str());
        self.office.guest.portal(cookie, client.id).unwrap()
    }

    /// A draft of Sam's for Alder.
    pub(super) async fn draft(&self, new: NewRequest) -> Id<Request> {
        let sam = self.sam();
        let id = sam.new_request(self.alder.id, blank(), None, String::new()).await.unwrap();
        sam.save_request(id, new, "").await.unwrap();
        id
    }

    /// Sent to whoever it asks.
    pub(super) async fn sent(&self, new: NewRequest) -> Id<Request> {
        let id = self.draft(new).await;
        self.send(id).await;
        self.office.tick();
        id
    }

    pub(super) async fn send(&self, id: Id<Request>) -> SentRequest {
        self.sam().send_request(id, Sending::default()).await.unwrap()
    }

    /// As it is asked, for changing it.
    pub(super) fn asked(&self, id: Id<Request>) -> NewRequest {
        let Whole { request, sheet } = self.whole(id);
        NewRequest {
            title: request.title,
            instructions: sheet.instructions,
            audience: request.audience,
            due: request.due,
            items: sheet.entries.into_iter().map(|entry| entry.item).collect(),
            attached: sheet.attached,
            reminders: request.reminders.rule,
            first_new: sheet.next_item,
        }
    }

    pub(super) fn whole(&self, id: Id<Request>) -> Whole {
        let sheet = self.office.get(Sheet::of(id)).unwrap();
        Whole { request: self.office.get(id).unwrap(), sheet }
    }

    pub(super) fn stage(&self, id: Id<Request>) -> Stage {
        self.whole(id).request.stage
    }

    pub(super) fn value(&self, id: Id<Request>, number: u16) -> Option<Value> {
        let answer = self.whole(id).sheet.entry(number)?.answer.clone();
        answer.map(|answer| answer.value)
    }

    /// Its history, the oldest first.
    pub(super) fn history(&self, id: Id<Request>) -> Vec<What> {
        let changes: Vec<Change> = self.office.all();
        changes
            .into_iter()
            .filter(|change| change.request == id)
            .map(|change| change.what)
            .collect()
    }

    /// Somebody answers an item as its page shows it.
    pub(super) async fn answer(&self, who: &Contact, id: Id<Request>, number: u16, text: &str) {
        let portal = self.portal(who);
        let sheet = portal.request(id).unwrap();
        let item = sheet.items.iter().find(|item| item.number == number).unwrap();
        let seen = Seen { edition: item.edition.clone(), revision: item.revision };
        let typed = Typed { text: text.into(), ..Typed::default() };
        portal.save_answer(id, number, typed, seen).await.unwrap();
        self.office.tick();
    }

    /// Somebody adds a file to an item.
    pub(super) async fn upload(
        &self,
        who: &Contact,
        request: Id<Request>,
        number: u16,
    ) -> Id<File> {
        let handed_in_for = Some(HandedInFor { request, item: Some(number) });
        let new = NewUpload { name: "Lease.txt".into(), handed_in_for, ..Default::default() };
        let mut receiving = self.portal(who).uploads().unwrap().receive(new, None).await.unwrap();
        receiving.write(b"words".as_slice().into()).await.unwrap();
        let file = receiving.finish().await.unwrap().file;
        self.office.tick();
        file
    }

    /// Sam accepts what they look at just now; all that waits if nothing is named.
    pub(super) async fn accept(&self, id: Id<Request>, numbers: Vec<u16>) -> Result<Accepted> {
        let sheet = self.whole(id).sheet;
        let waits = |entry: &&Entry| entry.to_review();
        let all = || sheet.shown().filter(waits).map(|entry| entry.item.number).collect();
        let numbers = if numbers.is_empty() { all() } else { numbers };
        let mark = |number| sheet.entry(number).map(Entry::mark).unwrap_or_default();
        let seen = numbers.into_iter().map(|number| (number, mark(number))).collect();
        self.sam().accept_items(id, seen).await
    }

    pub(super) async fn hand_in(&self, who: &Contact, id: Id<Request>) {
        self.portal(who).hand_in(id, String::new()).await.unwrap();
        self.office.tick();
    }

    /// A file that staff added.
    pub(super) async fn file(&self, name: &str, audience: Audience) -> Id<File> {
        let new = NewUpload { name: name.into(), audience: Some(audience), ..Default::default() };
        let uploads = self.sam().uploads(self.alder.id).unwrap();
        let mut receiving = uploads.receive(new, None).await.unwrap();
        receiving.write(b"words".as_slice().into()).await.unwrap();
        receiving.finish().await.unwrap().file
    }

    pub(super) fn sees_file(&self, who: &Contact, file: Id<File>) -> bool {
        self.portal(who).open_file(file).is_ok()
    }

    /// Mails that wait for somebody.
    pub(super) fn mails_to(&self, who: &Contact) -> usize {
        let to = who.primary().unwrap();
        self.office.mails().iter().filter(|mail| mail.to == *to && mail.waits()).count()
    }

    pub(super) fn today(&self) -> Day {
        Day::at(self.office.clock.now(), &jiff::tz::TimeZone::UTC)
    }

    pub(super) fn days_pass(&self, days: i64) {
        self.office.clock.advance(SignedDuration::from_hours(24 * days));
    }

    pub(super) fn review(&self, file: Id<File>) -> Option<Review> {
        self.office.get(file).unwrap().review
    }

    pub(super) fn recurrences(&self) -> Vec<Recurrence> {
        self.office.all()
    }

    /// What `anteroom check` finds.
    pub(super) fn lost(&self) -> Vec<String> {
        let report = self.office.system.check().unwrap();
        report.findings.into_iter().map(|finding| finding.what).collect()
    }

    pub(super) fn author(who: &Contact) -> Author {
        Author::of_contact(who)
    }
}

pub(super) fn blank() -> Blueprint {
    Blueprint {
        title: title("New request"),
        instructions: Instructions::default(),
        items: vec![],
        due: RelativeDue::None,
        reminders: Some(ReminderRule::NEVER),
    }
}

pub(super) fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

pub(super) fn message(text: &str) -> Message {
    Message::parse(text).unwrap()
}

/// For everyone, with these items, which are all new.
pub(super) fn new_request(items: Vec<Item>) -> NewRequest {
    NewRequest {
        title: title("Year end"),
        instructions: Instructions::default(),
        audience: Audience::Everyone,
        due: None,
        items,
        attached: vec![],
        reminders: Some(ReminderRule::NEVER),
        first_new: 1,
    }
}

pub(super) fn item(number: u16, text: &str, ask: Ask) -> Item {
    Item { number, title: title(text), help: None, required: true, only_if: None, ask }
}

pub(super) fn short(number: u16, text: &str) -> Item {
    item(number, text, Ask::Question(Question::Short))
}

pub(super) fn yes_no(number: u16, text: &str) -> Item {
    item(number, text, Ask::Question(Question::YesNo))
}

pub(super) fn files(number: u16, text: &str) -> Item {
    item(number, text, Ask::Upload { most: 3, kinds: vec![], folder: None, name: None })
}

pub(super) fn confirm(number: u16, text: &str, statement: &str) -> Item {
    item(number, text, Ask::Confirm { statement: message(statement) })
}
