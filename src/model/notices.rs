//! Notices: who is told by mail of what. What happens within a few minutes, or on a day, is told in one mail; each person
//! chooses which.
//!
//! The command that shares a file or sends a request writes a [`Notice`] for each reader, in its own transaction. The first
//! one queues a mail, the next ones join it, and what the mail says is made of them when it leaves (`gather.rs`): of what is
//! true then, so that nobody reads of what is hidden, gone, done or somebody else's by now. Nothing that happens to a file
//! or a request later has to think of the notices.
//!
//! - `files.rs`: new files and uploads · `upload.rs`: what is wrong with an upload · `requests.rs`: what is asked and done ·
//!   `unsubscribe.rs`: ending them from the mail

mod choice;
mod files;
mod gather;
mod requests;
mod unsubscribe;
mod upload;

#[cfg(test)]
pub(super) mod tests;

use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use choice::first_due;
pub(super) use choice::{Choice, RemindersOff};
pub use choice::{NoticeSettings, Pace};
#[cfg(test)]
use files::news;
pub use gather::Gathered;
pub(super) use gather::{forget, gather, is_gathered, nothing_left, told};
pub(super) use requests::{RequestNews, is_asked, last_reminder, reaches_nobody, reminders_of};
pub use unsubscribe::EndableMails;

use super::client::Client;
use super::contact::Contact;
use super::db::{Order, Records, Span, Write, record};
use super::file::File;
use super::id::Id;
use super::login::{Login, Who};
use super::mailroom::cancel;
use super::outbox::{Letter, Mail, NewMail};
use super::request::Request;
use super::staff::Staff;
use super::system::System;
use crate::error::Result;
use crate::values::Email;

/// What happens so soon after the first event is told with it.
const GATHER: SignedDuration = SignedDuration::from_mins(10);
/// The same of what somebody is asked: they are told soon, and several requests that are sent one after another in one mail.
const GATHER_ASKED: SignedDuration = SignedDuration::from_mins(2);
/// How long is remembered who was told of what, so that a file that is hidden and shown again is no news.
const KEPT: SignedDuration = SignedDuration::from_hours(60 * 24);

/// That somebody is told of something. Whether they were stands in its mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Notice {
    /// Its id.
    pub id: Id<Notice>,
    /// Who is told.
    pub reader: Who,
    /// Of which client's file or request.
    pub client: Id<Client>,
    /// Of what.
    pub about: About,
    /// In which mail.
    pub mail: Id<Mail>,
    /// Since when.
    pub at: Timestamp,
}

/// What somebody is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum About {
    /// A version of a file.
    File {
        /// Which file.
        file: Id<File>,
        /// Which version; older ones are told with it.
        version: u32,
    },
    /// A request.
    Request {
        /// Which.
        request: Id<Request>,
        /// What happened to it.
        news: RequestNews,
    },
}

/// What is told in mails of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    /// New files, uploads.
    Files = 0,
    /// What is asked, and what comes back.
    Requests = 1,
    /// What waits for a contact.
    Reminder = 2,
    /// What is overdue.
    Overdue = 3,
}

impl About {
    const fn theme(self) -> Theme {
        match self {
            Self::File { .. } => Theme::Files,
            Self::Request { news, .. } => news.theme(),
        }
    }

    const fn thing(self) -> [u8; 16] {
        match self {
            Self::File { file, .. } => file.bytes(),
            Self::Request { request, .. } => request.bytes(),
        }
    }
}

record!(Notice, "no", "notices", |notice, rows| {
    rows.by("notice.mail", notice.mail.bytes());
    rows.by("notice.of", of(notice.reader, notice.about));
    rows.by("notice.gathered", gathered(notice.reader, notice.client, notice.about.theme()));
});

/// The key of `notice.of`.
fn of(reader: Who, about: About) -> Vec<u8> {
    [reader.key().as_slice(), &about.thing()].concat()
}

