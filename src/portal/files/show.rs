//! A file: what is in it, from whom, and what its uploader may still do with it.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::rows::{Standing, from};
use super::{Step, steps};
use crate::error::{Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::file::{File, PortalUpload, Review};
use crate::model::{FilePreview, Id, Portal, PortalRow};
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
    /// Pages or the one picture, each with its address and its words.
    images: Vec<Image>,
    text: Option<String>,
    rows: Vec<Vec<String>>,
    /// Whether text or rows go on beyond what is shown.
    cut: bool,
    /// Why nothing is shown.
    sentence: Option<&'static str>,
}

#[derive(Serialize)]
struct Image {
    src: String,
    width: u32,
    height: u32,
    alt: String,
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
) -> Result<Response> {
    let row = portal.file(file)?;
    let form = Typed::from(NameForm { name: row.file.name.to_string() });
    pages.show(&shown(&portal, &pages, row, form).await?)
}

async fn shown(
    portal: &Portal,
    pages: &Pages<'_>,
    row: PortalRow,
    form: Typed<NameForm>,
) -> Result<FilePage> {
    let file = &row.file;
    let here = portal.path(&format!("/files/{}", file.id));
    let preview = match &file.version {
        Some(_) => Shown::of(portal.preview(file.id, 1).await?, &here, file.name.as_str()),
        None => Shown::default(),
    };
    let firm = portal.person().firm()?;
    let upload = file.upload.as_ref().map(|upload| UploadShown {
        standing: Standing::whole(upload, firm.name.as_str(), pages),
        note: upload.note.as_ref().map(ToString::to_string),
        everyone: upload.everyone,
        others: upload.others && !upload.everyone,
        receipt: portal.path(&format!("/files/receipt/{}", file.id)),
        open: is_open(upload) && !portal.viewed(),
    });
    Ok(FilePage {
        client: portal.client()?.name.to_string(),
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
    })
}

/// Until the firm has looked at it, it is its uploader's.
fn is_open(upload: &PortalUpload) -> bool {
    matches!(upload.review, None | Some(Review::Waiting))
}

impl Shown {
    fn of(preview: FilePreview, here: &str, name: &str) -> Self {
        match preview {
            FilePreview::Image(first) => {
                let words = |page| match first.pages {
                    1 => format!("Preview of {name}"),
                    pages => format!("Page {page} of {pages}"),
                };
                let image = |page| Image {
                    src: format!("{here}/preview/{page}"),
                    width: first.width,
                    height: first.height,
                    alt: words(page),
                };
                Self { images: (1..=first.pages).map(image).collect(), ..Self::default() }
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
            pages.again(&shown(&portal, &pages, row, form).await?)
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
    let (client, firm) = (portal.client()?.name, portal.person().firm()?);
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
        client: portal.client()?.name.to_string(),
    })
}

#[handler]
async fn withdraw(portal: Portal, Path((_, file)): Path<(String, Id<File>)>) -> Result<Response> {
    let name = portal.withdraw_upload(file).await?;
    let firm = portal.person().firm()?;
    let said = format!("“{name}” is withdrawn. {} does not see it any more.", firm.name);
    Ok(see_other(portal.path("/files")).flash(said))
}
