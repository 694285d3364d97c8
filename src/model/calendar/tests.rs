use super::*;
use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::file::{Audience, Author};
use crate::model::membership::{Access, Areas, Membership};
use crate::model::request::{Progress, Request, Stage};
use crate::model::staff::{Role, Staff};
use crate::model::testing::{Office, PASSWORD, office, request_to};
use crate::values::Day;

/// Two contacts of one client, whom Sam asks.
struct Firm {
    office: Office,
    sam: Staff,
    client: Client,
    naomi: Contact,
    daniel: Contact,
}

const NAOMI: &str = "naomi@marlow.example";
const DANIEL: &str = "daniel@marlow.example";
const SAM: &str = "sam@firm.example";

async fn firm() -> Firm {
    let office = office().await;
    let sam = office.staff("Sam Finch", SAM, Role::Owner).await;
    let client = office.client("Marlow; Sons, Ltd").await;
    let naomi = office.member("Naomi", NAOMI, &client).await;
    let daniel = office.member("Daniel", DANIEL, &client).await;
    Firm { office, sam, client, naomi, daniel }
}

impl Firm {
    async fn asks(&self, title: &str, audience: Audience, due: Option<&str>) -> Request {
        self.asks_of(&self.client, title, audience, due).await
    }

    /// A request with one item that nobody has answered.
    async fn asks_of(
        &self,
        client: &Client,
        title: &str,
        audience: Audience,
        due: Option<&str>,
    ) -> Request {
        self.office.tick();
        let now = self.office.clock.now();
        let request = Request {
            id: self.office.write(|tx| Ok(tx.id())).await,
            audience,
            due: due.map(|due| Day::parse(due).unwrap()),
            ..request_to(client.id, title, Author::of(&self.sam), now)
        };
        self.office.put(request.clone()).await;
        request
    }

    async fn account(&self, address: &str) -> Account {
        let cookie = self.office.log_in(address, PASSWORD).await.text();
        match self.office.guest.person(&cookie) {
            Ok(person) => person.account(),
            Err(_) => self.office.guest.console(&cookie).unwrap().account(),
        }
    }

    /// The secret of an address that is made now.
    async fn secret(&self, address: &str) -> String {
        let account = self.account(address).await;
        account.make_calendar().await.unwrap();
        let url = account.calendar().unwrap().unwrap().url;
        let start = "https://portal.alderfinch.example/calendar/";
        url.strip_prefix(start).unwrap().strip_suffix(".ics").unwrap().to_owned()
    }

