//! Data of every released version opens, is brought to the present schema, and its people log in as before.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anteroom::config::Config;
use anteroom::model::Clock;
use anteroom::server::control::{Answer, Verb};
use anteroom::server::{Ready, start};
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::old_firm::copy_folder;
use crate::person::Person;

/// What `anteroom demo --json` printed.
#[derive(Deserialize)]
struct Made {
    logins: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    name: String,
    email: String,
    password: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn data_of_every_version_opens_and_its_people_log_in() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folders = fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path());
    let mut opened = 0;
    let of_a_version =
        |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("schema-");
    for folder in folders.filter(of_a_version) {
        let temp = tempfile::tempdir().unwrap();
        let data = temp.path().join("data");
        copy_folder(&folder, &data).unwrap();
        let clock = Clock::pinned("2026-12-01T12:00:00Z".parse().unwrap());

        let ready = Ready::open(Config::nearby(data.clone()), clock.clone()).unwrap();
        let checked = ready.carry_out(Verb::Check { json: false }).await;
        assert!(matches!(checked, Answer::Done(_)), "{}: {checked:?}", folder.display());
        ready.close().await.unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = start(Config::nearby(data), clock, listener).unwrap();
        let made = fs::read_to_string(folder.join("logins.json")).unwrap();
        let made: Made = serde_json::from_str(&made).unwrap();
        for (host, known) in made.logins.iter().enumerate() {
            let host = u8::try_from(host).unwrap() + 1;
            let who = Person::new("somebody", server.addr, host, Arc::default());
            let page = who.visit("/login").await;
            let typed = [("email", &*known.email), ("password", &*known.password)];
            who.press(&page, "Log in", &typed).await.assert_sees(&known.name);
        }
        server.stop().await.unwrap();
        opened += 1;
    }
    assert!(opened > 0, "there are no fixtures");
}
