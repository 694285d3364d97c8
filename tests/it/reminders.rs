//! Nobody has to chase by hand: contacts are told of what they are asked and reminded of what waits, staff hear of what comes
//! back and of what is overdue. With a real mail server.

use std::time::Duration;

use crate::cast::{ALDER, MAYA, NOOR, OLIVE, TRUST};
use crate::office::Office;
use crate::portal_requests::{Asked, Wanted};

/// What is asked within so long is told in one mail.
const GATHERED: Duration = Duration::from_secs(2 * 60);
/// The same of what staff are told.
const TO_STAFF: Duration = Duration::from_secs(10 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const PLANNED: &str = "/console/requests/reminders";

/// A task for everyone at a client, sent now.
async fn ask<'o>(office: &'o Office, client: &str, title: &str, due: &str) -> Asked<'o> {
    Asked::of(office, client, Wanted { title, due, named: &[], items: &[] }).await
}

/// The path of a link in the plain part of a mail that leads to the portal or the console.
fn link(mail: &crate::mail_sink::Mail) -> String {
    let text = mail.text_part();
    let at = text.lines().find(|line| line.contains("/p/") || line.contains("/console/"));
    let at = at.unwrap_or_else(|| panic!("no link in {text}"));
    at[at.find("/p/").or_else(|| at.find("/console/")).unwrap()..].trim().to_owned()
}

