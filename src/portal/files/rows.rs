//! A file as a line of a list, and how it stands with one's own upload, in words.

use serde::Serialize;

use crate::error::Result;
use crate::http::pages::{Pages, When};
use crate::model::file::{PortalFile, PortalUpload, Review, Scan};
use crate::model::{Portal, PortalRow};
use crate::values::size;

/// A file in a list.
#[derive(Serialize)]
pub struct FileRow {
    /// Its id, for the ticks.
    pub id: String,
    /// Its page.
    pub href: String,
    /// What it is called.
    pub name: String,
    /// What stands for its kind.
    pub icon: &'static str,
    /// Whether they have not opened it yet.
    pub new: bool,
    /// Who added it: "You", or a name.
    pub from: String,
    /// When.
    pub at: When,
    /// How large it is; none while it cannot be opened.
    pub size: Option<String>,
    /// What its uploader should know at a glance.
    pub state: Option<Standing>,
    /// None while it cannot be opened.
    pub download: Option<String>,
    /// The folder it lies in, "2026 / VAT"; none at the top.
    pub lies_in: Option<String>,
}

impl FileRow {
    /// As this contact sees it.
    pub fn of(row: &PortalRow, portal: &Portal, pages: &Pages<'_>) -> Self {
        let file = &row.file;
        let href = portal.path(&format!("/files/{}", file.id));
        let way: Vec<&str> = row.crumbs.iter().map(|crumb| crumb.name.as_str()).collect();
        Self {
            id: file.id.to_string(),
            name: file.name.to_string(),
            icon: file.version.as_ref().map_or("file", |version| version.media.icon()),
            new: row.new,
            from: from(file),
            at: pages.when(file.at),
            size: file.version.as_ref().map(|version| size(version.bytes)),
            state: file.upload.as_ref().and_then(Standing::brief),
            download: file.version.is_some().then(|| format!("{href}/download")),
            lies_in: (!way.is_empty()).then(|| way.join(" / ")),
            href,
        }
    }
}

/// A file that the firm did not accept, among what is to be done.
#[derive(Serialize)]
pub struct Again {
    /// Its page, where it is added again.
    href: String,
    name: String,
    /// What the firm says is wrong with it.
    reason: String,
}

impl Again {
    /// All of them, of this contact.
    pub fn all(portal: &Portal) -> Result<Vec<Self>> {
        let rows = portal.to_add_again()?.into_iter().filter_map(|row| {
            let review = row.file.upload?.review?;
            let Review::Rejected { reason, .. } = review else { return None };
            let href = portal.path(&format!("/files/{}", row.file.id));
            Some(Self { href, name: row.file.name.to_string(), reason: reason.to_string() })
        });
        Ok(rows.collect())
    }
}

/// Who added a file.
pub fn from(file: &PortalFile) -> String {
    if file.mine { "You".to_owned() } else { file.from.clone() }
}

/// How it stands with an upload.
#[derive(Serialize)]
pub struct Standing {
    /// A word or a sentence.
    pub text: String,
    /// As the style sheet calls it.
    pub tone: &'static str,
    /// What is drawn beside it.
    pub icon: &'static str,
}

impl Standing {
    fn new(text: impl Into<String>, tone: &'static str, icon: &'static str) -> Self {
        Self { text: text.into(), tone, icon }
    }

    /// For a list: only what is out of the ordinary.
    fn brief(upload: &PortalUpload) -> Option<Self> {
        match (&upload.scan, &upload.review) {
            (Scan::Waiting, _) => Some(Self::new("Being checked", "quiet", "clock")),
            (Scan::Infected { .. } | Scan::Unscanned { .. }, _) => {
                Some(Self::new("Locked", "bad", "lock"))
            }
            (_, Some(Review::Rejected { .. })) => Some(Self::new("Not accepted", "bad", "alert")),
            _ => None,
        }
    }

    /// For the page of the file.
    pub fn whole(upload: &PortalUpload, firm: &str, pages: &Pages<'_>) -> Self {
        match (&upload.scan, &upload.review) {
            (Scan::Waiting, _) => {
                let text = format!("It is being checked for viruses. {firm} gets it after that.");
                Self::new(text, "info", "clock")
            }
            (Scan::Infected { what, .. }, _) => {
                let text = format!(
                    "Locked: {what} was found in it. Check your computer, and add a clean copy."
                );
                Self::new(text, "bad", "lock")
            }
            (Scan::Unscanned { .. }, _) => Self::new(
                format!("Locked: it could not be checked for viruses. Ask {firm} what to do."),
                "bad",
                "lock",
            ),
            (_, Some(Review::Rejected { reason, .. })) => {
                Self::new(format!("Not accepted: {reason}"), "bad", "alert")
            }
            (_, Some(Review::Reviewed { by, at })) => {
                let text = format!("Reviewed by {} {}.", by.name, pages.when(*at).text);
                Self::new(text, "good", "done")
            }
            (_, Some(Review::Waiting) | None) => Self::new(
                format!("Received. {firm} has it, and has not looked at it yet."),
                "info",
                "check",
            ),
        }
    }
}
