//! Says so when a link led somebody to another of their clients than the one they were looking at.
//!
//! Nothing is kept for it: the page they came from tells. A link in a mail comes from no page of ours.

use poem::Request;
use poem::http::header::REFERER;

use super::frame::Frame;

/// The list of one's clients: whoever comes from it has just chosen.
const CHOOSER: &str = "/p/choose";

/// What to tell somebody of several clients who comes to a page of one of them from elsewhere.
pub(super) fn note(req: &Request, frame: &Frame) -> Option<String> {
    let (home, name) = frame.one_of_several()?;
    let from = req.header(REFERER).and_then(path);
    let chosen = from.is_some_and(|from| from == CHOOSER || is_below(from, home));
    (!chosen).then(|| format!("You are now looking at {name}."))
}

/// The path of an address; which site it is of matters little here.
fn path(address: &str) -> Option<&str> {
    let (_, behind) = address.split_once("://")?;
    let at = behind.find('/')?;
    behind[at..].split(['?', '#']).next()
}

fn is_below(path: &str, home: &str) -> bool {
    path.strip_prefix(home).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::{is_below, path};

    #[test]
    fn pages_of_a_client_are_told_from_those_of_others() {
        let home = "/p/cl_1";
        assert!(is_below("/p/cl_1", home) && is_below("/p/cl_1/files", home));
        assert!(!is_below("/p/cl_12", home) && !is_below("/p/cl_2/files", home));
        assert_eq!(path("https://portal.example/p/cl_1/todo?a=/#b"), Some("/p/cl_1/todo"));
        assert_eq!(path("https://portal.example"), None);
        assert_eq!(path("nonsense"), None);
    }
}