/// With Alder's contacts Maya, who has her trust as well, and Noor.
async fn at_work() -> Office {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.let_in(NOOR, ALDER).await;
    office.let_in(MAYA, TRUST).await;
    // Olive hears of those who have accepted.
    for _ in 0..3 {
        office.mail_to("olive").await;
    }
    office
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_within_two_minutes_is_told_in_one_mail_that_leads_there() {
    let office = at_work().await;
    ask(&office, TRUST, "Bank statement", "2026-03-20").await;
    office.advance(GATHERED);
    let mail = office.mail_to("maya").await;
    assert_eq!(mail.header("Subject").unwrap(), "A request from Harbour & Hall: Bank statement");
    assert!(mail.text_part().contains("Bank statement"), "{}", mail.text_part());
    assert!(mail.text_part().contains("20"), "when it is due: {}", mail.text_part());
    assert!(
        mail.header("References").unwrap().starts_with("<rq_"),
        "{:?}",
        mail.header("References")
    );
    let there = link(&mail);
    assert!(there.contains("/requests/rq_"), "{there}");
    office.maya().visit(&there).await.assert_sees("Bank statement").assert_sees(TRUST);

    ask(&office, ALDER, "Lease", "").await;
    ask(&office, ALDER, "Payroll", "").await;
    office.advance(GATHERED);
    for who in ["maya", "noor"] {
        let mail = office.mail_to(who).await;
        assert_eq!(mail.header("Subject").unwrap(), "2 requests from Harbour & Hall");
        let page = office.person(crate::cast::by_key(who)).visit(&link(&mail)).await;
        page.assert_sees("Lease").assert_sees("Payroll");
    }
    office.mails_settle().await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_withdrawn_before_the_mail_left_is_told_to_nobody() {
    let office = at_work().await;
    let asked = ask(&office, TRUST, "Bank statement", "").await;
    let bulk = [("act", "withdraw"), ("request", asked.id())];
    let page = office.olive().post("/console/requests/bulk", &bulk).await;
    office.olive().follow(page).await;
    office.advance(GATHERED);
    office.has_no_mail_for("maya").await;
    office.olive().get("/console/outbox").await.assert_sees("A request from Harbour & Hall");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_gathers_all_that_waits_and_can_be_switched_off() {
    let office = at_work().await;
    // Monday 2 March: seven days before the due date it is Thursday, and two days before it Tuesday.
    ask(&office, TRUST, "Bank statement", "2026-03-12").await;
    ask(&office, ALDER, "Lease", "").await;
    office.advance(GATHERED);
    for mail in [office.mail_to("maya").await, office.mail_to("maya").await] {
        assert!(mail.header("List-Unsubscribe").is_none(), "it is no reminder");
    }
    office.mail_to("noor").await;
    let planned = office.olive().get(PLANNED).await;
    planned.assert_sees("Bank statement").assert_sees("Thursday, March 5").assert_sees(TRUST);

    office.days_later(3, &[OLIVE, MAYA]).await;
    let mail = office.mail_to("maya").await;
    assert_eq!(mail.header("Subject").unwrap(), "Reminder: 2 requests wait for you");
    let text = mail.text_part();
    assert!(text.contains("Bank statement (Linden Family Trust)"), "{text}");
    assert!(text.contains("Lease (Alder Ltd)"), "{text}");
    assert!(mail.header("List-Unsubscribe").unwrap().contains("/unsubscribe/reminders/"));
    office.maya().visit(&link(&mail)).await.assert_sees("Bank statement").assert_sees("Lease");
    office.advance(HOUR);
    office.mails_settle().await;
    assert_eq!((office.unread_mails_to("maya"), office.unread_mails_to("noor")), (0, 0));

    let page = office.maya().get("/p/settings/notices").await;
    office
        .maya()
        .press(&page, "Save reminders", &[("reminders", "")])
        .await
        .assert_sees("You get no reminders");
    office.days_later(5, &[OLIVE, MAYA]).await;
    office.has_no_mail_for("maya").await;
    office.mail_to("noor").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_skip_a_reminder_put_it_back_and_choose_when_they_leave() {
    let office = at_work().await;
    ask(&office, TRUST, "Bank statement", "2026-03-12").await;
    office.advance(GATHERED);
    office.mail_to("maya").await;
    let olive = office.olive();
    let page = olive.get(PLANNED).await;
    let page = olive.press(&page, "Skip: Bank statement, Linden Family Trust", &[]).await;
    page.assert_sees("The reminder is taken out").assert_sees("Will not be sent");
    let page =
        olive.press(&page, "Send it after all: Bank statement, Linden Family Trust", &[]).await;
    page.assert_sees("The reminder will be sent").assert_hides("Will not be sent");
    let page = olive.press(&page, "Skip: Bank statement, Linden Family Trust", &[]).await;
    page.assert_sees("Will not be sent");
    office.days_later(3, &[OLIVE, MAYA]).await;
    office.has_no_mail_for("maya").await; // it was taken out

    let settings = "/console/settings/requests";
    let page = olive.get(settings).await;
    let wrong = [("reminders_before", "soon"), ("hour", "22")];
    let wrong = olive.press_only(&page, "Save", &wrong).await;
    wrong.assert_status(422).assert_says("Write numbers of days");
    wrong.assert_says("outside the quiet hours");
    let typed = [("reminders_before", "1"), ("reminders_every", ""), ("hour", "15")];
    olive.press(&page, "Save", &typed).await.assert_sees("1 day before, at most 6");
    // What was sent keeps its rule, but leaves at the new hour: on Tuesday at three, not at nine.
    office.days_later(5, &[OLIVE, MAYA]).await;
    office.has_no_mail_for("maya").await; // it is ten o'clock
    office.advance(6 * HOUR);
    office.mail_to("maya").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_hear_of_what_is_done_and_of_what_is_overdue() {
    let office = at_work().await;
    ask(&office, TRUST, "Bank statement", "2026-03-03").await;
    ask(&office, ALDER, "Lease", "2026-03-03").await;
    office.advance(GATHERED);
    let first = office.mail_to("maya").await;
    let (mail, other) = (office.mail_to("maya").await, office.mail_to("noor").await);
    let lease = if mail.text_part().contains("Lease") { mail } else { first };
    assert!(other.text_part().contains("Lease"));
    let page = office.maya().visit(&link(&lease)).await;
    office.maya().press(&page, "Mark as done", &[]).await;
    office.advance(TO_STAFF);
    let mail = office.mail_to("olive").await;
    assert_eq!(mail.header("Subject").unwrap(), "Alder Ltd has done: Lease");
    office.olive().visit(&link(&mail)).await.assert_sees("Lease");

    office.days_later(1, &[OLIVE, MAYA]).await;
    let due = office.mail_to("maya").await;
    assert_eq!(due.header("Subject").unwrap(), "Reminder: Bank statement");
    office.days_later(1, &[OLIVE, MAYA]).await;
    let mail = office.mail_to("olive").await;
    assert_eq!(mail.header("Subject").unwrap(), "Overdue: Bank statement, Linden Family Trust");
    office.olive().visit(&link(&mail)).await.assert_sees("Bank statement");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_reached_is_not_written_to_again_and_staff_are_told_why() {
    let office = at_work().await;
    office.sink.answer_for(MAYA.email, "RCPT", "550 5.1.1 No such user here");
    let asked = ask(&office, TRUST, "Bank statement", "2026-03-12").await;
    office.advance(GATHERED);
    office.until(office.olive(), "/console/outbox?show=failed", "550 5.1.1").await;
    let answer = office
        .olive()
        .post("/console/requests/bulk", &[("act", "remind"), ("request", asked.id())])
        .await;
    let page = office.olive().follow(answer).await;
    page.assert_sees("Nobody was reminded.").assert_sees("could not be reached by the last mail");
    office.sink.heal();
    office.days_later(3, &[OLIVE, MAYA]).await;
    office.has_no_mail_for("maya").await;
    office.close().await;
}
