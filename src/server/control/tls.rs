//! What the command line can ask about certificates.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::Answer;
use crate::dns::Dns;
use crate::error::Result;
use crate::model::System;
use crate::model::tls::TlsSettings;
use crate::preflight::Preflight;
use crate::values::PublicUrl;

/// `anteroom tls check`.
#[derive(Debug, Serialize, Deserialize)]
pub struct TlsCheck {
    /// Settings to look with, instead of those in use.
    pub given: Option<TlsSettings>,
    /// The public address, instead of the one in use.
    pub public_url: Option<PublicUrl>,
    /// Where HTTPS would be listened for, where no server tells.
    pub https: SocketAddr,
    /// Where plain HTTP would, beside it.
    pub http: Option<SocketAddr>,
    /// Which name server to ask; none for the usual one.
    pub dns_server: Option<SocketAddr>,
    /// Print JSON.
    pub json: bool,
}

pub(super) async fn check(system: &System, asked: TlsCheck) -> Result<Answer> {
    let settings = match asked.given {
        Some(given) => given,
        None => system.tls_settings()?,
    };
    let mut ports = system.certificate_now().ports;
    if ports.would_https.is_none() {
        (ports.would_https, ports.would_http) = (Some(asked.https), asked.http);
    }
    let preflight = Preflight {
        names: system.names_for(&settings, asked.public_url.as_ref()),
        settings,
        ports,
        now: system.now(),
        dns: Dns::new(asked.dns_server.or(system.dns_server())),
    };
    let report = preflight.look().await;
    let text = if asked.json { serde_json::to_string(&report)? } else { report.to_string() };
    Ok(if report.good { Answer::Done(text) } else { Answer::NotWell(text) })
}
