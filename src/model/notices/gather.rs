//! What a mail of notices says, made at the moment it leaves of what is true then; and what becomes of its notices.

use jiff::Timestamp;

use super::requests::Pile;
use super::{About, Notice, Reader, files};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::db::{Records, Write};
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::outbox::{Answer, Letter, Mail, MailState};
use crate::values::Email;

/// So many files or requests are named at most; the others are counted.
pub(super) const NAMED: usize = 10;
/// What stands beside a mail of which nothing was left.
const NOTHING: &str = "Not sent, because nothing of what it was to tell was new any more.";

/// What a mail of notices says as it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// Its words.
    pub letter: Letter,
    /// Who reads it.
    pub(in crate::model) reader: Who,
    /// Where its reader is reached now.
    pub to: Email,
    /// The notices that it tells.
    pub(super) tells: Vec<Id<Notice>>,
    /// Those that it leaves out, since their reader does not see it any more, or it is not new.
    pub(super) drops: Vec<Id<Notice>>,
}

/// Whether a letter is made of notices.
pub(in crate::model) const fn is_gathered(letter: &Letter) -> bool {
    matches!(
        letter,
        Letter::NewFiles { .. }
            | Letter::NewUploads { .. }
            | Letter::RequestNews { .. }
            | Letter::RequestReminder { .. }
            | Letter::FromClients { .. }
            | Letter::RequestsOverdue { .. }
    )
}

/// What this mail would say now; none if nothing is left.
pub(in crate::model) fn gather(
    r: &impl Records,
    mail: &Mail,
    now: Timestamp,
) -> Result<Option<Gathered>> {
    let notices: Vec<Notice> = r.by("notice.mail", mail.id, usize::MAX)?;
    let Some(who) = notices.first().map(|notice| notice.reader) else { return Ok(None) };
    let Some(reader) = Reader::of(r, who)? else { return Ok(None) };
    let (mut files, mut requests) = (Vec::new(), Pile::new(r, who, now)?);
    let (mut tells, mut drops) = (Vec::new(), Vec::new());
    for notice in notices {
        let still = match notice.about {
            About::File { file, .. } => {
                let news = files::still_new(r, &notice, file)?;
                news.map(|news| files.push(news)).is_some()
            }
            About::Request { request, news } => requests.take(r, notice.client, request, news)?,
        };
        if still { &mut tells } else { &mut drops }.push(notice.id);
    }
    let letter = match files.is_empty() {
        false => files::letter(r, who, reader.first, files)?,
        true => requests.letter(r, reader.first)?,
    };
    Ok(letter.map(|letter| Gathered { letter, reader: who, to: reader.to, tells, drops }))
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
        if tx.get(notice.client)?.is_some_and(|client: Client| client.active) {
            tx.notice(notice.reader, notice.client, notice.about)?;
        }
    }
    Ok(())
}

/// Nothing of a mail was left when it was to leave. If something has come since, it goes on waiting.
pub(in crate::model) fn nothing_left(tx: &mut Write<'_, '_>, mut mail: Mail) -> Result<()> {
    if gather(tx, &mail, tx.now())?.is_some() {
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
