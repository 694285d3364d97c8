use super::*;
use crate::error::{Error, Fields};
use crate::model::request::ReminderRule;

fn posted(fields: &[(&str, &str)]) -> Posted {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Posted::from(fields.collect::<Vec<_>>())
}

fn errors(items: &[ItemForm]) -> Fields {
    let mut check = Check::default();
    let read = read_items(items, &mut check);
    match check.finish(|| read) {
        Err(Error::Invalid(fields)) => fields,
        other => panic!("{other:?}"),
    }
}

fn read(items: &[ItemForm]) -> Vec<Item> {
    let mut check = Check::default();
    let read = read_items(items, &mut check);
    check.finish(|| read).unwrap()
}

#[test]
fn what_was_typed_becomes_items_and_they_become_the_same_fields_again() {
    let form = posted(&[
        ("item", "4"),
        ("item", "1"),
        ("title-4", "Do you rent it out?"),
        ("kind-4", "one"),
        ("options-4", "Yes\r\n\r\n No, never \nYes"),
        ("required-4", "on"),
        ("title-1", "Lease"),
        ("kind-1", "file"),
        ("most-1", "3"),
        ("kinds-1", "pdf"),
        ("kinds-1", "jpg"),
        ("name-1", "Lease {{year}}"),
        ("help-1", "All pages.\nPlease."),
        ("if-1", "4 is No, never"),
    ]);
    let forms = items_of(&form);
    let items = read(&forms);
    assert_eq!(items.iter().map(|item| item.number).collect::<Vec<_>>(), [4, 1]);
    let Ask::Upload { most, kinds, .. } = &items[1].ask else { panic!("{items:?}") };
    assert_eq!((*most, kinds.as_slice()), (3, ["pdf".to_owned(), "jpg".to_owned()].as_slice()));
    let again: Vec<ItemForm> = items.iter().map(ItemForm::of).collect();
    assert_eq!(again[0].options, "Yes\nNo, never");
    assert_eq!(again[1].only_if, "4 is No, never");
    assert_eq!(read(&again), items);
}

#[test]
fn each_error_stands_beside_its_field() {
    let forms = items_of(&posted(&[
        ("item", "1"),
        ("item", "2"),
        ("item", "3"),
        ("title-1", ""),
        ("kind-1", "short"),
        ("title-2", "Which?"),
        ("kind-2", "several"),
        ("options-2", "One"),
        ("if-2", "3 yes"),
        ("title-3", "Files"),
        ("kind-3", "file"),
        ("most-3", "0"),
    ]));
    let errors = errors(&forms);
    let keys: Vec<&str> = errors.keys().map(AsRef::as_ref).collect();
    assert_eq!(keys, ["if-2", "most-3", "options-2", "title-1"]);
}

#[test]
fn items_move_and_one_that_nobody_touched_is_left_out() {
    let mut items = vec![ItemForm::blank(1, "file"), ItemForm::blank(2, "question")];
    let numbers = |items: &[ItemForm]| items.iter().map(|item| item.number).collect::<Vec<_>>();
    assert_eq!(ItemAction::parse("up-2").unwrap().on(&mut items, 3), Some(2));
    assert_eq!(numbers(&items), [2, 1]);
    assert_eq!(ItemAction::parse("up-2").unwrap().on(&mut items, 3), None);
    assert_eq!(ItemAction::parse("down-2").unwrap().on(&mut items, 3), Some(2));
    assert_eq!(ItemAction::parse("add-read").unwrap().on(&mut items, 3), Some(3));
    assert_eq!(ItemAction::parse("remove-1").unwrap().on(&mut items, 3), None);
    assert_eq!(numbers(&items), [2, 3]);
    for other in ["", "save", "add-sign", "up-x", "up"] {
        assert_eq!(ItemAction::parse(other), None, "{other}");
    }
    let form = posted(&[("item", "3"), ("fresh", "3"), ("title-3", " "), ("kind-3", "read")]);
    assert!(items_of(&form).is_empty());
    let cleared = posted(&[("item", "3"), ("title-3", " "), ("kind-3", "read")]);
    assert_eq!(items_of(&cleared).len(), 1);
}

#[test]
fn an_own_rule_of_reminders_is_read_as_it_was_written() {
    let rule = ReminderRule { before: vec![7, 2, 0], every: Some(7), most: 5 };
    let form = RuleForm::of(Some(&rule), &ReminderRule::NEVER);
    assert_eq!(form.read(&mut Check::default()), Some(Some(rule.clone())));
    assert_eq!(RuleForm::of(None, &rule).read(&mut Check::default()), Some(None));
    let never = RuleForm::of(Some(&ReminderRule::NEVER), &rule);
    assert_eq!(never.read(&mut Check::default()), Some(Some(ReminderRule::NEVER)));
    let typed =
        posted(&[("remind", "own"), ("reminders_before", "0, 7 x"), ("reminders_most", "5")]);
    let mut check = Check::default();
    assert_eq!(RuleForm::posted(&typed).read(&mut check), None);
    let Err(Error::Invalid(wrong)) = check.finish(|| Some(())) else { panic!("no error") };
    assert_eq!(wrong.keys().map(AsRef::as_ref).collect::<Vec<_>>(), ["reminders_before"]);
}
