//! "Add a file": it goes to the firm, comes with a receipt, and stays its uploader's until the firm has looked at it.

use super::Shelf;
use crate::cast::{ALDER, MAYA, NOOR};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_to_the_firm_and_to_nobody_else_and_has_a_receipt() {
    let office = Office::open().await;
    let alder = Shelf::of(&office, ALDER).await;
    let add = office.maya().get(&format!("{}/files/add", alder.portal)).await;
    add.assert_sees("Without this tick only you and Harbour & Hall see it.");
    add.assert_says("Up to 5 GB each.");
    add.assert_says("Everyone at Alder Ltd sees it");

    let receipt = alder.add(MAYA, &[("note", "As promised.")], "Lease.txt", "rent and rates").await;

    receipt.assert_sees("Harbour & Hall has your file").assert_says("Lease.txt");
    receipt.assert_says("As promised.").assert_says("Only you and Harbour & Hall can see it.");
    let digest = receipt.body().split("class=\"digest\">").nth(1).unwrap();
    let digest = digest.split('<').next().unwrap().to_owned();
    assert_eq!(digest.len(), 64);
    let text = office.maya().get(&receipt.link("Download the receipt")).await;
    let name = text.header("content-disposition").unwrap();
    assert!(name.starts_with("attachment; filename=\"Receipt 20"), "{name}");
    assert!(name.ends_with(" Alder Ltd.txt\""), "{name}");
    assert!(text.body().contains("Visible to: Harbour & Hall and Maya Linden"), "{}", text.body());
    assert!(text.body().contains(&digest) && text.body().contains("Lease.txt"), "{}", text.body());
    office.noor().get(&receipt.path).await.assert_missing();
    alder.files(NOOR).await.assert_hides("Lease");
    alder.files(MAYA).await.assert_sees("Lease.txt").assert_says("You").assert_hides("New");
    office.olive().get("/console/inbox").await.assert_sees("Lease.txt").assert_says("Maya Linden");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_sees_it_when_its_uploader_says_so() {
    let office = Office::open().await;
    let alder = Shelf::of(&office, ALDER).await;
    alder.add(MAYA, &[("everyone", "yes")], "Rota.txt", "who is in").await;
    alder.files(NOOR).await.assert_sees("Rota.txt").assert_says("Maya Linden");
    let file = alder.page_of(MAYA, "Rota.txt").await;
    let page = office.maya().get(&file).await;
    page.assert_sees("Received. Harbour & Hall has it").assert_says("Everyone at Alder Ltd");

    let page = office.maya().press(&page, "Show it to Harbour & Hall only", &[]).await;

    page.assert_sees("Only you and Harbour & Hall see it now.");
    alder.files(NOOR).await.assert_hides("Rota");
    office.noor().get(&file).await.assert_missing();
    office
        .maya()
        .press(&page, "Show it to everyone at Alder Ltd", &[])
        .await
        .assert_sees("Everyone");
    office.noor().get(&file).await.assert_sees("Rota.txt").assert_hides("Withdraw");
    office.noor().post(&format!("{file}/withdraw"), &[]).await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_can_be_renamed_and_withdrawn_until_the_firm_has_looked() {
    let office = Office::open().await;
    let alder = Shelf::of(&office, ALDER).await;
    alder.add(MAYA, &[], "Scan 1.txt", "one").await;
    alder.add(MAYA, &[], "Scan 2.txt", "two").await;
    let (first, second) =
        (alder.page_of(MAYA, "Scan 1.txt").await, alder.page_of(MAYA, "Scan 2.txt").await);
    let page = office.maya().get(&first).await;
    office.maya().press(&page, "Rename", &[("name", " ")]).await.assert_status(422);
    let page = office.maya().press(&page, "Rename", &[("name", "Passport.txt")]).await;
    page.assert_sees("It is called “Passport.txt” now.");
    let ask = office.maya().click(&page, "Withdraw").await;
    ask.assert_sees("Passport.txt disappears from your files");

    let gone = office.maya().press(&ask, "Withdraw file", &[]).await;

    gone.assert_sees("“Passport.txt” is withdrawn. It is deleted for good after 30 days.");
    office.maya().get(&first).await.assert_missing();
    let console = second.replace(&alder.portal, &alder.console);
    let inbox = office.olive().get(&console).await;
    office.olive().press(&inbox, "Mark as reviewed", &[]).await.assert_status(200);
    let page = office.maya().get(&second).await;
    page.assert_sees("Reviewed by Olive Ortiz").assert_hides("Rename").assert_hides("Withdraw");
    office.maya().get(&format!("{second}/withdraw")).await.assert_missing();
    office.maya().post(&format!("{second}/withdraw"), &[]).await.assert_status(409);
    office.maya().post(&format!("{second}/name"), &[("name", "x.txt")]).await.assert_status(409);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_uploader_is_told_why_a_file_was_not_accepted() {
    let office = Office::open().await;
    let alder = Shelf::of(&office, ALDER).await;
    alder.add(MAYA, &[("everyone", "yes")], "Blurred.txt", "??").await;
    let file = alder.page_of(MAYA, "Blurred.txt").await;
    let console = file.replace(&alder.portal, &alder.console);
    let page = office.olive().get(&format!("{console}/reject")).await;
    let reason = [("reason", "It cannot be read. Please scan it again.")];
    office.olive().press(&page, "Reject", &reason).await.assert_status(200);

    let page = office.maya().get(&file).await;

    page.assert_sees("Not accepted: It cannot be read. Please scan it again.");
    alder.files(MAYA).await.assert_sees("Not accepted");
    alder.files(NOOR).await.assert_hides("Blurred");
    office.mail_to("maya").await;
    let todo = format!("{}/todo", alder.portal);
    for waiting in [&alder.portal, &todo] {
        let waiting = office.maya().get(waiting).await;
        waiting.assert_sees("Add Blurred.txt again").assert_says("Please scan it again.");
        waiting.assert_hides("You are up to date");
    }
    office.noor().get(&todo).await.assert_sees("You are up to date");
    let add = office.maya().click(&page, "Add it again").await;
    add.assert_sees("Add a file");

    alder.add(MAYA, &[], "Sharp.txt", "!").await;

    office.maya().get(&todo).await.assert_sees("You are up to date");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn very_many_files_in_one_form_have_a_receipt_too() {
    let office = Office::open().await;
    let alder = Shelf::of(&office, ALDER).await;
    let names: Vec<String> = (1..=101).map(|number| format!("Scan {number}.txt")).collect();
    let files: Vec<(&str, &[u8])> =
        names.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
    let to = format!("{}/files", alder.portal);

    let answer = office.maya().add_files(&to, &[("note", "All of them")], &files).await;

    answer.assert_leads_to(&format!("{to}/receipt/fi_"));
    assert!(answer.location().len() < 200, "{}", answer.location());
    let receipt = office.maya().follow(answer).await;
    receipt.assert_sees("Harbour & Hall has your 101 files").assert_says("101 files were added.");
    receipt.assert_says("And 1 more.").assert_says("All of them").assert_hides("Scan 101.txt");
    let text = office.maya().get(&receipt.link("Download the receipt")).await;
    assert!(names.iter().all(|name| text.body().contains(&format!("\n{name}\n"))));
    office.noor().get(&receipt.path).await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_says_what_became_of_a_file_that_was_withdrawn() {
    let office = Office::open().await;
    let alder = Shelf::of(&office, ALDER).await;
    let to = format!("{}/files", alder.portal);
    let files: [(&str, &[u8]); 2] = [("Kept.txt", b"1"), ("Not this.txt", b"2")];
    let receipt = office.maya().follow(office.maya().add_files(&to, &[], &files).await).await;
    let file = office.maya().click(&receipt, "Not this.txt").await;
    let ask = office.maya().click(&file, "Withdraw").await;
    office.maya().press(&ask, "Withdraw file", &[]).await.assert_status(200);

    let receipt = office.maya().get(&receipt.path).await;

    receipt.assert_says("Kept.txt").assert_says("You withdrew it on");
    assert!(receipt.offers("Kept.txt") && !receipt.offers("Not this.txt"));
    office.close().await;
}
