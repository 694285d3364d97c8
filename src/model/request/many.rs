//! One template to many clients: looked at for each, then sent in one command.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Ask, Sender, Sending, draft, send};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::core::Core;
use crate::model::db::{Records, Write};
use crate::model::directory::ClientQuery;
use crate::model::file::{Area, Audience, Author, Circle, Reader, Sees};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::inviting::{Sent, SentOutcome};
use crate::model::recurrence::Repeat;
use crate::model::request_template::{Blueprint, Filled, Filling, TemplateFrom};
use crate::model::staff::Staff;
use crate::values::{ClientName, Day};

/// Clients of one send. One command queues them all, and nobody else writes meanwhile.
pub const MOST_CLIENTS: usize = 10_000;
/// Clients of a page of the preview.
const PAGE: usize = 25;

/// Which clients are asked.
#[derive(Clone, Debug)]
pub enum Whom {
    /// These.
    These(Vec<Id<Client>>),
    /// All that match.
    Found(ClientQuery),
}

/// One template to many clients.
#[derive(Clone, Debug)]
pub struct ManySending {
    /// What is asked.
    pub from: TemplateFrom,
    /// Who is asked: everyone at each of them.
    pub whom: Whom,
    /// Whoever cannot see it yet is invited, but for those whose access was removed.
    pub invite: bool,
    /// It comes again.
    pub repeat: Option<Repeat>,
    /// Makes twenty clicks one.
    pub once: String,
}

/// What would be sent.
#[derive(Clone, Debug)]
pub struct ManyPreview {
    /// The name of the template.
    pub template: String,
    /// A page of the clients.
    pub rows: Vec<ManyRow>,
    /// Which page this is; the first is 1.
    pub page: usize,
    /// Whether there is another behind it.
    pub more: bool,
    /// How many clients were chosen.
    pub chosen: usize,
    /// How many of them would be asked.
    pub asked: usize,
    /// People there who cannot see it yet and can be invited.
    pub to_invite: usize,
    /// Clients that would be left out, as many as fit a page, each with the reason.
    pub left_out: Vec<LeftOut>,
}

/// What one client would be asked.
#[derive(Clone, Debug)]
pub struct ManyRow {
    /// Which.
    pub client: Id<Client>,
    /// Its name.
    pub name: ClientName,
    /// What it is asked.
    pub filled: Filled,
    /// Everyone there, with whether they can see it.
    pub people: Vec<Reader>,
    /// Why it is left out.
    pub left_out: Option<String>,
}

/// A client that was not asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Which.
    pub client: Id<Client>,
    /// Its name.
    pub name: String,
    /// Why, after its name: "has no contacts".
    pub why: String,
}

/// Somebody who was asked and cannot see it yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreached {
    /// Their name.
    pub name: String,
    /// At which client.
    pub client: String,
    /// Why, after their name.
    pub why: String,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentToMany {
    /// How many clients were asked.
    pub asked: usize,
    /// People who were invited.
    pub invited: usize,
    /// Clients that were not asked.
    pub left_out: Vec<LeftOut>,
    /// People at the others who cannot see it yet.
    pub unreached: Vec<Unreached>,
}

impl Console {
    /// What each client would be asked, a page of them. How many are asked and invited is known only once all have been
    /// looked at, so that is done on a thread of its own.
    pub async fn preview_many(&self, many: ManySending, page: usize) -> Result<ManyPreview> {
        let (core, firm, sender) = (self.core().clone(), self.firm()?, self.me().name.clone());
        let look = move || preview(&core, &firm, sender.as_str(), &many, page.max(1));
        tokio::task::spawn_blocking(look).await.map_err(Error::bug)?
    }

    /// Asks all of them, in one command: what cannot be sent to one keeps no other from it, and is said by name.
    pub async fn send_to_many(&self, many: ManySending) -> Result<SentToMany> {
        let (firm, me) = (self.firm()?, self.me().clone());
        let clients = chosen(self.core(), &many.whom)?;
        self.write(move |tx| {
            tx.once(&many.once, |tx| {
                let (_, blueprint) = many.from.open(tx)?;
                check_for_many(&blueprint)?;
                let day = Day::at(tx.now(), firm.zone.tz());
                let all = All { firm: &firm, me: &me, day, blueprint, many: &many };
                let mut sent = SentToMany::default();
                for client in clients {
                    // Somebody may have erased it since the page was loaded.
                    if let Some(client) = tx.get(client)? {
                        all.send_to(tx, client, &mut sent)?;
                    }
                }
                if sent.asked == 0 {
                    tx.unsaid("nobody was asked");
                }
                Ok(sent)
            })
        })
        .await
    }
}

/// Who is meant, each once.
fn chosen(core: &Core, whom: &Whom) -> Result<Vec<Id<Client>>> {
    let chosen: Vec<Id<Client>> = match whom {
        Whom::These(these) => {
            let mut seen = HashSet::new();
            these.iter().copied().filter(|one| seen.insert(*one)).collect()
        }
        Whom::Found(query) => {
            let query = ClientQuery { active: Some(true), ..query.clone() };
            core.directory.look(&core.db, |book| book.all_clients(&query, core.clock.now()))?
        }
    };
    if chosen.len() > MOST_CLIENTS {
        return Err(Error::refused(format!(
            "These are {} clients. Send to at most {MOST_CLIENTS} at once: narrow the list by a tag, for instance.",
            chosen.len()
        )));
    }
    if chosen.is_empty() {
        return Err(Error::refused("Choose at least one client."));
    }
    Ok(chosen)
}

