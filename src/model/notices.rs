//! Notices: who is told by mail of new files and uploads. What happens within ten minutes, or on a day, is told in one
//! mail; each person chooses which.
//!
//! The command that shares a file writes a [`Notice`] for each reader, in its own transaction. The first one queues a
//! mail, the next ones join it, and what the mail says is made of them when it leaves (`gather.rs`): of what is true
//! then, so that nobody reads of a file that is hidden, gone or somebody else's by now. Nothing that happens to a file
//! has to think of the notices.

mod choice;
mod gather;
mod upload;

#[cfg(test)]
pub(super) mod tests;

use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub(super) use choice::Choice;
use choice::first_due;
pub use choice::{NoticeSettings, Pace};
pub use gather::Gathered;
pub(super) use gather::{forget, gather, is_gathered, nothing_left, told};

use super::client::Client;
use super::contact::Contact;
use super::db::{Order, Record, Records, Rows, Span, Write};
use super::file::{File, Review};
use super::id::{Id, Kind};
use super::login::{Login, Who};
use super::mailroom::cancel;
use super::membership::Membership;
use super::outbox::{Letter, Mail, NewMail};
use super::portal::{Shown, Viewer};
use super::staff::Staff;
use super::system::System;
use crate::error::Result;
use crate::values::Email;

/// What happens so soon after the first event is told with it.
const GATHER: SignedDuration = SignedDuration::from_mins(10);
/// How long is remembered who was told of what, so that a file that is hidden and shown again is no news.
const KEPT: SignedDuration = SignedDuration::from_hours(60 * 24);

/// That somebody is told of a version of a file. Whether they were stands in its mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Notice {
    /// Its id.
    pub id: Id<Notice>,
    /// Who is told.
    pub reader: Who,
    /// Of which client's file.
    pub client: Id<Client>,
    /// Of which file.
    pub file: Id<File>,
    /// Of which version; older ones are told with it.
    pub version: u32,
    /// In which mail.
    pub mail: Id<Mail>,
    /// Since when.
    pub at: Timestamp,
}

impl Kind for Notice {
    const PREFIX: &'static str = "no";
}

impl Record for Notice {
    const TABLE: &'static str = "notices";
    fn id(&self) -> Id<Self> {
        self.id
    }
    fn index(&self, rows: &mut Rows) {
        rows.by("notice.mail", self.mail.bytes());
        rows.by("notice.of", of(self.reader, self.file));
        rows.by("notice.gathered", gathered(self.reader, self.client));
    }
}

/// The key of `notice.of`.
fn of(reader: Who, file: Id<File>) -> Vec<u8> {
    [reader.key().as_slice(), &file.bytes()].concat()
}

