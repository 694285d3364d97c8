//! Templates of requests: written, copied, given to other firms as files, and sent to many clients at once.

use std::time::Duration;

use crate::cast::{ALDER, BEECH, TRUST};
use crate::office::Office;
use crate::page::Page;

const HOME: &str = "/console/templates/requests";
const MANY: &str = "/console/requests/send-many";

/// Olive saves a template with a question and what depends on it.
async fn saved(office: &Office) -> Page {
    let olive = office.olive();
    let new = olive.get(&format!("{HOME}/new")).await;
    let typed = [
        ("name", "Year end"),
        ("title", "Accounts {{last_year}} of {{client.name}}"),
        ("instructions", "Please by **{{due}}**."),
        ("due", "year"),
        ("month", "1"),
        ("day", "31"),
    ];
    let page = olive.press(&new, "Add question", &typed).await;
    let typed = [("title-1", "Did you buy a car?"), ("kind-1", "yes-no")];
    let page = olive.press(&page, "Add file item", &typed).await;
    let typed = [("title-2", "Invoice for the car"), ("if-2", "1 yes")];
    olive.press(&page, "Save template", &typed).await
}

/// Everybody reads what comes by mail: so many mails each.
async fn everybody_reads(office: &Office, mails: &[(&str, usize)]) {
    office.advance(Duration::from_secs(300));
    for (whom, count) in mails {
        for _ in 0..*count {
            office.mail_to(whom).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_written_item_by_item_changed_and_deleted() {
    let office = Office::founded().await;
    let olive = office.olive();
    let list = saved(&office).await;
    list.assert_sees("Year end is saved.").assert_says("2 items").assert_says("on 31 January");
    list.assert_sees("Invoice for the car").assert_sees("only if an answer asks for it");

    let edit = olive.click(&list, "Edit Year end").await;
    assert_eq!(edit.value("if-2"), "1 yes");
    edit.assert_sees("Accounts 2025 of Marlow Ceramics Ltd")
        .assert_says("Due Sunday, January 31, 2027");
    let typed = [("due", "after"), ("days", "10")];
    let list = olive.press(&edit, "Save template", &typed).await;
    list.assert_sees("10 days after sending");
    let ask = olive.click(&list, "Delete Year end").await;
    olive.press(&ask, "Delete request template", &[]).await.assert_sees("Year end is deleted.");
    olive.get(HOME).await.assert_sees("No request templates of your own yet");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_with_long_instructions_in_any_script_is_saved_and_changed() {
    let office = Office::founded().await;
    let olive = office.olive();
    let new = olive.get(&format!("{HOME}/new")).await;
    let long = "請".repeat(9_900);
    let typed =
        [("name", "Year end"), ("title", "Papers"), ("instructions", &*long), ("due", "none")];
    let list = olive.press(&new, "Save template", &typed).await;
    list.assert_status(200).assert_sees("Year end is saved.");
    let edit = olive.click(&list, "Edit Year end").await;
    assert_eq!(edit.value("instructions"), long);
    let list = olive.press(&edit, "Save template", &[("title", "All papers")]).await;
    list.assert_status(200).assert_sees("All papers");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_filled_in_is_said_with_its_place_and_nothing_typed_is_lost() {
    let office = Office::founded().await;
    let olive = office.olive();
    let new = olive.get(&format!("{HOME}/new")).await;
    let wrong = [
        ("name", "Letter"),
        ("title", "Papers {{yaer}}"),
        ("instructions", "Dear {{contact.first_name}},\nby {{due}}"),
        ("due", "none"),
    ];
    let again = olive.press(&new, "Save template", &wrong).await;
    again
        .assert_status(422)
        .assert_says("Line 1, column 8: there is no field “yaer”. Did you mean year?");
    again.assert_says("it cannot greet one of them by name");
    assert_eq!(again.value("title"), "Papers {{yaer}}");
    let less = [("title", "Papers {{year}}"), ("instructions", "By {{due}}")];
    let again = olive.press(&again, "Save template", &less).await;
    again.assert_status(422).assert_says("there is no due date");
    let due = [("due", "month"), ("of_month", "31")];
    olive.press(&again, "Save template", &due).await.assert_sees("Letter is saved.");
    let list = olive.get(HOME).await;
    list.assert_says("on the 31st of the month");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn presets_are_used_copied_and_exported_but_not_changed() {
    let office = Office::founded().await;
    let olive = office.olive();
    let list = olive.get(HOME).await;
    for name in ["Individual tax return", "Bookkeeping month end", "New client"] {
        list.assert_sees(name);
        let copy = olive.click(&list, &format!("Copy and change {name}")).await;
        assert_eq!(copy.value("name"), name);
        olive.press(&copy, "Save template", &[]).await.assert_sees("is saved.");
    }
    olive.get(&format!("{HOME}/month-end")).await.assert_missing();
    let file = olive.get(&format!("{HOME}/month-end/file")).await;
    assert_eq!(file.header("content-type"), Some("application/json"));
    let disposition = file.header("content-disposition").unwrap();
    assert!(disposition.contains("Bookkeeping month end.json"), "{disposition}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_goes_to_another_firm_as_a_file() {
    let office = Office::founded().await;
    let olive = office.olive();
    let list = saved(&office).await;
    let file = olive.get(&list.link("Export Year end")).await.body().to_owned();
    let ask = olive.click(&list, "Import").await;
    let send = ask.fill("Import template", &[]);

    let taken = olive.submit_with(&send, &[("file", "a.json", file.as_bytes())]).await;
    taken.assert_status(422).assert_says("There is a request template of this name already");
    let other = file.replace("\"Year end\"", "\"From a friend\"");
    let send = taken.fill("Import template", &[("name", "From a friend")]);
    let done = olive.submit_with(&send, &[("file", "a.json", file.as_bytes())]).await;
    let page = olive.follow(done).await;
    page.assert_sees("The template is imported.");
    assert_eq!(page.value("name"), "From a friend");
    assert_eq!(page.value("if-2"), "1 yes");
    let again = olive.get(&format!("{}/file", page.path)).await;
    assert_eq!(again.body(), other);

    let ask = olive.get(&format!("{HOME}/import")).await;
    let send = ask.fill("Import template", &[]);
    let broken = other.replace("\"yes-no\"", "\"maybe\"").replace("\"month\": 1", "\"month\": 13");
    let told = olive.submit_with(&send, &[("file", "a.json", broken.as_bytes())]).await;
    told.assert_status(422).assert_says("Item 1, “ask”: Write one of files");
    told.assert_says("“due”: Give the month as a number from 1 to 12");
    let told = olive.submit_with(&send, &[("file", "a.json", b"\xFF\xD8\xFF")]).await;
    told.assert_status(422).assert_says("no file that was exported from here");
    let large = vec![b' '; 600 * 1024];
    let told = olive.submit_with(&send, &[("file", "a.json", large.as_slice())]).await;
    told.assert_status(422).assert_says("larger than 512 KB");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_use_them_and_admins_write_them() {
    let office = Office::open().await;
    saved(&office).await;
    let list = office.sam().get(HOME).await;
    list.assert_sees("Year end");
    assert!(list.offers("Use for a client: Year end") && !list.offers("Edit Year end"));
    office.sam().get(&format!("{HOME}/new")).await.assert_status(403);
    office.sam().get(&format!("{HOME}/import")).await.assert_status(403);
    office.sam().post(HOME, &[("name", "Mine"), ("title", "Mine")]).await.assert_status(403);
    office.sam().get(&list.link("Export Year end")).await.assert_status(200);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_template_goes_to_all_clients_and_whoever_is_left_out_is_named() {
    let office = Office::open().await;
    let olive = office.olive();
    olive.get("/console/clients/new").await;
    office.add_client(olive, "Cedar Ltd", &[]).await;
    office.add_contact("Cedar Ltd", &[("first", "Cleo"), ("email", "cleo@cedar.example")]).await;
    office.add_client(olive, "Dogwood Ltd", &[]).await;

    let choose = olive.get(&format!("{MANY}?template=month-end")).await;
    choose.assert_sees(ALDER).assert_sees("Dogwood Ltd");
    let look = olive.press(&choose, "Go on with all 5 clients", &[]).await;
    look.assert_says("4 of 5 clients will be asked");
    look.assert_sees("Bookkeeping for February 2026").assert_sees("Monday, March 9, 2026");
    look.assert_says("Dogwood Ltd has no contacts")
        .assert_says("Cleo was not invited yet: will be invited");
    let leave = olive.press(&look, "Refresh the preview", &[("access", "leave")]).await;
    leave
        .assert_says("3 of 5 clients will be asked")
        .assert_says("Cedar Ltd has nobody with access");

    let form = look.fill("Send to 4 clients", &[("access", "invite")]);
    for _ in 0..3 {
        let sent = olive.submit(&form).await;
        sent.assert_status(200).assert_says("4 clients were asked.");
        sent.assert_says("1 person was invited").assert_says("Dogwood Ltd has no contacts");
    }
    let list = olive.get("/console/requests?view=list&state=all").await;
    let text = list.text();
    assert_eq!(text.matches("Bookkeeping for February 2026, ").count(), 4, "{text}");
    for client in [ALDER, BEECH, TRUST, "Cedar Ltd"] {
        list.assert_sees(client);
    }
    let invite = office.mail_to("cleo@cedar.example").await;
    assert!(invite.text_part().contains("invites you"), "{}", invite.text_part());
    everybody_reads(&office, &[("maya", 2), ("noor", 1), ("ben", 1)]).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_found_and_ticked_across_pages_of_what_was_found() {
    let office = Office::open().await;
    saved(&office).await;
    let olive = office.olive();
    let choose = olive.get(MANY).await;
    let nothing = olive.press(&choose, "Go on with those ticked", &[]).await;
    nothing
        .assert_status(422)
        .assert_says("Choose what is asked")
        .assert_says("Tick at least one client");

    let id = office.client_id(BEECH).await;
    let found = olive.press(&choose, "Filter", &[("client", &id), ("find", "alder")]).await;
    found.assert_sees(ALDER).assert_hides(BEECH).assert_says("1 ticked on other pages");
    let template = found.option("Year end");
    let look = olive.press(&found, "Go on with those ticked", &[("template", &template)]).await;
    look.assert_says("1 of 1 client will be asked").assert_sees("Accounts 2025 of Beech Ltd");
    let back = olive.press(&look, "Choose other clients", &[]).await;
    back.assert_says("1 ticked on other pages");
    let sent = olive.press(&look, "Send to 1 client", &[]).await;
    sent.assert_says("1 client was asked.");
    everybody_reads(&office, &[("ben", 1)]).await;
    office.close().await;
}
