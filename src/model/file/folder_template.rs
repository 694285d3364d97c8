//! Folder templates: trees of folders that the firm makes again and again, such as one for each tax year.

use std::collections::HashSet;
use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::place::{add_folder, folders_in, place, taken};
use super::{Audience, Author};
use crate::error::{Error, Result};
use crate::model::admin::Admin;
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Records, Write, record};
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::values::{FolderName, Label, sort_key};

/// What stands for the year in the name of a folder.
const YEAR: &str = "{year}";
/// The most folders of a template.
const MOST: usize = 200;
/// The most folders of a template in each other.
const MOST_DEEP: usize = 8;

/// A tree of folders with a name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FolderTemplate {
    /// Its id.
    pub id: Id<FolderTemplate>,
    /// As the list shows it.
    pub name: Label,
    /// The folders.
    pub tree: FolderTree,
    /// Whether everyone at the client sees what staff add to them; otherwise it is internal to the firm.
    pub everyone: bool,
    /// Who saved it last.
    pub by: Author,
    /// When.
    pub changed: Timestamp,
}

record!(FolderTemplate, "ft", "folder-templates");

/// Folders in each other. In a form one stands on each line, under the one it lies in and two blanks further in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderTree(Vec<TreeFolder>);

/// A folder of a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeFolder {
    /// What it is called; `{year}` stands for the year.
    pub name: FolderName,
    /// How many folders it lies in.
    pub depth: usize,
}

/// A tree that comes with the product.
#[derive(Clone, Copy, Debug)]
pub struct FolderPreset {
    /// How forms name it.
    pub key: &'static str,
    /// As the list shows it.
    pub name: &'static str,
    /// The folders, as [`FolderTree::parse`] reads them.
    pub tree: &'static str,
    /// Whether everyone at the client sees what staff add to them.
    pub everyone: bool,
}

/// All presets, in the order of the list.
pub const FOLDER_PRESETS: &[FolderPreset] = &[
    FolderPreset {
        key: "tax-year",
        name: "A tax year",
        tree: "{year}\n  From you\n  Tax return\n  Accounts\n  Letters",
        everyone: true,
    },
    FolderPreset {
        key: "business-year",
        name: "A year of a business",
        tree: "{year}\n  Bank statements\n  Sales\n  Purchases\n  Payroll\n  VAT\n    Quarter 1\n    Quarter 2\n    \
               Quarter 3\n    Quarter 4\n  Annual accounts\n  Tax return",
        everyone: true,
    },
    FolderPreset {
        key: "working-papers",
        name: "Working papers of the firm",
        tree: "Working papers {year}\n  Planning\n  Checks\n  Review",
        everyone: false,
    },
];

impl FolderPreset {
    /// The preset of this key.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        FOLDER_PRESETS.iter().find(|preset| preset.key == key)
    }
}

impl FolderTree {
    /// The tree that was typed, or what to do about it.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (mut folders, mut open) = (Vec::new(), Vec::<usize>::new());
        for (at, line) in typed.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let name = FolderName::parse(line).map_err(|why| format!("Line {}: {why}", at + 1))?;
            let blanks = line.chars().take_while(|c| c.is_whitespace());
            let indent = blanks.map(|c| if c == '\t' { 2 } else { 1 }).sum();
            while open.last().is_some_and(|last| *last >= indent) {
                open.pop();
            }
            folders.push(TreeFolder { name, depth: open.len() });
            open.push(indent);
        }
        Self(folders).checked()
    }

    fn checked(self) -> Result<Self, String> {
        let mut way: Vec<String> = Vec::new();
        let mut seen = HashSet::new();
        for folder in &self.0 {
            way.truncate(folder.depth);
            way.push(folder.name.same_key());
            if !seen.insert(way.clone()) {
                return Err(format!("“{}” stands twice in the same folder", folder.name));
            }
        }
        let deepest = self.0.iter().map(|folder| folder.depth).max();
        match deepest {
            None => Err("Write at least one folder".into()),
            Some(depth) if depth >= MOST_DEEP => {
                Err(format!("Folders of a template lie at most {MOST_DEEP} deep in each other"))
            }
            Some(_) if self.0.len() > MOST => Err(format!("A template has at most {MOST} folders")),
            Some(_) => Ok(self),
        }
    }

    /// As it is typed.
    #[must_use]
    pub fn as_text(&self) -> String {
        let line = |folder: &TreeFolder| format!("{}{}\n", "  ".repeat(folder.depth), folder.name);
        self.0.iter().map(line).collect()
    }

    /// The folders, each behind the one it lies in.
    #[must_use]
    pub fn folders(&self) -> &[TreeFolder] {
        &self.0
    }

    /// Whether a year must be given to use it.
    #[must_use]
    pub fn has_year(&self) -> bool {
        self.0.iter().any(|folder| folder.name.as_str().contains(YEAR))
    }
}

