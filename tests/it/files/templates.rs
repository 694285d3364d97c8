//! Folder templates: written as text, copied, made into folders of a year.

use super::files;
use crate::office::Office;

const HOME: &str = "/console/templates/folders";

#[tokio::test(flavor = "multi_thread")]
async fn the_folders_of_a_year_come_from_a_template() {
    let office = Office::founded().await;
    let home = office.olive().get(HOME).await;
    home.assert_sees("Built in");
    let new = office.olive().click(&home, "New folder template").await;
    let again = office.olive().press(&new, "Save folder template", &[("name", "")]).await;
    again.assert_status(422).assert_says("Give the template a name");
    let typed = [("name", "Tax year"), ("outline", "{year}\n  VAT\n    Returns\n  Payroll")];
    let saved = office.olive().press(&again, "Save folder template", &typed).await;
    saved.assert_sees("Tax year is saved.").assert_sees("4 folders");

    let base = files(&office).await;
    let ask = office.olive().get(&format!("{base}/from-template")).await;
    let missing = office.olive().press(&ask, "Make folders", &[]).await;
    missing.assert_status(422).assert_says("Choose a template");
    let id = saved.link("Edit Tax year").rsplit('/').next().unwrap().to_owned();
    let typed = [("template", &*id), ("year", "2027")];
    for _ in 0..2 {
        let made = office.olive().press(&ask, "Make folders", &typed).await;
        made.assert_sees("2027").assert_status(200);
    }
    let year = office.olive().get(&base).await;
    let year = office.olive().click(&year, "2027").await;
    year.assert_sees("VAT").assert_sees("Payroll").assert_hides("Returns");

    let save = office.olive().click(&year, "Save folders as a template").await;
    assert!(save.value("outline").contains("  Returns"), "{}", save.value("outline"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_edited_copied_and_deleted_by_admins_alone() {
    let office = Office::open().await;
    let home = office.rita().get(HOME).await;
    let copy = office.rita().click(&home, "Copy and change").await;
    office.rita().press(&copy, "Save folder template", &[("name", "Mine")]).await;
    let home = office.sam().get(HOME).await;
    home.assert_sees("Mine");
    assert!(!home.offers("Edit Mine"));
    office.sam().get(&format!("{HOME}/new")).await.assert_status(403);
    let home = office.rita().get(HOME).await;
    let edit = office.rita().click(&home, "Edit Mine").await;
    let wrong = office.rita().press(&edit, "Save folder template", &[("outline", "")]).await;
    wrong.assert_status(422);
    let ask = office.rita().click(&edit, "Delete").await;
    for _ in 0..2 {
        let gone = office.rita().press(&ask, "Delete folder template", &[]).await;
        gone.assert_hides("Mine");
    }
    office.close().await;
}
