//! Who is who in the fictional firm. Names are invented, addresses end in `.example`, numbers are those kept for
//! fiction.

use crate::model::client::ClientKind::{self, Business, Individual};
use crate::model::contact::Place::{self, Personal, Work};
use crate::model::staff::Role;
use Standing::{Active, Asked, Bounced, Expired, NotInvited, Opened, Removed, Waiting};

pub(super) const FIRM: &str = "Alder & Finch";
pub(super) const ZONE: &str = "Europe/London";
pub(super) const CURRENCY: &str = "GBP";
pub(super) const DATE_STYLE: &str = "day-first";
pub(super) const HELP: &str =
    "We answer on working days from 9 to 5.30. For anything urgent call 0117 496 0100.";

/// Name, address, role. The first one owns the firm, and [`TEMPLATE`] is theirs.
pub(super) const STAFF: [(&str, &str, Role); 3] = [
    ("Olive Finch", "olive@alderfinch.example", Role::Owner),
    ("Rita Alder", "rita@alderfinch.example", Role::Admin),
    ("Sam Ellery", "sam@alderfinch.example", Role::Staff),
];

/// A saved e-mail template: its name and text.
pub(super) const TEMPLATE: (&str, &str) = (
    "New year, new portal",
    "From this year on we share accounts and tax returns for {{client.name}} through our portal. Creating your \
     account takes about a minute.\n\nIf you get stuck, this helps: {{help.url}}",
);

/// The contact whose two clients show the switcher, and one with a single client; both can log in.
pub(super) const WITH_TWO: usize = 0;
pub(super) const WITH_ONE: usize = 4;

/// A contact who is asked for things, and does not see the files of their client.
pub(super) const REQUESTS_ONLY: usize = 7;

/// Where a contact stands with a client. All times count back from the day the demo is made.
#[derive(Clone, Copy)]
pub(super) enum Standing {
    NotInvited,
    /// Invited just now; the mail waits.
    Waiting,
    /// Invited so many days ago, never logged in.
    Asked(i64),
    /// The same, and the page of the invite was opened the day after.
    Opened(i64),
    /// Invited so many days ago, longer than an invite works.
    Expired(i64),
    /// Invited so many days ago; the mail server refused the address.
    Bounced(i64),
    /// Has access since so many days.
    Active(i64),
    /// Access ended so many days ago.
    Removed(i64),
}

pub(super) struct Person {
    pub(super) first: &'static str,
    pub(super) last: &'static str,
    /// Empty for somebody whose address nobody knows yet.
    pub(super) emails: &'static [(&'static str, Place)],
    pub(super) phone: &'static str,
    /// Hours since the last log-in, for those who have access.
    pub(super) last_seen: i64,
}

const fn person(
    first: &'static str,
    last: &'static str,
    emails: &'static [(&'static str, Place)],
    phone: &'static str,
    last_seen: i64,
) -> Person {
    Person { first, last, emails, phone, last_seen }
}

pub(super) const PEOPLE: [Person; 20] = [
    person(
        "Naomi",
        "Marlow",
        &[("naomi@marlowceramics.example", Work), ("naomi.marlow@post.example", Personal)],
        "07700 900412",
        2,
    ),
    person("Daniel", "Marlow", &[("daniel.marlow@post.example", Personal)], "07700 900377", 0),
    person("Owen", "Pryce", &[("owen@pryceandco.example", Work)], "0117 496 0182", 0),
    person("Grace", "Adeyemi", &[], "07700 900845", 0),
    person("Ines", "Carvalho", &[("ines@carvalho.example", Personal)], "07700 900231", 27),
    person("Chidi", "Okafor", &[("chidi@okaforanddaughters.example", Work)], "0117 496 0139", 74),
    person("Amara", "Okafor", &[("amara@okaforanddaughters.example", Work)], "07700 900560", 216),
    person("Zora", "Okafor", &[("zora@okaforanddaughters.example", Work)], "", 960),
    person("Piers", "Penrose", &[("piers@penrosejoinery.example", Work)], "01632 960118", 504),
    person("Joan", "Penrose", &[("joan@penrosejoinery.example", Work)], "01632 960119", 0),
    person("Hugh", "Bramble", &[("hugh@bramblelane.example", Work)], "01632 960207", 0),
    person("Lena", "Sorensen", &[("lena@bramblelane.example", Work)], "", 120),
    person("Farid", "Nazari", &[("farid@northsidedental.example", Work)], "0117 496 0155", 0),
    person("Beth", "Colley", &[("beth@northsidedentel.example", Work)], "0117 496 0156", 0),
    person("Tessa", "Lindqvist", &[("tessa@lindqvist.example", Personal)], "07700 900654", 1464),
    person("Ruth", "Hollis", &[("ruth@hollis.example", Personal)], "07700 900118", 0),
    person("Marcus", "Bell", &[("marcus@bellcycles.example", Work)], "01632 960344", 30),
    person("Kofi", "Mensah", &[("kofi@harbourlight.example", Work)], "0117 496 0171", 0),
    person("Eleanor", "Whitby", &[("eleanor@whitbyfarm.example", Work)], "01632 960410", 336),
    person("Jonas", "Wieland", &[("jonas@wieland.example", Personal)], "07700 900733", 0),
];

