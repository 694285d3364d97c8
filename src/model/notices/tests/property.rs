//! Whatever happens in whatever order, each file is told once to those who see it.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::super::{About, Notice, news};
use super::{Desk, count};
use crate::model::file::{Audience, File, Trashed};
use crate::model::login::Who;
use crate::model::membership::Areas;
use crate::model::portal::Viewer;
use crate::model::posting::{HandOver, Outcome};
use crate::model::testing::cases;

/// What may happen.
#[derive(Clone, Debug)]
enum Step {
    Add(bool),
    Show(usize, u8),
    Trash(usize),
    Pass(u8),
    Deliver,
    Fail,
    Late,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        any::<bool>().prop_map(Step::Add),
        (0..6_usize, 0..3_u8).prop_map(|(at, audience)| Step::Show(at, audience)),
        (0..6_usize).prop_map(Step::Trash),
        (0..12_u8).prop_map(Step::Pass),
        Just(Step::Deliver),
        Just(Step::Fail),
        Just(Step::Late),
    ];
    proptest::collection::vec(step, 1..30)
}

proptest! {
    #![proptest_config(cases(24))]

    /// Whatever happens: what a reader sees in the end was told once, and what they never saw was never told.
    #[test]
    fn each_file_is_told_once_to_those_who_see_it(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(played(steps))?;
    }
}

#[expect(clippy::too_many_lines, reason = "one arm for each step")]
async fn played(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let desk = Desk::new().await;
    let staff = Who::Staff(desk.priya.id);
    let (mut files, mut told): (Vec<File>, Vec<(String, u32)>) = (Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Add(everyone) => {
                let audience = if everyone { Audience::Everyone } else { Audience::Firm };
                let file = desk.file("A.pdf", staff, audience).await;
                desk.put(&file).await;
                files.push(file);
            }
            Step::Show(at, audience) => {
                let Some(file) = files.get_mut(at) else { continue };
                file.audience = match audience {
                    0 => Audience::Firm,
                    1 => Audience::Everyone,
                    _ => Audience::Named(vec![desk.ben.id]),
                };
                desk.put(file).await;
            }
            Step::Trash(at) => {
                let Some(file) = files.get_mut(at) else { continue };
                let by = file.by.clone();
                file.trash = Some(Trashed { at: desk.office.clock.now(), by, with: None });
                desk.put(file).await;
            }
            Step::Pass(minutes) => desk.pass(SignedDuration::from_mins(minutes.into())),
            Step::Deliver => {
                let sent = desk.deliver().await;
                told.extend(sent.into_iter().map(|(to, letter)| (to, count(&letter))));
            }
            Step::Fail => {
                let later = || Outcome::Later { plain: "No.".into(), words: "451".into() };
                let due = desk.office.system.due_mails(9).unwrap();
                let outcomes = due.into_iter().map(|id| (id, later())).collect();
                desk.office.system.record(outcomes).await.unwrap();
            }
            Step::Late => {
                let due = desk.office.system.due_mails(9).unwrap();
                let Some(id) = due.first() else { continue };
                let handed = desk.office.system.hand_over(*id).unwrap();
                let file = desk.share("Late.pdf").await;
                files.push(file);
                let outcome = match handed {
                    HandOver::Ready(ready) => {
                        told.push((ready.mail.to.to_string(), count(&ready.mail.letter)));
                        Outcome::Accepted { words: "250".into(), told: ready.tells }
                    }
                    _ => Outcome::Stale,
                };
                desk.office.system.record(vec![(*id, outcome)]).await.unwrap();
            }
        }
    }
    desk.pass(SignedDuration::from_hours(5));
    let sent = desk.deliver().await;
    told.extend(sent.into_iter().map(|(to, letter)| (to, count(&letter))));
    desk.pass(SignedDuration::from_hours(5));
    prop_assert!(desk.deliver().await.is_empty(), "nothing waits any more");
    for (contact, address) in
        [(&desk.naomi, "naomi@marlow.example"), (&desk.ben, "ben@marlow.example")]
    {
        let viewer = Viewer::new(contact.id, desk.client.id, Areas::ALL);
        let sees = files.iter().filter(|file| news(file, &viewer).is_some());
        let sees = u32::try_from(sees.count()).unwrap();
        let counted: u32 =
            told.iter().filter(|(to, _)| to == address).map(|(_, count)| count).sum();
        let notices: Vec<Notice> = desk.office.all();
        let mine = notices.iter().filter(|notice| notice.reader == Who::Contact(contact.id));
        let file = |notice: &Notice| match notice.about {
            About::File { file, .. } => file,
            About::Request { .. } => panic!("nobody asked for anything"),
        };
        let mut of: Vec<_> = mine.map(file).collect();
        prop_assert_eq!(u32::try_from(of.len()).unwrap(), counted, "each was told in one mail");
        of.sort();
        of.dedup();
        prop_assert_eq!(u32::try_from(of.len()).unwrap(), counted, "none was told twice");
        let all = files.iter().filter(|file| news(file, &viewer).is_some());
        prop_assert!(all.clone().all(|file| of.contains(&file.id)), "none was lost");
        prop_assert!(counted >= sees);
    }
    Ok(())
}
