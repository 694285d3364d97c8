//! Follows every link and opens every form from home, as each of the cast: nothing is missing, nothing breaks, and
//! whatever people are called is printed as they wrote it.

use std::collections::{BTreeMap, VecDeque};

use crate::cast::{ALDER, FIRM};
use crate::office::Office;
use crate::page::Page;
use crate::person::Person;

/// More pages than the cast's firm has; a crawl that goes on for ever is a fault as well.
const MOST_PAGES: usize = 600;

/// Every page that can be reached from here by links and forms that only ask.
async fn crawl(who: &Person, home: &str) -> BTreeMap<String, Page> {
    let mut seen: BTreeMap<String, Page> = BTreeMap::new();
    let mut waiting = VecDeque::from([home.to_owned()]);
    while let Some(path) = waiting.pop_front() {
        if seen.contains_key(&path) || is_endless(&path) {
            continue;
        }
        assert!(seen.len() < MOST_PAGES, "there is no end to it: {:?}", seen.keys());
        let page = who.visit(&path).await;
        waiting.extend(page.links().into_iter().map(|link| without_fragment(&link)));
        waiting.extend(asking_forms(&page));
        seen.insert(path, page);
    }
    seen
}

/// Pages of the same list in another order lead to each other in every combination; two steps are enough.
fn is_endless(path: &str) -> bool {
    path.split_once('?').is_some_and(|(_, query)| query.matches('&').count() > 2)
}

fn without_fragment(link: &str) -> String {
    link.split('#').next().unwrap_or_default().to_owned()
}

/// Where the forms lead that ask for something and change nothing.
fn asking_forms(page: &Page) -> Vec<String> {
    let html = page.html();
    let asks = |at: &crate::html::At| html[*at].attr("method").is_none_or(|how| how == "get");
    let actions = html.tags("form").filter(asks).filter_map(|at| html[at].attr("action"));
    actions.filter(|action| action.starts_with('/')).map(|to| format!("{to}?find=a")).collect()
}

fn faults_of(pages: &BTreeMap<String, Page>) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, page) in pages {
        if page.status != 200 {
            faults.push(format!("{path} → {} {}", page.status, page.text()));
        }
        for fault in page.html().faults() {
            faults.push(format!("{path}: {fault}"));
        }
        if page.text().contains("undefined") {
            faults.push(format!("{path} says undefined"));
        }
    }
    faults
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_follow_every_link_they_see() {
    let office = Office::open().await;
    let nobody = office.nobody();
    for (who, home, least) in [
        (office.olive(), "/console", 20),
        (office.rita(), "/console", 15),
        (office.sam(), "/console", 15),
        (office.maya(), "/p", 6),
        (office.noor(), "/p", 5),
        (office.ben(), "/p", 5),
        (&nobody, "/login", 3),
    ] {
        let pages = crawl(who, home).await;

        let faults = faults_of(&pages);
        assert!(faults.is_empty(), "{home} as {who:?}:\n{}", faults.join("\n"));
        assert!(pages.len() >= least, "{home} leads to {:?} only", pages.keys());
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_see_nothing_of_other_clients() {
    let office = Office::open().await;
    for (who, hidden) in [
        (office.ben(), ["Alder", "Linden", "Maya", "Noor"]),
        (office.noor(), ["Beech", "Ben Okafor", "Linden Family", "Okafor"]),
    ] {
        for (path, page) in crawl(who, "/p").await {
            for word in hidden {
                assert!(!page.text().contains(word), "{path} says {word}: {}", page.text());
            }
        }
    }
    office.close().await;
}

/// Names that break what is careless.
const ODD: [&str; 5] = [
    "<script>alert(7)</script>",
    "{{7*7}} ${7*7} {%raw%}",
    "שלום עולם مرحبا",
    "\"Quote\" & 'Co' 🙂👩‍👩‍👧",
    "Wolfeschlegelsteinhausenbergerdorff and Partners and Sons and Daughters and all of their Cousins",
];

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_are_printed_as_they_were_written() {
    let office = Office::open().await;
    for (n, odd) in ODD.iter().enumerate() {
        let new = office.olive().get("/console/clients/new").await;
        let email = format!("odd{n}@odd.example");
        let first: String = odd.chars().take(60).collect();
        let typed = [
            ("name", *odd),
            ("notes", *odd),
            ("tags", "<b>tag</b>"),
            ("first", &*first),
            ("last", "Odd"),
            ("role", "<i>Role</i>"),
            ("email", &*email),
        ];
        let mut form = new.fill("Add client", &typed);
        form.fields.retain(|(name, _)| name != "invite");
        let answer = office.olive().submit(&form).await;
        answer.assert_leads_to("/console/clients/");
        let page = office.olive().follow(answer).await;
        let name = odd.split_whitespace().collect::<Vec<_>>().join(" ");
        page.assert_sees(&name);
        let dialog = office.olive().click(&page, "Send invite for").await;
        let typed = [("message", "<img src=x onerror=alert(7)> {{client.name}}")];
        office.olive().press(&dialog, "Send invite", &typed).await.assert_sees("outbox");
        let mail = office.mail_to(&email).await;
        assert!(!mail.html_part().contains("<script>") && !mail.html_part().contains("<img src=x"));
        let subject = mail.header("Subject").unwrap();
        assert!(subject.contains(FIRM) && !subject.contains('\n'), "{subject}");
        let page = office.nobody().visit(&mail.link()).await;
        page.assert_sees(&name);
    }

    let pages = crawl(office.olive(), "/console").await;

    let mut faults = faults_of(&pages);
    for (path, page) in &pages {
        for unescaped in ["<script>alert", "<b>tag", "<i>Role", "<img src=x"] {
            if page.body().contains(unescaped) {
                faults.push(format!("{path} has {unescaped} unescaped"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    office.contacts(ALDER).await.assert_status(200);
    office.close().await;
}
