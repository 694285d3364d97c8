//! Templates: the firm's own texts for invites, beside those that come with the portal.

use crate::office::Office;

const BODY: &str = "Dear {{contact.first_name}}, this is for {{client.name}}.";

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_written_changed_and_deleted() {
    let office = Office::founded().await;
    let new = office.olive().get("/console/templates/new").await;
    let form = new.fill("Save template", &[("name", "Year end"), ("body", BODY)]);
    for _ in 0..3 {
        office.olive().submit(&form).await.assert_leads_to("/console/templates");
    }
    let list = office.olive().get("/console/templates").await;
    list.assert_sees("Year end").assert_says(BODY);
    assert_eq!(list.html().tags("details").count(), 1 + 3, "it was saved once");

    let edit = office.olive().click(&list, "Edit Year end").await;
    edit.assert_sees("Dear Naomi, this is for Marlow Ceramics Ltd.");
    let typed = [("name", "Year's end"), ("body", "See {{help.url}}.")];
    office.olive().press(&edit, "Save template", &typed).await.assert_sees("Year's end is saved.");
    let list = office.olive().get("/console/templates").await;
    list.assert_says("See {{help.url}}.").assert_hides(BODY);
    let ask = office.olive().click(&list, "Delete Year's end").await;
    office.olive().press(&ask, "Delete template", &[]).await.assert_sees("is deleted.");

    office.olive().get("/console/templates").await.assert_sees("No templates of your own yet");
    office.olive().get(&edit.path).await.assert_missing();
    let activity = office.olive().get("/console/activity").await;
    activity.assert_sees("saved the template Year end");
    activity.assert_says("deleted the template Year's end");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_field_is_told_with_its_place_and_a_name_is_used_once() {
    let office = Office::founded().await;
    let new = office.olive().get("/console/templates/new").await;
    let wrong = [("name", ""), ("body", "Hello\n{{7*7}}")];

    let again = office.olive().press(&new, "Save template", &wrong).await;

    again.assert_status(422).assert_says("Line 2, column 1").assert_says("a name");
    assert!(again.value("body").lines().eq(["Hello", "{{7*7}}"]));
    let right = [("name", "Year end"), ("body", BODY)];
    office.olive().press(&again, "Save template", &right).await.assert_sees("is saved.");
    let new = office.olive().get("/console/templates/new").await;
    let taken =
        office.olive().press(&new, "Save template", &[("name", "YEAR END"), right[1]]).await;
    taken.assert_status(422).assert_says("There is a template of this name already");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn presets_can_be_copied_and_shown_but_not_changed() {
    let office = Office::founded().await;
    let list = office.olive().get("/console/templates").await;

    let copy = office.olive().click(&list, "Copy and change Moving").await;

    assert!(copy.value("body").contains("{{client.name}}"));
    let typed = [("body", "{{contact.full_name}}, hello.")];
    let shown = office.olive().press(&copy, "Refresh preview", &typed).await;
    shown.assert_sees("Naomi Marlow, hello.");
    office.olive().press(&shown, "Save template", &[]).await.assert_sees("Cannot be changed");
    office.olive().get("/console/templates/short").await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slower_of_two_is_told_before_anything_is_overwritten() {
    let office = Office::open().await;
    let new = office.olive().get("/console/templates/new").await;
    let typed = [("name", "Year end"), ("body", BODY)];
    let list = office.olive().press(&new, "Save template", &typed).await;
    let path = list.link("Edit Year end");
    let (fast, slow) = (office.rita().get(&path).await, office.olive().get(&path).await);
    office.rita().press(&fast, "Save template", &[("body", "Rita's")]).await.assert_status(200);

    let told = office.olive().press(&slow, "Save template", &[("body", "Olive's")]).await;

    told.assert_status(422).assert_says("Somebody else changed this");
    assert_eq!(told.value("body"), "Olive's");
    office.olive().get("/console/templates").await.assert_says("Rita's");
    office.olive().press(&told, "Save template", &[]).await.assert_sees("Olive's");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_read_them_and_admins_write_them() {
    let office = Office::open().await;
    let list = office.sam().get("/console/templates").await;
    list.assert_sees("Short and plain");
    assert!(!list.offers("New template") && !list.offers("Copy and change"));
    office.sam().get("/console/templates/new").await.assert_status(403);
    let typed = [("name", "Year end"), ("body", BODY)];
    office.sam().post("/console/templates", &typed).await.assert_status(403);
    office.rita().get("/console/templates/new").await.assert_status(200);
    office.close().await;
}
