use proptest::prelude::*;

use super::read::read_template_file;
use super::{MOST_FILE_BYTES, as_file};
use crate::model::request::{Ask, Condition, Holds, Item, Question, ReminderRule};
use crate::model::request_template::{Blueprint, NewRequestTemplate, RelativeDue};
use crate::values::{Instructions, Label, Message, Title};

/// A word in which nothing is a field.
fn word() -> impl Strategy<Value = String> {
    "[A-Za-zÄßж0-9\"\\\\/&<][A-Za-zÄßж0-9 \"'\\\\/&<>,.]{0,30}[A-Za-z0-9]"
}

fn title() -> impl Strategy<Value = Title> {
    word().prop_map(|word| Title::parse(&word).unwrap())
}

fn message() -> impl Strategy<Value = Message> {
    "[A-Za-z0-9][A-Za-z0-9\n\"' ]{0,60}[a-z]".prop_map(|text| Message::parse(&text).unwrap())
}

fn options() -> impl Strategy<Value = Vec<Title>> {
    proptest::collection::btree_set(title(), 2..6).prop_map(|all| all.into_iter().collect())
}

fn ask() -> impl Strategy<Value = Ask> {
    let kinds = prop_oneof![Just(vec![]), Just(vec!["pdf".to_owned(), "jpg".to_owned()])];
    prop_oneof![
        (1..=100_u16, kinds, proptest::option::of(title()))
            .prop_map(|(most, kinds, name)| { Ask::Upload { most, kinds, folder: None, name } }),
        message().prop_map(|statement| Ask::Confirm { statement }),
        Just(Ask::Read { file: None }),
        options().prop_map(|all| Ask::Question(Question::One(all))),
        options().prop_map(|all| Ask::Question(Question::Several(all))),
        prop_oneof![
            Just(Question::Short),
            Just(Question::Long),
            Just(Question::Number),
            Just(Question::Money),
            Just(Question::Date),
            Just(Question::YesNo),
        ]
        .prop_map(Ask::Question),
    ]
}

/// A condition on the item before, whatever that is.
fn on(before: &Item, way: u8) -> Condition {
    let holds = match &before.ask {
        Ask::Question(Question::YesNo) if way == 1 => Holds::Yes,
        Ask::Question(Question::YesNo) if way == 2 => Holds::No,
        Ask::Question(Question::One(all) | Question::Several(all)) if way > 0 => {
            Holds::Is(all[0].clone())
        }
        _ => Holds::Answered,
    };
    Condition { item: before.number, holds }
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let one = (title(), proptest::option::of(message()), any::<bool>(), ask(), 0..6_u8);
    proptest::collection::vec(one, 0..12).prop_map(|all| {
        let mut items: Vec<Item> = Vec::new();
        for (at, (title, help, required, ask, way)) in all.into_iter().enumerate() {
            let only_if = items.last().filter(|_| way < 3).map(|before| on(before, way));
            let number = u16::try_from(at).unwrap() * 3 + 1;
            items.push(Item { number, title, help, required, only_if, ask });
        }
        items
    })
}

fn due() -> impl Strategy<Value = RelativeDue> {
    prop_oneof![
        Just(RelativeDue::None),
        (0..=730_u16).prop_map(|days| RelativeDue::After { days }),
        (1..=12_i8, 1..=28_i8).prop_map(|(month, day)| RelativeDue::Yearly { month, day }),
        (1..=31_i8).prop_map(|day| RelativeDue::Monthly { day }),
    ]
}

fn reminders() -> impl Strategy<Value = Option<ReminderRule>> {
    let before = proptest::collection::btree_set(0..60_u16, 0..5);
    let rule =
        (before, proptest::option::of(1..30_u16), 0..20_u16).prop_map(|(before, every, most)| {
            ReminderRule { before: before.into_iter().rev().collect(), every, most }
        });
    proptest::option::of(rule)
}

