use std::time::Duration;

use jiff::SignedDuration;

use super::*;
use crate::model::staff::Role;
use crate::model::standing::Standing;
use crate::model::testing::{Office, PASSWORD, office, office_with};
use crate::model::{Locked, Overrides};

const CA: &str = "https://ca.example/directory";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn names() -> Vec<String> {
    vec!["portal.firm.example".to_owned()]
}

fn attempt(when: &str, failure: Option<&str>, looked: bool) -> CertificateAttempt {
    CertificateAttempt {
        id: Id::MIN,
        at: at(when),
        directory: CA.into(),
        names: names(),
        challenge: Challenge::TlsAlpn01,
        looked,
        failure: failure.map(str::to_owned),
    }
}

fn facts(from: &str, until: &str) -> CertificateFacts {
    CertificateFacts {
        names: names(),
        issuer: "Test CA".into(),
        self_signed: false,
        not_before: at(from),
        not_after: at(until),
    }
}

fn failed(times: &[&str]) -> Vec<CertificateAttempt> {
    times.iter().map(|when| attempt(when, Some("no"), true)).collect()
}

#[test]
fn the_first_try_is_at_once_and_failures_make_it_wait_ever_longer() {
    let next = |latest: &[CertificateAttempt]| next_try(None, latest, CA, &names());
    assert_eq!(next(&[]), Timestamp::MIN);
    assert_eq!(next(&failed(&["2026-03-02T12:00:00Z"])), at("2026-03-02T12:01:00Z"));
    let two = failed(&["2026-03-02T12:01:00Z", "2026-03-02T12:00:00Z"]);
    assert_eq!(next(&two), at("2026-03-02T12:03:00Z"));
    let many: Vec<_> = std::iter::repeat_n(two[0].clone(), 20)
        .map(|one| CertificateAttempt { looked: false, ..one })
        .collect();
    assert_eq!(next(&many), at("2026-03-02T18:01:00Z"), "six hours at most");
    let others = next_try(None, &two, CA, &["other.example".to_owned()]);
    assert_eq!(others, Timestamp::MIN, "other names begin anew");
}

#[test]
fn an_authority_looks_at_most_four_times_an_hour() {
    let four = [
        "2026-03-02T12:10:00Z",
        "2026-03-02T12:03:00Z",
        "2026-03-02T12:01:00Z",
        "2026-03-02T12:00:00Z",
    ];
    let latest = failed(&four);
    let hour = at("2026-03-02T13:00:00Z");
    assert_eq!(next_try(None, &latest, CA, &names()), hour);
    assert_eq!(
        next_try(None, &latest, CA, &["other.example".to_owned()]),
        hour,
        "whatever the name"
    );
    let silent: Vec<_> =
        latest.iter().map(|one| CertificateAttempt { looked: false, ..one.clone() }).collect();
    assert_eq!(next_try(None, &silent, CA, &names()), at("2026-03-02T12:20:00Z"));
    assert_eq!(next_try(None, &latest, "https://other.example", &names()), Timestamp::MIN);
}

#[test]
fn a_certificate_is_renewed_at_two_thirds_and_never_ordered_twice_in_an_hour() {
    let current = facts("2026-03-02T00:00:00Z", "2026-05-31T00:00:00Z");
    let got = [attempt("2026-03-02T12:00:00Z", None, true)];
    let next = |current: Option<&CertificateFacts>| next_try(current, &got, CA, &names());
    assert_eq!(next(Some(&current)), at("2026-05-01T00:00:00Z"));
    let gone = facts("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z");
    assert_eq!(next(Some(&gone)), at("2026-03-02T13:00:00Z"), "a clock that is wrong costs little");
    assert_eq!(next(None), at("2026-03-02T13:00:00Z"));
}

#[test]
fn the_other_challenge_is_tried_after_the_authority_looked_in_vain() {
    let settings = TlsSettings { way: TlsWay::Automatic, ..TlsSettings::default() };
    let next = |latest: &[CertificateAttempt], plain| {
        next_challenge(&settings, latest, CA, &names(), plain)
    };
    let one = failed(&["2026-03-02T12:00:00Z"]);
    assert_eq!(next(&[], true), Challenge::TlsAlpn01);
    assert_eq!(next(&one, true), Challenge::Http01);
    assert_eq!(next(&one, false), Challenge::TlsAlpn01);
    let unseen = [attempt("2026-03-02T12:00:00Z", Some("down"), false)];
    assert_eq!(next(&unseen, true), Challenge::TlsAlpn01);
    let http = CertificateAttempt { challenge: Challenge::Http01, ..one[0].clone() };
    assert_eq!(next(&[http, one[0].clone()], true), Challenge::TlsAlpn01);
    let fixed = TlsSettings { challenge: Challenge::Http01, ..settings };
    assert_eq!(next_challenge(&fixed, &one, CA, &names(), false), Challenge::Http01);
}

