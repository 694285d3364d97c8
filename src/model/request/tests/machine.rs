//! Whatever staff and contacts do in whatever order: a request never stands where it cannot, its progress is what its answers
//! make, and no answer is lost that its history does not name.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::kit::{Desk, blank, confirm, desk, message, new_request, short, title, yes_no};
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::request::{
    Condition, Holds, Item, ItemState, Lane, NewRequest, Request, Seen, Sending, Stage, Typed,
    Value, What, Whole,
};
use crate::model::testing::cases;

#[derive(Clone, Debug)]
enum Do {
    Send,
    Answer { noor: bool, item: u8, text: u8 },
    HandIn { noor: bool },
    Done,
    Accept { item: u8 },
    AcceptAll,
    Return { item: u8 },
    Complete,
    Reopen,
    Withdraw,
    Extend { days: u8 },
    Add { kind: u8, after: Option<u8> },
    Remove { item: u8 },
    Rename { item: u8 },
    Retype { item: u8, kind: u8 },
    Require { item: u8 },
    Turn,
}

fn doings() -> impl Strategy<Value = Vec<Do>> {
    let item = || 1..6_u8;
    let one = prop_oneof![
        3 => Just(Do::Send),
        14 => (any::<bool>(), item(), 0..4_u8).prop_map(|(noor, item, text)| Do::Answer { noor, item, text }),
        5 => any::<bool>().prop_map(|noor| Do::HandIn { noor }),
        1 => Just(Do::Done),
        3 => item().prop_map(|item| Do::Accept { item }),
        2 => Just(Do::AcceptAll),
        3 => item().prop_map(|item| Do::Return { item }),
        1 => Just(Do::Complete),
        2 => Just(Do::Reopen),
        1 => Just(Do::Withdraw),
        1 => (0..20_u8).prop_map(|days| Do::Extend { days }),
        3 => (0..3_u8, proptest::option::of(item())).prop_map(|(kind, after)| Do::Add { kind, after }),
        2 => item().prop_map(|item| Do::Remove { item }),
        1 => item().prop_map(|item| Do::Rename { item }),
        2 => (item(), 0..3_u8).prop_map(|(item, kind)| Do::Retype { item, kind }),
        1 => item().prop_map(|item| Do::Require { item }),
        1 => Just(Do::Turn),
    ];
    proptest::collection::vec(one, 10..50)
}

/// What a request is, as far as rules speak of it.
#[derive(Clone, Debug)]
struct Before {
    stage: &'static str,
    answers: BTreeMap<u16, Value>,
    titles: BTreeMap<u16, String>,
    changes: usize,
}

struct Run<'d> {
    desk: &'d Desk,
    id: Id<Request>,
}

