//! The outbox: every mail the server has sent or will send, with its delivery state. A mail is a row written by the
//! command that caused it, and leaves only after that command is on disk.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::contact::Contact;
use super::db::{Record, Records, Rows, Write};
use super::id::{Id, Kind};
use super::invite::Invite;
use super::link::Link;
use super::staff::{Role, Staff};
use crate::error::Result;
use crate::values::{ClientName, Email};

/// A mail. Its text is made of `letter` when it is sent or looked at; secrets are never part of the row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mail {
    /// Time-ordered; also the left half of its Message-ID.
    pub id: Id<Mail>,
    /// What it says.
    pub letter: Letter,
    /// To which address.
    pub to: Email,
    /// Whose name stands beside it.
    pub to_name: String,
    /// Whose name stands before "at FIRM" in From, and who gets the replies.
    pub from: Option<Id<Staff>>,
    /// The contact it is for, so that it ends with their access.
    pub contact: Option<Id<Contact>>,
    /// The invite whose delivery state it is.
    pub invite: Option<Id<Invite>>,
    /// When it was written.
    pub made: Timestamp,
    /// What became of it.
    pub state: MailState,
    /// How often it was handed to a server that answered.
    pub tries: u32,
    /// The last answer.
    pub last: Option<Answer>,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailState {
    /// To be handed over, not before.
    Waiting {
        /// Undo, or back-off.
        not_before: Timestamp,
    },
    /// The mail server took it. Not "delivered", never "read".
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// It will not be tried again.
    Failed {
        /// When.
        at: Timestamp,
    },
    /// Taken back before it left.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

/// What a mail server last said about a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// When.
    pub at: Timestamp,
    /// In plain language, with what to do.
    pub plain: String,
    /// Its own words.
    pub words: String,
}

