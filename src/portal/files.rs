//! The files a client and the firm share.

use poem::{Response, handler};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::Portal;

pub(super) fn routes() -> Routes {
    Routes::default().get("/p/:client/files", files_page)
}

#[derive(Serialize)]
struct FilesPage {
    client: String,
}

impl Page for FilesPage {
    const TEMPLATE: &'static str = "portal/files.html";
    const SECTION: &'static str = "files";
}

#[handler]
async fn files_page(portal: Portal, pages: Pages<'_>) -> Result<Response> {
    if !portal.viewer().areas().files {
        return Err(Error::NotFound);
    }
    pages.show(&FilesPage { client: portal.client()?.name.to_string() })
}
