//! Requests: contacts are told of what they are asked, of what was sent back and of comments, and reminded of what waits;
//! staff are told of what comes back, and of what is overdue.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::gather::NAMED;
use super::{About, Notice, NoticeSettings, Pace, Reader, Theme, newest, of, staff_for};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::{Order, Records, Span, Write};
use crate::model::file::Author;
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::membership::{Membership, tied};
use crate::model::outbox::{Letter, Mail, MailState, RequestLine, Told};
use crate::model::request::{
    Comment, ItemState, Lane, ReminderSettings, Request, Sheet, Stage, waiting_for,
};
use crate::model::staff::Staff;
use crate::values::Day;

/// So many characters of what somebody wrote stand in a mail.
const SAID: usize = 400;

/// Something that happened to a request, as somebody is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::model) enum RequestNews {
    /// To contacts: they are asked.
    Sent,
    /// To contacts: the item of this number was sent back.
    Returned {
        /// Which.
        number: u16,
    },
    /// To contacts or to staff: somebody wrote a comment.
    Comment {
        /// Which.
        id: Id<Comment>,
    },
    /// To contacts: it still waits.
    Reminder,
    /// To staff: it was handed in.
    HandedIn,
    /// To staff: the task is done.
    Done,
    /// To staff: the day it was due is over.
    Overdue,
}

impl RequestNews {
    pub(super) const fn theme(self) -> Theme {
        match self {
            Self::Reminder => Theme::Reminder,
            Self::Overdue => Theme::Overdue,
            _ => Theme::Requests,
        }
    }
}

impl Write<'_, '_> {
    /// Tells the contacts who are asked, and can see the request now. Whoever creates an account later finds it in the
    /// To-do list.
    pub(in crate::model) fn tell_asked(
        &mut self,
        request: &Request,
        news: RequestNews,
    ) -> Result<()> {
        let client: Client = self.need(request.client)?;
        let author = self.author_of(news)?;
        for tie in self.by::<Membership>("membership.client", client.id, usize::MAX)? {
            let is_author = author.as_ref().is_some_and(|by| by.contact() == Some(tie.contact));
            if !is_author && is_asked(request, &client, &tie) {
                self.tell_of_request(Who::Contact(tie.contact), request, news)?;
            }
        }
        Ok(())
    }

    /// Tells whoever looks after the client and whoever asked, or else everybody. What is overdue only the first of them hears.
    pub(in crate::model) fn tell_staff_of_request(
        &mut self,
        request: &Request,
        news: RequestNews,
    ) -> Result<()> {
        let client: Client = self.need(request.client)?;
        let mut told = responsible(self, &client, request.by.who)?;
        if news == RequestNews::Overdue {
            told.truncate(1);
        }
        if told.is_empty() {
            told = staff_for(self, &client)?;
        }
        for staff in told {
            self.tell_of_request(Who::Staff(staff.id), request, news)?;
        }
        Ok(())
    }

    /// Tells one reader, if they can be written to. Gives the mail that does it.
    pub(in crate::model) fn tell_of_request(
        &mut self,
        reader: Who,
        request: &Request,
        news: RequestNews,
    ) -> Result<Option<Id<Mail>>> {
        self.notice(reader, request.client, About::Request { request: request.id, news })
    }

    fn author_of(&self, news: RequestNews) -> Result<Option<Author>> {
        let RequestNews::Comment { id } = news else { return Ok(None) };
        Ok(self.get(id)?.map(|comment: Comment| comment.by))
    }
}

/// Whether this contact of a client is asked, and can see the request.
pub(in crate::model) fn is_asked(request: &Request, client: &Client, tie: &Membership) -> bool {
    let asked = request.audience.means(tie.contact);
    asked && client.active && tie.has_access() && tie.areas.requests
}

/// Who of the firm has to do with a request: whoever looks after the client, then whoever asked. Those who have left do not.
fn responsible(r: &impl Records, client: &Client, asked: Who) -> Result<Vec<Staff>> {
    let mut ids: Vec<Id<Staff>> = client.looked_after_by.into_iter().collect();
    if let Who::Staff(asked) = asked
        && !ids.contains(&asked)
    {
        ids.push(asked);
    }
    let mut responsible = Vec::new();
    for id in ids {
        responsible.extend(r.get(id)?.filter(Staff::active));
    }
    Ok(responsible)
}

