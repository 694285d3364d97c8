//! What was ticked in a list, and where its forms lead back to. No page of its own.

use poem::{Request, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{base, place};
use crate::error::{Error, Result};
use crate::http::flash::Flash;
use crate::http::respond::{Answer, see_other};
use crate::model::client::Client;
use crate::model::file::File;
use crate::model::folder::Folder;
use crate::model::{Id, Kind, Picked};

/// The fields that every form with ticks has.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Ticks {
    pub(super) file: Vec<String>,
    pub(super) folder: Vec<String>,
    /// From the menu of a row: this one, whatever is ticked.
    pub(super) only: String,
    /// The folder, the file or the page that one came from.
    pub(super) from: String,
}

impl Ticks {
    /// What is meant. What is no id was never ticked.
    pub(super) fn picked(&self) -> Result<Picked> {
        if !self.only.is_empty() {
            let file: Option<Id<File>> = self.only.parse().ok();
            let folder: Option<Id<Folder>> = self.only.parse().ok();
            let picked =
                Picked { files: file.into_iter().collect(), folders: folder.into_iter().collect() };
            return if picked.is_empty() { Err(Error::NotFound) } else { Ok(picked) };
        }
        Ok(Picked { files: ids(&self.file)?, folders: ids(&self.folder)? })
    }

    /// Where one came from.
    pub(super) fn back(&self, client: Id<Client>) -> String {
        back(client, &self.from)
    }

    /// Where one came from, with what was ticked there: for whoever does not go on.
    pub(super) fn unticked(&self, client: Id<Client>) -> String {
        let (back, ticked) = (self.back(client), [self.file.as_slice(), &self.folder].concat());
        let from_list = self.from.is_empty() || self.from.parse::<Id<Folder>>().is_ok();
        match ticked.as_slice() {
            [_, _, ..] if from_list => format!("{back}?ticked={}", ticked.join(",")),
            _ => back,
        }
    }

    /// For whoever ticked nothing.
    pub(super) fn nothing(&self, client: Id<Client>) -> Response {
        see_other(self.back(client)).flash(Flash::bad("Tick at least one file or folder first."))
    }
}

/// What an address asks for, with fields that come several times.
pub(in crate::console) fn asked<T: DeserializeOwned>(req: &Request) -> Result<T> {
    let query = req.uri().query().unwrap_or_default();
    serde_html_form::from_str(query).map_err(|_| Error::NotFound)
}

fn ids<T: Kind>(typed: &[String]) -> Result<Vec<Id<T>>> {
    typed.iter().map(|id| id.parse().map_err(|_| Error::NotFound)).collect()
}

/// The page that `from` names: a folder, a file, the Inbox; else the top of the client's files.
pub(in crate::console) fn back(client: Id<Client>, from: &str) -> String {
    if let Ok(folder) = from.parse::<Id<Folder>>() {
        return place(client, Some(folder));
    }
    match from.parse::<Id<File>>() {
        Ok(file) => format!("{}/{file}", base(client)),
        Err(_) if from == "inbox" => "/console/inbox".into(),
        Err(_) => base(client),
    }
}
