//! How a request begins to come again.

use serde::{Deserialize, Serialize};

use super::{Every, Recurrence};
use crate::error::{Error, Result};
use crate::model::db::{Records, Write};
use crate::model::file::Author;
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::request::Whole;
use crate::model::request_template::{Blueprint, RelativeDue, RequestTemplate};
use crate::values::Day;

/// How often a request is made again, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// How often.
    pub every: Every,
    /// The last day on which one may be made.
    pub until: Option<Day>,
}

impl Every {
    /// All of them, as a form offers them.
    pub const ALL: [Self; 3] = [Self::Month, Self::Quarter, Self::Year];

    /// How forms name it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// What a form means.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|every| every.key() == typed)
    }

    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Month => "Every month",
            Self::Quarter => "Every quarter",
            Self::Year => "Every year",
        }
    }
}

/// Has a request that is about to be sent come again from this day on. Its fields must not be filled in yet: each turn
/// fills in its own.
pub(in crate::model) fn begin(
    tx: &mut Write<'_, '_>,
    whole: &Whole,
    repeat: &Repeat,
    day: Day,
    by: &Author,
) -> Result<Id<Recurrence>> {
    let request = &whole.request;
    let recurrence = Recurrence {
        id: tx.id(),
        client: request.client,
        audience: request.audience.clone(),
        blueprint: Blueprint { due: relative_due(tx, whole, day)?, ..Blueprint::of(whole, day) },
        template: request.template,
        every: repeat.every,
        first: day,
        made: 1,
        until: repeat.until,
        paused: false,
        by: by.clone(),
        begun: tx.now(),
        changed: None,
    };
    if recurrence.next().is_none() {
        return Err(Error::field("until", "It would not come a second time by this day"));
    }
    tx.add(&recurrence)?;
    Ok(recurrence.id)
}

/// That of the template, unless staff have chosen another day since; then as many days as lie between now.
fn relative_due(r: &impl Records, whole: &Whole, day: Day) -> Result<RelativeDue> {
    let request = &whole.request;
    let template = request.template.map(|template| r.get(template)).transpose()?.flatten();
    if let Some(RequestTemplate { blueprint: Blueprint { due, .. }, .. }) = template {
        let firm: Firm = r.need(Id::MIN)?;
        let drafted = Day::at(request.made, firm.zone.tz());
        if request.due == due.on(drafted) || request.due == due.on(day) {
            return Ok(due);
        }
    }
    Ok(RelativeDue::between(day, request.due))
}
