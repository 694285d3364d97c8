//! Erasing a client for good.

use std::fs;
use std::time::Duration;

use crate::cast::{ALDER, BEECH, MAYA, NOOR, TRUST};
use crate::cli::{anteroom, told};
use crate::office::Office;

/// An office where Alder Ltd has files, with a picture that was looked at, and is inactive; so has the trust.
async fn closed() -> (Office, String) {
    let office = Office::open().await;
    let alder = office.client_path(office.olive(), ALDER).await;
    let added = [("Secret ledger.txt", b"a canary in the bytes".as_slice())];
    let everyone = [("audience", "everyone")];
    let files = format!("{alder}/files");
    let answer = office.olive().add_files(&files, &everyone, &added).await;
    let list = office.olive().follow(answer).await;
    let file = office.olive().click(&list, "Secret ledger.txt").await;
    file.assert_sees("a canary in the bytes");
    let page = office.olive().get(&alder).await;
    office.olive().press(&page, "Make inactive", &[]).await.assert_says("inactive now");
    (office, alder)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_erases_a_client_and_only_the_activity_remembers_it() {
    let (office, alder) = closed().await;
    let page = office.olive().get(&alder).await;
    let asks = office.olive().click(&page, "Erase the client for good").await;
    asks.assert_sees("One file (21 bytes)").assert_sees(&NOOR.name()).assert_sees(&MAYA.name());
    asks.assert_says("The activity keeps what was done, with names");
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
    // Nothing is amiss for whoever looks right now.
    let (ended, report, _) = told(&anteroom("check", &office.data()).output().unwrap());
    assert_eq!(ended, 0, "{report}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_key_of_the_files_goes_the_one_that_unwraps_what_is_left_of_it() {
    let (office, alder) = closed().await;
    let beech = office.client_path(office.olive(), BEECH).await;
    let added = [("Rota.txt", b"who is in".as_slice())];
    let files = format!("{beech}/files");
    let list = office.olive().add_files(&files, &[("audience", "firm")], &added).await;
    let rota = office.olive().follow(list).await.link("Rota.txt");
    let key = || fs::read(office.data().join("keys/master.key")).unwrap();
    let before = key();

    office.olive().post(&format!("{alder}/erase"), &[("name", ALDER)]).await.assert_status(303);

    let log = office.until(office.olive(), "/console/activity", "changed the master key").await;
    log.assert_says("The server changed the master key; that of 1 client was wrapped anew");
    assert_ne!(key(), before);
    let keys = fs::read_dir(office.data().join("keys")).unwrap().map(|key| key.unwrap().path());
    for kept in keys.filter(|path| path.is_file()) {
        assert_ne!(fs::read(&kept).unwrap(), before, "{kept:?}");
    }
    let got = office.olive().get(&format!("{rota}/download")).await;
    assert_eq!(got.body(), "who is in", "nobody else's files have changed");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_name_the_client_or_its_files_go_with_it() {
    let office = Office::open().await;
    let alder = office.client_path(office.olive(), ALDER).await;
    let portal = alder.replace("/console/clients/", "/p/");
    office.maya().add_files(&format!("{portal}/files"), &[], &[("Slip.txt", b"a slip")]).await;
    let files = format!("{alder}/files");
    let added = [("Lease.txt", b"a lease".as_slice())];
    office.olive().add_files(&files, &[("audience", "everyone")], &added).await;
    office.advance(Duration::from_secs(10 * 60));
    office.mail_to("maya").await;
    office.mail_to("noor").await;
    office.mail_to("olive").await;
    let outbox = "/console/outbox";
    office
        .until(office.olive(), outbox, "new upload from Alder")
        .await
        .assert_says("1 new file from");
    let page = office.olive().get(&alder).await;
    office.olive().press(&page, "Make inactive", &[]).await.assert_says("inactive now");

    let asks = office.olive().get(&format!("{alder}/erase")).await;
    office.olive().press(&asks, "Erase client", &[("name", ALDER)]).await.assert_says("is erased");

    let left = office.olive().get(outbox).await;
    left.assert_hides("Alder").assert_hides("new file").assert_hides("new upload");
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
    refused.assert_status(409).assert_says("Make it inactive first");
    office.olive().get(&alder).await.assert_sees(ALDER);
    office.close().await;
}
