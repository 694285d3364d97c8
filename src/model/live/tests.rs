use futures_util::FutureExt;

use super::*;
use crate::error::Error;
use crate::model::contact::Contact as Person;
use crate::model::file::{Audience, Author};
use crate::model::portal::Portal;
use crate::model::request::{Ask, Entry, Item, ItemState, Stage};
use crate::model::staff::{Role, Staff};
use crate::model::testing::{Office, PASSWORD, office, request_to};

struct Firm {
    office: Office,
    sam: Staff,
    client: Client,
    naomi: Person,
    daniel: Person,
}

async fn firm() -> Firm {
    let office = office().await;
    let sam = office.staff("Sam Finch", "sam@firm.example", Role::Staff).await;
    let client = office.client("Marlow Ltd").await;
    let naomi = office.member("Naomi", "naomi@marlow.example", &client).await;
    let daniel = office.member("Daniel", "daniel@marlow.example", &client).await;
    Firm { office, sam, client, naomi, daniel }
}

impl Firm {
    fn request(&self, id: Id<Request>, title: &str, audience: Audience) -> Request {
        let now = self.office.clock.now();
        let request = request_to(self.client.id, title, Author::of(&self.sam), now);
        Request { id, audience, ..request }
    }

    async fn asks(&self, title: &str, audience: Audience) -> Request {
        let id = self.office.write(|tx| Ok(tx.id())).await;
        let request = self.request(id, title, audience);
        self.office.put(request.clone()).await;
        let statement = "I agree".to_owned().try_into().unwrap();
        let item = Item {
            number: 1,
            title: title.to_owned().try_into().unwrap(),
            help: None,
            required: true,
            only_if: None,
            ask: Ask::Confirm { statement },
        };
        let entry = Entry { item, revision: 1, answer: None, state: ItemState::Open };
        let (instructions, attached) = (String::new().try_into().unwrap(), Vec::new());
        let id = Sheet::of(request.id);
        let sheet = Sheet { id, instructions, attached, entries: vec![entry], next_item: 2 };
        self.office.put(sheet).await;
        request
    }

    async fn says(&self, request: &Request, text: &str) {
        let comment = Comment {
            id: self.office.write(|tx| Ok(tx.id())).await,
            request: request.id,
            client: self.client.id,
            item: None,
            by: Author::of(&self.sam),
            at: self.office.clock.now(),
            text: text.to_owned().try_into().unwrap(),
            files: vec![],
        };
        self.office.put(comment).await;
    }

    async fn portal(&self, address: &str) -> Portal {
        let cookie = self.office.log_in(address, PASSWORD).await.text();
        self.office.guest.portal(&cookie, self.client.id).unwrap()
    }

    async fn console(&self) -> Console {
        let cookie = self.office.log_in("sam@firm.example", PASSWORD).await.text();
        self.office.guest.console(&cookie).unwrap()
    }
}

/// How often a contact hears of what has happened until now.
fn heard(portal: &Portal, changes: &mut PortalChanges) -> usize {
    let next = |changes: &mut PortalChanges| {
        portal.next_change(changes).now_or_never().transpose().unwrap()
    };
    let mut times = 0;
    while next(changes) == Some(true) {
        times += 1;
    }
    times
}

/// The same of staff.
fn told(console: &Console, changes: &mut Changes) -> usize {
    let mut times = 0;
    while console.next_change(changes).now_or_never().transpose().unwrap() == Some(true) {
        times += 1;
    }
    times
}

