use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::model::firm::Firm;
use crate::model::firm::{NewSmtp, SmtpSecurity};
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office, office_with};
use crate::model::{Locked, Overrides};
use crate::values::Email;

const OLIVE: &str = "olive@alderfinch.example";

async fn admin(office: &Office) -> Admin {
    if office.all::<crate::model::staff::Staff>().is_empty() {
        office.staff("Olive Finch", OLIVE, Role::Owner).await;
    }
    let cookie = office.log_in(OLIVE, PASSWORD).await;
    office.guest.console(&cookie.text()).unwrap().admin().unwrap()
}

fn smtp(from: &str) -> NewSmtp {
    NewSmtp {
        host: "smtp.alderfinch.example".into(),
        port: 587,
        security: SmtpSecurity::StartTls,
        login: None,
        mail_from: Email::parse(from).unwrap(),
        ca: None,
    }
}

async fn sends_from(office: &Office, from: &str) {
    let firm = office.get::<Firm>(Id::MIN).unwrap();
    let smtp = smtp(from).sealed(&office.system.core().keys);
    office.put(Firm { smtp: Some(smtp), ..firm }).await;
}

#[tokio::test]
async fn a_key_signs_only_once_somebody_says_so_and_only_for_its_domain() {
    let office = office().await;
    let admin = admin(&office).await;
    assert!(
        matches!(admin.make_dkim_key().await, Err(Error::Refused(why)) if why.contains("mail server"))
    );
    sends_from(&office, "portal@alderfinch.example").await;
    assert!(matches!(admin.sign_mails().await, Err(Error::Refused(_))));

    admin.make_dkim_key().await.unwrap();
    assert_eq!(admin.signs_as().unwrap(), None);
    let made = admin.dkim().unwrap().settings.next.unwrap();
    assert!(
        made.selector.starts_with("a20260302-") && is_selector(&made.selector),
        "{}",
        made.selector
    );
    let file = office.system.data_folder().join("keys").join(file_name(&made.selector));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    admin.sign_mails().await.unwrap();
    let signs = admin.signs_as().unwrap().unwrap();
    assert_eq!(
        (signs.selector, signs.domain.as_str()),
        (made.selector.clone(), "alderfinch.example")
    );

    sends_from(&office, "portal@other.example").await;
    assert_eq!(admin.signs_as().unwrap(), None);
    assert!(admin.dkim().unwrap().trouble.unwrap().contains("mails come from other.example"));
    sends_from(&office, "portal@alderfinch.example").await;

    admin.make_dkim_key().await.unwrap();
    assert_eq!(admin.signs_as().unwrap().unwrap().selector, made.selector, "still the old one");
    admin.sign_mails().await.unwrap();
    let now = admin.signs_as().unwrap().unwrap();
    assert_ne!(now.selector, made.selector);
    assert!(!file.exists(), "the old key is of no use any more");

    admin.make_dkim_key().await.unwrap();
    admin.drop_next_dkim_key().await.unwrap();
    assert_eq!(admin.dkim().unwrap().settings.next, None);
    std::fs::remove_file(office.system.data_folder().join("keys").join(file_name(&now.selector)))
        .unwrap();
    assert!(admin.dkim().unwrap().trouble.unwrap().contains("cannot be read"));
    assert!(admin.signing_key(&now).is_err());
    admin.stop_signing().await.unwrap();
    assert_eq!((admin.signs_as().unwrap(), admin.dkim().unwrap().trouble), (None, None));
    let said = office.said().join("\n");
    for words in [
        "made a key to sign",
        "had mails of alderfinch.example signed",
        "gave up the key",
        "no longer signed",
    ] {
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_key_from_outside_signs_for_whatever_domain_mails_come_from() {
    let key = tokio::task::spawn_blocking(KeyOfMails::make).await.unwrap().unwrap();
    let given = GivenKey { selector: "2026a".into(), key: key.clone() };
    let source = "--dkim-key-file".to_owned();
    let mail = Locked { value: smtp("portal@other.example"), source: source.clone() };
    let dkim = Some(Locked { value: given, source });
    let office = office_with(Overrides { dkim, smtp: Some(mail), ..Overrides::default() }).await;
    let admin = admin(&office).await;
    let signs = admin.signs_as().unwrap().unwrap();
    assert_eq!((signs.selector.as_str(), signs.domain.as_str()), ("2026a", "other.example"));
    assert_eq!(admin.signing_key(&signs).unwrap().public(), key.public());
    let refused = admin.make_dkim_key().await;
    assert!(matches!(refused, Err(Error::Refused(why)) if why.contains("--dkim-key-file")));
}

#[test]
fn a_value_is_cut_where_the_dns_wants_it() {
    let value = record_value(&"A".repeat(392));
    let parts = in_parts(&value);
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [255, value.len() - 255]);
    assert_eq!(parts.concat(), value);
    assert!(
        is_selector("a20260302-1f2e")
            && !is_selector("-a")
            && !is_selector("a.b")
            && !is_selector("")
    );
}