impl Console {
    /// Who of the firm is told by mail when a client hands in what this member of staff asks for, or writes about it; whoever
    /// wants no mails is not.
    pub fn hear_of_answers(&self, client: &Client) -> Result<Vec<Staff>> {
        self.read(|r| {
            let mut told = Vec::new();
            for staff in responsible(r, client, Who::Staff(self.me().id))? {
                if Pace::of(r, Who::Staff(staff.id))? != Pace::Off {
                    told.push(staff);
                }
            }
            Ok(told)
        })
    }
}

/// In whose name a contact is told of a request: of whoever asks; if they have left, of whoever looks after the client.
pub(super) fn asker(
    r: &impl Records,
    request: Id<Request>,
    client: &Client,
) -> Result<Option<Id<Staff>>> {
    let request: Request = r.need(request)?;
    let made = match request.by.who {
        Who::Staff(staff) => r.get(staff)?.filter(Staff::active).map(|staff| staff.id),
        Who::Contact(_) => None,
    };
    Ok(made.or(client.looked_after_by))
}

/// What somebody wrote, in a line.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() > SAID {
        true => line.chars().take(SAID - 1).chain(['…']).collect(),
        false => line,
    }
}

/// When a contact was reminded last, and in which mail.
pub(in crate::model) fn last_reminder(
    r: &impl Records,
    contact: Id<Contact>,
) -> Result<Option<(Timestamp, Option<Mail>)>> {
    // A reminder is of all clients.
    let last = newest(r, Who::Contact(contact), Id::MIN, Theme::Reminder)?;
    let left = |notice: Notice| {
        let mail: Option<Mail> = r.get(notice.mail)?;
        let at = match mail.as_ref().map(|mail| &mail.state) {
            Some(MailState::Accepted { at }) => notice.at.max(*at),
            _ => notice.at,
        };
        Ok((at, mail))
    };
    last.map(left).transpose()
}

/// The notices that remind somebody of a request, in whatever mail.
pub(in crate::model) fn reminders_of(
    r: &impl Records,
    reader: Who,
    request: Id<Request>,
) -> Result<Vec<Notice>> {
    let reminds = About::Request { request, news: RequestNews::Reminder };
    let mut notices: Vec<Notice> = r.by("notice.of", of(reader, reminds), usize::MAX)?;
    notices.retain(|notice| notice.about == reminds);
    Ok(notices)
}

