use super::*;
use crate::model::MailFlow;
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};

async fn admin(office: &Office) -> Admin {
    office.staff("Rita Admin", "rita@alderfinch.example", Role::Admin).await;
    let cookie = office.log_in("rita@alderfinch.example", PASSWORD).await;
    office.guest.console(&cookie.text()).unwrap().admin().unwrap()
}

fn form() -> EmailForm {
    EmailForm {
        security: "tls".into(),
        host: "SMTP.Bücher.example ".into(),
        port: String::new(),
        user: "portal".into(),
        password: "correct horse".into(),
        mail_from: "portal@alderfinch.example".into(),
        ca: String::new(),
        kept: "send".into(),
        seen: String::new(),
    }
}

fn wrong(result: Result<()>) -> Vec<String> {
    match result {
        Err(Error::Invalid(fields)) => fields.into_keys().map(|name| name.to_string()).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_typed_is_what_is_used() {
    let office = office().await;
    let admin = admin(&office).await;
    assert!(matches!(admin.console().mail_flow().unwrap(), MailFlow::Kept));
    admin.connect_mail(form()).await.unwrap();
    assert!(matches!(admin.console().mail_flow().unwrap(), MailFlow::Leaves));
    let smtp = admin.mail_server().unwrap();
    assert_eq!((smtp.host.as_str(), smtp.port), ("smtp.xn--bcher-kva.example", 465));
    assert_eq!(smtp.login.unwrap().1.expose(), "correct horse");
    let stored: Firm = office.get(Id::MIN).unwrap();
    let sealed = stored.smtp.unwrap().password.unwrap();
    assert!(!sealed.windows(7).any(|bytes| bytes == b"correct"));
    let shown = EmailForm::of(&admin.email_settings().unwrap());
    assert_eq!((shown.user.as_str(), shown.password.as_str()), ("portal", ""));
    assert!(office.said().iter().any(|what| what.starts_with("set the mail server to smtp.xn--")));
    admin.disconnect_mail().await.unwrap();
    assert!(matches!(admin.mail_server(), Err(Error::Refused(_))));
}

#[tokio::test]
async fn an_empty_password_keeps_the_stored_one_for_the_same_server_only() {
    let office = office().await;
    let admin = admin(&office).await;
    let silent = || EmailForm { password: String::new(), ..form() };
    assert_eq!(wrong(admin.connect_mail(silent()).await), ["password"]);
    admin.connect_mail(form()).await.unwrap();
    admin.connect_mail(EmailForm { port: "587".into(), ..silent() }).await.unwrap();
    let smtp = admin.mail_server().unwrap();
    assert_eq!((smtp.port, smtp.login.unwrap().1.expose().as_str()), (587, "correct horse"));
    let elsewhere = EmailForm { host: "smtp.evil.example".into(), ..silent() };
    assert_eq!(wrong(admin.connect_mail(elsewhere).await), ["password"]);
    let other_user = EmailForm { user: "root".into(), ..silent() };
    assert_eq!(wrong(admin.connect_mail(other_user).await), ["password"]);
}

#[tokio::test]
async fn every_wrong_field_has_its_sentence() {
    let office = office().await;
    let admin = admin(&office).await;
    let all_wrong = EmailForm {
        security: "ssl".into(),
        host: "https://smtp.example.com".into(),
        port: "0".into(),
        user: String::new(),
        password: "x".into(),
        mail_from: "nobody".into(),
        ca: "x".repeat(LONGEST_CA + 1),
        kept: String::new(),
        seen: String::new(),
    };
    let names = ["ca", "host", "mail_from", "port", "security", "user"];
    assert_eq!(wrong(admin.connect_mail(all_wrong).await), names);
    for host in ["", "a b", "smtp.example.com:25", "me@smtp.example.com", "-a.example", "a..b"] {
        assert!(super::host(host).is_err(), "{host}");
    }
    assert_eq!(super::host("[::1]").as_deref(), Ok("::1"));
}

#[tokio::test]
async fn a_password_travels_unencrypted_on_this_machine_only() {
    let office = office().await;
    let admin = admin(&office).await;
    let open = |host: &str| EmailForm { security: "none".into(), host: host.into(), ..form() };
    assert_eq!(wrong(admin.connect_mail(open("smtp.example.com")).await), ["security"]);
    admin.connect_mail(open("127.0.0.1")).await.unwrap();
    let relay = EmailForm { user: String::new(), password: String::new(), ..open("relay.lan") };
    admin.connect_mail(relay).await.unwrap();
    assert_eq!(admin.mail_server().unwrap().port, 25);
}

#[tokio::test]
async fn kept_mails_leave_or_are_taken_back() {
    let office = office().await;
    let admin = admin(&office).await;
    office.guest.forgot("rita@alderfinch.example").await.unwrap();
    assert_eq!(admin.email_settings().unwrap().waiting, 1);
    admin.connect_mail(form()).await.unwrap();
    assert_eq!(admin.email_settings().unwrap().waiting, 1);
    admin.disconnect_mail().await.unwrap();
    admin.connect_mail(EmailForm { kept: "cancel".into(), ..form() }).await.unwrap();
    assert_eq!(admin.email_settings().unwrap().waiting, 0);
}

#[tokio::test]
async fn a_demo_takes_no_mail_server() {
    let office = office().await;
    let admin = admin(&office).await;
    let firm: Firm = office.get(Id::MIN).unwrap();
    office.put(Firm { demo: true, ..firm }).await;
    assert!(matches!(admin.connect_mail(form()).await, Err(Error::Refused(_))));
    assert!(matches!(admin.mail_server(), Err(Error::Refused(_))));
    assert!(matches!(admin.console().mail_flow().unwrap(), MailFlow::Demo));
}

#[tokio::test]
async fn a_stale_tab_does_not_overwrite_another_s_mail_server() {
    let office = office().await;
    let admin = admin(&office).await;
    let seen = admin.email_settings().unwrap().edition();
    let stale = EmailForm { seen, ..form() };
    let other = EmailForm { host: "smtp.other.example".into(), ..stale.clone() };
    admin.connect_mail(other).await.unwrap();
    assert_eq!(wrong(admin.connect_mail(stale.clone()).await), ["form"]);
    assert_eq!(admin.mail_server().unwrap().host, "smtp.other.example");
    let seen = admin.email_settings().unwrap().edition();
    admin.connect_mail(EmailForm { seen, ..stale }).await.unwrap();
}