/// The key of `notice.gathered`: what is told in one mail. The link in a contact's mail leads to one client's portal;
/// staff have one Inbox for all.
fn gathered(reader: Who, client: Id<Client>) -> Vec<u8> {
    let client = match reader {
        Who::Contact(_) => client.bytes(),
        Who::Staff(_) => [0; 16],
    };
    [reader.key().as_slice(), &client].concat()
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

/// The version of a file that is news to a contact who looks at its client: the newest they can open, unless it is their
/// own.
fn news(file: &File, viewer: &Viewer) -> Option<u32> {
    let number = file.shown_to(viewer)?.version?.number;
    let by = file.version(number)?.by.contact();
    (by != Some(viewer.contact())).then_some(number)
}

/// Whether the firm has yet to look at this upload, and can.
fn is_new_upload(file: &File) -> bool {
    let waits = file.review == Some(Review::Waiting) && file.trash.is_none();
    waits && file.newest().usable()
}

/// Who of the firm hears of a client's uploads: whoever looks after it, or else everybody.
fn staff_for(r: &impl Records, client: &Client) -> Result<Vec<Staff>> {
    let one: Option<Staff> = client.looked_after_by.map(|id| r.get(id)).transpose()?.flatten();
    if let Some(one) = one.filter(Staff::active) {
        return Ok(vec![one]);
    }
    let mut all = Vec::new();
    r.all::<Staff>(|staff| {
        all.extend(Some(staff).filter(Staff::active));
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

impl Write<'_, '_> {
    /// Tells those contacts of a file who see it now, and could not open this version as it was `before`; none for a file
    /// that is new. Nobody is told of what they added, or of what waits for the virus scan.
    pub(super) fn tell_contacts_of_file(
        &mut self,
        file: &File,
        before: Option<&File>,
    ) -> Result<()> {
        let client: Option<Client> = self.get(file.client)?;
        if client.is_none_or(|client| !client.active) {
            return Ok(());
        }
        for tie in self.by::<Membership>("membership.client", file.client, usize::MAX)? {
            if !tie.has_access() {
                continue;
            }
            let viewer = Viewer::new(tie.contact, tie.client, tie.areas);
            let known = before.and_then(|before| news(before, &viewer));
            if let Some(version) = news(file, &viewer).filter(|new| Some(*new) > known) {
                self.notice(Who::Contact(tie.contact), file, version)?;
            }
        }
        Ok(())
    }

    /// Tells the firm of a contact's upload. Not while it waits for the virus scan: then there is nothing to look at.
    pub(super) fn tell_staff_of_upload(&mut self, file: &File) -> Result<()> {
        let client: Option<Client> = self.get(file.client)?;
        let Some(client) = client.filter(|_| is_new_upload(file)) else { return Ok(()) };
        for staff in staff_for(self, &client)? {
            self.notice(Who::Staff(staff.id), file, file.newest().number)?;
        }
        Ok(())
    }

    /// One reader is told of one version, unless they were already or do not want to be.
    fn notice(&mut self, reader: Who, file: &File, version: u32) -> Result<()> {
        let pace = Pace::of(self, reader)?;
        let (Some(due), Some(who)) = (first_due(self, pace)?, Reader::of(self, reader)?) else {
            return Ok(());
        };
        let last: Option<Notice> = self.by("notice.of", of(reader, file.id), usize::MAX)?.pop();
        if let Some(last) = last {
            let mail: Option<Mail> = self.get(last.mail)?;
            if last.version >= version {
                return Ok(());
            }
            if mail.is_some_and(|mail| mail.waits()) {
                return self.put(&Notice { version, ..last });
            }
        }
        let mail = match self.open_mail(reader, file.client)? {
            Some(mail) => {
                let id = mail.id;
                self.put(&Mail { letter: mail.letter.with_one_more(), ..mail })?;
                id
            }
            None => self.begin_mail(reader, who, file.client, pace, due)?,
        };
        let (id, at) = (self.id(), self.now());
        self.add(&Notice { id, reader, client: file.client, file: file.id, version, mail, at })
    }

    /// The mail that waits for more to tell this reader.
    fn open_mail(&self, reader: Who, client: Id<Client>) -> Result<Option<Mail>> {
        let mut newest = None;
        let span = Span::prefix(gathered(reader, client));
        self.walk_index::<Notice>("notice.gathered", &span, Order::Descending, |_, id| {
            newest = Some(id);
            ControlFlow::Break(())
        })?;
        let newest: Option<Notice> = newest.map(|id| self.get(id)).transpose()?.flatten();
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
        pace: Pace,
        not_before: Timestamp,
    ) -> Result<Id<Mail>> {
        let client: Client = self.need(client)?;
        let (first_name, daily) = (who.first, pace == Pace::Daily);
        let (letter, from) = match reader {
            Who::Contact(_) => {
                let (name, path) = (client.name.to_string(), format!("/p/{}/files", client.id));
                let letter = Letter::NewFiles {
                    first_name,
                    client: name,
                    count: 1,
                    names: vec![],
                    daily,
                    path,
                };
                (letter, client.looked_after_by)
            }
            Who::Staff(_) => {
                let clients = vec![];
                let letter =
                    Letter::NewUploads { first_name, count: 1, clients, names: vec![], daily };
                (letter, None)
            }
        };
        self.mail(NewMail {
            letter,
            to: who.to,
            to_name: who.full,
            from,
            contact: reader.contact(),
            invite: None,
            not_before,
        })
    }
}

impl Letter {
    /// Tells of one thing more.
    fn with_one_more(mut self) -> Self {
        if let Self::NewFiles { count, .. } | Self::NewUploads { count, .. } = &mut self {
            *count += 1;
        }
        self
    }
}

/// Ends what a contact was to be told of a client: they do not see it any more.
pub(super) fn end_notices(
    tx: &mut Write<'_, '_>,
    contact: Id<Contact>,
    client: Id<Client>,
) -> Result<()> {
    let key = gathered(Who::Contact(contact), client);
    waiting_mails(tx, &key)?.into_iter().try_for_each(|mail| cancel(tx, mail))
}

/// The mails that wait to tell what is gathered under keys that begin so.
fn waiting_mails(r: &impl Records, key: &[u8]) -> Result<Vec<Mail>> {
    let mut notices = Vec::new();
    let span = Span::prefix(key);
    r.walk_index::<Notice>("notice.gathered", &span, Order::Descending, |_, id| {
        notices.push(id);
        ControlFlow::Continue(())
    })?;
    let mut mails: Vec<Mail> = Vec::new();
    for id in notices {
        let notice: Notice = r.need(id)?;
        if mails.iter().all(|mail| mail.id != notice.mail) {
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
