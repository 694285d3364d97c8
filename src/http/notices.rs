//! How often somebody is told by mail of new files, and staff of requests: the same form in the console and in the portal.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::http::forms::Typed;
use crate::model::Pace;

/// The choice as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct PaceForm {
    pace: String,
}

impl PaceForm {
    /// As it was chosen.
    #[must_use]
    pub fn of(pace: Pace) -> Typed<Self> {
        Self { pace: pace.name().to_owned() }.into()
    }

    /// What is chosen now.
    pub fn read(&self) -> Result<Pace> {
        Pace::parse(&self.pace).map_err(|why| Error::field("pace", why))
    }
}

/// What is said when it is saved.
#[must_use]
pub const fn said(pace: Pace) -> &'static str {
    match pace {
        Pace::AtOnce => "Saved. You are told within ten minutes.",
        Pace::Daily => "Saved. You are told once a day, if there is something new.",
        Pace::Off => "Saved. You look by yourself.",
    }
}
