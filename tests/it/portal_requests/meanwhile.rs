//! Two people at once, two windows, and the firm that edits meanwhile: everybody is told, and nobody overwrites anything
//! unseen.

use super::{Asked, item, told};
use crate::cast::ALDER;
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_what_somebody_else_has_changed_is_told_and_chooses() {
    let office = Office::open().await;
    let asked = Asked::all(
        &office,
        ALDER,
        "Bank",
        &[item("short", "Which bank?"), item("short", "Which branch?")],
    )
    .await;
    let (bank, branch) = (asked.field(0), asked.field(1));
    let before = asked.page(office.maya()).await;
    let hers = asked.page(office.noor()).await;
    office.noor().press(&hers, "Save for later", &[(&bank, "Oakwood")]).await.assert_sees("Saved");

    let page = office
        .maya()
        .press(&before, "Save for later", &[(&bank, "Elmwood"), (&branch, "High Street")])
        .await;

    page.assert_status(422).assert_says("Noor Haddad changed this").assert_says("Oakwood");
    assert_eq!(page.value(&bank), "Elmwood");
    asked
        .page(office.noor())
        .await
        .assert_says("Oakwood")
        .assert_says("High Street")
        .assert_hides("Elmwood");
    let kept = office.maya().press(&page, "Keep theirs for “Which bank?”", &[]).await;
    kept.assert_sees("Oakwood").assert_hides("Elmwood");
    let page = office.maya().press(&before, "Save for later", &[(&bank, "Elmwood")]).await;
    office.maya().press(&page, "Keep mine for “Which bank?”", &[]).await.assert_sees("Elmwood");
    asked.page(office.noor()).await.assert_says("Elmwood by Maya Linden");
    // Whoever touched nothing has no quarrel with anybody.
    office.noor().press(&hers, "Save for later", &[(&branch, "Quay")]).await.assert_status(422);
    let untouched = office.noor().press(&hers, "Save for later", &[]).await;
    untouched.assert_sees("Elmwood").assert_says("Saved");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_saves_over_somebody_elses_answer_is_told_of_it() {
    let office = Office::open().await;
    let asked = Asked::all(&office, ALDER, "Bank", &[item("short", "Which bank?")]).await;
    let (one, other) = (asked.page(office.maya()).await, asked.page(office.maya()).await);
    let first = told(&asked.autosave(office.maya(), &one, 0, "Oakwood").await);
    assert_eq!((&first["outcome"], &first["done"]), (&"saved".into(), &true.into()));

    let second = told(&asked.autosave(office.maya(), &other, 0, "Elmwood").await);

    assert_eq!((&second["outcome"], &second["text"]), (&"conflict".into(), &"Oakwood".into()));
    assert_eq!(second["by"], "You");
    asked.page(office.maya()).await.assert_says("Oakwood");
    let number = asked.number(0);
    let seen = second["seen"].as_str().unwrap().to_owned();
    let fields = [(format!("seen-{number}"), seen), (format!("a-{number}"), "Elmwood".to_owned())];
    let to = format!("{}/items/{number}", asked.path);
    let json = [("Accept", "application/json")];
    let third = told(&office.maya().send_with("POST", &to, &fields, &json).await);
    assert_eq!(third["outcome"], "saved");
    // The same again is no quarrel either.
    let third = told(&asked.autosave(office.maya(), &one, 0, "Elmwood").await);
    assert_eq!(third["outcome"], "saved");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_another_question_than_they_read() {
    let office = Office::open().await;
    let asked = Asked::all(
        &office,
        ALDER,
        "Bank",
        &[item("short", "Which bank?"), item("short", "Since when?")],
    )
    .await;
    let page = asked.page(office.maya()).await;
    asked
        .edit("Bank", &[item("short", "Which bank do you leave?"), item("short", "Since when?")])
        .await;

    let script = told(&asked.autosave(office.maya(), &page, 0, "Oakwood").await);
    assert_eq!(script["outcome"], "changed");
    let typed = [(&*asked.field(0), "Oakwood"), (&asked.field(1), "2019")];
    let page = office.maya().press(&page, "Save for later", &typed).await;

    page.assert_status(422).assert_says("has changed what is asked here");
    page.assert_says("Which bank do you leave?");
    assert_eq!(page.value(&asked.field(0)), "Oakwood");
    let page = office.maya().press(&page, "Save for later", &[]).await;
    page.assert_sees("2 of 2 done").assert_says("Oakwood").assert_says("2019");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_for_something_that_is_gone_is_given_back() {
    let office = Office::open().await;
    let both = [item("short", "Which bank?"), item("short", "Since when?")];
    let asked = Asked::all(&office, ALDER, "Bank", &both).await;
    let before = asked.page(office.maya()).await;
    asked.edit("Bank", &both[..1]).await;
    let typed = [(&*asked.field(0), "Oakwood"), (&asked.field(1), "Since the flood")];

    let page = office.maya().press(&before, "Save for later", &typed).await;

    page.assert_status(422).assert_says("Since the flood").assert_says("for you to copy");
    asked.page(office.noor()).await.assert_says("Oakwood").assert_says("1 of 1 done");
    // And of one that somebody else has handed in, or the firm withdrawn.
    let page = asked.page(office.noor()).await;
    office.noor().press(&page, "Send to", &[]).await.assert_sees("has what you sent");
    let late =
        office.maya().press(&before, "Save for later", &[(&asked.field(0), "Elmwood")]).await;
    late.assert_status(422).assert_says("has handed this in").assert_says("Elmwood");
    let withdraw = office.olive().get(&format!("{}/withdraw", asked.console)).await;
    office.olive().press(&withdraw, "Withdraw", &[]).await.assert_status(200);
    let page = asked.page(office.maya()).await;
    page.assert_says("does not need this any more").assert_hides("Save for later");
    let late = office.maya().press(&before, "Send to", &[(&asked.field(0), "Elmwood")]).await;
    late.assert_status(422).assert_says("Elmwood");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_a_question_anew_still_sees_what_somebody_answered_meanwhile() {
    let office = Office::open().await;
    let asked = Asked::all(&office, ALDER, "Bank", &[item("short", "Which bank?")]).await;
    let bank = asked.field(0);
    let before = asked.page(office.maya()).await;
    asked.edit("Bank", &[item("short", "Which bank do you leave?")]).await;
    let hers = asked.page(office.noor()).await;
    office.noor().press(&hers, "Save for later", &[(&bank, "Elmwood")]).await.assert_sees("Saved");
    let page = office.maya().press(&before, "Save for later", &[(&bank, "Oakwood")]).await;
    page.assert_status(422).assert_says("has changed what is asked here").assert_hides("Elmwood");

    let page = office.maya().press(&page, "Save for later", &[]).await;

    page.assert_status(422).assert_says("Noor Haddad changed this").assert_says("Elmwood");
    assert_eq!(page.value(&bank), "Oakwood");
    asked.page(office.noor()).await.assert_says("Elmwood").assert_hides("Oakwood");
    office.close_with_mails_read().await;
}
