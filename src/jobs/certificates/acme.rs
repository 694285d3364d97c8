//! One order of a certificate from an authority (ACME, RFC 8555), from a fresh start to its end.
//!
//! The steps are rustls-acme's; the way through them is ours, for its own repeats forever and at once, gives up at the
//! first refused nonce, and does not tell what the authority said.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::try_join_all;
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls::ClientConfig;
use rustls_acme::acme::{
    Account, AcmeError, Auth, AuthStatus, Directory, Identifier, Order as Ordered, OrderStatus,
};
use serde::Deserialize;
use tokio::time::sleep;

use super::shelf::{Board, Shelf, short};
use crate::error::Result;
use crate::http::tls::{Certificates, Proof, Served};
use crate::model::tls::Challenge;

/// For the whole of it, with one name: an authority that is silent is given up.
const TIME: Duration = Duration::from_secs(120);
/// For each name.
const TIME_EACH: Duration = Duration::from_secs(5);
/// Names that are talked about at the same time: an authority bears only so much from one place.
const AT_ONCE: usize = 4;
/// Between two looks at what the authority has done meanwhile.
const PAUSE: Duration = Duration::from_secs(1);
/// An authority may refuse any nonce; then the same is asked again, with a new one (RFC 8555 §6.5).
const NONCES: usize = 8;

/// What is ordered.
pub(super) struct Order {
    /// Whom we believe to be the authority.
    pub(super) tls: Arc<ClientConfig>,
    /// Its directory.
    pub(super) directory: String,
    /// The hosts.
    pub(super) names: Vec<String>,
    /// Whom it may write to, as a `mailto:`.
    pub(super) contact: Option<String>,
    /// How it is shown that the hosts are ours.
    pub(super) challenge: Challenge,
}

impl Order {
    /// As long as it may take.
    pub(super) fn time(&self) -> Duration {
        let names = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        TIME.saturating_add(TIME_EACH.saturating_mul(names))
    }
}

fn certificate_file(directory: &str, names: &[String]) -> String {
    format!("certificate-{}.pem", short(&format!("{directory} {}", names.join(" "))))
}

/// The certificate that was got before, if it can be read.
pub(super) async fn find(
    shelf: &Shelf,
    directory: &str,
    names: &[String],
) -> Result<Option<Served>> {
    let kept = shelf.find(Board::Authority, certificate_file(directory, names)).await?;
    let text = kept.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(text.and_then(|text| Served::read(&text, &text).ok()))
}

/// Gets and keeps a certificate. `looked` becomes true when the authority was asked to look whether a name is ours.
/// Otherwise a sentence, with the authority's words if it said any.
pub(super) async fn get(
    order: &Order,
    shelf: &Shelf,
    certificates: &Certificates,
    looked: &AtomicBool,
) -> Result<Served, String> {
    // First of all: whoever cannot keep a certificate must not order one.
    let account = account(shelf, &order.directory).await.map_err(|why| why.to_string())?;
    let steps = Steps { order, certificates, looked };
    let (chain, key) = steps.run(&account).await?;
    let text = format!("{key}\n{chain}");
    let served = Served::read(&text, &text).map_err(|why| why.to_string())?;
    let file = certificate_file(&order.directory, &order.names);
    shelf
        .keep(Board::Authority, file, text.into_bytes())
        .await
        .map_err(|why| format!("The new certificate could not be kept. {why}"))?;
    Ok(served)
}

/// Who we are to an authority: a key, made when it is first asked for anything.
async fn account(shelf: &Shelf, directory: &str) -> Result<Vec<u8>> {
    let file = format!("account-{}.key", short(directory));
    if let Some(key) = shelf.find(Board::Authority, file.clone()).await? {
        return Ok(key);
    }
    let key = Account::generate_key_pair();
    shelf.keep(Board::Authority, file, key.clone()).await?;
    Ok(key)
}

struct Steps<'a> {
    order: &'a Order,
    certificates: &'a Certificates,
    looked: &'a AtomicBool,
}

