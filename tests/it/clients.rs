//! Clients and their contacts: adding, finding, editing, removing.

use crate::cast::{ALDER, BEECH, MAYA, NOOR, TRUST};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_found_by_the_beginning_of_every_word_of_theirs_and_their_contacts() {
    let office = Office::founded().await;
    let find = async |typed: &str| office.olive().get(&format!("/console/clients?{typed}")).await;
    for typed in ["find=ald", "find=may+lin&by=me", "find=NOOR%40alder", "find=haddad+alder"] {
        find(typed).await.assert_sees(ALDER).assert_hides(BEECH);
    }
    find("find=der").await.assert_sees("Nothing found for “der”.").assert_hides(ALDER);
    find("").await.assert_sees("3 clients").assert_sees("2 contacts");
    find("portal=active").await.assert_hides(ALDER);
    find("portal=nobody&sort=name-down").await.assert_sees(ALDER);
    find("page=2").await.assert_sees("Clear search");
    find("page=x&sort=%00&by=cl_1&unknown=1").await.assert_status(200);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_edited_and_the_activity_says_what_changed() {
    let office = Office::founded().await;
    let record = office.client_path(office.olive(), ALDER).await;
    let page = office.olive().get(&record).await;
    let edit = office.olive().click(&page, "Edit client").await;
    let typed = [("since", "19"), ("tags", "VAT, payroll"), ("notes", "<b>Bold</b> & quiet")];
    let again = office.olive().press(&edit, "Save client", &typed).await;
    again.assert_status(422).assert_says("Type the year, from 1900 to 2026");
    assert_eq!(again.value("tags"), "VAT, payroll");

    let saved = office.olive().press(&again, "Save client", &[("since", "2019")]).await;
    saved.assert_sees("Client since 2019").assert_sees("<b>Bold</b> & quiet").assert_sees("VAT");
    let activity = office.olive().click(&saved, "Activity").await;
    activity.assert_sees("edited the client Alder Ltd: client since, tags, notes");
    office.olive().get("/console/clients?tag=VAT").await.assert_sees(ALDER).assert_hides(BEECH);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_do_not_overwrite_each_other_unseen() {
    let office = Office::founded().await;
    let record = office.client_path(office.olive(), ALDER).await;
    let (one, two) = (
        office.olive().get(&format!("{record}/edit")).await,
        office.olive().get(&format!("{record}/edit")).await,
    );
    office.olive().press(&one, "Save client", &[("since", "2018")]).await.assert_status(200);
    let again = office.olive().press(&two, "Save client", &[("since", "2020")]).await;
    again.assert_status(422).assert_says("Somebody else changed this");
    assert_eq!(again.value("since"), "2020");
    office.olive().press(&again, "Save client", &[]).await.assert_sees("Client since 2020");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_contact_grows_and_shrinks_without_a_script() {
    let office = Office::founded().await;
    let record = office.client_path(office.olive(), ALDER).await;
    let page = office.olive().get(&format!("{record}/contacts/new")).await;
    let typed = [("first", "Owen"), ("email", "owen@alder.example")];
    let page = office.olive().press(&page, "Add an address", &typed).await;
    assert_eq!(page.value("first"), "Owen");
    let typed =
        [("email", "owen@alder.example"), ("email", "owen@home.example"), ("phone", "555-0100")];
    let page = office.olive().press(&page, "Make primary", &typed).await;
    assert_eq!(page.value("email"), "owen@home.example");
    let page = office.olive().press(&page, "Add contact", &[]).await;
    page.assert_sees("owen@home.example").assert_sees("owen@alder.example").assert_sees("555-0100");

    let edit = office.olive().click(&page, "Edit contact Owen").await;
    let edit = office.olive().press(&edit, "Take out address 1", &[]).await;
    let page = office.olive().press(&edit, "Save contact", &[]).await;
    page.assert_sees("owen@alder.example").assert_hides("owen@home.example");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_alike_is_pointed_out_before_a_duplicate_is_made() {
    let office = Office::founded().await;
    let record = office.client_path(office.olive(), BEECH).await;
    let page = office.olive().get(&format!("{record}/contacts/new")).await;
    let typed = [("first", "maya"), ("last", "LINDEN"), ("email", "other@beech.example")];
    let again = office.olive().press(&page, "Add contact", &typed).await;
    again
        .assert_status(422)
        .assert_says("Is this the same person?")
        .assert_says("has the same name");

    let added = office.olive().press(&again, "Add this contact instead", &[]).await;
    added.assert_sees("Maya Linden").assert_sees(ALDER);
    let again = office.olive().press(&page, "Add contact", &typed).await;
    let added = office.olive().press(&again, "Add contact", &[("anyway", "yes")]).await;
    added.assert_sees("other@beech.example");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_a_contact_says_what_ends_and_ends_it() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let contacts = office.contacts(ALDER).await;
    let ask = office.olive().click(&contacts, "Remove contact Maya Linden").await;
    ask.assert_sees("They can no longer open the portal of Alder Ltd.");
    ask.assert_sees(&format!("They stay a contact of {TRUST}."));

    for _ in 0..2 {
        let after = office.olive().press(&ask, "Remove contact", &[]).await;
        after.assert_hides("maya@alder.example").assert_sees(&NOOR.name());
    }
    let home = office.maya().get("/p").await;
    assert_ne!(home.status, 500);
    home.assert_hides(ALDER);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_client_is_closed_and_nobody_can_be_invited_to_it() {
    let office = Office::founded().await;
    office.let_in(NOOR, ALDER).await;
    let record = office.client_path(office.olive(), ALDER).await;
    let page = office.olive().get(&record).await;
    let page = office.olive().press(&page, "Make inactive", &[]).await;
    page.assert_sees("Inactive client");
    let contacts = office.contacts(ALDER).await;
    contacts.assert_sees("The portal of this client is closed");
    assert!(!contacts.offers("Send invite for Maya Linden"));
    office.noor().get(&record.replace("/console/clients", "/p")).await.assert_missing();
    office.olive().press(&page, "Make active", &[]).await.assert_sees("Active client");
    let home = office.noor().get(&record.replace("/console/clients", "/p")).await;
    home.assert_status(200);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_are_kept_as_they_are_and_wrong_ids_lead_nowhere() {
    let office = Office::founded().await;
    let names = ["<script>alert(1)</script>", "<%= 7 * 7 %>", "שלום 🦊", "O’Brien & \"Sons\""];
    for name in names {
        office.add_client(office.olive(), name, &[]).await.assert_sees(name);
        office.olive().get("/console/clients?sort=newest").await.assert_sees(name);
    }
    let page = office.olive().get("/console/clients/new").await;
    let long = "x".repeat(10_000);
    let again = office.olive().press(&page, "Add client", &[("name", &long)]).await;
    again.assert_status(422).assert_says("Shorten it to 200");
    for path in ["cl_1", "co_00000000000000000000000001", "cl_00000000000000000000000001"] {
        let path = format!("/console/clients/{path}/contacts");
        office.olive().get(&path).await.assert_missing();
    }
    office.nobody().get("/console/clients").await.assert_leads_to("/login");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_clicks_add_one_client() {
    let office = Office::founded().await;
    let page = office.olive().get("/console/clients/new").await;
    for _ in 0..3 {
        let answer = office.olive().press(&page, "Add client", &[("name", "Cedar & Co")]).await;
        answer.assert_sees("Cedar & Co");
    }
    office.olive().get("/console/clients?find=cedar").await.assert_sees("1 client");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cannot_be_added_as_an_existing_contact_is_told_on_that_page() {
    let office = Office::founded().await;
    let record = office.client_path(office.olive(), BEECH).await;
    let find = office.olive().get(&format!("{record}/contacts/existing?find=maya")).await;
    let mut add = find.fill(&format!("Add {}", MAYA.name()), &[]);
    add.fields.push(("role".into(), "r".repeat(500)));

    let wrong = office.olive().submit(&add).await;
    wrong.assert_status(422).assert_says("Role at");
    assert_eq!(wrong.value("role"), "r".repeat(500));
    let added = [("role", "Trustee")];
    let page = office.olive().press(&wrong, &format!("Add {}", MAYA.name()), &added).await;
    page.assert_sees("is a contact of this client too").assert_sees("Trustee");

    let late = office.olive().press(&find, &format!("Add {}", MAYA.name()), &[]).await;
    late.assert_status(409).assert_says("Maya Linden is already a contact of Beech");
    assert!(late.offers("Find"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_known_is_a_first_contact_of_a_new_client_with_the_login_they_have() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let olive = office.olive();
    let page = olive.get("/console/clients/new").await;
    let page = olive.press(&page, "Add another contact", &[("name", "Cedar & Co")]).await;
    let typed = [
        ("first", "Ines"),
        ("first", "Maya"),
        ("role", "Clerk"),
        ("role", "Trustee"),
        ("email", "ines@cedar.example"),
        ("email", MAYA.email),
    ];
    let asked = olive.press(&page, "Add client", &typed).await;
    asked.assert_status(422).assert_says("Choose whether this is the same person");

    // An id that was not offered is nobody, and nothing is added.
    let noor = office.contact_id(ALDER, NOOR).await;
    let forged = olive.press(&asked, "Add client", &[("same", ""), ("same", &noor)]).await;
    forged.assert_status(422).assert_says("This is not who you chose");
    olive.get("/console/clients").await.assert_hides("Cedar & Co");

    // The answer moves with its row.
    let maya = office.contact_id(ALDER, MAYA).await;
    let yes = [("same", ""), ("same", maya.as_str())];
    let moved = olive.press(&asked, "Take out contact 1", &yes).await;
    assert_eq!((moved.value("role"), moved.value("same")), ("Trustee".into(), maya));
    moved.assert_sees("With yes, only the role is taken from here");
    olive.press(&moved, "Add client", &[]).await.assert_sees("Cedar & Co was added");
    let contacts = office.contacts("Cedar & Co").await;
    contacts.assert_sees("Maya Linden").assert_sees("Trustee").assert_sees("Not invited");

    // No access before they accept; then one login opens both.
    let (alder, cedar) = (office.portal_path(ALDER).await, office.portal_path("Cedar & Co").await);
    office.maya().get(&cedar).await.assert_missing();
    office.let_in(MAYA, "Cedar & Co").await;
    for path in [alder, cedar] {
        office.maya().get(&path).await.assert_status(200);
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_of_the_same_name_is_a_new_contact_of_a_new_client() {
    let office = Office::founded().await;
    let page = office.olive().get("/console/clients/new").await;
    let typed = [
        ("name", "Cedar & Co"),
        ("first", "maya"),
        ("last", "LINDEN"),
        ("email", "maya@cedar.example"),
    ];
    let asked = office.olive().press(&page, "Add client", &typed).await;
    asked.assert_status(422).assert_says("Choose whether this is the same person");
    let added = office.olive().press(&asked, "Add client", &[("same", "new")]).await;
    added.assert_sees("Cedar & Co was added").assert_sees("maya@cedar.example");
    office.contacts(ALDER).await.assert_hides("maya@cedar.example");
    office.close().await;
}
