//! Settings › Address & TLS, its lower part: how browsers reach the server encrypted. The page itself is in `address.rs`.

mod proxy;
mod state;

use poem::{Response, handler};
use serde::Serialize;

use super::address::{AddressPage, HOME};
use super::again;
use crate::dns::Dns;
use crate::error::Result;
use crate::http::forms::{Form, Typed};
use crate::http::pages::Pages;
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::http::through::Through;
use crate::model::Admin;
use crate::model::tls::{TlsForm, TlsSettings, TlsWay};
use crate::preflight::{Preflight, Report, Verdict};

pub(super) use proxy::ProxyShown;
pub(super) use state::StateShown;

pub(super) fn routes() -> Routes {
    Routes::default()
        .post("/console/settings/address/tls", set_tls)
        .post("/console/settings/address/check", check_first)
}

/// The settings, where they were given from outside and cannot be changed here.
#[derive(Serialize)]
pub(super) struct TlsLocked {
    source: String,
    facts: Vec<Fact>,
}

/// A line of a list of facts.
#[derive(Serialize)]
struct Fact {
    label: &'static str,
    value: String,
}

impl TlsLocked {
    pub(super) fn of(settings: &TlsSettings, source: String) -> Self {
        let fact = |label, value: Option<String>| value.map(|value| Fact { label, value });
        let names = Some(settings.names.join(", ")).filter(|names| !names.is_empty());
        let mut facts = vec![Fact { label: "Certificate", value: way(settings.way).to_owned() }];
        facts.extend(fact("Names", names));
        match settings.way {
            TlsWay::Automatic => {
                facts.push(Fact { label: "Authority", value: settings.directory().to_owned() });
                facts.extend(fact("Contact", settings.contact.as_ref().map(ToString::to_string)));
            }
            TlsWay::Files => {
                facts.extend(fact("Certificate file", settings.certificate_file.clone()));
                facts.extend(fact("Key file", settings.key_file.clone()));
            }
            TlsWay::Off | TlsWay::SelfSigned => {}
        }
        Self { source, facts }
    }
}

const fn way(way: TlsWay) -> &'static str {
    match way {
        TlsWay::Off => "Behind a proxy",
        TlsWay::Automatic => "Automatic",
        TlsWay::Files => "Own files",
        TlsWay::SelfSigned => "Only in this network (self-signed)",
    }
}

/// What came of a look before an order.
#[derive(Serialize)]
pub(super) struct ReportShown {
    good: bool,
    /// An authority would be asked.
    asks: bool,
    findings: Vec<FindingShown>,
}

#[derive(Serialize)]
struct FindingShown {
    tone: &'static str,
    icon: &'static str,
    word: &'static str,
    says: String,
}

impl From<Report> for ReportShown {
    fn from(mut report: Report) -> Self {
        // What stands in the way comes first.
        report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.is));
        let shown = report.findings.into_iter().map(|finding| {
            let (tone, icon, word) = match finding.is {
                Verdict::Good => ("good", "check", "Good"),
                Verdict::Unsure => ("warn", "info", "Not certain"),
                Verdict::Bad => ("bad", "alert", "In the way"),
            };
            FindingShown { tone, icon, word, says: finding.says }
        });
        Self { good: report.good, asks: report.directory.is_some(), findings: shown.collect() }
    }
}

#[handler]
async fn set_tls(
    admin: Admin,
    pages: Pages<'_>,
    through: Through,
    Form(form): Form<TlsForm>,
) -> Result<Response> {
    match admin.set_tls(form.clone()).await {
        Ok(()) => {
            let said = match admin.tls_settings()?.settings.way {
                TlsWay::Automatic => {
                    "Saved. The authority is asked now; what it says is shown below in a moment."
                }
                TlsWay::Off => "Saved. A proxy in front encrypts.",
                TlsWay::Files => "Saved. The files are read now, and whenever they change.",
                TlsWay::SelfSigned => "Saved. Each browser warns once of this server.",
            };
            Ok(see_other(HOME).flash(said))
        }
        Err(why) => {
            let current = admin.tls_settings()?.edition();
            let form = again(form, why, |form| form.seen = current)?;
            pages.again(&AddressPage::with_tls(&admin, &pages, &through, form)?)
        }
    }
}

/// Looks at what an authority is going to look at, with the settings as typed. Nothing is saved, nothing ordered.
#[handler]
async fn check_first(
    admin: Admin,
    pages: Pages<'_>,
    through: Through,
    Form(form): Form<TlsForm>,
) -> Result<Response> {
    let view = admin.tls_settings()?;
    let (form, settings) = match view.locked {
        Some(_) => (TlsForm::of(&view), view.settings),
        None => match form.read() {
            Ok(settings) => (form, settings),
            Err(why) => {
                let form = Typed::from(form).with(why)?;
                return pages.again(&AddressPage::with_tls(&admin, &pages, &through, form)?);
            }
        },
    };
    let public = &admin.console().firm()?.public_url;
    let preflight = Preflight {
        names: settings.names_for(Some(public)),
        settings,
        ports: admin.certificate_status()?.ports,
        now: admin.console().now(),
        dns: Dns::new(admin.dns_server()),
    };
    let report = preflight.look().await;
    let page = AddressPage::with_tls(&admin, &pages, &through, form.into())?;
    pages.show(&page.after(report.into()))
}
