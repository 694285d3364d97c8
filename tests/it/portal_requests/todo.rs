//! The To-do list: of one client, of all clients, in the navigation and on Home.

use super::{Asked, Wanted, item};
use crate::cast::{ALDER, BEECH, MAYA, TRUST};
use crate::office::Office;

/// Everyone is asked one question.
async fn asks<'o>(office: &'o Office, client: &str, title: &str, due: &str) -> Asked<'o> {
    let items = [item("short", "Which month?")];
    Asked::of(office, client, Wanted { title, due, named: &[], items: &items }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_comes_soonest_first_and_says_what_is_overdue() {
    let office = Office::open().await;
    // It is 2 March.
    asks(&office, ALDER, "No date", "").await;
    asks(&office, ALDER, "Much later", "2026-06-30").await;
    asks(&office, ALDER, "This week", "2026-03-06").await;
    let first = asks(&office, ALDER, "Today", "2026-03-02").await;
    asks(&office, BEECH, "Of somebody else", "2026-03-03").await;
    office.days_later(2, &[MAYA]).await;

    let list = format!("{}/todo", first.portal);
    let page = office.maya().visit(&list).await;

    let text = page.text();
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    let order = [
        "Overdue Today",
        "Overdue since Mon, Mar 2",
        "Due soon",
        "This week",
        "Later",
        "Much later",
        "No date",
    ];
    for pair in order.windows(2) {
        assert!(at(pair[0]) < at(pair[1]), "{pair:?}: {text}");
    }
    page.assert_says("0 of 1 done").assert_says("asked by Olive Ortiz");
    page.assert_says("4 open").assert_hides("Of somebody else").assert_hides("You are up to date");
    let home = office.maya().visit(&first.portal).await;
    home.assert_sees("Next for you").assert_says("Today").assert_says("This week");
    home.assert_says("Much later").assert_says("1 more").assert_hides("No date");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_says_so_and_what_is_done_stands_below() {
    let office = Office::open().await;
    let asked = Asked::all(&office, ALDER, "Lease", &[item("short", "Until when?")]).await;
    let list = format!("{}/todo", asked.portal);
    let page = asked.page(office.noor()).await;
    let page = office.noor().press(&page, "Send to", &[(&asked.field(0), "2030")]).await;
    page.assert_sees("has what you sent");

    let page = office.maya().visit(&list).await;

    page.assert_sees("You are up to date").assert_says("Handed in").assert_says("Lease");
    page.assert_hides("Completed");
    page.assert_says("sent by Noor Haddad").assert_hides(" open");
    asked.accept().await;
    let page = office.maya().visit(&list).await;
    page.assert_sees("by Olive Ortiz on March 2")
        .assert_says("Completed")
        .assert_hides("Handed in");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_of_two_clients_sees_all_of_both_and_each_link_opens_its_own() {
    let office = Office::open().await;
    let alder = asks(&office, ALDER, "Alder's year", "2026-03-20").await;
    let trust = asks(&office, TRUST, "The trust's year", "2026-03-10").await;
    office.maya().get(&alder.portal).await.assert_status(200);

    let all = office.maya().visit("/p/todo").await;

    all.assert_sees("Alder's year").assert_says("The trust's year");
    all.assert_says(&format!("needs from you for {ALDER} and {TRUST}."));
    // The way on is at the foot of a phone too.
    assert!(all.links().contains(&"/p/choose".to_owned()), "{:?}", all.links());
    assert!(all.links().contains(&"/p/todo".to_owned()), "{:?}", all.links());
    all.assert_says("2 open");
    let text = all.text();
    assert!(text.find("The trust's year") < text.find("Alder's year"), "{text}");
    assert_eq!(all.link("The trust's year"), trust.path);
    assert_eq!(all.link("Alder's year"), alder.path);
    let page = office.maya().click(&all, "The trust's year").await;
    page.assert_sees("The trust's year").assert_says(TRUST);
    office.maya().get(&format!("{}/todo", alder.portal)).await.assert_hides("The trust's year");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_a_mail_leads_through_log_in_to_the_right_client() {
    let office = Office::open().await;
    let alder = asks(&office, ALDER, "Alder's year", "2026-03-20").await;
    let trust = asks(&office, TRUST, "The trust's year", "2026-03-10").await;
    // In one browser she looks at Alder already.
    office.maya().get(&format!("{}/todo", alder.portal)).await.assert_status(200);
    let page = office.maya().visit(&trust.path).await;
    page.assert_sees("The trust's year").assert_says("You are viewing Linden");

    let phone = office.maya().other_browser();
    let login = phone.visit(&trust.path).await;
    assert!(login.path.starts_with("/login?then="), "{}", login.path);
    let typed = [("email", MAYA.email), ("password", MAYA.password)];
    let page = phone.press(&login, "Log in", &typed).await;

    assert_eq!(page.path, trust.path);
    page.assert_sees("The trust's year");
    office.close_with_mails_read().await;
}
