//! What a person has on the screen, and what they can press on it.

use crate::html::{At, Html};
use crate::wire::Answer;

/// The answer to one request.
#[derive(Debug)]
pub struct Page {
    /// Its method and path, for messages.
    pub asked: String,
    /// Its path.
    pub path: String,
    /// The HTTP status.
    pub status: u16,
    answer: Answer,
    html: Html,
}

/// A form about to be sent.
#[derive(Debug)]
pub struct Filled {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Where it goes.
    pub action: String,
    /// Everything a browser would send.
    pub fields: Vec<(String, String)>,
    /// Whether it is sent in parts, as a form that may have files.
    pub parts: bool,
}

impl Page {
    /// From what the wire gave.
    pub fn new(method: &str, path: &str, answer: Answer) -> Self {
        let kind = answer.header("content-type").unwrap_or_default();
        let is_html = kind.starts_with("text/html") && method != "HEAD";
        let html = if is_html { Html::parse(&answer.body) } else { Html::default() };
        Self {
            asked: format!("{method} {path}"),
            path: path.to_owned(),
            status: answer.status,
            answer,
            html,
        }
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer.header(name)
    }

    /// Every header of this name.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let named = self.answer.headers.iter().filter(|(key, _)| key == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// Where it redirects to.
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    /// The body as it came.
    pub fn body(&self) -> &str {
        &self.answer.body
    }

    /// The page as a tree.
    pub fn html(&self) -> &Html {
        &self.html
    }

    /// What a person can read on it.
    pub fn text(&self) -> String {
        match self.html.tags("body").next() {
            Some(body) => self.html.text(Some(body)),
            None => self.html.text(None),
        }
    }

    /// It worked, and says this.
    #[track_caller]
    pub fn assert_sees(&self, words: &str) -> &Self {
        self.assert_status(200);
        self.assert_says(words)
    }

    /// It says this, whatever its status.
    #[track_caller]
    pub fn assert_says(&self, words: &str) -> &Self {
        let text = self.text();
        assert!(text.contains(words), "{} does not say {words:?}:\n{text}", self.asked);
        self
    }

    /// It does not say this.
    #[track_caller]
    pub fn assert_hides(&self, words: &str) -> &Self {
        let text = self.text();
        assert!(!text.contains(words), "{} says {words:?}:\n{text}", self.asked);
        self
    }

    /// There is nothing here for whoever asked.
    #[track_caller]
    pub fn assert_missing(&self) -> &Self {
        self.assert_status(404)
    }

