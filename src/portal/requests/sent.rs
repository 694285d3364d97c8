//! The one form of a request as it arrives: answers, files and messages in the order of the page. Each file is stored when
//! it comes, so that a connection that breaks later does not lose it.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Fields};
use crate::http::adding;
use crate::http::upload::{Part, Upload};
use crate::model::file::File;
use crate::model::request::{HandedInFor, PortalItem, Request, Typed};
use crate::model::{Id, NewUpload, Portal};

use super::typed::{Token, typed};

/// What a form holds.
#[derive(Default)]
pub(super) struct Sent {
    fields: BTreeMap<String, Vec<String>>,
    /// Files that came for messages, now or with a message that could not be sent: each about an item, or the whole.
    with: BTreeMap<Option<u16>, Vec<Id<File>>>,
    /// What is wrong with files that came, beside their fields.
    pub(super) refused: Fields,
}

/// Of a file to a message that is not sent by this button: nothing is stored that nobody sent.
const NOT_SENT: &str = "Send your message first, or leave the file out";

/// What a file of the form is for.
enum For {
    /// An item.
    Item(u16),
    /// The message that is sent with it, about an item or the whole.
    Message(Option<u16>),
}

impl For {
    fn of(field: &str) -> Option<Self> {
        match field.split_once('-') {
            Some(("file", item)) => item.parse().ok().map(Self::Item),
            Some(("with", item)) => item.parse().ok().map(|item| Self::Message(Some(item))),
            None if field == "with" => Some(Self::Message(None)),
            _ => None,
        }
    }
}

impl Sent {
    /// Reads the form. Files to messages are taken only by whoever sends one: about this item, or the whole.
    pub(super) async fn read(
        portal: &Portal,
        request: Id<Request>,
        form: &mut Upload,
        message: bool,
    ) -> poem::Result<Self> {
        let mut sent = Self::default();
        let mut announced = form.announced();
        while let Some(part) = form.part().await? {
            let file = match part {
                Part::Field { name, text } => {
                    sent.fields.entry(name).or_default().push(text);
                    continue;
                }
                Part::File(file) => file,
            };
            let Some(to) = For::of(&file.field) else { continue };
            let name = file.name.clone();
            let (item, field) = match to {
                For::Item(item) => (Some(item), answer_field(item)),
                For::Message(about) if message => (None, say_field(about)),
                For::Message(about) => {
                    sent.beside(say_field(about), &format!("“{name}” was not added. {NOT_SENT}."));
                    continue;
                }
            };
            let new = NewUpload {
                name: name.clone(),
                handed_in_for: Some(HandedInFor { request, item }),
                ..NewUpload::default()
            };
            match adding::one(&portal.uploads()?, new, file, announced.take()).await? {
                Ok(received) => match (received.kept, to) {
                    // It came, and does not count: who sends must know that before anything else happens.
                    (Some(sentence), _) => sent.beside(field, &sentence),
                    (None, For::Message(about)) => {
                        sent.with.entry(about).or_default().push(received.file);
                    }
                    (None, For::Item(_)) => {}
                },
                // What only somebody else can mend keeps travelling.
                Err(why @ (Error::Internal(_) | Error::NotFound | Error::SignIn)) => {
                    return Err(why.into());
                }
                Err(why) => sent.beside(field, &format!("{name} was not added: {why}")),
            }
        }
        sent.with_again();
        Ok(sent)
    }

    /// Files that came before, with a message that could not be sent then.
    fn with_again(&mut self) {
        for (name, ids) in &self.fields {
            let about = match name.split_once('-') {
                Some(("kept", item)) => item.parse().ok().map(Some),
                None if name == "kept" => Some(None),
                _ => None,
            };
            let Some(about) = about else { continue };
            let before: Vec<_> = ids.iter().filter_map(|id| id.parse().ok()).collect();
            self.with.entry(about).or_default().splice(..0, before);
        }
    }

    /// The files that go with a message.
    pub(super) fn with(&self, about: Option<u16>) -> &[Id<File>] {
        self.with.get(&about).map_or(&[], Vec::as_slice)
    }

    fn beside(&mut self, field: String, sentence: &str) {
        let beside = self.refused.entry(field.into()).or_default();
        if !beside.is_empty() {
            beside.push(' ');
        }
        beside.push_str(sentence);
    }

    /// Of a form without files.
    pub(super) fn of(fields: Vec<(String, String)>) -> Self {
        let mut sent = Self::default();
        for (name, text) in fields {
            sent.fields.entry(name).or_default().push(text);
        }
        sent
    }

    /// A field; empty if it is not there.
    pub(super) fn one(&self, name: &str) -> &str {
        self.many(name).first().map_or("", String::as_str)
    }

    fn many(&self, name: &str) -> &[String] {
        self.fields.get(name).map_or(&[], Vec::as_slice)
    }

    /// The fields of messages that were typed, or that files are there for.
    pub(super) fn messages(&self) -> BTreeSet<String> {
        let typed = self.fields.iter().filter(|(name, values)| {
            let say = *name == "say" || name.starts_with("say-");
            say && values.iter().any(|text| !text.trim().is_empty())
        });
        let with = self.with.iter().filter(|(_, files)| !files.is_empty());
        let with = with.map(|(about, _)| say_field(*about));
        typed.map(|(name, _)| name.clone()).chain(with).collect()
    }

    /// Whether there is a message that was typed and not sent.
    pub(super) fn has_message(&self) -> bool {
        !self.messages().is_empty()
    }

    /// The message about this was sent.
    pub(super) fn forget(&mut self, about: Option<u16>) {
        self.fields.remove(&say_field(about));
        self.with.remove(&about);
    }

    /// Whether the form had shown this item, as it is asked now.
    pub(super) fn has_seen(&self, item: &PortalItem) -> bool {
        let token = Token::parse(self.one(&format!("seen-{}", item.number)));
        token.is_some_and(|token| token.seen.revision == item.revision)
    }

    /// What was typed for an item, and what had been shown; none if the form has nothing of it.
    pub(super) fn typed(&self, item: &PortalItem) -> Option<(Token, Typed)> {
        let number = item.number;
        let token = Token::parse(self.one(&format!("seen-{number}")))?;
        let answer = self.many(&answer_field(number));
        let not_there = !self.many(&format!("no-{number}")).is_empty();
        Some((token, typed(&item.ask, answer, not_there, self.one(&format!("why-{number}")))))
    }

    /// What was typed for items that are not asked any more.
    pub(super) fn left_over(&self, still: &[PortalItem]) -> Vec<String> {
        let numbers =
            self.fields.keys().filter_map(|name| name.strip_prefix("seen-")?.parse().ok());
        let gone = numbers.filter(|number| !still.iter().any(|item| item.number == *number));
        let typed = |number: u16| {
            let token = Token::parse(self.one(&format!("seen-{number}")))?;
            let answer = self.many(&answer_field(number));
            let one = Typed { text: answer.join("\n"), ..Typed::default() };
            let several = Typed { chosen: answer.to_vec(), ..Typed::default() };
            let untouched = token.untouched(&one) || token.untouched(&several);
            (!untouched && !one.text.trim().is_empty()).then_some(one.text)
        };
        gone.filter_map(typed).collect()
    }
}

/// The field of the answer to an item.
pub(super) fn answer_field(item: u16) -> String {
    format!("a-{item}")
}

/// The field of a message about an item, or about the whole.
pub(super) fn say_field(about: Option<u16>) -> String {
    about.map_or_else(|| "say".to_owned(), |item| format!("say-{item}"))
}
