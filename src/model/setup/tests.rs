use std::net::IpAddr;

use jiff::SignedDuration;

use super::*;
use crate::error::Fields;
use crate::model::activity::Entry;
use crate::model::session::Session;
use crate::model::{Clock, Open, Overrides, open};

struct House {
    guest: Guest,
    system: System,
    clock: Clock,
    _data: tempfile::TempDir,
}

fn house() -> House {
    let data = tempfile::tempdir().unwrap();
    let clock = Clock::pinned("2026-03-01T12:00:00Z".parse().unwrap());
    let (guest, system) = open(Open {
        data: data.path(),
        link_key: None,
        master_key: None,
        clock: clock.clone(),
        overrides: Overrides::default(),
    })
    .unwrap();
    let from: IpAddr = "192.0.2.7".parse().unwrap();
    House { guest: guest.at(from), system, clock, _data: data }
}

fn form() -> FirmForm {
    FirmForm {
        firm: "Alder & Finch".into(),
        name: "Olive Finch".into(),
        email: "olive@alderfinch.example".into(),
        password: "correct kiln battery lease".into(),
        public_url: "https://portal.alderfinch.example".into(),
        zone: "Europe/Dublin".into(),
        currency: "EUR".into(),
        date_style: "day-first".into(),
        ..FirmForm::default()
    }
}

fn new() -> NewFirm {
    form().read(Reach::Network).unwrap()
}

fn fields(outcome: Result<impl Sized>) -> Fields {
    match outcome {
        Err(Error::Invalid(fields)) => fields,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[test]
fn an_empty_form_is_told_all_that_is_missing() {
    let wrong = fields(FirmForm::default().read(Reach::Network));
    let names: Vec<&str> = wrong.keys().map(AsRef::as_ref).collect();
    let all = ["currency", "date_style", "email", "firm", "name", "password", "public_url", "zone"];
    assert_eq!(names, all);
    let easy = FirmForm { password: "alderfinch".into(), ..form() };
    assert!(fields(easy.read(Reach::Network)).contains_key("password"), "the firm's name is known");
}

#[test]
fn the_password_is_not_given_back_to_the_page() {
    let shown = serde_json::to_string(&form()).unwrap();
    assert!(shown.contains("Olive Finch") && !shown.contains("battery"), "{shown}");
}

#[test]
fn an_address_must_work_for_those_who_get_its_links() {
    let read = |reach, url: &str, confirmed: &str| {
        let typed = (url.to_owned(), confirmed.to_owned());
        FirmForm { public_url: typed.0, confirmed: typed.1, ..form() }.read(reach)
    };
    let (here, lan) = ("http://localhost:8080", "http://192.168.1.5:8080");
    assert!(read(Reach::ThisMachine, here, "").is_ok());
    assert!(fields(read(Reach::Network, here, "on")).contains_key("public_url"));
    for reach in [Reach::ThisMachine, Reach::Network] {
        assert!(fields(read(reach, lan, "")).contains_key("confirmed"));
        assert!(read(reach, lan, "on").is_ok());
    }
    assert!(read(Reach::Terminal, here, "").is_ok() && read(Reach::Terminal, lan, "").is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_who_ask_at_once_make_one_owner() {
    let house = house();
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let guest = house.guest.clone();
        asking.spawn(async move { guest.set_up(new(), Proof::Direct, "Firefox").await });
    }
    let outcomes = asking.join_all().await;
    let sessions: Vec<NewSession> = outcomes.into_iter().filter_map(Result::ok).collect();
    assert_eq!(sessions.len(), 1);
    let console = house.guest.console(&sessions[0].cookie.text()).unwrap();
    assert_eq!((console.me().name.as_str(), console.me().role), ("Olive Finch", Role::Owner));
    let core = house.system.core();
    let count = |look: fn(&crate::model::db::Read) -> Result<usize>| core.db.read(look).unwrap();
    assert_eq!(count(every::<Staff>), 1);
    assert_eq!(count(every::<Login>), 1);
    assert_eq!(count(every::<Session>), 1);
    assert_eq!(count(every::<Entry>), 1);
    let firm = house.guest.firm().unwrap();
    assert_eq!((firm.currency.as_str(), firm.zone.as_str()), ("EUR", "Europe/Dublin"));
    assert_eq!(house.system.check().unwrap().findings, []);
}

fn every<R: crate::model::db::Record>(r: &crate::model::db::Read) -> Result<usize> {
    let mut count = 0;
    r.all::<R>(|_| {
        count += 1;
        std::ops::ControlFlow::Continue(())
    })?;
    Ok(count)
}

#[tokio::test]
async fn who_comes_from_elsewhere_needs_the_code() {
    let house = house();
    let set_up = |typed: &str| house.guest.set_up(new(), Proof::Code(typed.into()), "");
    assert!(fields(set_up("").await).contains_key("code"));
    for _ in 0..5 {
        let wrong = fields(set_up("AAAAA-AAAAA").await);
        assert_eq!(wrong["code"], "This is not the set-up code. Look at it again");
    }
    let code = house.system.setup_code().unwrap().shown();
    assert!(matches!(set_up(&code).await, Err(Error::TooMany { .. })));
    house.clock.advance(SignedDuration::from_secs(61));
    let typed = code.to_lowercase().replace('-', " ");
    assert!(set_up(&typed).await.is_ok());
    assert!(matches!(set_up(&code).await, Err(Error::NotFound)), "the page is gone");
    assert!(matches!(house.system.setup_code(), Err(Error::Refused(_))));
}

#[tokio::test]
async fn a_script_may_run_twice() {
    let house = house();
    let smtp = NewSmtp {
        host: "mail.firm.example".into(),
        port: 587,
        security: crate::model::firm::SmtpSecurity::StartTls,
        login: Some(("office".into(), crate::values::Secret::new("hunter2 hunter2".into()))),
        mail_from: Email::parse("office@firm.example").unwrap(),
        ca: None,
    };
    assert_eq!(house.system.init(NewFirm { smtp: Some(smtp), ..new() }).await.unwrap(), Init::Done);
    let other = FirmForm { firm: "Other".into(), ..form() }.read(Reach::Terminal).unwrap();
    let name = FirmName::parse("Alder & Finch").unwrap();
    assert_eq!(house.system.init(other).await.unwrap(), Init::Already(name));
    let stored = house.guest.firm().unwrap().smtp.clone().unwrap();
    assert_eq!(stored.user.as_deref(), Some("office"));
    let sealed = stored.password.unwrap();
    assert!(!sealed.windows(7).any(|part| part == b"hunter2"));
    assert_eq!(house.system.core().keys.unseal(&sealed).unwrap(), b"hunter2 hunter2");
}