#[test]
fn the_first_order_at_lets_encrypt_is_a_rehearsal() {
    use super::status::{LETS_ENCRYPT, STAGING};
    let settings = TlsSettings { way: TlsWay::Automatic, ..TlsSettings::default() };
    let next = |latest: &[CertificateAttempt]| {
        next_directory(&settings, None, latest, &names()).to_owned()
    };
    let tried = |directory: &str, failure| CertificateAttempt {
        directory: directory.into(),
        challenge: Challenge::Http01,
        ..attempt("2026-03-02T12:00:00Z", failure, true)
    };
    assert_eq!(next(&[]), STAGING);
    assert_eq!(next(&[tried(STAGING, Some("no such host"))]), STAGING);
    let reached = [tried(STAGING, None)];
    assert_eq!(next(&reached), LETS_ENCRYPT);
    let how = next_challenge(&settings, &reached, LETS_ENCRYPT, &names(), true);
    assert_eq!(how, Challenge::Http01, "as it went well there");
    assert_eq!(next_try(None, &reached, LETS_ENCRYPT, &names()), Timestamp::MIN, "and at once");
    assert_eq!(next(&[tried(LETS_ENCRYPT, None)]), LETS_ENCRYPT, "it was reached before");
    let current = facts("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z");
    assert_eq!(next_directory(&settings, Some(&current), &[], &names()), LETS_ENCRYPT);
    let own = TlsSettings { directory: Some(CA.into()), ..settings.clone() };
    assert_eq!(next_directory(&own, None, &[], &names()), CA, "others have no such server");
}

async fn admin(office: &Office) -> Admin {
    office.staff("Rita Alder", "rita@firm.example", Role::Admin).await;
    let cookie = office.log_in("rita@firm.example", PASSWORD).await;
    office.guest.console(&cookie.text()).unwrap().admin().unwrap()
}

fn form(admin: &Admin, way: &str) -> TlsForm {
    let seen = admin.tls_settings().unwrap().edition();
    TlsForm { way: way.into(), seen, ..TlsForm::default() }
}

