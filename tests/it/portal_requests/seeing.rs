//! Who sees a request: nobody but those who are asked, by no list, count, address or form; and staff who look as a contact
//! change nothing.

use std::time::Duration;

use super::{Asked, Wanted, item};
use crate::cast::{ALDER, MAYA, NOOR};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_contact_is_asked_is_not_there_for_another() {
    let office = Office::open().await;
    let items = [item("short", "What do you earn?"), item("file", "Payslips")];
    let wanted =
        Wanted { title: "Maya's salary", due: "2026-03-20", named: &[MAYA], items: &items };
    let asked = Asked::of(&office, ALDER, wanted).await;
    let page = asked.page(office.maya()).await;
    let form = page.fill("Send message", &[("say", "Is this secret?")]);
    let file = asked.file_field(1);
    let say = crate::page::Filled { action: format!("{}/comments", asked.path), ..form };
    let files: &[(&str, &str, &[u8])] =
        &[(&file, "Payslip.txt", b"a lot"), ("with", "Aside.txt", b"psst")];
    office.maya().submit_with(&say, files).await.assert_status(303);
    let page = asked.page(office.maya()).await;
    page.assert_says("Is this secret?").assert_says("Payslip.txt").assert_says("Aside.txt");
    let (payslip, aside) = (page.link("Payslip.txt"), page.link("Aside.txt"));

    for who in [office.noor(), office.ben()] {
        who.get(&asked.path).await.assert_missing();
        who.head(&asked.path).await.assert_status(404);
        who.get(&format!("{}/receipt", asked.path)).await.assert_missing();
        who.get(&format!("{}/receipt/text", asked.path)).await.assert_missing();
        who.get(&payslip).await.assert_missing();
        who.get(&aside).await.assert_missing();
        for below in ["", "/hand-in", "/done", "/comments"] {
            let form = crate::page::Filled {
                action: format!("{}{below}", asked.path),
                fields: say.fields.clone(),
                ..say
            };
            who.submit(&form).await.assert_missing();
        }
        asked.autosave(who, &page, 0, "Nothing").await.assert_status(404);
        let live = format!("{}/live?request={}", asked.portal, asked.id());
        who.get(&live).await.assert_missing();
    }
    for path in ["/todo", "", "/files", "/files?find=payslip"] {
        let page = office.noor().visit(&format!("{}{path}", asked.portal)).await;
        page.assert_hides("salary")
            .assert_hides("Payslip.txt")
            .assert_hides("Aside")
            .assert_hides(" open");
    }
    let all = office.noor().visit("/p/todo").await;
    all.assert_sees("You are up to date").assert_hides("salary");
    // Nor under another client's address, for whoever may see both.
    let trust = office.portal_path(crate::cast::TRUST).await;
    let elsewhere = asked.path.replace(&asked.portal, &trust);
    office.maya().get(&elsewhere).await.assert_missing();
    office.advance(Duration::from_secs(150)); // what is asked is told after two minutes
    office.has_no_mail_for("noor").await;
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_nobodys_but_the_firms() {
    let office = Office::open().await;
    let client = office.client_id(ALDER).await;
    let new = office.olive().get(&format!("/console/requests/new?client={client}")).await;
    let form = [("client", &*client), ("from", "blank"), ("once", &new.value("once"))];
    let made = office.olive().post("/console/requests/new", &form).await;
    let id = made.location().split('/').nth(3).unwrap().to_owned();

    office.maya().get(&format!("/p/{client}/requests/{id}")).await.assert_missing();
    office.maya().visit(&format!("/p/{client}/todo")).await.assert_sees("You are up to date");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_who_look_as_a_contact_read_everything_and_change_nothing() {
    let office = Office::open().await;
    let asked = Asked::all(
        &office,
        ALDER,
        "Bank",
        &[item("short", "Which bank?"), item("file", "Statements")],
    )
    .await;
    let page = asked.page(office.noor()).await;
    office
        .noor()
        .press(&page, "Save for later", &[(&asked.field(0), "Oakwood")])
        .await
        .assert_status(200);
    let hers = asked.page(office.noor()).await;
    let contacts = office.contacts(ALDER).await;
    office.olive().press(&contacts, &format!("View as this contact: {}", NOOR.name()), &[]).await;

    let page = asked.page(office.olive()).await;

    page.assert_says("Nothing can be changed.").assert_says("Oakwood").assert_says("1 of 2 done");
    for button in ["Save for later", "Send to", "Send message", "Change", "Remove"] {
        assert!(!page.offers(button), "{button}: {}", page.text());
    }
    for button in ["Save for later", "Send to", "Send message"] {
        let form = hers.fill(button, &[(&asked.field(0), "Elmwood"), ("say", "Hello")]);
        office.olive().submit(&form).await.assert_status(409).assert_says("Nothing can be changed");
    }
    asked.autosave(office.olive(), &hers, 0, "Elmwood").await.assert_status(409);
    office.olive().get(&format!("{}/todo", asked.portal)).await.assert_sees("Bank");
    asked.page(office.noor()).await.assert_says("Oakwood").assert_hides("Hello");
    office.close_with_mails_read().await;
}