fn template() -> impl Strategy<Value = NewRequestTemplate> {
    let words = ("[A-Za-z]{1,40}", title(), "[A-Za-z0-9#*\n ]{0,80}");
    (words, items(), due(), reminders()).prop_map(|((name, title, text), items, due, reminders)| {
        let instructions = Instructions::parse(&text).unwrap();
        let name = Label::parse(&name).unwrap();
        NewRequestTemplate {
            name,
            blueprint: Blueprint { title, instructions, items, due, reminders },
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(template in template()) {
        let file = as_file(&template.name, &template.blueprint);
        prop_assert_eq!(read_template_file(file.as_bytes()), Ok(template));
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read_template_file(&bytes).is_err());
    }

    /// Whatever one value of a good file is replaced by, it is read, or its place is named.
    #[test]
    fn a_value_of_another_kind_is_answered(
        template in template(), at in any::<proptest::sample::Index>(), other in 0..6_usize,
    ) {
        let file = as_file(&template.name, &template.blueprint);
        let mut value: serde_json::Value = serde_json::from_str(&file).unwrap();
        let others = ["null", "true", "-1", "99999999", "\"{{x}}\"", "[{}]"];
        let fields = value.as_object_mut().unwrap();
        let key = fields.keys().nth(at.index(fields.len())).unwrap().clone();
        fields.insert(key, serde_json::from_str(others[other]).unwrap());
        let read = read_template_file(value.to_string().as_bytes());
        prop_assert!(read.is_ok() || read.is_err_and(|said| said.iter().all(|one| one.len() > 10)));
    }
}

fn said(file: &str) -> String {
    read_template_file(file.as_bytes()).unwrap_err().join("\n")
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_all_at_once() {
    let file = r#"{"kind": "anteroom-request-template", "version": 1, "name": "", "title": "For {{contact.first_name}}",
        "due": {"month": 4, "day": 31}, "colour": "red",
        "reminders": {"days_before": [65535], "then_every_days": 1, "at_most": 65535}, "items": [
        {"number": 1, "title": "Lease", "ask": "file"},
        {"number": 2, "title": "Why?", "ask": "one-of", "options": [3]},
        {"title": 5, "ask": "read", "required": "yes"}]}"#;
    let said = said(file);
    for part in [
        "“name”: Fill this in",
        "“due”: April has the days 1 to 30",
        "“colour”: There is no such field here",
        "“reminders”: Remind at most 365 days before",
        "Item 1, “ask”: Write one of files",
        "Item 2, “options”: Give words in quotation marks",
        "Item at place 3, “number”: It is missing",
        "Item at place 3, “title”: Give a text in quotation marks",
        "Item at place 3, “required”: Write true or false",
    ] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
}

#[test]
fn rules_between_fields_are_looked_at_too() {
    let file = |title: &str, items: &str| {
        format!(
            r#"{{"kind": "anteroom-request-template", "version": 1, "name": "A", "title": "{title}", "items": [{items}]}}"#
        )
    };
    let lease =
        r#"{"number": 4, "title": "Lease", "ask": "files", "only_if": {"item": 9, "is": "yes"}}"#;
    assert!(
        said(&file("A", lease)).contains("Item 4, “only_if”: Choose an item that stands above")
    );
    let twice =
        r#"{"number": 1, "title": "B", "ask": "read"}, {"number": 1, "title": "C", "ask": "read"}"#;
    assert!(said(&file("A", twice)).contains("“items”: Give each item a “number” of its own"));
    let title = said(&file("For {{nobody}}", ""));
    assert!(title.contains("“title”: Line 1, column 5: there is no field “nobody”"), "{title}");
    assert!(said(&file("By {{due}}", "")).contains("there is no due date"));
}

#[test]
fn other_files_are_told_apart() {
    assert!(said("{\"a\": 1}").contains("This is no template of a request"));
    assert!(said("{\"kind\":").contains("no file that was exported from here"));
    let later = r#"{"kind": "anteroom-request-template", "version": 2}"#;
    assert!(said(later).contains("Update the server first"));
    assert!(said(&" ".repeat(MOST_FILE_BYTES + 1)).contains("larger than 512 KB"));
}
