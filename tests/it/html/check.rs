//! What must hold on every page, whoever wrote its template.

use std::collections::HashSet;

use super::{At, Html};

/// What ends a paragraph for a browser, whatever the template meant.
const BLOCKS: [&str; 24] = [
    "address", "article", "aside", "details", "div", "dl", "fieldset", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table",
    "ul",
];

/// Attributes that name other elements by their ids.
const POINTERS: [&str; 7] = [
    "for",
    "aria-labelledby",
    "aria-describedby",
    "aria-controls",
    "popovertarget",
    "form",
    "list",
];

/// Notes the faults of a page that was read.
pub fn check(html: &mut Html, text: &str) {
    let mut faults = Vec::new();
    let ids = ids(html, &mut faults);
    for at in html.all() {
        scripts(html, at, &mut faults);
        pointers(html, at, &ids, &mut faults);
        nesting(html, at, &mut faults);
        names(html, at, &mut faults);
    }
    if text.trim_start().to_ascii_lowercase().starts_with("<!doctype") {
        whole(html, &mut faults);
    }
    html.faults.extend(faults);
}

fn ids(html: &Html, faults: &mut Vec<String>) -> HashSet<String> {
    let mut ids = HashSet::new();
    for at in html.all() {
        if let Some(id) = html[at].attr("id")
            && !ids.insert(id.to_owned())
        {
            faults.push(format!("id {id:?} is there twice"));
        }
    }
    ids
}

fn scripts(html: &Html, at: At, faults: &mut Vec<String>) {
    let element = &html[at];
    if element.has("style") || element.tag == "style" {
        faults.push(format!("inline style in {}", html.describe(at)));
    }
    let handler = element.attrs.iter().any(|(name, _)| name.starts_with("on"));
    if handler || (element.tag == "script" && !element.has("src")) {
        faults.push(format!("inline script in {}", html.describe(at)));
    }
    for name in ["href", "src", "action", "formaction"] {
        let Some(value) = element.attr(name) else { continue };
        let value = value.trim().to_ascii_lowercase();
        if value.starts_with("javascript:") || value.starts_with("data:text") {
            faults.push(format!("script in a link: {}", html.describe(at)));
        }
    }
}

fn pointers(html: &Html, at: At, ids: &HashSet<String>, faults: &mut Vec<String>) {
    for name in POINTERS {
        for id in html[at].attr(name).unwrap_or_default().split_whitespace() {
            if !ids.contains(id) {
                faults.push(format!("{name}=\"{id}\" points at nothing in {}", html.describe(at)));
            }
        }
    }
}

fn nesting(html: &Html, at: At, faults: &mut Vec<String>) {
    let tag = html[at].tag.as_str();
    let mut no = |outer: &str| {
        if html.around(at, outer).is_some() {
            faults.push(format!("<{tag}> inside <{outer}>: {}", html.describe(at)));
        }
    };
    if BLOCKS.contains(&tag) {
        no("p");
    }
    if matches!(tag, "a" | "button" | "input" | "select" | "textarea") {
        no("a");
        no("button");
    }
    if matches!(tag, "form" | "a" | "label") {
        no(tag);
    }
    let parent = html.parent(at).map(|parent| html[parent].tag.as_str());
    // What a template holds is put elsewhere before anybody sees it.
    let parent = parent.filter(|parent| *parent != "template");
    let fits = match (tag, parent) {
        ("li", Some(parent)) => matches!(parent, "ul" | "ol" | "menu"),
        ("dt" | "dd", Some(parent)) => matches!(parent, "dl" | "div"),
        ("option", Some(parent)) => matches!(parent, "select" | "optgroup" | "datalist"),
        ("tr", Some(parent)) => matches!(parent, "tbody" | "thead" | "tfoot"),
        ("td" | "th", Some(parent)) => parent == "tr",
        (child, Some("ul" | "ol")) => child == "li",
        _ => true,
    };
    if !fits {
        faults.push(format!("<{tag}> directly inside <{}>", parent.unwrap_or_default()));
    }
}

fn names(html: &Html, at: At, faults: &mut Vec<String>) {
    let element = &html[at];
    let heard = |at: At| {
        let element = &html[at];
        let named = ["aria-label", "aria-labelledby", "title"].iter().any(|name| element.has(name));
        named || element.has("hidden") || !html.text(Some(at)).is_empty()
    };
    let in_form = html.around(at, "form").is_some();
    match element.tag.as_str() {
        "img" if !element.has("alt") => faults.push("an <img> without alt".to_owned()),
        "a" | "button" if !heard(at) => {
            faults.push(format!("nothing to hear in {}", html.describe(at)));
        }
        "button" if !element.has("type") && !element.has("form") && !in_form => {
            faults.push(format!("a button of no form: {}", html.describe(at)));
        }
        "form"
            if element
                .attr("method")
                .is_some_and(|how| !matches!(how, "get" | "post" | "dialog")) =>
        {
            faults.push(format!("a method that is none of ours: {}", html.describe(at)));
        }
        _ => {}
    }
}

fn whole(html: &Html, faults: &mut Vec<String>) {
    let title = html.tags("title").next().map(|at| html.text(Some(at))).unwrap_or_default();
    if title.trim_matches(['–', ' ']).is_empty() || title.starts_with('–') {
        faults.push(format!("the title is {title:?}"));
    }
    for (tag, least, most) in [("html", 1, 1), ("main", 1, 1), ("h1", 1, 1)] {
        let count = html.tags(tag).count();
        if !(least..=most).contains(&count) {
            faults.push(format!("{count} × <{tag}>"));
        }
    }
    if !html.tags("html").any(|at| html[at].attr("lang") == Some("en")) {
        faults.push("the page does not say its language".to_owned());
    }
}
