use jiff::SignedDuration;

use super::kit::{Asking, firm, item, message, question, refused, title, typed, upload};
use crate::model::file::{Audience, Author};
use crate::model::request::{
    Ask, Change, Condition, Holds, Item, ItemState, PortalAnswer, Question, Saved, Seen, Stage,
    Typed, Value, What,
};
use crate::values::{Day, Money};

fn text(saved: &Saved) -> Option<&PortalAnswer> {
    match saved {
        Saved::Conflict { theirs, .. } => theirs.as_ref(),
        other => panic!("no conflict: {other:?}"),
    }
}

#[tokio::test]
async fn each_kind_of_answer_is_read_as_people_type_it() {
    let firm = firm().await;
    let both = || vec![title("Rent"), title("Fuel")];
    let items = vec![
        question(1, "Short", Question::Short),
        question(2, "Long", Question::Long),
        question(3, "Number", Question::Number),
        question(4, "Money", Question::Money),
        question(5, "Date", Question::Date),
        question(6, "Yes or no", Question::YesNo),
        question(7, "One", Question::One(both())),
        question(8, "Several", Question::Several(both())),
        item(9, "Confirm", Ask::Confirm { statement: message("It is all there.") }),
        upload(10, "File", 1, &[]),
    ];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    for (number, good, value, bad) in [
        (1, "a line", Value::Text(message("a line")), "two\nlines"),
        (2, "two\nlines", Value::Text(message("two\nlines")), "\u{202e}"),
        (3, "1,234.5", Value::Number("1234.5".into()), "many"),
        (4, "£1,234.50", Value::Money(Money::of_minor(123_450)), "much"),
        (5, "2026-02-28", Value::Day(Day::new(2026, 2, 28).unwrap()), "2026-02-30"),
        (6, "no", Value::YesNo(false), "perhaps"),
        (7, "Fuel", Value::One(title("Fuel")), "Food"),
        (9, "yes", Value::Confirmed, ""),
    ] {
        firm.answer(&firm.maya, id, number, typed(good)).await.unwrap();
        assert_eq!(firm.entry(id, number).answer.unwrap().value, value);
        if !bad.is_empty() {
            assert!(!refused(firm.answer(&firm.maya, id, number, typed(bad)).await).is_empty());
        }
    }
    let chosen = Typed { chosen: vec!["Fuel".into(), "Rent".into()], ..Typed::default() };
    firm.answer(&firm.maya, id, 8, chosen).await.unwrap();
    assert_eq!(firm.entry(id, 8).answer.unwrap().value, Value::Several(both()));
    let none = Typed { not_there: true, text: "The bank has it".into(), ..Typed::default() };
    firm.answer(&firm.maya, id, 10, none).await.unwrap();
    let sheet = firm.portal(&firm.noor).request(id).unwrap();
    assert_eq!((sheet.request.done, sheet.missing.len()), (10, 0));
    let read: Vec<_> =
        sheet.items.iter().map(|item| item.answer.as_ref().unwrap().text.clone()).collect();
    assert_eq!(read[3..8], ["£1,234.50", "Saturday 28 February 2026", "No", "Fuel", "Rent, Fuel"]);
    assert_eq!(read[8..], ["Confirmed", "Not there: The bank has it"]);
    for number in 1..=10 {
        firm.answer(&firm.noor, id, number, Typed::default()).await.unwrap();
        assert_eq!(firm.entry(id, number).answer, None);
    }
    assert_eq!(firm.request(id).progress.done, 0);
}

