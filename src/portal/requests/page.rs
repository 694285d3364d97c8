//! The page of a request.

use std::collections::HashMap;

use serde::Serialize;

use super::item::{Around, CommentShown, FileShown, ItemShown};
use super::saving::Problems;
use super::sent::{Sent, answer_field, say_field};
use crate::error::{Fields, Result};
use crate::http::file_drop::FileDrop;
use crate::http::pages::{Page, Pages, When};
use crate::model::request::{PortalItemState, PortalRequest, PortalSheet, PortalStage};
use crate::model::{Portal, fresh_once};
use crate::portal::todo::Due;

#[derive(Serialize)]
pub(super) struct RequestPage {
    back: String,
    here: String,
    title: String,
    instructions: String,
    due: Option<Due>,
    from: String,
    /// The day it was sent: "November 16".
    sent: String,
    task: bool,
    /// Whether whoever looks may work on it.
    open: bool,
    /// Whether they may write to it.
    may_say: bool,
    standing: Option<Standing>,
    receipt: Option<String>,
    done: u16,
    of: u16,
    /// "2 items open, 1 of them optional."
    left: String,
    attached: Vec<FileShown>,
    items: Vec<ItemShown>,
    comments: Vec<CommentShown>,
    history: Vec<HistoryShown>,
    /// A message that was typed and not sent.
    say: String,
    /// Files that came with it.
    say_with: Vec<FileShown>,
    /// Texts that were typed for what is not asked any more.
    left_over: Vec<String>,
    /// What should be known although all is well.
    note: Option<&'static str>,
    drop: FileDrop,
    /// What begins the fields of an upload from this page.
    upload_fields: String,
    once: String,
    live: String,
    form: Form,
    wrong: Vec<Wrong>,
    /// Whether answers are missing: what was answered is kept all the same.
    missing: bool,
}

/// For the title of the page.
#[derive(Serialize)]
struct Form {
    errors: Fields,
}

/// Something that is wrong or came back, for what stands above the form.
#[derive(Serialize)]
struct Wrong {
    /// Where it is mended; none if at no place in particular.
    href: Option<String>,
    text: String,
}

/// What is wrong, in the order of the page.
fn wrong(sheet: &PortalSheet, problems: &Problems) -> Vec<Wrong> {
    let numbers = || sheet.items.iter().map(|item| item.number);
    let above: HashMap<_, _> =
        problems.missing.iter().map(|(number, text)| (answer_field(*number), text)).collect();
    let of_items = numbers().flat_map(|number| [answer_field(number), say_field(Some(number))]);
    let fields = std::iter::once("form".to_owned()).chain(of_items).chain([say_field(None)]);
    let wrong = fields.filter_map(|field| {
        let beside = problems.errors.get(field.as_str())?;
        let text = above.get(&field).map_or(beside, |above| *above).clone();
        let href = (field != "form").then(|| format!("#f-{field}"));
        Some(Wrong { href, text })
    });
    let disagrees = numbers().filter_map(|number| {
        let text = match (problems.conflicts.get(&number), problems.changed.contains(&number)) {
            (Some(Some(theirs)), _) if theirs.mine => {
                "You answered this elsewhere meanwhile".to_owned()
            }
            (Some(Some(theirs)), _) => format!("{} answered this meanwhile", theirs.by),
            (Some(None), _) => "This answer was taken back meanwhile".to_owned(),
            (None, true) => "What is asked here has changed".to_owned(),
            (None, false) => return None,
        };
        Some(Wrong { href: Some(format!("#item-{number}")), text })
    });
    wrong.chain(disagrees).collect()
}

/// Where the whole request stands.
#[derive(Serialize)]
struct Standing {
    text: String,
    tone: &'static str,
    icon: &'static str,
    /// The items that it speaks of.
    items: Vec<Wrong>,
}

#[derive(Serialize)]
struct HistoryShown {
    by: String,
    at: When,
    text: String,
}

impl Page for RequestPage {
    const TEMPLATE: &'static str = "portal/requests/show.html";
    const SECTION: &'static str = "todo";
}

/// What somebody typed that is shown again, and what was wrong with it.
#[derive(Default)]
pub(super) struct Again {
    pub(super) problems: Problems,
    pub(super) sent: Sent,
    pub(super) note: Option<&'static str>,
}

/// Where a request is.
pub(super) fn path(portal: &Portal, request: &PortalRequest) -> String {
    portal.path(&format!("/requests/{}", request.id))
}

