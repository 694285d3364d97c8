//! The portal's frame: Home, To-do, Files, and going from one client to another.

use crate::cast::{ALDER, FIRM, MAYA, RITA, TRUST};
use crate::office::Office;
use crate::page::Page;

/// A page, reached from another page of the site.
async fn from(office: &Office, path: &str, before: &str) -> Page {
    let referer = format!("{}{before}", office.origin());
    office.maya().send_with("GET", path, &[], &[("Referer", &referer)]).await
}

/// Maya with both of her clients, and the paths of their portals.
async fn maya_with_two(office: &Office) -> [String; 2] {
    let mut homes = Vec::new();
    for client in [ALDER, TRUST] {
        let record = office.client_path(office.olive(), client).await;
        homes.push(format!("/p/{}", record.rsplit('/').next().unwrap()));
    }
    office.let_in(MAYA, ALDER).await;
    office.let_in(MAYA, TRUST).await;
    homes.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn home_greets_and_says_what_waits_and_there_are_three_tabs() {
    let office = Office::founded().await;
    let home = office.let_in(MAYA, ALDER).await;

    home.assert_sees("Good morning, Maya").assert_says("You are up to date");
    home.assert_says("Recent files").assert_says("No files yet").assert_says(ALDER);
    home.assert_hides("Billing").assert_hides("Anteroom").assert_hides("You are now looking at");
    let tabs: Vec<String> = ["Home", "To-do", "Files"].map(|tab| home.link(tab)).into();
    assert_eq!(tabs[1..], [format!("{}/todo", tabs[0]), format!("{}/files", tabs[0])]);
    let todo = office.maya().get(&tabs[1]).await;
    todo.assert_sees("You are up to date").assert_says(FIRM);
    office.maya().get(&tabs[2]).await.assert_sees("What you and Harbour & Hall share");
    office.maya().get("/p").await.assert_leads_to(&tabs[0]);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn home_says_who_looks_after_the_client() {
    let office = Office::open().await;
    let record = office.client_path(office.olive(), ALDER).await;
    let edit = office.olive().get(&format!("{record}/edit")).await;
    let rita = edit.option(&RITA.name());
    office.noor().visit("/p").await.assert_sees("Write to Olive");

    office.olive().press(&edit, "Save client", &[("looked_after_by", &rita)]).await;

    let home = office.noor().visit("/p").await;
    home.assert_sees("Rita Sandoval").assert_says("When Rita needs something");
    assert_eq!(home.link("Write to Rita"), "mailto:rita@firm.example");
    let edit = office.olive().get(&format!("{record}/edit")).await;
    office.olive().press(&edit, "Save client", &[("looked_after_by", "")]).await;
    let home = office.noor().visit("/p").await;
    home.assert_sees("Everybody at Harbour & Hall can help you").assert_hides(RITA.first);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_of_two_clients_chooses_and_is_told_when_a_link_switched() {
    let office = Office::founded().await;
    let [alder, trust] = maya_with_two(&office).await;
    let told = |name: &str| format!("You are now looking at {name}.");

    let choose = office.maya().visit("/p").await;

    choose.assert_sees("Where would you like to go?");
    assert_eq!((choose.path.as_str(), choose.link(ALDER)), ("/p/choose", alder.clone()));
    // From a mail, and from a page of the other client.
    office.maya().get(&format!("{alder}/todo")).await.assert_sees(&told(ALDER));
    from(&office, &trust, &format!("{alder}/files")).await.assert_sees(&told(TRUST));
    // Whoever stays, or has just chosen, knows.
    from(&office, &trust, &format!("{trust}/todo")).await.assert_hides(&told(TRUST));
    from(&office, &trust, "/p/choose").await.assert_hides(&told(TRUST));
    let both = office.maya().get("/p/todo").await;
    both.assert_sees("You are up to date").assert_says(ALDER).assert_says(TRUST);
    assert_eq!(both.link(ALDER), alder, "the switcher is on every page");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_nothing_open_is_told_so_and_whom_to_ask() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let record = office.client_path(office.olive(), ALDER).await;
    let page = office.olive().get(&record).await;
    office.olive().press(&page, "Make inactive", &[]).await.assert_status(200);

    let page = office.maya().visit("/p").await;

    page.assert_sees("There is nothing open for you at present").assert_says("Ask Harbour & Hall");
    page.assert_hides(ALDER);
    assert!(page.offers("Log out"));
    let record = record.rsplit('/').next().unwrap().to_owned();
    office.maya().get(&format!("/p/{record}/files")).await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_s_stale_tab_does_not_overwrite_what_the_firm_changed() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let stale = office.maya().get("/p/settings").await;
    let contacts = office.contacts(ALDER).await;
    let edit = office.olive().click(&contacts, "Edit contact Maya Linden").await;
    office.olive().press(&edit, "Save contact", &[("last", "Linden-Roe")]).await;

    let told = office.maya().press(&stale, "Save", &[("first", "May")]).await;

    told.assert_status(422).assert_says("Somebody else changed this");
    assert_eq!(told.value("first"), "May");
    office.contacts(ALDER).await.assert_sees("Maya Linden-Roe");
    office.maya().press(&told, "Save", &[("last", "Linden-Roe")]).await.assert_sees("Saved.");
    office.contacts(ALDER).await.assert_sees("May Linden-Roe");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_phone_number_is_dropped_silently() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let numbers: Vec<String> = (0..21).map(|n| format!("+1 212 555 01{n:02}")).collect();
    let mut typed = vec![("first", MAYA.first), ("last", MAYA.last)];
    typed.extend(numbers.iter().map(|number| ("phone", number.as_str())));
    typed.extend(numbers.iter().map(|_| ("phone_kind", "work")));

    let told = office.maya().post("/p/settings", &typed).await;

    told.assert_status(422).assert_says("There is room for 20 numbers");
    assert!(told.body().contains(&numbers[20]), "what was typed is kept");
    typed.retain(|field| *field != ("phone", &*numbers[20]));
    let saved = office.maya().post("/p/settings", &typed).await;
    office.maya().follow(saved).await.assert_sees("Saved.");
    office.close().await;
}