#[tokio::test]
async fn nobody_overwrites_an_answer_that_they_have_not_seen() {
    let firm = firm().await;
    let items = vec![question(1, "Lease", Question::Short)];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    let before = Seen { edition: String::new(), revision: 1 };
    firm.answer(&firm.maya, id, 1, typed("Until May")).await.unwrap();
    let noor = firm.portal(&firm.noor);
    let same = noor.save_answer(id, 1, typed("Until May"), before.clone()).await.unwrap();
    assert!(matches!(same, Saved::Stored { .. }));
    let other = noor.save_answer(id, 1, typed("Until June"), before.clone()).await.unwrap();
    let theirs = text(&other).unwrap();
    assert_eq!((theirs.text.as_str(), theirs.mine), ("Until May", false));
    assert_eq!(firm.entry(id, 1).answer.unwrap().value, Value::Text(message("Until May")));
    // Somebody took it back and gave the same again: that is another answer than the one that was seen.
    let Saved::Conflict { edition, .. } = other else { panic!() };
    firm.office.tick();
    firm.answer(&firm.maya, id, 1, Typed::default()).await.unwrap();
    firm.office.tick();
    firm.answer(&firm.maya, id, 1, typed("Until July")).await.unwrap();
    let seen = Seen { edition, revision: 1 };
    let again = noor.save_answer(id, 1, typed("Until June"), seen).await.unwrap();
    let Saved::Conflict { edition, .. } = again else { panic!("{again:?}") };
    let seen = Seen { edition, revision: 1 };
    noor.save_answer(id, 1, typed("Until June"), seen).await.unwrap();
    assert_eq!(firm.entry(id, 1).answer.unwrap().by.name, "Noor Marlow");
}

#[tokio::test]
async fn nobody_answers_another_question_than_they_read() {
    let firm = firm().await;
    let items = vec![question(1, "Lease", Question::Short), question(2, "Rent", Question::Short)];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    firm.change(id, |whole| {
        let entry = whole.sheet.entry_mut(1).unwrap();
        (entry.item.title, entry.revision) = (title("Lease of the van"), 2);
        whole.sheet.entries.pop();
    })
    .await;
    let maya = firm.portal(&firm.maya);
    let seen = Seen { edition: String::new(), revision: 1 };
    let saved = maya.save_answer(id, 1, typed("Until May"), seen.clone()).await.unwrap();
    assert!(
        matches!(&saved, Saved::Changed { revision: 2, title } if title.as_str() == "Lease of the van")
    );
    assert_eq!(firm.entry(id, 1).answer, None);
    let gone = refused(maya.save_answer(id, 2, typed("Until May"), seen).await);
    assert!(gone.contains("is not asked any more"), "{gone}");
}

#[tokio::test]
async fn what_is_over_takes_no_answer_and_says_why() {
    let firm = firm().await;
    let items = vec![question(1, "Lease", Question::Short)];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    let (sent, sam) = (firm.office.clock.now(), Author::of(&firm.staff));
    let noor = Author::of_contact(&firm.noor);
    for (stage, why) in [
        (Stage::HandedIn { sent, at: sent, by: noor }, "Noor Marlow has handed this in"),
        (Stage::Completed { sent, at: sent, by: sam.clone() }, "This is completed"),
        (Stage::Withdrawn { sent, at: sent, by: sam.clone() }, "Alder & Finch has withdrawn"),
    ] {
        firm.change(id, move |whole| whole.request.stage = stage).await;
        let said = refused(firm.answer(&firm.maya, id, 1, typed("x")).await);
        assert!(said.starts_with(why), "{said}");
    }
    let accepted = ItemState::Accepted { by: sam, at: sent };
    firm.change(id, move |whole| {
        whole.request.stage = Stage::InProgress { sent };
        whole.sheet.entries[0].state = accepted;
    })
    .await;
    let said = refused(firm.answer(&firm.maya, id, 1, typed("x")).await);
    assert!(said.contains("has accepted “Lease”"), "{said}");
}

