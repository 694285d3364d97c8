//! What the console and the portal share of one's own calendar: what the page shows, and what its buttons do.

use serde::{Deserialize, Serialize};

use super::pages::{Pages, When};
use crate::error::{Error, Result};
use crate::model::{Account, CalendarAddress};

/// What the page shows.
#[derive(Serialize)]
pub struct CalendarView {
    /// Where it is read; none before it is made.
    address: Option<AddressView>,
}

#[derive(Serialize)]
struct AddressView {
    url: String,
    /// The same, as calendar programs open it.
    opens: String,
    made: When,
}

impl CalendarView {
    /// That of an account.
    pub fn of(account: &Account, pages: &Pages<'_>) -> Result<Self> {
        let address = account.calendar()?.map(|CalendarAddress { url, made }| AddressView {
            opens: format!("webcal://{}", url.split_once("://").map_or("", |(_, rest)| rest)),
            made: pages.when(made),
            url,
        });
        Ok(Self { address })
    }
}

/// Which button was pressed.
#[derive(Deserialize)]
pub struct CalendarForm {
    act: String,
}

/// Does what the button says, and says what happened.
pub async fn press(account: &Account, form: &CalendarForm) -> Result<&'static str> {
    match form.act.as_str() {
        "make" => {
            account.make_calendar().await?;
            Ok("Your calendar has an address.")
        }
        "renew" => {
            account.make_calendar().await?;
            Ok("Your calendar has a new address. The old one leads nowhere.")
        }
        "end" => {
            account.end_calendar().await?;
            Ok("The address has ended. It leads nowhere.")
        }
        _ => Err(Error::NotFound),
    }
}
