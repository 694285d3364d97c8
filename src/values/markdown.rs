//! What the firm writes to its clients in Markdown: paragraphs, line breaks, emphasis, lists, links and headings.
//! Everything else that Markdown knows, and all HTML, is read as the words it is written with.

use pulldown_cmark::{Event, Options, Parser, Tag, TextMergeStream};

use super::email::Email;
use super::text::{Piece, pieces};

/// A part of such a text. Each [`Part::Begin`] has its [`Part::End`], and they nest as tags do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Something begins.
    Begin(Around),
    /// It ends.
    End(Around),
    /// Words.
    Text(String),
    /// The end of a line within a paragraph.
    Break,
}

/// What stands around words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Around {
    /// A heading, of whichever size.
    Heading,
    /// A paragraph.
    Paragraph,
    /// A list with points.
    Points,
    /// A list with numbers.
    Numbers {
        /// The first of them.
        from: u64,
    },
    /// An entry of a list.
    Entry,
    /// Strong words.
    Strong,
    /// Emphasis.
    Emphasis,
    /// A link: http, https or mailto, fit for `href`.
    Link {
        /// Where to.
        to: String,
    },
}

/// Lists within lists: deeper ones are read as lines of the list around them.
const MOST_LISTS: usize = 4;

/// The parts of a text. None of them is nested deeper than a page can show.
#[must_use]
pub fn parts(text: &str) -> Vec<Part> {
    let mut reading = Reading::default();
    for event in TextMergeStream::new(Parser::new_ext(text, Options::empty())) {
        reading.event(event);
    }
    reading.parts
}

#[derive(Default)]
struct Reading {
    parts: Vec<Part>,
    /// What is open, from the outside; none for what is not shown as such.
    open: Vec<Option<Around>>,
}

impl Reading {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(_) => {
                if let Some(Some(around)) = self.open.pop() {
                    self.drop_last_break();
                    self.parts.push(Part::End(around));
                }
            }
            Event::SoftBreak | Event::HardBreak => self.parts.push(Part::Break),
            Event::Rule => {
                self.parts.push(Part::Begin(Around::Paragraph));
                self.parts.push(Part::Text("———".to_owned()));
                self.parts.push(Part::End(Around::Paragraph));
            }
            Event::Text(text) => self.lines(&text, true),
            Event::Code(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.lines(&text, false),
            Event::TaskListMarker(_) => {}
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        let around = match tag {
            Tag::Paragraph | Tag::HtmlBlock | Tag::CodeBlock(_) => Some(Around::Paragraph),
            Tag::Heading { .. } => Some(Around::Heading),
            Tag::List(first) => self.list(first),
            Tag::Item => self.entry(),
            Tag::Emphasis => self.once(Around::Emphasis),
            Tag::Strong => self.once(Around::Strong),
            Tag::Link { dest_url, .. } => self.link(&dest_url),
            _ => None,
        };
        if let Some(around) = &around {
            self.parts.push(Part::Begin(around.clone()));
        }
        self.open.push(around);
    }

    fn list(&self, first: Option<u64>) -> Option<Around> {
        let list =
            |open: &&Option<Around>| matches!(open, Some(Around::Points | Around::Numbers { .. }));
        let deep = self.open.iter().filter(list).count();
        let around = first.map_or(Around::Points, |from| Around::Numbers { from });
        (deep < MOST_LISTS).then_some(around)
    }

    /// The list around it is the last thing that was opened.
    fn entry(&mut self) -> Option<Around> {
        if self.open.last().is_some_and(Option::is_some) {
            return Some(Around::Entry);
        }
        self.parts.push(Part::Break);
        None
    }

    fn once(&self, around: Around) -> Option<Around> {
        (!self.open.contains(&Some(around.clone()))).then_some(around)
    }

    fn link(&self, to: &str) -> Option<Around> {
        (!self.in_link() && leads_somewhere(to)).then(|| Around::Link { to: to.to_owned() })
    }

    fn in_link(&self) -> bool {
        self.open.iter().any(|open| matches!(open, Some(Around::Link { .. })))
    }

    /// Words, which may have lines where they are no Markdown, and addresses where they are.
    fn lines(&mut self, text: &str, addresses: bool) {
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.parts.push(Part::Break);
            }
            if line.is_empty() {
                continue;
            }
            if !addresses || self.in_link() {
                self.parts.push(Part::Text(line.to_owned()));
                continue;
            }
            self.parts.extend(pieces(line).into_iter().flat_map(|piece| match piece {
                Piece::Text(text) => vec![Part::Text(text)],
                Piece::Link(to) => {
                    let around = Around::Link { to: to.clone() };
                    vec![Part::Begin(around.clone()), Part::Text(to), Part::End(around)]
                }
            }));
        }
    }

    /// A paragraph does not end in an empty line.
    fn drop_last_break(&mut self) {
        while self.parts.last() == Some(&Part::Break) {
            self.parts.pop();
        }
    }
}

