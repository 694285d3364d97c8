//! What stands around every page: who is here, where they can go, what they should know.

use serde::Serialize;

use crate::error::Result;
use crate::model::membership::Areas;
use crate::model::staff::Role;
use crate::model::{Console, MailFlow, Person, Portal};
use crate::values::name::{hue, initials};

/// What stands around every page of an audience.
#[derive(Clone, Debug, Serialize)]
pub struct Frame {
    pub(super) me: Option<Me>,
    nav: Vec<Item>,
    pub(super) banners: Vec<Banner>,
    pub(super) client: Option<Here>,
    pub(super) switcher: Vec<Here>,
    /// The contact as whom a member of staff looks at the portal.
    pub(super) viewing: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Me {
    name: String,
    first_name: String,
    initials: String,
    hue: u8,
    role: Option<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Item {
    section: &'static str,
    href: String,
    label: &'static str,
    icon: &'static str,
    /// Leads there after "g"; empty if none does.
    key: &'static str,
    current: bool,
    count: u32,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Banner {
    tone: &'static str,
    text: String,
    href: &'static str,
    label: &'static str,
}

/// A client of a contact.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Here {
    href: String,
    name: String,
    current: bool,
}

fn item(section: &'static str, href: String, label: &'static str, icon: &'static str) -> Item {
    Item { section, href, label, icon, key: "", current: false, count: 0 }
}

impl Frame {
    /// For strangers.
    pub(super) fn guest() -> Self {
        Self {
            me: None,
            nav: vec![],
            banners: vec![],
            client: None,
            switcher: vec![],
            viewing: None,
        }
    }

    /// The navigation with its current item marked.
    pub(super) fn nav_at(&self, section: &str) -> Vec<Item> {
        let marked = |item: &Item| Item { current: item.section == section, ..item.clone() };
        self.nav.iter().map(marked).collect()
    }

    /// For staff.
    pub(super) fn console(console: &Console) -> Result<Self> {
        let me = console.me();
        let nav = [
            ("today", "/console", "Today", "today", "t"),
            ("inbox", "/console/inbox", "Inbox", "inbox", "i"),
            ("clients", "/console/clients", "Clients", "users", "c"),
            ("requests", "/console/requests", "Requests", "list", "r"),
            ("templates", "/console/templates", "Templates", "template", "e"),
            ("outbox", "/console/outbox", "Outbox", "send", "o"),
            ("team", "/console/team", "Team", "team", "m"),
            ("activity", "/console/activity", "Activity", "activity", "a"),
            ("settings", "/console/settings", "Settings", "settings", "p"),
        ];
        // What somebody may not open is not offered to them.
        let admin = me.role >= Role::Admin;
        let nav = nav.into_iter().filter(|(section, ..)| admin || *section != "settings");
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (waiting, to_review) =
            (number(console.inbox_count()?), number(console.review_count()?));
        let nav = nav.map(|(section, href, label, icon, key)| Item {
            key,
            count: match section {
                "inbox" => waiting,
                "requests" => to_review,
                _ => 0,
            },
            ..item(section, href.into(), label, icon)
        });
        Ok(Self {
            me: Some(Me {
                name: me.name.to_string(),
                first_name: me.first_name().to_owned(),
                initials: initials(me.name.as_str()),
                hue: hue(me.name.as_str()),
                role: Some(me.role.label()),
            }),
            nav: nav.collect(),
            banners: banners(&console.mail_flow()?, admin),
            client: None,
            switcher: vec![],
            viewing: console.viewing()?,
        })
    }

    /// For a contact on a page of their own, outside any client.
    pub(super) fn person(person: &Person) -> Result<Self> {
        let mut frame = Self::contact(person, None)?;
        let open = person.open()?;
        if !open.is_empty() {
            let waiting = person.todo_count()?;
            frame.nav = match open.as_slice() {
                [(only, areas)] => tabs(&format!("/p/{}", only.id), *areas, waiting),
                several => own_tabs(several.iter().any(|(_, areas)| areas.requests), waiting),
            };
        }
        Ok(frame)
    }

    /// For a contact looking at a client, or staff who look as they do.
    pub(super) fn portal(portal: &Portal) -> Result<Self> {
        let client = portal.client();
        let here = Here { href: portal.path(""), name: client.name.to_string(), current: true };
        let mut frame = Self::contact(portal.person(), Some(here))?;
        frame.nav = tabs(&portal.path(""), portal.viewer().areas(), portal.todo_count()?);
        if portal.viewed() {
            frame.viewing = Some(portal.person().me().full_name());
            // Only this portal opens to them.
            frame.switcher.clear();
        }
        Ok(frame)
    }

    /// Path and name of the client this page is of, for a contact of several.
    pub(super) fn one_of_several(&self) -> Option<(&str, &str)> {
        let here = self.client.as_ref().filter(|_| !self.switcher.is_empty())?;
        Some((&here.href, &here.name))
    }

    fn contact(person: &Person, here: Option<Here>) -> Result<Self> {
        let me = person.me();
        let clients = person.clients()?;
        let switcher = if clients.len() > 1 {
            let entry = |client: &crate::model::client::Client| {
                let href = format!("/p/{}", client.id);
                let current = here.as_ref().is_some_and(|here| here.href == href);
                Here { href, name: client.name.to_string(), current }
            };
            clients.iter().map(entry).collect()
        } else {
            vec![]
        };
        let name = me.full_name();
        Ok(Self {
            me: Some(Me {
                first_name: me.first.to_string(),
                initials: initials(&name),
                hue: hue(&name),
                name,
                role: None,
            }),
            nav: vec![],
            banners: vec![],
            client: here,
            switcher,
            viewing: None,
        })
    }
}

/// The tabs of one client's portal: those of the parts its contact may use. So many requests wait for them.
fn tabs(home: &str, areas: Areas, waiting: usize) -> Vec<Item> {
    let mut tabs = vec![item("home", home.to_owned(), "Home", "home")];
    if areas.requests {
        tabs.push(todo_tab(format!("{home}/todo"), waiting));
    }
    if areas.files {
        tabs.push(item("files", format!("{home}/files"), "Files", "folder"));
    }
    tabs
}

/// The tabs of somebody of several clients, outside any of them: the way to each, and what waits at all together.
fn own_tabs(asked: bool, waiting: usize) -> Vec<Item> {
    let home = item("home", "/p/choose".to_owned(), "Home", "home");
    let todo = asked.then(|| todo_tab("/p/todo".to_owned(), waiting));
    std::iter::once(home).chain(todo).collect()
}

fn todo_tab(href: String, waiting: usize) -> Item {
    let count = u32::try_from(waiting).unwrap_or(u32::MAX);
    Item { count, ..item("todo", href, "To-do", "list") }
}

fn banners(flow: &MailFlow, admin: bool) -> Vec<Banner> {
    let (tone, text, label) = match flow {
        MailFlow::Leaves => return vec![],
        MailFlow::Demo => {
            let text = "This is a demonstration. Its mails stay in the outbox and never leave this machine.";
            ("info", text.to_owned(), "Outbox")
        }
        MailFlow::Kept => {
            let label = if admin { "Connect e-mail" } else { "Outbox" };
            let text = "E-mail is not connected yet. Mails wait in the outbox until it is.";
            ("warn", text.to_owned(), label)
        }
        MailFlow::Held(_) => {
            let text = "The data was restored from a backup. No mail leaves until an Admin releases the mails.";
            ("warn", text.to_owned(), "Outbox")
        }
        MailFlow::Paused(paused) => {
            ("bad", format!("No mail leaves at present. {}", paused.plain), "Outbox")
        }
    };
    let href = if label == "Outbox" { "/console/outbox" } else { "/console/settings/email" };
    vec![Banner { tone, text, href, label }]
}
