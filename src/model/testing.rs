//! For tests of the model: a firm in a temporary folder, at a time that moves only when told.

use jiff::{SignedDuration, Timestamp};
use proptest::test_runner::Config as ProptestConfig;
use tempfile::TempDir;

use super::activity::{By, Entry};
use super::client::{Client, ClientKind};
use super::contact::{Contact, ContactEmail, Place};
use super::db::{Record, Records, Write};
use super::file::{Audience, Author};
use super::firm::{Firm, INVITE_DAYS, UNDO_SECONDS};
use super::login::{Login, Who};
use super::membership::{Access, Areas, Membership};
use super::outbox::Mail;
use super::request::{Progress, ReminderRule, Reminders, Request, Stage};
use super::staff::{Notices, Role, Staff, StaffState};
use super::{Clock, Guest, Id, LoggedIn, Open, Overrides, System, open};
use crate::error::Result;
use crate::values::{Accent, Currency, DateStyle, PublicUrl, Token, Zone};

/// Everybody's first password.
pub(super) const PASSWORD: &str = "marmalade tuesday kettle";
/// For a property whose cases each take a while: so many of them, or as many as `PROPTEST_CASES` asks for.
pub(super) fn cases(few: u32) -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let cases = if asked { ProptestConfig::default().cases } else { few };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// When the tests begin.
const MORNING: &str = "2026-03-02T09:00:00Z";

/// A firm, the doors to it, and its clock. The folder goes when it is dropped.
pub(super) struct Office {
    pub(super) guest: Guest,
    pub(super) system: System,
    pub(super) clock: Clock,
    _folder: TempDir,
}

/// The firm Alder & Finch, with nobody in it.
pub(super) async fn office() -> Office {
    office_with(Overrides::default()).await
}

/// The same firm, with what the command line sets.
pub(super) async fn office_with(overrides: Overrides) -> Office {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::pinned(MORNING.parse().unwrap());
    let how = Open {
        data: folder.path(),
        link_key: None,
        master_key: None,
        clock: clock.clone(),
        overrides,
    };
    let (guest, system) = open(how).unwrap();
    let guest = guest.at("203.0.113.7".parse().unwrap());
    let office = Office { guest, system, clock, _folder: folder };
    let founded = office.clock.now();
    office.put(firm(founded)).await;
    office
}

fn firm(founded: Timestamp) -> Firm {
    Firm {
        id: Id::MIN,
        name: "Alder & Finch".to_owned().try_into().unwrap(),
        public_url: PublicUrl::parse("https://portal.alderfinch.example").unwrap(),
        zone: Zone::parse("Europe/London").unwrap(),
        currency: Currency::parse("GBP").unwrap(),
        date_style: DateStyle::parse("day-first").unwrap(),
        accent: Accent::default(),
        logo: None,
        help_text: String::new().try_into().unwrap(),
        help_link: None,
        terms: String::new().try_into().unwrap(),
        invite_days: INVITE_DAYS,
        undo_seconds: UNDO_SECONDS,
        mails_per_minute: None,
        smtp: None,
        demo: false,
        founded,
    }
}

/// A request to everyone at a client that was sent at this time: the record alone, without a due date, and with one item to
/// answer.
pub(super) fn request_to(client: Id<Client>, title: &str, by: Author, at: Timestamp) -> Request {
    Request {
        id: Id::MIN,
        client,
        title: title.to_owned().try_into().unwrap(),
        audience: Audience::Everyone,
        due: None,
        stage: Stage::Sent { sent: at },
        progress: Progress { of: 1, ..Progress::default() },
        reminders: Reminders::by(ReminderRule::NEVER),
        template: None,
        recurrence: None,
        by,
        made: at,
        changed: at,
        untouched: false,
    }
}

impl Office {
    /// A second goes by: what comes later is listed later.
    pub(super) fn tick(&self) {
        self.clock.advance(SignedDuration::from_secs(1));
    }

