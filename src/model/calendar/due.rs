//! What stands in somebody's calendar: what waits for a contact, and what staff wait for.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::error::Result;
use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::core::Core;
use crate::model::db::{Order, Read, Records, Span};
use crate::model::file::ALL;
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::person::open_to;
use crate::model::portal::{Shown, Viewer};
use crate::model::request::Request;
use crate::model::staff::Staff;
use crate::values::Day;

/// The most entries of a calendar: more is read by no program and by nobody.
const MOST: usize = 1_000;
/// How long staff's calendar looks back, in days, and ahead.
const BACK: i32 = 90;
const AHEAD: i32 = 400;

/// A day on which something is due.
pub(super) struct Due {
    /// What.
    pub(super) request: Request,
    /// The day.
    pub(super) day: Day,
    /// For whom: said where it is not plain.
    pub(super) client: Option<String>,
    /// Where it is seen: the path.
    pub(super) path: String,
}

/// What is due for this person; none for whoever may not know any more. A contact who has lost their access has nothing
/// in their calendar.
pub(super) fn of(core: &Core, firm: &Firm, who: Who, now: Timestamp) -> Result<Option<Vec<Due>>> {
    match who {
        Who::Contact(contact) => core.db.read(|r| match r.get::<Contact>(contact)? {
            Some(_) => Ok(Some(of_contact(r, contact)?)),
            None => Ok(None),
        }),
        Who::Staff(staff) => {
            let today = Day::at(now, firm.zone.tz());
            let (first, last) = (today.plus_days(-BACK), today.plus_days(AHEAD));
            // A program asks every hour, of a firm that may have asked for thousands: only what is theirs is read.
            let theirs = core.requests.look(&core.db, |book| book.due_for(staff, first, last))?;
            core.db.read(|r| match r.get(staff)?.filter(Staff::active) {
                Some(staff) => Ok(Some(of_staff(r, staff.id, theirs)?)),
                None => Ok(None),
            })
        }
    }
}

/// What waits for a contact at any of their clients, as their To-do lists it.
fn of_contact(r: &Read, contact: Id<Contact>) -> Result<Vec<Due>> {
    let clients = open_to(r, contact)?;
    let several = clients.len() > 1;
    let mut all = Vec::new();
    for (client, areas) in clients {
        let viewer = Viewer::new(contact, client.id, areas);
        for asked in [ALL, contact.bytes()] {
            let theirs = Span::prefix([client.id.bytes(), asked].concat());
            let open: Vec<Request> =
                r.records_in("request.open-to", &theirs, Order::Ascending, usize::MAX)?;
            for request in open {
                let Some(day) = request.due.filter(|_| request.shown_to(&viewer).is_some()) else {
                    continue;
                };
                let path = format!("/p/{}/requests/{}", client.id, request.id);
                let client = several.then(|| client.name.to_string());
                all.push(Due { request, day, client, path });
            }
        }
    }
    all.sort_by_key(|due| (due.day, due.request.id));
    all.truncate(MOST);
    Ok(all)
}

/// What a member of staff waits for: of the clients they look after, and what they asked for themselves. The records have
/// the last word.
fn of_staff(r: &Read, staff: Id<Staff>, theirs: Vec<Id<Request>>) -> Result<Vec<Due>> {
    let (mut all, mut clients) = (Vec::new(), HashMap::new());
    for id in theirs {
        let Some(request) = r.get::<Request>(id)? else { continue };
        let client = match clients.get(&request.client) {
            Some(client) => client,
            None => clients.entry(request.client).or_insert(r.need::<Client>(request.client)?),
        };
        let theirs = client.looked_after_by == Some(staff) || request.by.who == Who::Staff(staff);
        let Some(day) = request.due.filter(|_| theirs && request.stage.open()) else { continue };
        let client = Some(client.name.to_string());
        all.push(Due { request, day, client, path: format!("/console/requests/{id}") });
        if all.len() == MOST {
            break;
        }
    }
    Ok(all)
}