/// What a mail says. Each has a folder of three templates, `templates/mail/<name>/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "kebab-case")]
pub enum Letter {
    /// To a contact: come to the portal.
    Invite {
        /// The link to the invite.
        link: Id<Link>,
        /// How they are greeted.
        first_name: String,
        /// Whose portal.
        client: String,
        /// Who invites.
        sender: String,
        /// The personal message.
        message: String,
        /// Until when.
        expires: Timestamp,
        /// They have a login already and only add this client.
        has_login: bool,
    },
    /// To a member of staff: come to the console.
    StaffInvite {
        /// The link to the invite.
        link: Id<Link>,
        /// How they are greeted.
        name: String,
        /// Who invites.
        sender: String,
        /// The personal message.
        message: String,
        /// Until when.
        expires: Timestamp,
    },
    /// Choose a new password; one link for each person of a shared mailbox.
    Reset {
        /// Name and link.
        links: Vec<(String, Id<Link>)>,
        /// Until when.
        expires: Timestamp,
    },
    /// To a known contact who asked for a password without having access.
    NoAccess {
        /// How they are greeted.
        first_name: String,
    },
    /// The password was changed.
    PasswordChanged {
        /// How they are greeted.
        first_name: String,
    },
    /// Prove that the new address is theirs.
    VerifyAddress {
        /// The link that proves it.
        link: Id<Link>,
        /// How they are greeted.
        first_name: String,
        /// Until when.
        expires: Timestamp,
    },
    /// The log-in address was changed, or will be: to the old and to the new one.
    AddressChanged {
        /// How they are greeted.
        first_name: String,
        /// Before.
        old: Email,
        /// After.
        new: Email,
        /// It was changed; else somebody has asked for it.
        done: bool,
    },
    /// To staff: an invite was accepted.
    InviteAccepted {
        /// How they are greeted.
        first_name: String,
        /// Who accepted.
        contact: String,
        /// For which client.
        client: String,
        /// Path of the client's contacts in the console.
        path: String,
    },
    /// To staff: an invite did not reach its address.
    InviteBounced {
        /// How they are greeted.
        first_name: String,
        /// Who was invited.
        contact: String,
        /// For which client.
        client: String,
        /// What went wrong, in plain language.
        why: String,
        /// Path of the client's contacts in the console.
        path: String,
    },
    /// To an Owner: a backup could not be made, was missed, or cannot be restored.
    BackupTrouble {
        /// How they are greeted.
        first_name: String,
        /// What happened, as a heading.
        what: String,
        /// Why, in plain language.
        why: String,
        /// Path of the page where it is seen.
        path: String,
    },
    /// To an Owner: the certificate could not be renewed, or browsers do not accept it; or it is well again.
    CertificateTrouble {
        /// How they are greeted.
        first_name: String,
        /// What happened, as a heading.
        what: String,
        /// Why, in plain language and the authority's words.
        why: String,
        /// It is over.
        done: bool,
        /// Path of the page where it is seen.
        path: String,
    },
    /// To a contact: there are new files. Made anew when it leaves, of what they still see.
    NewFiles {
        /// How they are greeted.
        first_name: String,
        /// Of which client.
        client: String,
        /// How many.
        count: u32,
        /// What some of them are called; empty unless the firm allows it.
        names: Vec<String>,
        /// They get such mails once a day.
        daily: bool,
        /// Path of the client's files in the portal.
        path: String,
    },
    /// To staff: clients have added files. Made anew when it leaves, of what nobody has looked at yet.
    NewUploads {
        /// How they are greeted.
        first_name: String,
        /// How many.
        count: u32,
        /// How many of each client.
        clients: Vec<(String, u32)>,
        /// What some of them are called; empty unless the firm allows it.
        names: Vec<String>,
        /// They get such mails once a day.
        daily: bool,
    },
    /// To a contact: the firm cannot use what they added.
    UploadRejected {
        /// How they are greeted.
        first_name: String,
        /// For which client.
        client: String,
        /// What the file is called, if the firm allows it in mails.
        name: Option<String>,
        /// Why, if the firm allows it in mails.
        reason: Option<String>,
        /// Path of the file in the portal.
        path: String,
    },
    /// To whoever added it, and to staff: a virus was found in a file.
    UploadInfected {
        /// How they are greeted.
        first_name: String,
        /// For which client.
        client: String,
        /// What the file is called, if the firm allows it in mails.
        name: Option<String>,
        /// What the scanner calls the virus.
        what: String,
        /// Who added it.
        by: String,
        /// Its reader has added it.
        mine: bool,
        /// Path of the file.
        path: String,
    },
}

/// The queues of the outbox, in the order in which they are served.
pub(super) const LANES: [u8; 2] = [0, 1];

impl Letter {
    /// The folder of its templates, and how the outbox calls it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Invite { .. } => "invite",
            Self::StaffInvite { .. } => "staff-invite",
            Self::Reset { .. } => "reset",
            Self::NoAccess { .. } => "no-access",
            Self::PasswordChanged { .. } => "password-changed",
            Self::VerifyAddress { .. } => "verify-address",
            Self::AddressChanged { .. } => "address-changed",
            Self::InviteAccepted { .. } => "invite-accepted",
            Self::InviteBounced { .. } => "invite-bounced",
            Self::BackupTrouble { .. } => "backup-trouble",
            Self::CertificateTrouble { .. } => "certificate-trouble",
            Self::NewFiles { .. } => "new-files",
            Self::NewUploads { .. } => "new-uploads",
            Self::UploadRejected { .. } => "upload-rejected",
            Self::UploadInfected { .. } => "upload-infected",
        }
    }

    /// Which queue it waits in: a new password does not wait behind ten thousand invites.
    #[must_use]
    pub(super) const fn lane(&self) -> u8 {
        match self {
            Self::Reset { .. }
            | Self::NoAccess { .. }
            | Self::PasswordChanged { .. }
            | Self::VerifyAddress { .. }
            | Self::AddressChanged { .. } => LANES[0],
            Self::Invite { .. }
            | Self::StaffInvite { .. }
            | Self::InviteAccepted { .. }
            | Self::InviteBounced { .. }
            | Self::BackupTrouble { .. }
            | Self::CertificateTrouble { .. }
            | Self::NewFiles { .. }
            | Self::NewUploads { .. }
            | Self::UploadRejected { .. }
            | Self::UploadInfected { .. } => LANES[1],
        }
    }

    /// Whether it names this client or its files; of invites, which have their record, it is not asked.
    pub(super) fn is_about(&self, client: Id<Client>, name: &ClientName) -> bool {
        match self {
            Self::NewFiles { path, .. }
            | Self::UploadRejected { path, .. }
            | Self::UploadInfected { path, .. }
            | Self::InviteAccepted { path, .. }
            | Self::InviteBounced { path, .. } => {
                path.split('/').any(|part| part == client.to_string())
            }
            Self::NewUploads { clients, .. } => {
                clients.iter().any(|(known, _)| known == name.as_str())
            }
            _ => false,
        }
    }

    /// The links it carries, in the order of the text.
    #[must_use]
    pub fn links(&self) -> Vec<Id<Link>> {
        match self {
            Self::Invite { link, .. }
            | Self::StaffInvite { link, .. }
            | Self::VerifyAddress { link, .. } => vec![*link],
            Self::Reset { links, .. } => links.iter().map(|(_, link)| *link).collect(),
            _ => Vec::new(),
        }
    }
}

