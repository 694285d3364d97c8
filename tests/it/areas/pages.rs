//! Every page of the portal, with every combination of areas. There is no list to keep: a new route has to say to which
//! area it belongs.

use anteroom::portal;

use super::{FILES, REQUESTS, open_only};
use crate::cast::{ALDER, NOOR};
use crate::office::Office;
use crate::page::Page;
use crate::portal_requests::{Asked, item};

const COMBINATIONS: [&[&str]; 4] = [&[], &[FILES], &[REQUESTS], &[FILES, REQUESTS]];

/// Any of these opens it; none for what needs no area.
fn opened_by(method: &str, route: &str) -> &'static [&'static str] {
    let below = route.strip_prefix("/p/:client").unwrap();
    let part = below.split('/').nth(1).unwrap_or_default();
    match (part, method, below) {
        ("", ..) => &[],
        ("files", ..) => &[FILES],
        ("todo" | "requests" | "live", ..) => &[REQUESTS],
        // Files go to either.
        ("uploads", "GET", "/uploads") => &[FILES, REQUESTS],
        ("uploads", ..) => &[FILES],
        _ => panic!("nobody has said to which area {route} belongs"),
    }
}

/// One of everything that addresses are of, all of it Noor's to see.
struct Things {
    client: String,
    file: String,
    folder: String,
    receipt: String,
    upload: String,
    request: String,
    number: String,
    /// Where what she handed in is downloaded.
    handed_in: String,
}

impl Things {
    async fn of(office: &Office) -> Self {
        let (portal, noor) = (office.portal_path(ALDER).await, office.noor());
        let asked = Asked::all(office, ALDER, "Your year", &[item("file", "Statements")]).await;
        let number = asked.field(0).trim_start_matches("a-").to_owned();
        let form = asked.page(noor).await.fill("Send to", &[]);
        let sent = noor.submit_with(&form, &[(&format!("file-{number}"), "May.txt", b"1")]).await;
        let handed_in = noor.follow(sent).await;
        handed_in.assert_sees("has what you sent");
        let record = portal.replace("/p/", "/console/clients/");
        let books = [("Books/Ledger.txt", &b"twelve chairs"[..])];
        let everyone = [("audience", "everyone")];
        office.olive().add_files(&format!("{record}/files"), &everyone, &books).await;
        let list = format!("{portal}/files");
        let own = noor.add_files(&list, &[], &[("Passport.txt", b"one")]).await;
        let receipt = last(own.location());
        let begun = [("name", "Long.txt"), ("bytes", "90")].map(|(k, v)| (k.into(), v.into()));
        let json = [("Accept", "application/json")];
        let begun = noor.send_with("POST", &format!("{portal}/uploads"), &begun, &json).await;
        let told: serde_json::Value = serde_json::from_str(begun.body()).unwrap();
        let page = noor.get(&list).await;
        Self {
            client: last(&portal),
            file: last(&page.link("Passport.txt")),
            folder: last(&page.link("Books")),
            receipt,
            upload: told["id"].as_str().unwrap().to_owned(),
            request: last(&asked.path),
            number,
            handed_in: asked.page(noor).await.link("May.txt"),
        }
    }

    fn put_into(&self, route: &str) -> String {
        let part = |part: &str| match part {
            ":client" => self.client.clone(),
            ":file" => self.file.clone(),
            ":files" => self.receipt.clone(),
            ":folder" => self.folder.clone(),
            ":upload" => self.upload.clone(),
            ":request" => self.request.clone(),
            ":number" => self.number.clone(),
            ":page" => "1".to_owned(),
            part if part.starts_with([':', '*']) => panic!("nobody has said what {part} is"),
            part => part.to_owned(),
        };
        let path = route.split('/').map(part).collect::<Vec<_>>().join("/");
        if path.ends_with("/live") { path + "?at=todo" } else { path }
    }
}

fn last(path: &str) -> String {
    path.split('#').next().unwrap().rsplit('/').next().unwrap().to_owned()
}