/// Whether the last mail to where a contact is reached has failed for good.
pub(in crate::model) fn reaches_nobody(r: &impl Records, contact: Id<Contact>) -> Result<bool> {
    let span = Span::prefix(contact);
    let mut failed: Vec<Mail> = r.records_in("mail.failed-contact", &span, Order::Descending, 1)?;
    let Some(failed) = failed.pop() else { return Ok(false) };
    let reader = Reader::of(r, Who::Contact(contact))?;
    if reader.is_none_or(|reader| reader.to != failed.to) {
        return Ok(false);
    }
    let span = Span::prefix(Who::Contact(contact).key());
    for notice in r.ids_in::<Notice>("notice.gathered", &span, Order::Descending, usize::MAX)? {
        let mail: Option<Mail> = r.get(r.need(notice)?.mail)?;
        let arrived = |mail: Mail| match (mail.state, &failed.state) {
            (MailState::Accepted { at }, MailState::Failed { at: failed }) => at > *failed,
            _ => false,
        };
        if mail.is_some_and(arrived) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The first moment from now on at which a reminder may leave.
pub(super) fn awake(tx: &Write<'_, '_>) -> Result<Timestamp> {
    let firm: Firm = tx.need(Id::MIN)?;
    Ok(ReminderSettings::of(tx)?.awake(tx.now(), firm.zone.tz()))
}

/// What a mail says that tells of the first thing.
pub(super) fn first_letter(
    r: &impl Records,
    reader: Who,
    first_name: String,
    (client, request, news): (&Client, Id<Request>, RequestNews),
    now: Timestamp,
) -> Result<Letter> {
    let mut pile = Pile::new(r, reader, now)?;
    pile.take(r, client.id, request, news)?;
    // A reminder lists everything only when it leaves.
    pile.brief = true;
    let made = pile.letter(r, first_name)?;
    made.ok_or_else(|| Error::bug("somebody is told of what is not so"))
}

/// Whether there is something to tell.
pub(super) fn is_so(
    r: &impl Records,
    reader: Who,
    (client, request, news): (Id<Client>, Id<Request>, RequestNews),
    now: Timestamp,
) -> Result<bool> {
    Pile::new(r, reader, now)?.take(r, client, request, news)
}

/// What one mail tells of requests.
pub(super) struct Pile {
    reader: Who,
    today: Day,
    /// Whether mails may say what people wrote.
    words: bool,
    theme: Option<Theme>,
    client: String,
    lines: Vec<RequestLine>,
    requests: HashSet<Id<Request>>,
    count: u32,
    brief: bool,
}

impl Pile {
    pub(super) fn new(r: &impl Records, reader: Who, now: Timestamp) -> Result<Self> {
        let firm: Firm = r.need(Id::MIN)?;
        Ok(Self {
            reader,
            today: Day::at(now, firm.zone.tz()),
            words: NoticeSettings::of(r)?.names,
            theme: None,
            client: String::new(),
            lines: Vec::new(),
            requests: HashSet::new(),
            count: 0,
            brief: false,
        })
    }

    /// Adds what is to be told of a request, if it is still so and its reader may know. Says whether it did.
    pub(super) fn take(
        &mut self,
        r: &impl Records,
        client: Id<Client>,
        request: Id<Request>,
        news: RequestNews,
    ) -> Result<bool> {
        let (client, request): (Option<Client>, Option<Request>) =
            (r.get(client)?, r.get(request)?);
        let Some((client, request)) = client.zip(request) else { return Ok(false) };
        if let Who::Contact(contact) = self.reader {
            let tie = tied(r, client.id, contact)?;
            if !tie.is_some_and(|tie| is_asked(&request, &client, &tie)) {
                return Ok(false);
            }
        }
        let Some(told) = self.told(r, &request, news)? else { return Ok(false) };
        self.theme = Some(news.theme());
        self.client = client.name.to_string();
        self.add(&client, &request, told);
        Ok(true)
    }

    fn add(&mut self, client: &Client, request: &Request, told: Told) {
        self.count += 1;
        self.requests.insert(request.id);
        if self.lines.len() < NAMED {
            self.lines.push(self.line(client, request, told));
        }
    }

    fn line(&self, client: &Client, request: &Request, told: Told) -> RequestLine {
        let path = match self.reader {
            Who::Contact(_) => format!("/p/{}/requests/{}", client.id, request.id),
            Who::Staff(_) => format!("/console/requests/{}", request.id),
        };
        let (client, title) = (client.name.to_string(), request.title.to_string());
        RequestLine { client, title, due: request.due, path, told }
    }

    /// What is told of it, if it is still so.
    fn told(&self, r: &impl Records, request: &Request, news: RequestNews) -> Result<Option<Told>> {
        let words = |text: &str| self.words.then(|| shortened(text));
        Ok(match news {
            RequestNews::Sent => Some(Told::Sent).filter(|_| request.stage.open()),
            RequestNews::Reminder => {
                let overdue = request.overdue(self.today);
                Some(Told::Waits { overdue }).filter(|_| request.stage.open())
            }
            RequestNews::Overdue => {
                Some(Told::Waits { overdue: true }).filter(|_| request.overdue(self.today))
            }
            RequestNews::Returned { number } => {
                let sheet: Option<Sheet> = r.get(Sheet::of(request.id))?;
                let entry = sheet.as_ref().and_then(|sheet| sheet.entry(number));
                entry.filter(|_| request.stage.open()).and_then(|entry| match &entry.state {
                    ItemState::Returned { reason, .. } => Some(Told::Returned {
                        item: entry.item.title.to_string(),
                        reason: words(reason.as_str()),
                    }),
                    _ => None,
                })
            }
            RequestNews::Comment { id } => {
                let gone = matches!(request.stage, Stage::Draft | Stage::Withdrawn { .. });
                let comment: Option<Comment> = r.get(id)?.filter(|_| !gone);
                let said = |comment: Comment| Told::Comment {
                    by: comment.by.name,
                    text: words(comment.text.as_str()),
                };
                comment.map(said)
            }
            RequestNews::HandedIn => match &request.stage {
                // Of one that was opened again nothing waits for review.
                Stage::HandedIn { .. } if request.lane() == Lane::Reviewed => None,
                Stage::HandedIn { by, .. } => Some(Told::HandedIn { by: by.name.clone() }),
                // There was nothing to review, so that handing in has completed it.
                Stage::Completed { by, .. } if by.contact().is_some() => {
                    Some(Told::HandedIn { by: by.name.clone() })
                }
                _ => None,
            },
            RequestNews::Done => match &request.stage {
                Stage::Completed { by, .. } => Some(Told::Done { by: by.name.clone() }),
                _ => None,
            },
        })
    }

    /// The mail; none if nothing is left.
    pub(super) fn letter(mut self, r: &impl Records, first_name: String) -> Result<Option<Letter>> {
        let Some(theme) = self.theme else { return Ok(None) };
        if let (Theme::Reminder, Who::Contact(contact), false) = (theme, self.reader, self.brief) {
            self.take_all_that_waits(r, contact)?;
        }
        self.tell_once();
        let path = self.path();
        let (client, count, lines) = (self.client, self.count, self.lines);
        let daily = Pace::of(r, self.reader)? == Pace::Daily;
        Ok(Some(match (theme, self.reader) {
            (Theme::Reminder, _) => Letter::RequestReminder { first_name, count, lines, path },
            (Theme::Overdue, _) => Letter::RequestsOverdue { first_name, count, lines, path },
            (_, Who::Contact(_)) => Letter::RequestNews { first_name, client, count, lines, path },
            (_, Who::Staff(_)) => Letter::FromClients { first_name, count, lines, daily, path },
        }))
    }

    /// Of a request of which there is more to tell, it goes without saying that it was sent.
    fn tell_once(&mut self) {
        let more = self.lines.iter().filter(|line| line.told != Told::Sent);
        let more: HashSet<String> = more.map(|line| line.path.clone()).collect();
        let told = self.lines.len();
        self.lines.retain(|line| line.told != Told::Sent || !more.contains(&line.path));
        self.count -= u32::try_from(told - self.lines.len()).unwrap_or_default();
    }

    /// A reminder is of everything that waits for somebody, at all of their clients.
    fn take_all_that_waits(&mut self, r: &impl Records, contact: Id<Contact>) -> Result<()> {
        let waiting = waiting_for(r, contact)?;
        (self.count, self.lines, self.requests) = (0, Vec::new(), HashSet::new());
        for (client, request) in waiting {
            let told = Told::Waits { overdue: request.overdue(self.today) };
            self.add(&client, &request, told);
        }
        Ok(())
    }

    /// Where the button leads: to the only request, or to the page that lists them.
    fn path(&self) -> String {
        let first = self.lines.first().map(|line| line.path.clone()).unwrap_or_default();
        if self.requests.len() == 1 {
            return first;
        }
        // All lines lie below the portal of their client: "/p/cl_…".
        let portal = |path: &str| path.split('/').take(3).collect::<Vec<_>>().join("/");
        let one = portal(&first);
        match self.reader {
            Who::Staff(_) if self.theme == Some(Theme::Overdue) => {
                "/console/requests?view=list&state=overdue".into()
            }
            Who::Staff(_) => "/console/requests".into(),
            Who::Contact(_) if self.lines.iter().all(|line| portal(&line.path) == one) => {
                format!("{one}/todo")
            }
            Who::Contact(_) => "/p/todo".into(),
        }
    }
}
