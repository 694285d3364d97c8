//! Today: what a new firm has still to do, what needs somebody, what is due, and what happened last.

mod requests;

use poem::{Response, handler};
use serde::Serialize;

use self::requests::DueSoon;
use super::activity::{EntryShown, entries};
use crate::doctor::alarms;
use crate::error::Result;
use crate::http::pages::{Page, Pages, When};
use crate::http::routes::Routes;
use crate::model::backups::runs::{BackupState, Trouble};
use crate::model::staff::Role;
use crate::model::{Admin, Console, FirstSteps, INBOX_MOST, InboxOrder, Stuck, Why};
use crate::values::size;

pub(super) fn routes() -> Routes {
    Routes::default().get("/console", today_page)
}

/// Rows under "Needs you".
const MOST_STUCK: usize = 10;
/// Entries of the activity beside them.
const LAST_ENTRIES: usize = 8;

#[derive(Serialize)]
struct TodayPage {
    greeting: &'static str,
    first_name: String,
    today: String,
    /// Empty once all of them are done.
    steps: Vec<Step>,
    steps_left: usize,
    stuck: Vec<StuckShown>,
    /// None while nothing is due.
    due: Option<DueSoon>,
    backups: Option<BackupsShown>,
    /// What is wrong with the certificate, for those who can do something about it.
    certificate: Option<String>,
    activity: Vec<EntryShown>,
}

/// One of a new firm's first steps.
#[derive(Serialize)]
struct Step {
    done: bool,
    title: &'static str,
    why: &'static str,
    href: &'static str,
}

/// Something that somebody should look at.
#[derive(Serialize)]
struct StuckShown {
    tone: &'static str,
    icon: &'static str,
    title: String,
    about: String,
    href: String,
    since: When,
}

/// How backups stand, for those who can do something about them.
#[derive(Serialize)]
struct BackupsShown {
    last: Option<When>,
    size: String,
    verified: Option<When>,
}

impl BackupsShown {
    fn of(state: &BackupState, pages: &Pages<'_>) -> Self {
        let made = state.newest.as_ref().and_then(|run| run.made());
        Self {
            last: state.newest.as_ref().map(|run| pages.when(run.started)),
            size: made.map(|made| size(made.bytes)).unwrap_or_default(),
            verified: state.verified.map(|at| pages.when(at)),
        }
    }
}

/// What of Today is for those alone who look after the server.
#[derive(Default)]
struct ServerShown {
    stuck: Vec<StuckShown>,
    backups: Option<BackupsShown>,
    certificate: Option<String>,
}

impl ServerShown {
    fn of(admin: &Admin, pages: &Pages<'_>) -> Result<Self> {
        let backups = admin.backup_state()?;
        let trouble = backups.trouble.clone();
        let trouble = trouble.map(|(what, since)| StuckShown::of_backup(what, since, pages));
        Ok(Self {
            stuck: health(admin, pages)?.into_iter().chain(trouble).collect(),
            backups: Some(BackupsShown::of(&backups, pages)).filter(|_| backups.on),
            certificate: admin.certificate_status()?.warning,
        })
    }
}

impl Page for TodayPage {
    const TEMPLATE: &'static str = "console/today.html";
    const SECTION: &'static str = "today";
}

#[handler]
async fn today_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    let steps = steps(&console.first_steps()?, console.me().role);
    let steps_left = steps.iter().filter(|step| !step.done).count();
    let times = pages.times();
    let stuck = console.stuck_invites(MOST_STUCK)?.into_iter();
    let stuck = stuck.map(|one| StuckShown::of(one, &pages));
    let first_name = console.me().first_name().to_owned();
    let last = console.activity(None, None, LAST_ENTRIES)?.entries;
    let activity = entries(&console, &pages, last);
    let uploads = uploads(&console, &pages)?;
    let (due, came_in) = requests::requests(&console, &pages)?;
    let server = match console.admin() {
        Ok(admin) => ServerShown::of(&admin, &pages)?,
        Err(_) => ServerShown::default(),
    };
    pages.show(&TodayPage {
        greeting: times.greeting(),
        first_name,
        today: times.weekday(pages.now()),
        steps: if steps_left == 0 { vec![] } else { steps },
        steps_left,
        stuck: server.stuck.into_iter().chain(uploads).chain(came_in).chain(stuck).collect(),
        due,
        backups: server.backups,
        certificate: server.certificate,
        activity,
    })
}

