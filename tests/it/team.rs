//! The team: inviting colleagues, what they may do, and leaving.

use std::time::Duration;

use crate::cast::{OLIVE, RITA, SAM};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_to_the_team_is_sent_again_taken_back_and_told_truly() {
    let office = Office::founded().await;
    let form = office.olive().get("/console/team/invite").await;
    let typed = [("name", "Rita Sandoval"), ("email", RITA.email), ("role", "admin")];
    let form = form.fill("Send invite", &typed);
    for _ in 0..3 {
        office.olive().submit(&form).await.assert_leads_to("/console/team");
    }
    let mail = office.mail_to("rita").await;
    assert!(mail.text_part().contains("Olive Ortiz"), "{}", mail.text_part());
    let team = office.until(office.olive(), "/console/team", "Accepted by the mail server").await;
    assert_eq!(team.text().matches("Rita Sandoval").count(), 1 + hidden_words(), "sent once");
    assert!(team.text().contains("Invited Mar 2, never logged in"), "{}", team.text());

    office.advance(Duration::from_secs(61));
    office.olive().press(&team, "Resend invite to Rita", &[]).await.assert_sees("It leaves in");
    let again = office.mail_to("rita").await.link();
    let copied = office.olive().press(&team, "Copy link of the invite to Rita", &[]).await;
    copied.assert_sees("Rita Sandoval");
    office.nobody().get(&again).await.assert_sees("Rita");
    let team = office.olive().get("/console/team").await;
    office.olive().press(&team, "Revoke invite to Rita", &[]).await.assert_sees("is revoked");

    office.nobody().get(&again).await.assert_status(410);
    office.nobody().get(&mail.link()).await.assert_status(410);
    let team = office.olive().get("/console/team").await;
    team.assert_sees("Invite taken back");
    office.advance(Duration::from_secs(61));
    office.olive().press(&team, "Send invite to Rita", &[]).await.assert_sees("It leaves in");
    let anew = office.mail_to("rita").await.link();
    office.nobody().get(&anew).await.assert_sees("Rita");
    office.nobody().get(&again).await.assert_status(410);
    office
        .olive()
        .press(&team, "Send invite to Rita", &[])
        .await
        .assert_sees("an invite that works");
    let page = office.rita().visit(&anew).await;
    office.rita().press(&page, "Create account", &[("password", RITA.password)]).await;
    office.nobody().visit(&anew).await.assert_sees("Log in to open the console.");
    office.close().await;
}

/// How often the buttons of a row repeat the name for screen readers.
const fn hidden_words() -> usize {
    3
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_invite_is_told_at_its_fields_and_nothing_is_lost() {
    let office = Office::founded().await;
    let form = office.olive().get("/console/team/invite").await;
    let typed = [("name", ""), ("email", "rita at firm"), ("message", "Welcome.")];

    let again = office.olive().press(&form, "Send invite", &typed).await;

    again.assert_status(422);
    assert_eq!(again.value("message"), "Welcome.");
    let typed = [("name", "Olive Twin"), ("email", OLIVE.email)];
    let again = office.olive().press(&again, "Send invite", &typed).await;
    again.assert_status(422).assert_says("Somebody on the team has this address already");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_change_roles_and_others_only_look() {
    let office = Office::open().await;
    let team = office.sam().get("/console/team").await;
    team.assert_sees("Rita Sandoval").assert_says(RITA.email);
    assert!(!team.offers("Invite to the team") && !team.offers("Change role"));
    office.sam().get("/console/settings").await.assert_status(403).assert_says("for Admins");
    office.rita().get("/console/team/invite").await.assert_status(403).assert_says("for Owners");

    let team = office.olive().get("/console/team").await;
    let role = team.links().into_iter().filter(|link| link.ends_with("/role"));
    let mut changed = false;
    for link in role {
        let page = office.olive().get(&link).await;
        if page.text().contains("What may Sam Whitlock do?") {
            let done = office.olive().press(&page, "Change role", &[("role", "admin")]).await;
            done.assert_sees("Sam Whitlock is now an Admin.");
            changed = true;
        }
        if page.text().contains("What may Olive Ortiz do?") {
            let again = office.olive().press(&page, "Change role", &[("role", "staff")]).await;
            again.assert_status(422).assert_says("This is the only Owner");
        }
    }
    assert!(changed);
    office.sam().get("/console/settings").await.assert_status(200);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_is_logged_out_in_the_same_second() {
    let office = Office::open().await;
    let team = office.olive().get("/console/team").await;
    let mut asked = None;
    for link in team.links().into_iter().filter(|link| link.ends_with("/remove")) {
        let page = office.olive().get(&link).await;
        if page.text().contains(&SAM.name()) {
            asked = Some(page);
        } else if page.text().contains("Leave the team?") {
            let done = office.olive().press(&page, "Leave the team", &[]).await;
            done.assert_sees("This is the only Owner");
        }
    }
    let asked = asked.unwrap();
    asked.assert_says("logged out everywhere at once");

    let done = office.olive().press(&asked, "Remove Sam", &[]).await;

    done.assert_sees("Sam Whitlock is no longer on the team.");
    office.sam().get("/console").await.assert_leads_to("/login");
    office.log_in(office.sam(), SAM.email, SAM.password).await.assert_hides("Today");
    let again = office.olive().post(&asked.path, &[]).await;
    again.assert_leads_to("/console/team");
    office.olive().get("/console/activity").await.assert_sees("removed Sam Whitlock from the team");
    office.close().await;
}
