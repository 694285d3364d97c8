//! How often each person wants to be told, and what the firm allows in mails.

use jiff::civil::time;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::{GATHER, Theme, waiting_mails};
use crate::error::Result;
use crate::model::admin::Admin;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::{Records, Write, record};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::mailroom::cancel;
use crate::model::outbox::{Mail, MailState};
use crate::model::person::Person;

/// When the mails of a day leave, in the firm's zone.
const MORNING: jiff::civil::Time = time(8, 0, 0, 0);

/// How often somebody is told of new files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// Ten minutes after the first of them.
    #[default]
    AtOnce,
    /// At eight in the morning, if there is something.
    Daily,
    /// They look by themselves.
    Off,
}

impl Pace {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 3] = [Self::AtOnce, Self::Daily, Self::Off];

    /// As the form sends it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "at-once",
            Self::Daily => "daily",
            Self::Off => "off",
        }
    }

    /// As the form sent it.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let known = Self::ALL.into_iter().find(|pace| pace.name() == typed.trim());
        known.ok_or("Choose one of the three")
    }

    /// What this person chose.
    pub(super) fn of(r: &impl Records, who: Who) -> Result<Self> {
        Ok(r.get(Choice::key(who))?.map(|choice: Choice| choice.pace).unwrap_or_default())
    }
}

/// What somebody chose; without a record they are told at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::model) struct Choice {
    /// That of the person.
    id: Id<Choice>,
    /// Who.
    who: Who,
    /// How often.
    pace: Pace,
}

impl Choice {
    pub(in crate::model) const fn key(who: Who) -> Id<Self> {
        match who {
            Who::Staff(staff) => Id::from_bytes(staff.bytes()),
            Who::Contact(contact) => Id::from_bytes(contact.bytes()),
        }
    }
}

record!(Choice, "nc", "notice-choices");

/// That somebody wants no reminders. Without a record they get them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::model) struct RemindersOff {
    /// That of the contact.
    id: Id<RemindersOff>,
    /// Who.
    contact: Id<Contact>,
}

impl RemindersOff {
    pub(in crate::model) const fn key(contact: Id<Contact>) -> Id<Self> {
        Id::from_bytes(contact.bytes())
    }
}

record!(RemindersOff, "ro", "reminders-off");

/// What mails may say of files and requests. One row, under [`Id::MIN`]; without it they name none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeSettings {
    /// Always [`Id::MIN`].
    pub(in crate::model) id: Id<NoticeSettings>,
    /// Whether mails name files, and say what people wrote: why something was rejected or sent back, and comments. A mail is
    /// read by more than its reader.
    pub names: bool,
}

record!(NoticeSettings, "ns", "notice-settings");

impl NoticeSettings {
    /// As they are stored.
    pub(in crate::model) fn of(r: &impl Records) -> Result<Self> {
        Ok(r.get(Id::MIN)?.unwrap_or(Self { id: Id::MIN, names: false }))
    }
}

/// When a mail leaves that begins now; none for whoever wants none.
pub(super) fn first_due(tx: &Write<'_, '_>, pace: Pace) -> Result<Option<Timestamp>> {
    let now = tx.now();
    Ok(match pace {
        Pace::Off => None,
        Pace::AtOnce => Some(now + GATHER),
        Pace::Daily => {
            let firm: Firm = tx.need(Id::MIN)?;
            let today = now.to_zoned(firm.zone.tz().clone()).date();
            let morning = |days: i32| {
                let day = today.checked_add(days.days()).ok()?;
                let at = day.to_datetime(MORNING).to_zoned(firm.zone.tz().clone()).ok()?;
                Some(at.timestamp()).filter(|at| *at > now)
            };
            Some(morning(0).or_else(|| morning(1)).unwrap_or(now + GATHER))
        }
    })
}

/// Writes down what somebody chose, and has what waits leave as they want it now.
pub(super) fn choose(tx: &mut Write<'_, '_>, who: Who, pace: Pace) -> Result<()> {
    tx.unsaid("which mails they want is nobody else's business");
    if Pace::of(tx, who)? == pace {
        return Ok(());
    }
    tx.put(&Choice { id: Choice::key(who), who, pace })?;
    let due = first_due(tx, pace)?;
    let chosen =
        |theme| theme == Theme::Files || (theme == Theme::Requests && who.contact().is_none());
    for mail in waiting_mails(tx, &who.key(), chosen)? {
        match due {
            None => cancel(tx, mail)?,
            // One that was tried already waits for its next try.
            Some(_) if mail.last.is_some() => {}
            Some(not_before) => {
                tx.put(&Mail { state: MailState::Waiting { not_before }, ..mail })?;
            }
        }
    }
    Ok(())
}

/// Writes down whether a contact is reminded. If not, what waits to leave is taken back.
pub(super) fn want_reminders(
    tx: &mut Write<'_, '_>,
    contact: Id<Contact>,
    wanted: bool,
) -> Result<()> {
    tx.unsaid("which mails they want is nobody else's business");
    let off = RemindersOff { id: RemindersOff::key(contact), contact };
    if wanted {
        return tx.delete(off.id);
    }
    tx.put(&off)?;
    let reminders = |theme| theme == Theme::Reminder;
    let waiting = waiting_mails(tx, &Who::Contact(contact).key(), reminders)?;
    waiting.into_iter().try_for_each(|mail| cancel(tx, mail))
}

impl Person {
    /// How often they are told of new files.
    pub fn notice_pace(&self) -> Result<Pace> {
        self.read(|r| Pace::of(r, Who::Contact(self.me().id)))
    }

    /// Chooses that.
    pub async fn choose_notices(&self, pace: Pace) -> Result<()> {
        let who = Who::Contact(self.me().id);
        self.write(move |tx| choose(tx, who, pace)).await
    }

    /// Whether they are reminded of what waits for them.
    pub fn wants_reminders(&self) -> Result<bool> {
        self.read(|r| Ok(r.get(RemindersOff::key(self.me().id))?.is_none()))
    }

    /// Chooses that. What waits to leave is taken back.
    pub async fn choose_reminders(&self, wanted: bool) -> Result<()> {
        let contact = self.me().id;
        self.write(move |tx| want_reminders(tx, contact, wanted)).await
    }
}

impl Console {
    /// How often they are told of clients' uploads.
    pub fn notice_pace(&self) -> Result<Pace> {
        self.read(|r| Pace::of(r, Who::Staff(self.me().id)))
    }

    /// Chooses that.
    pub async fn choose_notices(&self, pace: Pace) -> Result<()> {
        let who = Who::Staff(self.me().id);
        self.write(move |tx| choose(tx, who, pace)).await
    }

    /// Whether mails name files, and say what people wrote.
    pub fn mails_name_files(&self) -> Result<bool> {
        Ok(self.read(NoticeSettings::of)?.names)
    }
}

impl Admin {
    /// Decides whether mails name files.
    pub async fn let_mails_name_files(&self, names: bool) -> Result<()> {
        self.console()
            .write(move |tx| {
                if NoticeSettings::of(tx)?.names == names {
                    tx.unsaid("it was so before");
                    return Ok(());
                }
                tx.put(&NoticeSettings { id: Id::MIN, names })?;
                let what = match names {
                    true => "allowed mails to name files",
                    false => "forbade mails to name files",
                };
                tx.say("notice-settings-changed", None, what)
            })
            .await
    }
}
