//! What a mail says: facts, of which its templates make words.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::client::Client;
use crate::model::id::Id;
use crate::model::link::Link;
use crate::values::{ClientName, Day, Email};

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
    /// To a contact: what the firm asks of them, sends back, or has said of it. Made anew when it leaves.
    RequestNews {
        /// How they are greeted.
        first_name: String,
        /// For which client.
        client: String,
        /// How many things it tells.
        count: u32,
        /// The first of them.
        lines: Vec<RequestLine>,
        /// Path of the request, or of the To-do list, in the portal.
        path: String,
    },
    /// To a contact: all that waits for them, at all of their clients. Made anew when it leaves.
    RequestReminder {
        /// How they are greeted.
        first_name: String,
        /// How many requests wait.
        count: u32,
        /// Those that are due first.
        lines: Vec<RequestLine>,
        /// Path of the request, or of the To-do list, in the portal.
        path: String,
    },
    /// To staff: clients have handed something in, done it, or said something of it. Made anew when it leaves.
    FromClients {
        /// How they are greeted.
        first_name: String,
        /// How many things it tells.
        count: u32,
        /// The first of them.
        lines: Vec<RequestLine>,
        /// They get such mails once a day.
        daily: bool,
        /// Path of the request, or of all, in the console.
        path: String,
    },
    /// To staff: requests that are overdue since today. Made anew when it leaves.
    RequestsOverdue {
        /// How they are greeted.
        first_name: String,
        /// How many.
        count: u32,
        /// The first of them.
        lines: Vec<RequestLine>,
        /// Path of the request, or of all, in the console.
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

/// A request in a mail, and what is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    /// Of which client.
    pub client: String,
    /// What it is called.
    pub title: String,
    /// When it is due.
    pub due: Option<Day>,
    /// Its path, for its reader.
    pub path: String,
    /// What is told.
    pub told: Told,
}

/// What is told of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// It is asked for.
    Sent,
    /// An item of it was sent back.
    Returned {
        /// Which.
        item: String,
        /// Why, if the firm allows it in mails.
        reason: Option<String>,
    },
    /// Somebody wrote a comment.
    Comment {
        /// Who.
        by: String,
        /// What, if the firm allows it in mails.
        text: Option<String>,
    },
    /// It was handed in.
    HandedIn {
        /// By whom.
        by: String,
    },
    /// The task is done.
    Done {
        /// By whom.
        by: String,
    },
    /// It waits.
    Waits {
        /// The day it was due is over.
        overdue: bool,
    },
}

/// The queues of the outbox, in the order in which they are served.
pub(in crate::model) const LANES: [u8; 2] = [0, 1];

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
            Self::RequestNews { .. } => "request-news",
            Self::RequestReminder { .. } => "request-reminder",
            Self::FromClients { .. } => "from-clients",
            Self::RequestsOverdue { .. } => "requests-overdue",
        }
    }

    /// Which queue it waits in: a new password does not wait behind ten thousand invites.
    #[must_use]
    pub(in crate::model) const fn lane(&self) -> u8 {
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
            | Self::UploadInfected { .. }
            | Self::RequestNews { .. }
            | Self::RequestReminder { .. }
            | Self::FromClients { .. }
            | Self::RequestsOverdue { .. } => LANES[1],
        }
    }

    /// Whether it names this client or its files; of invites, which have their record, it is not asked.
    pub(in crate::model) fn is_about(&self, client: Id<Client>, name: &ClientName) -> bool {
        let below = |path: &str| path.split('/').any(|part| part == client.to_string());
        match self {
            Self::RequestNews { path, lines, .. }
            | Self::RequestReminder { path, lines, .. }
            | Self::FromClients { path, lines, .. }
            | Self::RequestsOverdue { path, lines, .. } => {
                let named = |line: &RequestLine| line.client == name.as_str() || below(&line.path);
                below(path) || lines.iter().any(named)
            }
            Self::NewFiles { path, .. }
            | Self::UploadRejected { path, .. }
            | Self::UploadInfected { path, .. }
            | Self::InviteAccepted { path, .. }
            | Self::InviteBounced { path, .. } => below(path),
            Self::NewUploads { clients, .. } => {
                clients.iter().any(|(known, _)| known == name.as_str())
            }
            _ => false,
        }
    }

    /// The request that all of it is about, so that mail programs show what is told of one request together.
    #[must_use]
    pub fn thread(&self) -> Option<&str> {
        let (Self::RequestNews { lines, .. }
        | Self::RequestReminder { lines, .. }
        | Self::FromClients { lines, .. }
        | Self::RequestsOverdue { lines, .. }) = self
        else {
            return None;
        };
        let path = &lines.first()?.path;
        let same = lines.iter().all(|line| line.path == *path);
        path.rsplit('/').next().filter(|_| same)
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
