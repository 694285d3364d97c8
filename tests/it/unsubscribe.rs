//! Mails of notices end with one click in the mail program (RFC 8058), and with nothing less. With a real mail server.

use std::time::Duration;

use crate::cast::{ALDER, MAYA, NOOR};
use crate::mail_sink::Mail;
use crate::office::Office;
use crate::page::Page;
use crate::portal_requests::{Asked, Wanted};

/// What is asked within so long is told in one mail.
const GATHERED: Duration = Duration::from_secs(2 * 60);
/// The same of files.
const OF_FILES: Duration = Duration::from_secs(10 * 60);
const LEASE: &[u8] = b"The lease of the kiln, in force from March.\n";

/// The path at which a mail says that it ends.
fn end_of(mail: &Mail) -> String {
    let header = mail.header("List-Unsubscribe").expect("it can be ended");
    let address = header.trim().trim_start_matches('<').trim_end_matches('>');
    address[address.find("/unsubscribe/").expect("a page that does only that")..].to_owned()
}

/// What a mail provider sends when its reader presses "Unsubscribe": from elsewhere, and with nobody's session.
async fn one_click(office: &Office, path: &str) -> Page {
    let fields = [("List-Unsubscribe".to_owned(), "One-Click".to_owned())];
    let from = [("Origin", "https://mail.example"), ("Sec-Fetch-Site", "cross-site")];
    office.nobody().send_with("POST", path, &fields, &from).await
}

/// How often somebody wants to be told.
fn pace(page: &Page) -> String {
    let html = page.html();
    let radios = html.tags("input").filter(|at| html[*at].attr("name") == Some("pace"));
    let mut chosen = radios.filter(|at| html[*at].attr("checked").is_some());
    chosen.next().and_then(|at| html[at].attr("value")).unwrap_or_default().to_owned()
}

/// Olive asks everyone at Alder for something that is due on 12 March, and reminds them.
async fn remind(office: &Office, title: &str) -> Mail {
    let wanted = Wanted { title, due: "2026-03-12", named: &[], items: &[] };
    Asked::of(office, ALDER, wanted).await;
    office.advance(GATHERED);
    let told = office.mail_to("maya").await;
    assert!(told.header("List-Unsubscribe").is_none(), "what is asked reaches everybody");
    office.days_later(3, &[crate::cast::OLIVE, MAYA]).await;
    let mail = office.mail_to("maya").await;
    assert!(mail.header("Subject").unwrap().starts_with("Reminder:"));
    mail
}