    /// The status is this one.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        let text = self.text();
        let Self { asked, status: is, .. } = self;
        assert_eq!(*is, status, "{asked} → {} {text}", self.location());
        self
    }

    /// It leads on to a path that begins like this.
    #[track_caller]
    pub fn assert_leads_to(&self, path: &str) -> &Self {
        self.assert_status(303);
        let location = self.location();
        assert!(location.starts_with(path), "{} leads to {location}, not {path}", self.asked);
        self
    }

    /// The value of the field with this name.
    #[track_caller]
    pub fn value(&self, name: &str) -> String {
        let mut all = self.html.all().filter(|at| self.html[*at].attr("name") == Some(name));
        let at = all.next().unwrap_or_else(|| panic!("{} has no field {name}", self.asked));
        self.values_of(at).pop().unwrap_or_default()
    }

    /// What all fields with this name can send, ticked or not.
    pub fn values(&self, name: &str) -> Vec<String> {
        let all = self.html.all().filter(|at| self.html[*at].attr("name") == Some(name));
        all.map(|at| self.html[at].attr("value").unwrap_or_default().to_owned()).collect()
    }

    /// The value of the option that reads so.
    #[track_caller]
    pub fn option(&self, label: &str) -> String {
        let mut options = self.html.tags("option");
        let at = options.find(|at| self.html.text(Some(*at)).trim() == label);
        let at = at.unwrap_or_else(|| panic!("{} has no option {label:?}", self.describe()));
        self.html[at].attr("value").unwrap_or_default().to_owned()
    }

    /// Where its links lead, without those to other sites.
    pub fn links(&self) -> Vec<String> {
        let hrefs = self.html.tags("a").filter_map(|at| self.html[at].attr("href"));
        hrefs.filter(|href| href.starts_with('/')).map(str::to_owned).collect()
    }

    /// The address behind the link that reads so, or begins so.
    #[track_caller]
    pub fn link(&self, label: &str) -> String {
        let found = self.find(label, &["a"]);
        let at = found.unwrap_or_else(|| panic!("{} has no link {label:?}", self.describe()));
        self.html[at].attr("href").unwrap_or_default().to_owned()
    }

    /// Whether there is such a link or button.
    pub fn offers(&self, label: &str) -> bool {
        self.find(label, &["a", "button"]).is_some()
    }

    /// The form behind this button, with everything in it as it stands but for `typed`.
    #[track_caller]
    pub fn fill(&self, button: &str, typed: &[(&str, &str)]) -> Filled {
        let found = self.find(button, &["button"]);
        let at = found.unwrap_or_else(|| panic!("{} has no button {button:?}", self.describe()));
        let form = match self.html[at].attr("form") {
            Some(id) => self.html.by_id(id),
            None => self.html.around(at, "form"),
        };
        let form = form.unwrap_or_else(|| panic!("{button:?} of {} is in no form", self.asked));
        let mut fields = self.fields(form);
        let mut names: Vec<&str> = typed.iter().map(|(name, _)| *name).collect();
        names.dedup();
        for name in names {
            assert!(self.has_field(form, name), "{} has no field {name}", self.describe());
            let place = fields.iter().position(|(known, _)| known == name).unwrap_or(fields.len());
            fields.retain(|(known, _)| known != name);
            let values = typed.iter().filter(|(known, _)| *known == name);
            let new = values.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let place = place.min(fields.len());
            fields.splice(place..place, new);
        }
        if let Some(name) = self.html[at].attr("name").filter(|name| !name.is_empty()) {
            let value = self.html[at].attr("value").unwrap_or_default();
            fields.push((name.to_owned(), value.to_owned()));
        }
        let attr = |name: &str| self.html[form].attr(name);
        let action = self.html[at].attr("formaction").or(attr("action")).unwrap_or(&self.path);
        let method = self.html[at].attr("formmethod").or(attr("method"));
        let method = if method == Some("post") { "POST" } else { "GET" };
        let parts = attr("enctype") == Some("multipart/form-data");
        Filled { method, action: action.to_owned(), fields, parts }
    }

    fn describe(&self) -> String {
        let html = &self.html;
        let mut parts: Vec<String> = Vec::new();
        for at in html.all() {
            match html[at].tag.as_str() {
                "a" | "button" => parts.push(self.label(at)),
                "input" | "select" | "textarea" => parts.push(html.describe(at)),
                _ => {}
            }
        }
        format!("{} ({}) with {parts:?}: {}", self.asked, self.status, self.text())
    }

    fn label(&self, at: At) -> String {
        match self.html[at].attr("aria-label") {
            Some(label) => label.to_owned(),
            None => self.html.text(Some(at)),
        }
    }

    /// The one that reads so; else the first one that begins so.
    fn find(&self, label: &str, tags: &[&str]) -> Option<At> {
        let all = || self.html.all().filter(|at| tags.contains(&self.html[*at].tag.as_str()));
        let seen = |at: &At| self.html[*at].attr("aria-hidden") != Some("true");
        let exact = all().filter(seen).find(|at| self.label(*at) == label);
        exact.or_else(|| all().filter(seen).find(|at| self.label(*at).starts_with(label)))
    }

    fn controls(&self, form: At) -> impl Iterator<Item = At> {
        let id = self.html[form].attr("id");
        self.html.all().filter(move |at| {
            let element = &self.html[*at];
            let is_control = matches!(element.tag.as_str(), "input" | "select" | "textarea");
            is_control
                && match element.attr("form") {
                    Some(other) => id == Some(other),
                    None => self.html.is_inside(*at, form),
                }
        })
    }

    fn has_field(&self, form: At, name: &str) -> bool {
        self.controls(form)
            .any(|at| self.html[at].attr("name") == Some(name) && !self.html[at].has("disabled"))
    }

    fn fields(&self, form: At) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        for at in self.controls(form) {
            let element = &self.html[at];
            let Some(name) = element.attr("name").filter(|_| !element.has("disabled")) else {
                continue;
            };
            for value in self.values_of(at) {
                fields.push((name.to_owned(), value));
            }
        }
        fields
    }

    /// What this control would send.
    fn values_of(&self, at: At) -> Vec<String> {
        let element = &self.html[at];
        let value = || element.attr("value");
        match (element.tag.as_str(), element.attr("type")) {
            ("textarea", _) => vec![self.html.exact_text(at)],
            ("select", _) => {
                let inside = |option: &At| self.html.is_inside(*option, at);
                let options = || self.html.tags("option").filter(inside);
                let chosen = options().find(|option| self.html[*option].has("selected"));
                let chosen = chosen.or_else(|| options().next());
                chosen
                    .map(|option| self.html[option].attr("value").unwrap_or("").to_owned())
                    .into_iter()
                    .collect()
            }
            (_, Some("checkbox" | "radio")) if !element.has("checked") => vec![],
            (_, Some("checkbox" | "radio")) => vec![value().unwrap_or("on").to_owned()],
            (_, Some("submit" | "button" | "file")) => vec![],
            _ => vec![value().unwrap_or_default().to_owned()],
        }
    }
}
