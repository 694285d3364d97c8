//! Saves what a form holds, item by item: one that cannot be saved keeps none of the others from it, and everything that
//! was typed is shown again.

use std::collections::{BTreeMap, BTreeSet};

use super::sent::{Sent, answer_field};
use super::typed::Token;
use crate::error::{Error, Fields, Result};
use crate::model::request::{
    PortalAnswer, PortalAsk, PortalItem, PortalSheet, Request, Saved, Typed,
};
use crate::model::{Id, Portal};

/// Of an item that need not be answered, and that nobody has seen yet.
const CAME_UP: &str = "Answer this too, or send it without";

/// What stands in the way, with all that was typed.
#[derive(Default)]
pub(super) struct Problems {
    /// The sentence beside each field.
    pub(super) errors: Fields,
    /// Answers that somebody else gave meanwhile; none if they took theirs back.
    pub(super) conflicts: BTreeMap<u16, Option<PortalAnswer>>,
    /// Items of which something else is asked now.
    pub(super) changed: BTreeSet<u16>,
    /// What was typed and is not saved, with what the next form has to say it had seen.
    pub(super) typed: BTreeMap<u16, (Token, Typed)>,
    /// What stands above the form of items that are to be looked at before it is handed in: which they are. Beside them
    /// stands what to do.
    pub(super) missing: BTreeMap<u16, String>,
    /// What was typed for items that are not asked any more.
    pub(super) left_over: Vec<String>,
}

impl Problems {
    /// Those of the form's files.
    pub(super) fn of(sent: &Sent) -> Self {
        Self { errors: sent.refused.clone(), ..Self::default() }
    }

    /// Whether everything was saved.
    pub(super) fn none(&self) -> bool {
        self.errors.is_empty()
            && self.conflicts.is_empty()
            && self.changed.is_empty()
            && self.left_over.is_empty()
    }
}

/// Saves what was typed for each item that waits. Whoever gives way to somebody else's answer names that item.
pub(super) async fn save(
    portal: &Portal,
    sheet: &PortalSheet,
    sent: &Sent,
    gives_way: Option<u16>,
) -> Result<Problems> {
    let mut problems = Problems::of(sent);
    for item in &sheet.items {
        let Some((token, typed)) = sent.typed(item) else { continue };
        if gives_way == Some(item.number) || token.untouched(&typed) {
            continue;
        }
        problems.one(portal, sheet.request.id, item, (token, typed)).await?;
    }
    problems.left_over = sent.left_over(&sheet.items);
    Ok(problems)
}

impl Problems {
    /// A message that was typed must be sent before the request is handed in, where it would get lost.
    pub(super) fn needs_no_message(&mut self, sent: &Sent) {
        for field in sent.messages() {
            let why = "Send this message first, or empty the field";
            self.errors.entry(field.into()).or_insert_with(|| why.to_owned());
        }
    }

    /// What must be answered and is not, and what has come up since the form was shown, is looked at before it is handed in.
    pub(super) fn needs_answers(&mut self, sheet: &PortalSheet, sent: &Sent) {
        for item in sheet.items.iter().filter(|item| item.open && !item.done) {
            let (number, title) = (item.number, &item.title);
            let (above, beside) = if sheet.missing.contains(&number) {
                (format!("“{title}” needs an answer"), wanting(&item.ask))
            } else if sent.has_seen(item) {
                continue;
            } else {
                (format!("“{title}” is new here, or has changed"), CAME_UP)
            };
            // Where something is wrong with what was given, that is said already.
            let field = answer_field(number);
            let said = self.errors.contains_key(field.as_str());
            if !said && !self.conflicts.contains_key(&number) && !self.changed.contains(&number) {
                self.errors.insert(field.into(), beside.to_owned());
                self.missing.insert(number, above);
            }
        }
    }

    /// What cannot be shown beside its field any more stands above the form.
    pub(super) fn settle(&mut self, sheet: &PortalSheet) {
        let open = |number: u16| sheet.items.iter().any(|item| item.number == number && item.open);
        let left = self.typed.extract_if(.., |number, _| !open(*number));
        let left: Vec<_> = left.collect();
        for (number, (_, typed)) in left {
            self.conflicts.remove(&number);
            self.changed.remove(&number);
            let text = if typed.chosen.is_empty() { typed.text } else { typed.chosen.join(", ") };
            self.left_over.extend((!text.is_empty()).then_some(text));
        }
        let number = |field: &str| field.strip_prefix("a-").and_then(|item| item.parse().ok());
        let nowhere = |field: &str| number(field).is_some_and(|number| !open(number));
        let fields: Vec<_> = self.errors.keys().filter(|field| nowhere(field)).cloned().collect();
        for field in fields {
            let why = self.errors.remove(&field).unwrap_or_default();
            let above = self.errors.entry("form".into()).or_default();
            if !above.contains(&why) {
                let space = if above.is_empty() { "" } else { " " };
                above.push_str(space);
                above.push_str(&why);
            }
        }
    }

    async fn one(
        &mut self,
        portal: &Portal,
        request: Id<Request>,
        item: &PortalItem,
        (token, typed): (Token, Typed),
    ) -> Result<()> {
        let number = item.number;
        let seen = token.seen.clone();
        match portal.save_answer(request, number, typed.clone(), seen).await {
            Ok(Saved::Stored { .. }) => return Ok(()),
            Ok(Saved::Conflict { theirs, edition }) => {
                let shown = theirs.as_ref().map(in_field).unwrap_or_default();
                let token = Token::new(token.seen.revision, &edition, &shown);
                self.conflicts.insert(number, theirs);
                self.typed.insert(number, (token, typed));
                return Ok(());
            }
            Ok(Saved::Changed { .. }) => {
                self.changed.insert(number);
                // Pressed again it answers what is asked now; an answer that somebody gave meanwhile is still unseen.
                self.typed.insert(number, (token.asked_anew(item), typed));
                return Ok(());
            }
            Err(why) => self.errors.insert(answer_field(number).into(), sentence(why)?),
        };
        self.typed.insert(number, (token, typed));
        Ok(())
    }
}

/// What is to be done about an item that must be answered.
fn wanting(ask: &PortalAsk) -> &'static str {
    match ask {
        PortalAsk::Upload { .. } => "Add a file, or tick “I do not have this”",
        PortalAsk::Confirm { .. } => "Tick it to confirm",
        PortalAsk::Read { .. } => "Tick it once you have read the file",
        PortalAsk::YesNo | PortalAsk::One { .. } => "Choose one",
        PortalAsk::Several { .. } => "Choose at least one",
        _ => "Answer this",
    }
}

/// An answer as its field holds it.
pub(super) fn in_field(answer: &PortalAnswer) -> Typed {
    Typed { text: answer.typed.clone(), chosen: answer.chosen.clone(), not_there: answer.not_there }
}

/// What the person can do about it; what they cannot mend keeps travelling.
pub(super) fn sentence(why: Error) -> Result<String> {
    match why {
        Error::Invalid(fields) => Ok(fields.into_values().collect::<Vec<_>>().join(" ")),
        Error::Internal(_) | Error::NotFound | Error::SignIn => Err(why),
        other => Ok(other.to_string()),
    }
}