pub(super) struct Account {
    pub(super) kind: ClientKind,
    pub(super) name: &'static str,
    pub(super) since: i16,
    /// Position in [`STAFF`].
    pub(super) looked_after_by: usize,
    pub(super) tags: &'static [&'static str],
    pub(super) notes: &'static str,
    pub(super) active: bool,
    /// Position in [`PEOPLE`], role at this client, standing.
    pub(super) contacts: &'static [(usize, &'static str, Standing)],
}

const fn account(
    kind: ClientKind,
    name: &'static str,
    since: i16,
    looked_after_by: usize,
    tags: &'static [&'static str],
    contacts: &'static [(usize, &'static str, Standing)],
) -> Account {
    Account { kind, name, since, looked_after_by, tags, notes: "", active: true, contacts }
}

pub(super) const CLIENTS: [Account; 12] = [
    Account {
        notes: "Year end 31 March. Naomi prefers calls before noon.",
        ..account(
            Business,
            "Marlow Ceramics Ltd",
            2019,
            2,
            &["VAT", "payroll"],
            &[
                (0, "Director", Active(400)),
                (1, "Director, shareholder", Expired(43)),
                (2, "Company secretary", NotInvited),
                (3, "Bookkeeper", NotInvited),
            ],
        )
    },
    account(Individual, "Naomi Marlow", 2019, 2, &["self-assessment"], &[(0, "", Active(380))]),
    account(
        Individual,
        "Ines Carvalho",
        2022,
        1,
        &["self-assessment", "foreign income"],
        &[(4, "", Active(210))],
    ),
    account(
        Business,
        "Okafor & Daughters Ltd",
        2015,
        1,
        &["VAT"],
        &[
            (5, "Director", Active(700)),
            (6, "Finance director", Active(690)),
            (7, "Shop manager", Active(120)),
        ],
    ),
    account(
        Business,
        "Penrose Joinery LLP",
        2011,
        2,
        &["CIS", "payroll"],
        &[(8, "Partner", Active(330)), (9, "Partner", Opened(3))],
    ),
    account(
        Business,
        "Bramble Lane Nursery",
        2018,
        2,
        &[],
        &[(10, "Partner", Removed(20)), (11, "Partner", Active(95))],
    ),
    Account {
        notes: "Three partners; only Farid signs.",
        ..account(
            Business,
            "Northside Dental Practice",
            2020,
            0,
            &["payroll"],
            &[(12, "Practice manager", Asked(2)), (13, "Partner", Bounced(2))],
        )
    },
    account(Individual, "Tessa Lindqvist", 2023, 1, &["self-assessment"], &[(14, "", Active(300))]),
    account(
        Business,
        "Hollis Family Trust",
        2009,
        0,
        &["trust"],
        &[(15, "Trustee", NotInvited), (2, "Trustee", Opened(6))],
    ),
    Account {
        notes: "Stopped trading in spring; closed after the final return.",
        active: false,
        ..account(Business, "Bell Cycles Ltd", 2024, 2, &["VAT"], &[(16, "Director", Active(260))])
    },
    account(Business, "Harbour Light Café", 2025, 2, &["VAT", "new"], &[(17, "Owner", Waiting)]),
    account(
        Business,
        "Whitby Farm Partnership",
        2013,
        0,
        &["farming"],
        &[(18, "Partner", Active(150)), (19, "Land agent", NotInvited)],
    ),
];
