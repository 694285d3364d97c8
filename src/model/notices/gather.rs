//! What a mail of notices says, made at the moment it leaves of what is true then; and what becomes of its notices.

use super::{Notice, NoticeSettings, Pace, Reader, is_new_upload, news};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::db::{Records, Write};
use crate::model::file::File;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::membership::Membership;
use crate::model::outbox::{Answer, Letter, Mail, MailState};
use crate::model::portal::Viewer;
use crate::values::Email;

/// So many files are named at most; the others are counted.
const NAMED: usize = 10;
/// What stands beside a mail of which nothing was left.
const NOTHING: &str = "Not sent, because nothing of what it was to tell was new any more.";

/// What a mail of notices says as it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// Its words.
    pub letter: Letter,
    /// Where its reader is reached now.
    pub to: Email,
    /// The notices that it tells.
    pub(super) tells: Vec<Id<Notice>>,
    /// Those that it leaves out, since their reader does not see it any more, or it is not new.
    pub(super) drops: Vec<Id<Notice>>,
}

/// Whether a letter is made of notices.
pub(in crate::model) const fn is_gathered(letter: &Letter) -> bool {
    matches!(letter, Letter::NewFiles { .. } | Letter::NewUploads { .. })
}

/// What is still to be told, by client.
struct News {
    name: String,
    client: Id<Client>,
    client_name: String,
}

/// What this mail would say now; none if nothing is left.
pub(in crate::model) fn gather(r: &impl Records, mail: &Mail) -> Result<Option<Gathered>> {
    let notices: Vec<Notice> = r.by("notice.mail", mail.id, usize::MAX)?;
    let Some(who) = notices.first().map(|notice| notice.reader) else { return Ok(None) };
    let Some(reader) = Reader::of(r, who)? else { return Ok(None) };
    let (mut told, mut tells, mut drops) = (Vec::new(), Vec::new(), Vec::new());
    for notice in notices {
        match still_new(r, &notice)? {
            Some(news) => {
                told.push(news);
                tells.push(notice.id);
            }
            None => drops.push(notice.id),
        }
    }
    // Each client's together, in the order in which they came.
    let firsts: Vec<Id<Client>> = told.iter().map(|news| news.client).collect();
    told.sort_by_key(|news| firsts.iter().position(|client| *client == news.client));
    let Some(first) = told.first() else { return Ok(None) };
    let path = format!("/p/{}/files", first.client);
    let client = first.client_name.clone();
    let names = match NoticeSettings::of(r)?.names {
        true => told.iter().take(NAMED).map(|news| news.name.clone()).collect(),
        false => Vec::new(),
    };
    let count = u32::try_from(told.len()).unwrap_or(u32::MAX);
    let (first_name, daily) = (reader.first, Pace::of(r, who)? == Pace::Daily);
    let letter = match who {
        Who::Contact(_) => Letter::NewFiles { first_name, client, count, names, daily, path },
        Who::Staff(_) => {
            Letter::NewUploads { first_name, count, clients: by_client(&told), names, daily }
        }
    };
    Ok(Some(Gathered { letter, to: reader.to, tells, drops }))
}

/// How many of each client, in the order in which they came.
fn by_client(told: &[News]) -> Vec<(String, u32)> {
    let mut clients: Vec<(Id<Client>, String, u32)> = Vec::new();
    for news in told {
        match clients.iter_mut().find(|(id, ..)| *id == news.client) {
            Some((.., count)) => *count += 1,
            None => clients.push((news.client, news.client_name.clone(), 1)),
        }
    }
    clients.into_iter().map(|(_, name, count)| (name, count)).collect()
}

/// What a notice tells, if its reader still sees it and it is still news.
fn still_new(r: &impl Records, notice: &Notice) -> Result<Option<News>> {
    let (file, client): (Option<File>, Option<Client>) =
        (r.get(notice.file)?, r.get(notice.client)?);
    let Some((file, client)) = file.zip(client) else { return Ok(None) };
    let is_new = match notice.reader {
        Who::Staff(_) => is_new_upload(&file),
        Who::Contact(contact) => {
            let pair = [contact.bytes(), client.id.bytes()].concat();
            let tie: Option<Membership> = r.first_by("membership.pair", pair)?;
            tie.filter(|tie| tie.has_access() && client.active).is_some_and(|tie| {
                news(&file, &Viewer::new(contact, client.id, tie.areas)).is_some()
            })
        }
    };
    Ok(is_new.then(|| News {
        name: file.name.to_string(),
        client: client.id,
        client_name: client.name.to_string(),
    }))
}

/// The mail server took a mail that said this. What came too late for it is told in the next one.
pub(in crate::model) fn told(tx: &mut Write<'_, '_>, mail: Mail, said: Gathered) -> Result<()> {
    let id = mail.id;
    tx.put(&Mail { letter: said.letter, to: said.to, ..mail })?;
    for notice in tx.by::<Notice>("notice.mail", id, usize::MAX)? {
        if said.tells.contains(&notice.id) {
            continue;
        }
        tx.delete(notice.id)?;
        if said.drops.contains(&notice.id) {
            continue;
        }
        if let Some(file) = tx.get::<File>(notice.file)? {
            tx.notice(notice.reader, &file, notice.version)?;
        }
    }
    Ok(())
}

/// Nothing of a mail was left when it was to leave. If something has come since, it goes on waiting.
pub(in crate::model) fn nothing_left(tx: &mut Write<'_, '_>, mut mail: Mail) -> Result<()> {
    if gather(tx, &mail)?.is_some() {
        return Ok(());
    }
    let at = tx.now();
    mail.state = MailState::Cancelled { at };
    mail.last = Some(Answer { at, plain: NOTHING.into(), words: String::new() });
    tx.put(&mail)?;
    forget(tx, mail.id)
}

/// Ends the notices of a mail that will not be sent.
pub(in crate::model) fn forget(tx: &mut Write<'_, '_>, mail: Id<Mail>) -> Result<()> {
    for notice in tx.ids_by::<Notice>("notice.mail", mail, usize::MAX)? {
        tx.delete(notice)?;
    }
    Ok(())
}
