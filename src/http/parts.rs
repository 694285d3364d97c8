//! The smallest parts of a page: drawings, avatars, portal status, times, pills, buttons, options. Functions of the
//! templates rather than macros of theirs: a page has dozens of them and a list hundreds, and a macro costs several
//! times as much.

mod around;
mod markdown;
mod shapes;

use std::collections::HashMap;

use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, Value};

use self::shapes::{SHAPES, SIDEWAYS};
use super::html::Html;

/// Gives templates their functions:
///
/// - `draw(name, class="", label="")`: beside words a drawing is silent; alone, on a button, the button carries the
///   `aria-label`; `label` is for a drawing that stands for a word. An unknown name is an error.
/// - `avatar(initials, hue=0, class="")`: hue 0 to 5; class "square" for a client, "sm", "lg".
/// - `status(kind, text, title="")`: none, sending, invited, expired, failed, active or removed.
/// - `when(t)`: a [`super::pages::When`].
/// - `pill(text, tone="", icon="", title="")`: tone good, warn, bad, info, quiet or brand.
/// - `button(label, kind="", icon="", name="", value="", form="", type="submit", class="", hidden="", attrs={})`: kind
///   primary, quiet or danger; `hidden` are further words for screen readers ("Revoke" + " Owen's invite").
/// - `link_button(label, href, kind="", icon="", class="", hidden="", attrs={})`
/// - `markdown(text, heading=3)`: what the firm wrote in Markdown, with headings of this level
/// - `options_of(options, chosen)`: each `{value, label, text?}`; `text` is what a template picker fills in.
pub(super) fn register(environment: &mut Environment<'_>) {
    let silent = |name| Some((name, drawing(name, "", "").ok()?.into()));
    let plain: HashMap<&str, Value> = SHAPES.iter().filter_map(|(name, _)| silent(*name)).collect();
    environment.add_function("draw", move |name: &str, class: Option<&str>, more: Kwargs| {
        let named = Named::of(&more, &["class", "label"])?;
        let (class, label) = (class.map_or_else(|| named.word("class"), Ok)?, named.word("label")?);
        match plain.get(name) {
            Some(html) if class.is_empty() && label.is_empty() => Ok(html.clone()),
            _ => drawing(name, class, label).map(Value::from),
        }
    });
    environment.add_function(
        "avatar",
        |initials: &str, hue: Option<u8>, class: Option<&str>, more: Kwargs| {
            let named = Named::of(&more, &["class"])?;
            let class = class.map_or_else(|| named.word("class"), Ok)?;
            made(|html| {
                avatar(html, initials, hue.unwrap_or_default(), class);
                Ok(())
            })
        },
    );
    environment.add_function(
        "status",
        |kind: &str, text: &str, title: Option<&str>, more: Kwargs| {
            let named = Named::of(&more, &["title"])?;
            let title = title.map_or_else(|| named.word("title"), Ok)?;
            made(|html| {
                status(html, kind, text, title);
                Ok(())
            })
        },
    );
    environment.add_function(
        "pill",
        |text: &str, tone: Option<&str>, icon: Option<&str>, more: Kwargs| {
            let named = Named::of(&more, &["tone", "icon", "title"])?;
            let tone = tone.map_or_else(|| named.word("tone"), Ok)?;
            let icon = icon.map_or_else(|| named.word("icon"), Ok)?;
            let title = named.word("title")?;
            made(|html| pill(html, text, tone, icon, title))
        },
    );
    environment.add_function("when", |time: &Value| made(|html| when(html, time)));
    environment.add_function("button", |label: &Value, more: Kwargs| {
        made(|html| button(html, label, &more))
    });
    environment.add_function("link_button", |label: &Value, href: &str, more: Kwargs| {
        made(|html| link_button(html, label, href, &more))
    });
    around::register(environment);
    markdown::register(environment);
    environment.add_function("options_of", |options: &Value, chosen: &Value| {
        made(|html| options_of(html, options, chosen))
    });
}

fn made(write: impl FnOnce(&mut Html) -> Result<(), Error>) -> Result<Value, Error> {
    let mut html = Html::with_capacity(192);
    write(&mut html)?;
    Ok(html.into())
}

/// Arguments with names.
struct Named<'a>(&'a Kwargs);

impl<'a> Named<'a> {
    /// Any but the known ones are refused.
    fn of(more: &'a Kwargs, known: &[&str]) -> Result<Self, Error> {
        match more.args().find(|name| !known.contains(name)) {
            Some(name) => {
                Err(Error::new(ErrorKind::TooManyArguments, format!("unknown argument {name}")))
            }
            None => Ok(Self(more)),
        }
    }

