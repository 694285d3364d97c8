//! The portal: what contacts see, one client at a time. A handler here holds a `Portal` or a `Person`, and can do no
//! more than they can.

mod calendar;
mod files;
mod home;
mod live;
mod notices;
mod requests;
mod settings;
mod todo;
mod uploads;

use crate::http::routes::Routes;

/// Every address of the portal.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .and(calendar::routes())
        .and(home::routes())
        .and(live::routes())
        .and(todo::routes())
        .and(requests::routes())
        .and(uploads::routes())
        .and(files::routes())
        .and(settings::routes())
        .and(notices::routes())
}
