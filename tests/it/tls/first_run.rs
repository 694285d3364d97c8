//! The first five minutes of a package: its sockets are enabled, and somebody on another machine opens https.

use super::address::{hidden, send, session};
use super::authority::answers;
use super::browser::Visit;
use super::running::{get, tell};
use super::sockets::{handed, listener};
use super::{PORTAL, place, until_shown};

/// What the program prints for whoever started it.
fn setup_code(data: &std::path::Path) -> String {
    use anteroom::server::control::{Answer, Verb, ask};
    match ask(data, &Verb::SetupCode).unwrap() {
        Answer::Done(code) => code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_set_up_over_https_from_another_machine() {
    let (_place, data) = place();
    let ((http, plain), (https, secure)) = (listener(), listener());
    let program = handed(&data, &https, &http, "https:http", "");
    answers(secure).await;

    // Nobody has chosen where a certificate comes from: https is answered, and http leads nobody to a warning.
    let page = Visit::open(secure, PORTAL).await.get(PORTAL, "/setup").await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Set-up code"), "{page}");
    assert!(!page.contains("travels without encryption"), "{page}");
    let clear = tell(plain, &get(PORTAL, "/setup", ""));
    assert!(clear.starts_with("HTTP/1.1 200"), "{clear}");
    assert!(clear.contains("travels without encryption"), "{clear}");
    let form = |code: &str| {
        format!(
            "code={code}&firm=Alder+%26+Finch&public_url=https%3A%2F%2F{PORTAL}&name=Olive+Finch&\
             email=olive%40alderfinch.example&password=correct+kiln+battery+lease&zone=America%2FNew_York&\
             currency=USD&date_style=month-first"
        )
    };
    let wrong = Visit::open(secure, PORTAL).await;
    let wrong = { wrong }.send(&send(PORTAL, "/setup", "", &form("AAAAA-BBBBB"))).await;
    assert!(wrong.starts_with("HTTP/1.1 422"), "{wrong}");
    let code = setup_code(&data);
    let done =
        Visit::open(secure, PORTAL).await.send(&send(PORTAL, "/setup", "", &form(&code))).await;
    assert!(done.starts_with("HTTP/1.1 303"), "{done}");
    let (cookie, line) = session(&done);
    assert!(line.contains("Secure"), "{line}");

    let visit = async |path: &str| {
        let asked = get(PORTAL, path, &format!("Cookie: {cookie}\r\n"));
        Visit::open(secure, PORTAL).await.send(&asked).await
    };
    let today = visit("/console").await;
    assert!(today.contains("Get a certificate"), "it is the next step: {today}");
    let page = visit("/console/settings/address").await;
    assert!(page.contains("answered with a makeshift one"), "{page}");
    // Automatic would ask a real authority; this way is as good to see the doors change.
    let seen = page.split("action=\"/console/settings/address/tls\"").nth(1).unwrap();
    let form = format!("way=self-signed&seen={}", hidden(seen, "seen"));
    let saved = send(PORTAL, "/console/settings/address/tls", &cookie, &form);
    let saved = Visit::open(secure, PORTAL).await.send(&saved).await;
    assert!(saved.starts_with("HTTP/1.1 303"), "{saved}");
    until_shown(secure, |shown| shown.names.iter().any(|name| name.contains(PORTAL))).await;
    let led = async {
        while !tell(plain, &get(PORTAL, "/x", "")).starts_with("HTTP/1.1 308") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(super::SOON, led).await.expect("plain HTTP leads on from now on");
    assert!(visit("/console").await.contains("<s>Get a certificate</s>"), "it is done");
    program.stop();
}
