//! Requests in the portal: each contact sees exactly those that they are asked, works on them without losing anything, and
//! hands them in.

mod answering;
mod handing_in;
mod meanwhile;
mod seeing;
mod talking;
mod todo;

use serde_json::Value;

use crate::cast::Cast;
use crate::office::Office;
use crate::page::Page;
use crate::person::Person;

/// An item that Olive asks for.
#[derive(Clone, Copy, Default)]
pub struct Item {
    kind: &'static str,
    title: &'static str,
    optional: bool,
    only_if: &'static str,
    options: &'static str,
    statement: &'static str,
    most: &'static str,
    takes: &'static str,
}

/// One of this kind that must be answered.
pub fn item(kind: &'static str, title: &'static str) -> Item {
    Item { kind, title, most: "5", ..Item::default() }
}

impl Item {
    /// Asked only if an answer says so: "# yes", the first item's number standing for #.
    pub const fn only_if(self, only_if: &'static str) -> Self {
        Self { only_if, ..self }
    }
}

/// A request, from both sides.
pub struct Asked<'o> {
    office: &'o Office,
    /// "/console/requests/rq_…".
    pub console: String,
    /// "/p/cl_…/requests/rq_…".
    pub path: String,
    /// "/p/cl_…".
    pub portal: String,
    /// The number of its first item.
    first: u16,
}

/// What Olive writes into the editor.
pub struct Wanted<'a> {
    /// What for.
    pub title: &'a str,
    /// When; empty for never.
    pub due: &'a str,
    /// Nobody for everyone at the client.
    pub named: &'a [Cast],
    /// What is asked.
    pub items: &'a [Item],
}

impl<'o> Asked<'o> {
    /// Olive asks everyone at a client.
    pub async fn all(office: &'o Office, client: &str, title: &str, items: &[Item]) -> Self {
        Self::of(office, client, Wanted { title, due: "", named: &[], items }).await
    }

    /// Olive writes a request and sends it.
    pub async fn of(office: &'o Office, client: &str, wanted: Wanted<'_>) -> Self {
        let (olive, client_id) = (office.olive(), office.client_id(client).await);
        let new = olive.get(&format!("/console/requests/new?client={client_id}")).await;
        let once = new.value("once");
        let form = [("client", client_id.as_str()), ("from", "blank"), ("once", &once)];
        let made = olive.post("/console/requests/new", &form).await;
        made.assert_leads_to("/console/requests/rq_");
        let console = made.location().split("/edit").next().unwrap().to_owned();
        let portal = format!("/p/{client_id}");
        let path = format!("{portal}/requests/{}", console.rsplit('/').next().unwrap());
        let mut asked = Self { office, console, path, portal, first: 0 };
        asked.write(&wanted, client).await;
        let send = olive.get(&format!("{}/send", asked.console)).await;
        let form = [("how", "all"), ("action", "only"), ("once", &send.value("once"))];
        olive.post(&format!("{}/send", asked.console), &form).await.assert_status(303);
        asked
    }

    /// Fills in the editor, and saves.
    async fn write(&mut self, wanted: &Wanted<'_>, client: &str) {
        let olive = self.office.olive();
        let edit = format!("{}/edit", self.console);
        let page = olive.get(&edit).await;
        self.first = page.value("first_new").parse().unwrap();
        let mut fields = editor(&page, wanted.title, wanted.due, wanted.items, self.first);
        let audience = if wanted.named.is_empty() { "everyone" } else { "named" };
        fields.push(("audience".into(), audience.into()));
        for who in wanted.named {
            fields.push(("contact".into(), self.office.contact_id(client, *who).await));
        }
        olive.send("POST", &edit, &fields).await.assert_leads_to(&edit);
    }

    /// Olive changes what is asked of a request that is out: title and items anew, in the same order.
    async fn edit(&self, title: &str, items: &[Item]) {
        let edit = format!("{}/edit", self.console);
        let page = self.office.olive().get(&edit).await;
        let mut fields = editor(&page, title, "", items, self.first);
        fields
            .extend([("audience", "everyone"), ("sure", "yes")].map(|(k, v)| (k.into(), v.into())));
        self.office.olive().send("POST", &edit, &fields).await.assert_leads_to(&self.console);
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    /// Its page, as somebody sees it.
    pub async fn page(&self, who: &Person) -> Page {
        let page = who.get(&self.path).await;
        page.assert_status(200);
        page
    }

    /// The number of an item, as field names have it.
    fn number(&self, nth: u16) -> u16 {
        self.first + nth
    }

    /// The field of the answer to an item.
    pub fn field(&self, nth: u16) -> String {
        format!("a-{}", self.number(nth))
    }

    /// The field of the files that an item asks for.
    pub fn file_field(&self, nth: u16) -> String {
        format!("file-{}", self.number(nth))
    }

    /// Saves one answer as the script does, from a page that was opened before.
    async fn autosave(&self, who: &Person, page: &Page, nth: u16, answer: &str) -> Page {
        let number = self.number(nth);
        let seen = format!("seen-{number}");
        let fields = [(seen.clone(), page.value(&seen)), (self.field(nth), answer.to_owned())];
        let to = format!("{}/items/{number}", self.path);
        who.send_with("POST", &to, &fields, &[("Accept", "application/json")]).await
    }

    /// Olive accepts everything that waits.
    pub async fn accept(&self) {
        let page = self.office.olive().get(&self.console).await;
        self.office.olive().press(&page, "Accept all", &[]).await.assert_status(200);
    }

    /// Olive sends an item back.
    pub async fn send_back(&self, nth: u16, reason: &str) {
        let to = format!("{}/items/{}/return", self.console, self.number(nth));
        let page = self.office.olive().visit(&to).await;
        let page = self.office.olive().press(&page, "Send back", &[("reason", reason)]).await;
        page.assert_status(200);
    }
}

/// The fields of the editor as it was shown, with these items.
fn editor(
    page: &Page,
    title: &str,
    due: &str,
    items: &[Item],
    first: u16,
) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut add = |name: String, value: &str| fields.push((name, value.to_owned()));
    add("title".into(), title);
    add("due".into(), due);
    add("edition".into(), &page.value("edition"));
    add("first_new".into(), &page.value("first_new"));
    add("action".into(), "save");
    for (number, item) in (first..).zip(items) {
        add("item".into(), &number.to_string());
        add(format!("kind-{number}"), item.kind);
        add(format!("title-{number}"), item.title);
        add(format!("options-{number}"), item.options);
        add(format!("statement-{number}"), item.statement);
        add(format!("most-{number}"), item.most);
        add(format!("if-{number}"), &item.only_if.replace('#', &first.to_string()));
        if !item.takes.is_empty() {
            add(format!("kinds-{number}"), item.takes);
        }
        if !item.optional {
            add(format!("required-{number}"), "yes");
        }
    }
    fields
}

/// What a script is told.
fn told(answer: &Page) -> Value {
    answer.assert_status(200);
    serde_json::from_str(answer.body()).unwrap()
}