    /// The logical lines of a calendar.
    fn read(&self, secret: &str) -> Vec<String> {
        let text = self.office.guest.calendar(secret).unwrap().text;
        text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    fn titles(&self, secret: &str) -> Vec<String> {
        let lines = self.read(secret);
        lines.iter().filter_map(|line| line.strip_prefix("SUMMARY:")).map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_contact_reads_what_waits_for_them_and_nothing_of_another() {
    let firm = firm().await;
    let (naomi, daniel) = (firm.secret(NAOMI).await, firm.secret(DANIEL).await);
    let named = |who: &Contact| Audience::Named(vec![who.id]);
    firm.asks("For both", Audience::Everyone, Some("2026-03-20")).await;
    firm.asks("For Naomi", named(&firm.naomi), Some("2026-03-10")).await;
    firm.asks("For Daniel", named(&firm.daniel), Some("2026-03-11")).await;
    firm.asks("For nobody", Audience::Firm, Some("2026-03-12")).await;
    firm.asks("Without a day", Audience::Everyone, None).await;
    let stage = Stage::Draft;
    let draft = firm.asks("Draft", Audience::Everyone, Some("2026-03-13")).await;
    firm.office.put(Request { stage, ..draft }).await;
    assert_eq!(firm.titles(&naomi), ["For Naomi", "For both"]);
    assert_eq!(firm.titles(&daniel), ["For Daniel", "For both"]);
    let trust = firm.office.client("Marlow Trust").await;
    firm.asks_of(&trust, "For the trust", Audience::Everyone, Some("2026-03-14")).await;
    assert_eq!(firm.titles(&naomi), ["For Naomi", "For both"]);
}

#[tokio::test]
async fn somebody_of_several_clients_reads_which_one_asks() {
    let firm = firm().await;
    let trust = firm.office.client("Marlow Trust").await;
    let since = firm.office.clock.now();
    firm.office.tie(&firm.naomi, &trust, Access::Given { since }).await;
    firm.asks("Ledgers", Audience::Everyone, Some("2026-03-20")).await;
    firm.asks_of(&trust, "Deed", Audience::Everyone, Some("2026-03-19")).await;
    let naomi = firm.secret(NAOMI).await;
    assert_eq!(firm.titles(&naomi), ["Deed (Marlow Trust)", r"Ledgers (Marlow\; Sons\, Ltd)"]);
}

#[tokio::test]
async fn whoever_loses_access_reads_nothing_from_that_moment() {
    let firm = firm().await;
    firm.asks("Ledgers", Audience::Everyone, Some("2026-03-20")).await;
    let naomi = firm.secret(NAOMI).await;
    assert_eq!(firm.titles(&naomi).len(), 1);
    let tie: Membership = firm
        .office
        .all()
        .into_iter()
        .find(|tie: &Membership| tie.contact == firm.naomi.id)
        .unwrap();
    let closed = Areas { requests: false, ..Areas::ALL };
    firm.office.put(Membership { areas: closed, ..tie.clone() }).await;
    assert_eq!(firm.titles(&naomi).len(), 0);
    firm.office.put(tie.clone()).await;
    assert_eq!(firm.titles(&naomi).len(), 1);
    firm.office.put(Client { active: false, ..firm.client.clone() }).await;
    assert_eq!(firm.titles(&naomi).len(), 0);
    firm.office.put(firm.client.clone()).await;
    let since = firm.office.clock.now();
    firm.office.put(Membership { access: Access::Removed { since }, ..tie }).await;
    assert_eq!(firm.titles(&naomi).len(), 0);
    let refused = firm.account(NAOMI).await.make_calendar().await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn staff_read_what_they_asked_for_and_what_their_clients_are_asked() {
    let firm = firm().await;
    let rita = firm.office.staff("Rita Alder", "rita@firm.example", Role::Staff).await;
    let theirs = firm.office.client("Penrose LLP").await;
    let looked_after_by = Some(rita.id);
    firm.office.put(Client { looked_after_by, ..theirs.clone() }).await;
    firm.asks("Ledgers", Audience::Everyone, Some("2026-03-20")).await;
    firm.asks_of(&theirs, "Wages", Audience::Everyone, Some("2026-03-09")).await;
    firm.asks_of(&theirs, "Long ago", Audience::Everyone, Some("2025-03-09")).await;
    firm.asks_of(&theirs, "Without a day", Audience::Everyone, None).await;
    let (sam, rita) = (firm.secret(SAM).await, firm.secret("rita@firm.example").await);
    let of_rita = ["Wages (Penrose LLP)"];
    assert_eq!(firm.titles(&sam), [of_rita[0], r"Ledgers (Marlow\; Sons\, Ltd)"]);
    assert_eq!(firm.titles(&rita), of_rita);
    let links = |secret: &str| {
        let lines = firm.read(secret);
        lines
            .iter()
            .filter(|line| line.starts_with("URL"))
            .all(|l| l.contains("/console/requests/"))
    };
    assert!(links(&sam) && links(&rita));
}

#[tokio::test]
async fn staff_read_what_was_sent_back_in_part_and_not_what_waits_for_themselves() {
    let firm = firm().await;
    let progress = Progress { of: 2, to_review: 1, ..Progress::default() };
    let part = firm.asks("In part", Audience::Everyone, Some("2026-03-20")).await;
    let stage = Stage::InProgress { sent: part.made };
    firm.office.put(Request { stage, progress, ..part }).await;
    let whole = firm.asks("In full", Audience::Everyone, Some("2026-03-21")).await;
    let (sent, by) = (whole.made, Author::of_contact(&firm.naomi));
    let stage = Stage::HandedIn { sent, at: sent, by };
    firm.office.put(Request { stage, progress, ..whole }).await;
    let sam = firm.secret(SAM).await;
    assert_eq!(firm.titles(&sam), [r"In part (Marlow\; Sons\, Ltd)"]);
    let looked_after_by =
        Some(firm.office.staff("Rita", "rita@firm.example", Role::Staff).await.id);
    firm.office.put(Client { looked_after_by, ..firm.client.clone() }).await;
    let rita = firm.secret("rita@firm.example").await;
    assert_eq!(firm.titles(&rita), firm.titles(&sam), "from the moment on that they look after it");
}

#[tokio::test]
async fn an_entry_is_a_civil_day_with_everything_that_programs_want() {
    let firm = firm().await;
    let title = "Bilanz „Müller\", 2026; Teil \\1 – 税务申报表和收据以及其他所有文件与材料的完整清单请见附件";
    let request = firm.asks(title, Audience::Everyone, Some("2026-12-31")).await;
    let naomi = firm.secret(NAOMI).await;
    let feed = firm.office.guest.calendar(&naomi).unwrap();
    assert!(
        feed.text.starts_with("BEGIN:VCALENDAR\r\n") && feed.text.ends_with("END:VCALENDAR\r\n")
    );
    assert!(!feed.text.replace("\r\n", "").contains(['\r', '\n']));
    assert!(feed.text.split("\r\n").all(|line| line.len() <= 75), "{}", feed.text);
    let lines = firm.read(&naomi);
    let has = |line: &str| assert!(lines.iter().any(|l| l == line), "no {line} in {lines:#?}");
    has("VERSION:2.0");
    has("X-WR-CALNAME:To-do for Alder & Finch");
    has("NAME;VALUE=TEXT:To-do for Alder & Finch");
    has("REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    has("X-PUBLISHED-TTL:PT1H");
    has(&format!("UID:{}", request.id));
    has("DTSTART;VALUE=DATE:20261231");
    has("DTEND;VALUE=DATE:20270101");
    has("DTSTAMP:20260302T090001Z");
    has("LAST-MODIFIED:20260302T090001Z");
    has("SEQUENCE:0");
    has("TRANSP:TRANSPARENT");
    has(&format!("SUMMARY:{}", title.replace('\\', r"\\").replace(';', r"\;").replace(',', r"\,")));
    let path = format!("/p/{}/requests/{}", firm.client.id, request.id);
    has(&format!("URL:https://portal.alderfinch.example{path}"));
    firm.office.clock.advance(jiff::SignedDuration::from_hours(2));
    let changed = firm.office.clock.now();
    let due = Some(Day::parse("2027-01-15").unwrap());
    firm.office.put(Request { changed, due, ..request.clone() }).await;
    let (again, lines) = (firm.office.guest.calendar(&naomi).unwrap(), firm.read(&naomi));
    let has = |line: &str| assert!(lines.iter().any(|l| l == line), "no {line} in {lines:#?}");
    has(&format!("UID:{}", request.id));
    has("DTSTART;VALUE=DATE:20270115");
    has("SEQUENCE:7200");
    assert_ne!(feed.tag, again.tag);
    assert_eq!(again.tag, firm.office.guest.calendar(&naomi).unwrap().tag);
}

#[tokio::test]
async fn an_address_that_was_made_anew_or_ended_leads_nowhere() {
    let firm = firm().await;
    let first = firm.secret(NAOMI).await;
    let second = firm.secret(NAOMI).await;
    let gone = |secret: &str| matches!(firm.office.guest.calendar(secret), Err(Error::NotFound));
    assert!(gone(&first) && !gone(&second));
    let account = firm.account(NAOMI).await;
    account.end_calendar().await.unwrap();
    account.end_calendar().await.unwrap();
    assert!(gone(&second) && account.calendar().unwrap().is_none());
    assert!(gone("") && gone("nonsense"));
    let ended =
        firm.office.said().iter().filter(|what| what.starts_with("ended the secret")).count();
    assert_eq!(ended, 1);
}

#[tokio::test]
async fn the_store_holds_no_usable_secret() {
    let firm = firm().await;
    let secret = firm.secret(NAOMI).await;
    let kept: Vec<Calendar> = firm.office.all();
    let json = serde_json::to_string(&kept).unwrap();
    assert!(!json.contains(&secret));
    let bytes = Token::parse(&secret).unwrap();
    assert_eq!(kept[0].hash, bytes.hash());
    let said = firm.office.said().join("\n");
    assert!(said.contains("made a secret address") && !said.contains(&secret));
}

#[tokio::test]
async fn whoever_guesses_has_to_wait_and_hinders_nobody() {
    let firm = firm().await;
    let secret = firm.secret(NAOMI).await;
    let wrong = firm.secret(DANIEL).await;
    firm.account(DANIEL).await.end_calendar().await.unwrap();
    let mut answers = Vec::new();
    for _ in 0..61 {
        answers.push(firm.office.guest.calendar(&wrong).unwrap_err());
    }
    assert!(answers[..60].iter().all(|why| matches!(why, Error::NotFound)));
    assert!(matches!(answers[60], Error::TooMany { .. }), "{:?}", answers[60]);
    assert!(firm.office.guest.calendar(&secret).is_ok());
}

#[tokio::test]
async fn a_person_who_goes_takes_their_calendar_along() {
    let firm = firm().await;
    let rita = firm.office.staff("Rita Alder", "rita@firm.example", Role::Owner).await;
    let secrets = [firm.secret(NAOMI).await, firm.secret("rita@firm.example").await];
    let cookie = firm.office.log_in(SAM, PASSWORD).await.text();
    let console = || firm.office.guest.console(&cookie).unwrap();
    console().remove_contact(firm.client.id, firm.naomi.id, "once".into()).await.unwrap();
    console().owner().unwrap().remove_staff(rita.id).await.unwrap();
    for secret in secrets {
        assert!(matches!(firm.office.guest.calendar(&secret), Err(Error::NotFound)));
    }
    assert_eq!(firm.office.all::<Calendar>().len(), 0);
    assert_eq!(firm.office.system.check().unwrap().findings, []);
}
