//! What the fictional firm asks for, and how far its clients are. All times count back from the day the demo is made, and
//! all due dates from it; people and clients are positions in the cast.

use super::super::files::{By, Document, Seen, Standing, answering};
use super::super::papers::Paper;
use Answer::{Agreed, Amount, Files, Yes};
use At::{Completed, Draft, HandedIn, InProgress, Sent, Withdrawn};
use By::{Contact, Staff};
use Kind::{Choice, Confirm, Money, Read, Short, Upload, YesNo};
use State::{Accepted, Open, Returned, Waiting};

pub(super) struct Asked {
    /// How comments and files name it.
    pub(super) key: &'static str,
    pub(super) client: usize,
    pub(super) title: &'static str,
    pub(super) instructions: &'static str,
    /// Nobody for everyone at the client.
    pub(super) named: &'static [usize],
    pub(super) by: usize,
    /// In so many days.
    pub(super) due: Option<i32>,
    pub(super) at: At,
    /// Names of files of the client.
    pub(super) attached: &'static [&'static str],
    pub(super) items: &'static [Piece],
}

/// Where it stands; the first number is the days since it was sent.
#[derive(Clone, Copy)]
pub(super) enum At {
    Draft,
    Sent(i64),
    /// With the hours since it was handed in and by whom, if something was sent back.
    InProgress(i64, Option<(i64, usize)>),
    /// The hours since, and by which contact.
    HandedIn(i64, i64, usize),
    /// The hours since, and by which member of staff.
    Completed(i64, i64, usize),
    /// The same.
    Withdrawn(i64, i64, usize),
}

pub(super) struct Piece {
    pub(super) title: &'static str,
    pub(super) help: &'static str,
    pub(super) required: bool,
    /// Only if the item of this number was answered with yes.
    pub(super) only_if: Option<u16>,
    pub(super) kind: Kind,
    /// What was answered, by whom, and how many hours ago.
    pub(super) answer: Option<(Answer, usize, i64)>,
    pub(super) state: State,
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// How many at most, of which kinds.
    Upload(u16, &'static [&'static str]),
    Short,
    Money,
    Date,
    YesNo,
    Choice(&'static [&'static str]),
    Confirm(&'static str),
    Read(&'static str),
}

#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// By their names.
    Files(&'static [&'static str]),
    /// In pence.
    Amount(i64),
    Yes(bool),
    Agreed,
}

