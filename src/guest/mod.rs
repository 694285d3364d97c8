//! Pages for nobody in particular: log-in, invites, set-up, help.

mod brand;
mod calendar;
mod health;
mod help;
mod icons;
mod invites;
mod log_in;
mod reset;
mod security;
mod setup;
mod unsubscribe;

use crate::http::routes::Routes;

pub use health::while_opening;

/// Every address that needs no session.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .and(brand::routes())
        .and(calendar::routes())
        .and(health::routes())
        .and(help::routes())
        .and(icons::routes())
        .and(security::routes())
        .and(setup::routes())
        .and(invites::routes())
        .and(log_in::routes())
        .and(reset::routes())
        .and(unsubscribe::routes())
}
