//! Erasing a client for good.

use crate::cast::{ALDER, BEECH, MAYA, NOOR, TRUST};
use crate::office::Office;

/// An office where Alder Ltd has a file and is inactive.
async fn closed() -> (Office, String) {
    let office = Office::open().await;
    let alder = office.client_path(office.olive(), ALDER).await;
    let added = [("Secret ledger.txt", b"a canary in the bytes".as_slice())];
    office.olive().add_files(&format!("{alder}/files"), &[("audience", "everyone")], &added).await;
    let page = office.olive().get(&alder).await;
    office.olive().press(&page, "Make inactive", &[]).await.assert_says("inactive now");
    (office, alder)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_erases_a_client_and_nothing_of_it_is_left() {
    let (office, alder) = closed().await;
    let page = office.olive().get(&alder).await;
    let asks = office.olive().click(&page, "Erase the client for good").await;
    asks.assert_sees("One file (21 bytes)").assert_sees(&NOOR.name()).assert_sees(&MAYA.name());
    let again = office.olive().press(&asks, "Erase client", &[("name", "Alder")]).await;
    again.assert_status(422).assert_says("Type the name as it is written above");
    let done = office.olive().press(&again, "Erase client", &[("name", ALDER)]).await;
    done.assert_says("Alder Ltd is erased.").assert_sees(BEECH).assert_sees(TRUST);

    office.olive().get(&alder).await.assert_missing();
    office.olive().get(&format!("{alder}/files")).await.assert_missing();
    let activity = office.olive().get("/console/activity").await;
    activity.assert_sees("erased Alder Ltd and all of its files");
    // Maya is a contact of another client still; Noor was one of this client alone.
    office.maya().visit("/p").await.assert_sees(TRUST);
    office.noor().get("/p").await.assert_leads_to("/login");
    office.olive().get("/console/clients?find=noor").await.assert_sees("Nothing found");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_owner_erases_and_only_an_inactive_client() {
    let (office, alder) = closed().await;
    let erase = format!("{alder}/erase");
    office.sam().get(&erase).await.assert_status(403);
    office.sam().post(&erase, &[("name", ALDER)]).await.assert_status(403);
    assert!(!office.sam().get(&alder).await.offers("Erase the client for good"));
    let page = office.olive().get(&alder).await;
    office.olive().press(&page, "Make active", &[]).await.assert_says("active again");
    let refused = office.olive().post(&erase, &[("name", ALDER)]).await;
    refused.assert_status(409).assert_sees("Make it inactive first");
    office.olive().get(&alder).await.assert_sees(ALDER);
    office.close().await;
}