    /// One command in nobody's name.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        command: impl FnOnce(&mut Write<'_, '_>) -> Result<T> + Send + 'static,
    ) -> T {
        let unsaid = move |tx: &mut Write<'_, '_>| {
            tx.unsaid("a test prepares");
            command(tx)
        };
        self.system.core().db.write(By::SYSTEM, unsaid).await.unwrap()
    }

    /// Stores a record as it is.
    pub(super) async fn put<R: Record + Send + Sync>(&self, record: R) {
        self.write(move |tx| tx.put(&record)).await;
    }

    /// A record as it is stored.
    pub(super) fn get<R: Record>(&self, id: Id<R>) -> Option<R> {
        self.system.core().db.read(|r| r.get(id)).unwrap()
    }

    /// All records of a kind, oldest first.
    pub(super) fn all<R: Record>(&self) -> Vec<R> {
        let mut records =
            self.system.core().db.read(|r| r.all_reverse_from(None, usize::MAX)).unwrap();
        records.reverse();
        records
    }

    /// A member of staff with a login.
    pub(super) async fn staff(&self, name: &str, address: &str, role: Role) -> Staff {
        let staff = Staff {
            id: self.write(|tx| Ok(tx.id())).await,
            name: name.to_owned().try_into().unwrap(),
            email: address.to_owned().try_into().unwrap(),
            role,
            state: StaffState::Active,
            notices: Notices { accepted: true, bounced: true },
            added: self.clock.now(),
        };
        self.put(staff.clone()).await;
        self.login(Who::Staff(staff.id), address, PASSWORD).await;
        staff
    }

    /// A login with this password.
    pub(super) async fn login(&self, who: Who, address: &str, password: &str) -> Login {
        let login = Login {
            id: self.write(|tx| Ok(tx.id())).await,
            who,
            address: address.to_owned().try_into().unwrap(),
            password: self.system.core().hashes.hash(password.to_owned()).await.unwrap(),
            created: self.clock.now(),
            last: self.clock.now(),
        };
        self.put(login.clone()).await;
        login
    }

    /// A client without contacts.
    pub(super) async fn client(&self, name: &str) -> Client {
        let client = Client {
            id: self.write(|tx| Ok(tx.id())).await,
            kind: ClientKind::Business,
            name: name.to_owned().try_into().unwrap(),
            since: None,
            looked_after_by: None,
            tags: vec![],
            active: true,
            notes: String::new().try_into().unwrap(),
            added: self.clock.now(),
        };
        self.put(client.clone()).await;
        client
    }

    /// A contact of no client. Without an address if that is empty.
    pub(super) async fn contact(&self, first: &str, last: &str, address: &str) -> Contact {
        let address = Some(address).filter(|address| !address.is_empty());
        let email = |address: &str| ContactEmail {
            address: address.to_owned().try_into().unwrap(),
            kind: Place::Work,
        };
        let contact = Contact {
            id: self.write(|tx| Ok(tx.id())).await,
            first: first.to_owned().try_into().unwrap(),
            last: Some(last.to_owned().try_into().unwrap()),
            emails: address.map(email).into_iter().collect(),
            phones: vec![],
            added: self.clock.now(),
            edited_by_contact: None,
        };
        self.put(contact.clone()).await;
        contact
    }

    /// Ties a contact to a client.
    pub(super) async fn tie(
        &self,
        contact: &Contact,
        client: &Client,
        access: Access,
    ) -> Membership {
        let tie = Membership {
            id: self.write(|tx| Ok(tx.id())).await,
            contact: contact.id,
            client: client.id,
            role: None,
            access,
            areas: Areas::ALL,
            added: self.clock.now(),
        };
        self.put(tie.clone()).await;
        tie
    }

    /// A contact who has created an account for one client.
    pub(super) async fn member(&self, first: &str, address: &str, client: &Client) -> Contact {
        let contact = self.contact(first, "Marlow", address).await;
        let since = self.clock.now();
        self.tie(&contact, client, Access::Given { since }).await;
        self.login(Who::Contact(contact.id), address, PASSWORD).await;
        contact
    }

    /// Logs in and gives the cookie.
    pub(super) async fn log_in(&self, address: &str, password: &str) -> Token {
        match self.guest.log_in(address, password, "curl/8").await {
            Ok(LoggedIn::In(session)) => session.cookie,
            other => panic!("{address} cannot log in: {other:?}"),
        }
    }

    /// All mails, oldest first; those of one moment in any order.
    pub(super) fn mails(&self) -> Vec<Mail> {
        self.all()
    }

    /// What was done, oldest first; what was done in one moment in any order.
    pub(super) fn said(&self) -> Vec<String> {
        let entries: Vec<Entry> = self.all();
        entries.into_iter().map(|entry| entry.what).collect()
    }
}
