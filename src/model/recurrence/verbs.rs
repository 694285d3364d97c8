//! Looking at what comes again, and changing it.

use std::ops::ControlFlow;

use super::Recurrence;
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Order, Read, Records, Span, Write};
use crate::model::file::Audience;
use crate::model::id::Id;
use crate::model::request::asked_words;
use crate::model::request_template::{Filled, Filling};
use crate::values::{ClientName, Day, sort_key};

/// Rows of a page.
const PAGE: usize = 50;

/// Which of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecurrenceState {
    /// There is a next one.
    #[default]
    Active,
    /// They rest.
    Paused,
    /// No more are made.
    Ended,
}

/// A page of what comes again.
#[derive(Clone, Debug)]
pub struct RecurrenceList {
    /// At most fifty: active ones by their next day, others by the client's name.
    pub rows: Vec<RecurrenceRow>,
    /// How many there are.
    pub total: usize,
    /// Which page this is; the first is 1.
    pub page: usize,
    /// Whether there is another behind it.
    pub more: bool,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct RecurrenceRow {
    /// The record.
    pub recurrence: Recurrence,
    /// Who is asked.
    pub client: ClientName,
    /// Who of them, in words: "everyone at Alder Ltd".
    pub to: String,
    /// Whether their portal is open: otherwise it rests.
    pub active: bool,
    /// What is asked next; of an ended one, what was asked last.
    pub filled: Filled,
}

/// What is done to several at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecurrenceChange {
    /// They rest.
    Pause,
    /// They go on. What was missed meanwhile is left out.
    Resume,
    /// No more are made.
    End,
}

impl Recurrence {
    /// Whether no more are made, even if it did not rest.
    #[must_use]
    pub fn is_over(&self) -> bool {
        Self { paused: false, ..self.clone() }.next().is_none()
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> RecurrenceState {
        match (self.is_over(), self.paused) {
            (true, _) => RecurrenceState::Ended,
            (false, true) => RecurrenceState::Paused,
            (false, false) => RecurrenceState::Active,
        }
    }
}

impl Console {
    /// A page of what comes again.
    pub fn recurrences(&self, state: RecurrenceState, page: usize) -> Result<RecurrenceList> {
        let page = page.max(1);
        self.read(|r| {
            let all = match state {
                RecurrenceState::Active => by_next_day(r)?,
                other => by_client(r, other)?,
            };
            let begin = (page - 1).saturating_mul(PAGE).min(all.len());
            let ids = &all[begin..all.len().min(begin + PAGE)];
            let rows = ids.iter().map(|id| self.recurrence_row(r, r.need(*id)?));
            let rows = rows.collect::<Result<_>>()?;
            Ok(RecurrenceList { rows, total: all.len(), page, more: all.len() > begin + PAGE })
        })
    }

    /// One of them.
    pub fn recurrence(&self, id: Id<Recurrence>) -> Result<RecurrenceRow> {
        self.read(|r| self.recurrence_row(r, r.need(id)?))
    }

    fn recurrence_row(&self, r: &Read, recurrence: Recurrence) -> Result<RecurrenceRow> {
        let client: Client = r.need(recurrence.client)?;
        let firm = self.firm()?;
        let turn = match recurrence.is_over() {
            true => recurrence.made.saturating_sub(1),
            false => recurrence.coming(Day::at(self.now(), firm.zone.tz())),
        };
        let filled = recurrence.blueprint.fill(&Filling {
            client: client.name.as_str(),
            sender: &recurrence.by.name,
            firm: &firm,
            day: recurrence.day_of(turn),
        });
        let to = asked_words(r, &client, &recurrence.audience)?;
        Ok(RecurrenceRow { recurrence, client: client.name, to, active: client.active, filled })
    }

    /// Pauses, resumes or ends some. Says how many were changed: what stands so already is passed over.
    pub async fn change_recurrences(
        &self,
        ids: Vec<Id<Recurrence>>,
        change: RecurrenceChange,
    ) -> Result<usize> {
        let firm = self.firm()?;
        self.write(move |tx| {
            let today = Day::at(tx.now(), firm.zone.tz());
            let mut changed = 0;
            for id in ids {
                // Its client may have been erased since the page was loaded.
                let Some(recurrence) = tx.get(id)? else { continue };
                changed += usize::from(change_one(tx, recurrence, change, today)?);
            }
            if changed == 0 {
                tx.unsaid("they stood so already");
            }
            Ok(changed)
        })
        .await
    }
}

fn change_one(
    tx: &mut Write<'_, '_>,
    mut recurrence: Recurrence,
    change: RecurrenceChange,
    today: Day,
) -> Result<bool> {
    let (state, title) = (recurrence.state(), recurrence.blueprint.title.clone());
    let (event, did) = match (change, state) {
        (RecurrenceChange::Pause, RecurrenceState::Active) => {
            recurrence.paused = true;
            ("recurrence-paused", "paused")
        }
        (RecurrenceChange::Resume, RecurrenceState::Paused) => {
            if recurrence.audience == Audience::Firm {
                let why = format!(
                    "Nobody who was asked “{title}” is a contact any more. Edit it and choose who is asked."
                );
                return Err(Error::refused(why));
            }
            recurrence.paused = false;
            recurrence.skip_until(today);
            ("recurrence-resumed", "resumed")
        }
        (RecurrenceChange::End, RecurrenceState::Active | RecurrenceState::Paused) => {
            // The day before the next turn: none comes after it.
            recurrence.until = Some(recurrence.day_of(recurrence.made).plus_days(-1));
            ("recurrence-ended", "ended")
        }
        _ => return Ok(false),
    };
    tx.put(&recurrence)?;
    let what = format!("{did} the recurring request “{title}”");
    tx.say(event, Some(recurrence.client), what)?;
    Ok(true)
}

fn by_next_day(r: &Read) -> Result<Vec<Id<Recurrence>>> {
    r.ids_in("recurrence.next", &Span::all(), Order::Ascending, usize::MAX)
}

fn by_client(r: &Read, state: RecurrenceState) -> Result<Vec<Id<Recurrence>>> {
    let mut found: Vec<Recurrence> = Vec::new();
    r.all(|recurrence: Recurrence| {
        found.extend(Some(recurrence).filter(|one| one.state() == state));
        ControlFlow::Continue(())
    })?;
    let mut named = Vec::with_capacity(found.len());
    for one in found {
        let client: Client = r.need(one.client)?;
        named.push((sort_key(client.name.as_str()), one.id));
    }
    named.sort_unstable();
    Ok(named.into_iter().map(|(_, id)| id).collect())
}