/// What the firm says of an item: a member of staff, and how many hours ago.
#[derive(Clone, Copy)]
pub(super) enum State {
    Open,
    Waiting,
    Accepted(usize, i64),
    Returned(usize, i64, &'static str),
}

const fn asked(
    key: &'static str,
    client: usize,
    title: &'static str,
    (by, at, due): (usize, At, Option<i32>),
    items: &'static [Piece],
) -> Asked {
    Asked { key, client, title, instructions: "", named: &[], by, due, at, attached: &[], items }
}

const fn piece(title: &'static str, kind: Kind) -> Piece {
    Piece { title, help: "", required: true, only_if: None, kind, answer: None, state: Open }
}

const fn answered(
    title: &'static str,
    kind: Kind,
    answer: (Answer, usize, i64),
    state: State,
) -> Piece {
    Piece { answer: Some(answer), state, ..piece(title, kind) }
}

pub(super) const REQUESTS: [Asked; 12] = [
    Asked {
        instructions: "Please send us what we need for the **VAT return**. The guide says how each paper should look.\n\n\
                       - Photos are fine, if every line can be read.\n- If something is missing, tell us: we go on without it.",
        named: &[0],
        attached: &["VAT return guide 2026.pdf"],
        ..asked(
            "vat",
            0,
            "VAT return, Oct to Dec",
            (2, Sent(3), Some(9)),
            &[
                Piece {
                    help: "From the shop and from the website, as CSV or spreadsheet.",
                    ..piece("Sales ledgers", Upload(5, &["xlsx", "pdf"]))
                },
                Piece {
                    help: "What the clay and the finished pieces would cost today.",
                    ..piece("Value of the stock", Money)
                },
                piece(
                    "These are all sales of the three months",
                    Confirm(
                        "To the best of my knowledge these records hold all sales from October to December.",
                    ),
                ),
            ],
        )
    },
    asked(
        "kiln",
        0,
        "The second kiln",
        (2, InProgress(20, None), Some(-4)),
        &[
            answered("Is it leased?", YesNo, (Yes(true), 0, 120), Open),
            Piece { only_if: Some(1), ..piece("The lease", Upload(2, &["pdf", "jpg"])) },
            piece("From which day is it in use?", Kind::Date),
        ],
    ),
    asked(
        "year-end",
        0,
        "Questions about the year end",
        (2, Completed(75, 1500, 2), Some(-60)),
        &[
            answered(
                "Stock count",
                Upload(3, &[]),
                (Files(&["Stock count, March.csv"]), 0, 1620),
                Accepted(2, 1500),
            ),
            answered(
                "Money taken out by the directors",
                Money,
                (Amount(1_840_000), 0, 1620),
                Accepted(2, 1500),
            ),
        ],
    ),
    Asked {
        instructions: "For your tax return we need what you earned besides the company.",
        ..asked(
            "tax",
            1,
            "Tax return 2025-26",
            (2, InProgress(26, Some((30, 0))), Some(20)),
            &[
                answered(
                    "P60",
                    Upload(1, &["pdf", "jpg"]),
                    (Files(&["P60 2025-26.pdf"]), 0, 32),
                    Accepted(2, 22),
                ),
                answered(
                    "Dividend vouchers",
                    Upload(10, &["pdf", "jpg"]),
                    (Files(&["Dividend vouchers.jpg"]), 0, 31),
                    Returned(
                        2,
                        22,
                        "The voucher of March is cut off at the right. Please take that photo again.",
                    ),
                ),
                answered("Do you let property?", YesNo, (Yes(false), 0, 31), Accepted(2, 22)),
            ],
        )
    },
    Asked {
        instructions: "The reference is on the letter from the tax office. Mark it done once the bank has it.",
        ..asked("payment", 1, "Second payment on account", (2, Sent(6), Some(14)), &[])
    },
    asked(
        "letting",
        2,
        "The flat in Lisbon",
        (1, Sent(4), Some(5)),
        &[
            piece("Statement of the letting agent", Upload(12, &["pdf", "jpg"])),
            piece("Who looks after the flat now?", Short),
            Piece {
                required: false,
                ..piece("Which year do you want us to begin with?", Choice(&["2024", "2025"]))
            },
        ],
    ),
    asked(
        "foreign",
        2,
        "Foreign income 2025",
        (1, Draft, Some(30)),
        &[piece("Tax paid abroad", Money), piece("Assessments", Upload(5, &[]))],
    ),
    Asked {
        named: &[5, 6],
        ..asked(
            "payroll",
            3,
            "Payroll changes, November",
            (1, HandedIn(12, 5, 6), Some(2)),
            &[
                answered(
                    "Starters and leavers",
                    Upload(3, &[]),
                    (Files(&["Payroll changes, November.csv"]), 6, 6),
                    Waiting,
                ),
                answered("Were there bonuses?", YesNo, (Yes(true), 6, 6), Waiting),
                Piece {
                    only_if: Some(2),
                    ..answered("All bonuses together", Money, (Amount(125_000), 6, 6), Waiting)
                },
                answered(
                    "The hours are right",
                    Confirm("The hours in this list are those that were worked."),
                    (Agreed, 6, 5),
                    Waiting,
                ),
            ],
        )
    },
    asked(
        "cis",
        4,
        "CIS statements, October",
        (2, Withdrawn(34, 500, 2), Some(-12)),
        &[piece("Statements", Upload(20, &["pdf"]))],
    ),
    asked(
        "nursery",
        5,
        "Wages of the season",
        (2, Sent(30), Some(-10)),
        &[
            piece("Timesheets, May to September", Upload(10, &[])),
            piece("Wages paid in cash", Money),
        ],
    ),
    asked(
        "dental",
        6,
        "Proof of identity",
        (0, Sent(2), Some(12)),
        &[piece("Passport or driving licence of each partner", Upload(3, &["pdf", "jpg"]))],
    ),
    asked(
        "farm",
        11,
        "Read the new VAT guide",
        (0, Completed(18, 400, 0), None),
        &[answered(
            "The guide",
            Read("VAT return guide 2026.pdf"),
            (Agreed, 18, 410),
            Accepted(0, 400),
        )],
    ),
];

/// What is made again each month: the request it goes on from.
pub(super) const EACH_MONTH: &str = "payroll";

/// The saved template: its name, and the request that it is as.
pub(super) const TEMPLATE: (&str, &str) = ("VAT return, each quarter", "vat");

/// To which request and item, by whom, how many hours ago, what, and files of the client that belong to it.
pub(super) type Said = (&'static str, Option<u16>, By, i64, &'static str, &'static [&'static str]);

pub(super) const COMMENTS: [Said; 5] = [
    ("tax", Some(2), Contact(0), 29, "Two of them came by post, so I took a photo.", &[]),
    (
        "tax",
        Some(2),
        Staff(2),
        21,
        "Thank you. For comparison, here is how we used them last year.",
        &["Tax return 2025-26.pdf"],
    ),
    ("kiln", None, Contact(0), 118, "The lessor sends the signed copy next week.", &[]),
    ("kiln", None, Staff(2), 96, "That is fine, take the draft until then.", &[]),
    ("payroll", Some(1), Contact(6), 5, "Zora starts in the second shop in December.", &[]),
];

const STOCK: Paper =
    Paper::Text("Item,Pieces,Cost\nClay,140,8.20\nGlaze,61,11.75\nBowls,320,4.10\n");
const P60: Paper = Paper::Pdf(&[&["P60, 2025/26", "Pay|31,200.00", "Tax deducted|3,726.00"]]);
const CHANGES: Paper = Paper::Text(
    "Employee,Change,From\nL. Duarte,starts,2026-11-10\nP. Lin,leaves,2026-11-28\nZ. Okafor,bonus 1250.00,2026-11\n",
);

/// What was handed in with them.
pub(in crate::model::demo) const HANDED_IN: [Document; 4] = [
    answering(
        ("year-end", 1),
        (0, &["Accounts and tax"], "Stock count, March.csv", STOCK),
        (Contact(0), Seen::Everyone, Standing::Reviewed(2)),
        1620,
    ),
    answering(
        ("tax", 1),
        (1, &["2025-26"], "P60 2025-26.pdf", P60),
        (Contact(0), Seen::Everyone, Standing::Reviewed(2)),
        32,
    ),
    answering(
        ("tax", 2),
        (1, &["2025-26"], "Dividend vouchers.jpg", Paper::Photo),
        (Contact(0), Seen::Everyone, Standing::Waiting),
        31,
    ),
    answering(
        ("payroll", 1),
        (3, &["Payroll"], "Payroll changes, November.csv", CHANGES),
        (Contact(6), Seen::Named(&[5, 6]), Standing::Waiting),
        6,
    ),
];
