//! How files are added, in the console and in the portal alike: by a form of one request, or piece by piece. Each audience
//! has its own handlers, which say who adds and where that leads.

use poem::Response;
use poem::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::flash::Flash;
use super::respond::{Answer, see_other};
use super::upload::{self, ArrivingFile, Piece, Upload as FileForm};
use crate::error::{Check, Error, Result};
use crate::model::file::{Audience, File};
use crate::model::request::HandedInFor;
use crate::model::upload::{GoOn, NewUpload, PIECE, Progress, Received, UnderWay, Upload, Uploads};
use crate::model::{Id, Kind};
use crate::values::Message;

/// What stands beside the files in a form that adds some, or in one that begins an upload.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AddForm {
    /// What the file is called, perhaps with folders before it. Only where an upload begins.
    pub name: String,
    /// How many bytes it has. Only where an upload begins.
    pub bytes: String,
    /// The folder it goes to; empty for the top.
    pub folder: String,
    /// Who sees it: "firm", "everyone", "named", or empty for what is usual in the folder. Only in the console.
    pub audience: String,
    /// Who sees it, if they are named.
    pub contact: Vec<String>,
    /// Ticked: those who are to see it and have no access are invited. Only in the console.
    pub invite: String,
    /// Ticked: everyone at the client sees it. Only in the portal.
    pub everyone: String,
    /// What is written to it.
    pub note: String,
    /// The file of which it is a new version. Only in the console.
    pub replaces: String,
    /// The request that it is handed in for. Only in the portal.
    pub request: String,
    /// The number of its item; empty for a comment.
    pub item: String,
    /// The form's once-value.
    pub once: String,
}

impl AddForm {
    /// As staff send it.
    pub fn of_staff(&self) -> Result<NewUpload> {
        let audience = match self.audience.as_str() {
            "" => None,
            "firm" => Some(Audience::Firm),
            "everyone" => Some(Audience::Everyone),
            "named" => {
                let contacts = self.contact.iter().map(|contact| id(contact));
                Some(Audience::Named(contacts.collect::<Result<_>>()?))
            }
            _ => return Err(Error::field("audience", "Choose who sees it")),
        };
        Ok(NewUpload { audience, replaces: some_id(&self.replaces)?, ..self.plain()? })
    }

    /// As contacts send it.
    pub fn of_contact(&self) -> Result<NewUpload> {
        let audience = (!self.everyone.is_empty()).then_some(Audience::Everyone);
        let handed_in_for = match some_id(&self.request)? {
            Some(request) => Some(HandedInFor { request, item: self.item()? }),
            None => None,
        };
        Ok(NewUpload { audience, handed_in_for, ..self.plain()? })
    }

    fn item(&self) -> Result<Option<u16>> {
        match self.item.as_str() {
            "" => Ok(None),
            typed => typed.parse().map(Some).map_err(|_| Error::NotFound),
        }
    }

    fn plain(&self) -> Result<NewUpload> {
        let mut check = Check::default();
        let note = match self.note.trim() {
            "" => Some(None),
            typed => check.take("note", Message::parse(typed)).map(Some),
        };
        let note = check.finish(|| note)?;
        let (name, once) = (self.name.clone(), self.once.clone());
        Ok(NewUpload { name, folder: some_id(&self.folder)?, note, once, ..NewUpload::default() })
    }

    /// Begins an upload with what the audience makes of the form.
    pub async fn begin(&self, uploads: &Uploads, new: NewUpload) -> Result<Response> {
        if self.name.trim().is_empty() {
            return Err(Error::field("name", "Say what the file is called"));
        }
        let bytes = self.bytes.trim().parse();
        let bytes = bytes.map_err(|_| Error::field("bytes", "Say how many bytes the file has"))?;
        let begun = uploads.begin(new, bytes).await?;
        upload::begun(&Begun { id: begun.id, offset: 0, chunk: PIECE })
    }
}

#[derive(Serialize)]
struct Begun {
    id: Id<Upload>,
    offset: u64,
    chunk: u64,
}

/// What is not there and what is no id are the same.
fn id<T: Kind>(typed: &str) -> Result<Id<T>> {
    typed.parse().map_err(|_| Error::NotFound)
}

fn some_id<T: Kind>(typed: &str) -> Result<Option<Id<T>>> {
    if typed.is_empty() { Ok(None) } else { id(typed).map(Some) }
}

/// What a script is told of a file that is there.
#[derive(Serialize)]
struct Done<'r> {
    href: String,
    #[serde(flatten)]
    received: &'r Received,
}

