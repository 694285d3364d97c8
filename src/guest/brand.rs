//! The firm's color and logo, as files that browsers may keep for ever: each change has another name.

use poem::http::HeaderValue;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use poem::web::Path;
use poem::{Response, handler};

use crate::error::{Error, Result};
use crate::http::routes::Routes;
use crate::model::Guest;
use crate::values::Accent;

pub(super) fn routes() -> Routes {
    Routes::default().get("/brand/:file", brand)
}

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// `2c6b57.css` is the sheet of a color, `lg_….png` the logo.
#[handler]
async fn brand(guest: Guest, Path(file): Path<String>) -> Result<Response> {
    let (kind, body) = match file.rsplit_once('.') {
        Some((digits, "css")) => ("text/css; charset=utf-8", sheet(digits)?.into_bytes()),
        Some((id, "png")) => ("image/png", guest.logo(id.parse().map_err(|_| Error::NotFound)?)?),
        _ => return Err(Error::NotFound),
    };
    let answer = Response::builder().header(CONTENT_TYPE, kind).header(CACHE_CONTROL, FOR_EVER);
    Ok(answer.body(body))
}

/// Everything else is derived from this one color by the sheets of the pages.
fn sheet(digits: &str) -> Result<String> {
    let accent = Accent::parse(digits).map_err(|_| Error::NotFound)?;
    // One spelling: anybody could fill caches with others.
    if accent.hex().strip_prefix('#') != Some(digits) {
        return Err(Error::NotFound);
    }
    Ok(format!(":root{{--brand:{accent}}}\n"))
}

#[cfg(test)]
mod tests {
    use super::sheet;

    #[test]
    fn a_color_has_one_sheet() {
        assert_eq!(sheet("2c6b57").unwrap(), ":root{--brand:#2c6b57}\n");
        for odd in ["2C6B57", "#2c6b57", "2c6b5", "2c6b57 ", "red", "", "2c6b57}body{"] {
            assert!(sheet(odd).is_err(), "{odd}");
        }
    }
}