/// The key of `notice.gathered`: what is told in one mail. The link in a contact's mail leads to one client's portal; staff
/// have one Inbox for all, and a reminder is of everything that waits.
fn gathered(reader: Who, client: Id<Client>, theme: Theme) -> Vec<u8> {
    let client = match (reader, theme) {
        (Who::Contact(_), Theme::Files | Theme::Requests) => client.bytes(),
        _ => [0; 16],
    };
    [reader.key().as_slice(), &client, &[theme as u8]].concat()
}

/// Somebody who can be written to.
struct Reader {
    first: String,
    full: String,
    to: Email,
}

impl Reader {
    /// None for whoever cannot log in: a mail would lead them nowhere.
    fn of(r: &impl Records, who: Who) -> Result<Option<Self>> {
        let Some(names) = who.names(r)? else { return Ok(None) };
        let to = match who {
            Who::Staff(staff) => r.get(staff)?.map(|staff: Staff| staff.email),
            Who::Contact(_) => {
                r.first_by("login.who", who.key())?.map(|login: Login| login.address)
            }
        };
        Ok(to.map(|to| Self { first: names.first, full: names.full, to }))
    }
}

/// Who of the firm hears of a client's uploads: whoever looks after it, or else everybody.
fn staff_for(r: &impl Records, client: &Client) -> Result<Vec<Staff>> {
    let one: Option<Staff> = client.looked_after_by.map(|id| r.get(id)).transpose()?.flatten();
    if let Some(one) = one.filter(Staff::active) {
        return Ok(vec![one]);
    }
    Ok(r.every()?.into_iter().filter(Staff::active).collect())
}

impl Write<'_, '_> {
    /// One reader is told of one thing, unless they were already or do not want to be. Gives the mail that tells it.
    fn notice(
        &mut self,
        reader: Who,
        client: Id<Client>,
        about: About,
    ) -> Result<Option<Id<Mail>>> {
        let due = self.leaves(reader, about.theme())?;
        let Some((due, who)) = due.zip(Reader::of(self, reader)?) else { return Ok(None) };
        let known: Vec<Notice> = self.by("notice.of", of(reader, about), usize::MAX)?;
        match about {
            About::File { version, .. } => {
                let told = |notice: &Notice| matches!(notice.about, About::File { version: of, .. } if of >= version);
                if known.last().is_some_and(told) {
                    return Ok(None);
                }
                if let Some(last) = known.into_iter().last()
                    && self.get(last.mail)?.is_some_and(|mail: Mail| mail.waits())
                {
                    let mail = last.mail;
                    self.put(&Notice { about, ..last })?;
                    return Ok(Some(mail));
                }
            }
            About::Request { request, news } => {
                if !requests::is_so(self, reader, (client, request, news), self.now())? {
                    return Ok(None);
                }
                for same in known.iter().rev().filter(|notice| notice.about == about) {
                    if self.get(same.mail)?.is_some_and(|mail: Mail| mail.waits()) {
                        return Ok(Some(same.mail));
                    }
                }
            }
        }
        let mail = match self.open_mail(reader, client, about.theme())? {
            Some(mail) => {
                let id = mail.id;
                self.put(&Mail { letter: mail.letter.with_one_more(), ..mail })?;
                id
            }
            None => self.begin_mail(reader, who, client, about, due)?,
        };
        let (id, at) = (self.id(), self.now());
        self.add(&Notice { id, reader, client, about, mail, at })?;
        Ok(Some(mail))
    }

    /// When a mail leaves that begins now; none for whoever wants none of its kind.
    fn leaves(&self, reader: Who, theme: Theme) -> Result<Option<Timestamp>> {
        Ok(match (theme, reader) {
            (Theme::Files, _) | (Theme::Requests, Who::Staff(_)) => {
                first_due(self, Pace::of(self, reader)?)?
            }
            (Theme::Requests, Who::Contact(_)) => Some(self.now() + GATHER_ASKED),
            (Theme::Reminder, _) => Some(requests::awake(self)?),
            (Theme::Overdue, _) => Some(self.now())
                .filter(|_| Pace::of(self, reader).is_ok_and(|pace| pace != Pace::Off)),
        })
    }

