//! The pages of a document on the page of a file: a few at a time, since a document may say that it has a million. Console
//! and portal show them alike, by `parts/leaves.html`.

use serde::{Deserialize, Serialize};

/// Pages at a time.
const AT_ONCE: u32 = 20;

/// From which page on somebody wants to see a document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct From {
    page: String,
}

/// Some pages of a document, or the one picture.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Leaves {
    /// Those shown.
    pub images: Vec<Leaf>,
    /// "Pages 21 to 40 of 312"; empty if all are shown.
    shown: String,
    /// The query that shows those before.
    before: Option<String>,
    /// The query that shows the next ones.
    next: Option<String>,
}

/// The image of one page.
#[derive(Clone, Debug, Serialize)]
pub struct Leaf {
    src: String,
    width: u32,
    height: u32,
    alt: String,
}

impl From {
    /// The page that begins the part in which the wanted one lies.
    fn first(&self, pages: u32) -> u32 {
        let wanted = self.page.parse().unwrap_or(1).clamp(1, pages.max(1));
        (wanted - 1) / AT_ONCE * AT_ONCE + 1
    }
}

impl Leaves {
    /// Of a document of so many pages, each as wide and high as the first; `src` says where the image of a page is, and
    /// `alone` is what a document of one page is called.
    #[must_use]
    pub fn of(
        from: &From,
        pages: u32,
        (width, height): (u32, u32),
        src: impl Fn(u32) -> String,
        alone: &str,
    ) -> Self {
        let first = from.first(pages);
        let last = first.saturating_add(AT_ONCE - 1).min(pages);
        let leaf = |page| {
            let alt = if pages == 1 { alone.to_owned() } else { format!("Page {page} of {pages}") };
            Leaf { src: src(page), width, height, alt }
        };
        let query = |page: u32| format!("?page={page}#preview");
        Self {
            images: (first..=last).map(leaf).collect(),
            shown: match pages > AT_ONCE {
                true => format!("Pages {first} to {last} of {pages}"),
                false => String::new(),
            },
            before: (first > 1).then(|| query(first - AT_ONCE)),
            next: (last < pages).then(|| query(last + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{From, Leaves};

    fn leaves(page: &str, pages: u32) -> Leaves {
        let from = From { page: page.to_owned() };
        Leaves::of(&from, pages, (3, 4), |page| format!("/preview/{page}"), "Lease.pdf")
    }

    #[test]
    fn a_million_pages_are_shown_a_few_at_a_time() {
        let first = leaves("", 1_000_000);
        assert_eq!(first.images.len(), 20);
        assert_eq!(first.shown, "Pages 1 to 20 of 1000000");
        assert_eq!((first.before, first.next.as_deref()), (None, Some("?page=21#preview")));
        let last = leaves("1000000", 1_000_000);
        assert_eq!((last.images[0].src.as_str(), last.next), ("/preview/999981", None));
        assert_eq!(last.before.as_deref(), Some("?page=999961#preview"));
    }

    #[test]
    fn a_short_document_is_shown_whole_and_what_no_page_is_is_the_first() {
        for wanted in ["", "0", "7", "-1", "99999999999", "x"] {
            let all = leaves(wanted, 20);
            assert_eq!((all.images.len(), all.shown.as_str()), (20, ""));
            assert_eq!((all.before, all.next), (None, None));
        }
        assert_eq!(leaves("", 1).images[0].alt, "Lease.pdf");
    }
}
