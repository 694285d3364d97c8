//! A file: what is in it, from whom, and what its uploader may still do with it.

use poem::http::Method;
use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::add::add_to;
use super::rows::{Standing, from};
use super::{Step, steps};
use crate::error::{Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::leaves::{From as FromPage, Leaves};
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::file::{File, PortalUpload, Review};
use crate::model::{FilePreview, Id, Opening, Portal, PortalRow, Reading};
use crate::values::{FileName, size};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/p/:client/files/:file", file_page)
        .post("/p/:client/files/:file/name", rename)
        .post("/p/:client/files/:file/everyone", show_to)
        .get("/p/:client/files/:file/withdraw", withdraw_page)
        .post("/p/:client/files/:file/withdraw", withdraw)
}

/// The new name of an upload.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct NameForm {
    name: String,
}

#[derive(Serialize)]
struct FilePage {
    client: String,
    crumbs: Vec<Step>,
    here: String,
    name: String,
    /// What it is: "PDF".
    kind: &'static str,
    icon: &'static str,
    size: Option<String>,
    from: String,
    mine: bool,
    at: When,
    download: Option<String>,
    preview: Shown,
    upload: Option<UploadShown>,
    form: Typed<NameForm>,
}

/// What is in the file, as far as it can be shown.
#[derive(Default, Serialize)]
struct Shown {
    /// Pages, or the one picture.
    leaves: Option<Leaves>,
    text: Option<String>,
    rows: Vec<Vec<String>>,
    /// Whether text or rows go on beyond what is shown.
    cut: bool,
    /// Why nothing is shown.
    sentence: Option<&'static str>,
}

/// What only its uploader sees.
#[derive(Serialize)]
struct UploadShown {
    standing: Standing,
    note: Option<String>,
    everyone: bool,
    /// Whether the firm has shown it to others.
    others: bool,
    receipt: String,
    /// Whether they may still rename or withdraw it.
    open: bool,
    /// The request that it was added for.
    request: Option<RequestShown>,
    /// Where it is added once more, if the firm cannot use this one.
    again: Option<String>,
}

/// The request that a file was added for, where it is changed.
#[derive(Serialize)]
struct RequestShown {
    href: String,
    title: String,
    /// Whether it waits for whoever looks, so that the firm does not look at the file yet.
    open: bool,
}

impl RequestShown {
    /// None if the file came by itself, or the request is not theirs any more.
    fn of(upload: &PortalUpload, portal: &Portal) -> Result<Option<Self>> {
        let Some(request) = upload.request else { return Ok(None) };
        let request = match portal.get(request) {
            Err(Error::NotFound) => return Ok(None),
            request => request?,
        };
        Ok(Some(Self {
            href: portal.path(&format!("/requests/{}", request.id)),
            title: request.title.to_string(),
            open: request.stage.open(),
        }))
    }
}

impl Page for FilePage {
    const TEMPLATE: &'static str = "portal/files/show.html";
    const SECTION: &'static str = "files";
}

#[handler]
async fn file_page(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, file)): Path<(String, Id<File>)>,
    Query(from): Query<FromPage>,
    method: Method,
) -> Result<Response> {
    let row = portal.file(file)?;
    let form = Typed::from(NameForm { name: row.file.name.to_string() });
    let (page, seen) = shown(&portal, &pages, row, (form, from)).await?;
    let response = pages.show(&page)?;
    if let Some(seen) = seen.filter(|_| method == Method::GET) {
        portal.note(seen, Opening::Preview)?;
    }
    Ok(response)
}

async fn shown(
    portal: &Portal,
    pages: &Pages<'_>,
    row: PortalRow,
    (form, page): (Typed<NameForm>, FromPage),
) -> Result<(FilePage, Option<Reading>)> {
    let file = &row.file;
    let here = portal.path(&format!("/files/{}", file.id));
    let (preview, seen) = match &file.version {
        Some(_) => {
            let (preview, seen) = portal.preview(file.id, 1).await?;
            (Shown::of(preview, &here, file.name.as_str(), &page), seen)
        }
        None => (Shown::default(), None),
    };
    let firm = portal.person().firm()?;
    let request = match &file.upload {
        Some(upload) => RequestShown::of(upload, portal)?,
        None => None,
    };
    let upload = file.upload.as_ref().map(|upload| UploadShown {
        standing: Standing::whole(upload, firm.name.as_str(), pages),
        request,
        note: upload.note.as_ref().map(ToString::to_string),
        everyone: upload.everyone,
        others: upload.others && !upload.everyone,
        receipt: portal.path(&format!("/files/receipt/{}", file.id)),
        open: is_open(upload) && !portal.viewed(),
        again: (upload.is_useless() && !portal.viewed()).then(|| add_to(portal, file.folder)),
    });
    let page = FilePage {
        client: portal.client().name.to_string(),
        crumbs: steps(portal, &row.crumbs),
        name: file.name.to_string(),
        kind: file.version.as_ref().map_or("File", |version| version.media.what()),
        icon: file.version.as_ref().map_or("file", |version| version.media.icon()),
        size: file.version.as_ref().map(|version| size(version.bytes)),
        from: from(file),
        mine: file.mine,
        at: pages.exact(file.at),
        download: file.version.is_some().then(|| format!("{here}/download")),
        preview,
        upload,
        form,
        here,
    };
    Ok((page, seen))
}

