//! Making what is due: each turn once, whatever the server was doing on its day.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::Recurrence;
use crate::error::{Error, Result};
use crate::model::activity::By;
use crate::model::client::Client;
use crate::model::db::{Order, Records, Span, Write};
use crate::model::file::{Audience, Author};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::request::{self, Sending};
use crate::model::staff::{Role, Staff, StaffState};
use crate::model::system::System;
use crate::values::Day;

/// So many turns that were missed are made; of what is older nobody needs the papers any more.
pub const MOST_MISSED: u32 = 12;
/// Recurrences that are looked at in one go.
const BATCH: usize = 200;

impl Recurrence {
    /// Leaves out what nobody needs any more: all missed turns but the last few.
    fn skip_the_oldest(&mut self, today: Day) {
        let mut now = self.clone();
        now.skip_until(today.plus_days(1));
        self.made = self.made.max(now.made.saturating_sub(MOST_MISSED));
    }
}

/// What became of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Made,
    LeftOut,
}

impl System {
    /// Makes the requests whose day has come, each in a command of its own that also notes that it was made. Says how many
    /// were. Does nothing while the host's clock is not believed.
    pub async fn make_due_requests(&self) -> Result<usize> {
        // Before set-up there is no firm, and nothing to make.
        let Ok(firm) = self.firm() else { return Ok(0) };
        if self.clock_trouble().is_some() {
            return Ok(0);
        }
        let today = Day::at(self.now(), firm.zone.tz());
        // One that fails, or is not due any more, keeps no other waiting; it is looked at again the next time.
        let (mut made, mut passed, mut why) = (0, HashSet::new(), None);
        loop {
            let due = self.due_recurrences(today, &passed)?;
            if due.is_empty() {
                return why.map_or(Ok(made), Err);
            }
            for id in due {
                let turn = move |tx: &mut Write<'_, '_>| take_turn(tx, id);
                match self.core().db.write(By::SYSTEM, turn).await {
                    Ok(Turn::Made) => made += 1,
                    Ok(Turn::LeftOut) => {
                        passed.insert(id);
                    }
                    Err(error) => {
                        passed.insert(id);
                        why = Some(error);
                    }
                }
            }
        }
    }

    fn due_recurrences(
        &self,
        today: Day,
        but: &HashSet<Id<Recurrence>>,
    ) -> Result<Vec<Id<Recurrence>>> {
        self.core().db.read(|r| {
            let (mut due, last) = (Vec::new(), today.key());
            r.walk_index("recurrence.next", &Span::all(), Order::Ascending, |key, id| {
                if key > last.as_slice() || due.len() == BATCH {
                    return ControlFlow::Break(());
                }
                due.extend(Some(id).filter(|id| !but.contains(id)));
                ControlFlow::Continue(())
            })?;
            Ok(due)
        })
    }
}

/// The next turn of a recurrence, if its day has come: the request is made, sent, and counted, or none of it.
fn take_turn(tx: &mut Write<'_, '_>, id: Id<Recurrence>) -> Result<Turn> {
    let firm: Firm = tx.need(Id::MIN)?;
    let today = Day::at(tx.now(), firm.zone.tz());
    let found: Option<Recurrence> = tx.get(id)?;
    let due = found.filter(|one| one.next().is_some_and(|day| day <= today));
    let Some(mut recurrence) = due else {
        tx.unsaid("somebody has changed it meanwhile");
        return Ok(Turn::LeftOut);
    };
    let client: Client = tx.need(recurrence.client)?;
    if !client.active {
        // Its portal is closed: it rests, and what it missed is not made up for.
        recurrence.skip_until(today.plus_days(1));
        tx.put(&recurrence)?;
        tx.unsaid("the client is inactive");
        return Ok(Turn::LeftOut);
    }
    recurrence.skip_the_oldest(today);
    let Some(day) = recurrence.next() else {
        // It has ended within what was left out.
        tx.put(&recurrence)?;
        tx.unsaid("nothing of it is left to make");
        return Ok(Turn::LeftOut);
    };
    match make(tx, &firm, &client, &recurrence, (day, today)) {
        Ok(()) => {
            recurrence.made += 1;
            tx.put(&recurrence)?;
            Ok(Turn::Made)
        }
        // What it asks cannot be sent any more, such as to nobody: staff have to look at it.
        Err(Error::Invalid(_) | Error::Refused(_)) => {
            recurrence.paused = true;
            tx.put(&recurrence)?;
            let title = &recurrence.blueprint.title;
            let what =
                format!("paused the recurring request “{title}”, which cannot be sent any more");
            tx.say("recurrence-paused", Some(client.id), what)?;
            Ok(Turn::LeftOut)
        }
        Err(other) => Err(other),
    }
}

fn make(
    tx: &mut Write<'_, '_>,
    firm: &Firm,
    client: &Client,
    recurrence: &Recurrence,
    (day, today): (Day, Day),
) -> Result<()> {
    if recurrence.audience == Audience::Firm {
        return Err(Error::refused("Nobody of those who were asked is a contact any more."));
    }
    let me = in_whose_name(tx, recurrence, client)?;
    let author = Author::of(&me);
    let (blueprint, template) = (recurrence.blueprint.clone(), recurrence.template);
    let relative = blueprint.due;
    let mut whole = request::draft(
        tx,
        client.id,
        blueprint,
        template,
        recurrence.audience.clone(),
        &author,
        day,
    );
    whole.request.recurrence = Some(recurrence.id);
    if whole.request.due.is_some_and(|due| due < today) {
        // It was to be sent long ago: nobody hands in yesterday.
        whole.request.due = relative.on(today);
    }
    let sender = request::Sender { firm, me: &me, day };
    request::send(tx, &sender, whole, &Sending::default()).map(|_| ())
}

/// Whoever began it; if they have left, whoever looks after the client, else an Owner.
fn in_whose_name(r: &impl Records, recurrence: &Recurrence, client: &Client) -> Result<Staff> {
    let began = match recurrence.by.who {
        Who::Staff(staff) => r.get(staff)?,
        Who::Contact(_) => None,
    };
    let looks_after = client.looked_after_by.map(|staff| r.get(staff)).transpose()?.flatten();
    let here = |staff: &Staff| staff.state == StaffState::Active;
    if let Some(staff) = [began, looks_after].into_iter().flatten().find(here) {
        return Ok(staff);
    }
    let mut owner = None;
    r.all(|staff: Staff| {
        if !here(&staff) || staff.role < Role::Owner {
            return ControlFlow::Continue(());
        }
        owner = Some(staff);
        ControlFlow::Break(())
    })?;
    owner.ok_or_else(|| Error::refused("Nobody is left at the firm to send it."))
}

#[cfg(test)]
pub(super) mod tests;
