//! New files for contacts, and contacts' uploads for staff.

use super::gather::NAMED;
use super::{About, Notice, NoticeSettings, Pace, staff_for};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::db::{Records, Write};
use crate::model::file::{File, Review};
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::membership::Membership;
use crate::model::outbox::Letter;
use crate::model::portal::{Shown, Viewer};

/// The version of a file that is news to a contact who looks at its client: the newest they can open, unless it is their
/// own. None for whom Files is closed: what was handed in with a request is told with the request.
pub(super) fn news(file: &File, viewer: &Viewer) -> Option<u32> {
    if !viewer.areas().files {
        return None;
    }
    let number = file.shown_to(viewer)?.version?.number;
    let by = file.version(number)?.by.contact();
    (by != Some(viewer.contact())).then_some(number)
}

/// Whether the firm has yet to look at this upload, and can.
fn is_new_upload(file: &File) -> bool {
    let waits = file.review == Some(Review::Waiting) && file.trash.is_none();
    waits && file.newest().usable()
}

impl Write<'_, '_> {
    /// Tells those contacts of a file who see it now, and could not open this version as it was `before`; none for a file
    /// that is new. Nobody is told of what they added, or of what waits for the virus scan.
    pub(in crate::model) fn tell_contacts_of_file(
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
                self.notice_file(Who::Contact(tie.contact), file, version)?;
            }
        }
        Ok(())
    }

    /// Tells the firm of a contact's upload. Not while it waits for the virus scan: then there is nothing to look at.
    pub(in crate::model) fn tell_staff_of_upload(&mut self, file: &File) -> Result<()> {
        let client: Option<Client> = self.get(file.client)?;
        let Some(client) = client.filter(|_| is_new_upload(file)) else { return Ok(()) };
        for staff in staff_for(self, &client)? {
            self.notice_file(Who::Staff(staff.id), file, file.newest().number)?;
        }
        Ok(())
    }

    fn notice_file(&mut self, reader: Who, file: &File, version: u32) -> Result<()> {
        self.notice(reader, file.client, About::File { file: file.id, version }).map(drop)
    }
}

/// What a mail says that tells of the first thing.
pub(super) fn first_letter(
    r: &impl Records,
    reader: Who,
    first_name: String,
    client: &Client,
) -> Result<Letter> {
    let (daily, names) = (Pace::of(r, reader)? == Pace::Daily, vec![]);
    Ok(match reader {
        Who::Contact(_) => {
            let (client, path) = (client.name.to_string(), format!("/p/{}/files", client.id));
            Letter::NewFiles { first_name, client, count: 1, names, daily, path }
        }
        Who::Staff(_) => Letter::NewUploads { first_name, count: 1, clients: vec![], names, daily },
    })
}

/// What is still to be told.
pub(super) struct News {
    name: String,
    client: Id<Client>,
    client_name: String,
}

/// What a notice tells, if its reader still sees the file and it is still news.
pub(super) fn still_new(r: &impl Records, notice: &Notice, file: Id<File>) -> Result<Option<News>> {
    let (file, client): (Option<File>, Option<Client>) = (r.get(file)?, r.get(notice.client)?);
    let Some((file, client)) = file.zip(client) else { return Ok(None) };
    let is_new = match notice.reader {
        Who::Staff(_) => is_new_upload(&file),
        Who::Contact(contact) => {
            Viewer::now(r, client.id, contact)?.is_some_and(|viewer| news(&file, &viewer).is_some())
        }
    };
    Ok(is_new.then(|| News {
        name: file.name.to_string(),
        client: client.id,
        client_name: client.name.to_string(),
    }))
}

/// What a mail of files says; none if nothing is left.
pub(super) fn letter(
    r: &impl Records,
    who: Who,
    first_name: String,
    mut told: Vec<News>,
) -> Result<Option<Letter>> {
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
    let daily = Pace::of(r, who)? == Pace::Daily;
    Ok(Some(match who {
        Who::Contact(_) => Letter::NewFiles { first_name, client, count, names, daily, path },
        Who::Staff(_) => {
            Letter::NewUploads { first_name, count, clients: by_client(&told), names, daily }
        }
    }))
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
