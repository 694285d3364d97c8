//! Answers: by the form without a script, one by one as the script saves them, and files both ways.

use super::{Asked, Item, item, told};
use crate::cast::ALDER;
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_item_is_filled_in_and_kept_without_a_script() {
    let office = Office::open().await;
    let items = [
        item("short", "Which bank?"),
        item("long", "Tell us more"),
        item("number", "How many miles?"),
        item("money", "How much rent?"),
        item("date", "Since when?"),
        item("yes-no", "Did you move?"),
        Item { options: "Monthly\nYearly", ..item("one", "How often?") },
        Item { options: "Car\nVan\nBike", ..item("several", "What do you own?") },
        Item { statement: "All of it is true.", ..item("confirm", "Your word") },
        Item { optional: true, ..item("file", "Receipts") },
    ];
    let asked = Asked::all(&office, ALDER, "Your year", &items).await;
    let page = asked.page(office.maya()).await;
    page.assert_says("0 of 10 done").assert_says("All of it is true.").assert_says("optional");
    let field: Vec<String> = (0..10).map(|nth| asked.field(nth)).collect();
    let not_there = format!("no-{}", asked.number(9));
    let typed = [
        (field[0].as_str(), "Beechwood"),
        (&field[1], "One\r\ntwo"),
        (&field[2], "1,240.5"),
        (&field[3], "1,234.50"),
        (&field[4], "2026-02-28"),
        (&field[5], "yes"),
        (&field[6], "Yearly"),
        (&field[7], "Car"),
        (&field[7], "Bike"),
        (&field[8], "yes"),
        (&not_there, "yes"),
    ];

    let page = office.maya().press(&page, "Save for later", &typed).await;

    page.assert_sees("Saved. 10 of 10 done.").assert_says("Beechwood").assert_says("$1,234.50");
    page.assert_says("Car, Bike").assert_says("Yearly").assert_says("Not there");
    page.assert_says("Everything is there.");
    // Another contact goes on with it.
    let page = asked.page(office.noor()).await;
    page.assert_says("Beechwood by Maya Linden");
    assert_eq!(page.value(&field[3]), "1234.50");
    let page = office.noor().press(&page, "Save for later", &[(&field[0], "")]).await;
    page.assert_sees("9 of 10 done").assert_says("1 item open.");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_said_beside_its_field_and_nothing_typed_is_lost() {
    let office = Office::open().await;
    let items = [item("money", "How much?"), item("short", "For what?"), item("date", "When?")];
    let asked = Asked::all(&office, ALDER, "Rent", &items).await;
    let (money, short, date) = (asked.field(0), asked.field(1), asked.field(2));
    let page = asked.page(office.maya()).await;
    let typed =
        [(money.as_str(), "about 30"), (short.as_str(), "The shed"), (date.as_str(), "2026-02-30")];

    let page = office.maya().press(&page, "Save for later", &typed).await;

    page.assert_status(422).assert_says("Give an amount").assert_says("Give the date");
    assert_eq!(page.value(&money), "about 30");
    assert_eq!(page.link("Give an amount"), format!("#f-{money}"));
    // What could be saved is.
    asked.page(office.noor()).await.assert_says("The shed").assert_says("1 of 3 done");
    let page = office
        .maya()
        .press(&page, "Save for later", &[(&money, "30"), (&date, "2026-02-27")])
        .await;
    page.assert_sees("Saved. 3 of 3 done.");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_appears_once_an_earlier_answer_says_so() {
    let office = Office::open().await;
    let miles = Item { only_if: "# yes", ..item("number", "How many miles?") };
    let asked =
        Asked::all(&office, ALDER, "The van", &[item("yes-no", "Any private trips?"), miles]).await;
    let (trips, number) = (asked.field(0), asked.field(1));
    let page = asked.page(office.maya()).await;
    page.assert_says("0 of 1 done").assert_hides("How many miles?");

    let answer = told(&asked.autosave(office.maya(), &page, 0, "yes").await);

    assert_eq!(answer["outcome"], "saved");
    assert_eq!(answer["appear"], serde_json::json!([asked.number(0), asked.number(1)]));
    assert_eq!((&answer["progress"]["done"], &answer["progress"]["of"]), (&1.into(), &2.into()));
    let page = asked.page(office.maya()).await;
    page.assert_says("How many miles?").assert_says("1 of 2 done");
    let page = office.maya().press(&page, "Save for later", &[(&number, "240")]).await;
    let page = office.maya().press(&page, "Save for later", &[(&trips, "no")]).await;
    page.assert_sees("1 of 1 done").assert_hides("240");
    assert!(!page.body().contains(&number), "{}", page.text());
    // What was typed comes back with its question.
    let page = office.maya().press(&page, "Save for later", &[(&trips, "yes")]).await;
    page.assert_sees("2 of 2 done").assert_says("240");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_with_the_form_and_piece_by_piece_and_can_be_removed() {
    let office = Office::open().await;
    let files = Item { most: "2", takes: "pdf", ..item("file", "Bank statements") };
    let asked = Asked::all(&office, ALDER, "VAT", &[files, item("short", "Anything else?")]).await;
    let (maya, number) = (office.maya(), asked.number(0));
    let page = asked.page(maya).await;
    page.assert_says("PDF").assert_says("I do not have this");
    let field = format!("file-{number}");
    let pdf: &[u8] = b"%PDF-1.4\n%%EOF\n";
    let form = page.fill("Save for later", &[(&asked.field(1), "The van is new")]);

    // A file stands in the middle of the form, and one of another kind behind it.
    let answer = maya
        .submit_with(&form, &[(&field, "October.pdf", pdf), (&field, "Song.mp3", b"la la")])
        .await;

    answer.assert_status(422).assert_says("Song.mp3 was not added").assert_says("October.pdf");
    answer.assert_says("The van is new");
    let begun = maya
        .post(
            &format!("{}/uploads", asked.portal),
            &[
                ("name", "November.pdf"),
                ("bytes", "15"),
                ("request", asked.id()),
                ("item", &number.to_string()),
            ],
        )
        .await;
    begun.assert_status(201);
    let id = serde_json::from_str::<serde_json::Value>(begun.body()).unwrap()["id"].clone();
    let to = format!("{}/uploads/{}", asked.portal, id.as_str().unwrap());
    let kind = [("Content-Type", "application/partial-upload"), ("Upload-Offset", "0")];
    maya.send_bytes("PATCH", &to, pdf, &kind).await.assert_status(200);
    let page = asked.page(maya).await;
    page.assert_says("November.pdf").assert_says("2 of 2 done").assert_hides("I do not have this");

    let page = maya.press(&page, "Remove October.pdf", &[]).await;

    page.assert_sees("November.pdf").assert_hides("October.pdf");
    // They are no part of the Inbox: they are reviewed with the request.
    office.olive().get("/console/inbox").await.assert_hides("November.pdf");
    office.close_with_mails_read().await;
}