impl RequestPage {
    pub(super) fn of(
        portal: &Portal,
        pages: &Pages<'_>,
        sheet: &PortalSheet,
        again: &Again,
    ) -> Result<Self> {
        let request = &sheet.request;
        let firm = portal.person().firm()?;
        let open = sheet.open && !portal.viewed();
        let limits = portal.upload_limits()?;
        let drop = FileDrop::new(&portal.path(""), limits.largest, "");
        let Again { problems, sent, note } = again;
        let around = Around { portal, pages, problems, sent, open, largest: &drop.largest };
        let items: Vec<_> = sheet.items.iter().map(|item| ItemShown::of(item, &around)).collect();
        let due = request.due.filter(|_| request.stage.open());
        let today = portal.today()?;
        Ok(Self {
            back: portal.path("/todo"),
            here: path(portal, request),
            title: request.title.to_string(),
            instructions: sheet.instructions.to_string(),
            due: due.map(|due| Due::of(due, today, pages.times().style)),
            from: request.from.clone(),
            sent: pages.day(request.sent),
            task: request.task,
            open,
            may_say: !portal.viewed() && request.stage != PortalStage::Withdrawn,
            standing: Standing::of(sheet, firm.name.as_str(), pages),
            receipt: sheet.has_receipt.then(|| format!("{}/receipt", path(portal, request))),
            done: request.done,
            of: request.of,
            left: left(&items),
            attached: sheet.attached.iter().map(|file| FileShown::of(file, portal)).collect(),
            comments: sheet.comments.iter().map(|c| CommentShown::of(c, portal, pages)).collect(),
            history: history(sheet, pages),
            say: sent.one(&say_field(None)).to_owned(),
            say_with: around.say_with(None),
            left_over: problems.left_over.clone(),
            note: *note,
            upload_fields: format!("request={}", request.id),
            drop,
            once: fresh_once(),
            live: portal.path(&format!("/live?request={}", request.id)),
            wrong: wrong(sheet, problems),
            missing: !problems.missing.is_empty(),
            form: Form { errors: problems.errors.clone() },
            items,
        })
    }
}

fn history(sheet: &PortalSheet, pages: &Pages<'_>) -> Vec<HistoryShown> {
    let shown = sheet.history.iter().map(|change| HistoryShown {
        by: match &change.by {
            _ if change.mine => "You".to_owned(),
            Some(by) => by.clone(),
            None => String::new(),
        },
        at: pages.when(change.at),
        text: change.text.clone(),
    });
    shown.rev().collect()
}

/// How much is still to do.
fn left(items: &[ItemShown]) -> String {
    let open: Vec<_> = items.iter().filter(|item| item.open && !item.done).collect();
    let optional = open.iter().filter(|item| item.is_optional()).count();
    let items = |many| if many == 1 { "1 item".to_owned() } else { format!("{many} items") };
    match (open.len(), optional) {
        (0, _) => "Everything is there.".to_owned(),
        (many, 0) => format!("{} open.", items(many)),
        (1, _) => "1 item open, and it is optional.".to_owned(),
        (many, optional) if many == optional => {
            format!("{} open, all of them optional.", items(many))
        }
        (many, optional) => format!("{} open, {optional} of them optional.", items(many)),
    }
}

impl Standing {
    fn of(sheet: &PortalSheet, firm: &str, pages: &Pages<'_>) -> Option<Self> {
        let request = &sheet.request;
        let by = request.ended_by.as_deref().unwrap_or(firm);
        let day = request.ended.map(|at| pages.day(at)).unwrap_or_default();
        let standing = |text, tone, icon| Some(Self { text, tone, icon, items: Vec::new() });
        match request.stage {
            PortalStage::HandedIn => {
                let text = format!(
                    "{by} sent this on {day}. {firm} looks at it, and tells you here and by e-mail if anything is missing."
                );
                standing(text, "info", "clock")
            }
            PortalStage::Completed if request.task => {
                standing(format!("{by} marked this as done on {day}."), "good", "done")
            }
            PortalStage::Completed => {
                let text = format!(
                    "Completed on {day}. {firm} has everything, and there is nothing left to do."
                );
                standing(text, "good", "done")
            }
            PortalStage::Withdrawn => {
                let text =
                    format!("{firm} does not need this any more. There is nothing for you to do.");
                standing(text, "quiet", "info")
            }
            PortalStage::InProgress if request.returned > 0 => {
                let what = match request.returned {
                    1 => "one thing".to_owned(),
                    many => format!("{many} things"),
                };
                let text = format!(
                    "{firm} has looked at this and sent {what} back to you. Change what is marked and send it again."
                );
                let items = sheet.items.iter().filter(|item| item.open && !item.done);
                let items = items.filter(|i| matches!(i.state, PortalItemState::Returned { .. }));
                let items = items.map(|item| Wrong {
                    href: Some(format!("#item-{}", item.number)),
                    text: item.title.to_string(),
                });
                Some(Self { text, tone: "warn", icon: "alert", items: items.collect() })
            }
            PortalStage::Todo | PortalStage::InProgress => None,
        }
    }
}
