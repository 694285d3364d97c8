//! The outbox: every mail with its state, newest first.

mod mail;

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::Form;
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::mail::message::Writer;
use crate::model::outbox::{Mail, MailState};
use crate::model::staff::Role;
use crate::model::{Admin, Console, Id, MailFilter, MailFlow};
use crate::values::PublicUrl;

/// Mails on a page of the list.
const A_PAGE: usize = 50;
/// What stands beside a mail that has lost its sense before it left.
const IDLE: &str =
    "What it tells is over. It will not be sent, unless something new comes until then.";
/// What the model counts up to.
const COUNTED: usize = 1_000;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/outbox", outbox_page)
        .post("/console/outbox/try-now", try_now)
        // Only Admins may, and so they lie among the settings.
        .post("/console/settings/email/release", release)
        .get("/console/settings/email/take-back", take_back_page)
        .and(mail::routes())
}

/// Which part of the list.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    show: MailFilter,
    /// The last mail of the page before.
    behind: Option<Id<Mail>>,
}

/// The list.
#[derive(Serialize)]
struct OutboxPage {
    tabs: Vec<Tab>,
    mails: Vec<Row>,
    /// The words beside the page links, and where they lead.
    pages: PageLinks,
    flow: Flow,
    /// Who alone can open the links in mails, if not everybody can.
    reach: Option<&'static str>,
    /// Which list is empty: "all", "waiting" or "failed".
    showing: &'static str,
}

impl Page for OutboxPage {
    const TEMPLATE: &'static str = "console/outbox/index.html";
    const SECTION: &'static str = "outbox";
}

#[derive(Serialize)]
struct Tab {
    href: &'static str,
    label: &'static str,
    count: Option<String>,
    current: bool,
}

#[derive(Serialize)]
struct PageLinks {
    text: String,
    back: Option<&'static str>,
    next: Option<String>,
}

/// Whether mails leave, for the strip above the list.
#[derive(Serialize)]
struct Flow {
    paused: Option<Stop>,
    can_try: bool,
    held: Option<HeldShown>,
}

impl Flow {
    fn of(flow: MailFlow, role: Role, pages: &Pages<'_>) -> Self {
        let (mut held, mut paused) = (None, None);
        match flow {
            MailFlow::Held(hold) => {
                held = Some(HeldShown {
                    since: pages.when(hold.since),
                    made: hold.made.map(|made| pages.when(made)),
                    can_release: role >= Role::Admin,
                });
            }
            MailFlow::Paused(stop) => {
                paused = Some(Stop {
                    since: pages.when(stop.since),
                    next: pages.when(stop.next),
                    plain: stop.plain,
                    words: stop.words,
                });
            }
            MailFlow::Leaves | MailFlow::Kept | MailFlow::Demo => {}
        }
        Self { can_try: paused.is_some(), paused, held }
    }
}

/// Mails are held after a restore.
#[derive(Serialize)]
struct HeldShown {
    since: When,
    /// Of when the data is, if the backup told.
    made: Option<When>,
    /// Whether the reader may release them.
    can_release: bool,
}

/// What becomes of mails that are held.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Release {
    take_back: String,
}

/// Why no mail leaves.
#[derive(Serialize)]
struct Stop {
    plain: String,
    words: String,
    since: When,
    next: When,
}

/// A mail in the list, which opens.
#[derive(Serialize)]
struct Row {
    href: String,
    subject: String,
    to: String,
    to_name: String,
    state: StateShown,
    at: When,
    tried: String,
    plain: String,
    words: String,
    resend: bool,
    cancel: bool,
}

/// The state of a mail in words and shape.
#[derive(Serialize)]
struct StateShown {
    text: &'static str,
    tone: &'static str,
    icon: &'static str,
    title: String,
    /// Words before the time, such as "Next try".
    lead: &'static str,
}

impl StateShown {
    const fn new(text: &'static str, tone: &'static str, icon: &'static str) -> Self {
        Self { text, tone, icon, title: String::new(), lead: "" }
    }

    /// Never more than we know: a mail was sent only when a server took it.
    fn of(mail: &Mail, flow: &MailFlow, now: jiff::Timestamp) -> Self {
        let soon = |state: &MailState| match state {
            MailState::Waiting { not_before } => now < *not_before,
            _ => false,
        };
        match (&mail.state, flow) {
            (MailState::Accepted { .. }, _) => Self::new("Accepted", "good", "check"),
            (MailState::Failed { .. }, _) => Self::new("Not delivered", "bad", "alert"),
            (MailState::Cancelled { .. }, _) => Self::new("Taken back", "quiet", "undo"),
            (MailState::Waiting { .. }, MailFlow::Held(_)) => Self::new("Held", "warn", "pause"),
            (MailState::Waiting { .. }, MailFlow::Kept | MailFlow::Demo) => {
                Self::new("Kept", "warn", "pause")
            }
            (MailState::Waiting { .. }, MailFlow::Paused(_)) => {
                Self::new("Waiting", "warn", "clock")
            }
            (state, MailFlow::Leaves) if mail.last.is_some() => {
                let lead = if soon(state) { "Next try" } else { "" };
                Self { lead, ..Self::new("Delayed", "warn", "clock") }
            }
            (state, MailFlow::Leaves) if soon(state) => {
                Self { lead: "Leaves", ..Self::new("Waiting", "quiet", "clock") }
            }
            (MailState::Waiting { .. }, MailFlow::Leaves) => Self::new("Sending", "info", "send"),
        }
    }
}