impl Run<'_> {
    fn now(&self) -> Before {
        let Whole { request, sheet } = self.desk.whole(self.id);
        let mut before = Before {
            stage: request.stage.label(),
            answers: BTreeMap::new(),
            titles: BTreeMap::new(),
            changes: self.desk.history(self.id).len(),
        };
        for entry in sheet.entries {
            let number = entry.item.number;
            before.titles.insert(number, entry.item.title.to_string());
            before.answers.extend(entry.answer.map(|answer| (number, answer.value)));
        }
        before
    }

    async fn run(&self, doing: Do) -> Result<()> {
        let (sam, id) = (self.desk.sam(), self.id);
        let who = |noor| if noor { &self.desk.noor } else { &self.desk.maya };
        match doing {
            Do::Send => sam.send_request(id, Sending::default()).await.map(drop),
            Do::Answer { noor, item, text } => self.answer(noor, item, text).await,
            Do::HandIn { noor } => {
                self.desk.portal(who(noor)).hand_in(id, String::new()).await.map(drop)
            }
            Do::Done => self.desk.portal(who(true)).mark_done(id, String::new()).await,
            Do::Accept { item } => self.desk.accept(id, vec![item.into()]).await.map(drop),
            Do::AcceptAll => self.desk.accept(id, vec![]).await.map(drop),
            Do::Return { item } => {
                sam.return_item(id, item.into(), message("Look again.")).await.map(drop)
            }
            Do::Complete => sam.complete_request(id).await.map(drop),
            Do::Reopen => sam.reopen_request(id).await.map(drop),
            Do::Withdraw => sam.withdraw_requests(vec![id]).await.map(drop),
            Do::Extend { days } => {
                let due = Some(self.desk.today().plus_days(days.into()));
                sam.extend_requests(vec![id], due).await.map(drop)
            }
            edit => self.edit(edit).await,
        }
    }

    async fn answer(&self, noor: bool, number: u8, text: u8) -> Result<()> {
        let who = if noor { &self.desk.noor } else { &self.desk.maya };
        let portal = self.desk.portal(who);
        let sheet = portal.request(self.id)?;
        let Some(item) = sheet.items.iter().find(|item| item.number == u16::from(number)) else {
            return Ok(());
        };
        let text = ["yes", "no", "words", ""][usize::from(text)].into();
        let seen = Seen { edition: item.edition.clone(), revision: item.revision };
        let typed = Typed { text, ..Typed::default() };
        portal.save_answer(self.id, number.into(), typed, seen).await.map(drop)
    }

    async fn edit(&self, edit: Do) -> Result<()> {
        let mut new = self.desk.asked(self.id);
        let next = new.first_new;
        let at = |items: &[Item], number: u8| {
            items.iter().position(|item| item.number == u16::from(number))
        };
        let position = match &edit {
            Do::Remove { item }
            | Do::Rename { item }
            | Do::Retype { item, .. }
            | Do::Require { item } => {
                let Some(position) = at(&new.items, *item) else { return Ok(()) };
                position
            }
            _ => 0,
        };
        match edit {
            Do::Add { kind, after } => {
                let only_if = after.map(|item| Condition { item: item.into(), holds: Holds::Yes });
                new.items.push(Item { only_if, ..of_kind(kind, next) });
            }
            Do::Remove { .. } => drop(new.items.remove(position)),
            Do::Rename { .. } => new.items[position].title = title("Another title"),
            Do::Retype { item, kind } => new.items[position].ask = of_kind(kind, item.into()).ask,
            Do::Require { .. } => {
                let item = &mut new.items[position];
                item.required = !item.required;
            }
            Do::Turn if new.items.iter().all(|item| item.only_if.is_none()) => new.items.reverse(),
            _ => {}
        }
        let seen = self.desk.sam().request(self.id)?.edition;
        self.desk.sam().save_request(self.id, new, &seen).await.map(drop)
    }

    fn holds(&self, before: &Before, doing: &Do) -> Result<(), TestCaseError> {
        let whole = self.desk.whole(self.id);
        let now = self.now();
        prop_assert!(
            may(before.stage, now.stage),
            "{:?}: {} to {}",
            doing,
            before.stage,
            now.stage
        );
        prop_assert_eq!(whole.request.progress, whole.sheet.progress());
        let history = self.desk.history(self.id);
        prop_assert!(history.len() >= before.changes, "the history is never rewritten");
        let new = &history[before.changes..];
        if before.stage != now.stage {
            prop_assert!(!new.is_empty(), "{:?} changed the stage and said nothing", doing);
        }
        for (number, value) in &before.answers {
            let title = format!("“{}”", before.titles[number]);
            let named = now.answers.get(number) == Some(value)
                || before.stage == "Draft"
                || new.iter().any(|what| match what {
                    What::Answered { item } | What::Cleared { item } => {
                        format!("“{item}”") == title
                    }
                    What::Edited { what } => what.iter().any(|said| {
                        let lost = said.contains("was answered with")
                            || said.contains("dropped the answer");
                        lost && said.contains(&title)
                    }),
                    _ => false,
                })
                || matches!(doing, Do::Answer { .. }); // said once for several in a row
            prop_assert!(named, "{:?} lost {:?} of {}: {:?}", doing, value, title, new);
        }
        let to_review = whole.request.stage.is_out() && whole.request.progress.to_review > 0;
        prop_assert_eq!(whole.request.lane() == Lane::HandedIn, to_review, "{:?}", doing);
        let mut shown = whole.sheet.shown();
        match whole.request.stage {
            Stage::InProgress { .. } if !whole.request.is_task() => {
                prop_assert!(shown.any(|entry| entry.state.open()), "{:?}: nobody's turn", doing);
            }
            Stage::HandedIn { .. } => {
                let reviewed = whole.request.progress.to_review == 0;
                prop_assert!(!reviewed || history.contains(&What::Reopened), "{:?}", doing);
                prop_assert!(shown.all(|entry| !entry.state.open()), "{:?}: nobody's turn", doing);
            }
            Stage::Draft | Stage::Sent { .. } => {
                prop_assert!(shown.all(|entry| entry.state == ItemState::Open));
            }
            Stage::Completed { .. } | Stage::Withdrawn { .. } | Stage::InProgress { .. } => {}
        }
        if !whole.request.stage.open() {
            prop_assert_eq!(whole.request.next_reminder(), None);
        }
        Ok(())
    }
}

