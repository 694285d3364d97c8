//! The files of the fictional firm: in folders, from both sides, in every state that an upload can have.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::cast::{CLIENTS, STAFF};
use super::{Written, made, papers};
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
use crate::values::{FileName, Media};
use By::{Contact, Staff};
use Seen::{Everyone, Firm, Named};
use Standing::{Rejected, Reviewed, Shared, Waiting};

/// Who added a file: a position in the cast.
#[derive(Clone, Copy)]
enum By {
    Staff(usize),
    Contact(usize),
}

/// Who sees it.
#[derive(Clone, Copy)]
enum Seen {
    Firm,
    Everyone,
    Named(&'static [usize]),
}

/// What the firm says of it; members of staff are positions in the cast.
#[derive(Clone, Copy)]
enum Standing {
    /// It came from the firm.
    Shared,
    Waiting,
    Reviewed(usize),
    Rejected(usize, &'static str),
}

/// What is in it.
#[derive(Clone, Copy)]
enum Paper {
    /// Pages of lines.
    Pdf(&'static [&'static [&'static str]]),
    Text(&'static str),
    Photo,
}

struct Document {
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
}

const fn document(
    client: usize,
    folder: &'static [&'static str],
    name: &'static str,
    paper: Paper,
    (from, seen, standing): (By, Seen, Standing),
    hours: i64,
) -> Document {
    Document { client, folder, name, paper, from, seen, standing, note: "", hours }
}

const FROM_OLIVE: (By, Seen, Standing) = (Staff(0), Everyone, Shared);
const FROM_RITA: (By, Seen, Standing) = (Staff(1), Everyone, Shared);
const FROM_SAM: (By, Seen, Standing) = (Staff(2), Everyone, Shared);
const FROM_NAOMI: (By, Seen, Standing) = (Contact(0), Everyone, Waiting);

const ACCOUNTS: Paper = Paper::Pdf(&[
    &[
        "Management accounts, September 2026",
        "Marlow Ceramics Ltd",
        "",
        "Turnover|48,210",
        "Cost of sales|(19,884)",
        "Gross profit|28,326",
        "Wages|(12,400)",
        "Rent and rates|(3,150)",
        "Kiln fuel|(2,090)",
        "Operating profit|10,686",
    ],
    &[
        "Notes",
        "Turnover is up by 9 per cent on September 2025.",
        "The second kiln is not in use yet; its lease begins in December.",
    ],
]);
const GUIDE: Paper = Paper::Pdf(&[&[
    "VAT return guide 2026",
    "What we need from you, each quarter:",
    "1. Sales ledger, as CSV or spreadsheet",
    "2. Bank statements for the three months",
    "3. Receipts above 250",
    "We file by the 7th of the second month after the quarter.",
]]);
const COMPUTATION: Paper = Paper::Pdf(&[&[
    "Draft VAT computation, Oct to Dec",
    "Output tax|9,642",
    "Input tax|(4,117)",
    "To pay|5,525",
    "Draft: two receipts are missing.",
]]);
const STATEMENT: Paper = Paper::Pdf(&[&[
    "Statement of account, October 2026",
    "Opening balance|12,904.18",
    "Money in|18,211.40",
    "Money out|(16,020.75)",
    "Closing balance|15,094.83",
]]);
const TAX_RETURN: Paper = Paper::Pdf(&[&[
    "Tax return 2025/26",
    "Employment|31,200",
    "Dividends|14,000",
    "Tax due by 31 January|6,248.40",
]]);
const MINUTES: Paper = Paper::Pdf(&[&[
    "Board minutes, 4 November 2026",
    "Present: C. Okafor, A. Okafor",
    "1. The dividend for the year was approved.",
    "2. The lease of the second shop was discussed.",
]]);
const LEDGER: Paper = Paper::Text(
    "Date,Customer,Net,VAT\n2026-10-02,Harbour Gallery,1240.00,248.00\n\
     2026-10-09,The Tea Rooms,310.50,62.10\n2026-10-21,Spring Fair,2085.00,417.00\n\
     2026-11-03,Harbour Gallery,980.00,196.00\n",
);
const PAYROLL: Paper = Paper::Text(
    "Employee,Gross,Tax,Net\nZ. Okafor,2600.00,310.40,2089.60\nP. Lin,2150.00,220.40,1757.20\n",
);
const CHECKLIST: Paper = Paper::Text(
    "Year end 31 March\n\n- Stock count: ask Naomi for the sheets\n- Lease of the second kiln: read the break clause\n\
     - Directors' loan account: agree the balance\n",
);
const RENT: Paper = Paper::Text("Rent received, Lisbon flat: 9,600 in 2025, paid monthly.\n");

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

impl Paper {
    fn bytes(self) -> Result<Vec<u8>> {
        match self {
            Self::Pdf(pages) => Ok(papers::pdf(pages)),
            Self::Text(text) => Ok(text.as_bytes().to_vec()),
            Self::Photo => papers::photo(),
        }
    }
}

/// Stores the bytes of all of them, in the order of the documents.
pub(super) async fn store(core: &Core, written: &Written) -> Result<Vec<(Stored, Media)>> {
    let mut secrets: HashMap<usize, ClientSecret> = HashMap::new();
    let mut stored = Vec::new();
    for (at, document) in DOCUMENTS.iter().enumerate() {
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
    stored: &[(Stored, Media)],
) -> Result<()> {
    let mut shelf = Shelf { tx, written, folders: HashMap::new() };
    DOCUMENTS.iter().zip(stored).try_for_each(|(document, stored)| shelf.file(document, stored))
}

struct Shelf<'a, 'b, 't> {
    tx: &'a mut Write<'b, 't>,
    written: &'a Written,
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

    fn author(&self, from: By) -> Author {
        match from {
            Staff(at) => {
                Author { who: Who::Staff(self.written.staff[at]), name: STAFF[at].0.to_owned() }
            }
            Contact(at) => {
                let contact = &self.written.people[&at];
                Author { who: Who::Contact(contact.id), name: contact.full_name() }
            }
        }
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
        let folder = Folder {
            id: Id::fresh(made_at),
            client: self.client(client).id,
            parent,
            name: made(name)?,
            audience: Audience::Firm,
            by: self.author(Staff(CLIENTS[client].looked_after_by)),
            made: made_at,
            trash: None,
        };
        self.tx.put(&folder)?;
        self.folders.insert((client, path), folder.id);
        Ok(Some(folder.id))
    }

    fn file(&mut self, document: &Document, (stored, media): &(Stored, Media)) -> Result<()> {
        let (at, by) = (self.ago(document.hours), self.author(document.from));
        let folder = self.folder(document.client, document.folder)?;
        let audience = match document.seen {
            Firm => Audience::Firm,
            Everyone => Audience::Everyone,
            Named(people) => {
                Audience::Named(people.iter().map(|at| self.written.people[at].id).collect())
            }
        };
        let looked = self.ago(document.hours - 1);
        let review = match document.standing {
            Shared => None,
            Waiting => Some(Review::Waiting),
            Reviewed(staff) => Some(Review::Reviewed { by: self.author(Staff(staff)), at: looked }),
            Rejected(staff, reason) => {
                let (by, reason) = (self.author(Staff(staff)), made(reason)?);
                Some(Review::Rejected { by, at: looked, reason })
            }
        };
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
        self.tx.put(&File {
            id: Id::fresh(at),
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
        })?;
        self.tx.say_of((actor, at), Some(client), "file-added", what)
    }
}
