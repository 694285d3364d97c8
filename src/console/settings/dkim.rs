//! Settings › E-mail › Sign mails: a key, its DNS record, whether the record is there, and the switch.

use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::dns::Dns;
use crate::doctor::{Seen, look_up};
use crate::error::Result;
use crate::http::forms::Form;
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, refused_there, see_other};
use crate::http::routes::Routes;
use crate::mail::dkim::Signer;
use crate::model::dkim::{DkimKey, DkimView, in_parts, record_name, record_value};
use crate::model::{Admin, DnsRecord};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(HOME, dkim_page)
        .post("/console/settings/email/dkim/key", make_key)
        .post("/console/settings/email/dkim/check", check_record)
        .post("/console/settings/email/dkim/on", sign)
        .post("/console/settings/email/dkim/off", stop)
        .post("/console/settings/email/dkim/drop", drop_key)
}

const HOME: &str = "/console/settings/email/dkim";

/// What the section on Settings › E-mail says of it.
#[derive(Serialize)]
pub(in crate::console) struct DkimState {
    /// Mails are signed.
    on: bool,
    /// A key waits for its record.
    waits: bool,
    trouble: Option<String>,
}

impl DkimState {
    pub(in crate::console) fn of(admin: &Admin) -> Result<Self> {
        let DkimView { settings, trouble, .. } = admin.dkim()?;
        Ok(Self { on: settings.on && trouble.is_none(), waits: settings.next.is_some(), trouble })
    }
}

/// Signs as the outbox does; none where mails are not signed.
pub(in crate::console) fn signer(admin: &Admin) -> Result<Option<Signer>> {
    let Some(signs) = admin.signs_as()? else { return Ok(None) };
    let key = admin.signing_key(&signs)?;
    Ok(Some(Signer::new(signs, key)))
}

#[derive(Serialize)]
struct DkimPage {
    /// Where the key was given, if it cannot be changed here.
    locked: Option<String>,
    /// None as long as no mail server is set.
    domain: Option<String>,
    on: bool,
    trouble: Option<String>,
    current: Option<KeyShown>,
    next: Option<KeyShown>,
    /// What the DNS says, where somebody has asked.
    checked: Option<Checked>,
}

impl Page for DkimPage {
    const TEMPLATE: &'static str = "console/settings/dkim.html";
    const SECTION: &'static str = "settings";
}

#[derive(Serialize)]
struct KeyShown {
    made: Option<When>,
    record: DnsRecord,
    /// The value in parts, each in quotes.
    parts: String,
}

impl KeyShown {
    fn of(key: &DkimKey, given: bool, pages: &Pages<'_>) -> Self {
        let value = record_value(&key.public);
        let parts: Vec<String> =
            in_parts(&value).into_iter().map(|part| format!("\"{part}\"")).collect();
        Self {
            made: (!given).then(|| pages.when(key.made)),
            parts: parts.join(" "),
            record: DnsRecord { kind: "TXT", name: record_name(&key.selector, &key.domain), value },
        }
    }
}

#[derive(Serialize)]
struct Checked {
    words: String,
    good: bool,
    /// Signing was asked for, and not switched on because of it.
    held_back: bool,
}

impl DkimPage {
    fn new(admin: &Admin, pages: &Pages<'_>, checked: Option<Checked>) -> Result<Self> {
        let DkimView { settings, locked, domain, trouble } = admin.dkim()?;
        let shown = |key: &DkimKey| KeyShown::of(key, locked.is_some(), pages);
        Ok(Self {
            on: settings.on,
            current: settings.current.as_ref().map(shown),
            next: settings.next.as_ref().map(shown),
            locked,
            domain,
            trouble,
            checked,
        })
    }
}

#[handler]
async fn dkim_page(admin: Admin, pages: Pages<'_>) -> Result<Response> {
    pages.show(&DkimPage::new(&admin, &pages, None)?)
}

/// Back to the page, with what was done or why not.
fn back(done: Result<()>, said: &'static str) -> Result<Response> {
    match done {
        Ok(()) => Ok(see_other(HOME).flash(said)),
        Err(e) => refused_there(e, HOME),
    }
}

#[handler]
async fn make_key(admin: Admin) -> Result<Response> {
    back(admin.make_dkim_key().await, "The key is made. Set its record at your DNS provider.")
}

/// Which record, or that signing shall begin without it.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// "current", or else the new one if there is one.
    key: String,
    /// Not empty: whatever the DNS says.
    anyway: String,
}

/// What the DNS says of the record of a key.
async fn ask(admin: &Admin, key: &DkimKey) -> (Seen, String) {
    let seen = look_up(&Dns::new(admin.dns_server()), key).await;
    let words = seen.words(&record_name(&key.selector, &key.domain));
    (seen, words)
}

#[handler]
async fn check_record(
    admin: Admin,
    pages: Pages<'_>,
    Form(asked): Form<Asked>,
) -> Result<Response> {
    let settings = admin.dkim()?.settings;
    let next = settings.next.as_ref().filter(|_| asked.key != "current");
    let Some(key) = next.or(settings.current.as_ref()) else { return Ok(see_other(HOME)) };
    let (seen, words) = ask(&admin, key).await;
    let checked = Checked { words, good: seen == Seen::Good, held_back: false };
    pages.show(&DkimPage::new(&admin, &pages, Some(checked))?)
}

#[handler]
async fn sign(admin: Admin, pages: Pages<'_>, Form(asked): Form<Asked>) -> Result<Response> {
    let settings = admin.dkim()?.settings;
    let key = settings.next.as_ref().or(settings.current.as_ref());
    if let Some(key) = key.filter(|_| asked.anyway.is_empty()) {
        let (seen, words) = ask(&admin, key).await;
        if seen != Seen::Good {
            let checked = Checked { words, good: false, held_back: true };
            return pages.show(&DkimPage::new(&admin, &pages, Some(checked))?);
        }
    }
    back(admin.sign_mails().await, "From now on mails are signed.")
}

#[handler]
async fn stop(admin: Admin) -> Result<Response> {
    back(admin.stop_signing().await, "Mails are no longer signed.")
}

#[handler]
async fn drop_key(admin: Admin) -> Result<Response> {
    back(admin.drop_next_dkim_key().await, "The new key is given up.")
}
