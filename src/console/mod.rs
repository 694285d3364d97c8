//! The console: what staff see. Each page group is a file; its routes stand at its top.

mod account;
mod activity;
mod calendar;
mod client_forms;
mod client_record;
mod clients;
mod confirm;
mod contact_forms;
mod contacts;
mod erase;
mod fields;
mod files;
mod folder_templates;
mod inbox;
mod invites;
mod lists;
mod live;
mod notices;
mod outbox;
mod record;
mod request_templates;
mod requests;
mod search;
mod settings;
mod settings_email;
mod team;
mod templates;
mod today;
mod uploads;
mod viewing;

use crate::http::routes::Routes;

/// Every address of the console.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .and(account::routes())
        .and(calendar::routes())
        .and(clients::routes())
        .and(client_forms::routes())
        .and(client_record::routes())
        .and(contacts::routes())
        .and(contact_forms::routes())
        .and(erase::routes())
        .and(files::routes())
        .and(folder_templates::routes())
        .and(inbox::routes())
        .and(invites::routes())
        .and(live::routes())
        .and(notices::routes())
        .and(request_templates::routes())
        .and(requests::routes())
        .and(search::routes())
        .and(today::routes())
        .and(uploads::routes())
        .and(viewing::routes())
        .and(team::routes())
        .and(templates::routes())
        .and(activity::routes())
        .and(settings::routes())
        .and(outbox::routes())
        .and(settings_email::routes())
}