/// The time that the state speaks of.
fn time_of(mail: &Mail, lead: &str) -> jiff::Timestamp {
    match mail.state {
        MailState::Waiting { not_before } if !lead.is_empty() => not_before,
        MailState::Waiting { .. } => mail.made,
        MailState::Accepted { at } | MailState::Failed { at } | MailState::Cancelled { at } => at,
    }
}

/// "Once", "3 times".
fn tried(tries: u32) -> String {
    match tries {
        0 => "Not yet".into(),
        1 => "Once".into(),
        tries => format!("{tries} times"),
    }
}

impl Row {
    /// `idle`: nothing is left of what it tells.
    fn of(mail: &Mail, idle: bool, subject: String, flow: &MailFlow, pages: &Pages<'_>) -> Self {
        let state = match idle {
            true => StateShown::new("Not needed", "quiet", "undo"),
            false => StateShown::of(mail, flow, pages.now()),
        };
        let (plain, words) = match &mail.last {
            _ if idle => (IDLE.to_owned(), String::new()),
            Some(last) => (last.plain.clone(), last.words.clone()),
            None => Default::default(),
        };
        Self {
            href: path_of(mail.id),
            subject,
            to: mail.to.to_string(),
            to_name: mail.to_name.clone(),
            at: pages.when(time_of(mail, state.lead)),
            state,
            tried: tried(mail.tries),
            plain,
            words,
            resend: mail.resendable().is_ok(),
            cancel: mail.waits(),
        }
    }
}

fn path_of(mail: Id<Mail>) -> String {
    format!("/console/outbox/{mail}")
}

/// A link that leads nowhere for most people must not come as a surprise.
fn reach(url: &PublicUrl) -> Option<&'static str> {
    if url.is_loopback() {
        Some(
            "The links in mails work on this machine only. Set a public address in Settings › Address before you invite clients.",
        )
    } else if url.is_private() {
        Some("The links in mails work in your own network only.")
    } else {
        None
    }
}

fn count(count: usize) -> Option<String> {
    match count {
        0 => None,
        count if count > COUNTED => Some("1,000+".into()),
        count => Some(count.to_string()),
    }
}

#[handler]
async fn outbox_page(
    console: Console,
    pages: Pages<'_>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let (firm, flow) = (console.firm()?, console.mail_flow()?);
    let found = console.outbox(asked.show, asked.behind, A_PAGE)?;
    let writer = Writer::new(pages.templates(), &firm);
    let rows = found.mails.iter().map(|mail| {
        let (idle, subject) = (found.idle.contains(&mail.id), writer.subject(&mail.letter)?);
        Ok(Row::of(mail, idle, subject, &flow, &pages))
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let tab =
        |filter, href, label, count| Tab { href, label, count, current: asked.show == filter };
    let (home, showing) = match asked.show {
        MailFilter::All => ("/console/outbox", "all"),
        MailFilter::Waiting => ("/console/outbox?show=waiting", "waiting"),
        MailFilter::Failed => ("/console/outbox?show=failed", "failed"),
    };
    let last = found.mails.last().filter(|_| found.more);
    let next = last.map(|last| format!("/console/outbox?show={showing}&behind={}", last.id));
    pages.show(&OutboxPage {
        tabs: vec![
            tab(MailFilter::All, "/console/outbox", "All", None),
            tab(
                MailFilter::Waiting,
                "/console/outbox?show=waiting",
                "Waiting",
                count(found.waiting),
            ),
            tab(
                MailFilter::Failed,
                "/console/outbox?show=failed",
                "Not delivered",
                count(found.failed),
            ),
        ],
        pages: PageLinks {
            text: match asked.show {
                MailFilter::Waiting => "The first to leave stands first".into(),
                MailFilter::All | MailFilter::Failed => "The newest stands first".into(),
            },
            back: asked.behind.map(|_| home),
            next,
        },
        mails: rows,
        reach: reach(&firm.public_url),
        flow: Flow::of(flow, console.me().role, &pages),
        showing,
    })
}

#[handler]
async fn try_now(console: Console) -> Result<Response> {
    console.try_mail_now();
    Ok(see_other("/console/outbox").flash("The next mail is tried now."))
}

/// The page that asks before held mails are taken back.
#[derive(Serialize)]
struct TakeBackPage {
    back: &'static str,
}

impl Page for TakeBackPage {
    const TEMPLATE: &'static str = "console/outbox/take-back.html";
    const SECTION: &'static str = "outbox";
}

#[handler]
async fn take_back_page(admin: Admin, pages: Pages<'_>) -> Result<Response> {
    match admin.console().mail_flow()? {
        MailFlow::Held(_) => pages.show(&TakeBackPage { back: "/console/outbox" }),
        _ => Err(Error::NotFound),
    }
}

#[handler]
async fn release(admin: Admin, Form(form): Form<Release>) -> Result<Response> {
    let take_back = !form.take_back.is_empty();
    let said = match (admin.release_mails(take_back).await, take_back) {
        (Ok(0), _) => Flash::ok("No mail was waiting. From now on mails leave again."),
        (Ok(1), false) => Flash::ok("The mail that was held leaves now."),
        (Ok(count), false) => Flash::ok(format!("The {count} mails that were held leave now.")),
        (Ok(1), true) => Flash::ok("The mail that was held is taken back. New mails leave again."),
        (Ok(count), true) => Flash::ok(format!(
            "The {count} mails that were held are taken back. New mails leave again."
        )),
        (Err(Error::Refused(why)), _) => Flash::bad(why.into_owned()),
        (Err(other), _) => return Err(other),
    };
    Ok(see_other("/console/outbox").flash(said))
}
