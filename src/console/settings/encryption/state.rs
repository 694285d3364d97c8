//! How the certificate is doing, as the settings show it.

use serde::Serialize;

use crate::error::Result;
use crate::http::pages::{Pages, When};
use crate::model::Admin;
use crate::model::tls::{CertificateFacts, OpenPorts, TlsWay};

/// How the certificate is doing.
#[derive(Serialize)]
pub(in crate::console::settings) struct StateShown {
    /// None here, because a proxy has it.
    off: bool,
    /// Https is answered all the same: nobody has chosen yet.
    waiting: bool,
    /// Somebody listens for https.
    listening: bool,
    certificate: Option<CertificateShown>,
    warning: Option<String>,
    /// What became of the last try.
    last: Option<AttemptShown>,
    /// When an authority is asked next, if not now.
    next: Option<When>,
    /// An authority is being asked, or is about to be.
    asking: bool,
    /// Whether browsers are told to insist on https.
    hsts: String,
    /// Where the server takes connections.
    sockets: Vec<String>,
    /// Links still begin with http.
    plain_links: bool,
}

#[derive(Serialize)]
struct CertificateShown {
    names: String,
    issuer: String,
    until: When,
    /// "64 days left".
    left: String,
}

#[derive(Serialize)]
struct AttemptShown {
    at: When,
    good: bool,
    /// The authority's words, if it failed and the warning does not say them.
    says: String,
    /// At Let's Encrypt's staging server, before the order itself.
    rehearsal: bool,
}

impl CertificateShown {
    fn of(facts: &CertificateFacts, days: i64, pages: &Pages<'_>) -> Self {
        let left = match days {
            ..0 => "It has ended".to_owned(),
            0 => "It ends in less than a day".to_owned(),
            1 => "One day left".to_owned(),
            days => format!("{days} days left"),
        };
        Self {
            names: facts.names.join(", "),
            issuer: match facts.self_signed {
                true => "This server itself".to_owned(),
                false => facts.issuer.clone(),
            },
            until: pages.exact(facts.not_after),
            left,
        }
    }
}

impl StateShown {
    pub(in crate::console::settings) fn of(admin: &Admin, pages: &Pages<'_>) -> Result<Self> {
        let status = admin.certificate_status()?;
        let days = status.days_left.unwrap_or_default();
        let attempts = match status.way {
            TlsWay::Automatic => admin.certificate_attempts()?,
            _ => Vec::new(),
        };
        let last = attempts.into_iter().find(|one| one.names == status.wanted).map(|one| {
            let (good, rehearsal) = (one.failure.is_none(), one.is_rehearsal());
            let said = |why: &String| status.warning.as_ref().is_some_and(|all| all.contains(why));
            let says = one.failure.filter(|why| !said(why)).unwrap_or_default();
            AttemptShown { at: pages.when(one.at), good, says, rehearsal }
        });
        Ok(Self {
            off: status.way == TlsWay::Off,
            waiting: status.way == TlsWay::Off && status.listening,
            listening: status.listening,
            certificate: status
                .facts
                .as_ref()
                .map(|facts| CertificateShown::of(facts, days, pages)),
            warning: status.warning,
            last,
            asking: status.next_try.is_some_and(|at| at <= pages.now()),
            next: status.next_try.filter(|at| *at > pages.now()).map(|at| pages.when(at)),
            hsts: hsts(admin, pages)?,
            sockets: sockets(&status.ports),
            plain_links: status.way != TlsWay::Off
                && !admin.console().firm()?.public_url.is_https(),
        })
    }
}

/// Whether browsers are told to come by https only, and since or from when on.
fn hsts(admin: &Admin, pages: &Pages<'_>) -> Result<String> {
    let proven = admin.https_proven_at()?;
    Ok(match proven {
        Some(at) if at <= pages.now() => {
            "Browsers are told to come by https only: the certificate has proven itself.".to_owned()
        }
        Some(at) => format!(
            "Browsers are told to come by https only once the certificate has served for a day: from {} on.",
            pages.exact(at).text
        ),
        None => "Browsers are not told to come by https only: that begins a day after they accept the certificate."
            .to_owned(),
    })
}

fn sockets(ports: &OpenPorts) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(ports.https.map(|at| format!("{at}: https")));
    lines.extend(ports.onward.map(|at| format!("{at}: http, leads on to https")));
    lines.extend(ports.beside.map(|at| format!("{at}: http, leads nobody on to https yet")));
    lines.extend(
        ports.site.iter().map(|place| format!("{place}: http, for a proxy or this network")),
    );
    lines
}
