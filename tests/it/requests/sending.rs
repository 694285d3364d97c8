//! Sending: whoever cannot see it yet is named, and can be invited with the same press. Without it nothing is lost.

use super::{path_of, ready};
use crate::cast::{ALDER, MAYA, NOOR};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn sending_to_those_without_access_invites_them_in_the_same_step() {
    let office = Office::founded().await;
    let olive = office.olive();
    let page = ready(&office, ALDER, "Bank details", "Which bank?").await;
    page.assert_says("Maya Linden and Noor Haddad cannot see it yet");

    let sent = olive.press(&page, "Send and invite 2", &[]).await;

    sent.assert_sees("“Bank details” was sent to everyone at Alder Ltd");
    sent.assert_says("2 invites are in the outbox");
    let link = office.mail_to(MAYA.email).await.link();
    office.accept(office.maya(), &link, MAYA.password).await;
    let client = office.portal_path(ALDER).await;
    office.maya().get(&format!("{client}/todo")).await.assert_sees("Bank details");
    office.mail_to(NOOR.email).await.link();
    let again = olive.get(&format!("{}/send", path_of(&sent))).await;
    assert_eq!(again.status, 303);
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_invite_it_is_sent_and_staff_are_told_who_cannot_see_it() {
    let office = Office::founded().await;
    let olive = office.olive();
    let page = ready(&office, ALDER, "Bank details", "Which bank?").await;
    let sent = olive.press(&page, "Send without inviting", &[]).await;
    sent.assert_says("Maya Linden and Noor Haddad cannot see it yet").assert_says("Sent");
    office.has_no_mail_for(NOOR.email).await;
    let shown = olive.get(&path_of(&sent)).await;
    shown.assert_says("was not invited yet");
    assert!(shown.offers("Invite Noor Haddad"));

    office.let_in(NOOR, ALDER).await;
    let client = office.portal_path(ALDER).await;
    office.noor().get(&format!("{client}/todo")).await.assert_sees("Bank details");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn separately_each_has_one_of_their_own() {
    let office = Office::open().await;
    let olive = office.olive();
    let page = ready(&office, ALDER, "Your passport", "Its number").await;
    let sent = olive.press(&page, "Send", &[("how", "each")]).await;
    sent.assert_says("each separately");
    let client = office.portal_path(ALDER).await;
    let maya = office.maya().get(&format!("{client}/todo")).await;
    let noor = office.noor().get(&format!("{client}/todo")).await;
    let (hers, other) = (maya.link("Your passport"), noor.link("Your passport"));
    assert_ne!(hers, other);
    office.noor().get(&hers).await.assert_missing();
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_access_was_removed_is_not_invited_by_sending_something() {
    let office = Office::open().await;
    let olive = office.olive();
    office.remove_access(NOOR, ALDER).await;
    office.mails_are_read().await;

    let page = ready(&office, ALDER, "Bank details", "Which bank?").await;
    page.assert_says("sending does not invite them");
    assert!(!page.offers("Send and invite") && page.offers("Invite Noor Haddad"));
    // Not even if the page was loaded before her access was removed.
    let fields = [("action", "invite"), ("how", "all")];
    let sent = olive.post(&format!("{}/send", path_of(&page)), &fields).await;
    let sent = olive.follow(sent).await;

    sent.assert_says("Noor Haddad cannot see it yet: has no access any more");
    office.has_no_mail_for(NOOR.email).await;
    office.close_with_mails_read().await;
}
