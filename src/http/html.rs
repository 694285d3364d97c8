//! HTML that is written here instead of by a template: for what stands on a page so often that a template takes too
//! long over it.
//!
//! Tags are literals of this program; everything else is escaped on its way in. So nothing that somebody typed can
//! become a tag.

use std::fmt;

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};
use serde::Serialize;

/// A piece of HTML in the making.
#[derive(Clone, Debug, Default)]
pub struct Html(String);

impl Html {
    /// With room for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// Tags and words of this program.
    pub fn tags(&mut self, html: &'static str) {
        self.0.push_str(html);
    }

    /// Words of somebody else, also within a quoted attribute.
    pub fn text(&mut self, text: &str) {
        self.0.extend(escaped(text));
    }

    /// What something prints, escaped like a text.
    pub fn show(&mut self, value: impl fmt::Display) {
        struct Texts<'a>(&'a mut Html);
        impl fmt::Write for Texts<'_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0.text(text);
                Ok(())
            }
        }
        // Only what is printed could fail, and that has no reason to.
        let _ = fmt::Write::write_fmt(&mut Texts(self), format_args!("{value}"));
    }

    /// Tags with a text in place of each `{}`.
    pub fn fill<const N: usize>(&mut self, html: &'static str, texts: [&str; N]) {
        debug_assert!(
            html.matches("{}").count() == N && html.matches('{').count() == N,
            "one text for each place in {html}"
        );
        let mut rest = html;
        for text in texts {
            // One character is found faster than two.
            let Some((tags, behind)) = rest.split_once('{') else { break };
            self.tags(tags);
            self.text(text);
            rest = &behind[1..];
        }
        self.tags(rest);
    }

    /// What a template holds. As in the template, text is escaped, HTML is not, and what is missing is an error.
    pub(super) fn value(&mut self, value: &Value) -> Result<(), Error> {
        match (value.as_str(), value.kind()) {
            (Some(html), _) if value.is_safe() => self.0.push_str(html),
            (Some(text), _) => self.text(text),
            (None, ValueKind::Undefined) => return Err(ErrorKind::UndefinedError.into()),
            (None, _) => self.text(&value.to_string()),
        }
        Ok(())
    }
}

/// Finished HTML, for a template to print as it is.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Markup(Value);

impl From<Html> for Markup {
    #[expect(clippy::disallowed_methods, reason = "made of literals and of escaped words")]
    fn from(html: Html) -> Self {
        Self(Value::from_safe_string(html.0))
    }
}

impl From<Html> for Value {
    fn from(html: Html) -> Self {
        Markup::from(html).0
    }
}

/// The bytes that are written as entities. A table, for every byte of every text is looked up in it.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut at = 0;
    while at < b"&<>\"'".len() {
        special[b"&<>\"'"[at] as usize] = true;
        at += 1;
    }
    special
};

/// Text for HTML, also within quoted attributes, piece by piece.
pub(super) fn escaped(text: &str) -> impl Iterator<Item = &str> {
    let (mut rest, mut special) = (text, None);
    std::iter::from_fn(move || {
        if let Some(entity) = special.take() {
            return Some(entity);
        }
        if rest.is_empty() {
            return None;
        }
        let Some(at) = rest.bytes().position(|byte| SPECIAL[usize::from(byte)]) else {
            return Some(std::mem::take(&mut rest));
        };
        let (plain, from_special) = rest.split_at(at);
        special = Some(match from_special.as_bytes()[0] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        });
        rest = &from_special[1..];
        Some(plain)
    })
}

#[cfg(test)]
mod tests {
    use minijinja::value::Serde;
    use minijinja::{Environment, context};
    use proptest::prelude::{any, proptest};

    use super::*;

    proptest! {
        #[test]
        fn what_people_typed_is_never_a_tag(typed in any::<String>()) {
            let mut html = Html::default();
            html.text(&typed);
            assert!(!html.0.contains(['<', '>', '"', '\'']));
            let back = html.0.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
            assert_eq!(back.replace("&#39;", "'").replace("&amp;", "&"), typed);
        }
    }

    #[test]
    fn texts_take_their_places_between_tags() {
        let mut html = Html::default();
        html.fill(r#"<a href="{}">{}</a>"#, ["/a?b&c", "<i> – é"]);
        html.fill("<br>", []);
        html.show(format_args!("{} < {}", 1, '&'));
        assert_eq!(html.0, r#"<a href="/a?b&amp;c">&lt;i&gt; – é</a><br>1 &lt; &amp;"#);
    }

    #[test]
    fn a_template_prints_it_as_it_is() {
        #[derive(Serialize)]
        struct Page {
            rows: Markup,
        }
        let mut html = Html::default();
        html.fill("<b>{}</b>", ["a & b"]);
        let mut environment = Environment::new();
        environment.add_template("page.html", "{{ page.rows }}").unwrap();
        let context = context! { page => Serde(&Page { rows: html.into() }) };
        let printed = environment.get_template("page.html").unwrap().render(context).unwrap();
        assert_eq!(printed, "<b>a &amp; b</b>");
    }
}
