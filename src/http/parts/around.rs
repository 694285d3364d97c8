//! The larger parts that stand on nearly every page: the firm's brand, the page's heading, tabs, the pager.

use minijinja::value::Kwargs;
use minijinja::{Environment, Error, State, Value};

use super::{Named, draw, made};
use crate::http::html::Html;

/// Gives templates their functions:
///
/// - `brand(firm, href)`: the firm's logo or initial, with its name, as a link.
/// - `page_head(title, text="", crumbs=[])`: `{% call %}` puts actions at the end of the line; crumbs `{href, label}`.
/// - `tabs(items, label)`: each `{href, label, current, count?}`.
/// - `pager(pages)`: `{text, back, next}`, the last two hrefs or none.
pub(super) fn register(environment: &mut Environment<'_>) {
    environment
        .add_function("brand", |firm: &Value, href: &str| made(|html| brand(html, firm, href)));
    environment.add_function("page_head", page_head);
    environment
        .add_function("tabs", |items: &Value, label: &str| made(|html| tabs(html, items, label)));
    environment.add_function("pager", |pages: &Value| made(|html| pager(html, pages)));
}

fn brand(html: &mut Html, firm: &Value, href: &str) -> Result<(), Error> {
    let (name, logo) = (firm.get_attr("name")?, firm.get_attr("logo")?);
    html.fill(r#"<a class="brand" href="{}">"#, [href]);
    if let Some(logo) = logo.as_str() {
        html.fill(r#"<img class="logo-image" src="{}" alt="">"#, [logo]);
    } else {
        html.tags(r#"<span class="logo" aria-hidden="true">"#);
        let initial = name.as_str().and_then(|name| name.chars().next());
        initial.into_iter().flat_map(char::to_uppercase).for_each(|capital| html.show(capital));
        html.tags("</span>");
    }
    html.tags("<span>");
    html.value(&name)?;
    html.tags("</span></a>");
    Ok(())
}

fn page_head(
    state: &mut State<'_, '_>,
    title: Value,
    text: Option<String>,
    more: Kwargs,
) -> Result<Value, Error> {
    let named = Named::of(&more, &["text", "crumbs", "caller"])?;
    let actions = named.value("caller")?.map(|caller| caller.call(state, &[])).transpose()?;
    let text = match &text {
        Some(text) => text,
        None => named.word("text")?,
    };
    made(|html| {
        html.tags("<header class=\"page-head\"><div>");
        if let Some(crumbs) = named.value("crumbs")?.filter(Value::is_true) {
            html.tags(r#"<nav aria-label="Breadcrumb"><ol class="crumbs">"#);
            for step in crumbs.try_iter()? {
                html.tags("<li>");
                link(html, &step, |_| Ok(()))?;
                html.tags("</li>");
            }
            html.tags("</ol></nav>");
        }
        html.tags("<h1>");
        html.value(&title)?;
        html.tags("</h1>");
        if !text.is_empty() {
            html.fill("<p class=\"muted\">{}</p>", [text]);
        }
        html.tags("</div>");
        if let Some(actions) = actions {
            html.tags("<div class=\"row actions\">");
            html.value(&actions)?;
            html.tags("</div>");
        }
        html.tags("</header>");
        Ok(())
    })
}

fn tabs(html: &mut Html, items: &Value, label: &str) -> Result<(), Error> {
    html.fill(r#"<nav class="tabs" aria-label="{}">"#, [label]);
    for item in items.try_iter()? {
        link(html, &item, |html| {
            let count = item.get_attr("count")?;
            if !count.is_undefined() && !count.is_none() {
                html.tags(" <span class=\"faint\">");
                html.value(&count)?;
                html.tags("</span>");
            }
            Ok(())
        })?;
    }
    html.tags("</nav>");
    Ok(())
}

/// A link with `{href, label, current?}`, and what stands behind its words.
fn link(
    html: &mut Html,
    item: &Value,
    behind: impl FnOnce(&mut Html) -> Result<(), Error>,
) -> Result<(), Error> {
    html.tags("<a href=\"");
    html.value(&item.get_attr("href")?)?;
    let current = item.get_attr("current")?.is_true();
    html.tags(if current { "\" aria-current=\"page\">" } else { "\">" });
    html.value(&item.get_attr("label")?)?;
    behind(html)?;
    html.tags("</a>");
    Ok(())
}

fn pager(html: &mut Html, pages: &Value) -> Result<(), Error> {
    html.tags("<div class=\"row between small muted\"><span>");
    html.value(&pages.get_attr("text")?)?;
    html.tags("</span>");
    let (back, next) = (pages.get_attr("back")?, pages.get_attr("next")?);
    if back.is_true() || next.is_true() {
        html.tags("<nav class=\"row\" aria-label=\"Pages\">");
        if let Some(back) = back.as_str() {
            html.fill(r#"<a class="btn btn-sm" href="{}" rel="prev">"#, [back]);
            draw(html, "left", "", "")?;
            html.tags("Back</a>");
        }
        if let Some(next) = next.as_str() {
            html.fill(r#"<a class="btn btn-sm" href="{}" rel="next">Next page"#, [next]);
            draw(html, "right", "", "")?;
            html.tags("</a>");
        }
        html.tags("</nav>");
    }
    html.tags("</div>");
    Ok(())
}

#[cfg(test)]
mod tests {
    use minijinja::{AutoEscape, context};

    use super::*;

    fn drawn(template: &str) -> String {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        super::super::register(&mut environment);
        let firm = context! { name => "élan & Co", logo => () };
        environment.render_str(template, context! { firm }).unwrap()
    }

    #[test]
    fn a_firm_without_a_logo_shows_its_initial() {
        assert_eq!(
            drawn("{{ brand(firm, '/p?a&b') }}"),
            "<a class=\"brand\" href=\"/p?a&amp;b\"><span class=\"logo\" aria-hidden=\"true\">É</span>\
             <span>élan &amp; Co</span></a>"
        );
    }

    #[test]
    fn a_heading_has_what_it_is_given() {
        assert_eq!(
            drawn("{{ page_head('A & B', crumbs=[]) }}"),
            "<header class=\"page-head\"><div><h1>A &amp; B</h1></div></header>"
        );
        let whole = drawn(
            "{% call page_head('A', '<b>', crumbs=[{'href': '/a', 'label': 'C'}]) %}<i>{{ '<' }}</i>{% endcall %}",
        );
        for part in [
            "<li><a href=\"/a\">C</a></li>",
            "<p class=\"muted\">&lt;b&gt;</p>",
            "<div class=\"row actions\"><i>&lt;</i></div>",
        ] {
            assert!(whole.contains(part), "{part} in {whole}");
        }
    }

    #[test]
    fn tabs_and_the_pager_lead_on() {
        let tabs = drawn(
            "{{ tabs([{'href': '/a', 'label': 'A', 'current': true, 'count': 0}, {'href': '/b', 'label': '<b>'}], 'Which') }}",
        );
        assert_eq!(
            tabs,
            "<nav class=\"tabs\" aria-label=\"Which\"><a href=\"/a\" aria-current=\"page\">A <span class=\"faint\">0\
             </span></a><a href=\"/b\">&lt;b&gt;</a></nav>"
        );
        let alone = drawn("{{ pager({'text': '3 clients', 'back': none, 'next': none}) }}");
        assert!(!alone.contains("<nav"));
        let between =
            drawn("{{ pager({'text': '51 to 100', 'back': '/a', 'next': '/a?page=3&b'}) }}");
        assert!(between.contains("rel=\"prev\"") && between.contains("href=\"/a?page=3&amp;b\""));
    }
}
