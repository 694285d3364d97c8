use super::*;
use crate::model::inviting::tests::{desk, invite, queued};

#[tokio::test]
async fn leaving_one_client_does_not_take_back_the_invite_of_another() {
    let (office, console, alder, maya, tie) = desk().await;
    let beech = office.client("Beech Ltd").await;
    let there = office.tie(&maya, &beech, Access::None).await;
    let here = queued(&invite(&console, &alder, tie, "").await);
    let there = queued(&invite(&console, &beech, there.id, "").await);

    console.remove_contact(alder.id, maya.id, String::new()).await.unwrap();

    let waits =
        |invite| office.mails().iter().filter(|mail| mail.invite == Some(invite)).all(Mail::waits);
    assert!(!waits(here), "the invite to Alder has ended");
    assert!(waits(there), "Beech still invites them");
}
