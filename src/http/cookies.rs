//! The two cookies there are: the session, and the one-time message of [`super::flash`].
//!
//! Both are host-only, `HttpOnly`, `SameSite=Lax` and for the whole site. On https their names
//! carry the `__Host-` prefix, so that no other host under the same domain can set them.
//! A handler notes a cookie on its response; the guard writes it out, for it knows the site.

use std::time::Duration;

use poem::http::HeaderValue;
use poem::http::header::{COOKIE, SET_COOKIE};
use poem::{Request, Response};

use super::origin::Site;

/// The cookie that holds the session's token.
pub const SESSION: &str = "anteroom";
/// The cookie that carries a message to the next page.
pub const FLASH: &str = "flash";

#[derive(Clone)]
struct Noted(Vec<Cookie>);

#[derive(Clone)]
struct Cookie {
    name: &'static str,
    value: String,
    max_age: Duration,
}

/// Lets the browser keep `value`, which must be of cookie characters only, for `max_age`.
pub fn set(response: &mut Response, name: &'static str, value: String, max_age: Duration) {
    let mut noted = response.data::<Noted>().cloned().unwrap_or(Noted(Vec::new()));
    noted.0.retain(|cookie| cookie.name != name);
    noted.0.push(Cookie { name, value, max_age });
    response.set_data(noted);
}

/// Has the browser forget this cookie.
pub fn clear(response: &mut Response, name: &'static str) {
    set(response, name, String::new(), Duration::ZERO);
}

/// The value of this cookie, if the browser sent one that is not empty.
pub fn read<'a>(req: &'a Request, name: &str) -> Option<&'a str> {
    let https = Site::of(req).is_https();
    req.headers().get_all(COOKIE).iter().find_map(|line| find(line, name, https))
}

/// The token of the session, not checked in any way.
pub fn session(req: &Request) -> Option<&str> {
    read(req, SESSION)
}

pub(super) fn find<'a>(line: &'a HeaderValue, name: &str, https: bool) -> Option<&'a str> {
    let prefix = prefix(https);
    line.to_str().ok()?.split(';').find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key.strip_prefix(prefix) == Some(name) && !value.is_empty()).then_some(value)
    })
}

fn prefix(https: bool) -> &'static str {
    if https { "__Host-" } else { "" }
}

/// Turns the noted cookies into headers.
pub(super) fn write_out(response: &mut Response, https: bool) {
    let Some(Noted(cookies)) = response.extensions_mut().remove() else { return };
    let (prefix, secure) = (prefix(https), if https { "; Secure" } else { "" });
    for Cookie { name, value, max_age } in cookies {
        let seconds = max_age.as_secs();
        let line = format!(
            "{prefix}{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        );
        if let Ok(line) = HeaderValue::try_from(line) {
            response.headers_mut().append(SET_COOKIE, line);
        } else {
            tracing::error!(name, "a cookie's value has characters it must not have");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::http::origin::Origin;

    const DAY: Duration = Duration::from_hours(24);

    fn written(change: impl Fn(&mut Response), https: bool) -> Vec<String> {
        let mut response = Response::default();
        change(&mut response);
        write_out(&mut response, https);
        let lines = response.headers().get_all(SET_COOKIE).iter();
        lines.map(|line| line.to_str().unwrap().to_owned()).collect()
    }

    fn request(cookies: &str, public: &str) -> Request {
        let mut req = Request::builder().header("cookie", cookies).finish();
        req.set_data(Site(Origin::parse(public).map(Arc::new)));
        req
    }

    #[test]
    fn a_cookie_is_bound_to_host_and_scheme() {
        let sets = |response: &mut Response| set(response, SESSION, "t0k".into(), DAY);
        let plain = "anteroom=t0k; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax";
        assert_eq!(written(sets, false), [plain]);
        assert_eq!(written(sets, true), [format!("__Host-{plain}; Secure")]);
    }

    #[test]
    fn the_last_word_on_a_cookie_counts() {
        let lines = written(
            |response| {
                set(response, SESSION, "one".into(), DAY);
                clear(response, SESSION);
                set(response, FLASH, "hi".into(), DAY);
            },
            false,
        );
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("anteroom=; Path=/; Max-Age=0;"));
    }

    #[test]
    fn a_value_cannot_smuggle_a_header() {
        let lines = written(|response| set(response, SESSION, "a\r\nX: b".into(), DAY), true);
        assert!(lines.is_empty());
    }

    #[test]
    fn only_the_name_for_this_scheme_is_read() {
        let cookies = "a=b; anteroom=plain;__Host-anteroom=safe; anteroom=later";
        assert_eq!(session(&request(cookies, "https://firm.example")), Some("safe"));
        assert_eq!(session(&request(cookies, "http://127.0.0.1:8080")), Some("plain"));
        assert_eq!(session(&request("anteroom=", "")), None);
        assert_eq!(session(&request("anteroom=x", "https://firm.example")), None);
        assert_eq!(session(&request("xanteroom=x; anteroom", "")), None);
    }
}
