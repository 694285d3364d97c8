//! What the items of a request may be: conditions that can come true, options to choose from, numbers within reason.

use super::{Ask, Condition, Holds, Item, Question};
use crate::error::Check;
use crate::values::Title;

/// Items of one request. More than anybody works through, and a page of them still loads at once.
const MOST_ITEMS: usize = 100;
/// Options of one question.
const MOST_OPTIONS: usize = 50;
/// Files of one answer.
pub(in crate::model) const MOST_FILES: u16 = 100;
/// Numbers are given in order, so that one beyond this was never given.
const MOST_NUMBER: u16 = 60_000;

/// Notes what is wrong with items, under the names of the editor's fields: `if-3` is the condition of item 3.
pub(in crate::model) fn check_items(items: &[Item], check: &mut Check) {
    if items.len() > MOST_ITEMS {
        check.note("form", format!("A request has at most {MOST_ITEMS} items. Make two of it"));
    }
    for (at, item) in items.iter().enumerate() {
        let (before, number) = (&items[..at], item.number);
        let given = (1..=MOST_NUMBER).contains(&number);
        if !given || before.iter().any(|other| other.number == number) {
            check.note("form", "The items came in disorder. Load the page again");
        }
        if let Some(condition) = &item.only_if {
            check.take(format!("if-{number}"), can_hold(condition, before));
        }
        match &item.ask {
            Ask::Upload { most, .. } if !(1..=MOST_FILES).contains(most) => {
                check.note(
                    format!("most-{number}"),
                    format!("Give a number from 1 to {MOST_FILES}"),
                );
            }
            Ask::Question(Question::One(options) | Question::Several(options)) => {
                check.take(format!("options-{number}"), can_choose(options));
            }
            Ask::Upload { .. } | Ask::Question(_) | Ask::Confirm { .. } | Ask::Read { .. } => {}
        }
    }
}

/// Whether an answer to an item before it can let this one appear.
fn can_hold(condition: &Condition, before: &[Item]) -> Result<(), String> {
    let asked = before.iter().find(|item| item.number == condition.item);
    let asked = asked.ok_or("Choose an item that stands above this one")?;
    match (&condition.holds, &asked.ask) {
        (Holds::Answered, _) | (Holds::Yes | Holds::No, Ask::Question(Question::YesNo)) => Ok(()),
        (Holds::Yes | Holds::No, _) => {
            Err(format!("“{}” is not answered with yes or no", asked.title))
        }
        (Holds::Is(option), Ask::Question(Question::One(all) | Question::Several(all))) => {
            let known = all.contains(option);
            known.then_some(()).ok_or_else(|| format!("“{}” has no option “{option}”", asked.title))
        }
        (Holds::Is(_), _) => Err(format!("“{}” has no options to choose from", asked.title)),
    }
}

fn can_choose(options: &[Title]) -> Result<(), String> {
    if options.len() < 2 {
        return Err("Give at least two options, each on a line of its own".into());
    }
    if options.len() > MOST_OPTIONS {
        return Err(format!("Give at most {MOST_OPTIONS} options"));
    }
    let twice = options.iter().enumerate().find(|(at, option)| options[..*at].contains(option));
    twice.map_or(Ok(()), |(_, option)| Err(format!("“{option}” stands there twice")))
}
