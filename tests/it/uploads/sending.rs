//! How a script in a browser sends a file, step by step.

use anteroom::values::Digest;
use serde_json::Value;

use crate::office::Office;
use crate::page::Page;
use crate::person::Person;

/// As the server says how large a piece may be.
pub const PIECE: usize = 983_040;
/// What is acknowledged is a multiple of this.
pub const BLOCK: usize = 65_536;

const JSON: (&str, &str) = ("Accept", "application/json");

/// So many bytes, of which no block is like another.
pub fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n ^ (n >> 8) ^ (n >> 16)) as u8).collect()
}

/// Where staff add files to a client.
pub async fn console_of(office: &Office, client: &str) -> String {
    office.client_path(office.olive(), client).await
}

/// What a script is answered.
#[track_caller]
pub fn json(page: &Page) -> Value {
    serde_json::from_str(page.body())
        .unwrap_or_else(|why| panic!("{} {}: {why}: {}", page.asked, page.status, page.body()))
}

/// From which byte to go on.
#[track_caller]
pub fn offset(page: &Page) -> usize {
    let offset = page.header("upload-offset");
    offset.unwrap_or_else(|| panic!("{} → {}", page.asked, page.status)).parse().unwrap()
}

/// The id that an answer holds under this name.
#[track_caller]
pub fn id(page: &Page, name: &str) -> String {
    json(page)[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", page.body())).to_owned()
}

/// Says what is going to come.
pub async fn begin(
    who: &Person,
    place: &str,
    name: &str,
    bytes: usize,
    more: &[(&str, &str)],
) -> Page {
    let bytes = bytes.to_string();
    let fields = [&[("name", name), ("bytes", bytes.as_str())], more].concat();
    let fields: Vec<_> =
        fields.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    who.send_with("POST", &format!("{place}/uploads"), &fields, &[JSON]).await
}

/// The same, where it must be taken: its address.
pub async fn begun(who: &Person, place: &str, name: &str, bytes: usize) -> String {
    let page = begin(who, place, name, bytes, &[]).await;
    page.assert_status(201);
    let chunk = json(&page)["chunk"].as_u64();
    assert_eq!((chunk, json(&page)["offset"].as_u64()), (Some(PIECE as u64), Some(0)));
    format!("{place}/uploads/{}", id(&page, "id"))
}

/// Sends a piece from this byte on.
pub async fn piece(who: &Person, upload: &str, from: usize, bytes: &[u8]) -> Page {
    who.send_bytes("PATCH", upload, bytes, &head(&from.to_string())).await
}

/// Sends the beginning of a piece, and then the connection breaks.
pub async fn cut_piece(who: &Person, upload: &str, from: usize, rest: &[u8], sent: usize) {
    let mut line = who.begin("PATCH", upload, rest.len(), &head(&from.to_string())).await;
    line.send(&rest[..sent]).await;
    line.break_off().await;
}

pub fn head(from: &str) -> [(&str, &str); 3] {
    [JSON, ("Content-Type", "application/partial-upload"), ("Upload-Offset", from)]
}

/// How far it is.
pub async fn look(who: &Person, upload: &str) -> Page {
    who.send_with("GET", upload, &[], &[JSON]).await
}

/// Sends all that is missing, piece by piece, and gives the last answer.
pub async fn rest(who: &Person, upload: &str, from: usize, all: &[u8]) -> Page {
    let mut at = from;
    loop {
        let end = all.len().min(at + PIECE);
        let page = piece(who, upload, at, &all[at..end]).await;
        if page.status != 204 {
            return page;
        }
        assert_eq!(offset(&page), end);
        at = end;
    }
}

/// A whole file; gives what the script is told of it.
pub async fn send(who: &Person, place: &str, name: &str, all: &[u8]) -> Page {
    let upload = begun(who, place, name, all.len()).await;
    let done = rest(who, &upload, 0, all).await;
    is_whole(&done, all);
    done
}

/// A script is refused, with this sentence among what it is told.
#[track_caller]
pub fn is_refused(page: &Page, status: u16, words: &str) {
    assert_eq!(page.status, status, "{} {}", page.asked, page.body());
    assert!(page.body().contains(words), "{} does not say {words:?}: {}", page.asked, page.body());
}

/// The file is there, whole.
#[track_caller]
pub fn is_whole(done: &Page, all: &[u8]) {
    done.assert_status(200);
    let told = json(done);
    assert_eq!(told["bytes"].as_u64(), Some(all.len() as u64));
    assert_eq!(told["sha256"].as_str(), Some(Digest::of(all).to_string().as_str()));
    assert!(told["href"].as_str().unwrap().ends_with(told["file"].as_str().unwrap()));
}
