//! Every route, as every wrong person. There is no list to keep: a new route is knocked at the moment it exists.

use anteroom::{console, guest, portal, server};

use crate::cast::{ALDER, BEECH, Cast, MAYA};
use crate::office::Office;
use crate::page::Page;
use crate::person::Person;

/// A route with something in place of its parameters.
struct Door {
    method: String,
    route: String,
    path: String,
}

impl Door {
    /// Whether the route has parameters.
    fn has_parameters(&self) -> bool {
        self.route.contains(':')
    }
}

/// The ids that stand in paths.
struct Ids {
    client: String,
    contact: String,
}

impl Ids {
    async fn of(office: &Office, client: &str, contact: Cast) -> Self {
        let contact = office.contact_id(client, contact).await;
        Self { client: office.client_id(client).await, contact }
    }

    fn put_into(&self, route: &str) -> String {
        let part = |part: &str| match part {
            ":client" => self.client.clone(),
            ":contact" => self.contact.clone(),
            part if part.starts_with([':', '*']) => "nothing".to_owned(),
            part => part.to_owned(),
        };
        route.split('/').map(part).collect::<Vec<_>>().join("/")
    }
}

fn doors(routes: &anteroom::http::routes::Routes, ids: &Ids) -> Vec<Door> {
    let door = |(method, path): &(poem::http::Method, std::borrow::Cow<'static, str>)| Door {
        method: method.to_string(),
        route: path.to_string(),
        path: ids.put_into(path),
    };
    routes.list().iter().map(door).collect()
}

async fn knock(who: &Person, door: &Door) -> Page {
    who.send(&door.method, &door.path, &[]).await
}

/// Notes every door that does not answer as it should.
struct Notes(Vec<String>);

impl Notes {
    fn expect(&mut self, what: &str, door: &Door, page: &Page, fine: bool) {
        if !fine {
            let Door { method, route, .. } = door;
            let (status, to) = (page.status, page.location());
            self.0.push(format!("{what}: {method} {route} → {status} {to}"));
        }
    }

