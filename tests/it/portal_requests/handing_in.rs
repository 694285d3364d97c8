//! Handing in, the receipt, what comes back, and tasks.

use super::{Asked, Item, item};
use crate::cast::ALDER;
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_and_what_was_sent_has_a_receipt() {
    let office = Office::open().await;
    let note = Item { optional: true, ..item("long", "Anything else?") };
    let items = [item("file", "Bank statements"), item("yes-no", "Did you move?"), note];
    let asked = Asked::all(&office, ALDER, "Your year", &items).await;
    let maya = office.maya();
    let page = asked.page(maya).await;
    page.assert_says("3 items open, 1 of them optional.");
    maya.get(&format!("{}/receipt", asked.path)).await.assert_missing();

    let page = maya.press(&page, "Send to", &[(&asked.field(2), "We have a dog")]).await;

    page.assert_status(422).assert_says("“Bank statements” needs an answer");
    page.assert_says("“Did you move?” needs an answer").assert_says("We have a dog");
    page.assert_says("What you have answered is saved.").assert_says("Choose one");
    page.assert_says("Add a file, or tick “I do not have this”");
    // The page of what is missing has the address of its form: reloaded it is the request.
    maya.get(&format!("{}/hand-in", asked.path)).await.assert_leads_to(&asked.path);
    let file = asked.file_field(0);
    let form = page.fill("Send to", &[(&asked.field(1), "no")]);
    let answer = maya.submit_with(&form, &[(&file, "October.txt", b"twelve pounds")]).await;
    answer.assert_leads_to(&format!("{}/receipt", asked.path));
    let receipt = maya.follow(answer).await;
    receipt
        .assert_sees("has what you sent")
        .assert_says("Sent by Maya Linden")
        .assert_says("October.txt");
    receipt.assert_says("13 bytes").assert_says("We have a dog").assert_says("No");
    let digest = anteroom::values::Digest::of(b"twelve pounds").to_string();
    receipt.assert_says(&digest);
    let text = maya.get(&format!("{}/receipt/text", asked.path)).await;
    assert!(text.body().contains(&digest) && text.body().contains("Your year"), "{}", text.body());
    assert!(text.header("content-disposition").unwrap().contains("attachment"));
    // The form is pressed again, perhaps by an impatient finger.
    maya.submit(&form).await.assert_status(303);
    let page = asked.page(office.noor()).await;
    page.assert_says("Maya Linden sent this on")
        .assert_hides("Save for later")
        .assert_hides("Remove");
    office.noor().get(&format!("{}/receipt", asked.path)).await.assert_sees("October.txt");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_back_is_open_with_its_reason_and_the_rest_is_not() {
    let office = Office::open().await;
    let asked = Asked::all(
        &office,
        ALDER,
        "Bank",
        &[item("short", "Which bank?"), item("short", "Since when?")],
    )
    .await;
    let (bank, since) = (asked.field(0), asked.field(1));
    let maya = office.maya();
    let page = asked.page(maya).await;
    maya.press(&page, "Send to", &[(&bank, "Oakwood"), (&since, "2019")]).await.assert_status(200);

    asked.send_back(0, "That one closed years ago.").await;

    let page = asked.page(maya).await;
    page.assert_says("Olive Ortiz sent this back").assert_says("That one closed years ago.");
    assert_eq!(page.link("“Which bank?”"), format!("#item-{}", asked.number(0)));
    page.assert_says("sent one thing back to you").assert_says("1 of 2 done").assert_says("2019");
    assert_eq!(page.value(&bank), "Oakwood");
    let form = page.fill("Send to", &[]);
    assert!(!form.fields.iter().any(|(name, _)| *name == since), "{:?}", form.fields);
    maya.visit(&format!("{}/todo", asked.portal)).await.assert_sees("1 sent back to you");
    let page = maya.press(&page, "Send to", &[(&bank, "Elmwood")]).await;
    page.assert_sees("has what you sent").assert_says("Elmwood");
    asked.accept().await;
    asked.page(maya).await.assert_says("Completed on").assert_says("Accepted");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_one_button() {
    let office = Office::open().await;
    let asked = Asked::all(&office, ALDER, "Call the bank", &[]).await;
    let page = asked.page(office.maya()).await;
    page.assert_says("Mark as done").assert_hides("Save for later").assert_hides("0 of 0");

    let page = office.maya().press(&page, "Mark as done", &[]).await;

    page.assert_sees("has been told").assert_says("Maya Linden marked this as done on");
    assert!(!page.offers("Mark as done"));
    office.noor().visit(&format!("{}/todo", asked.portal)).await.assert_sees("Call the bank");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_up_by_an_answer_is_seen_before_everything_is_sent() {
    let office = Office::open().await;
    let far = Item { optional: true, only_if: "# yes", ..item("number", "About how many miles?") };
    let items = [item("yes-no", "Did you use the van?"), far];
    let asked = Asked::all(&office, ALDER, "The van", &items).await;
    let maya = office.maya();
    let page = asked.page(maya).await;
    page.assert_hides("About how many miles?");

    let page = maya.press(&page, "Send to", &[(&asked.field(0), "yes")]).await;

    page.assert_status(422).assert_says("“About how many miles?” is new here, or has changed");
    let sent = maya.press(&page, "Send to", &[]).await;
    sent.assert_sees("has what you sent");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_count_is_said_before_anything_is_sent() {
    let office = Office::open().await;
    let scan = Item { optional: true, takes: "pdf", ..item("file", "Bank statements") };
    let asked = Asked::all(&office, ALDER, "Bank", &[scan, item("short", "Which bank?")]).await;
    let maya = office.maya();
    let page = asked.page(maya).await;
    let form = page.fill("Send to", &[(&asked.field(1), "Oakwood")]);
    let file = asked.file_field(0);

    let answer = maya.submit_with(&form, &[(&file, "October.pdf", b"MZ\x90\0\x03\0\0\0")]).await;

    answer.assert_status(422).assert_says("October.pdf").assert_says("Oakwood");
    maya.get(&format!("{}/receipt", asked.path)).await.assert_missing();
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_file_leads_to_the_request_that_it_was_added_for() {
    let office = Office::open().await;
    let asked = Asked::all(&office, ALDER, "Your year", &[item("file", "Bank statements")]).await;
    let maya = office.maya();
    let page = asked.page(maya).await;
    let form = page.fill("Save for later", &[]);
    let file = asked.file_field(0);
    maya.submit_with(&form, &[(&file, "October.txt", b"twelve pounds")]).await.assert_status(303);

    let page = maya.visit(&asked.page(maya).await.link("October.txt")).await;

    page.assert_sees("October.txt").assert_says("looks at it once you have sent");
    assert!(!page.offers("Withdraw") && !page.offers("Rename"));
    assert_eq!(page.link("Your year"), asked.path);
    let request = asked.page(maya).await;
    maya.press(&request, "Send to", &[]).await.assert_sees("has what you sent");
    let page = maya.visit(&page.path).await;
    page.assert_says("Received.").assert_hides("once you have sent");
    assert_eq!(page.link("Your year"), asked.path);
    office.close_with_mails_read().await;
}