/// What the doctor would not keep to itself, as one row.
fn health(admin: &Admin, pages: &Pages<'_>) -> Result<Option<StuckShown>> {
    let last = admin.last_checkup();
    let alarms = alarms(&admin.vitals()?, last.as_deref());
    let (title, about) = match alarms.as_slice() {
        [] => return Ok(None),
        [one] => (format!("{} needs care", one.title), one.found.clone()),
        all => {
            let titles: Vec<&str> = all.iter().map(|one| one.title).collect();
            (format!("{} things about the server need care", all.len()), titles.join(", "))
        }
    };
    Ok(Some(StuckShown {
        tone: "bad",
        icon: "alert",
        title,
        about,
        href: "/console/settings/health".to_owned(),
        since: pages.when(pages.now()),
    }))
}

/// What clients added and nobody has looked at.
fn uploads(console: &Console, pages: &Pages<'_>) -> Result<Option<StuckShown>> {
    let Some(first) = console.inbox(InboxOrder::Oldest, None, 1)?.rows.into_iter().next() else {
        return Ok(None);
    };
    let title = match console.inbox_count()? {
        0 | 1 => format!("{} from {} waits in the Inbox", first.file.name, first.file.by.name),
        INBOX_MOST => format!("{INBOX_MOST} uploads or more wait in the Inbox"),
        many => format!("{many} uploads wait in the Inbox"),
    };
    Ok(Some(StuckShown {
        tone: "info",
        icon: "inbox",
        title,
        about: format!("{}. Nobody has looked yet", first.client_name),
        href: "/console/inbox".to_owned(),
        since: pages.when(first.file.added),
    }))
}

/// The steps that somebody of this role can take here.
fn steps(done: &FirstSteps, role: Role) -> Vec<Step> {
    let (admin, owner) = (role >= Role::Admin, role >= Role::Owner);
    let all = [
        step(
            admin,
            Some(done.address),
            "Set the public address",
            "Links in mails lead to this machine only until you do",
            "/console/settings/address",
        ),
        step(
            admin,
            done.encryption,
            "Get a certificate",
            "Browsers warn of this server until you choose where it comes from",
            "/console/settings/address",
        ),
        step(
            admin,
            done.mail,
            "Connect e-mail",
            "Until then, mails wait in the outbox",
            "/console/settings/email",
        ),
        step(
            true,
            Some(done.client),
            "Add your first client",
            "With the people you write to there",
            "/console/clients/new",
        ),
        step(
            true,
            Some(done.invite),
            "Invite a contact to the portal",
            "Open a client, then Contacts",
            "/console/clients",
        ),
        step(
            admin,
            done.backups,
            "Turn on backups",
            "A copy of everything, made every night",
            "/console/settings/backup",
        ),
        step(
            admin,
            Some(done.logo),
            "Add your logo",
            "Clients see it on every page",
            "/console/settings/brand",
        ),
        step(
            owner,
            Some(done.team),
            "Invite your team",
            "Everybody has a log-in of their own",
            "/console/team/invite",
        ),
    ];
    all.into_iter().flatten().collect()
}

/// None for whoever may not take it, or where there is no use for it.
fn step(
    may: bool,
    done: Option<bool>,
    title: &'static str,
    why: &'static str,
    href: &'static str,
) -> Option<Step> {
    done.filter(|_| may).map(|done| Step { done, title, why, href })
}

impl StuckShown {
    fn of_backup(what: Trouble, since: jiff::Timestamp, pages: &Pages<'_>) -> Self {
        let (title, about) = match what {
            Trouble::Failed(why) => ("The last backup failed", why),
            Trouble::NotRestored(why) => ("The newest backup does not restore", why),
        };
        Self {
            tone: "bad",
            icon: "alert",
            title: title.to_owned(),
            about,
            href: "/console/settings/backup".to_owned(),
            since: pages.when(since),
        }
    }

    fn of(stuck: Stuck, pages: &Pages<'_>) -> Self {
        let name = stuck.name;
        let (tone, icon, title, more) = match stuck.why {
            Why::Failed(plain) => {
                ("bad", "alert", format!("The invite to {name} could not be delivered"), plain)
            }
            Why::Expired => {
                ("warn", "clock", format!("The invite to {name} has expired"), String::new())
            }
            Why::Restored => (
                "warn",
                "mail",
                format!("The invite to {name} ended with the restore"),
                "Invite them again".to_owned(),
            ),
            Why::Quiet => ("info", "mail", format!("{name} has never logged in"), String::new()),
        };
        let (client, href) = match (stuck.client, stuck.contact) {
            (Some((client, name)), Some(contact)) => {
                (name.to_string(), format!("/console/clients/{client}/contacts#{contact}"))
            }
            _ => ("Your team".to_owned(), "/console/team".to_owned()),
        };
        let about = if more.is_empty() { client } else { format!("{client}. {more}") };
        Self { tone, icon, title, about, href, since: pages.when(stuck.since) }
    }
}