/// What staff fill in of a folder template.
#[derive(Clone, Debug)]
pub struct NewFolderTemplate {
    /// As the list shows it.
    pub name: Label,
    /// The folders.
    pub tree: FolderTree,
    /// Whether everyone at the client sees what staff add to them.
    pub everyone: bool,
}

/// Which tree is used.
#[derive(Clone, Copy, Debug)]
pub enum TemplateChoice {
    /// One of the firm's own.
    Own(Id<FolderTemplate>),
    /// One that comes with the product.
    Preset(&'static FolderPreset),
}

impl Console {
    /// The firm's own folder templates, by name.
    pub fn folder_templates(&self) -> Result<Vec<FolderTemplate>> {
        let mut templates: Vec<FolderTemplate> = self.read(|r| r.every())?;
        templates.sort_by_cached_key(|template| sort_key(template.name.as_str()));
        Ok(templates)
    }

    /// One of the firm's own folder templates.
    pub fn folder_template(&self, id: Id<FolderTemplate>) -> Result<FolderTemplate> {
        self.read(|r| r.need(id))
    }

    /// The folders that a client has in a folder, to be saved as a template; none is all of them.
    pub fn folders_as_tree(
        &self,
        client: Id<Client>,
        from: Option<Id<Folder>>,
    ) -> Result<FolderTree> {
        self.read(|r| {
            r.need(client)?;
            place(r, client, from)?;
            let (mut tree, mut stack) = (Vec::new(), vec![]);
            let inside = |folder, depth| -> Result<Vec<(Id<Folder>, usize)>> {
                let ids = folders_in(r, client, folder)?;
                Ok(ids.into_iter().rev().map(|id| (id, depth)).collect())
            };
            stack.extend(inside(from, 0)?);
            while let Some((id, depth)) = stack.pop() {
                let folder: Folder = r.need(id)?;
                tree.push(TreeFolder { name: folder.name, depth });
                stack.extend(inside(Some(id), depth + 1)?);
            }
            FolderTree(tree).checked().map_err(Error::refused)
        })
    }

