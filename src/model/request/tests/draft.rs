//! Staff write a request.

use super::kit::{confirm, desk, new_request, short, title, yes_no};
use crate::error::Error;
use crate::model::file::Audience;
use crate::model::request::{
    Ask, Condition, Holds, Item, NewRequest, Question, ReminderRule, ReminderSettings, Request,
    RequestQuery, RequestState, Sending, Stage, What,
};
use crate::model::request_template::Blueprint;

fn fields(error: Error) -> Vec<String> {
    let Error::Invalid(fields) = error else { panic!("no field is wrong: {error}") };
    fields.into_keys().map(|key| key.to_string()).collect()
}

#[tokio::test]
async fn a_draft_is_the_firms_own_and_can_be_discarded() {
    let desk = desk().await;
    let id = desk.draft(new_request(vec![short(1, "VAT number")])).await;
    assert!(matches!(desk.portal(&desk.maya).request(id), Err(Error::NotFound)));
    assert_eq!(desk.mails_to(&desk.maya), 0);

    desk.priya().discard_request(id).await.unwrap();
    assert!(matches!(desk.sam().request(id), Err(Error::NotFound)));
    assert!(desk.history(id).is_empty());
}

#[tokio::test]
async fn what_was_sent_is_not_discarded() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![])).await;
    let refused = desk.sam().discard_request(id).await.unwrap_err();
    assert!(refused.to_string().contains("Withdraw it instead"), "{refused}");
}

#[tokio::test]
async fn nobody_overwrites_what_a_colleague_wrote_meanwhile() {
    let desk = desk().await;
    let id = desk.sent(new_request(vec![short(1, "VAT number")])).await;
    let seen = desk.sam().request(id).unwrap().edition;
    let priyas = NewRequest { title: title("Priya's title"), ..desk.asked(id) };
    desk.priya().save_request(id, priyas, &seen).await.unwrap();

    let sams = NewRequest { title: title("Sam's title"), ..desk.asked(id) };
    let refused = desk.sam().save_request(id, sams.clone(), &seen).await.unwrap_err();
    assert!(refused.to_string().starts_with("Priya Nair changed this while"), "{refused}");
    assert_eq!(fields(refused), ["form"]);
    assert_eq!(desk.whole(id).request.title, title("Priya's title"));

    let seen = desk.sam().request(id).unwrap().edition;
    let saved = desk.sam().save_request(id, sams, &seen).await.unwrap();
    assert_eq!(saved.edition, desk.sam().request(id).unwrap().edition);
    assert_eq!(desk.whole(id).request.title, title("Sam's title"));
}

#[tokio::test]
async fn what_could_never_be_answered_is_refused_beside_its_field() {
    let desk = desk().await;
    let only_if = |item, holds, of: Item| Item { only_if: Some(Condition { item, holds }), ..of };
    let one = |options: &[&str]| {
        Ask::Question(Question::One(options.iter().map(|option| title(option)).collect()))
    };
    let items = vec![
        only_if(2, Holds::Answered, short(1, "Before what it depends on")),
        short(2, "Anything else?"),
        only_if(2, Holds::Yes, short(3, "A text is no yes")),
        super::kit::item(4, "Which?", one(&["A", "B"])),
        only_if(4, Holds::Is(title("C")), short(5, "There is no C")),
        super::kit::item(6, "One is no choice", one(&["A"])),
        super::kit::item(7, "Twice the same", one(&["A", "B", "A"])),
    ];
    let due = Some(desk.today().plus_days(-1));
    let new =
        NewRequest { due, audience: Audience::Named(vec![desk.ben.id]), ..new_request(items) };
    let id = desk.draft(new_request(vec![])).await;
    let refused = desk.sam().save_request(id, new, "").await.unwrap_err();
    assert_eq!(
        fields(refused),
        ["audience", "due", "if-1", "if-3", "if-5", "options-6", "options-7"]
    );
}

