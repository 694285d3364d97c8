//! Sharing: who sees a file, and inviting those who cannot yet with the same press.

use super::{add, files, id};
use crate::cast::{ALDER, BEN, MAYA, NOOR};
use crate::office::Office;
use crate::page::Page;

/// The dialog that shares a file.
pub(super) async fn share(office: &Office, list: &Page, name: &str) -> Page {
    let file = list.link(name);
    let ask = format!("{}/share?file={}&from=", files(office).await, id(&file));
    office.olive().get(&ask).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sharing_with_somebody_without_access_invites_them_with_one_tick() {
    let office = Office::founded().await;
    let list = add(&office, "", "Lease.txt").await;
    let dialog = share(&office, &list, "Lease.txt").await;
    dialog.assert_sees("Share Lease.txt").assert_sees("Firm only").assert_sees("cannot see it yet");
    dialog.assert_sees("Invite Maya Linden and Noor Haddad too");

    let typed = [("audience", "everyone"), ("invite", "yes")];
    let shared = office.olive().press(&dialog, "Save", &typed).await;
    shared.assert_sees("Shared with everyone at Alder Ltd").assert_sees("Everyone");
    shared.assert_sees("invites are in the outbox");
    let link = office.mail_to(MAYA.email).await.link();
    office.accept(office.maya(), &link, MAYA.password).await;
    let seen = office.maya().get(&files(&office).await.replace("/console/clients/", "/p/")).await;
    seen.assert_sees("Lease.txt");
    office.mail_to(NOOR.email).await.link();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_invite_it_is_kept_and_staff_are_told_who_cannot_see_it() {
    let office = Office::founded().await;
    let list = add(&office, "", "Lease.txt").await;
    let dialog = share(&office, &list, "Lease.txt").await;
    let shared = office.olive().press(&dialog, "Save", &[("audience", "everyone")]).await;
    shared.assert_sees("cannot see it yet").assert_sees("Everyone");
    office.has_no_mail_for(NOOR.email).await;
    let page = office.olive().click(&shared, "Lease.txt").await;
    page.assert_sees("Visible to everyone at Alder Ltd, because Olive Ortiz chose it on");
    page.assert_sees("cannot see it yet");

    office.let_in(NOOR, ALDER).await;
    let seen = office.noor().get(&files(&office).await.replace("/console/clients/", "/p/")).await;
    seen.assert_sees("Lease.txt");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shared_with_one_contact_is_not_seen_by_another_and_can_be_taken_back() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.let_in(NOOR, ALDER).await;
    office.let_in(BEN, crate::cast::BEECH).await;
    let list = add(&office, "", "Lease.txt").await;
    let dialog = share(&office, &list, "Lease.txt").await;
    dialog.assert_hides("cannot see it yet");
    let again = office.olive().press(&dialog, "Save", &[("audience", "named")]).await;
    again.assert_status(422).assert_says("Tick the contacts who are to see it");

    let maya = contact(&dialog, "Maya Linden");
    let typed = [("audience", "named"), ("contact", &*maya)];
    let shared = office.olive().press(&again, "Save", &typed).await;
    shared.assert_sees("Shared with Maya Linden");
    let portal = files(&office).await.replace("/console/clients/", "/p/");
    office.maya().get(&portal).await.assert_sees("Lease.txt");
    office.noor().get(&portal).await.assert_hides("Lease.txt");
    office.ben().get(&portal).await.assert_missing();

    let file = list.link("Lease.txt");
    office.maya().get(&format!("{portal}/{}/download", id(&file))).await.assert_status(200);
    let page = office.until(office.olive(), &file, "downloaded").await;
    page.assert_sees("Maya Linden");
    let dialog = share(&office, &list, "Lease.txt").await;
    office.olive().press(&dialog, "Save", &[("audience", "firm")]).await.assert_sees("Firm only");
    office.maya().get(&portal).await.assert_hides("Lease.txt");
    office.close().await;
}

/// The value of the tick beside a name.
pub(super) fn contact(dialog: &Page, name: &str) -> String {
    let html = dialog.html();
    let label = html.tags("label").find(|at| html.text(Some(*at)).contains(name)).unwrap();
    let tick = html.tags("input").find(|at| html.is_inside(*at, label)).unwrap();
    html[tick].attr("value").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_shared_with_all_that_is_in_it_and_what_comes_later() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let base = files(&office).await;
    let dialog = office.olive().get(&format!("{base}/new-folder")).await;
    let folder = office.olive().press(&dialog, "Make folder", &[("name", "2026")]).await;
    let folder_id = id(&folder.path).to_owned();
    add(&office, &folder_id, "Kiln.txt").await;
    let ask = office.olive().get(&format!("{base}/share?folder={folder_id}")).await;
    ask.assert_sees("Share the folder 2026").assert_sees("There is 1 file in it.");
    for _ in 0..2 {
        office.olive().press(&ask, "Save", &[("audience", "everyone")]).await.assert_status(200);
    }
    add(&office, &folder_id, "Later.txt").await.assert_sees("Everyone");
    let portal = folder.path.replace("/console/clients/", "/p/");
    let seen = office.maya().get(&portal).await;
    seen.assert_sees("Kiln.txt").assert_sees("Later.txt");
    office.close().await;
}
