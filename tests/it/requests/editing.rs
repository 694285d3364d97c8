//! The editor: each button keeps everything that was typed, and errors stand beside their fields.

use super::{begun, path_of};
use crate::cast::ALDER;
use crate::office::Office;
use crate::portal_requests::{Asked, item};

#[tokio::test(flavor = "multi_thread")]
async fn long_instructions_in_any_script_are_saved() {
    let office = Office::founded().await;
    let olive = office.olive();
    let page = begun(&office, ALDER).await;
    let (long, help) = ("請".repeat(9_900), "請".repeat(1_900));
    let typed =
        [("title", "Year end"), ("instructions", &*long), ("title-1", "Lease"), ("help-1", &*help)];
    let page = olive.press(&page, "Save draft", &typed).await;
    page.assert_status(200);
    assert_eq!((page.value("instructions"), page.value("help-1")), (long, help));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_button_keeps_what_was_typed_and_comes_back_to_the_same_item() {
    let office = Office::founded().await;
    let olive = office.olive();
    let page = begun(&office, ALDER).await;
    let typed = [
        ("title", "Year end 2026"),
        ("instructions", "Please send **everything**."),
        ("due", "2199-01-31"),
        ("title-1", "Lease"),
        ("help-1", "All pages"),
        ("most-1", "3"),
        ("kinds-1", "pdf"),
        ("name-1", "{{date}} {{item}}"),
    ];
    let page = olive.press(&page, "Add question", &typed).await;
    assert_eq!(page.values("item"), ["1", "2"]);
    let typed = [("title-2", "Do you rent it out?"), ("kind-2", "yes-no")];
    let page = olive.press(&page, "Move up", &typed).await;
    assert_eq!(page.values("item"), ["2", "1"]);
    let page = olive.press(&page, "Save draft", &[("if-1", "2 yes")]).await;

    for (name, value) in [
        ("title", "Year end 2026"),
        ("instructions", "Please send **everything**."),
        ("due", "2199-01-31"),
        ("title-1", "Lease"),
        ("help-1", "All pages"),
        ("most-1", "3"),
        ("kinds-1", "pdf"),
        ("name-1", "{{date}} {{item}}"),
        ("if-1", "2 yes"),
        ("kind-2", "yes-no"),
    ] {
        assert_eq!(page.value(name), value, "{name}");
    }
    let moved = olive.press(&page, "Move down", &[]).await;
    moved.assert_status(422).assert_says("It depends on an item that does not come before it");
    assert_eq!(moved.values("item"), ["1", "2"]);
    assert_eq!(moved.value("if-1"), "2 yes");
    let page = olive.press(&page, "Remove Do you rent it out?", &[("if-1", "")]).await;
    assert_eq!(page.values("item"), ["1"]);
    // A new item that nobody touched is no item.
    let page = olive.press(&page, "Add confirmation", &[]).await;
    assert_eq!(page.values("item").len(), 2);
    let page = olive.press(&page, "Save draft", &[]).await;
    assert_eq!(page.values("item"), ["1"]);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_stand_beside_their_fields_and_nothing_typed_is_lost() {
    let office = Office::founded().await;
    let olive = office.olive();
    let page = begun(&office, ALDER).await;
    let typed = [
        ("title", ""),
        ("title-1", "Which bank?"),
        ("kind-1", "one"),
        ("options-1", "Oakwood"),
        ("audience", "named"),
        ("due", "2026-02-30"),
        ("remind", "own"),
        ("reminders_before", "soon"),
    ];
    let page = olive.press(&page, "Send request", &typed).await;
    page.assert_status(422).assert_says("Give it a title").assert_says("at least two options");
    page.assert_says("Tick the contacts who are asked").assert_says("like 2026-11-30");
    for (name, value) in typed {
        if !matches!(name, "audience" | "remind") {
            assert_eq!(page.value(name), value, "{name}");
        }
    }
    let page = olive.get(&format!("{}/edit", path_of(&page))).await;
    assert_eq!(page.value("title"), "New request");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_edit_at_once_the_second_is_told_and_decides() {
    let office = Office::founded().await;
    let olive = office.olive();
    let page = begun(&office, ALDER).await;
    olive.press(&page, "Save draft", &[("title", "By the first")]).await.assert_status(200);

    let told = olive.press(&page, "Save draft", &[("title", "By the second")]).await;

    told.assert_status(422).assert_says("perhaps you in another tab").assert_says("Not saved yet");
    told.assert_says("Here is what differs").assert_says("By the first");
    assert_eq!(told.value("title"), "By the second");
    let page = olive.press(&told, "Save draft", &[]).await;
    assert_eq!((page.status, page.value("title").as_str()), (200, "By the second"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_take_an_answer_away_is_named_before_it_is_saved() {
    let office = Office::open().await;
    let (olive, maya) = (office.olive(), office.maya());
    let asked = Asked::all(&office, ALDER, "Bank", &[item("short", "Which bank?")]).await;
    let sheet = asked.page(maya).await;
    let answer = asked.field(0);
    maya.press(&sheet, "Save for later", &[(&answer, "Oakwood")]).await.assert_status(200);

    let edit = olive.get(&format!("{}/edit", asked.console)).await;
    edit.assert_says("This request is out").assert_says("answered by Maya Linden");
    let edit = olive.press(&edit, "Remove Which bank?", &[]).await;
    let asks = olive.press(&edit, "Save changes", &[("title", "Bank and more")]).await;
    asks.assert_says("Something was answered that you take away").assert_says("Which bank?");
    asked.page(maya).await.assert_says("Which bank?").assert_hides("Bank and more");

    // She answers otherwise before Olive has read on: what Olive then agrees to is not what she was asked.
    let sheet = asked.page(maya).await;
    maya.press(&sheet, "Save for later", &[(&answer, "Elmwood")]).await.assert_status(200);
    let again = olive.press(&asks, "Save changes", &[("sure", &asks.values("sure")[0])]).await;
    again.assert_says("Something was answered that you take away").assert_says("Elmwood");
    assert_eq!(again.value("title"), "Bank and more");
    asked.page(maya).await.assert_says("Which bank?");
    let saved = olive.press(&again, "Save changes", &[("sure", &again.values("sure")[0])]).await;
    saved.assert_sees("Bank and more").assert_says("Saved:");
    asked.page(maya).await.assert_says("Bank and more").assert_says("Mark as done");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_before_it_has_a_title_and_each_item_has_one() {
    let office = Office::founded().await;
    let olive = office.olive();
    let page = begun(&office, ALDER).await;

    let told = olive.press(&page, "Send request", &[]).await;

    told.assert_status(422).assert_says("Give it a title that says what you need");
    told.assert_says("Give item 1 a title, or remove it").assert_says("Not saved yet");
    assert_eq!(told.values("item"), ["1"]);
    let send = olive.get(&format!("{}/send", path_of(&page))).await;
    send.assert_says("Give it a title that says what you need");
    olive.press(&send, "Send without inviting", &[]).await.assert_status(422);
    let typed = [("title", "Bank"), ("title-1", "Which bank?"), ("kind-1", "short")];
    let send = olive.press(&told, "Send request", &typed).await;
    send.assert_status(200).assert_says("Send “Bank”").assert_says("Which bank?");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_to_read_is_chosen_in_the_editor_which_says_who_sees_each() {
    let office = Office::open().await;
    let (olive, maya) = (office.olive(), office.maya());
    let record = office.client_path(olive, ALDER).await;
    let fields = [("folder", ""), ("audience", ""), ("note", "")];
    let files = format!("{record}/files");
    olive.add_files(&files, &fields, &[("Guide.txt", b"12")]).await.assert_status(303);
    let page = begun(&office, ALDER).await;
    page.assert_says("Firm only");
    let typed = [("title", "Our guide"), ("title-1", "Read the guide"), ("kind-1", "read")];
    let send = olive.press(&page, "Send request", &typed).await;
    let refused = olive.press(&send, "Send", &[]).await;
    refused.assert_status(422).assert_says("“Read the guide”: Choose the file to read");
    let edit = olive.click(&refused, "“Read the guide”").await;
    edit.assert_hides("you choose in each request");
    let guide = edit.option("Guide.txt");
    let send = olive.press(&edit, "Send request", &[("file-1", &guide)]).await;
    let sent = olive.press(&send, "Send", &[]).await;
    sent.assert_sees("“Our guide” was sent");
    let portal = record.replace("/console/clients/", "/p/");
    let id = path_of(&sent);
    let id = id.rsplit('/').next().unwrap();
    maya.get(&format!("{portal}/requests/{id}")).await.assert_says("Guide.txt");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_and_left_stands_nowhere_until_something_is_written_into_it() {
    let office = Office::founded().await;
    let olive = office.olive();
    let page = begun(&office, ALDER).await;
    let record = format!("{}/requests", office.client_path(olive, ALDER).await);
    let new = format!("/console/requests/new?client={}", office.client_id(ALDER).await);
    let lists = ["/console/requests", "/console/requests?view=list", &record, &new];
    for list in lists {
        let edit = format!("{}/edit", path_of(&page));
        let shown = olive.get(list).await;
        assert!(!shown.body().contains(path_of(&page).rsplit('/').next().unwrap()), "{list}");
        olive.get(&edit).await.assert_says("Kept as a draft once you write something");
    }
    olive.get("/console/activity").await.assert_hides("began the request");
    let saved = olive.press(&page, "Save draft", &[("title", "Year end")]).await;
    saved.assert_says("Draft saved");
    for list in lists {
        olive.get(list).await.assert_says("Year end");
    }
    olive.get("/console/activity").await.assert_says("began the request “Year end”");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_reminds_as_usual_whatever_that_is_when_it_is_sent() {
    let office = Office::open().await;
    let olive = office.olive();
    let page = begun(&office, ALDER).await;
    let typed = [("title", "Year end"), ("title-1", "Lease"), ("due", "2199-01-31")];
    let page = olive.press(&page, "Save draft", &typed).await;
    page.assert_says("7 and 2 days before").assert_says("A draft follows the firm’s settings");
    let settings = olive.get("/console/settings/requests").await;
    let saved = olive.press(&settings, "Save", &[("reminders_before", "3")]).await;
    saved.assert_status(200);
    let edit = olive.get(&format!("{}/edit", path_of(&page))).await;
    edit.assert_says("3 days before").assert_hides("7 and 2 days");
    assert_eq!(edit.value("remind"), "default");
    let send = olive.press(&edit, "Send request", &[]).await;
    send.assert_says("3 days before");
    let sent = olive.press(&send, "Send", &[]).await;
    sent.assert_says("3 days before");
    let settings = olive.get("/console/settings/requests").await;
    olive.press(&settings, "Save", &[("reminders_before", "5")]).await.assert_status(200);
    olive.get(&path_of(&sent)).await.assert_says("3 days before").assert_hides("5 days before");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_reads_as_it_will_be_sent_and_keeps_its_fields_for_the_turns_to_come() {
    let office = Office::open().await;
    let olive = office.olive();
    let page = begun(&office, ALDER).await;
    let (title, item) = ("Accounts {{last_year}} of {{client.name}}", "Lease of {{last_year}}");
    let page = olive.press(&page, "Save draft", &[("title", title), ("title-1", item)]).await;
    let reads = format!("Accounts 2025 of {ALDER}");
    let path = path_of(&page);
    let edit = olive.get(&format!("{path}/edit")).await;
    edit.assert_says(&reads).assert_says("Lease of 2025");
    assert_eq!((edit.value("title"), edit.value("title-1")), (title.into(), item.into()));
    for place in [
        "/console/requests",
        "/console/requests?view=list",
        "/console/search?find=accounts",
        &path,
        &format!("{path}/send"),
        &format!("{path}/discard"),
    ] {
        olive.get(place).await.assert_says(&reads).assert_hides("{{last_year}}");
    }
    office.close().await;
}
