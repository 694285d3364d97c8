//! The model: a box with doors. It holds every record, every rule and all code that touches the store. Nothing comes
//! out except through a door, and which door you hold says who you are: [`Guest`], [`Console`] (with [`Admin`] and
//! [`Owner`]), [`Person`], [`Portal`], [`System`].

mod accepting;
mod account;
mod address;
mod admin;
mod calendar;
mod check;
mod checkup;
mod client_key;
mod clock;
mod console;
mod core;
mod db;
mod directory;
mod edition;
mod email_settings;
mod ending;
mod erasing;
mod facts;
mod guest;
mod hashes;
mod health;
mod id;
mod in_hand;
mod inviting;
mod kept;
mod keys;
mod limits;
mod live;
mod log_in;
mod mailroom;
mod me;
mod notices;
mod once;
mod owner;
mod person;
mod portal;
mod posting;
mod preview;
mod reset;
mod restoring;
mod search;
mod sign_ins;
mod standing;
mod stored;
mod sweep;
mod system;
mod team;
#[cfg(test)]
mod testing;
mod today;
mod turns;
mod upgrading;
mod viewing;

pub mod activity;
pub mod backups;
pub mod client;
pub mod contact;
pub mod demo;
pub mod dkim;
pub mod file;
pub mod file_settings;
pub mod firm;
pub mod folder;
pub mod inbox;
pub mod invite;
pub mod link;
pub mod login;
pub mod membership;
pub mod outbox;
pub mod recurrence;
pub mod request;
pub mod request_template;
pub mod scan;
pub mod session;
pub mod setup;
pub mod staff;
pub mod status;
pub mod template;
pub mod tls;
pub mod upload;

pub use accepting::{InvitePage, InviteView, Joined};
pub use account::{Account, Device};
pub use address::AddressPage;
pub use admin::Admin;
pub use calendar::{CalendarAddress, Feed};
pub use check::{Depth, FilesSeen, Finding, Part, Report, check_folder};
pub use checkup::{Check, CheckState, Checkup, DnsRecord, Vitals};
pub use clock::{Clock, ClockTrouble};
pub use console::Console;
pub use core::{Locked, Open, Overrides, open};
pub use db::{OpenError, SnapshotFacts, StepDone};
pub use directory::{
    ClientFound, ClientList, ClientOrder, ClientQuery, LookedAfter, PortalFilter, PortalSummary,
    Total,
};
pub use email_settings::{EmailForm, EmailSettings};
pub use erasing::Erasing;
pub use facts::Facts;
pub use file::{
    Crumb, FOLDER_PRESETS, FileDetail, FileOrder, FilePage, FileQuery, FileRow, FolderChoice,
    FolderPreset, FolderRow, FolderSeen, FolderTemplate, FolderTree, NewFolderTemplate, OpenedFile,
    Opening, Picked, PortalFile, PortalFolder, PortalFolderPage, PortalRow, ReadReceipt, Reader,
    Reading, Seen, Sees, SharedFiles, TRASH_DAYS, TemplateChoice, Times, Trash, Twins, Zip,
    ZipEntry,
};
pub use file_settings::{FileForm, FileSettings};
pub use guest::Guest;
pub use health::StoreState;
pub use id::{Id, Kind};
pub use in_hand::{Held, InHand};
pub use inbox::{INBOX_MOST, Inbox, InboxOrder, InboxPlace, InboxRow};
pub use inviting::{Chosen, CopiedLink, InviteDraft, Recipient, Save, Sent, SentOutcome};
pub use live::{Changes, PortalChanges, PortalTopic, Topic};
pub use log_in::LoggedIn;
pub use mailroom::{MailFilter, MailPage, OpenMail};
pub use me::{AboutContact, AboutStaff};
pub use notices::{EndableMails, Gathered, NoticeSettings, Pace};
pub use once::fresh_once;
pub use owner::Owner;
pub use person::Person;
pub use portal::{Portal, Shown, Viewer};
pub use posting::{HandOver, MailLink, Outcome, Ready, Sender};
pub use preview::{FilePreview, PreviewImage};
pub use request::{
    Lane, RequestColumn, RequestList, RequestQuery, RequestRow, RequestState, RequestsNow,
};
pub use reset::ResetPage;
pub use restoring::{Hold, OldKey, Settled, TriedCopy, settle_restored, try_copy};
pub use search::{FileFound, Found};
pub use stored::{StoredSetting, StoredValue, stored_settings_in};
pub use system::{MailFlow, Paused, System};
pub use team::{NewStaff, TeamMember};
pub use today::{FirstSteps, Stuck, Why};
pub use upgrading::{Rehearsal, copy_store, lack_of_room, rehearse};
pub use upload::{NewUpload, Receipt, ReceiptLine, Receipted, Received, UploadLimits, Uploads};

/// Every kind of record, so that the index can be rebuilt and checked.
const REGISTRY: &[db::Registered] = &[
    db::Registered::of::<activity::Entry>(),
    db::Registered::of::<backups::BackupPlan>(),
    db::Registered::of::<backups::runs::BackupRun>(),
    db::Registered::of::<calendar::Calendar>(),
    db::Registered::of::<client::Client>(),
    db::Registered::of::<client_key::ClientKey>(),
    db::Registered::of::<client_key::ChangeDue>(),
    db::Registered::of::<contact::Contact>(),
    db::Registered::of::<dkim::Dkim>(),
    db::Registered::of::<erasing::Erased>(),
    db::Registered::of::<file::File>(),
    db::Registered::of::<file::FolderTemplate>(),
    db::Registered::of::<file::ReadReceipt>(),
    db::Registered::of::<file_settings::FileSettings>(),
    db::Registered::of::<firm::Firm>(),
    db::Registered::of::<firm::Logo>(),
    db::Registered::of::<folder::Folder>(),
    db::Registered::of::<invite::Invite>(),
    db::Registered::of::<link::Link>(),
    db::Registered::of::<login::Login>(),
    db::Registered::of::<membership::Membership>(),
    db::Registered::of::<notices::Choice>(),
    db::Registered::of::<notices::Notice>(),
    db::Registered::of::<notices::NoticeSettings>(),
    db::Registered::of::<notices::RemindersOff>(),
    db::Registered::of::<once::Once>(),
    db::Registered::of::<outbox::Mail>(),
    db::Registered::of::<preview::Preview>(),
    db::Registered::of::<recurrence::Recurrence>(),
    db::Registered::of::<request::Change>(),
    db::Registered::of::<request::Comment>(),
    db::Registered::of::<request::ReminderSettings>(),
    db::Registered::of::<request::Request>(),
    db::Registered::of::<request::Sheet>(),
    db::Registered::of::<request_template::RequestTemplate>(),
    db::Registered::of::<restoring::Restored>(),
    db::Registered::of::<scan::ScanSettings>(),
    db::Registered::of::<session::Session>(),
    db::Registered::of::<standing::Standing>(),
    db::Registered::of::<staff::Staff>(),
    db::Registered::of::<template::Template>(),
    db::Registered::of::<tls::CertificateAttempt>(),
    db::Registered::of::<tls::CertificateWarning>(),
    db::Registered::of::<tls::TlsSettings>(),
    db::Registered::of::<upload::Upload>(),
    db::Registered::of::<viewing::Viewing>(),
];
