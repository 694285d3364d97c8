//! Files that a request asked for. Whoever is asked may send them, also if the client's files are not open to them; where they
//! lie, what they are called and who sees them is the request's to say.

use jiff::Timestamp;

use super::Received;
use super::commit::received;
use super::sender::{Plan, Sender};
use crate::error::{Error, Result};
use crate::model::db::{Records, Write};
use crate::model::file::{File, Review, Version};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::request::{Coming, HandedInFor, Landing};
use crate::values::{FileName, Media};

impl Sender {
    /// Refuses a contact to whom the part of the portal is closed that a file goes to. Staff hand nothing in.
    pub(super) fn check(&self, of: Option<HandedInFor>) -> Result<()> {
        let may = match (&self.viewer, of) {
            (Some(viewer), Some(_)) => viewer.areas().requests,
            (Some(viewer), None) => viewer.areas().files,
            (None, of) => of.is_none(),
        };
        if may { Ok(()) } else { Err(Error::NotFound) }
    }

    /// What the request makes of a file for it, or a sentence why it does not count.
    pub(super) fn landing(
        &self,
        r: &impl Records,
        (of, name): (HandedInFor, &FileName),
        (media, at): (Option<Media>, Timestamp),
    ) -> Result<Landing> {
        let viewer = self.viewer.as_ref().ok_or(Error::NotFound)?;
        let firm: Firm = r.need(Id::MIN)?;
        Coming { viewer, of, name, media, at }.landing(r, &firm)
    }
}

/// Refuses a file without content: it answers nothing, and is what a folder that syncs, or a full phone, makes of a file.
pub(super) fn check_filled(name: &impl std::fmt::Display, bytes: u64) -> Result<()> {
    if bytes > 0 {
        return Ok(());
    }
    Err(Error::refused(format!("“{name}” is empty (0 bytes). Look into it, and choose it again.")))
}

/// Adds a file to the answers of a request. If it does not count there any more, it says why, and nothing is added.
pub(super) fn add_answer(
    tx: &mut Write<'_, '_>,
    sender: &Sender,
    (plan, version): (&Plan, &Version),
) -> Result<Result<Received, String>> {
    let Some(of) = plan.handed_in_for else { return Err(Error::bug("no request asked for it")) };
    let media = Some(version.media);
    let landing = check_filled(&plan.name, version.bytes)
        .and_then(|()| sender.landing(tx, (of, &plan.name), (media, tx.now())));
    let landing = match landing {
        Ok(landing) => landing,
        Err(Error::Refused(why)) => return Ok(Err(why.into_owned())),
        Err(Error::NotFound) => return Ok(Err("The request is not there any more.".into())),
        Err(other) => return Err(other),
    };
    let file = File {
        id: tx.id(),
        client: sender.client.id,
        folder: landing.folder.as_ref().map(|folder| folder.id),
        audience: landing.audience.clone(),
        name: landing.name.clone(),
        because: landing.because(tx, &sender.author),
        by: sender.author.clone(),
        note: plan.note.clone(),
        review: Some(Review::Waiting),
        versions: vec![version.clone()],
        next_version: 2,
        added: tx.now(),
        changed: tx.now(),
        trash: None,
        handed_in_for: Some(of),
    };
    // Whoever is asked, and the firm, are told when all of it is handed in.
    tx.add(&file)?;
    let what = format!(
        "added {} to the files of {}, for “{}”",
        file.name,
        sender.client.name,
        landing.title()
    );
    tx.say("file-added", Some(file.client), what)?;
    landing.fill(tx, file.id, &sender.author)?;
    Ok(Ok(received(&file)))
}
