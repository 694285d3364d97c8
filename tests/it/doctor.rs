//! The doctor: what is the matter, in words, with what to do; on a page and in a terminal.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use crate::cli::{BINARY, Server, ends, free_port, init, told};
use crate::mail_sink::Sink;
use crate::names::Names;
use crate::office::Office;

const PATH: &str = "/console/settings/health";

/// A domain whose records are as they should be, for mails from this machine.
fn good_domain(names: &Names, domain: &str) {
    names.mx(domain, &format!("mail.{domain}"));
    names.text(domain, "some-verification=1");
    names.text(domain, "v=spf1 include:_spf.provider.example ~all");
    names.text("_spf.provider.example", "v=spf1 ip4:127.0.0.0/8 -all");
    names.text(&format!("_dmarc.{domain}"), "v=DMARC1; p=quarantine");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_what_to_set_and_that_it_is_well_afterwards() {
    let office = Office::founded().await;
    let olive = office.olive();
    let page = olive.get(PATH).await;
    page.assert_sees("Public address").assert_sees("this machine only");
    page.assert_sees("Mails leave through localhost.").assert_sees("Nobody has had the data");
    page.assert_hides("DMARC");

    let page = olive.press(&page, "Check now", &[]).await;
    page.assert_sees("as they were written").assert_sees("takes no mail");
    page.assert_sees("says nowhere who may send").assert_sees("v=spf1 ");
    page.assert_sees("Mails are not signed here.").assert_sees("has no DMARC record");
    page.assert_sees("v=DMARC1; p=none");
    let today = olive.get("/console").await;
    today.assert_sees("things about the server need care");
    olive.click(&today, "2 things about the server").await.assert_sees("Checked");

    good_domain(&office.names, "firm.example");
    let page = olive.press(&page, "Check now", &[]).await;
    page.assert_sees("lets localhost send").assert_sees("firm.example takes mail.");
    page.assert_sees("turn forged mails away");
    olive.get("/console").await.assert_hides("need care");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_void_each_other_are_told() {
    let office = Office::founded().await;
    let (olive, names) = (office.olive(), &office.names);
    let check = async || olive.press(&olive.get(PATH).await, "Check now", &[]).await;
    good_domain(names, "firm.example");
    names.text("firm.example", "v=spf1 -all");
    names.text("_dmarc.firm.example", "v=DMARC1; p=none");
    let page = check().await;
    page.assert_sees("more than one SPF record").assert_sees("more than one record _dmarc");

    names.forget("firm.example");
    names.text("firm.example", "v=spf1 ip4:192.0.2.1 -all");
    let page = check().await;
    page.assert_sees("does not seem to let localhost send")
        .assert_sees("v=spf1 ip4:192.0.2.1 mx -all");
    page.assert_sees("takes no mail");

    names.forget("firm.example");
    names.text("firm.example", "v=spf1 include:gone.example -all");
    check().await.assert_sees("includes gone.example, which has none");
    names.forget("firm.example");
    let long: Vec<String> = (0..11).map(|n| format!("exists:{n}.example")).collect();
    names.text("firm.example", &format!("v=spf1 {} -all", long.join(" ")));
    check().await.assert_sees("more than ten look-ups");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_record_is_gone_is_told_and_so_is_a_silent_dns() {
    let office = Office::founded().await;
    let (olive, names) = (office.olive(), &office.names);
    good_domain(names, "firm.example");
    let page = olive.get("/console/settings/email/dkim").await;
    let page = olive.press(&page, "Make a key", &[]).await;
    let page = olive.press(&page, "Sign mails with it", &[]).await;
    olive.press(&page, "Sign all the same", &[]).await;

    let page = olive.press(&olive.get(PATH).await, "Check now", &[]).await;
    page.assert_sees("nobody can verify it").assert_sees("v=DKIM1; k=rsa; p=MIIB");
    olive.get("/console").await.assert_sees("DKIM needs care");

    let keys = office.data().join("keys");
    let is_key = |name: &str| name.starts_with("dkim-");
    for entry in fs::read_dir(&keys).unwrap().map(Result::unwrap) {
        if is_key(entry.file_name().to_str().unwrap()) {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    olive.get(PATH).await.assert_sees("Key of the mails").assert_sees("cannot be read");

    names.fall_silent();
    let page = olive.press(&olive.get(PATH).await, "Check now", &[]).await;
    page.assert_sees("did not answer in time").assert_sees("--dns-server");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_do_not_see_the_page_and_admins_do() {
    let office = Office::open().await;
    office.rita().get(PATH).await.assert_sees("This server");
    office.sam().visit(PATH).await.assert_status(403);
    office.close().await;
}

/// `anteroom doctor` on this folder, asking this name server.
fn doctor(data: &std::path::Path, names: &Names) -> Command {
    let mut command = Command::new(BINARY);
    command.env_clear().arg("doctor").arg("--data-dir").arg(data);
    command.args(["--dns-server", &names.at.to_string()]);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_asks_the_server_or_looks_by_itself_and_its_code_says_whether_anything_fails() {
    let (names, sink) = (Names::start().await, Sink::start().await);
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let mut set_up = init(&data, "Alder & Finch");
    set_up.args(["--smtp-host", "127.0.0.1", "--smtp-port", &sink.port().to_string()]);
    set_up.args(["--smtp-security", "none", "--mail-from", "portal@firm.example"]);
    ends(&mut set_up, 0);
    good_domain(&names, "firm.example");

    let said = ends(&mut doctor(&data, &names), 0);
    assert!(said.contains("ok    Permissions: Nobody else"), "{said}");
    assert!(said.contains("ok    SPF: The record of firm.example lets 127.0.0.1 send."), "{said}");
    assert!(said.contains("WARN  DKIM: Mails are not signed here."), "{said}");
    assert!(said.contains("Nothing fails. Look at "), "{said}");

    let port = free_port();
    let mut serve = Command::new(BINARY);
    serve.env_clear().arg("serve").arg("--data-dir").arg(&data);
    serve.args(["--listen", &format!("127.0.0.1:{port}")]);
    serve.args(["--public-url", "https://portal.firm.example"]);
    names.address("portal.firm.example", "192.0.2.7");
    names.address("portal.firm.example", "2001:db8::7");
    let _server = Server::from(&mut serve, port);
    names.forget("firm.example");
    let keys = data.join("keys");
    fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&keys, Permissions::from_mode(0o755)).unwrap();
    let (code, said, complained) = told(&doctor(&data, &names).arg("--json").output().unwrap());
    assert_eq!(code, 1, "{said}{complained}");
    let found: Value = serde_json::from_str(&said).unwrap();
    let check = |id: &str| {
        let checks = found["checks"].as_array().unwrap();
        checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("{id}: {said}"))
    };
    assert_eq!(check("permissions")["state"], "fail");
    assert_eq!(check("data")["state"], "ok");
    assert_eq!(check("spf")["state"], "fail");
    assert_eq!(check("spf")["records"][0]["value"], "v=spf1 a:portal.firm.example ~all");
    let leads = "portal.firm.example leads to 192.0.2.7, 2001:db8::7.";
    assert_eq!(check("address-dns")["found"], leads);
    assert_eq!(check("spf")["records"][0]["name"], "firm.example");
    assert_eq!(check("backups")["state"], "warn");
    assert!(complained.contains("see above"), "{complained}");
}
