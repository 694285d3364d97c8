//! Stores of a given size, written through the doors of the model as staff would fill them, only faster: group commit
//! carries hundreds of commands at once.

use std::fs;
use std::path::{Path, PathBuf};

use anteroom::model::client::{Client, ClientKind, NewClient};
use anteroom::model::contact::{ContactEmail, NewContact, Place};
use anteroom::model::membership::OpenAreas;
use anteroom::model::setup::{FirmForm, Reach};
use anteroom::model::{
    ClientQuery, Clock, Console, Guest, Id, LoggedIn, Open, Overrides, Recipient, SentOutcome,
    System, open,
};
use anteroom::values::{ClientName, Email, Notes, PersonName};
use futures_util::{StreamExt, TryStreamExt, stream};
use redb::{ReadableDatabase, ReadableTableMetadata};

use crate::Result;

pub(crate) const OWNER: &str = "olive@firm.example";
pub(crate) const PASSWORD: &str = "marmalade tuesday kettle";
/// Contacts of each client.
pub(crate) const CONTACTS: usize = 3;
/// Clients of a store with at least 100,000 contacts and a million rows: records and index rows.
pub(crate) const A_MILLION_ROWS: usize = 37_500;
/// Commands on their way at once.
const AT_ONCE: usize = 512;

const FIRST: &str = "Anna Ben Carla David Elena Farid Grace Hugo Iris Jonas Katya Liam Maya Noor \
                     Oscar Paula Quentin Rosa Samuel Tara Umar Vera Walter Zoë";
const LAST: &str = "Adler Baker Castillo Dubois Eriksen Fischer Greene Hoffmann Ito Jensen Kowalski \
                    Lindqvist Martin Nguyen O’Brien Petrova Quinn Rossi Smith Tanaka Ueda Vogel Young";
const TRADE: &str = "Bakery Builders Clinic Design Dental Electric Farms Foods Garden Holdings \
                     Joinery Logistics Media Optics Plumbing Roofing Studio Textiles Trust";

/// A filled data folder that nobody has open.
pub(crate) struct Store {
    pub(crate) data: PathBuf,
    /// A member of staff who is logged in.
    pub(crate) staff: String,
    /// A contact who is logged in.
    pub(crate) contact: String,
    /// Home of that contact's one client.
    pub(crate) home: String,
}

impl Store {
    /// The same store in another folder.
    pub(crate) fn copy(&self, to: &Path) -> Result<Self> {
        copy_folder(&self.data, to)?;
        let (staff, contact, home) = (self.staff.clone(), self.contact.clone(), self.home.clone());
        Ok(Self { data: to.to_owned(), staff, contact, home })
    }

    /// Rows in all tables: records and index.
    pub(crate) fn rows(&self) -> Result<u64> {
        let db = redb::Database::open(self.data.join("anteroom.redb"))?;
        let read = db.begin_read()?;
        let mut rows = 0;
        for table in read.list_tables()? {
            rows += read.open_untyped_table(table)?.len()?;
        }
        Ok(rows)
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (entry, to) = (entry?, to.to_owned());
        let target = to.join(entry.file_name());
        match entry.file_type()? {
            kind if kind.is_dir() => copy_folder(&entry.path(), &target)?,
            kind if kind.is_file() => fs::copy(entry.path(), target).map(|_| ())?,
            _ => {} // the control socket
        }
    }
    Ok(())
}

/// The doors of a store in this process.
pub(crate) fn doors(data: &Path) -> Result<(Guest, System)> {
    let overrides = Overrides::default();
    let how = Open { data, link_key: None, master_key: None, clock: Clock::system(), overrides };
    let (guest, system) = open(how)?;
    Ok((guest.at([127, 0, 0, 1].into()), system))
}

/// The owner's door, with the cookie that opened it.
pub(crate) async fn owner(guest: &Guest) -> Result<(Console, String)> {
    match guest.log_in(OWNER, PASSWORD, "bench").await? {
        LoggedIn::In(session) => {
            let cookie = session.cookie.text();
            Ok((guest.console(&cookie)?, cookie))
        }
        LoggedIn::Choose { .. } => Err("two owners".into()),
    }
}

