//! Looking for something of which one does not know where it is: clients, contacts, requests and files by one question.

use super::client::Client;
use super::console::Console;
use super::contact::KnownContact;
use super::db::Records;
use super::directory::{ClientFound, ClientQuery, Total, typed};
use super::file::{Crumb, File, way_to};
use super::request::{RequestQuery, RequestRow, RequestState};
use crate::error::Result;
use crate::values::ClientName;

/// What was found: the first of each kind, and how many there are.
#[derive(Clone, Debug)]
pub struct Found {
    /// By name. Each word is the beginning of a word of its name, or of a contact's name or address.
    pub clients: (Vec<ClientFound>, Total),
    /// By name. Each word is the beginning of a word of the name, or of an address.
    pub contacts: (Vec<KnownContact>, Total),
    /// In the order of their list. Each word is the beginning of a word of the title, or of the client's name.
    pub requests: (Vec<RequestRow>, Total),
    /// The last that came first. Each word is the beginning of a word of the name.
    pub files: (Vec<FileFound>, Total),
}

/// A file that was found.
#[derive(Clone, Debug)]
pub struct FileFound {
    /// The file.
    pub file: File,
    /// Whose it is.
    pub client_name: ClientName,
    /// Where it lies.
    pub crumbs: Vec<Crumb>,
}

impl Console {
    /// What is found by what was typed, at most so many of each kind. None where nothing can be found by it.
    pub fn search(&self, find: &str, most: usize) -> Result<Option<Found>> {
        let words = typed(find);
        if words.is_empty() {
            return Ok(None);
        }
        let by_name = ClientQuery { find: find.to_owned(), ..ClientQuery::default() };
        let mut clients = self.clients(&by_name)?;
        clients.rows.truncate(most);
        let mut contacts = self.find_contacts(find, None)?;
        contacts.rows.truncate(most);
        let (find, state) = (find.to_owned(), RequestState::Any);
        let mut requests =
            self.requests(&RequestQuery { find, state, ..RequestQuery::default() })?;
        requests.rows.truncate(most);
        Ok(Some(Found {
            clients: (clients.rows, clients.total),
            contacts: (contacts.rows, contacts.total),
            requests: (requests.rows, Total::Exactly(requests.total)),
            files: self.search_files(&words, most)?,
        }))
    }

    fn search_files(&self, words: &[String], most: usize) -> Result<(Vec<FileFound>, Total)> {
        let core = self.core();
        let (ids, total) = core.files.look(&core.db, |book| book.find(words, most))?;
        let found = self.read(|r| {
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                // Gone since the book was asked, or in the trash.
                let file = r.get(id)?.filter(|file: &File| file.trash.is_none());
                let Some(file) = file else { continue };
                let client: Client = r.need(file.client)?;
                let crumbs = way_to(r, file.folder)?;
                found.push(FileFound { file, client_name: client.name, crumbs });
            }
            Ok(found)
        })?;
        Ok((found, total))
    }
}