#[tokio::test]
async fn a_request_to_somebody_else_does_not_ring() {
    let firm = firm().await;
    let portal = firm.portal("daniel@marlow.example").await;
    let theirs = Audience::Named(vec![firm.naomi.id]);
    let early = firm.asks("Early", theirs.clone()).await;
    let mut todo = portal.changes(PortalTopic::Todo).unwrap();
    let hidden = firm.asks("Hidden", theirs.clone()).await;
    firm.says(&hidden, "Only for Naomi").await;
    firm.office.put(firm.request(early.id, "Renamed", theirs.clone())).await;
    let draft = firm.asks("Draft", Audience::Firm).await;
    let stage = Stage::Draft;
    firm.office.put(Request { stage, ..firm.request(draft.id, "Draft", Audience::Everyone) }).await;
    assert_eq!(heard(&portal, &mut todo), 0);
    for request in [hidden.id, draft.id] {
        let changes = portal.changes(PortalTopic::Request(request));
        assert!(matches!(changes, Err(Error::NotFound)));
    }
    let shown = firm.asks("Shown", Audience::Everyone).await;
    assert_eq!(heard(&portal, &mut todo), 1);
    let both = Audience::Named(vec![firm.naomi.id, firm.daniel.id]);
    firm.office.put(firm.request(early.id, "Renamed", both)).await;
    assert_eq!(heard(&portal, &mut todo), 1);
    firm.office.put(firm.request(early.id, "Renamed", theirs.clone())).await;
    assert_eq!(heard(&portal, &mut todo), 1, "what is theirs no more goes from their list");
    firm.office.put(firm.request(early.id, "Renamed again", theirs)).await;
    firm.office.put(firm.request(shown.id, "Shown", Audience::Everyone)).await;
    assert_eq!(heard(&portal, &mut todo), 0, "nothing that they see is another than before");
}

#[tokio::test]
async fn an_open_request_hears_of_what_is_shown_of_it() {
    let firm = firm().await;
    let portal = firm.portal("daniel@marlow.example").await;
    let (asked, other) = (
        firm.asks("Ledgers", Audience::Everyone).await,
        firm.asks("Lease", Audience::Everyone).await,
    );
    let mut changes = portal.changes(PortalTopic::Request(asked.id)).unwrap();
    let mut todo = portal.changes(PortalTopic::Todo).unwrap();
    firm.says(&other, "Of another request").await;
    assert_eq!(heard(&portal, &mut changes), 0);
    firm.says(&asked, "Take your time").await;
    assert_eq!(heard(&portal, &mut changes), 1);
    let mut paused = asked.clone();
    paused.reminders.paused = true;
    firm.office.put(paused.clone()).await;
    assert_eq!(heard(&portal, &mut changes), 0, "reminders are the firm's");
    assert_eq!(heard(&portal, &mut todo), 0);
    let mut sheet: Sheet = firm.office.get(Sheet::of(asked.id)).unwrap();
    sheet.entries[0].revision += 1;
    firm.office.put(sheet).await;
    assert_eq!(heard(&portal, &mut changes), 1);
    let at = firm.office.clock.now();
    let stage = Stage::Withdrawn { sent: at, at, by: Author::of(&firm.sam) };
    firm.office.put(Request { stage, ..paused }).await;
    assert_eq!((heard(&portal, &mut changes), heard(&portal, &mut todo)), (1, 1));
}

#[tokio::test]
async fn many_changes_at_once_tell_a_contact_no_more_than_one() {
    let firm = firm().await;
    let portal = firm.portal("daniel@marlow.example").await;
    let mut todo = portal.changes(PortalTopic::Todo).unwrap();
    let theirs = Audience::Named(vec![firm.naomi.id]);
    let many: Vec<Request> = {
        let mut many = Vec::new();
        for _ in 0..2 * CLOSELY {
            let id = firm.office.write(|tx| Ok(tx.id())).await;
            many.push(firm.request(id, "Many", theirs.clone()));
        }
        many
    };
    firm.office.write(move |tx| many.iter().try_for_each(|one| tx.put(one))).await;
    assert_eq!(heard(&portal, &mut todo), 0);
}

#[tokio::test]
async fn staff_hear_of_the_request_they_look_at() {
    let firm = firm().await;
    let console = firm.console().await;
    let asked = firm.asks("Ledgers", Audience::Everyone).await;
    let other = firm.asks("Lease", Audience::Everyone).await;
    let mut page = console.changes(Topic::Request(asked.id));
    let mut board = console.changes(Topic::Requests);
    let mut record = console.changes(Topic::Client(firm.client.id));
    firm.says(&other, "Of another request").await;
    assert_eq!(told(&console, &mut page), 0);
    firm.says(&asked, "Take your time").await;
    assert_eq!(told(&console, &mut page), 1);
    assert_eq!(told(&console, &mut board), 0);
    firm.office.put(asked.clone()).await;
    assert_eq!(told(&console, &mut page), 1);
    assert_eq!(told(&console, &mut board), 1);
    assert_eq!(told(&console, &mut record), 1);
    let request = asked.id;
    firm.office.write(move |tx| tx.note_change(request, None, request::What::Reopened)).await;
    assert_eq!(told(&console, &mut page), 1);
}