#[tokio::test]
async fn a_condition_follows_its_item_to_a_new_number() {
    let desk = desk().await;
    let id = desk.draft(new_request(vec![confirm(1, "All true", "All of it is true.")])).await;
    let shown = desk.asked(id);
    let mut priyas = shown.clone();
    priyas.items.push(short(2, "Priya's"));
    desk.priya().save_request(id, priyas, "").await.unwrap();

    let mut sams = shown;
    let only_if = Some(Condition { item: 2, holds: Holds::Yes });
    sams.items.extend([yes_no(2, "Sam's"), Item { only_if, ..short(3, "If so, which?") }]);
    desk.sam().save_request(id, sams, "").await.unwrap();
    let sheet = desk.whole(id).sheet;
    let numbers: Vec<u16> = sheet.entries.iter().map(|entry| entry.item.number).collect();
    assert_eq!(numbers.len(), 3);
    assert!(!numbers.contains(&2), "Priya's number was not given again: {numbers:?}");
    assert_eq!(sheet.entries[2].item.only_if.as_ref().unwrap().item, numbers[1]);
    assert!(numbers.iter().all(|number| *number < sheet.next_item));
}

#[tokio::test]
async fn twenty_clicks_begin_one_request() {
    let desk = desk().await;
    let sam = desk.sam();
    let begin = || sam.new_request(desk.alder.id, super::kit::blank(), None, "once".into());
    let first = begin().await.unwrap();
    assert_eq!(begin().await.unwrap(), first);
    assert_eq!(desk.stage(first), Stage::Draft);
    assert_eq!(desk.history(first), [What::Made { template: None }]);
}

#[tokio::test]
async fn what_was_begun_and_left_is_on_no_list_and_goes_after_a_week() {
    let desk = desk().await;
    let (sam, priya) = (desk.sam(), desk.priya());
    let all = RequestQuery { state: RequestState::Any, ..RequestQuery::default() };
    let listed = || priya.requests(&all).unwrap().total;
    let begin =
        |once: &str| sam.new_request(desk.alder.id, Blueprint::blank(), None, once.to_owned());
    let said = desk.office.said().len();
    let left = begin("left").await.unwrap();
    assert_eq!((listed(), desk.office.said().len()), (0, said), "nobody hears of it");
    assert!(sam.request(left).is_ok(), "whoever has its editor open can go on");

    desk.days_pass(6);
    let written = begin("written").await.unwrap();
    desk.office.system.sweep_sessions().await.unwrap();
    assert!(sam.request(left).is_ok());
    sam.save_request(written, new_request(vec![short(1, "VAT")]), "").await.unwrap();
    assert_eq!(listed(), 1);
    assert_eq!(desk.office.said().last().unwrap(), "began the request “Year end”");
    let sent = begin("sent").await.unwrap();
    sam.send_request(sent, Sending::default()).await.unwrap();
    assert_eq!(listed(), 2);
    assert!(!desk.whole(sent).request.untouched);

    desk.days_pass(8);
    desk.office.system.sweep_sessions().await.unwrap();
    let left_over: Vec<_> = desk.office.all::<Request>().iter().map(|one| one.id).collect();
    assert_eq!(left_over, [written, sent], "what somebody wrote stays");
    assert!(desk.history(left).is_empty());
    assert_eq!(desk.lost(), Vec::<String>::new());
}

#[tokio::test]
async fn a_draft_follows_the_firms_reminders_until_it_is_sent_or_has_its_own() {
    let desk = desk().await;
    let rule = |days| ReminderRule { before: vec![days], every: None, most: 1 };
    let settings = |days| ReminderSettings { rule: rule(days), ..ReminderSettings::default() };
    desk.office.put(settings(1)).await;
    let usual = NewRequest { reminders: None, ..new_request(vec![]) };
    let follows = desk.draft(usual.clone()).await;
    let own = desk.draft(NewRequest { reminders: Some(rule(1)), ..usual }).await;
    desk.office.put(settings(3)).await;
    let shown = |id| desk.sam().request(id).unwrap().rule;
    assert_eq!((shown(follows), shown(own)), (rule(3), rule(1)));

    desk.send(follows).await;
    desk.office.put(settings(5)).await;
    assert_eq!(shown(follows), rule(3), "sending fixes it");
    let anew = NewRequest { reminders: None, ..desk.asked(follows) };
    desk.sam().save_request(follows, anew, "").await.unwrap();
    assert_eq!(shown(follows), rule(5), "unless somebody chooses the usual one again");
    assert_eq!(shown(own), rule(1));
}

#[tokio::test]
async fn whoever_sends_a_colleagues_draft_is_who_asks() {
    let desk = desk().await;
    let id = desk.draft(new_request(vec![])).await;
    desk.priya().send_request(id, Sending::default()).await.unwrap();
    assert_eq!(desk.portal(&desk.maya).request(id).unwrap().request.from, "Priya Nair");
}
