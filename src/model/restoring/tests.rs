use super::*;
use crate::model::MailFlow;
use crate::model::backups::{Bucket, OpenTarget};
use crate::model::firm::{NewSmtp, SmtpSecurity};
use crate::model::testing::{Office, office};
use crate::values::{Email, PublicUrl, Secret};

const THEN: [u8; 32] = [8; 32];

/// A firm with a mail server and a bucket, whose secrets were sealed with the link key of then.
async fn sealed_then() -> Office {
    let (office, then) = (office().await, Keys::of(&THEN).unwrap());
    let smtp = NewSmtp {
        host: "smtp.alderfinch.example".into(),
        port: 587,
        security: SmtpSecurity::StartTls,
        login: Some(("portal".into(), Secret::new("hunter2".into()))),
        mail_from: Email::parse("portal@alderfinch.example").unwrap(),
        ca: None,
    };
    let bucket = Bucket {
        endpoint: PublicUrl::parse("https://s3.example").unwrap(),
        region: "us-east-1".into(),
        name: "backups".into(),
        prefix: String::new(),
        path_style: true,
        key_id: "the-key".into(),
        secret: then.seal(b"the-secret"),
        ca: None,
    };
    let (smtp, target) = (Some(smtp.sealed(&then)), Target::Bucket(bucket));
    office.put(BackupPlan { target, ..BackupPlan::default() }).await;
    let firm: Firm = office.get(Id::MIN).unwrap();
    office.put(Firm { smtp, ..firm }).await;
    office
}

#[tokio::test]
async fn what_was_sealed_with_the_old_key_is_sealed_with_the_new_one() {
    let office = sealed_then().await;
    assert!(office.system.mail_server().is_err() && office.system.backup_task().is_err());

    let settled = office.system.settle(OldKey::new(&THEN), None).await.unwrap();

    assert_eq!(settled.lost, [""; 0]);
    let smtp = office.system.mail_server().unwrap().unwrap();
    assert_eq!(smtp.login.unwrap().1.expose(), "hunter2");
    let OpenTarget::Bucket(open) = office.system.backup_task().unwrap().target else { panic!() };
    assert_eq!(open.secret.expose(), "the-secret");
}

#[tokio::test]
async fn without_the_old_key_it_is_said_what_is_to_be_typed_again() {
    let office = sealed_then().await;
    let settled = office.system.settle(None, None).await.unwrap();
    assert_eq!(settled.lost.len(), 2);
    assert!(settled.lost[0].contains("mail server") && settled.lost[1].contains("bucket"));
    assert_eq!(settled.firm.as_deref(), Some("Alder & Finch"));
    assert!(OldKey::new(&[1; 31]).is_none());
}

#[tokio::test]
async fn the_hold_is_there_after_the_next_start_until_it_is_released() {
    let office = sealed_then().await;
    let made = office.clock.now();
    office.system.settle(OldKey::new(&THEN), Some(made)).await.unwrap();
    let core = office.system.core();
    core.look_for_hold().unwrap();
    assert_eq!(core.hold(), Some(Hold { since: made, made: Some(made) }));
    assert!(matches!(MailFlow::of(core).unwrap(), MailFlow::Held(_)));
    assert_eq!(office.system.next_due().unwrap(), None);
}
