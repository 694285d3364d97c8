//! The activity: who did what, when and from where.

use std::time::Duration;

use crate::cast::{ALDER, BEECH, MAYA};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn it_names_who_did_what_and_from_where() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;

    let page = office.olive().get("/console/activity").await;

    page.assert_sees("You added the client Alder Ltd").assert_says("127.0.1.11");
    page.assert_says("invited Maya Linden at maya@alder.example").assert_says("Maya Linden");
    page.assert_says("127.0.1.21");
    let times = page.html().tags("time").count();
    assert!(times > 5, "{times} times");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_narrowed_to_a_client_and_goes_on_page_by_page() {
    let office = Office::founded().await;
    office.advance(Duration::from_secs(1));
    let record = office.client_path(office.olive(), BEECH).await;
    for n in 0..60 {
        let path = format!("{record}/contacts/new");
        let page = office.olive().get(&path).await;
        let name = format!("Contact{n}x");
        office.olive().press(&page, "Add contact", &[("first", &name)]).await;
        office.advance(Duration::from_secs(1));
    }

    let newest = office.olive().get("/console/activity").await;

    newest.assert_sees("Contact59x").assert_hides("Contact0x");
    let older = office.olive().click(&newest, "Older").await;
    older.assert_sees("Contact0x").assert_hides("Contact59x").assert_says("set up Harbour & Hall");
    office.olive().click(&older, "Newest").await.assert_sees("Contact59x");
    let beech = office.olive().click(&newest, BEECH).await;
    beech.assert_sees("Only Beech Ltd").assert_hides(ALDER);
    let older = office.olive().click(&beech, "Older").await;
    older.assert_sees("added the client Beech Ltd").assert_hides(ALDER);
    office.olive().get("/console/activity?before=nonsense&client=x").await.assert_status(200);
    office.close().await;
}