const A_FILE: &[u8] = b"--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nx\r\n--cut--\r\n";

/// The status of a form with a file, in whichever way it can be read.
async fn status(office: &Office, things: &Things, (method, path): (&str, &str)) -> u16 {
    let ticked = format!("file={}&name=a.txt&bytes=1", things.file);
    let ticked = if method == "GET" { &b""[..] } else { ticked.as_bytes() };
    let kinds: [(&str, &[u8]); 3] = [
        ("application/x-www-form-urlencoded", ticked),
        ("multipart/form-data; boundary=cut", A_FILE),
        ("application/partial-upload", b""),
    ];
    let mut status = 0;
    for (kind, body) in kinds {
        let head = [("Content-Type", kind), ("Upload-Offset", "0")];
        status = status_of(office, (method, path), (&head, body)).await;
        if status != 415 {
            break;
        }
    }
    status
}

/// The status of what may be an answer without an end.
async fn status_of(
    office: &Office,
    (method, path): (&str, &str),
    (head, body): (&[(&str, &str)], &[u8]),
) -> u16 {
    let mut line = office.noor().begin(method, path, body.len(), head).await;
    line.send(body).await;
    while !line.heard().contains("\r\n") {
        line.hear().await;
    }
    line.heard().split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_comes_to_exactly_the_pages_of_their_areas() {
    let office = Office::open().await;
    let things = Things::of(&office).await;
    let mut wrong = Vec::new();
    for areas in COMBINATIONS {
        open_only(&office, NOOR, areas).await;
        for (method, route) in portal::routes().list() {
            if !route.starts_with("/p/:client") {
                continue;
            }
            let needs = opened_by(method.as_str(), route);
            let open = needs.is_empty() || needs.iter().any(|area| areas.contains(area));
            // What is open to them is tried out elsewhere; of a text nothing is drawn.
            if open && (method != "GET" || route.contains("/preview/")) {
                continue;
            }
            let status = status(&office, &things, (method.as_str(), &things.put_into(route))).await;
            if open == (status == 404) || status >= 500 {
                wrong.push(format!("{areas:?}: {method} {route} → {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_they_handed_in_is_theirs_with_either_area() {
    let office = Office::open().await;
    let things = Things::of(&office).await;
    for areas in COMBINATIONS {
        open_only(&office, NOOR, areas).await;
        let wanted = if areas.is_empty() { 404 } else { 200 };
        let file = things.handed_in.trim_end_matches("/download");
        office.noor().get(&format!("{file}/download")).await.assert_status(wanted);
    }
    office.close_with_mails_read().await;
}

/// The links of the navigation and the page that lead below a portal.
fn leads(page: &Page, portal: &str, below: &str) -> bool {
    page.links().iter().any(|link| link.starts_with(&format!("{portal}{below}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn home_and_its_navigation_lead_to_nothing_that_is_closed() {
    let office = Office::open().await;
    Things::of(&office).await;
    let portal = office.portal_path(ALDER).await;
    for areas in COMBINATIONS {
        open_only(&office, NOOR, areas).await;
        let home = office.noor().get(&portal).await;
        home.assert_status(200);
        assert_eq!(leads(&home, &portal, "/todo"), areas.contains(&REQUESTS), "{areas:?}");
        assert_eq!(leads(&home, &portal, "/files"), areas.contains(&FILES), "{areas:?}");
        let settings = office.noor().get("/p/settings").await;
        assert_eq!(leads(&settings, &portal, "/todo"), areas.contains(&REQUESTS), "{areas:?}");
        let all = office.noor().get("/p/todo").await;
        all.assert_status(if areas.contains(&REQUESTS) { 200 } else { 404 });
        match areas {
            [] => home.assert_says("Nothing is open to you here yet"),
            _ => home.assert_hides("Nothing is open to you"),
        };
    }
    office.close_with_mails_read().await;
}
