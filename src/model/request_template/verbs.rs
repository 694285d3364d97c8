//! Saving, changing and deleting templates.

use std::ops::ControlFlow;

use super::{Blueprint, NewRequestTemplate, RelativeDue, RequestTemplate};
use crate::error::{Error, Result};
use crate::model::admin::Admin;
use crate::model::console::Console;
use crate::model::db::{Record as _, Records, Write};
use crate::model::edition::{check_edition, edition};
use crate::model::id::Id;
use crate::model::request::{Ask, Request, Stage, Whole};
use crate::values::{Day, Instructions, Label, Title, sort_key};

/// The title of a request that is made of nothing.
const UNTITLED: &str = "New request";

impl Blueprint {
    /// What a request asks that is made of nothing.
    #[must_use]
    pub fn blank() -> Self {
        Self {
            title: Title::parse(UNTITLED).expect("these are two words"),
            instructions: Instructions::default(),
            items: Vec::new(),
            due: RelativeDue::None,
            reminders: None,
        }
    }

    /// Whether it is the title of what was made of nothing, so that nobody has said yet what is needed.
    #[must_use]
    pub fn is_untitled(title: &Title) -> bool {
        title.as_str() == UNTITLED
    }

    /// What a request asks, to be asked again: of whom and what was answered is left out.
    pub(in crate::model) fn of(whole: &Whole, sent: Day) -> Self {
        Self {
            title: whole.request.title.clone(),
            instructions: whole.sheet.instructions.clone(),
            items: whole.sheet.entries.iter().map(|entry| entry.item.clone()).collect(),
            due: RelativeDue::between(sent, whole.request.due),
            reminders: whole.request.reminders.rule.clone(),
        }
    }

    /// Without what belongs to one client: folders and files.
    #[must_use]
    pub fn for_any_client(mut self) -> Self {
        for item in &mut self.items {
            match &mut item.ask {
                Ask::Upload { folder, .. } => *folder = None,
                Ask::Read { file } => *file = None,
                Ask::Question(_) | Ask::Confirm { .. } => {}
            }
        }
        self
    }
}

impl RequestTemplate {
    /// Changes with every edit: a form carries it, so that nobody's edit is overwritten unseen.
    #[must_use]
    pub fn edition(&self) -> String {
        edition(self)
    }
}

impl Console {
    /// The firm's own templates of requests, by name.
    pub fn request_templates(&self) -> Result<Vec<RequestTemplate>> {
        let mut templates: Vec<RequestTemplate> = self.read(|r| r.every())?;
        templates.sort_by_cached_key(|template| sort_key(template.name.as_str()));
        Ok(templates)
    }

    /// One of them.
    pub fn request_template(&self, id: Id<RequestTemplate>) -> Result<RequestTemplate> {
        self.read(|r| r.need(id))
    }

    /// What a request asks, to be saved as a template. Its dates count from the day of sending; files and folders, which
    /// are the client's own, are left out.
    pub fn request_as_blueprint(&self, id: Id<Request>) -> Result<Blueprint> {
        let firm = self.firm()?;
        let whole = self.read(|r| Whole::need(r, id))?;
        let sent = match &whole.request.stage {
            Stage::Draft => self.now(),
            stage => stage.sent().unwrap_or(whole.request.made),
        };
        Ok(Blueprint::of(&whole, Day::at(sent, firm.zone.tz())).for_any_client())
    }
}

impl Admin {
    /// Saves a template: a new one, or another shape of one that is there, whose [`RequestTemplate::edition`] was `seen`.
    /// `once` makes twenty clicks one.
    pub async fn save_request_template(
        &self,
        id: Option<Id<RequestTemplate>>,
        new: NewRequestTemplate,
        seen: String,
        once: String,
    ) -> Result<Id<RequestTemplate>> {
        let by = self.console().me().id;
        let NewRequestTemplate { name, blueprint } = new;
        let new = NewRequestTemplate { name, blueprint: blueprint.for_any_client() };
        new.check()?;
        let write = move |tx: &mut Write<'_, '_>| {
            if let Some(id) = id {
                let old: RequestTemplate = tx.need(id)?;
                check_edition(&seen, &old.edition())?;
                if (&old.name, &old.blueprint) == (&new.name, &new.blueprint) {
                    return Ok(id);
                }
            }
            check_name(tx, &new.name, id)?;
            let (id, changed) = (id.unwrap_or_else(|| tx.id()), tx.now());
            let what = format!("saved the request template {}", new.name);
            let NewRequestTemplate { name, blueprint } = new;
            tx.put(&RequestTemplate { id, name, blueprint, by, changed })?;
            tx.say("request-template-saved", None, what)?;
            Ok(id)
        };
        self.console().write(move |tx| tx.once(&once, write)).await
    }

    /// Deletes a template. What was made of it stays, and what comes again goes on. Gives its name.
    pub async fn delete_request_template(&self, id: Id<RequestTemplate>) -> Result<Label> {
        let write = move |tx: &mut Write<'_, '_>| {
            let template: RequestTemplate = tx.need(id)?;
            tx.delete(template.id())?;
            let what = format!("deleted the request template {}", template.name);
            tx.say("request-template-deleted", None, what)?;
            Ok(template.name)
        };
        self.console().write(write).await
    }
}

/// Templates are chosen by name, so each has its own.
fn check_name(tx: &Write<'_, '_>, name: &Label, but: Option<Id<RequestTemplate>>) -> Result<()> {
    let (key, mut taken) = (sort_key(name.as_str()), false);
    tx.all(|other: RequestTemplate| {
        taken = Some(other.id) != but && sort_key(other.name.as_str()) == key;
        if taken { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if taken {
        let why = "There is a request template of this name already. Choose another";
        return Err(Error::field("name", why));
    }
    Ok(())
}