    /// The mail that waits for more to tell this reader.
    fn open_mail(&self, reader: Who, client: Id<Client>, theme: Theme) -> Result<Option<Mail>> {
        let newest = newest(self, reader, client, theme)?;
        let mail: Option<Mail> = newest.map(|notice| self.get(notice.mail)).transpose()?.flatten();
        Ok(mail.filter(Mail::waits))
    }

    /// Queues the mail that tells of the first thing; the next ones join it. What it says in detail is made of its
    /// notices when it leaves.
    fn begin_mail(
        &mut self,
        reader: Who,
        who: Reader,
        client: Id<Client>,
        about: About,
        not_before: Timestamp,
    ) -> Result<Id<Mail>> {
        let client: Client = self.need(client)?;
        let (letter, from) = match about {
            About::File { .. } => {
                let letter = files::first_letter(self, reader, who.first, &client)?;
                (letter, client.looked_after_by)
            }
            About::Request { request, news } => {
                let what = (&client, request, news);
                let letter = requests::first_letter(self, reader, who.first, what, self.now())?;
                (letter, requests::asker(self, request, &client)?)
            }
        };
        self.mail(NewMail {
            letter,
            to: who.to,
            to_name: who.full,
            from: reader.contact().and(from),
            contact: reader.contact(),
            invite: None,
            not_before,
        })
    }
}

impl Letter {
    /// Tells of one thing more.
    fn with_one_more(mut self) -> Self {
        if let Self::NewFiles { count, .. }
        | Self::NewUploads { count, .. }
        | Self::RequestNews { count, .. }
        | Self::RequestReminder { count, .. }
        | Self::FromClients { count, .. }
        | Self::RequestsOverdue { count, .. } = &mut self
        {
            *count += 1;
        }
        self
    }
}

/// The newest notice of those that are told in one mail.
fn newest(
    r: &impl Records,
    reader: Who,
    client: Id<Client>,
    theme: Theme,
) -> Result<Option<Notice>> {
    let span = Span::prefix(gathered(reader, client, theme));
    Ok(r.records_in("notice.gathered", &span, Order::Descending, 1)?.pop())
}

/// Ends what a contact was to be told of a client: they do not see it any more.
pub(super) fn end_notices(
    tx: &mut Write<'_, '_>,
    contact: Id<Contact>,
    client: Id<Client>,
) -> Result<()> {
    for theme in [Theme::Files, Theme::Requests] {
        let key = gathered(Who::Contact(contact), client, theme);
        for mail in waiting_mails(tx, &key, |_| true)? {
            cancel(tx, mail)?;
        }
    }
    Ok(())
}

/// The mails that wait to tell what is gathered under keys that begin so, of these themes.
fn waiting_mails(r: &impl Records, key: &[u8], of: impl Fn(Theme) -> bool) -> Result<Vec<Mail>> {
    let span = Span::prefix(key);
    let notices: Vec<Notice> =
        r.records_in("notice.gathered", &span, Order::Descending, usize::MAX)?;
    let mut mails: Vec<Mail> = Vec::new();
    for notice in notices {
        if of(notice.about.theme()) && mails.iter().all(|mail| mail.id != notice.mail) {
            mails.extend(r.get(notice.mail)?.filter(Mail::waits));
        }
    }
    Ok(mails)
}

impl System {
    /// Notices of which nobody needs to know any more that they were told.
    pub(super) fn old_notices(&self) -> Result<Vec<Id<Notice>>> {
        let (end, mut old) = (self.now() - KEPT, Vec::new());
        self.core().db.read(|r| {
            r.all::<Notice>(|notice| {
                if notice.at >= end {
                    return ControlFlow::Break(());
                }
                old.push((notice.id, notice.mail));
                ControlFlow::Continue(())
            })?;
            let mut gone = Vec::new();
            for (notice, mail) in old {
                if r.get(mail)?.is_none_or(|mail: Mail| !mail.waits()) {
                    gone.push(notice);
                }
            }
            Ok(gone)
        })
    }
}
