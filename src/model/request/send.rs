//! Sending: from a draft to what waits for a client, with invites for those who cannot see it yet.

use serde::{Deserialize, Serialize};

use super::checked::{lives, not_over};
use super::detail::asked_words;
use super::draft::note_made;
use super::edit::show_files;
use super::{Ask, Request, Sheet, Stage, What, Whole};
use crate::error::{Check, Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::{Records, Write};
use crate::model::file::{Area, Audience, Author, Circle, Reader, check_audience, invites};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::inviting::Sent;
use crate::model::notices::RequestNews;
use crate::model::recurrence::{Repeat, begin};
use crate::model::request_template::{Filling, fill_sheet};
use crate::model::staff::Staff;
use crate::values::{Day, Title};

/// How a request is sent.
#[derive(Clone, Debug, Default)]
pub struct Sending {
    /// Each of those who are asked gets one of their own.
    pub separately: bool,
    /// It is made again and again.
    pub repeat: Option<Repeat>,
    /// Whoever cannot see it yet is invited, but for those whose access was removed.
    pub invite: bool,
    /// Makes twenty clicks one; empty for none.
    pub once: String,
}

/// What became of sending.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SentRequest {
    /// What it is called, with its fields filled in.
    pub title: Title,
    /// One, or one for each of those who are asked.
    pub requests: Vec<Id<Request>>,
    /// To whom: "everyone at Alder Ltd".
    pub with: String,
    /// Those who cannot see it yet, invited just now or not.
    pub cannot_see: Vec<Reader>,
    /// What became of each invite.
    pub sent: Vec<Sent>,
}

/// Who sends, and by which day the fields are filled in and the due date is looked at: today in the firm's zone, or the day
/// on which it should have been sent.
pub(in crate::model) struct Sender<'a> {
    /// The firm.
    pub firm: &'a Firm,
    /// In whose name.
    pub me: &'a Staff,
    /// The day.
    pub day: Day,
}

impl Console {
    /// Sends a draft. Nobody is told before all of it is stored.
    pub async fn send_request(
        &self,
        request: Id<Request>,
        sending: Sending,
    ) -> Result<SentRequest> {
        let (firm, me) = (self.firm()?, self.me().clone());
        self.write(move |tx| {
            tx.once(&sending.once, |tx| {
                let whole = Whole::need(tx, request)?;
                let day = Day::at(tx.now(), firm.zone.tz());
                send(tx, &Sender { firm: &firm, me: &me, day }, whole, &sending)
            })
        })
        .await
    }

    /// All contacts of a client by name, with whether they can see requests.
    pub fn asked(&self, client: Id<Client>) -> Result<Vec<Reader>> {
        self.read(|r| Ok(Circle::for_area(r, r.need(client)?, Area::Requests, self.now())?.readers))
    }

    /// Those of an audience who could not see a request yet.
    pub fn cannot_see_request(&self, client: Id<Client>, asked: &Audience) -> Result<Vec<Reader>> {
        self.read(|r| {
            let asked = check_audience(r, client, asked.clone())?;
            let circle = Circle::for_area(r, r.need(client)?, Area::Requests, self.now())?;
            Ok(circle.cannot_see(&asked))
        })
    }
}

