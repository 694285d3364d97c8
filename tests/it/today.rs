//! Today: the first steps of a new firm, and what needs somebody.

use std::sync::Arc;

use anteroom::config::Config;
use anteroom::model::Clock;
use anteroom::server::control::{Answer, Verb};
use anteroom::server::{Ready, start};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::cast::{ALDER, MAYA, OLIVE};
use crate::office::Office;
use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn first_steps_are_ticked_by_what_is_true() {
    let office = Office::bare().await;
    let today = office.set_up().await;
    today.assert_says("First steps").assert_says("Good morning, Olive");
    assert!(today.offers("Add your first client") && today.offers("Invite your team"));
    assert!(!today.offers("Connect e-mail"), "the test's mail server is connected");

    office.add_client(office.olive(), ALDER, &[MAYA]).await;

    let today = office.olive().get("/console").await;
    assert!(!today.offers("Add your first client"), "it is done");
    assert!(today.offers("Invite a contact to the portal"));
    office.invite(&MAYA.name(), ALDER).await;
    office.mail_to("maya").await;
    let today = office.olive().get("/console").await;
    assert!(!today.offers("Invite a contact to the portal"), "it is done");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_that_nobody_answers_comes_up_after_a_week_and_when_it_expires() {
    let office = Office::founded().await;
    office.invite(&MAYA.name(), ALDER).await;
    office.mail_to("maya").await;
    office.olive().get("/console").await.assert_sees("All done");
    let later = async |days| {
        office.days_later(days, &[OLIVE]).await;
        office.olive().get("/console").await
    };

    later(6).await.assert_hides("Maya Linden has never logged in");
    let week = later(2).await;
    week.assert_sees("Maya Linden has never logged in").assert_says(ALDER);
    later(25).await.assert_sees("The invite to Maya Linden has expired");

    let contacts = office.contacts(ALDER).await;
    office.olive().press(&contacts, "Resend invite for Maya", &[]).await;
    office.mail_to("maya").await;
    office.olive().get("/console").await.assert_hides("has expired");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_that_was_refused_comes_up_with_the_reason() {
    let office = Office::founded().await;
    office.sink.answer_for(MAYA.email, "RCPT", "550 5.1.1 No such user here");
    office.invite(&MAYA.name(), ALDER).await;
    office.undo_passes();

    let words = "The invite to Maya Linden could not be delivered";
    let today = office.until(office.olive(), "/console", words).await;

    today.assert_says(ALDER);
    let contacts = office.olive().click(&today, words).await;
    contacts.assert_sees("Not delivered");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_names_no_step_that_it_has_no_use_for() {
    let place = tempfile::tempdir().unwrap();
    let config = Config::nearby(place.path().join("data"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public_url = format!("http://{}", listener.local_addr().unwrap());
    let ready = Ready::open(config.clone(), Clock::system()).unwrap();
    let Answer::Done(told) = ready.carry_out(Verb::Demo { public_url, json: true }).await else {
        panic!("there is no demo");
    };
    ready.close().await.unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    let server = start(config, Clock::system(), listener).unwrap();
    let olive = Person::new("olive", server.addr, OLIVE.host, Arc::default());
    let login = |key: &str| told["logins"][0][key].as_str().unwrap();

    let page = olive.visit("/login").await;
    let typed = [("email", login("email")), ("password", login("password"))];
    let today = olive.press(&page, "Log in", &typed).await;

    today.assert_sees("First steps").assert_says("Add your logo");
    for step in ["Turn on backups", "Connect e-mail", "Get a certificate"] {
        today.assert_hides(step);
    }
    let email = olive.get("/console/settings/email").await;
    email.assert_sees("a demonstration takes no mail server");
    assert_eq!(email.text().matches("never leave this machine").count(), 1);
    server.stop().await.unwrap();
}