/// Whether it is a whole address of the web or of a mailbox.
fn leads_somewhere(to: &str) -> bool {
    if to.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return false;
    }
    let Some((scheme, rest)) = to.split_once(':') else { return false };
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => rest.strip_prefix("//").is_some_and(|rest| {
            let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
            host.starts_with(|c: char| c.is_alphanumeric() || c == '[') && !host.contains('@')
        }),
        "mailto" => Email::parse(rest.split('?').next().unwrap_or_default()).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prop_assert, prop_assert_eq, proptest};

    fn links(text: &str) -> Vec<String> {
        let link = |part| match part {
            Part::Begin(Around::Link { to }) => Some(to),
            _ => None,
        };
        parts(text).into_iter().filter_map(link).collect()
    }

    fn words(text: &str) -> String {
        let word = |part| match part {
            Part::Text(text) => text,
            Part::Break => "\n".to_owned(),
            Part::Begin(_) | Part::End(_) => String::new(),
        };
        parts(text).into_iter().map(word).collect()
    }

    #[test]
    fn paragraphs_keep_the_lines_people_typed() {
        use Part::{Begin, Break, End, Text};
        let paragraph = Around::Paragraph;
        assert_eq!(
            parts("One\ntwo\n\n**three**"),
            [
                Begin(paragraph.clone()),
                Text("One".into()),
                Break,
                Text("two".into()),
                End(paragraph.clone()),
                Begin(paragraph.clone()),
                Begin(Around::Strong),
                Text("three".into()),
                End(Around::Strong),
                End(paragraph),
            ]
        );
    }

    #[test]
    fn links_lead_to_the_web_or_to_a_mailbox() {
        for (text, link) in [
            ("[here](https://a.example/it's?b=1&c=2#d)", "https://a.example/it's?b=1&c=2#d"),
            (
                "[mail](mailto:priya@firm.example?subject=VAT)",
                "mailto:priya@firm.example?subject=VAT",
            ),
            ("<http://a.example>", "http://a.example"),
            ("See https://a.example/b_c_d.", "https://a.example/b_c_d"),
            ("[https://b.example](https://a.example)", "https://a.example"),
        ] {
            assert_eq!(links(text), [link], "{text}");
        }
    }

    #[test]
    fn other_links_are_words() {
        for text in [
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html,hi)",
            "[x](&#106;avascript:alert(1))",
            "[x](/console)",
            "[x](//evil.example)",
            "[x](https:evil.example)",
            "[x](https://bank.example@evil.example)",
            "[x](https://bank.example\\@evil.example@)",
            "[x](mailto:nobody)",
            "<javascript:alert(1)>",
            "![x](https://a.example/pixel.gif)",
        ] {
            let found = links(text);
            assert!(
                found.iter().all(|link| link.starts_with("https://bank.example\\")),
                "{text}: {found:?}"
            );
            assert!(words(text).contains('x') || words(text).contains("alert"), "{text}");
        }
    }

    #[test]
    fn html_and_code_are_the_words_they_are_written_with() {
        assert_eq!(words("a <b>bold</b> word"), "a <b>bold</b> word");
        assert_eq!(words("<script>\nalert(1)\n</script>"), "<script>\nalert(1)\n</script>");
        assert_eq!(words("`<i>`"), "<i>");
        assert_eq!(words("```\none\n  two\n```"), "one\n  two");
    }

    #[test]
    fn lists_in_lists_end_somewhere() {
        let deep = parts(&format!("{}deep", "- ".repeat(4_000)));
        let lists = deep.iter().filter(|part| **part == Part::Begin(Around::Points)).count();
        assert_eq!(lists, MOST_LISTS);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_its_parts_nest(text in r"(?s)([-*_#>`\[\]()!<&; \n1.a]|https?://a.example|javascript:|<b>|.)*") {
            let mut open = Vec::new();
            for part in parts(&text) {
                match part {
                    Part::Begin(Around::Link { to }) => {
                        prop_assert!(["http://", "https://", "mailto:"].iter().any(|scheme| {
                            to.to_ascii_lowercase().starts_with(scheme)
                        }), "{}", to);
                        let within = open.iter().any(|open| matches!(open, Around::Link { .. }));
                        prop_assert!(!within);
                        open.push(Around::Link { to });
                    }
                    Part::Begin(around) => open.push(around),
                    Part::End(around) => prop_assert_eq!(open.pop(), Some(around)),
                    Part::Text(text) => prop_assert!(!text.contains('\n')),
                    Part::Break => {}
                }
                prop_assert!(open.len() < 16);
            }
            prop_assert!(open.is_empty());
        }

        #[test]
        fn plain_words_come_back(text in "[a-z]{1,9}( [a-z]{1,9}){0,9}") {
            prop_assert_eq!(words(&text), text);
        }
    }
}
