//! The smallest parts of a page: drawings, avatars, portal status, times. Functions of the templates rather than macros
//! of theirs: a list has hundreds of them, and a macro costs several times as much.

use std::collections::HashMap;
use std::fmt::Write as _;

use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, Value};

/// Each on a 20 × 20 grid, drawn with a line of the text's colour.
const SHAPES: &[(&str, &str)] = &[
    ("activity", r#"<path d="M2.5 10.5h3.25L8.25 4.5l3.75 11 2.25-5h3.25"/>"#),
    ("alert", r#"<path d="M10 3.5 17.25 16H2.75ZM10 8.25v3.5M10 13.9v.01"/>"#),
    (
        "bell",
        r#"<path d="M5 9a5 5 0 0 1 10 0c0 2.75.75 3.9 1.75 4.75H3.25C4.25 12.9 5 11.75 5 9ZM8.25 16.5a1.9 1.9 0 0 0 3.5 0"/>"#,
    ),
    (
        "building",
        r#"<path d="M4.5 16.5v-13H12v13M12 8.25h3.5v8.25M2.75 16.5h14.5M7 6.75h2.5M7 9.75h2.5M7 12.75h2.5"/>"#,
    ),
    (
        "calendar",
        r#"<rect x="3.25" y="4.5" width="13.5" height="12" rx="1.5"/><path d="M3.25 8.5h13.5M7 2.75v3.5M13 2.75v3.5"/>"#,
    ),
    ("check", r#"<path d="m4.25 10.75 3.75 3.75 7.75-9"/>"#),
    ("clock", r#"<circle cx="10" cy="10" r="7"/><path d="M10 6v4.25l2.75 1.75"/>"#),
    (
        "copy",
        r#"<rect x="7" y="7" width="9.5" height="9.5" rx="1.5"/><path d="M13 7V5A1.5 1.5 0 0 0 11.5 3.5H5A1.5 1.5 0 0 0 3.5 5v6.5A1.5 1.5 0 0 0 5 13h2"/>"#,
    ),
    ("done", r#"<circle cx="10" cy="10" r="7"/><path d="m6.75 10.25 2.25 2.25 4.25-4.75"/>"#),
    ("dots", r#"<path d="M4.5 10h.01M10 10h.01M15.5 10h.01" stroke-width="2.5"/>"#),
    ("down", r#"<path d="m5.5 8 4.5 4.5L14.5 8"/>"#),
    ("download", r#"<path d="M10 3.5v9M6.25 9 10 12.75 13.75 9M3.75 16.5h12.5"/>"#),
    (
        "edit",
        r#"<path d="m3.5 16.5.75-3.5 9-9a1.5 1.5 0 0 1 2.1 0l.65.65a1.5 1.5 0 0 1 0 2.1l-9 9ZM11.75 5.5l2.75 2.75"/>"#,
    ),
    (
        "eye",
        r#"<path d="M2.25 10C4 6.5 6.75 4.75 10 4.75S16 6.5 17.75 10C16 13.5 13.25 15.25 10 15.25S4 13.5 2.25 10Z"/><circle cx="10" cy="10" r="2.25"/>"#,
    ),
    (
        "file",
        r#"<path d="M5 4.5A1.5 1.5 0 0 1 6.5 3h5L15.5 7v8.5A1.5 1.5 0 0 1 14 17H6.5A1.5 1.5 0 0 1 5 15.5ZM11.25 3.25v4h4"/>"#,
    ),
    (
        "folder",
        r#"<path d="M2.75 5.75a1.5 1.5 0 0 1 1.5-1.5H7.5l1.75 2h6.5a1.5 1.5 0 0 1 1.5 1.5v6.5a1.5 1.5 0 0 1-1.5 1.5H4.25a1.5 1.5 0 0 1-1.5-1.5Z"/>"#,
    ),
    (
        "globe",
        r#"<circle cx="10" cy="10" r="7"/><path d="M3 10h14M10 3c2 2 3 4.3 3 7s-1 5-3 7c-2-2-3-4.3-3-7s1-5 3-7Z"/>"#,
    ),
    (
        "help",
        r#"<circle cx="10" cy="10" r="7"/><path d="M7.9 8a2.1 2.1 0 1 1 3.3 1.75c-.75.5-1.2.9-1.2 1.75M10 13.75v.01"/>"#,
    ),
    (
        "home",
        r#"<path d="M3.5 9 10 3.5 16.5 9v6a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 15ZM8 16.5V12.5a2 2 0 0 1 4 0v4"/>"#,
    ),
    (
        "image",
        r#"<rect x="3" y="3.75" width="14" height="12.5" rx="1.5"/><circle cx="7" cy="7.5" r="1.25"/><path d="m3.25 14 3.75-3.5 2.75 2.5 3-3 4 4"/>"#,
    ),
    ("info", r#"<circle cx="10" cy="10" r="7"/><path d="M10 9.25v4M10 6.5v.01"/>"#),
    ("key", r#"<circle cx="6.75" cy="13.25" r="3.25"/><path d="m9 11 7-7M13.25 6.75l2.25 2.25"/>"#),
    (
        "keyboard",
        r#"<rect x="2.5" y="5.5" width="15" height="9.5" rx="1.5"/><path d="M5.5 8.5h.01M8.5 8.5h.01M11.5 8.5h.01M14.5 8.5h.01M6.5 12h7"/>"#,
    ),
    ("left", r#"<path d="M12 5.5 7.5 10l4.5 4.5"/>"#),
    (
        "link",
        r#"<path d="m8.25 11.75 3.5-3.5M9 6.25l2-2a3.35 3.35 0 0 1 4.75 4.75l-2 2M11 13.75l-2 2A3.35 3.35 0 0 1 4.25 11l2-2"/>"#,
    ),
    (
        "list",
        r#"<path d="m3.25 5.5 1.25 1.25L6.75 4.25M3.25 13l1.25 1.25 2.25-2.5M10 5.75h6.75M10 13.25h6.75"/>"#,
    ),
    (
        "lock",
        r#"<rect x="4.75" y="8.75" width="10.5" height="8" rx="1.25"/><path d="M6.75 8.5v-2a3.25 3.25 0 0 1 6.5 0v2"/>"#,
    ),
    (
        "logout",
        r#"<path d="M8 3.5H5A1.5 1.5 0 0 0 3.5 5v10A1.5 1.5 0 0 0 5 16.5h3M12.5 6.5 16 10l-3.5 3.5M7.75 10H16"/>"#,
    ),
    (
        "mail",
        r#"<rect x="3" y="4.5" width="14" height="11" rx="1.5"/><path d="m3.25 6 6.75 5 6.75-5"/>"#,
    ),
    ("menu", r#"<path d="M3.5 6h13M3.5 10h13M3.5 14h13"/>"#),
    (
        "message",
        r#"<path d="M3 5.75a1.5 1.5 0 0 1 1.5-1.5h11a1.5 1.5 0 0 1 1.5 1.5v6.75a1.5 1.5 0 0 1-1.5 1.5H9l-3.75 3v-3H4.5A1.5 1.5 0 0 1 3 12.5Z"/>"#,
    ),
    (
        "note",
        r#"<path d="M4 5A1.5 1.5 0 0 1 5.5 3.5h9A1.5 1.5 0 0 1 16 5v6.5l-5 5H5.5A1.5 1.5 0 0 1 4 15ZM11 16.25V11.5h4.75M7 7h6"/>"#,
    ),
    ("pause", r#"<circle cx="10" cy="10" r="7"/><path d="M8.25 7.5v5M11.75 7.5v5"/>"#),
    (
        "phone",
        r#"<path d="M4 3.75h3L8.5 7.5 6.6 8.75a9 9 0 0 0 4.65 4.65L12.5 11.5 16.25 13v3c0 .4-.3.75-.75.75C9 16.75 3.25 11 3.25 4.5c0-.45.35-.75.75-.75Z"/>"#,
    ),
    ("plus", r#"<path d="M10 4v12M4 10h12"/>"#),
    (
        "receipt",
        r#"<path d="M4.75 3v14l2-1.25L8.5 17l1.5-1.25L11.5 17l1.75-1.25 2 1.25V3l-2 1.25L11.5 3 10 4.25 8.5 3 6.75 4.25ZM7.5 8h5M7.5 11.5h5"/>"#,
    ),
    (
        "refresh",
        r#"<path d="M16.25 9.5A6.35 6.35 0 0 0 4.5 7M3.75 10.5A6.35 6.35 0 0 0 15.5 13M4.25 3.75v3.5h3.5M15.75 16.25v-3.5h-3.5"/>"#,
    ),
    ("right", r#"<path d="m8 5.5 4.5 4.5L8 14.5"/>"#),
    ("search", r#"<circle cx="9" cy="9" r="5.25"/><path d="m13 13 4 4"/>"#),
    ("send", r#"<path d="m3 3.75 14 6.25-14 6.25L5.25 10ZM5.25 10h5.25"/>"#),
    (
        "settings",
        r#"<path d="M3 6h7.5M14.5 6H17M3 14h2.5M9.5 14H17"/><circle cx="12.5" cy="6" r="2"/><circle cx="7.5" cy="14" r="2"/>"#,
    ),
    (
        "shield",
        r#"<path d="M10 3 4 5.25v4.5c0 3.5 2.5 6 6 7.25 3.5-1.25 6-3.75 6-7.25v-4.5ZM7.5 10l1.75 1.75L12.5 8.25"/>"#,
    ),
    ("swap", r#"<path d="m6.5 7.5 3.5-3.75 3.5 3.75M6.5 12.5l3.5 3.75 3.5-3.75"/>"#),
    (
        "team",
        r#"<circle cx="10" cy="6.25" r="2.75"/><path d="M4.5 16.5c.3-3.2 2.5-5 5.5-5s5.2 1.8 5.5 5M3.25 11.5a3 3 0 0 1 1.25-3.25M16.75 11.5a3 3 0 0 0-1.25-3.25"/>"#,
    ),
    (
        "template",
        r#"<rect x="3.5" y="3.5" width="13" height="13" rx="1.5"/><path d="M3.5 7.75h13M8 7.75v8.75"/>"#,
    ),
    (
        "today",
        r#"<circle cx="10" cy="10" r="3.25"/><path d="M10 2.5V4M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1"/>"#,
    ),
    ("todo", r#"<circle cx="10" cy="10" r="7"/>"#),
    (
        "trash",
        r#"<path d="M3.75 5.75h12.5M8 5.5v-2h4v2M5.25 5.75l.75 11h8l.75-11M8.5 9v4.5M11.5 9v4.5"/>"#,
    ),
    ("undo", r#"<path d="M6.75 4.25 3.5 7.5l3.25 3.25M3.75 7.5h8a4.5 4.5 0 0 1 0 9H8"/>"#),
    ("upload", r#"<path d="M10 13V4M6.25 7.5 10 3.75l3.75 3.75M3.75 16.5h12.5"/>"#),
    (
        "user",
        r#"<circle cx="10" cy="7" r="3"/><path d="M4.25 16.5c.4-3 2.6-4.75 5.75-4.75s5.35 1.75 5.75 4.75"/>"#,
    ),
    (
        "users",
        r#"<circle cx="7.75" cy="7" r="2.75"/><path d="M2.5 16.25c.3-2.9 2.4-4.5 5.25-4.5s4.95 1.6 5.25 4.5M12.5 4.4a2.75 2.75 0 0 1 0 5.2M14.6 12.2c1.7.6 2.7 2 2.9 4.05"/>"#,
    ),
    ("x", r#"<path d="m5 5 10 10M15 5 5 15"/>"#),
];

/// Those that point along the line of reading: they turn over in right-to-left text.
const SIDEWAYS: [&str; 5] = ["left", "right", "send", "logout", "undo"];

/// Gives templates their functions:
///
/// - `draw(name, class="", label="")`: beside words a drawing is silent; alone, on a button, the button carries the
///   `aria-label`; `label` is for a drawing that stands for a word. An unknown name is an error.
/// - `avatar(initials, hue=0, class="")`: hue 0 to 5; class "square" for a client, "sm", "lg".
/// - `status(kind, text, title="")`: none, sending, invited, expired, failed, active or removed.
/// - `when(t)`: a [`super::pages::When`].
pub(super) fn register(environment: &mut Environment<'_>) {
    let plain: HashMap<&str, Value> =
        SHAPES.iter().map(|(name, shape)| (*name, safe(drawing(name, shape, "", "")))).collect();
    environment.add_function("draw", move |name: &str, class: Option<&str>, more: Kwargs| {
        let class = class.or(more.get("class")?).unwrap_or_default();
        let label: &str = more.get::<Option<&str>>("label")?.unwrap_or_default();
        more.assert_all_used()?;
        let unknown = || Error::new(ErrorKind::InvalidOperation, format!("no icon {name}"));
        if class.is_empty() && label.is_empty() {
            return plain.get(name).cloned().ok_or_else(unknown);
        }
        let shape = SHAPES.iter().find(|(known, _)| *known == name).ok_or_else(unknown)?.1;
        Ok(safe(drawing(name, shape, class, label)))
    });
    environment.add_function(
        "avatar",
        |initials: &str, hue: Option<u8>, class: Option<&str>, more: Kwargs| {
            let class = class.or(more.get("class")?).unwrap_or_default();
            more.assert_all_used()?;
            Ok::<_, Error>(safe(avatar(initials, hue.unwrap_or_default(), class)))
        },
    );
    environment.add_function(
        "status",
        |kind: &str, text: &str, title: Option<&str>, more: Kwargs| {
            let title = title.or(more.get("title")?).unwrap_or_default();
            more.assert_all_used()?;
            Ok::<_, Error>(safe(status(kind, text, title)))
        },
    );
    environment.add_function("when", |time: &Value| when(time).map(safe));
}

fn avatar(initials: &str, hue: u8, class: &str) -> String {
    let mut html = String::with_capacity(96);
    html.push_str("<span class=\"avatar");
    if !class.is_empty() {
        html.push(' ');
        html.extend(escaped(class));
    }
    // Writing to a string does not fail.
    let _ = write!(html, "\" data-hue=\"{hue}\" aria-hidden=\"true\">");
    html.extend(escaped(initials));
    html.push_str("</span>");
    html
}

fn status(kind: &str, text: &str, title: &str) -> String {
    let mut html = String::with_capacity(128);
    html.push_str("<span class=\"status\" data-portal=\"");
    html.extend(escaped(kind));
    html.push('"');
    if !title.is_empty() {
        html.push_str(" title=\"");
        html.extend(escaped(title));
        html.push('"');
    }
    html.push_str("><span>");
    html.extend(escaped(text));
    if !title.is_empty() {
        html.push_str("<span class=\"visually-hidden\"> (");
        html.extend(escaped(title));
        html.push_str(")</span>");
    }
    html.push_str("</span></span>");
    html
}

fn when(time: &Value) -> Result<String, Error> {
    let mut html = String::with_capacity(128);
    for (before, name) in [("<time datetime=\"", "iso"), ("\" title=\"", "full"), ("\">", "text")] {
        html.push_str(before);
        let part = time.get_attr(name)?;
        let missing = || Error::new(ErrorKind::UndefinedError, format!("a time without {name}"));
        html.extend(escaped(part.as_str().ok_or_else(missing)?));
    }
    html.push_str("</time>");
    Ok(html)
}

fn drawing(name: &str, shape: &str, class: &str, label: &str) -> String {
    let mut svg = String::with_capacity(shape.len() + 80);
    svg.push_str("<svg class=\"icon");
    if SIDEWAYS.contains(&name) {
        svg.push_str(" flip");
    }
    if !class.is_empty() {
        svg.push(' ');
        svg.extend(escaped(class));
    }
    svg.push_str("\" viewBox=\"0 0 20 20\"");
    if label.is_empty() {
        svg.push_str(" aria-hidden=\"true\"");
    } else {
        svg.push_str(" role=\"img\" aria-label=\"");
        svg.extend(escaped(label));
        svg.push('"');
    }
    // Writing to a string does not fail.
    let _ = write!(svg, ">{shape}</svg>");
    svg
}

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
        let Some(at) = rest.find(['&', '<', '>', '"', '\'']) else {
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

#[expect(clippy::disallowed_methods, reason = "made here of fixed shapes and escaped words")]
fn safe(svg: String) -> Value {
    Value::from_safe_string(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_is_silent_unless_it_has_a_label_and_unknown_ones_are_errors() {
        let mut environment = Environment::new();
        register(&mut environment);
        let draw = |call: &str| environment.render_str(call, ());
        assert!(draw("{{ draw('x') }}").unwrap().contains("aria-hidden"));
        let labelled = draw("{{ draw('left', 'big', label='a \"b\"') }}").unwrap();
        assert!(
            labelled.contains("icon flip big")
                && labelled.contains("aria-label=\"a &quot;b&quot;\"")
        );
        assert!(draw("{{ draw('none') }}").is_err());
    }

    #[test]
    fn what_people_typed_stays_text() {
        let mut environment = Environment::new();
        register(&mut environment);
        let draw = |call: &str| environment.render_str(call, ()).unwrap();
        let avatar = draw("{{ avatar('<b', 3, class='sm') }}");
        assert_eq!(
            avatar,
            r#"<span class="avatar sm" data-hue="3" aria-hidden="true">&lt;b</span>"#
        );
        let status = draw("{{ status('active', \"it's <i>\", '\"now\"') }}");
        assert!(
            status.contains("it&#39;s &lt;i&gt;") && status.contains("title=\"&quot;now&quot;\"")
        );
        let time = draw("{{ when({'iso': '2026', 'full': 'a & b', 'text': 'now'}) }}");
        assert_eq!(time, r#"<time datetime="2026" title="a &amp; b">now</time>"#);
    }
}