/// Until the firm has looked at it, it is its uploader's.
fn is_open(upload: &PortalUpload) -> bool {
    upload.request.is_none() && matches!(upload.review, None | Some(Review::Waiting))
}

impl Shown {
    fn of(preview: FilePreview, here: &str, name: &str, page: &FromPage) -> Self {
        match preview {
            FilePreview::Image(first) => {
                let (shape, alone) = ((first.width, first.height), format!("Preview of {name}"));
                let src = |page| format!("{here}/preview/{page}");
                let leaves = Leaves::of(page, first.pages, shape, src, &alone);
                Self { leaves: Some(leaves), ..Self::default() }
            }
            FilePreview::Text { text, whole } => {
                Self { text: Some(text), cut: !whole, ..Self::default() }
            }
            FilePreview::Rows { rows, whole } => Self { rows, cut: !whole, ..Self::default() },
            FilePreview::Sentence(why) => Self { sentence: Some(why), ..Self::default() },
            FilePreview::Icon => Self::default(),
        }
    }
}

#[handler]
async fn rename(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, file)): Path<(String, Id<File>)>,
    Form(form): Form<NameForm>,
) -> Result<Response> {
    let row = portal.file(file)?;
    let done = match FileName::parse(&form.name) {
        Ok(name) => portal.rename_upload(file, name).await,
        Err(why) => Err(Error::field("name", why)),
    };
    match done {
        Ok(file) => {
            let here = portal.path(&format!("/files/{}", file.id));
            Ok(see_other(here).flash(format!("It is called “{}” now.", file.name)))
        }
        Err(wrong) => {
            let form = Typed::from(form).with(wrong)?;
            let (page, _) = shown(&portal, &pages, row, (form, FromPage::default())).await?;
            pages.again(&page)
        }
    }
}

/// Whether everyone at the client sees an upload: the tick is there, or not.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EveryoneForm {
    everyone: String,
}

#[handler]
async fn show_to(
    portal: Portal,
    Path((_, file)): Path<(String, Id<File>)>,
    Form(form): Form<EveryoneForm>,
) -> Result<Response> {
    let everyone = !form.everyone.is_empty();
    portal.show_upload_to(file, everyone).await?;
    let (client, firm) = (portal.client().name.clone(), portal.person().firm()?);
    let said = if everyone {
        format!("Everyone at {client} sees it now.")
    } else {
        format!("Only you and {} see it now.", firm.name)
    };
    Ok(see_other(portal.path(&format!("/files/{file}"))).flash(said))
}

#[derive(Serialize)]
struct WithdrawPage {
    here: String,
    name: String,
    everyone: bool,
    client: String,
}

impl Page for WithdrawPage {
    const TEMPLATE: &'static str = "portal/files/withdraw.html";
    const SECTION: &'static str = "files";
}

#[handler]
async fn withdraw_page(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, file)): Path<(String, Id<File>)>,
) -> Result<Response> {
    let file = portal.file(file)?.file;
    let Some(upload) = file.upload.filter(is_open).filter(|_| !portal.viewed()) else {
        return Err(Error::NotFound);
    };
    pages.show(&WithdrawPage {
        here: portal.path(&format!("/files/{}", file.id)),
        name: file.name.to_string(),
        everyone: upload.everyone,
        client: portal.client().name.to_string(),
    })
}

#[handler]
async fn withdraw(portal: Portal, Path((_, file)): Path<(String, Id<File>)>) -> Result<Response> {
    let name = portal.withdraw_upload(file).await?;
    let said = format!("“{name}” is withdrawn. It is deleted for good after 30 days.");
    Ok(see_other(portal.path("/files")).flash(said))
}
