//! What both sides say about a request.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Request;
use crate::model::client::Client;
use crate::model::db::record;
use crate::model::file::{Author, File};
use crate::model::id::Id;
use crate::values::Message;

/// Something somebody wrote to a request. Whoever sees the request sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Comment {
    /// Time-ordered.
    pub id: Id<Comment>,
    /// To which request.
    pub request: Id<Request>,
    /// Of which client.
    pub client: Id<Client>,
    /// To which item of it; none for the whole.
    pub item: Option<u16>,
    /// Who.
    pub by: Author,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: Message,
    /// Files of the client that belong to it. Each is seen by those who see the file.
    pub files: Vec<Id<File>>,
}

record!(Comment, "cm", "comments", |comment, rows| {
    rows.by("comment.request", comment.request);
    for file in &comment.files {
        rows.by("comment.file", file);
    }
});
