//! What the firm writes in Markdown, as HTML: tags are ours, words are escaped.

use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind};

use super::{Named, made};
use crate::http::html::Html;
use crate::values::markdown::{Around, Part, parts};

/// Gives templates `markdown(text, heading=3)`: paragraphs, lists, emphasis and links of a text; its headings all have the
/// one level, 2 to 4.
pub(super) fn register(environment: &mut Environment<'_>) {
    environment.add_function("markdown", |text: &str, more: Kwargs| {
        Named::of(&more, &["heading"])?;
        let heading = heading(more.peek::<Option<u8>>("heading")?.unwrap_or(3))?;
        made(|html| {
            markdown(html, text, heading);
            Ok(())
        })
    });
}

/// The tags of a heading.
fn heading(level: u8) -> Result<[&'static str; 2], Error> {
    match level {
        2 => Ok(["<h2>", "</h2>"]),
        3 => Ok(["<h3>", "</h3>"]),
        4 => Ok(["<h4>", "</h4>"]),
        _ => Err(Error::new(ErrorKind::InvalidOperation, "headings have level 2, 3 or 4")),
    }
}

fn markdown(html: &mut Html, text: &str, heading: [&'static str; 2]) {
    for part in parts(text) {
        match part {
            Part::Text(words) => html.text(&words),
            Part::Break => html.tags("<br>"),
            Part::Begin(Around::Numbers { from: 1 }) => html.tags("<ol>"),
            Part::Begin(Around::Numbers { from }) => {
                html.fill(r#"<ol start="{}">"#, [&from.to_string()]);
            }
            Part::Begin(Around::Link { to }) => {
                html.fill(r#"<a href="{}" rel="noreferrer">"#, [&to]);
            }
            Part::Begin(around) => html.tags(tags(&around, heading)[0]),
            Part::End(around) => html.tags(tags(&around, heading)[1]),
        }
    }
}

fn tags(around: &Around, heading: [&'static str; 2]) -> [&'static str; 2] {
    match around {
        Around::Heading => heading,
        Around::Paragraph => ["<p>", "</p>"],
        Around::Points => ["<ul>", "</ul>"],
        Around::Numbers { .. } => ["<ol>", "</ol>"],
        Around::Entry => ["<li>", "</li>"],
        Around::Strong => ["<strong>", "</strong>"],
        Around::Emphasis => ["<em>", "</em>"],
        Around::Link { .. } => ["<a>", "</a>"],
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, proptest};

    use super::*;

    fn drawn(text: &str) -> String {
        let mut environment = Environment::new();
        register(&mut environment);
        let context = minijinja::context! { text };
        environment.render_str("{{ markdown(text, heading=2) }}", context).unwrap()
    }

    #[test]
    fn it_reads_as_it_was_meant() {
        assert_eq!(
            drawn("# Bring *these*\n\n3. one & two\n4. [three](https://a.example/?b&c)"),
            "<h2>Bring <em>these</em></h2><ol start=\"3\"><li>one &amp; two</li><li>\
             <a href=\"https://a.example/?b&amp;c\" rel=\"noreferrer\">three</a></li></ol>"
        );
    }

    #[test]
    fn html_stays_words_and_images_are_none() {
        assert_eq!(
            drawn(
                "<img src=x onerror=alert(1)> ![pixel](https://a.example/p.gif) [x](javascript:y)"
            ),
            "<p>&lt;img src=x onerror=alert(1)&gt; pixel x</p>"
        );
    }

    proptest! {
        #[test]
        fn no_tag_but_ours_comes_out(text in r#"(?s)([-*_#>`\[\]()!<&;"' \n1.a]|https?://a.example|javascript:|</?(b|script)>|.)*"#) {
            let html = drawn(&text);
            for tag in html.split('<').skip(1) {
                let (tag, _) = tag.split_once('>').expect("every tag is closed");
                let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
                let known = ["p", "br", "h2", "ul", "ol", "li", "strong", "em", "a"];
                prop_assert!(known.contains(&name), "{}", tag);
                if let Some(link) = tag.strip_prefix("a ") {
                    let link = link.strip_prefix("href=\"").and_then(|rest| rest.strip_suffix("\" rel=\"noreferrer\""));
                    prop_assert!(link.is_some_and(|to| !to.contains('"')), "{}", tag);
                }
            }
        }
    }
}