    /// Empty if it is not there.
    fn word(&self, name: &'a str) -> Result<&'a str, Error> {
        Ok(self.0.peek::<Option<&str>>(name)?.unwrap_or_default())
    }

    fn value(&self, name: &'a str) -> Result<Option<Value>, Error> {
        self.0.peek(name)
    }
}

/// The initials of a person, or of a client in a square.
pub fn avatar(html: &mut Html, initials: &str, hue: u8, class: &str) {
    /// As many as the style sheet has.
    const HUES: [&str; 6] = ["0", "1", "2", "3", "4", "5"];
    html.tags("<span class=\"avatar");
    if !class.is_empty() {
        html.fill(" {}", [class]);
    }
    let hue = HUES[usize::from(hue) % HUES.len()];
    html.fill(r#"" data-hue="{}" aria-hidden="true">{}</span>"#, [hue, initials]);
}

/// How far somebody is on the way into the portal.
pub fn status(html: &mut Html, kind: &str, text: &str, title: &str) {
    html.fill(r#"<span class="status" data-portal="{}""#, [kind]);
    if !title.is_empty() {
        html.fill(r#" title="{}""#, [title]);
    }
    html.fill("><span>{}", [text]);
    if !title.is_empty() {
        html.fill(r#"<span class="visually-hidden"> ({})</span>"#, [title]);
    }
    html.tags("</span></span>");
}

/// A word with a tone, and perhaps an icon.
pub fn pill(html: &mut Html, text: &str, tone: &str, icon: &str, title: &str) -> Result<(), Error> {
    html.tags("<span class=\"pill\"");
    for (before, word) in [(" data-tone=\"", tone), (" title=\"", title)] {
        attribute(html, before, word);
    }
    html.tags(">");
    if !icon.is_empty() {
        draw(html, icon, "", "")?;
    }
    html.fill("{}</span>", [text]);
    Ok(())
}

fn when(html: &mut Html, time: &Value) -> Result<(), Error> {
    for (before, name) in [("<time datetime=\"", "iso"), ("\" title=\"", "full"), ("\">", "text")] {
        html.tags(before);
        let part = time.get_attr(name)?;
        let missing = || Error::new(ErrorKind::UndefinedError, format!("a time without {name}"));
        html.text(part.as_str().ok_or_else(missing)?);
    }
    html.tags("</time>");
    Ok(())
}

fn button(html: &mut Html, label: &Value, more: &Kwargs) -> Result<(), Error> {
    let own = ["name", "value", "form", "type"];
    let named = Named::of(more, &[LOOKS.as_slice(), own.as_slice()].concat())?;
    html.tags("\n<button");
    look(html, &named)?;
    let kind = named.word("type")?;
    html.fill(r#" type="{}""#, [if kind.is_empty() { "submit" } else { kind }]);
    let name = named.word("name")?;
    if !name.is_empty() {
        html.fill(r#" name="{}" value=""#, [name]);
        if let Some(value) = named.value("value")? {
            html.value(&value)?;
        }
        html.tags("\"");
    }
    attribute(html, " form=\"", named.word("form")?);
    inside(html, label, &named)?;
    html.tags("</button>\n");
    Ok(())
}

fn link_button(html: &mut Html, label: &Value, href: &str, more: &Kwargs) -> Result<(), Error> {
    let named = Named::of(more, &LOOKS)?;
    html.tags("\n<a");
    look(html, &named)?;
    html.fill(r#" href="{}""#, [href]);
    inside(html, label, &named)?;
    html.tags("</a>\n");
    Ok(())
}

/// What buttons and links that look like them have in common.
const LOOKS: [&str; 5] = ["kind", "icon", "class", "hidden", "attrs"];

fn look(html: &mut Html, named: &Named<'_>) -> Result<(), Error> {
    html.tags(" class=\"btn");
    let (kind, class) = (named.word("kind")?, named.word("class")?);
    if !kind.is_empty() {
        html.fill(" btn-{}", [kind]);
    }
    if !class.is_empty() {
        html.fill(" {}", [class]);
    }
    html.tags("\"");
    Ok(())
}

/// The last attributes, and what stands on the button.
fn inside(html: &mut Html, label: &Value, named: &Named<'_>) -> Result<(), Error> {
    if let Some(attrs) = named.value("attrs")? {
        for name in attrs.try_iter()? {
            html.tags(" ");
            html.value(&name)?;
            html.tags("=\"");
            html.value(&attrs.get_item(&name)?)?;
            html.tags("\"");
        }
    }
    html.tags(">");
    let (icon, hidden) = (named.word("icon")?, named.word("hidden")?);
    if !icon.is_empty() {
        draw(html, icon, "", "")?;
    }
    html.value(label)?;
    if !hidden.is_empty() {
        html.fill(r#"<span class="visually-hidden">{}</span>"#, [hidden]);
    }
    Ok(())
}

fn options_of(html: &mut Html, options: &Value, chosen: &Value) -> Result<(), Error> {
    for option in options.try_iter()? {
        let (value, text) = (option.get_attr("value")?, option.get_attr("text")?);
        html.tags("<option value=\"");
        html.value(&value)?;
        html.tags("\"");
        if let Some(text) = text.as_str() {
            html.fill(r#" data-text="{}""#, [text]);
        }
        html.tags(if value == *chosen { " selected>" } else { ">" });
        html.value(&option.get_attr("label")?)?;
        html.tags("</option>");
    }
    Ok(())
}

/// An entry of a selector in which `chosen` is the current value.
pub fn option(html: &mut Html, value: &str, label: &str, chosen: &str) {
    html.fill(r#"<option value="{}""#, [value]);
    html.tags(if value == chosen { " selected>" } else { ">" });
    html.fill("{}</option>", [label]);
}

/// An attribute from its name to its closing quote, unless it would be empty.
fn attribute(html: &mut Html, name_to_quote: &'static str, value: &str) {
    if !value.is_empty() {
        html.tags(name_to_quote);
        html.fill("{}\"", [value]);
    }
}

fn drawing(name: &str, class: &str, label: &str) -> Result<Html, Error> {
    let mut html = Html::with_capacity(256);
    draw(&mut html, name, class, label)?;
    Ok(html)
}

/// A drawing. An unknown name is an error.
pub fn draw(html: &mut Html, name: &str, class: &str, label: &str) -> Result<(), Error> {
    let unknown = |_| Error::new(ErrorKind::InvalidOperation, format!("no icon {name}"));
    let at = SHAPES.binary_search_by_key(&name, |(known, _)| known).map_err(unknown)?;
    html.tags("<svg class=\"icon");
    if SIDEWAYS.contains(&name) {
        html.tags(" flip");
    }
    if !class.is_empty() {
        html.fill(" {}", [class]);
    }
    html.tags("\" viewBox=\"0 0 20 20\"");
    if label.is_empty() {
        html.tags(" aria-hidden=\"true\">");
    } else {
        html.fill(r#" role="img" aria-label="{}">"#, [label]);
    }
    html.tags(SHAPES[at].1);
    html.tags("</svg>");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(call: &str) -> Result<String, Error> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
        register(&mut environment);
        environment.render_str(call, ())
    }

    #[test]
    fn a_drawing_is_silent_unless_it_has_a_label_and_unknown_ones_are_errors() {
        assert!(SHAPES.is_sorted_by_key(|(name, _)| name));
        assert!(drawn("{{ draw('x') }}").unwrap().contains("aria-hidden"));
        let labelled = drawn("{{ draw('left', 'big', label='a \"b\"') }}").unwrap();
        assert!(
            labelled.contains("icon flip big")
                && labelled.contains("aria-label=\"a &quot;b&quot;\"")
        );
        assert!(drawn("{{ draw('none') }}").is_err());
        assert!(drawn("{{ draw('x', colour='red') }}").is_err());
    }

    #[test]
    fn what_people_typed_stays_text() {
        assert_eq!(
            drawn("{{ avatar('<b', 3, class='sm') }}").unwrap(),
            r#"<span class="avatar sm" data-hue="3" aria-hidden="true">&lt;b</span>"#
        );
        let status = drawn("{{ status('active', \"it's <i>\", '\"now\"') }}").unwrap();
        assert!(
            status.contains("it&#39;s &lt;i&gt;") && status.contains("title=\"&quot;now&quot;\"")
        );
        let time = drawn("{{ when({'iso': '2026', 'full': 'a & b', 'text': 'now'}) }}").unwrap();
        assert_eq!(time, r#"<time datetime="2026" title="a &amp; b">now</time>"#);
        let pill = drawn("{{ pill('<b>', 'quiet', title='a & b') }}").unwrap();
        assert_eq!(
            pill,
            r#"<span class="pill" data-tone="quiet" title="a &amp; b">&lt;b&gt;</span>"#
        );
    }

    #[test]
    fn a_button_says_what_it_does_and_to_screen_readers_more() {
        let call = "{{ button('Revoke', kind='quiet', class='btn-sm', name='invite', value='<1>', form='f', \
                    hidden=' Owen\\'s invite', attrs={'data-b': 2, 'data-a': '\"'}) }}";
        let button = drawn(call).unwrap();
        assert_eq!(
            button.trim(),
            "<button class=\"btn btn-quiet btn-sm\" type=\"submit\" name=\"invite\" value=\"&lt;1&gt;\" form=\"f\" \
             data-a=\"&quot;\" data-b=\"2\">Revoke<span class=\"visually-hidden\"> Owen&#39;s invite</span></button>"
        );
        let link = drawn("{{ link_button('A & B', '/a?b&c', icon='plus', attrs={}) }}").unwrap();
        assert!(link.trim().starts_with("<a class=\"btn\" href=\"/a?b&amp;c\"><svg"));
        assert!(link.trim().ends_with("</svg>A &amp; B</a>"));
        assert!(drawn("{{ link_button('A', '/', name='x') }}").is_err());
    }

    #[test]
    fn the_chosen_option_is_selected() {
        let options =
            "[{'value': 1, 'label': '<One>'}, {'value': 'b', 'label': 'Two', 'text': 'T & U'}]";
        assert_eq!(
            drawn(&format!("{{{{ options_of({options}, 'b') }}}}")).unwrap(),
            "<option value=\"1\">&lt;One&gt;</option><option value=\"b\" data-text=\"T &amp; U\" selected>Two</option>"
        );
    }
}