impl Steps<'_> {
    /// The chain and the key, as PEM.
    async fn run(&self, key: &[u8]) -> Result<(String, String), String> {
        let Order { tls, directory, names, contact, .. } = self.order;
        let found = Directory::discover(tls, directory).await.map_err(words)?;
        let contact: Vec<String> = contact.iter().cloned().collect();
        let account =
            again(|| Account::create_with_keypair(tls, found.clone(), &contact, key)).await?;
        let (url, mut ordered) = again(|| account.new_order(tls, names.clone())).await?;
        self.authorize(&account, &ordered.authorizations).await?;
        let own = KeyPair::generate().map_err(|why| why.to_string())?;
        let request = request(names, &own).map_err(|why| why.to_string())?;
        let mut asked = false;
        loop {
            match ordered.status {
                OrderStatus::Valid { certificate } => {
                    let chain = again(|| account.certificate(tls, &certificate)).await?;
                    return Ok((chain, own.serialize_pem()));
                }
                OrderStatus::Invalid => return Err(refused(&ordered)),
                OrderStatus::Ready if !asked => {
                    asked = true;
                    let to = ordered.finalize.clone();
                    ordered = again(|| account.finalize(tls, &to, &request)).await?;
                }
                OrderStatus::Ready | OrderStatus::Pending | OrderStatus::Processing => {
                    sleep(PAUSE).await;
                    ordered = again(|| account.order(tls, &url)).await?;
                }
            }
        }
    }

    /// Shows the authority that the names are ours, all at the same time, and waits for its word on each.
    async fn authorize(&self, account: &Account, urls: &[String]) -> Result<(), String> {
        let mut waiting = Vec::new();
        for (url, auth) in self.ask(account, urls).await? {
            match auth.status {
                AuthStatus::Pending => waiting.push((url, self.proof(account, &auth)?)),
                _ => verdict(&auth)?,
            }
        }
        let (mut urls, mut challenges, mut proofs) = (Vec::new(), Vec::new(), Vec::new());
        for (url, (challenge, proof)) in waiting {
            urls.push(url);
            challenges.push(challenge);
            proofs.push(proof);
        }
        self.certificates.prove(proofs);
        self.looked.fetch_or(!challenges.is_empty(), Ordering::Relaxed);
        let tls = &self.order.tls;
        for some in challenges.chunks(AT_ONCE) {
            try_join_all(some.iter().map(|url| again(move || account.challenge(tls, url)))).await?;
        }
        while !urls.is_empty() {
            sleep(PAUSE).await;
            let asked = self.ask(account, &urls).await?;
            urls.clear();
            for (url, auth) in asked {
                match auth.status {
                    AuthStatus::Pending => urls.push(url),
                    _ => verdict(&auth)?,
                }
            }
        }
        self.certificates.prove(Vec::new());
        Ok(())
    }

    /// What the authority thinks of these by now.
    async fn ask(&self, account: &Account, urls: &[String]) -> Result<Vec<(String, Auth)>, String> {
        let tls = &self.order.tls;
        let mut all = Vec::with_capacity(urls.len());
        for some in urls.chunks(AT_ONCE) {
            let asked =
                try_join_all(some.iter().map(|url| again(move || account.auth(tls, url)))).await?;
            all.extend(some.iter().cloned().zip(asked));
        }
        Ok(all)
    }

    /// The address to ask the authority to look, and what it is going to see then.
    fn proof(&self, account: &Account, auth: &Auth) -> Result<(String, Proof), String> {
        let Identifier::Dns(name) = &auth.identifier;
        let (challenge, proof) = match self.order.challenge {
            Challenge::Http01 => {
                let (challenge, text) = account.http_01(&auth.challenges).map_err(words)?;
                (challenge, Proof::Text { token: challenge.token.clone(), text })
            }
            Challenge::TlsAlpn01 | Challenge::Either => {
                let (challenge, certificate) =
                    account.tls_alpn_01(&auth.challenges, name.clone()).map_err(words)?;
                let certificate = Arc::new(certificate);
                (challenge, Proof::Handshake { name: name.clone(), certificate })
            }
        };
        Ok((challenge.url.clone(), proof))
    }
}

/// What the authority decided on one name.
fn verdict(auth: &Auth) -> Result<(), String> {
    match auth.status {
        AuthStatus::Valid => Ok(()),
        _ => Err(unproven(auth)),
    }
}

/// What is to be signed: the names, and the half of the key that is not secret.
fn request(names: &[String], key: &KeyPair) -> Result<Vec<u8>, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    Ok(params.serialize_request(key)?.der().to_vec())
}

/// Asks, and asks again where only the nonce was refused.
async fn again<T, F>(ask: impl Fn() -> F) -> Result<T, String>
where
    F: Future<Output = Result<T, AcmeError>>,
{
    for _ in 1..NONCES {
        match ask().await {
            Err(why) if why.to_string().contains("urn:ietf:params:acme:error:badNonce") => {}
            answered => return answered.map_err(words),
        }
    }
    ask().await.map_err(words)
}

/// How an authority says what is wrong (RFC 7807).
#[derive(Deserialize)]
struct Problem {
    detail: String,
}

/// The authority's words where it said any, and what the network said otherwise.
fn words(why: AcmeError) -> String {
    let AcmeError::HttpRequest(request) = &why else {
        return format!("The authority could not be reached, or not understood: {why}.");
    };
    // The type of this error cannot be named, so its words are taken from what it prints: status, then the body in quotes.
    let printed = request.to_string();
    let body = printed.find('"').map(|at| &printed[at..]);
    let body = body.and_then(|body| serde_json::from_str::<String>(body).ok());
    let problem = body.and_then(|body| serde_json::from_str::<Problem>(&body).ok());
    match problem {
        Some(Problem { detail }) => format!("The authority says: {detail}"),
        None => format!("The authority could not be reached: {printed}."),
    }
}

fn refused(ordered: &Ordered) -> String {
    let detail = ordered.error.as_ref().and_then(|problem| problem.detail.as_deref());
    format!("The authority says: {}", detail.unwrap_or("the order is not valid"))
}

fn unproven(auth: &Auth) -> String {
    let Identifier::Dns(name) = &auth.identifier;
    let said = |challenge: &rustls_acme::acme::Challenge| {
        challenge.error.as_ref().and_then(|problem| problem.detail.clone())
    };
    let detail = auth.challenges.iter().find_map(said);
    match detail {
        Some(detail) => format!("The authority says of {name}: {detail}"),
        None => format!("The authority says that {name} was not shown to be ours"),
    }
}