/// Sends a draft, which need not be stored. Every refusal comes before the first write.
pub(in crate::model) fn send(
    tx: &mut Write<'_, '_>,
    sender: &Sender<'_>,
    whole: Whole,
    sending: &Sending,
) -> Result<SentRequest> {
    let client: Client = tx.need(whole.request.client)?;
    let asked = check_can_send(tx, sender, &client, &whole)?;
    let author = Author::of(sender.me);
    let mut with = asked_words(tx, &client, &whole.request.audience)?;
    let audiences = match sending.separately {
        true if asked.len() > 1 => {
            with = format!("{with}, each separately");
            asked.into_iter().map(|contact| Audience::Named(vec![contact])).collect()
        }
        _ => vec![whole.request.audience.clone()],
    };
    let meant = whole.request.audience.clone();
    let (client_name, sender_name) = (client.name.as_str(), sender.me.name.as_str());
    let filling =
        Filling { client: client_name, sender: sender_name, firm: sender.firm, day: sender.day };
    let (mut requests, mut title) = (Vec::with_capacity(audiences.len()), None);
    for audience in audiences {
        let mut one = if requests.is_empty() { whole.clone() } else { another(tx, &whole) };
        one.request.audience = audience;
        if let Some(repeat) = &sending.repeat {
            one.request.recurrence = Some(begin(tx, &one, repeat, sender.day, &author)?);
        }
        fill_sheet(&mut one, &filling);
        put_sent(tx, sender, &client, &mut one)?;
        requests.push(one.request.id);
        title = Some(one.request.title);
    }
    let title = title.unwrap_or(whole.request.title);
    let sent = if sending.invite {
        let circle = Circle::for_area(tx, client.clone(), Area::Requests, tx.now())?;
        let along = circle.meant(&meant).filter(|reader| reader.sees.can_invite_along());
        let along = Audience::Named(along.map(|reader| reader.contact).collect());
        invites(tx, sender.firm, sender.me, &client, &along)?
    } else {
        Vec::new()
    };
    tx.say("request-sent", Some(client.id), format!("sent the request “{title}” to {with}"))?;
    let circle = Circle::for_area(tx, client, whole.sheet.area(), tx.now())?;
    Ok(SentRequest { title, requests, with, cannot_see: circle.cannot_see(&meant), sent })
}

/// The contacts who are asked, if it can be sent.
fn check_can_send(
    tx: &Write<'_, '_>,
    sender: &Sender<'_>,
    client: &Client,
    whole: &Whole,
) -> Result<Vec<Id<Contact>>> {
    let Whole { request, sheet } = whole;
    if request.stage != Stage::Draft {
        return Err(Error::refused("This request was sent already."));
    }
    if !client.active {
        let why =
            "is inactive, so nobody there would see it. Make it active before you send something.";
        return Err(Error::refused(format!("{} {why}", client.name)));
    }
    let mut check = Check::default();
    let audience = check_audience(tx, client.id, request.audience.clone())?;
    let circle = Circle::for_area(tx, client.clone(), Area::Requests, tx.now())?;
    let asked: Vec<_> = circle.meant(&audience).map(|reader| reader.contact).collect();
    if asked.is_empty() {
        check.note(
            "audience",
            match audience {
                Audience::Everyone => {
                    format!("{} has no contacts yet. Add one, and send it then", client.name)
                }
                _ => "Choose who is asked".into(),
            },
        );
    }
    check.take("due", not_over(request.due, sender.day));
    for file in &sheet.attached {
        check.take("attached", lives(tx, client.id, *file)?);
    }
    for entry in &sheet.entries {
        let field = format!("file-{}", entry.item.number);
        match entry.item.ask {
            Ask::Read { file: None } => check.note(field, "Choose the file to read"),
            Ask::Read { file: Some(file) } => {
                check.take(field, lives(tx, client.id, file)?);
            }
            Ask::Upload { .. } | Ask::Question(_) | Ask::Confirm { .. } => {}
        }
    }
    check.finish(|| Some(asked))
}

/// The same for somebody else.
fn another(tx: &Write<'_, '_>, whole: &Whole) -> Whole {
    let id = tx.id();
    Whole {
        request: Request { id, ..whole.request.clone() },
        sheet: Sheet { id: Sheet::of(id), ..whole.sheet.clone() },
    }
}

fn put_sent(
    tx: &mut Write<'_, '_>,
    sender: &Sender<'_>,
    client: &Client,
    one: &mut Whole,
) -> Result<()> {
    let (id, author) = (one.request.id, Author::of(sender.me));
    if tx.get(id)?.is_none() {
        note_made(tx, &one.request)?;
    }
    one.request.stage = Stage::Sent { sent: tx.now() };
    one.request.by = author.clone();
    one.request.untouched = false;
    one.request.reminders.rule = Some(one.request.reminders.rule_now(tx)?);
    one.request.begin_reminders(sender.firm.zone.tz());
    one.put(tx)?;
    let to = asked_words(tx, client, &one.request.audience)?;
    tx.note_change(id, Some(author.clone()), What::Sent { to })?;
    show_files(tx, one, &author)?;
    tx.tell_asked(&one.request, RequestNews::Sent)
}
