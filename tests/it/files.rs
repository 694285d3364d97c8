//! The files of a client, as staff keep them: folders, names, the trash, sharing, the Inbox, templates.

mod inbox;
mod kept;
mod list;
mod outside;
mod sharing;
mod templates;

use crate::cast::ALDER;
use crate::office::Office;
use crate::page::Page;

/// A text that is a file.
const LEASE: &[u8] = b"The lease of the kiln, in force from March.\n";

/// Where Alder's files are.
async fn files(office: &Office) -> String {
    format!("{}/files", office.client_path(office.olive(), ALDER).await)
}

/// Olive adds a file to a folder, or to the top.
async fn add(office: &Office, folder: &str, name: &str) -> Page {
    let files = files(office).await;
    let fields = [("folder", folder), ("audience", ""), ("note", "")];
    let answer = office.olive().add_files(&files, &fields, &[(name, LEASE)]).await;
    office.olive().follow(answer).await
}

/// A contact adds a file in the portal.
async fn send_in(office: &Office, who: &crate::person::Person, name: &str) -> Page {
    let portal = files(office).await.replace("/console/clients/", "/p/");
    let fields = [("folder", ""), ("note", "As you asked")];
    let answer = who.add_files(&portal, &fields, &[(name, LEASE)]).await;
    answer.assert_status(303);
    answer
}

/// The id at the end of a path.
fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}
