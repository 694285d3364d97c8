//! HTML as our own pages write it: stricter than a browser, so that a slip of a template is found here.
//!
//! [`Html::parse`] never fails; what is wrong is in [`Html::faults`].

mod check;
mod scan;

use std::fmt::Write;

use scan::{Piece, Scanner};

/// Elements that have no content.
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// Where an element stands in its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At(usize);

/// One element.
#[derive(Debug)]
pub struct Element {
    /// Its name, in lower case as written.
    pub tag: String,
    /// Its attributes, as they mean; empty for one without a value.
    pub attrs: Vec<(String, String)>,
    parent: Option<At>,
    content: Vec<Content>,
}

#[derive(Debug)]
enum Content {
    Text(String),
    Element(At),
}

impl Element {
    /// An attribute's value.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attrs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the attribute is there.
    pub fn has(&self, name: &str) -> bool {
        self.attr(name).is_some()
    }
}

/// A page or a fragment of one.
#[derive(Debug, Default)]
pub struct Html {
    elements: Vec<Element>,
    loose: Vec<Content>,
    faults: Vec<String>,
}

impl Html {
    /// Reads it, and notes what is not as it should be.
    pub fn parse(text: &str) -> Self {
        let mut html = Self::default();
        let mut open: Vec<At> = Vec::new();
        let mut scanner = Scanner::new(text);
        while let Some(piece) = scanner.next_piece() {
            match piece {
                Piece::Text(text) => html.add(open.last().copied(), Content::Text(text)),
                Piece::Open { tag, attrs, closed } => {
                    let parent = open.last().copied();
                    let at = At(html.elements.len());
                    let ends = closed || VOID.contains(&tag.as_str());
                    html.elements.push(Element { tag, attrs, parent, content: Vec::new() });
                    html.add(parent, Content::Element(at));
                    if !ends {
                        open.push(at);
                    }
                }
                Piece::Close(tag) => html.close(&mut open, &tag),
            }
        }
        for at in open {
            let fault = format!("<{}> is never closed", html[at].tag);
            html.faults.push(fault);
        }
        html.faults.append(&mut scanner.faults);
        check::check(&mut html, text);
        html
    }

    fn add(&mut self, parent: Option<At>, content: Content) {
        match parent {
            Some(At(at)) => self.elements[at].content.push(content),
            None => self.loose.push(content),
        }
    }

    fn close(&mut self, open: &mut Vec<At>, tag: &str) {
        match open.iter().rposition(|at| self[*at].tag == tag) {
            Some(place) => {
                for at in open.drain(place..).skip(1) {
                    let fault = format!("<{}> is closed by </{tag}>", self.elements[at.0].tag);
                    self.faults.push(fault);
                }
            }
            None => self.faults.push(format!("</{tag}> closes nothing")),
        }
    }

    /// What is not as it should be, as sentences.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// Every element, in the order of the page.
    pub fn all(&self) -> impl Iterator<Item = At> + use<> {
        (0..self.elements.len()).map(At)
    }

    /// Every element of this name.
    pub fn tags<'a>(&'a self, tag: &'a str) -> impl Iterator<Item = At> + 'a {
        self.all().filter(move |at| self[*at].tag == tag)
    }

    /// The element with this id.
    pub fn by_id(&self, id: &str) -> Option<At> {
        self.all().find(|at| self[*at].attr("id") == Some(id))
    }

    /// The element around this one.
    pub fn parent(&self, at: At) -> Option<At> {
        self[at].parent
    }

    /// The nearest element of this name around this one.
    pub fn around(&self, at: At, tag: &str) -> Option<At> {
        let mut place = self.parent(at);
        while let Some(found) = place.filter(|found| self[*found].tag != tag) {
            place = self.parent(found);
        }
        place
    }

    /// Whether `inner` stands inside `outer`.
    pub fn is_inside(&self, inner: At, outer: At) -> bool {
        let mut place = self.parent(inner);
        while let Some(found) = place {
            if found == outer {
                return true;
            }
            place = self.parent(found);
        }
        false
    }

    /// What a person reads, with single spaces; of the whole page, if no element is named.
    pub fn text(&self, at: Option<At>) -> String {
        let mut text = String::new();
        self.write_text(at, &mut text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text as it is written in the page, of a `textarea`.
    pub fn exact_text(&self, at: At) -> String {
        let mut text = String::new();
        self.write_text(Some(at), &mut text);
        text
    }

    fn write_text(&self, at: Option<At>, text: &mut String) {
        let content = match at {
            Some(at) => &self[at].content,
            None => &self.loose,
        };
        for part in content {
            match part {
                Content::Text(words) => text.push_str(words),
                Content::Element(at) => {
                    let block = !INLINE.contains(&self[*at].tag.as_str());
                    if block {
                        text.push(' ');
                    }
                    self.write_text(Some(*at), text);
                    if block {
                        text.push(' ');
                    }
                }
            }
        }
    }

    /// Names, for messages.
    pub fn describe(&self, at: At) -> String {
        let mut words = format!("<{}", self[at].tag);
        for name in ["id", "name", "href", "action", "for"] {
            if let Some(value) = self[at].attr(name) {
                let _ = write!(words, " {name}=\"{value}\"");
            }
        }
        words + ">"
    }
}

/// Elements that do not break a line of text.
const INLINE: [&str; 16] = [
    "a", "b", "bdi", "code", "em", "i", "kbd", "q", "s", "small", "span", "strong", "sub", "sup",
    "time", "u",
];

impl std::ops::Index<At> for Html {
    type Output = Element;

    fn index(&self, At(at): At) -> &Element {
        &self.elements[at]
    }
}

#[test]
fn a_page_is_read_as_it_is_meant() {
    let html = Html::parse(
        "<ul class=\"a b\"><li id=\"x\">R&amp;D <b>now</b></li><li><input name=\"n\" disabled></li></ul>",
    );
    assert_eq!(html.faults(), <[String; 0]>::default());
    assert_eq!(html.text(html.by_id("x")), "R&D now");
    let input = html.tags("input").next().unwrap();
    assert!(html[input].has("disabled"));
    assert!(html.is_inside(input, html.tags("ul").next().unwrap()));
}

#[test]
fn what_a_template_can_get_wrong_is_found() {
    for (text, fault) in [
        ("<p><div></div></p>", "<div> inside <p>"),
        ("<b><i></b>", "<i> is closed by </b>"),
        ("</b>", "</b> closes nothing"),
        ("<b>", "<b> is never closed"),
        ("<p class=a></p>", "is not in double quotes"),
        ("<p id=\"a\"></p><p id=\"a\"></p>", "id \"a\" is there twice"),
        ("<label for=\"a\">A</label>", "for=\"a\" points at nothing"),
        ("<p style=\"color: red\"></p>", "inline style"),
        ("<p onclick=\"x()\"></p>", "inline script"),
        ("<script>x()</script>", "inline script"),
        ("<a href=\"javascript:x()\">x</a>", "script in a link"),
        ("<p>a & b</p>", "a bare &"),
        ("<p>a < b</p>", "a bare <"),
        ("<p>{{ x }}</p>", "template code"),
    ] {
        let faults = Html::parse(text).faults;
        assert!(faults.iter().any(|found| found.contains(fault)), "{text}: {faults:?}");
    }
}
