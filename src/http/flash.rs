//! A message for the next page: it travels in a cookie from the redirect to the page it leads to.
//!
//! Nobody else can write it, for the cookie is `HttpOnly` and host-only; templates escape it anyway.

use std::time::Duration;

use poem::{Request, Response};
use serde::{Deserialize, Serialize};

use super::cookies::{self, FLASH};
use super::respond::local_path;

/// Long enough for a slow redirect, too short to turn up on a page it has nothing to do with.
const LIFE: Duration = Duration::from_mins(1);
/// Of the text; with three bytes for each when encoded this still fits a cookie.
const MOST_BYTES: usize = 1_000;

/// The message, as the template sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flash {
    /// One sentence.
    pub text: String,
    /// How it looks.
    pub tone: Tone,
    /// How to take it back, if that is possible.
    pub undo: Option<Undo>,
}

/// Whether what was asked for was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// It was.
    #[default]
    Ok,
    /// It was not, or not all of it.
    Bad,
}

/// A button beside the message that posts to `href`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// A path of this site.
    pub href: String,
    /// What the button says.
    pub label: String,
    /// How long it works.
    pub seconds: u32,
}

/// One level deep, as form encoding wants it: its characters are exactly those a cookie may have.
#[derive(Serialize, Deserialize)]
struct Carried {
    text: String,
    tone: Tone,
    href: Option<String>,
    label: Option<String>,
    seconds: Option<u32>,
}

impl Flash {
    /// It went well.
    pub fn ok(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Ok, undo: None }
    }

    /// It went wrong, in whole or in part.
    pub fn bad(text: impl Into<String>) -> Self {
        Self { tone: Tone::Bad, ..Self::ok(text) }
    }

    /// With a button that takes it back.
    #[must_use]
    pub fn undo(self, href: impl Into<String>, label: impl Into<String>, seconds: u32) -> Self {
        let undo = Undo { href: href.into(), label: label.into(), seconds };
        Self { undo: Some(undo), ..self }
    }

    /// The message that waits for this request's page. Whoever shows it calls [`shown`].
    pub fn of(req: &Request) -> Option<Self> {
        let carried: Carried = serde_html_form::from_str(cookies::read(req, FLASH)?).ok()?;
        let undo = match (carried.href, carried.label, carried.seconds) {
            (Some(href), Some(label), Some(seconds)) => {
                local_path(&href).is_some().then_some(Undo { href, label, seconds })
            }
            _ => None,
        };
        Some(Self { text: carried.text, tone: carried.tone, undo })
    }

    /// Sends the message along with this response.
    pub(super) fn put_on(mut self, response: &mut Response) {
        self.text.truncate(self.text.floor_char_boundary(MOST_BYTES));
        let (href, label, seconds) = match self.undo {
            Some(undo) => (Some(undo.href), Some(undo.label), Some(undo.seconds)),
            None => (None, None, None),
        };
        let carried = Carried { text: self.text, tone: self.tone, href, label, seconds };
        match serde_html_form::to_string(&carried) {
            Ok(value) => cookies::set(response, FLASH, value, LIFE),
            Err(why) => tracing::error!(%why, "a message for the next page was lost"),
        }
    }
}

impl From<&str> for Flash {
    fn from(text: &str) -> Self {
        Self::ok(text)
    }
}

impl From<String> for Flash {
    fn from(text: String) -> Self {
        Self::ok(text)
    }
}

/// Marks the message as shown, so that it does not come again.
pub fn shown(response: &mut Response) {
    cookies::clear(response, FLASH);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;
    use crate::http::respond::{Answer, see_other};

    /// What the page after the redirect reads.
    fn carried(flash: Flash) -> Flash {
        let mut response = see_other("/console").flash(flash);
        cookies::write_out(&mut response, false);
        let line = response.header("set-cookie").unwrap();
        let pair = line.split(';').next().unwrap();
        Flash::of(&Request::builder().header("cookie", pair).finish()).unwrap()
    }

    proptest! {
        #[test]
        fn any_text_arrives_as_it_was(text in any::<String>(), label in any::<String>()) {
            let mut flash = Flash::bad(text).undo("/console/invites/1/undo", label, 10);
            flash.text.truncate(flash.text.floor_char_boundary(MOST_BYTES));
            assert_eq!(carried(flash.clone()), flash);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let flash = carried(Flash::from("é".repeat(900)));
        assert_eq!(flash.text, "é".repeat(500));
    }

    #[test]
    fn undo_stays_on_this_site() {
        let flash = carried(Flash::ok("Sent.").undo("//evil.example/", "Undo", 10));
        assert_eq!(flash, Flash::ok("Sent."));
    }

    #[test]
    fn nonsense_is_no_message() {
        let req = Request::builder().header("cookie", "flash=%ff%00; flash=x").finish();
        assert_eq!(Flash::of(&req), None);
        assert_eq!(Flash::of(&Request::default()), None);
    }
}