    /// Makes the folders of a template in a folder of a client; none is the top. Those that are there already stay as they
    /// are. Says how many were made. `once` makes twenty clicks one.
    pub async fn apply_folder_template(
        &self,
        client: Id<Client>,
        into: Option<Id<Folder>>,
        template: TemplateChoice,
        year: Option<i16>,
        once: String,
    ) -> Result<usize> {
        let by = Author::of(self.me());
        self.write(move |tx| {
            tx.once(&once, |tx| {
                tx.need(client)?;
                place(tx, client, into)?;
                let (name, tree, everyone) = chosen(tx, template)?;
                let names = named(&tree, year)?;
                let audience = if everyone { Audience::Everyone } else { Audience::Firm };
                let made = make(tx, (client, into), &names, &audience, &by)?;
                if made == 0 {
                    tx.unsaid("all of them were there");
                } else {
                    let plural = if made == 1 { "" } else { "s" };
                    let what = format!("made {made} folder{plural} from the template {name}");
                    tx.say("folders-made", Some(client), what)?;
                }
                Ok(made)
            })
        })
        .await
    }
}

fn chosen(r: &impl Records, template: TemplateChoice) -> Result<(String, FolderTree, bool)> {
    match template {
        TemplateChoice::Own(id) => {
            let own: FolderTemplate = r.need(id)?;
            Ok((own.name.to_string(), own.tree, own.everyone))
        }
        TemplateChoice::Preset(preset) => {
            let tree = FolderTree::parse(preset.tree).map_err(Error::bug)?;
            Ok((preset.name.to_owned(), tree, preset.everyone))
        }
    }
}

/// The folders with the year in their names.
fn named(tree: &FolderTree, year: Option<i16>) -> Result<Vec<TreeFolder>> {
    if tree.has_year() && year.is_none() {
        return Err(Error::field("year", "Give the year that the folders are for"));
    }
    let year = year.map(|year| year.to_string()).unwrap_or_default();
    let name = |folder: &TreeFolder| {
        let name = FolderName::parse(&folder.name.as_str().replace(YEAR, &year));
        let name = name.map_err(|why| Error::field("year", why))?;
        Ok(TreeFolder { name, depth: folder.depth })
    };
    tree.0.iter().map(name).collect()
}

/// Says how many were not there before.
fn make(
    tx: &mut Write<'_, '_>,
    (client, into): (Id<Client>, Option<Id<Folder>>),
    folders: &[TreeFolder],
    audience: &Audience,
    by: &Author,
) -> Result<usize> {
    let (mut way, mut made) = (vec![into], 0);
    for folder in folders {
        way.truncate(folder.depth + 1);
        let parent = *way.last().expect("the first one is never taken off");
        let here = match taken(tx, client, parent, &folder.name)? {
            Some(there) => there,
            None => {
                made += 1;
                let (place, name) = ((client, parent), folder.name.clone());
                add_folder(tx, place, name, audience.clone(), by)?
            }
        };
        way.push(Some(here.id));
    }
    Ok(made)
}

impl Admin {
    /// Saves a folder template: a new one, or another shape of one that is there. The same form sent twice saves one.
    pub async fn save_folder_template(
        &self,
        id: Option<Id<FolderTemplate>>,
        new: NewFolderTemplate,
    ) -> Result<Id<FolderTemplate>> {
        let by = Author::of(self.console().me());
        let write = move |tx: &mut Write<'_, '_>| {
            if let Some(id) = id {
                tx.need(id)?;
            }
            let NewFolderTemplate { name, tree, everyone } = new;
            if let Some(other) = of_name(tx, &name)?.filter(|other| Some(other.id) != id) {
                if id.is_none() && (&other.tree, other.everyone) == (&tree, everyone) {
                    return Ok(other.id);
                }
                return Err(Error::field("name", "Another folder template has this name"));
            }
            let (id, changed) = (id.unwrap_or_else(|| tx.id()), tx.now());
            let what = format!("saved the folder template {name}");
            tx.put(&FolderTemplate { id, name, tree, everyone, by, changed })?;
            tx.say("folder-template-saved", None, what)?;
            Ok(id)
        };
        self.console().write(write).await
    }

    /// Deletes a folder template. Folders that were made from it stay.
    pub async fn delete_folder_template(&self, id: Id<FolderTemplate>) -> Result<()> {
        let write = move |tx: &mut Write<'_, '_>| {
            let template: FolderTemplate = tx.need(id)?;
            tx.delete(id)?;
            let what = format!("deleted the folder template {}", template.name);
            tx.say("folder-template-deleted", None, what)
        };
        self.console().write(write).await
    }
}

/// The template of this name: with two nobody could tell them apart.
fn of_name(tx: &Write<'_, '_>, name: &Label) -> Result<Option<FolderTemplate>> {
    let (key, mut found) = (sort_key(name.as_str()), None);
    tx.all::<FolderTemplate>(|other| {
        if sort_key(other.name.as_str()) != key {
            return ControlFlow::Continue(());
        }
        found = Some(other);
        ControlFlow::Break(())
    })?;
    Ok(found)
}
