//! Settings › Address & TLS: the four ways, what is looked at before an order, and who is told when something is wrong.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anteroom::http::tls::self_signed;
use anteroom::model::Locked;
use anteroom::model::tls::{TlsSettings, TlsWay};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::task::block_in_place;

use crate::cast::SAM;
use crate::cli::{BINARY, Server, ends, free_port, init, told};
use crate::names::Names;
use crate::office::Office;
use crate::tls::authority::Authority;

const PATH: &str = "/console/settings/address";
const PORTAL: &str = "portal.firm.example";
const SAVE: &str = "Save encryption";
const CARE: &str = "The certificate needs care";

#[tokio::test(flavor = "multi_thread")]
async fn each_way_is_chosen_with_what_it_needs_and_nothing_typed_is_lost() {
    let office = Office::founded().await;
    let olive = office.olive();
    let page = olive.get(PATH).await;
    for way in ["Automatic", "Own files", "Behind a proxy", "Only in this network"] {
        page.assert_sees(way);
    }
    page.assert_says("There is none here");

    let typed = [("way", "files"), ("names", "nas.lan"), ("key_file", "key.pem")];
    let again = olive.press(&page, SAVE, &typed).await;
    again.assert_status(422).assert_says("Type the path of the certificate");
    again.assert_says("it begins with /");
    assert_eq!(
        (again.value("key_file"), again.value("names")),
        ("key.pem".into(), "nas.lan".into())
    );
    let bad = [("way", "acme"), ("directory", "http://ca.lan"), ("contact", "olive")];
    let again = olive.press(&again, SAVE, &bad).await;
    again.assert_status(422).assert_says("it begins with https://");
    assert_eq!(again.value("contact"), "olive");

    let mend = [("way", "self-signed"), ("directory", ""), ("contact", ""), ("key_file", "")];
    olive.press(&again, SAVE, &mend).await.assert_says("Each browser warns once");
    let page = office.until(olive, PATH, "This server itself").await;
    page.assert_says("nas.lan").assert_says("days left");
    page.assert_says("leads on to https").assert_says("Links in mails begin with http still");
    let activity = olive.get("/console/activity").await;
    activity.assert_sees("set the certificate to a self-signed one");
    let other = olive.get(PATH).await;
    olive.press(&page, SAVE, &[("way", "off")]).await.assert_says("A proxy in front encrypts");
    let late = olive.press(&other, SAVE, &[("names", "box.lan")]).await;
    late.assert_status(422).assert_says("Somebody else changed this");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_for_admins_and_owners() {
    let office = Office::founded().await;
    office.hire(SAM, "staff").await;
    for path in [PATH, "/console/settings/address/tls", "/console/settings/address/check"] {
        let method = if path == PATH { "GET" } else { "POST" };
        office.sam().send(method, path, &[]).await.assert_status(403);
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_from_outside_is_shown_with_its_source_and_cannot_be_changed() {
    let settings = TlsSettings {
        way: TlsWay::SelfSigned,
        names: vec!["nas.lan".into()],
        ..TlsSettings::default()
    };
    let given = Locked { value: settings, source: "ANTEROOM_TLS".to_owned() };
    let office = Office::told(|config| config.overrides.tls = Some(given)).await;
    office.set_up().await;
    let page = office.olive().get(PATH).await;
    page.assert_says("was set with ANTEROOM_TLS when Anteroom was started").assert_says("nas.lan");
    assert!(!page.offers(SAVE));
    let checked = office.olive().press(&page, "Check first", &[]).await;
    checked.assert_status(200).assert_says("this server vouches for itself");
    let form = [("way", "off"), ("seen", "")];
    let refused = office.olive().post("/console/settings/address/tls", &form).await;
    refused.assert_says("Change it there");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_former_address_is_named_until_the_new_one_has_answered() {
    let office = Office::founded().await;
    let olive = office.olive();
    let new = [("public_url", "http://10.20.30.40"), ("confirmed", "on")];
    let page = olive.get(PATH).await;
    let page = olive.press(&page, "Save address", &new[..1]).await;
    let page = olive.press(&page, "Save address", &new).await;
    page.assert_says("answers until an Admin has come by the new one");
    page.assert_says("No Admin has come by http://10.20.30.40 yet").assert_says(&office.origin());

    office.nobody().send_with("GET", "/login", &[], &[("Host", "10.20.30.40")]).await;
    olive.get(PATH).await.assert_says("No Admin has come by");
    olive.send_with("GET", "/console", &[], &[("Host", "10.20.30.40")]).await;
    let activity = office.until(olive, "/console/activity", "stopped answering at").await;
    activity.assert_says("an Admin came by the new address");
    olive.get(PATH).await.assert_hides("No Admin has come by");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_shown_its_configuration_and_whether_it_is_heard() {
    let proxies = ["127.0.0.9/32".parse().unwrap()];
    let office = Office::told(|config| config.trusted_proxies = proxies.into()).await;
    office.set_up().await;
    let olive = office.olive();
    let page = olive.get(PATH).await;
    page.assert_says("came straight from 127.0.1.11 by http")
        .assert_says("Configuration for nginx");
    page.assert_says(&format!("proxy_pass http://{}", office.addr()));
    let said = [("X-Forwarded-For", "198.51.100.7"), ("X-Forwarded-Proto", "https")];
    let page = olive.send_with("GET", PATH, &[], &said).await;
    page.assert_says("a proxy at 127.0.1.11 that is not trusted");
    page.assert_says("--trusted-proxies 127.0.1.11");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_an_order_it_is_told_what_the_authority_is_going_to_see() {
    let mut authority = Authority::planned(free_port(), free_port());
    let office = Office::founded().await;
    let (olive, names) = (office.olive(), &office.names);
    let typed = [
        ("way", "acme"),
        ("names", PORTAL),
        ("directory", authority.directory.as_str()),
        ("ca", authority.ca.as_str()),
    ];
    let page = olive.get(PATH).await;
    let found = olive.press(&page, "Check first", &typed).await;
    found.assert_status(200).assert_says("Something stands in the way");
    found.assert_says("portal.firm.example leads nowhere yet: set an A record");
    found.assert_says("is out of reach");

    authority.start(0).await;
    names.address(PORTAL, "127.0.0.1");
    names.caa("firm.example", "ca.example");
    let found = olive.press(&found, "Check first", &[]).await;
    found.assert_says("portal.firm.example leads to 127.0.0.1, which is this machine");
    found.assert_says("firm.example allows certain authorities only");
    found.assert_says("answers.").assert_says("The clock of this machine is");
    assert_eq!(found.value("names"), PORTAL, "what was typed is still there");
    assert_eq!(authority.orders(), 0, "nothing is ordered");
    olive.get(PATH).await.assert_says("There is none here");
    office.close().await;
}

fn write(path: &Path, text: &str) {
    fs::File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
}

/// A certificate for the portal that ends so many days from now, in two files.
fn put_certificate(folder: &Path, days: i64, now: Timestamp) -> [String; 2] {
    let (day, names) = (SignedDuration::from_hours(24), ["127.0.0.1".to_owned()]);
    let (from, until) = (now - day * 80, now + SignedDuration::from_hours(24 * days + 1));
    let (chain, key) = self_signed(&names, Some((from, until))).unwrap();
    [("cert.pem", chain), ("key.pem", key)].map(|(name, text)| {
        let (path, beside) = (folder.join(name), folder.join("new"));
        write(&beside, &text);
        fs::rename(&beside, &path).unwrap();
        path.to_str().unwrap().to_owned()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_hear_of_a_certificate_that_is_not_renewed_once_a_day_and_when_it_is() {
    let office = Office::founded().await;
    let (olive, folder) = (office.olive(), tempfile::tempdir().unwrap());
    let now: Timestamp = "2026-03-02T14:00:00Z".parse().unwrap();
    let [chain, key] = put_certificate(folder.path(), 10, now);
    let typed = [("way", "files"), ("certificate_file", &*chain), ("key_file", &*key)];
    let page = olive.get(PATH).await;
    olive.press(&page, SAVE, &typed).await.assert_says("The files are read now");
    let warning = "The certificate ends in 9 days and has not been renewed";
    office.until(olive, "/console", warning).await;
    assert_eq!(office.unread_mails_to("olive"), 0, "somebody may be at it");

    office.advance(Duration::from_secs(60 * 61));
    let mail = office.mail_to("olive").await;
    assert_eq!(mail.header("Subject").unwrap(), CARE);
    assert!(mail.text_part().contains("has not been renewed"), "{}", mail.text_part());
    office.advance(Duration::from_secs(60 * 60 * 12));
    office.mails_settle().await;
    office.advance(Duration::from_secs(60 * 60 * 13));
    assert_eq!(office.mail_to("olive").await.header("Subject").unwrap(), CARE);

    put_certificate(folder.path(), 90, now);
    let mail = office.mail_to("olive").await;
    assert_eq!(mail.header("Subject").unwrap(), "The certificate is all right again");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sits_at_the_machine_can_look_before_an_order() {
    let mut authority = Authority::planned(free_port(), free_port());
    authority.start(0).await;
    let (names, place) = (Names::start().await, tempfile::tempdir().unwrap());
    let (data, ca) = (place.path().join("data"), place.path().join("ca.pem"));
    write(&ca, &authority.ca);
    let (https, http) = (free_port(), free_port());
    let look = |more: &[&str]| {
        let mut command = Command::new(BINARY);
        command.env_clear().args(["tls", "check", "--data-dir"]).arg(&data);
        command.args(["--tls", "acme", "--domain", PORTAL, "--acme-directory"]);
        command.arg(&authority.directory).arg("--acme-ca").arg(&ca);
        command.arg(format!("--listen-https=127.0.0.1:{https}"));
        command.arg(format!("--listen-http=127.0.0.1:{http}"));
        command.arg(format!("--dns-server={}", names.at)).args(more);
        let (code, said, _) = told(&block_in_place(|| command.output().unwrap()));
        (code, said)
    };
    block_in_place(|| ends(&mut init(&data, "Alder & Finch"), 0));

    let (code, said) = look(&[]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("bad     portal.firm.example leads nowhere yet"), "{said}");
    names.address(PORTAL, "127.0.0.1");
    let (code, said) = look(&[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("good    The clock of this machine is right."), "{said}");
    assert!(said.ends_with("as far as can be seen from here.\n"), "{said}");

    let server = block_in_place(|| Server::start(&data));
    let (code, said) = look(&["--json"]);
    assert_eq!(code, 0, "{said}");
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&report["way"], &report["good"]), (&"acme".into(), &true.into()), "{report}");
    assert!(report["findings"].as_array().unwrap().iter().any(|one| one["check"] == "caa"));
    drop(server);
    assert_eq!(authority.orders(), 0);
}
