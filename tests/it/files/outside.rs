//! Those who are to see something and have no access: they are named, invited with one tick, or told of.

use super::sharing::{contact, share};
use super::{LEASE, add, files, id};
use crate::cast::{ALDER, MAYA, NOOR};
use crate::office::Office;
use crate::page::Page;

#[tokio::test(flavor = "multi_thread")]
async fn who_is_ticked_without_access_is_named_before_anything_is_shared() {
    let office = Office::founded().await;
    let list = add(&office, "", "Lease.txt").await;
    let dialog = share(&office, &list, "Lease.txt").await;
    let maya = contact(&dialog, "Maya Linden");
    let typed = [("audience", "named"), ("contact", &*maya)];

    let asks = office.olive().press_only(&dialog, "Save", &typed).await;

    asks.assert_status(200).assert_says("Maya Linden cannot see it yet: was not invited yet.");
    asks.assert_sees("Invite Maya Linden too").assert_hides("Invite Noor");
    office.olive().get(&files(&office).await).await.assert_sees("Firm only");
    let shared = office.olive().press(&asks, "Save", &[("invite", "yes")]).await;
    shared.assert_sees("Shared with Maya Linden").assert_sees("is in the outbox");
    office.mail_to(MAYA.email).await.link();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_declines_shares_it_all_the_same_and_is_told_who_cannot_see_it() {
    let office = Office::founded().await;
    let list = add(&office, "", "Lease.txt").await;
    let dialog = share(&office, &list, "Lease.txt").await;
    let maya = contact(&dialog, "Maya Linden");
    let asks =
        office.olive().press(&dialog, "Save", &[("audience", "named"), ("contact", &*maya)]).await;

    let shared = office.olive().press(&asks, "Save", &[]).await;

    shared.assert_sees("Shared with Maya Linden").assert_sees("Maya Linden cannot see it yet");
    office.has_no_mail_for(MAYA.email).await;
    let again = share(&office, &list, "Lease.txt").await;
    again.assert_says("Maya Linden cannot see it yet");
    office.olive().press_only(&again, "Save", &[]).await.assert_status(303);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_address_can_be_given_one_from_the_dialog() {
    let office = Office::founded().await;
    office.add_contact(ALDER, &[("first", "Grace"), ("last", "Ayo")]).await;
    let list = add(&office, "", "Lease.txt").await;
    let dialog = share(&office, &list, "Lease.txt").await;
    dialog.assert_says("Grace Ayo has no e-mail address yet. Add one");
    let asked = office.olive().click(&dialog, "Add one").await;
    asked.assert_status(200).assert_sees("Grace");

    let grace = contact(&dialog, "Grace Ayo");
    let typed = [("audience", "named"), ("contact", &*grace)];
    let asks = office.olive().press_only(&dialog, "Save", &typed).await;
    asks.assert_status(200).assert_says("Grace Ayo cannot see it yet");
    office.olive().click(&asks, "Add an e-mail address").await.assert_sees("Grace");
    let shared = office.olive().press(&asks, "Save", &[("invite", "yes")]).await;
    shared.assert_sees("Shared with Grace Ayo").assert_sees("cannot see it yet");
    office.close().await;
}

async fn add_with(office: &Office, more: &[(&str, &str)]) -> Page {
    let fields = [&[("folder", ""), ("audience", "everyone")], more].concat();
    let answer =
        office.olive().add_files(&files(office).await, &fields, &[("Lease.txt", LEASE)]).await;
    answer.assert_status(303);
    office.olive().follow(answer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_that_adds_files_invites_those_who_are_to_see_them() {
    let office = Office::founded().await;
    let form = office.olive().get(&format!("{}/add", files(&office).await)).await;
    form.assert_says("Maya Linden and Noor Haddad cannot see it yet");
    form.assert_sees("Invite Maya Linden and Noor Haddad too");

    let list = add_with(&office, &[("invite", "yes")]).await;

    list.assert_sees("1 file was added. 2 invites are in the outbox");
    list.assert_says("Maya Linden and Noor Haddad cannot see it yet");
    assert!(!list.offers("Invite them"), "they were");
    for who in [MAYA, NOOR] {
        office.mail_to(who.email).await.link();
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_were_added_for_people_without_access_lead_to_the_invites() {
    let office = Office::founded().await;
    let list = add_with(&office, &[]).await;
    list.assert_says("Maya Linden and Noor Haddad cannot see it yet");
    let script = list.path.replace("told=", "added=");
    office.olive().get(&script).await.assert_says("1 file was added.");
    let page = office.olive().click(&list, "Lease.txt").await;
    page.assert_says("cannot see it yet").assert_says("Invite them");

    let dialog = office.olive().click(&list, "Invite them").await;

    dialog.assert_sees("Share Lease.txt");
    let shared = office.olive().press(&dialog, "Save", &[]).await;
    shared.assert_sees("2 invites are in the outbox").assert_hides("cannot see it yet");
    for who in [MAYA, NOOR] {
        office.mail_to(who.email).await.link();
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_sent_in_pieces_invite_each_of_them_once() {
    let office = Office::founded().await;
    let uploads = files(&office).await.replace("/files", "/uploads");
    for name in ["One.txt", "Two.txt"] {
        let typed = [("name", name), ("bytes", "3"), ("audience", "everyone"), ("invite", "yes")];
        office.olive().post(&uploads, &typed).await.assert_status(201);
    }
    for who in [MAYA, NOOR] {
        office.mail_to(who.email).await.link();
    }
    office.has_no_mail_for(MAYA.email).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_for_everyone_says_who_cannot_see_what_is_dropped_into_it() {
    let office = Office::founded().await;
    let base = files(&office).await;
    let dialog = office.olive().get(&format!("{base}/new-folder")).await;
    let folder = office.olive().press(&dialog, "Make folder", &[("name", "2026")]).await;
    folder.assert_hides("cannot see what you add here yet");
    let ask = format!("{base}/share?folder={}", id(&folder.path));
    let ask = office.olive().get(&ask).await;
    office.olive().press(&ask, "Save", &[("audience", "everyone")]).await;
    let page = office.olive().get(&folder.path).await;
    page.assert_says("Maya Linden and Noor Haddad cannot see what you add here yet.");
    office.olive().click(&page, "Invite them").await.assert_sees("Maya Linden");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_says_who_sees_what_is_in_it_and_sharing_it_takes_nothing_back_unasked() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let base = files(&office).await;
    let dialog = office.olive().get(&format!("{base}/new-folder")).await;
    let folder = office.olive().press(&dialog, "Make folder", &[("name", "2026")]).await;
    let folder = id(&folder.path);
    let row = || async { office.olive().get(&base).await };
    row().await.assert_says("Firm only. Nothing is in it yet. What staff add here is seen so.");
    let ask = format!("{base}/share?folder={folder}");

    let fields = [("folder", folder), ("audience", "everyone")];
    office.olive().add_files(&base, &fields, &[("Kiln.txt", LEASE)]).await.assert_status(303);

    row().await.assert_says("1 file Everyone");
    let dialog = office.olive().get(&ask).await;
    assert_eq!(audience(&dialog), "everyone", "as it is");

    add(&office, folder, "Inside.txt").await;
    row().await.assert_says("Varies. In it: Firm only and Everyone");
    let dialog = office.olive().get(&ask).await;
    dialog
        .assert_says("There are 2 files in it, not all seen by the same: Firm only and Everyone.");
    assert_eq!(audience(&dialog), "", "nothing is chosen that would change who sees them");
    office.olive().press(&dialog, "Save", &[]).await.assert_status(422);
    office.close().await;
}

/// What is chosen in the dialog.
fn audience(dialog: &Page) -> String {
    let fields = dialog.fill("Save", &[]).fields;
    fields
        .into_iter()
        .find(|(name, _)| name == "audience")
        .map(|(_, value)| value)
        .unwrap_or_default()
}
