//! Changing what comes again: what is asked, of whom and when, from the next turn on. What is out stays as it was.

use super::{Changed, Every, Recurrence, RecurrenceState};
use crate::error::{Check, Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::Records;
use crate::model::edition::{check_edition, edition};
use crate::model::file::{Audience, Author};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::request::{
    Ask, asked_words, check_items, check_place, check_whom, lives, told_of_items,
};
use crate::model::request_template::{Blueprint, RelativeDue};
use crate::model::staff::Staff;
use crate::values::Day;

/// What staff write into its editor.
#[derive(Clone, Debug)]
pub struct NewRecurrence {
    /// What is asked.
    pub blueprint: Blueprint,
    /// Who of the client is asked.
    pub audience: Audience,
    /// How often.
    pub every: Every,
    /// When the next one is made.
    pub next: Day,
    /// The last day on which one may be made.
    pub until: Option<Day>,
}

/// Stands in an edition between what staff change and what turns do.
const BETWEEN: char = '.';

impl Recurrence {
    /// Changes whenever anything of it does, so that nobody's change is overwritten unseen. How many turns are over stands
    /// at its end: making one is no change of anybody's.
    #[must_use]
    pub fn edition(&self) -> String {
        let kept = edition(&Self { made: 0, ..self.clone() });
        format!("{kept}{BETWEEN}{}", self.made)
    }

    /// Refuses a form that shows it otherwise than it is, and says what happened meanwhile.
    fn check_seen(&self, seen: &str, me: &Staff) -> Result<()> {
        let current = self.edition();
        let kept = |edition: &str| edition.split(BETWEEN).next().map(str::to_owned);
        if seen != current && kept(seen) == kept(&current) {
            let why = "One was made and sent while you were editing, so that the next one comes later. What you typed \
                       is kept: look at its day, then save again";
            return Err(Error::field("form", why));
        }
        match &self.changed {
            Some(Changed { by, .. }) if seen != current && by.who != Who::Staff(me.id) => {
                let why = "changed this while you were editing. What you typed is kept: save again to replace their \
                           changes, or leave the page to keep them";
                Err(Error::field("form", format!("{} {why}", by.name)))
            }
            _ => check_edition(seen, &current),
        }
    }
}

impl Console {
    /// Has something else come, or at other times. `seen` is the [`Recurrence::edition`] that was shown. Says what became
    /// other, each a sentence part.
    pub async fn change_recurrence(
        &self,
        id: Id<Recurrence>,
        new: NewRecurrence,
        seen: String,
    ) -> Result<Vec<String>> {
        let (firm, me) = (self.firm()?, self.me().clone());
        self.write(move |tx| {
            let mut recurrence: Recurrence = tx.need(id)?;
            recurrence.check_seen(&seen, &me)?;
            let today = Day::at(tx.now(), firm.zone.tz());
            let new = new.checked(tx, &recurrence, today)?;
            let said = new.differences(tx, &recurrence, (today, &firm))?;
            if said.is_empty() {
                tx.unsaid("nothing is other than before");
                return Ok(said);
            }
            new.become_of(&mut recurrence, today);
            recurrence.changed = Some(Changed { by: Author::of(&me), at: tx.now() });
            tx.put(&recurrence)?;
            let title = &recurrence.blueprint.title;
            let what = format!("changed the recurring request “{title}”: {}", said.join("; "));
            tx.say("recurrence-changed", Some(recurrence.client), what)?;
            Ok(said)
        })
        .await
    }
}

impl NewRecurrence {
    /// What the next turn can be made of. Refused is what it could not: nobody looks when it is made.
    fn checked(mut self, r: &impl Records, now: &Recurrence, today: Day) -> Result<Self> {
        if now.state() == RecurrenceState::Ended {
            return Err(Error::refused("It has ended. Send a new request that repeats."));
        }
        let mut check = Check::default();
        check.take("due", self.blueprint.due.checked());
        check_items(&self.blueprint.items, &mut check);
        for item in &self.blueprint.items {
            let was = now.blueprint.items.iter().find(|was| was.number == item.number);
            check_place(r, now.client, item, was.map(|was| &was.ask), &mut check)?;
            let field = format!("file-{}", item.number);
            match item.ask {
                Ask::Read { file: None } => check.note(field, "Choose the file to read"),
                Ask::Read { file: Some(file) } => {
                    check.take(field, lives(r, now.client, file)?);
                }
                Ask::Upload { .. } | Ask::Question(_) | Ask::Confirm { .. } => {}
            }
        }
        let audience = check.take("audience", check_whom(r, now.client, self.audience.clone())?);
        if self.next < today && self.next != now.day_of(now.coming(today)) {
            check.note("next", "This day is over. Choose today or a later one");
        } else if self.until.is_some_and(|until| until < self.next) {
            let why = "The last day lies before the next one. Choose a later one, or end it";
            check.note("until", why);
        }
        self.audience = check.finish(|| audience)?;
        self.blueprint.check()?;
        Ok(self)
    }

    /// Its days are counted from the first as before, unless other ones were chosen.
    fn become_of(self, recurrence: &mut Recurrence, today: Day) {
        let Self { blueprint, audience, every, next, until } = self;
        let turn = recurrence.coming(today);
        if recurrence.every == every && recurrence.day_of(turn) == next {
            recurrence.made = turn;
        } else {
            (recurrence.first, recurrence.made) = (next, 0);
        }
        (recurrence.blueprint, recurrence.audience) = (blueprint, audience);
        (recurrence.every, recurrence.until) = (every, until);
    }

    /// What becomes other.
    fn differences(
        &self,
        r: &impl Records,
        before: &Recurrence,
        (today, firm): (Day, &Firm),
    ) -> Result<Vec<String>> {
        let (was, is) = (&before.blueprint, &self.blueprint);
        let mut said = Vec::new();
        if was.title != is.title {
            said.push(format!("renamed it from “{}” to “{}”", was.title, is.title));
        }
        if was.instructions != is.instructions {
            said.push("changed the instructions".into());
        }
        if before.audience != self.audience {
            let client: Client = r.need(before.client)?;
            said.push(format!("asks {} instead", asked_words(r, &client, &self.audience)?));
        }
        said.extend(told_of_items(&was.items, &is.items, firm));
        if was.due != is.due {
            said.push(match is.due {
                RelativeDue::None => "took out its due date".into(),
                due => format!("made it due {}", due.text()),
            });
        }
        if was.reminders != is.reminders {
            said.push("changed its reminders".into());
        }
        if before.every != self.every {
            said.push(format!("made it come {}", self.every.label().to_lowercase()));
        }
        if before.day_of(before.coming(today)) != self.next {
            said.push(format!("put the next one on {}", self.next.full(firm.date_style)));
        }
        if before.until != self.until {
            said.push(match self.until {
                Some(day) => format!("made {} its last day", day.full(firm.date_style)),
                None => "took out its last day".into(),
            });
        }
        Ok(said)
    }
}

#[cfg(test)]
mod tests;