/// Olive shares a file with everyone at Alder.
async fn share(office: &Office, name: &str) {
    let files = format!("{}/files", office.client_path(office.olive(), ALDER).await);
    let fields = [("folder", ""), ("audience", "everyone"), ("note", "")];
    office.olive().add_files(&files, &fields, &[(name, LEASE)]).await.assert_status(303);
    office.advance(OF_FILES);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_click_ends_the_reminders_of_one_contact_and_nothing_else() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.mail_to("olive").await;
    let end = end_of(&remind(&office, "Bank statement").await);

    let done = one_click(&office, &end).await;
    done.assert_status(200).assert_sees("These e-mails have ended").assert_sees("what still waits");
    assert!(done.header("location").is_none() && done.headers("set-cookie").is_empty());
    assert!(!done.text().contains("Maya") && !done.text().contains(ALDER), "it tells nothing");
    one_click(&office, &end).await.assert_status(200);

    let settings = office.maya().get("/p/settings/notices").await;
    assert_eq!(pace(&settings), "at-once", "new files are another matter");
    office.days_later(5, &[crate::cast::OLIVE, MAYA]).await;
    office.mails_settle().await;
    assert_eq!(office.unread_mails_to("maya"), 0);
    share(&office, "Lease.txt").await;
    office.mail_to("maya").await;
    office.olive().get("/console/outbox").await.assert_hides("/unsubscribe/");

    let settings = office.maya().get("/p/settings/notices").await;
    let again = [("reminders", "yes")];
    let saved = office.maya().press(&settings, "Save reminders", &again).await;
    saved.assert_hides("You get no reminders");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_only_looks_at_the_link_ends_nothing_and_a_person_ends_it_with_its_button() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.mail_to("olive").await;
    share(&office, "Lease.txt").await;
    let end = end_of(&office.mail_to("maya").await);
    for _ in 0..20 {
        office.nobody().head(&end).await.assert_status(200);
        office.nobody().get(&end).await.assert_sees("about new files");
    }
    share(&office, "Rota.txt").await;
    office.mail_to("maya").await;

    let reader = office.nobody();
    let page = reader.get(&end).await;
    assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
    let done = reader.press_only(&page, "End these e-mails", &[]).await;
    done.assert_status(200).assert_sees("These e-mails have ended");
    share(&office, "Deed.txt").await;
    office.mails_settle().await;
    assert_eq!(office.unread_mails_to("maya"), 0);
    let login = reader.get("/p/settings/notices").await;
    assert!(login.location().starts_with("/login"), "nobody is logged in by it");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_end_what_tells_them_of_clients_the_same_way_and_begin_it_again() {
    let office = Office::open().await;
    office.mails_are_read().await;
    let portal = format!("{}/files", office.portal_path(ALDER).await);
    let fields = [("folder", ""), ("note", "")];
    let send = async |name: &str| {
        office.maya().add_files(&portal, &fields, &[(name, LEASE)]).await.assert_status(303);
        office.advance(OF_FILES);
    };
    send("Statement.txt").await;
    let end = end_of(&office.mail_to("olive").await);

    // As most providers send it.
    let body = b"--cut\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--cut--\r\n";
    let kind = [
        ("Content-Type", "multipart/form-data; boundary=cut"),
        ("Origin", ""),
        ("Sec-Fetch-Site", ""),
    ];
    office.nobody().send_bytes("POST", &end, body, &kind).await.assert_status(200);

    send("Passport.txt").await;
    office.mails_settle().await;
    assert_eq!(office.unread_mails_to("olive"), 0);
    let page = office.olive().get("/console/account/notices").await;
    assert_eq!(pace(&page), "off");
    office.olive().press(&page, "Save", &[("pace", "at-once")]).await;
    send("Lease.txt").await;
    office.mail_to("olive").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_address_ends_anything_and_the_secret_opens_no_other_door() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.let_in(NOOR, ALDER).await;
    office.mails_are_read().await;
    share(&office, "Lease.txt").await;
    let [maya, noor] = [office.mail_to("maya").await, office.mail_to("noor").await].map(|mail| {
        let path = end_of(&mail);
        let parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        (parts[3].clone(), parts[4].clone())
    });
    let token = &maya.1;
    let mut answers = Vec::new();
    for path in [
        format!("/unsubscribe/reminders/{}/{token}", maya.0),
        format!("/unsubscribe/clients/{}/{token}", maya.0),
        format!("/unsubscribe/files/{}/{token}", noor.0),
        format!("/unsubscribe/files/{}/{}", maya.0, "A".repeat(43)),
        format!("/unsubscribe/files/nobody/{token}"),
    ] {
        answers.push(one_click(&office, &path).await.assert_status(410).text());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "all are told the same");
    for door in ["invite", "reset", "verify-address"] {
        let page = office.nobody().get(&format!("/{door}/{token}")).await;
        assert!(matches!(page.status, 404 | 410), "{door}: {}", page.status);
    }
    office.nobody().get(&format!("/calendar/{token}.ics")).await.assert_status(404);
    share(&office, "Rota.txt").await;
    office.mail_to("maya").await;
    office.mail_to("noor").await;

    // Mail programs add the full stop that follows a link.
    let end = format!("/unsubscribe/files/{}/{token}.", maya.0);
    office.nobody().get(&end).await.assert_sees("about new files");
    office.close().await;
}
