//! The files of the fictional firm: in folders, from both sides, in every state that an upload can have.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::cast::{CLIENTS, STAFF};
use super::papers::{
    ACCOUNTS, CHECKLIST, COMPUTATION, GUIDE, LEDGER, MINUTES, PAYROLL, Paper, RENT, STATEMENT,
    TAX_RETURN,
};
use super::requests::{Files, HANDED_IN, Requests};
use super::{Written, made};
use crate::blobs::{ClientSecret, Stored};
use crate::error::Result;
use crate::model::activity::Actor;
use crate::model::client::Client;
use crate::model::core::Core;
use crate::model::db::Write;
use crate::model::file::{Audience, Author, Because, File, Review, Scan, Version};
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::request::HandedInFor;
use crate::values::{FileName, Media};
use By::{Contact, Staff};
use Seen::{Everyone, Firm, Named};
use Standing::{Rejected, Reviewed, Shared, Waiting};

/// Who did something: a position in the cast.
#[derive(Clone, Copy)]
pub(super) enum By {
    Staff(usize),
    Contact(usize),
}

/// Who sees it.
#[derive(Clone, Copy)]
pub(super) enum Seen {
    Firm,
    Everyone,
    Named(&'static [usize]),
}

/// What the firm says of it; members of staff are positions in the cast.
#[derive(Clone, Copy)]
pub(super) enum Standing {
    /// It came from the firm.
    Shared,
    Waiting,
    Reviewed(usize),
    Rejected(usize, &'static str),
}

pub(super) struct Document {
    /// The position of the client in the cast.
    client: usize,
    folder: &'static [&'static str],
    name: &'static str,
    paper: Paper,
    from: By,
    seen: Seen,
    standing: Standing,
    note: &'static str,
    /// Since it was added.
    hours: i64,
    /// The request and the number of the item that it was handed in for.
    answers: Option<(&'static str, u16)>,
}

const fn document(
    client: usize,
    folder: &'static [&'static str],
    name: &'static str,
    paper: Paper,
    (from, seen, standing): (By, Seen, Standing),
    hours: i64,
) -> Document {
    Document { client, folder, name, paper, from, seen, standing, note: "", hours, answers: None }
}

/// One that was handed in for an item of a request.
pub(super) const fn answering(
    answers: (&'static str, u16),
    (client, folder, name, paper): (usize, &'static [&'static str], &'static str, Paper),
    about: (By, Seen, Standing),
    hours: i64,
) -> Document {
    Document { answers: Some(answers), ..document(client, folder, name, paper, about, hours) }
}

const FROM_OLIVE: (By, Seen, Standing) = (Staff(0), Everyone, Shared);
const FROM_RITA: (By, Seen, Standing) = (Staff(1), Everyone, Shared);
const FROM_SAM: (By, Seen, Standing) = (Staff(2), Everyone, Shared);
const FROM_NAOMI: (By, Seen, Standing) = (Contact(0), Everyone, Waiting);

const DOCUMENTS: [Document; 13] = [
    document(
        0,
        &["Accounts and tax"],
        "Management accounts, September.pdf",
        ACCOUNTS,
        FROM_SAM,
        27,
    ),
    document(0, &["VAT"], "VAT return guide 2026.pdf", GUIDE, (Staff(2), Named(&[0]), Shared), 560),
    document(
        0,
        &["VAT", "Oct to Dec"],
        "Draft VAT computation.pdf",
        COMPUTATION,
        (Staff(2), Firm, Shared),
        150,
    ),
    Document {
        note: "Both accounts are in it.",
        ..document(
            0,
            &["VAT", "Oct to Dec"],
            "Bank statement, October.pdf",
            STATEMENT,
            FROM_NAOMI,
            3,
        )
    },
    document(0, &["VAT", "Oct to Dec"], "Sales ledger, Oct to Dec.csv", LEDGER, FROM_NAOMI, 3),
    document(
        0,
        &["VAT", "Oct to Dec"],
        "Kiln repair receipt.jpg",
        Paper::Photo,
        (Contact(0), Firm, Reviewed(2)),
        50,
    ),
    document(
        0,
        &["Working papers"],
        "Year-end checklist.txt",
        CHECKLIST,
        (Staff(2), Firm, Shared),
        330,
    ),
    document(1, &["2025-26"], "Tax return 2025-26.pdf", TAX_RETURN, FROM_SAM, 700),
    document(2, &["2025-26"], "Tax return 2025-26.pdf", TAX_RETURN, FROM_RITA, 620),
    document(
        2,
        &[],
        "Rent received.txt",
        RENT,
        (Contact(4), Firm, Rejected(1, "Please add the statement of the letting agent as a PDF.")),
        75,
    ),
    document(3, &["Payroll"], "Payroll, November.csv", PAYROLL, FROM_RITA, 20),
    document(
        3,
        &[],
        "Board minutes, November.pdf",
        MINUTES,
        (Staff(1), Named(&[5, 6]), Shared),
        400,
    ),
    document(11, &[], "VAT return guide 2026.pdf", GUIDE, FROM_OLIVE, 500),
];

/// All of them, with what was handed in.
fn documents() -> impl Iterator<Item = &'static Document> {
    DOCUMENTS.iter().chain(&HANDED_IN)
}

/// Stores the bytes of all of them, in the order of the documents.
pub(super) async fn store(core: &Core, written: &Written) -> Result<Vec<(Stored, Media)>> {
    let mut secrets: HashMap<usize, ClientSecret> = HashMap::new();
    let mut stored = Vec::new();
    for (at, document) in documents().enumerate() {
        let secret = match secrets.entry(document.client) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let client = written.clients[document.client].id;
                place.insert(core.client_secret_or_new(client).await?)
            }
        };
        let bytes = document.paper.bytes()?;
        let name: FileName = made(document.name)?;
        let media = Media::of(&bytes, name.extension());
        let incoming = core.blobs.begin(secret, &format!("demo-{at}")).await?;
        incoming.write(Bytes::from(bytes)).await?;
        stored.push((incoming.finish().await?, media));
    }
    Ok(stored)
}

