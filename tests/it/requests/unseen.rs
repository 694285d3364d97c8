//! Requests that nobody can see yet: each page that shows one says so, and how to help.

use super::{path_of, ready};
use crate::cast::{ALDER, MAYA};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_see_yet_is_marked_wherever_it_is_listed() {
    let office = Office::founded().await;
    let olive = office.olive();
    let page = ready(&office, ALDER, "Bank details", "Which bank?").await;
    let typed = [("due", "2199-01-31")];
    let sent = olive.press(&page, "Send without inviting", &[]).await;
    let dialog = olive.click(&sent, "Move the due date").await;
    let sent = olive.press(&dialog, "Save", &typed).await;

    sent.assert_says("Nobody at Alder Ltd can see this yet");
    sent.assert_says("None is sent before somebody can see it");
    assert!(sent.offers("Invite contacts"));
    for path in ["/console/requests", "/console/requests?view=list"] {
        olive.get(path).await.assert_says("Nobody sees it yet");
    }

    office.let_in(MAYA, ALDER).await;
    let shown = olive.get(&path_of(&sent)).await;
    shown.assert_hides("can see this yet").assert_hides("None is sent before");
    olive.get("/console/requests").await.assert_hides("Nobody sees it yet");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_only_take_forms_lead_back_to_the_request() {
    let office = Office::founded().await;
    let olive = office.olive();
    let request = path_of(&ready(&office, ALDER, "Bank details", "Which bank?").await);
    for verb in ["accept", "complete", "reopen", "pause", "remind", "skip", "take-back", "comments"]
    {
        let page = olive.get(&format!("{request}/{verb}")).await;
        page.assert_leads_to(&request);
    }
    office.close().await;
}