    fn read(self) {
        assert!(self.0.is_empty(), "{} wrong answers:\n{}", self.0.len(), self.0.join("\n"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_audience_keeps_to_its_paths() {
    let office = Office::founded().await;
    let ids = Ids::of(&office, ALDER, MAYA).await;
    let mut wrong = Vec::new();
    for door in doors(&server::routes(), &ids) {
        if door.route.starts_with("/console/console") || door.route.starts_with("/p/p") {
            wrong.push(door.route);
        }
    }
    for door in doors(&console::routes(), &ids) {
        if door.route != "/console" && !door.route.starts_with("/console/") {
            wrong.push(door.route);
        }
    }
    for door in doors(&portal::routes(), &ids) {
        if door.route != "/p" && !door.route.starts_with("/p/") {
            wrong.push(door.route);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_to_the_log_in() {
    let office = Office::founded().await;
    let ids = Ids::of(&office, ALDER, MAYA).await;
    let (mut notes, nobody) = (Notes(Vec::new()), office.nobody());
    for routes in [console::routes(), portal::routes()] {
        for door in doors(&routes, &ids) {
            let page = knock(&nobody, &door).await;
            let fine = page.status == 303 && page.location().starts_with("/login");
            notes.expect("nobody", &door, &page, fine);
        }
    }
    notes.read();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_audience_finds_nothing() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let ids = Ids::of(&office, ALDER, MAYA).await;
    let mut notes = Notes(Vec::new());
    for door in doors(&console::routes(), &ids) {
        let page = knock(office.maya(), &door).await;
        notes.expect("a contact", &door, &page, page.status == 404);
    }
    for door in doors(&portal::routes(), &ids) {
        let page = knock(office.olive(), &door).await;
        notes.expect("the firm", &door, &page, page.status == 404);
    }
    notes.read();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_clients_contact_finds_nothing() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.let_in(crate::cast::BEN, BEECH).await;
    let ids = Ids::of(&office, ALDER, MAYA).await;
    let mut notes = Notes(Vec::new());
    for door in doors(&portal::routes(), &ids) {
        if door.route.contains(":client") {
            let page = knock(office.ben(), &door).await;
            notes.expect("the stranger", &door, &page, page.status == 404);
        }
    }
    notes.read();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_admins_and_owners_is_refused_to_others() {
    let office = Office::open().await;
    let ids = Ids::of(&office, ALDER, MAYA).await;
    let mut notes = Notes(Vec::new());
    for door in doors(&console::routes(), &ids) {
        let (sam, rita) = (knock(office.sam(), &door).await, knock(office.rita(), &door).await);
        let settings = door.route.starts_with("/console/settings");
        let owners = door.route.starts_with("/console/team/")
            || (door.route == "/console/team" && door.method == "POST")
            || door.route.ends_with("/erase");
        if settings || owners {
            notes.expect("Staff", &door, &sam, sam.status == 403);
        } else if !door.route.starts_with("/console/templates") {
            notes.expect("Staff", &door, &sam, sam.status != 403);
        }
        notes.expect("an Admin", &door, &rita, !owners || rita.status == 403);
    }
    notes.read();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_method_is_told_the_right_ones() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let ids = Ids::of(&office, ALDER, MAYA).await;
    let mut notes = Notes(Vec::new());
    for (routes, who) in [
        (console::routes(), office.olive()),
        (portal::routes(), office.maya()),
        (guest::routes(), &office.nobody()),
    ] {
        let all = doors(&routes, &ids);
        for door in &all {
            let has = |method: &str| {
                all.iter().any(|other| other.route == door.route && other.method == method)
            };
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                if has(method) {
                    continue;
                }
                let page = who.send(method, &door.path, &[]).await;
                let fine = page.status == 405 && page.header("allow").is_some();
                notes.expect(method, door, &page, fine);
            }
        }
    }
    notes.read();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_id_is_nothing_at_all() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let real = Ids::of(&office, ALDER, MAYA).await;
    let other = |id: &str| {
        let last = if id.ends_with('0') { '1' } else { '0' };
        format!("{}{last}", &id[..id.len() - 1])
    };
    let absent = Ids { client: other(&real.client), contact: other(&real.contact) };
    let nonsense = Ids { client: "nothing".to_owned(), contact: "%00%ff".to_owned() };
    let mut notes = Notes(Vec::new());
    for ids in [&absent, &nonsense] {
        for (routes, who) in
            [(console::routes(), office.olive()), (portal::routes(), office.maya())]
        {
            for door in doors(&routes, ids).iter().filter(|door| door.has_parameters()) {
                let page = knock(who, door).await;
                notes.expect("bad id", door, &page, page.status == 404);
            }
        }
    }
    for door in doors(&guest::routes(), &nonsense).iter().filter(|door| door.has_parameters()) {
        let page = knock(&office.nobody(), door).await;
        // Some lead to the page of the link first, which then says that there is none.
        let page = office.nobody().follow(page).await;
        let fine = matches!(page.status, 404 | 410);
        notes.expect("bad token", door, &page, fine);
    }
    notes.read();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_forbids_what_a_page_of_ours_never_does() {
    let office = Office::founded().await;
    for path in ["/login", "/console", "/nothing", "/help", "/join"] {
        let page = office.olive().get(path).await;
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(page.header("referrer-policy").is_some(), "{path}");
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_from_another_site_does_nothing() {
    let office = Office::founded().await;
    let ids = Ids::of(&office, ALDER, MAYA).await;
    let elsewhere = [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")];
    let mut notes = Notes(Vec::new());
    for door in doors(&server::routes(), &ids).iter().filter(|door| door.method != "GET") {
        let page = office.olive().send_with(&door.method, &door.path, &[], &elsewhere).await;
        // What mail programs send comes from anywhere; without its secret it ends nothing (RFC 8058).
        let wanted = if door.route.starts_with("/unsubscribe/") { 410 } else { 403 };
        notes.expect("another site", door, &page, page.status == wanted);
    }
    notes.read();
    office.olive().get("/console").await.assert_status(200);
    office.close().await;
}