fn done(received: &Received, prefix: &str) -> Result<Response> {
    let href = format!("{prefix}/files/{}", received.file);
    upload::complete(&Done { href, received })
}

/// Uploads that can go on, for a script.
pub fn list(under_way: &[UnderWay]) -> Result<Response> {
    upload::complete(&under_way)
}

/// An upload was given up.
pub fn cancelled() -> Response {
    Response::builder().status(StatusCode::NO_CONTENT).finish()
}

/// How far an upload is.
pub async fn progress(uploads: &Uploads, id: Id<Upload>, prefix: &str) -> Result<Response> {
    match uploads.progress(id).await? {
        Progress::At { offset, .. } => Ok(upload::arrived(offset)),
        Progress::Done(received) => done(&received, prefix),
    }
}

/// Takes a piece of an upload.
pub async fn piece(
    uploads: &Uploads,
    id: Id<Upload>,
    mut body: Piece,
    prefix: &str,
) -> poem::Result<Response> {
    let mut piece = match uploads.go_on(id, body.offset()?).await {
        Ok(GoOn::Piece(piece)) => piece,
        // A browser that is still sending does not hear an answer, so the rest is read first.
        Ok(GoOn::Done(received)) => {
            body.settle().await;
            return Ok(done(&received, prefix)?);
        }
        Ok(GoOn::Elsewhere { offset }) => {
            body.settle().await;
            return Ok(upload::elsewhere(offset)?);
        }
        Err(why) => {
            body.settle().await;
            return Err(why.into());
        }
    };
    while let Some(bytes) = body.next().await? {
        if let Err(why) = piece.write(bytes).await {
            body.settle().await;
            return Err(why.into());
        }
    }
    Ok(match piece.finish().await? {
        Progress::At { offset, .. } => upload::arrived(offset),
        Progress::Done(received) => done(&received, prefix)?,
    })
}

/// What came of a form with files.
#[derive(Default)]
pub struct Added {
    /// Those that are there.
    pub files: Vec<Id<File>>,
    /// What is wrong with the one behind them; those after it were not read.
    pub refused: Option<String>,
    /// Of those that do not count for what they were sent for: why, and that they are kept.
    pub kept: Vec<String>,
}

/// Takes the files of a form, one after the other: each is there by itself, also if a later one is refused or the
/// connection breaks.
pub async fn files(uploads: &Uploads, new: &NewUpload, form: &mut FileForm) -> poem::Result<Added> {
    let mut added = Added::default();
    // Room for all of it, before the first one comes.
    let mut announced = form.announced();
    while let Some(file) = form.file().await? {
        let (name, new) = (file.name.clone(), NewUpload { name: file.name.clone(), ..new.clone() });
        match one(uploads, new, file, announced.take()).await? {
            Ok(received) => {
                added.files.push(received.file);
                added.kept.extend(received.kept);
            }
            // Whoever has nothing yet is told in full.
            Err(why) if added.files.is_empty() || matches!(why, Error::Internal(_)) => {
                return Err(why.into());
            }
            Err(why) => {
                added.refused = Some(format!("{name} was not added: {why}"));
                break;
            }
        }
    }
    Ok(added)
}

/// Takes one file of a form. The outer error is the browser's: it sent no more. The inner one is ours.
pub async fn one(
    uploads: &Uploads,
    new: NewUpload,
    mut file: ArrivingFile<'_>,
    announced: Option<u64>,
) -> poem::Result<Result<Received>> {
    let mut receiving = match uploads.receive(new, announced).await {
        Ok(receiving) => receiving,
        Err(why) => return Ok(Err(why)),
    };
    while let Some(bytes) = file.next().await? {
        if let Err(why) = receiving.write(bytes).await {
            return Ok(Err(why));
        }
    }
    Ok(receiving.finish().await)
}

impl Added {
    /// Leads on, and says on the next page what was added.
    pub fn answer(&self, to: &str) -> Response {
        see_other(to).flash(self.said())
    }

    /// What was added.
    #[must_use]
    pub fn said(&self) -> Flash {
        let said = match self.files.len() {
            0 => String::new(),
            1 => "1 file was added.".to_owned(),
            many => format!("{many} files were added."),
        };
        if !self.kept.is_empty() {
            let why = self.refused.iter().chain(&self.kept).map(String::as_str);
            return Flash::bad(why.collect::<Vec<_>>().join(" "));
        }
        match &self.refused {
            None if said.is_empty() => Flash::bad("Choose a file first."),
            None => Flash::ok(said),
            Some(why) => Flash::bad(format!("{said} {why}")),
        }
    }
}
