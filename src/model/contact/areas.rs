//! Which areas of a client's portal a contact may use. Whoever reads asks the tie anew each time, so that what is closed is
//! closed at once: pages, downloads, uploads under way, calendars, and mails that have not left.

use std::collections::BTreeSet;

use super::Contact;
use crate::error::Result;
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Order, Read, Records, Span, Write};
use crate::model::directory::Total;
use crate::model::edition::check_edition;
use crate::model::file::{ALL, File};
use crate::model::id::Id;
use crate::model::membership::{Areas, Membership, OpenAreas, tie};
use crate::model::portal::{Shown, Viewer};
use crate::model::request::Request;

/// More is said as "more than 100".
const COUNTED: usize = 100;

/// How much lies in each area that is closed to a contact, and would be theirs to see if it were opened. None for what is
/// open.
#[derive(Clone, Copy, Debug)]
pub struct Closed {
    /// Files.
    pub files: Option<Total>,
    /// Requests that wait, or are done.
    pub requests: Option<Total>,
}

impl Console {
    /// What a contact would see at once if the areas that are closed to them were opened.
    pub fn closed_areas(&self, client: Id<Client>, contact: Id<Contact>) -> Result<Closed> {
        self.read(|r| {
            let open = tie(r, client, contact)?.areas.open();
            // As they would see it: what is counted is what the doors of the portal would show.
            let viewer = Viewer::new(contact, client, Areas::ALL);
            let files = || count::<File>(r, &viewer, &["file.shown"]);
            let waits_or_done = ["request.open-to", "request.done-to"];
            let requests = || count::<Request>(r, &viewer, &waits_or_done);
            Ok(Closed {
                files: (!open.files).then(files).transpose()?,
                requests: (!open.requests).then(requests).transpose()?,
            })
        })
    }

    /// Opens and closes areas to a contact of this client. `seen` is the [`Membership::areas_edition`] that was shown.
    pub async fn set_areas(
        &self,
        client: Id<Client>,
        contact: Id<Contact>,
        open: OpenAreas,
        seen: String,
    ) -> Result<()> {
        self.write(move |tx| {
            let mut tie = tie(tx, client, contact)?;
            // The same form sent twice changes nothing the second time, and is no conflict.
            if tie.areas.open() == open {
                return Ok(());
            }
            check_edition(&seen, &tie.areas_edition())?;
            let contact: Contact = tx.need(contact)?;
            set_areas(tx, &mut tie, &contact, open)
        })
        .await
    }
}

/// Within a command: opens and closes areas, and says so.
pub(super) fn set_areas(
    tx: &mut Write<'_, '_>,
    tie: &mut Membership,
    contact: &Contact,
    open: OpenAreas,
) -> Result<()> {
    let what = said(tie.areas.open(), open);
    tie.areas = tie.areas.with(open);
    tx.put(tie)?;
    let client: Client = tx.need(tie.client)?;
    let what = format!("{what} of {} to {}", client.name, contact.full_name());
    tx.say("contact-areas-changed", Some(tie.client), what)
}

/// "opened Files and closed Requests".
fn said(before: OpenAreas, now: OpenAreas) -> String {
    let areas = [("Files", before.files, now.files), ("Requests", before.requests, now.requests)];
    let which = |opened: bool| {
        let changed = areas.iter().filter(|(_, before, now)| before != now && *now == opened);
        changed.map(|(name, ..)| *name).collect::<Vec<_>>().join(" and ")
    };
    let verbs = [("opened", which(true)), ("closed", which(false))];
    let parts = verbs.iter().filter(|(_, which)| !which.is_empty());
    parts.map(|(verb, which)| format!("{verb} {which}")).collect::<Vec<_>>().join(" and ")
}

/// How many records of these indexes, of everyone and of their own, a contact sees.
fn count<R: Shown>(r: &Read, viewer: &Viewer, indexes: &[&'static str]) -> Result<Total> {
    let mut ids: BTreeSet<Id<R>> = BTreeSet::new();
    for whom in [ALL, viewer.contact().bytes()] {
        let theirs = Span::prefix([viewer.client().bytes(), whom].concat());
        for index in indexes {
            ids.extend(r.ids_in(index, &theirs, Order::Ascending, COUNTED + 1)?);
        }
    }
    let mut seen = 0;
    for id in ids {
        seen += usize::from(r.get(id)?.is_some_and(|record| record.shown_to(viewer).is_some()));
    }
    Ok(if seen > COUNTED { Total::MoreThan(COUNTED) } else { Total::Exactly(seen) })
}