#[tokio::test]
async fn an_admin_chooses_the_way_and_an_older_form_is_refused() {
    let office = office().await;
    let admin = admin(&office).await;
    office.clock.advance(Duration::from_secs(1));
    assert_eq!(admin.tls_settings().unwrap().settings, TlsSettings::default());
    let old = form(&admin, "self-signed");
    let names = "Portal.alderfinch.example, nas.lan\n10.0.0.5".to_owned();
    admin.set_tls(TlsForm { names, ..old.clone() }).await.unwrap();

    let view = admin.tls_settings().unwrap();
    assert_eq!(view.settings.way, TlsWay::SelfSigned);
    let wanted = admin.certificate_status().unwrap().wanted;
    assert_eq!(wanted, ["portal.alderfinch.example", "nas.lan", "10.0.0.5"]);
    assert!(office.said().last().unwrap().starts_with("set the certificate to a self-signed one"));
    let refused = admin.set_tls(old).await;
    assert!(matches!(refused, Err(Error::Invalid(fields)) if fields.contains_key("form")));
    let again = TlsForm::of(&view);
    let entries = office.said().len();
    admin.set_tls(again).await.unwrap();
    assert_eq!(office.said().len(), entries, "the same again changes nothing");
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named_at_once() {
    let office = office().await;
    let admin = admin(&office).await;
    let wrong = |fill: fn(&mut TlsForm), way: &str| {
        let mut form = form(&admin, way);
        fill(&mut form);
        match form.read() {
            Err(Error::Invalid(fields)) => fields.keys().cloned().collect::<Vec<_>>().join(" "),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(wrong(|_| {}, "magic"), "way");
    assert_eq!(wrong(|_| {}, "files"), "certificate_file key_file");
    let odd = |form: &mut TlsForm| {
        form.names = "10.0.0.5".into();
        form.contact = "rita".into();
        form.directory = "http://ca.example".into();
        form.ca = "hello".into();
        form.challenge = "dns-01".into();
        form.key_file = "key.pem".into();
    };
    assert_eq!(wrong(odd, "acme"), "ca challenge contact directory key_file names");
}

#[tokio::test]
async fn what_a_run_was_given_cannot_be_changed() {
    let value = TlsSettings { way: TlsWay::SelfSigned, ..TlsSettings::default() };
    let tls = Some(Locked { value, source: "--tls".into() });
    let office = office_with(Overrides { tls, ..Overrides::default() }).await;
    let admin = admin(&office).await;
    assert_eq!(admin.tls_settings().unwrap().locked.as_deref(), Some("--tls"));
    let refused = admin.set_tls(form(&admin, "off")).await;
    assert!(matches!(refused, Err(Error::Refused(why)) if why.contains("--tls")));
}

#[tokio::test]
async fn a_renewal_that_fails_warns_in_the_last_three_weeks() {
    let office = office().await;
    let admin = admin(&office).await;
    office.clock.advance(Duration::from_secs(1));
    let acme = TlsForm { names: names()[0].clone(), directory: CA.into(), ..form(&admin, "acme") };
    admin.set_tls(acme).await.unwrap();
    let system = System::new(admin.console().core().clone());
    let warning = || system.certificate_status().unwrap().warning;
    assert_eq!(warning(), None, "nothing was tried yet");

    let now = system.now();
    let in_days = |days: i64| now + SignedDuration::from_hours(24 * days);
    system.note_certificate(|current| {
        let (not_before, not_after) = (in_days(-60), in_days(30));
        current.facts = Some(CertificateFacts {
            not_before,
            not_after,
            ..facts("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
        });
        current.listening = true;
    });
    let failed = CertificateAttempt {
        at: now,
        ..attempt("2026-01-01T00:00:00Z", Some("The authority says: CAA"), true)
    };
    system.note_attempt(failed).await.unwrap();
    let status = system.certificate_status().unwrap();
    assert_eq!((status.days_left, &status.warning), (Some(30), &None));
    assert_eq!(status.last_error.as_deref(), Some("The authority says: CAA"));
    assert_eq!(status.next_try, Some(now + SignedDuration::from_mins(1)));

    office.clock.advance(Duration::from_secs(9 * 24 * 60 * 60));
    let sentence = warning().unwrap();
    assert!(sentence.contains("in 21 days") && sentence.contains("CAA"), "{sentence}");
    office.clock.advance(Duration::from_secs(21 * 24 * 60 * 60));
    assert!(warning().unwrap().contains("has ended"));
}

#[tokio::test]
async fn only_the_latest_tries_are_kept() {
    let office = office().await;
    let admin = admin(&office).await;
    let system = System::new(admin.console().core().clone());
    for minute in 0..60 {
        let when = format!("2026-03-02T12:{minute:02}:00Z");
        system.note_attempt(attempt(&when, Some("no"), true)).await.unwrap();
    }
    let kept = system.certificate_attempts().unwrap();
    assert_eq!(kept.len(), 50);
    assert_eq!(kept[0].at, at("2026-03-02T12:59:00Z"));
    assert_eq!(kept[49].at, at("2026-03-02T12:10:00Z"));
}

#[tokio::test]
async fn https_is_insisted_on_after_a_day_and_no_longer_once_the_certificate_is_gone() {
    let office = office().await;
    let admin = admin(&office).await;
    let system = System::new(admin.console().core().clone());
    system.note_trusted(true).await.unwrap();
    assert!(!office.guest.is_https_proven());
    office.clock.advance(Duration::from_secs(24 * 60 * 60));
    system.note_trusted(true).await.unwrap();
    assert!(office.guest.is_https_proven());
    system.note_trusted(false).await.unwrap();
    assert!(!office.guest.is_https_proven());
    let standing: Standing = admin.console().read(|r| r.need(Id::MIN)).unwrap();
    assert_eq!(standing.trusted_since, None);
}

#[tokio::test]
async fn a_former_address_answers_until_somebody_came_by_the_new_one() {
    let office = office().await;
    let admin = admin(&office).await;
    let system = System::new(admin.console().core().clone());
    let set = async |url: &str| {
        office.clock.advance(Duration::from_secs(1));
        let seen = admin.address_settings().unwrap().edition();
        admin.set_address(PublicUrl::parse(url).unwrap(), "on", seen).await.unwrap();
    };
    let first = admin.console().firm().unwrap().public_url.clone();
    assert_eq!(office.guest.former_address(), None);
    set("https://mistyped.example").await;
    assert_eq!(office.guest.former_address(), Some(first.clone()));
    set("https://right.example").await;
    assert_eq!(
        office.guest.former_address(),
        Some(first.clone()),
        "the mistyped one never answered"
    );
    office.guest.note_answered("made-up");
    assert_eq!(office.guest.former_address(), Some(first.clone()), "a stranger ends nothing");
    let cookie = office.log_in("rita@firm.example", PASSWORD).await;
    office.guest.note_answered(&cookie.text());
    system.retire_former_address().await.unwrap();
    assert_eq!(office.guest.former_address(), None);
    assert!(office.said().last().unwrap().contains(first.as_str()));
    set("https://other.example").await;
    set("https://right.example").await;
    assert_eq!(office.guest.former_address(), None, "back where it was");
}
