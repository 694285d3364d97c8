//! Records that name other records. What is over may name what is gone: an invite that was revoked when its contact was
//! removed, a mail that has left. What still has an effect must not.

use std::collections::HashSet;
use std::fmt;

use crate::error::Result;
use crate::model::activity::Entry;
use crate::model::calendar::Calendar;
use crate::model::client::Client;
use crate::model::client_key::ClientKey;
use crate::model::contact::Contact;
use crate::model::db::{Read, Record, readable};
use crate::model::erasing::Erased;
use crate::model::file::{Audience, File, ReadReceipt};
use crate::model::folder::Folder;
use crate::model::id::{Id, Kind};
use crate::model::invite::{Invite, InviteState, Invitee};
use crate::model::link::{Link, Purpose};
use crate::model::login::{Login, Who};
use crate::model::membership::Membership;
use crate::model::outbox::Mail;
use crate::model::recurrence::Recurrence;
use crate::model::request::{Change, Comment, Request, Sheet};
use crate::model::request_template::RequestTemplate;
use crate::model::session::Session;
use crate::model::staff::Staff;
use crate::model::template::Template;

/// The ids that others name.
struct There {
    staff: HashSet<Id<Staff>>,
    clients: HashSet<Id<Client>>,
    contacts: HashSet<Id<Contact>>,
    memberships: HashSet<Id<Membership>>,
    logins: HashSet<Id<Login>>,
    invites: HashSet<Id<Invite>>,
    files: HashSet<Id<File>>,
    folders: HashSet<Id<Folder>>,
    requests: HashSet<Id<Request>>,
}

/// What names something that is not there, as sentences.
#[derive(Default)]
struct Lost(Vec<String>);

impl Lost {
    /// `holder` names the `word` of this id.
    fn unless<T: Kind>(
        &mut self,
        there: &HashSet<Id<T>>,
        id: Id<T>,
        holder: &impl fmt::Display,
        word: &str,
    ) {
        if !there.contains(&id) {
            self.0.push(format!("{holder} names the {word} {id}, which is not there."));
        }
    }

    fn who(&mut self, there: &There, who: Who, holder: &impl fmt::Display) {
        match who {
            Who::Staff(id) => self.unless(&there.staff, id, holder, "member of staff"),
            Who::Contact(id) => self.unless(&there.contacts, id, holder, "contact"),
        }
    }

    fn audience(&mut self, there: &There, audience: &Audience, holder: &impl fmt::Display) {
        if let Audience::Named(contacts) = audience {
            for contact in contacts {
                self.unless(&there.contacts, *contact, holder, "contact");
            }
        }
    }
}

fn ids<R: Record>(r: &Read) -> Result<HashSet<Id<R>>> {
    let mut ids = HashSet::new();
    readable::<R>(r, |record| {
        ids.insert(record.id());
    })?;
    Ok(ids)
}

pub(super) fn check(r: &Read) -> Result<Vec<String>> {
    let there = There {
        staff: ids(r)?,
        clients: ids(r)?,
        contacts: ids(r)?,
        memberships: ids(r)?,
        logins: ids(r)?,
        invites: ids(r)?,
        files: ids(r)?,
        folders: ids(r)?,
        requests: ids(r)?,
    };
    let mut lost = Lost::default();
    clients(r, &there, &mut lost)?;
    people(r, &there, &mut lost)?;
    invites(r, &there, &mut lost)?;
    mails(r, &there, &mut lost)?;
    files(r, &there, &mut lost)?;
    requests(r, &there, &mut lost)?;
    Ok(lost.0)
}

/// What lies in the trash may have lost its folder: it comes back to the top.
fn files(r: &Read, there: &There, lost: &mut Lost) -> Result<()> {
    readable::<File>(r, |file| {
        let holder = format!("file {}", file.id);
        lost.unless(&there.clients, file.client, &holder, "client");
        lost.audience(there, &file.audience, &holder);
        if let Some(of) = file.handed_in_for {
            lost.unless(&there.requests, of.request, &holder, "request");
        }
        if let Some(folder) = file.folder.filter(|_| file.trash.is_none()) {
            lost.unless(&there.folders, folder, &holder, "folder");
        }
    })?;
    readable::<Folder>(r, |folder| {
        let holder = format!("folder {}", folder.id);
        lost.unless(&there.clients, folder.client, &holder, "client");
        lost.audience(there, &folder.audience, &holder);
        if let Some(parent) = folder.parent.filter(|_| folder.trash.is_none()) {
            lost.unless(&there.folders, parent, &holder, "folder");
        }
    })?;
    readable::<ReadReceipt>(r, |receipt| {
        lost.unless(&there.files, receipt.file, &format!("receipt {}", receipt.id), "file");
    })
}