/// All clients, page by page.
pub(crate) fn all_clients(console: &Console) -> Result<Vec<Id<Client>>> {
    let (mut clients, mut query) = (Vec::new(), ClientQuery { page: 1, ..ClientQuery::default() });
    loop {
        let list = console.clients(&query)?;
        clients.extend(list.rows.iter().map(|row| row.id));
        if !list.more {
            return Ok(clients);
        }
        query.page += 1;
    }
}

/// Makes a firm with so many clients, each with three contacts, one of whom has created an account.
pub(crate) async fn fill(data: &Path, clients: usize) -> Result<Store> {
    let (guest, system) = doors(data)?;
    system.init(firm().read(Reach::Terminal)?).await?;
    let (console, staff) = owner(&guest).await?;
    let create = async |n| -> Result<Id<Client>> {
        let people =
            (0..CONTACTS).map(|m| Ok(contact(n, m)?.into())).collect::<Result<Vec<_>>>()?;
        Ok(console.create_client(client(n)?, people, String::new()).await?)
    };
    let made: Vec<Id<Client>> =
        stream::iter(0..clients).map(create).buffer_unordered(AT_ONCE).try_collect().await?;
    let first = *made.first().ok_or("no client")?;
    let contact = account(&guest, &console, first).await?;
    system.close().await?;
    let cookie = |token: String| format!("anteroom={token}");
    let home = format!("/p/{first}");
    Ok(Store { data: data.to_owned(), staff: cookie(staff), contact: cookie(contact), home })
}

fn firm() -> FirmForm {
    FirmForm {
        firm: "Alder & Finch".into(),
        name: "Olive Alder".into(),
        email: OWNER.into(),
        password: PASSWORD.into(),
        public_url: "http://localhost:8080".into(),
        zone: "Europe/London".into(),
        currency: "GBP".into(),
        date_style: "day-first".into(),
        ..FirmForm::default()
    }
}

/// One word of a list, spread so that neighbours differ.
fn pick(list: &'static str, n: usize) -> &'static str {
    let words = || list.split_whitespace();
    words().nth(n.wrapping_mul(0x9E37_79B9) % words().count()).unwrap_or_default()
}

fn client(n: usize) -> Result<NewClient> {
    let (last, trade) = (pick(LAST, n / 7), pick(TRADE, n / 3));
    let (kind, name) = match n % 4 {
        0 => (ClientKind::Individual, format!("{} {last}", pick(FIRST, n))),
        _ => (ClientKind::Business, format!("{last} {trade} {n}")),
    };
    let (name, notes) = (ClientName::parse(&name)?, Notes::parse("")?);
    let since = i16::try_from(1990 + n % 36).ok();
    Ok(NewClient { kind, name, since, looked_after_by: None, tags: vec![], notes })
}

fn contact(client: usize, n: usize) -> Result<NewContact> {
    let (first, last) = (pick(FIRST, client * 5 + n), pick(LAST, client * 3 + n));
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let address = format!("{}.{}{client}@mail{n}.example", plain(first), plain(last));
    let emails = vec![ContactEmail { address: Email::parse(&address)?, kind: Place::Work }];
    Ok(NewContact {
        first: PersonName::parse(first)?,
        last: Some(PersonName::parse(last)?),
        role: None,
        emails,
        phones: vec![],
        areas: OpenAreas::ALL,
    })
}

/// Invites a contact of this client and accepts in their place; gives their cookie.
async fn account(guest: &Guest, console: &Console, client: Id<Client>) -> Result<String> {
    let drafts = console.invite_drafts(client)?;
    let membership = drafts.first().ok_or("nobody to invite")?.membership.id;
    let to = vec![Recipient { membership, address: None }];
    let sent = console.send_invites(client, to, None, String::new()).await?;
    let Some(SentOutcome::Queued { invite, .. }) = sent.first().map(|one| &one.outcome) else {
        return Err(format!("not invited: {sent:?}").into());
    };
    let link = console.copy_invite_link(*invite).await?;
    let (_, token) = link.url.rsplit_once('/').ok_or("no token in the link")?;
    let joined = guest.accept_invite(token, PASSWORD, None, "bench").await?;
    Ok(joined.cookie.ok_or("no session")?.text())
}