#[tokio::test]
async fn an_answer_lets_others_appear_and_what_does_not_appear_is_not_asked() {
    let firm = firm().await;
    let only_if = Some(Condition { item: 1, holds: Holds::Yes });
    let miles = Item { only_if, ..question(2, "Miles", Question::Number) };
    let items = vec![question(1, "Van?", Question::YesNo), miles];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    let why = refused(firm.answer(&firm.maya, id, 2, typed("12")).await);
    assert!(why.contains("is not asked any more"), "{why}");
    let saved = firm.answer(&firm.maya, id, 1, typed("yes")).await.unwrap();
    assert!(matches!(saved, Saved::Stored { appear, .. } if appear == [1, 2]));
    firm.answer(&firm.maya, id, 2, typed("12")).await.unwrap();
    let saved = firm.answer(&firm.maya, id, 1, typed("no")).await.unwrap();
    assert!(
        matches!(saved, Saved::Stored { appear, request, .. } if appear == [1] && request.of == 1)
    );
    assert!(firm.entry(id, 2).answer.is_some(), "it is kept, in case");
    assert_eq!(firm.portal(&firm.noor).request(id).unwrap().items.len(), 1);
}

#[tokio::test]
async fn an_hour_of_typing_is_one_change() {
    let firm = firm().await;
    let items = vec![question(1, "Lease", Question::Short), question(2, "Rent", Question::Short)];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    let answer = |who, number, text| firm.answer(who, id, number, typed(text));
    for text in ["U", "Un", "Until May"] {
        answer(&firm.maya, 1, text).await.unwrap();
        firm.office.tick();
        answer(&firm.maya, 2, text).await.unwrap();
        firm.office.tick();
    }
    answer(&firm.noor, 1, "Until June").await.unwrap();
    firm.office.clock.advance(SignedDuration::from_mins(61));
    answer(&firm.noor, 1, "").await.unwrap();
    let changes: Vec<Change> = firm.office.all();
    let what: Vec<_> = changes
        .iter()
        .skip(1)
        .map(|change| {
            let by = change.by.as_ref().unwrap().name.split(' ').next().unwrap().to_owned();
            match &change.what {
                What::Answered { item } => format!("{by} {item}"),
                What::Cleared { item } => format!("{by} cleared {item}"),
                other => panic!("{other:?}"),
            }
        })
        .collect();
    assert_eq!(what, ["Maya Lease", "Maya Rent", "Noor Lease", "Noor cleared Lease"]);
    let seen = firm.portal(&firm.maya).request(id).unwrap().history;
    assert_eq!(seen[0].text, "sent it");
    assert_eq!((seen[1].text.as_str(), seen[1].mine), ("answered “Lease”", true));
}

#[tokio::test]
async fn a_file_is_read_only_by_whoever_can_open_it() {
    let firm = firm().await;
    let hidden = firm.record(&firm.alder, "Letter.pdf", Audience::Named(vec![firm.noor.id])).await;
    let items = vec![item(1, "Read", Ask::Read { file: Some(hidden) })];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    let why = refused(firm.answer(&firm.maya, id, 1, typed("yes")).await);
    assert!(why.contains("You cannot open this file"), "{why}");
    firm.answer(&firm.noor, id, 1, typed("yes")).await.unwrap();
    let seen = firm.portal(&firm.maya).request(id).unwrap();
    let json = serde_json::to_string(&seen).unwrap();
    assert!(!json.contains("Letter.pdf"), "{json}");
    assert_eq!(seen.items[0].answer.as_ref().unwrap().text, "Read");
}

#[tokio::test]
async fn staff_who_look_change_nothing() {
    let firm = firm().await;
    let items = vec![question(1, "Lease", Question::Short)];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    let viewed = firm.viewed(&firm.maya).await;
    assert_eq!(viewed.request(id).unwrap().items.len(), 1);
    let seen = Seen { edition: String::new(), revision: 1 };
    let why = refused(viewed.save_answer(id, 1, typed("x"), seen).await);
    assert!(why.contains("Nothing can be changed"), "{why}");
    refused(viewed.hand_in(id, String::new()).await);
    refused(viewed.mark_done(id, String::new()).await);
    refused(viewed.uploads());
    assert_eq!(firm.request(id).progress.done, 0);
}