/// Files that a request names may be gone, and so may its template and what made it: then it goes on without them.
fn requests(r: &Read, there: &There, lost: &mut Lost) -> Result<()> {
    let mut sheets: HashSet<Id<Request>> = HashSet::new();
    readable::<Sheet>(r, |sheet| {
        sheets.insert(sheet.request());
        lost.unless(&there.requests, sheet.request(), &format!("sheet {}", sheet.id), "request");
    })?;
    readable::<Request>(r, |request| {
        let holder = format!("request {}", request.id);
        lost.unless(&there.clients, request.client, &holder, "client");
        lost.audience(there, &request.audience, &holder);
        lost.unless(&sheets, request.id, &holder, "sheet of the request");
    })?;
    readable::<Change>(r, |change| {
        let holder = format!("change {} of a request", change.id);
        lost.unless(&there.requests, change.request, &holder, "request");
    })?;
    readable::<Comment>(r, |comment| {
        let holder = format!("comment {}", comment.id);
        lost.unless(&there.requests, comment.request, &holder, "request");
        lost.unless(&there.clients, comment.client, &holder, "client");
    })?;
    readable::<Recurrence>(r, |recurrence| {
        let holder = format!("recurrence {}", recurrence.id);
        lost.unless(&there.clients, recurrence.client, &holder, "client");
        lost.audience(there, &recurrence.audience, &holder);
    })
}

fn clients(r: &Read, there: &There, lost: &mut Lost) -> Result<()> {
    readable::<Client>(r, |client| {
        if let Some(staff) = client.looked_after_by {
            let holder = format!("client {} ({})", client.id, client.name);
            lost.unless(&there.staff, staff, &holder, "member of staff");
        }
    })?;
    readable::<ClientKey>(r, |key| {
        lost.unless(&there.clients, key.client(), &format!("key {}", key.id()), "client");
    })?;
    readable::<Membership>(r, |tie| {
        let holder = format!("membership {}", tie.id);
        lost.unless(&there.clients, tie.client, &holder, "client");
        lost.unless(&there.contacts, tie.contact, &holder, "contact");
    })?;
    readable::<RequestTemplate>(r, |template| {
        let holder = format!("request template {} ({})", template.id, template.name);
        lost.unless(&there.staff, template.by, &holder, "member of staff");
    })?;
    readable::<Template>(r, |template| {
        let holder = format!("template {} ({})", template.id, template.name);
        lost.unless(&there.staff, template.by, &holder, "member of staff");
    })?;
    let mut erased = HashSet::new();
    readable::<Erased>(r, |one| {
        erased.insert(one.client());
    })?;
    readable::<Entry>(r, |entry| {
        // The activity remembers a client that was erased.
        if let Some(client) = entry.client.filter(|client| !erased.contains(client)) {
            let holder = format!("activity entry {} ({})", entry.seq, entry.id);
            lost.unless(&there.clients, client, &holder, "client");
        }
    })
}

fn people(r: &Read, there: &There, lost: &mut Lost) -> Result<()> {
    readable::<Login>(r, |login| {
        lost.who(there, login.who, &format!("login {} ({})", login.id, login.address));
    })?;
    readable::<Session>(r, |session| {
        let holder = format!("session {}", session.id);
        lost.unless(&there.logins, session.login, &holder, "login");
        lost.who(there, session.who, &holder);
    })?;
    readable::<Link>(r, |link| {
        let holder = format!("link {}", link.id);
        match link.purpose {
            Purpose::Invite(invite) => lost.unless(&there.invites, invite, &holder, "invite"),
            Purpose::Reset(login) | Purpose::Recover(login) | Purpose::Address { login, .. } => {
                lost.unless(&there.logins, login, &holder, "login");
            }
            // It is a choice among those who were there.
            Purpose::Choice(_) => {}
        }
    })?;
    readable::<Calendar>(r, |calendar| {
        lost.who(there, calendar.who, &format!("calendar {}", calendar.id));
    })
}

fn invites(r: &Read, there: &There, lost: &mut Lost) -> Result<()> {
    readable::<Invite>(r, |invite| {
        let holder = format!("invite {} (to {})", invite.id, invite.address);
        lost.unless(&there.staff, invite.by, &holder, "member of staff");
        if let Some(older) = invite.replaces {
            lost.unless(&there.invites, older, &holder, "invite");
        }
        match invite.to {
            Invitee::Staff { staff } => {
                lost.unless(&there.staff, staff, &holder, "member of staff");
            }
            Invitee::Contact { membership, contact, client } => {
                lost.unless(&there.clients, client, &holder, "client");
                if invite.state == InviteState::Pending {
                    lost.unless(&there.memberships, membership, &holder, "membership");
                    lost.unless(&there.contacts, contact, &holder, "contact");
                }
            }
        }
    })
}

fn mails(r: &Read, there: &There, lost: &mut Lost) -> Result<()> {
    readable::<Mail>(r, |mail| {
        if !mail.waits() {
            return;
        }
        let holder = format!("waiting mail {} (to {})", mail.id, mail.to);
        if let Some(staff) = mail.from {
            lost.unless(&there.staff, staff, &holder, "member of staff");
        }
        if let Some(contact) = mail.contact {
            lost.unless(&there.contacts, contact, &holder, "contact");
        }
        if let Some(invite) = mail.invite {
            lost.unless(&there.invites, invite, &holder, "invite");
        }
    })
}
