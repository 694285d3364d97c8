//! The page that adds files, with who is to see them, and the one that adds a version of a file.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::sharing::ShareForm;
use super::whom::{AudienceChoice, Outside, PersonShown, audiences, outside, people};
use super::{Step, base, place, steps};
use crate::console::record::RecordHead;
use crate::error::Result;
use crate::http::file_drop::FileDrop;
use crate::http::forms::Typed;
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::file::{Audience, File};
use crate::model::folder::Folder;
use crate::model::{Console, FileQuery, Id};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/files/add", add_page)
        .get("/console/clients/:client/files/:file/version", version_page)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct From {
    from: String,
}

/// The form that adds files.
#[derive(Serialize)]
struct AddPage {
    record: RecordHead,
    crumbs: Vec<Step>,
    heading: String,
    text: &'static str,
    /// Within a sentence.
    it: &'static str,
    folder: String,
    replaces: String,
    audiences: Vec<AudienceChoice>,
    people: Vec<PersonShown>,
    outside: Option<Outside>,
    drop: FileDrop,
    back: String,
    back_label: &'static str,
    form: Typed<ShareForm>,
}

impl Page for AddPage {
    const TEMPLATE: &'static str = "console/files/add.html";
    const SECTION: &'static str = "clients";
}

#[handler]
async fn add_page(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Query(From { from }): Query<From>,
) -> Result<Response> {
    let record = console.client(client)?;
    let folder: Option<Id<Folder>> = from.parse().ok();
    let list = console.files(client, &FileQuery { folder, limit: 1, ..FileQuery::default() })?;
    let usual = list.folder.as_ref().map_or(&Audience::Firm, |folder| &folder.audience);
    let form = ShareForm::default().seen_by(usual);
    let readers = console.readers(client)?;
    let largest = console.upload_limits()?.largest;
    let prefix = format!("/console/clients/{client}");
    pages.show(&AddPage {
        record: RecordHead::of(&record, "files"),
        crumbs: steps(client, &list.crumbs),
        heading: match &list.folder {
            Some(folder) => format!("Add files to {}", folder.name),
            None => "Add files".to_owned(),
        },
        text: "",
        it: "them",
        folder: from,
        replaces: String::new(),
        audiences: audiences(record.client.name.as_str(), &readers),
        people: people(client, &readers, &form),
        outside: outside(client, &readers, &form),
        drop: FileDrop {
            folders: true,
            button: "Add files",
            then: Some(format!("{}?added=", place(client, folder))),
            ..FileDrop::new(&prefix, largest, "Whole folders come with what is in them.")
        },
        back: place(client, folder),
        back_label: "Back to the files",
        form: form.into(),
    })
}

#[handler]
async fn version_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
) -> Result<Response> {
    let (record, detail) = (console.client(client)?, console.file(client, file)?);
    let largest = console.upload_limits()?.largest;
    let prefix = format!("/console/clients/{client}");
    let seen = match detail.file.by.contact() {
        Some(_) => {
            let by = &detail.file.by.name;
            format!("Whoever sees the file sees the new version, also {by}, who added it.")
        }
        None => "Whoever sees the file sees the new version.".to_owned(),
    };
    pages.show(&AddPage {
        record: RecordHead::of(&record, "files"),
        crumbs: steps(client, &detail.crumbs),
        heading: format!("New version of {}", detail.file.name),
        text: "Its name and who can see it stay as they are; only a file of another kind changes the ending of the name. Older versions are kept and can be restored.",
        it: "it",
        folder: String::new(),
        replaces: file.to_string(),
        audiences: vec![],
        people: vec![],
        outside: None,
        drop: FileDrop {
            many: false,
            label: "Choose the new version",
            button: "Add version",
            then: Some(format!("{}/", base(client))),
            ..FileDrop::new(&prefix, largest, &seen)
        },
        back: format!("{}/{file}", base(client)),
        back_label: "Back to the file",
        form: ShareForm::default().into(),
    })
}