/// A mail that a command writes.
pub(super) struct NewMail {
    /// What it says.
    pub letter: Letter,
    /// To which address.
    pub to: Email,
    /// Whose name stands beside it.
    pub to_name: String,
    /// In whose name.
    pub from: Option<Id<Staff>>,
    /// The contact it is for.
    pub contact: Option<Id<Contact>>,
    /// The invite it carries.
    pub invite: Option<Id<Invite>>,
    /// Not before.
    pub not_before: Timestamp,
}

impl Kind for Mail {
    const PREFIX: &'static str = "ma";
}

impl Record for Mail {
    const TABLE: &'static str = "outbox";
    fn id(&self) -> Id<Self> {
        self.id
    }
    fn index(&self, rows: &mut Rows) {
        if let Some((index, key)) = self.index_key() {
            rows.by(index, key);
        }
        if let (Some(contact), MailState::Waiting { .. }) = (self.contact, &self.state) {
            rows.by("mail.waiting-contact", contact.bytes());
        }
        if let Some(invite) = self.invite {
            rows.by("mail.invite", invite.bytes());
            if let MailState::Failed { at } = self.state {
                rows.by("mail.failed-invite", super::db::time_key(at));
            }
        }
    }
}

impl Write<'_, '_> {
    /// Queues a mail to each of those who own the firm and can log in: who hears of what nobody may overlook. Each gets
    /// the letter with their own first name.
    pub(super) fn mail_owners(&mut self, letter: impl Fn(String) -> Letter) -> Result<()> {
        let mut owners = Vec::new();
        self.all::<Staff>(|staff| {
            owners.extend(Some(staff).filter(|staff| staff.active() && staff.role == Role::Owner));
            ControlFlow::Continue(())
        })?;
        for owner in owners {
            self.mail(NewMail {
                letter: letter(owner.first_name().to_owned()),
                to: owner.email,
                to_name: owner.name.to_string(),
                from: None,
                contact: None,
                invite: None,
                not_before: self.now(),
            })?;
        }
        Ok(())
    }

    /// Queues a mail in this command's transaction.
    pub(super) fn mail(&mut self, new: NewMail) -> Result<Id<Mail>> {
        let mail = Mail {
            id: self.id(),
            letter: new.letter,
            to: new.to,
            to_name: new.to_name,
            from: new.from,
            contact: new.contact,
            invite: new.invite,
            made: self.now(),
            state: MailState::Waiting { not_before: new.not_before },
            tries: 0,
            last: None,
        };
        self.add(&mail)?;
        Ok(mail.id)
    }
}
