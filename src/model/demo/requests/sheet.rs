//! The items of a request as they stand, with what was answered.

use super::super::files::By;
use super::super::made;
use super::Desk;
use super::script::{Answer as Told, Asked, Kind, Piece, State};
use crate::error::{Error, Result};
use crate::model::file::File;
use crate::model::id::Id;
use crate::model::request::{
    Answer, Ask, Condition, Entry, Holds, Item, ItemState, Question, Request, Sheet, Value,
};
use crate::values::Money;

impl Desk<'_, '_, '_> {
    pub(super) fn file(&self, client: usize, name: &'static str) -> Result<Id<File>> {
        let file = self.files.get(&(client, name)).copied();
        file.ok_or_else(|| Error::bug(format!("the demo has no file {name}")))
    }

    pub(super) fn sheet(&self, id: Id<Request>, asked: &Asked) -> Result<Sheet> {
        let attached = asked.attached.iter().map(|name| self.file(asked.client, name));
        let entries = asked.items.iter().zip(1..);
        Ok(Sheet {
            id: Sheet::of(id),
            instructions: made(asked.instructions)?,
            attached: attached.collect::<Result<_>>()?,
            entries: entries
                .map(|(piece, number)| self.entry(asked, piece, number))
                .collect::<Result<_>>()?,
            next_item: u16::try_from(asked.items.len()).map_err(Error::bug)? + 1,
        })
    }

    fn entry(&self, asked: &Asked, piece: &Piece, number: u16) -> Result<Entry> {
        let answer = match piece.answer {
            None => None,
            Some((told, who, hours)) => Some(Answer {
                value: self.value(asked.client, told)?,
                by: self.written.author(By::Contact(who)),
                at: self.ago(hours),
                edition: 1,
                gone: false,
            }),
        };
        let state = match piece.state {
            State::Open => ItemState::Open,
            State::Waiting => ItemState::HandedIn,
            State::Accepted(who, hours) => {
                ItemState::Accepted { by: self.staff(who), at: self.ago(hours) }
            }
            State::Returned(who, hours, reason) => ItemState::Returned {
                by: self.staff(who),
                at: self.ago(hours),
                reason: made(reason)?,
            },
        };
        let only_if = piece.only_if.map(|item| Condition { item, holds: Holds::Yes });
        let help = Some(piece.help).filter(|help| !help.is_empty()).map(made).transpose()?;
        let (title, ask) = (made(piece.title)?, self.ask(asked.client, piece.kind)?);
        let item = Item { number, title, help, required: piece.required, only_if, ask };
        Ok(Entry { item, revision: 1, answer, state })
    }

    fn ask(&self, client: usize, kind: Kind) -> Result<Ask> {
        Ok(match kind {
            Kind::Upload(most, kinds) => {
                let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
                Ask::Upload { most, kinds, folder: None, name: None }
            }
            Kind::Short => Ask::Question(Question::Short),
            Kind::Money => Ask::Question(Question::Money),
            Kind::Date => Ask::Question(Question::Date),
            Kind::YesNo => Ask::Question(Question::YesNo),
            Kind::Choice(options) => {
                let options = options.iter().map(|option| made(option)).collect::<Result<_>>()?;
                Ask::Question(Question::One(options))
            }
            Kind::Confirm(statement) => Ask::Confirm { statement: made(statement)? },
            Kind::Read(name) => Ask::Read { file: Some(self.file(client, name)?) },
        })
    }

    fn value(&self, client: usize, told: Told) -> Result<Value> {
        Ok(match told {
            Told::Files(names) => {
                let files = names.iter().map(|name| self.file(client, name));
                Value::Files(files.collect::<Result<_>>()?)
            }
            Told::Amount(pence) => Value::Money(Money::of_minor(pence)),
            Told::Yes(yes) => Value::YesNo(yes),
            Told::Agreed => Value::Confirmed,
        })
    }
}
