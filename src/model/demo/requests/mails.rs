//! The mails of what the fictional firm asked for, and reminded of: as the outbox has them once a mail server took them.

use jiff::{SignedDuration, Timestamp};

use super::Desk;
use super::script::Asked;
use crate::error::Result;
use crate::model::demo::cast::{CLIENTS, Standing};
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::outbox::{Answer, Letter, Mail, MailState, RequestLine, Told};
use crate::model::request::{Request, What};
use crate::values::Day;

impl Desk<'_, '_, '_> {
    /// The contacts who are asked, and can see it.
    pub(super) fn readers(asked: &Asked) -> impl Iterator<Item = usize> + '_ {
        let contacts = CLIENTS[asked.client].contacts.iter();
        let sees = contacts.filter(|(who, _, standing)| {
            let meant = asked.named.is_empty() || asked.named.contains(who);
            meant && matches!(standing, Standing::Active(_))
        });
        sees.map(|(who, ..)| *who)
    }

    /// The mails that went with a change: one to each of them.
    pub(super) fn mails(
        &mut self,
        asked: &Asked,
        request: &Request,
        at: Timestamp,
        what: &What,
    ) -> Result<()> {
        let day = Day::at(at, self.zone.tz());
        let told = match what {
            What::Sent { .. } => Told::Sent,
            What::Reminded { .. } => {
                Told::Waits { overdue: request.due.is_some_and(|due| due < day) }
            }
            _ => return Ok(()),
        };
        let client = &self.written.clients[asked.client];
        let path = format!("/p/{}/requests/{}", client.id, request.id);
        let line = RequestLine {
            client: client.name.to_string(),
            title: request.title.to_string(),
            due: request.due,
            path: path.clone(),
            told,
        };
        let from = match request.by.who {
            Who::Staff(staff) => Some(staff),
            Who::Contact(_) => None,
        };
        for who in Self::readers(asked) {
            let contact = &self.written.people[&who];
            let Some(to) = contact.primary().cloned() else { continue };
            let (first_name, lines) = (contact.first.to_string(), vec![line.clone()]);
            let letter = match line.told {
                Told::Sent => Letter::RequestNews {
                    first_name,
                    client: line.client.clone(),
                    count: 1,
                    lines,
                    path: path.clone(),
                },
                _ => Letter::RequestReminder { first_name, count: 1, lines, path: path.clone() },
            };
            let gone = at + SignedDuration::from_mins(2);
            let mail = Mail {
                id: Id::fresh(at),
                letter,
                to,
                to_name: contact.full_name(),
                from,
                contact: Some(contact.id),
                invite: None,
                made: at,
                state: MailState::Accepted { at: gone.min(self.now) },
                tries: 1,
                last: Some(Answer {
                    at: gone.min(self.now),
                    plain: "The mail server took it.".into(),
                    words: "250 2.0.0 OK".into(),
                }),
            };
            self.tx.put(&mail)?;
        }
        Ok(())
    }
}