/// Where a request can come from one step on.
fn may(from: &str, to: &str) -> bool {
    from == to
        || match from {
            "Draft" => to == "Sent",
            "Sent" => matches!(to, "In progress" | "Handed in" | "Completed" | "Withdrawn"),
            "In progress" => matches!(to, "Handed in" | "Completed" | "Withdrawn"),
            "Handed in" => matches!(to, "In progress" | "Completed" | "Withdrawn"),
            "Completed" => matches!(to, "In progress" | "Handed in"),
            _ => false,
        }
}

fn of_kind(kind: u8, number: u16) -> Item {
    match kind {
        0 => yes_no(number, &format!("Question {number}")),
        1 => short(number, &format!("Text {number}")),
        _ => confirm(number, &format!("Statement {number}"), "All of it is true."),
    }
}

/// Through all of its states, which chance alone seldom leads to.
fn everywhere() -> Vec<Do> {
    let answer = |item| Do::Answer { noor: false, item, text: 1 };
    let mut all = vec![Do::Extend { days: 1 }, Do::Send];
    all.extend([1, 2, 3].map(answer));
    all.extend([Do::HandIn { noor: false }, Do::AcceptAll, Do::Reopen, Do::Withdraw]);
    all
}

async fn play(
    desk: &Desk,
    doings: Vec<Do>,
    reached: &RefCell<BTreeSet<&'static str>>,
) -> Result<(), TestCaseError> {
    let sam = desk.sam();
    let id = sam.new_request(desk.alder.id, blank(), None, String::new()).await.unwrap();
    let only_if = Some(Condition { item: 1, holds: Holds::Yes });
    let items =
        vec![yes_no(1, "Any loans?"), Item { only_if, ..short(2, "Which?") }, short(3, "VAT")];
    let new = NewRequest { due: Some(desk.today()), ..new_request(items) };
    sam.save_request(id, new, "").await.unwrap();
    let run = Run { desk, id };
    for doing in doings {
        let before = run.now();
        match run.run(doing.clone()).await {
            Ok(()) | Err(Error::Refused(_) | Error::Invalid(_) | Error::NotFound) => {}
            Err(other) => return Err(TestCaseError::fail(format!("{doing:?}: {other}"))),
        }
        desk.office.tick();
        run.holds(&before, &doing)?;
        reached.borrow_mut().insert(run.now().stage);
    }
    Ok(())
}

#[test]
fn a_request_never_stands_where_it_cannot_and_loses_no_answer_unseen() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let desk = runtime.block_on(desk());
    let mut runner = TestRunner::new(cases(48));
    let reached = RefCell::default();
    runtime.block_on(play(&desk, everywhere(), &reached)).unwrap();
    assert_eq!(reached.borrow().len(), 6, "{reached:?}");
    runner.run(&doings(), |doings| runtime.block_on(play(&desk, doings, &reached))).unwrap();
    assert_eq!(desk.lost(), Vec::<String>::new());
}