fn preview(
    core: &Core,
    firm: &Firm,
    sender: &str,
    many: &ManySending,
    page: usize,
) -> Result<ManyPreview> {
    let (clients, now) = (chosen(core, &many.whom)?, core.clock.now());
    let day = Day::at(now, firm.zone.tz());
    let begin = (page - 1).saturating_mul(PAGE);
    let shown = begin..begin.saturating_add(PAGE);
    core.db.read(|r| {
        let (template, blueprint) = many.from.open(r)?;
        check_for_many(&blueprint)?;
        let mut preview = ManyPreview {
            template,
            rows: Vec::new(),
            page,
            more: clients.len() > shown.end,
            chosen: clients.len(),
            asked: 0,
            to_invite: 0,
            left_out: Vec::new(),
        };
        for (at, client) in clients.iter().enumerate() {
            let Some(client): Option<Client> = r.get(*client)? else { continue };
            let (id, name) = (client.id, client.name.clone());
            let people = Circle::for_area(r, client.clone(), Area::Requests, now)?.readers;
            let left_out = why_left_out(&client, &people, many.invite);
            match &left_out {
                None => {
                    preview.asked += 1;
                    preview.to_invite += people.iter().filter(|one| can_invite(one)).count();
                }
                Some(why) if preview.left_out.len() < PAGE => {
                    let (name, why) = (name.to_string(), why.clone());
                    preview.left_out.push(LeftOut { client: id, name, why });
                }
                Some(_) => {}
            }
            if shown.contains(&at) {
                let filled = blueprint.fill(&Filling { client: name.as_str(), sender, firm, day });
                preview.rows.push(ManyRow { client: id, name, filled, people, left_out });
            }
        }
        Ok(preview)
    })
}

/// What is the same for all of them.
struct All<'a> {
    firm: &'a Firm,
    me: &'a Staff,
    day: Day,
    blueprint: Blueprint,
    many: &'a ManySending,
}

impl All<'_> {
    fn send_to(&self, tx: &mut Write<'_, '_>, client: Client, sent: &mut SentToMany) -> Result<()> {
        let circle = Circle::for_area(tx, client.clone(), Area::Requests, tx.now())?;
        let (id, name) = (client.id, client.name.to_string());
        if let Some(why) = why_left_out(&client, &circle.readers, self.many.invite) {
            sent.left_out.push(LeftOut { client: id, name, why });
            return Ok(());
        }
        let (by, blueprint) = (Author::of(self.me), self.blueprint.clone());
        let template = self.many.from.id();
        let whole = draft(tx, id, blueprint, template, Audience::Everyone, &by, self.day);
        let sender = Sender { firm: self.firm, me: self.me, day: self.day };
        let sending =
            Sending { invite: self.many.invite, repeat: self.many.repeat, ..Sending::default() };
        match send(tx, &sender, whole, &sending) {
            Ok(done) => {
                sent.asked += 1;
                let queued = |one: &&Sent| matches!(one.outcome, SentOutcome::Queued { .. });
                sent.invited += done.sent.iter().filter(queued).count();
                let invited: Vec<&str> =
                    done.sent.iter().filter(queued).map(|one| one.name.as_str()).collect();
                let still = done.cannot_see.into_iter();
                let still = still.filter(|reader| !invited.contains(&reader.name.as_str()));
                sent.unreached.extend(still.map(|reader| Unreached {
                    why: why_unreached(&reader, &done.sent),
                    name: reader.name,
                    client: name.clone(),
                }));
                Ok(())
            }
            // Nothing of it was written.
            Err(why @ (Error::Invalid(_) | Error::Refused(_))) => {
                let why = format!("was not asked. {why}");
                sent.left_out.push(LeftOut { client: id, name, why });
                Ok(())
            }
            Err(other) => Err(other),
        }
    }
}

/// What the invite said, else where they stand.
fn why_unreached(reader: &Reader, sent: &[Sent]) -> String {
    let refused = sent.iter().find(|one| one.name == reader.name).map(|one| &one.outcome);
    match refused {
        Some(SentOutcome::Refused(why)) => why.clone(),
        _ => reader.sees.text().into(),
    }
}

/// A file to read is one client's own, so that nobody can be asked for it together with others.
fn check_for_many(blueprint: &Blueprint) -> Result<()> {
    let reads = |item: &super::Item| matches!(item.ask, Ask::Read { .. });
    match blueprint.items.iter().find(|item| reads(item)) {
        None => Ok(()),
        Some(item) => Err(Error::refused(format!(
            "“{}” is a file to read, which is another one for each client. Send this template to one client at a time.",
            item.title
        ))),
    }
}

/// Why a client is not asked: nobody there would see it.
fn why_left_out(client: &Client, people: &[Reader], invite: bool) -> Option<String> {
    if !client.active {
        return Some("is inactive".into());
    }
    if people.is_empty() {
        return Some("has no contacts".into());
    }
    let reached = |reader: &Reader| {
        matches!(reader.sees, Sees::Yes | Sees::Invited) || invite && can_invite(reader)
    };
    if people.iter().any(reached) {
        return None;
    }
    Some(match invite {
        true => "has nobody who can be invited".into(),
        false => "has nobody with access".into(),
    })
}

fn can_invite(reader: &Reader) -> bool {
    reader.sees.can_invite_along() && reader.email.is_some()
}

#[cfg(test)]
mod tests;