/// Writes the records of all of them.
pub(super) fn write(
    tx: &mut Write<'_, '_>,
    written: &Written,
    requests: &Requests,
    stored: &[(Stored, Media)],
) -> Result<Files> {
    let mut shelf = Shelf { tx, written, requests, folders: HashMap::new() };
    let mut files = Files::new();
    for (document, stored) in documents().zip(stored) {
        files.insert((document.client, document.name), shelf.file(document, stored)?);
    }
    Ok(files)
}

impl Written {
    /// As records name them.
    pub(super) fn author(&self, from: By) -> Author {
        match from {
            Staff(at) => Author { who: Who::Staff(self.staff[at]), name: STAFF[at].0.to_owned() },
            Contact(at) => {
                let contact = &self.people[&at];
                Author { who: Who::Contact(contact.id), name: contact.full_name() }
            }
        }
    }
}

struct Shelf<'a, 'b, 't> {
    tx: &'a mut Write<'b, 't>,
    written: &'a Written,
    requests: &'a Requests,
    /// By client and path.
    folders: HashMap<(usize, &'static [&'static str]), Id<Folder>>,
}

impl Shelf<'_, '_, '_> {
    fn ago(&self, hours: i64) -> Timestamp {
        self.tx.now() - SignedDuration::from_hours(hours)
    }

    fn client(&self, at: usize) -> &Client {
        &self.written.clients[at]
    }

    fn folder(
        &mut self,
        client: usize,
        path: &'static [&'static str],
    ) -> Result<Option<Id<Folder>>> {
        let Some((name, above)) = path.split_last() else { return Ok(None) };
        if let Some(folder) = self.folders.get(&(client, path)) {
            return Ok(Some(*folder));
        }
        let parent = self.folder(client, above)?;
        let made_at = self.ago(750);
        let for_them = |document: &Document| {
            let theirs = document.client == client && document.folder.starts_with(path);
            theirs && !matches!((document.from, document.seen), (Staff(_), Firm))
        };
        let shown = DOCUMENTS.iter().any(for_them);
        let folder = Folder {
            id: Id::fresh(made_at),
            client: self.client(client).id,
            parent,
            name: made(name)?,
            audience: if shown { Audience::Everyone } else { Audience::Firm },
            by: self.written.author(Staff(CLIENTS[client].looked_after_by)),
            made: made_at,
            trash: None,
        };
        self.tx.put(&folder)?;
        self.folders.insert((client, path), folder.id);
        Ok(Some(folder.id))
    }

    /// What the firm says of it, an hour after it came.
    fn review(&self, document: &Document) -> Result<Option<Review>> {
        let looked = self.ago(document.hours - 1);
        Ok(match document.standing {
            Shared => None,
            Waiting => Some(Review::Waiting),
            Reviewed(staff) => {
                Some(Review::Reviewed { by: self.written.author(Staff(staff)), at: looked })
            }
            Rejected(staff, reason) => {
                let (by, reason) = (self.written.author(Staff(staff)), made(reason)?);
                Some(Review::Rejected { by, at: looked, reason })
            }
        })
    }

    fn file(&mut self, document: &Document, (stored, media): &(Stored, Media)) -> Result<Id<File>> {
        let (at, by) = (self.ago(document.hours), self.written.author(document.from));
        let folder = self.folder(document.client, document.folder)?;
        let audience = match document.seen {
            Firm => Audience::Firm,
            Everyone => Audience::Everyone,
            Named(people) => {
                Audience::Named(people.iter().map(|at| self.written.people[at].id).collect())
            }
        };
        let review = self.review(document)?;
        let version = Version {
            number: 1,
            blob: stored.name,
            sha256: stored.sha256,
            bytes: stored.bytes,
            media: *media,
            at,
            by: by.clone(),
            scan: Scan::Off,
        };
        let client = self.client(document.client);
        let (client, what) = (client.id, format!("added {} for {}", document.name, client.name));
        let actor = match by.who {
            Who::Staff(staff) => Actor::Staff(staff),
            Who::Contact(contact) => Actor::Contact(contact),
        };
        let note = Some(document.note).filter(|note| !note.is_empty()).map(made).transpose()?;
        let id = Id::fresh(at);
        let handed_in_for = document.answers.map(|(request, item)| HandedInFor {
            request: self.requests[request],
            item: Some(item),
        });
        self.tx.put(&File {
            id,
            client,
            folder,
            name: made(document.name)?,
            audience,
            because: Because::Added,
            by,
            note,
            review,
            versions: vec![version],
            next_version: 2,
            added: at,
            changed: at,
            trash: None,
            handed_in_for,
        })?;
        self.tx.say_of((actor, at), Some(client), "file-added", what)?;
        Ok(id)
    }
}
