//! What is due, in people's own calendars: at an address that is a secret, by the rules of the To-do list.

use crate::cast::{ALDER, Cast, MAYA, NOOR, RITA, TRUST};
use crate::office::Office;
use crate::page::Page;
use crate::person::Person;
use crate::portal_requests::{Asked, Wanted, item};

const DUE: &str = "2026-03-20";
const OF_CONTACTS: &str = "/p/settings/calendar";
const OF_STAFF: &str = "/console/account/calendar";

async fn asks<'o>(office: &'o Office, client: &str, title: &str, named: &[Cast]) -> Asked<'o> {
    let items = [item("short", "What?")];
    Asked::of(office, client, Wanted { title, due: DUE, named, items: &items }).await
}

/// Somebody makes an address. Gives its path.
async fn make(office: &Office, who: &Person, settings: &str) -> String {
    let page = who.get(settings).await;
    let button = if page.offers("Make a new address") { "Make a new" } else { "Make the" };
    let page = who.press(&page, button, &[]).await;
    address(office, &page)
}

fn address(office: &Office, page: &Page) -> String {
    let html = page.html();
    let field = html.by_id("calendar-address").unwrap_or_else(|| panic!("{}", page.text()));
    let url = html[field].attr("value").unwrap();
    let path = url.split_once("://").unwrap().1;
    assert!(page.body().contains(&format!("href=\"webcal://{path}\"")), "{}", page.body());
    assert!(url.starts_with(&office.origin()), "{url}");
    format!("/{}", path.split_once('/').unwrap().1)
}

/// The titles in a calendar, as a program reads them that has no cookies.
async fn titles(office: &Office, path: &str) -> Vec<String> {
    let text = office.nobody().get(path).await;
    text.assert_status(200);
    let text = text.body().replace("\r\n ", "");
    let mut titles: Vec<String> =
        text.lines().filter_map(|line| line.strip_prefix("SUMMARY:")).map(str::to_owned).collect();
    titles.sort_unstable();
    titles
}

#[tokio::test(flavor = "multi_thread")]
async fn each_person_reads_what_is_due_for_them_and_nothing_else() {
    let office = Office::open().await;
    let noor = make(&office, office.noor(), OF_CONTACTS).await;
    let maya = make(&office, office.maya(), OF_CONTACTS).await;
    let ben = make(&office, office.ben(), OF_CONTACTS).await;
    let olive = make(&office, office.olive(), OF_STAFF).await;
    asks(&office, ALDER, "Maya's salary", &[MAYA]).await;
    asks(&office, ALDER, "VAT return", &[]).await;
    asks(&office, TRUST, "Deed", &[]).await;

    let at = |title: &str, client: &str| format!("{title} ({client})");
    let all = [at("Deed", TRUST), at("Maya's salary", ALDER), at("VAT return", ALDER)];
    assert_eq!(titles(&office, &noor).await, ["VAT return"]);
    assert_eq!(titles(&office, &maya).await, all);
    assert_eq!(titles(&office, &ben).await, [""; 0]);
    assert_eq!(titles(&office, &olive).await, all);
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_reads_civil_days_and_asks_whether_they_are_still_the_same() {
    let office = Office::open().await;
    let noor = make(&office, office.noor(), OF_CONTACTS).await;
    let asked = asks(&office, ALDER, "Bills, “April”; and all", &[NOOR]).await;
    let program = office.nobody();
    let page = program.get(&noor).await;
    let header = |name: &str| page.header(name).unwrap_or_default().to_owned();
    assert_eq!(header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(header("cache-control"), "private, no-cache");
    assert_eq!(header("x-robots-tag"), "noindex");
    assert_eq!(header("set-cookie"), "");
    let body = page.body().replace("\r\n ", "");
    let has = |line: &str| assert!(body.lines().any(|l| l == line), "no {line} in {body}");
    has("DTSTART;VALUE=DATE:20260320");
    has("DTEND;VALUE=DATE:20260321");
    has("SUMMARY:Bills\\, “April”\\; and all");
    has(&format!("URL:{}{}", office.origin(), asked.path));
    let ask =
        async |etag: &str| program.send_with("GET", &noor, &[], &[("If-None-Match", etag)]).await;
    let etag = header("etag");
    let same = ask(&etag).await;
    assert_eq!((same.status, same.body()), (304, ""));
    program.head(&noor).await.assert_status(200);
    asks(&office, ALDER, "Another", &[NOOR]).await;
    assert_ne!(ask(&etag).await.header("etag").unwrap(), etag);
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_was_renewed_or_ended_leads_nowhere() {
    let office = Office::open().await;
    let first = make(&office, office.noor(), OF_CONTACTS).await;
    let second = make(&office, office.noor(), OF_CONTACTS).await;
    assert_ne!(first, second);
    let program = office.nobody();
    program.get(&first).await.assert_missing();
    program.get(&second).await.assert_status(200);
    let page = office.noor().get(OF_CONTACTS).await;
    let ended = office.noor().press(&page, "End the address", &[]).await;
    ended.assert_sees("The address has ended").assert_sees("Make the address");
    for wrong in [&*second, "/calendar/x.ics", "/calendar/x", second.trim_end_matches(".ics")] {
        program.get(wrong).await.assert_missing();
    }
    let activity = office.activity(ALDER).await;
    activity.assert_sees("made a secret address for their calendar").assert_hides(&second);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_access_or_left_reads_nothing() {
    let office = Office::open().await;
    let rita = make(&office, office.rita(), OF_STAFF).await;
    let noor = make(&office, office.noor(), OF_CONTACTS).await;
    asks(&office, ALDER, "VAT return", &[]).await;
    assert_eq!(titles(&office, &noor).await, ["VAT return"]);
    office.remove_access(NOOR, ALDER).await;

    assert_eq!(titles(&office, &noor).await, [""; 0]);
    assert_eq!(titles(&office, &rita).await, [""; 0]);
    office.dismiss(RITA).await;
    office.nobody().get(&rita).await.assert_missing();
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_addresses_has_to_wait_and_a_calendar_that_reads_its_own_does_not() {
    let office = Office::open().await;
    let noor = make(&office, office.noor(), OF_CONTACTS).await;
    let guesser = office.nobody();
    for _ in 0..60 {
        guesser.get("/calendar/nonsense.ics").await.assert_status(404);
    }
    guesser.get("/calendar/nonsense.ics").await.assert_status(429);
    guesser.get(&noor).await.assert_status(200);
    office.close().await;
}
