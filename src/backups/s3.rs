//! The few requests to a storage service that speaks S3. Each is signed by `rusty_s3` and carried by ureq, on the thread of
//! the backup.

use std::io::Read;
use std::time::Duration;

use rusty_s3::actions::{CreateMultipartUpload, ListObjectsV2, S3Action};
use rusty_s3::{Bucket, Credentials, UrlStyle};
use ureq::config::Config;
use ureq::http::{Response, Uri};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Connector, NextTimeout, TcpConnector};
use ureq::{Agent, Body};

use super::place::Found;
use super::tls::Tls;
use crate::error::{Error, Result};
use crate::mail::tls::client_config;
use crate::model::backups::OpenBucket;
use crate::model::backups::target::is_off_limits;

/// How long a signature works: longer than the slowest request.
const SIGNED_FOR: Duration = Duration::from_secs(60 * 60);
/// To reach the service.
const CONNECT: Duration = Duration::from_secs(20);
/// For one step of a transfer, and for the service to answer.
const SILENCE: Duration = Duration::from_secs(120);
/// Waits before another try, where the service is busy or the connection broke.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];
/// Of an answer that is read whole: a thousand names, or what went wrong.
const LONGEST_ANSWER: u64 = 8 << 20;

/// The service, for one bucket.
#[derive(Clone)]
pub(super) struct Client {
    agent: Agent,
    bucket: Bucket,
    credentials: Credentials,
    /// For sentences.
    host: String,
}

/// Finds the addresses of the service, but for those where no storage service is: whoever says what a name means must not
/// have us talk to what only this machine may talk to.
#[derive(Debug)]
struct Outward(DefaultResolver);

impl Resolver for Outward {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let (found, mut good) = (self.0.resolve(uri, config, timeout)?, self.empty());
        for address in found.iter().filter(|address| !is_off_limits(address.ip())) {
            good.push(*address);
        }
        match good.is_empty() {
            true => Err(ureq::Error::Io(std::io::Error::other("its address is link-local"))),
            false => Ok(good),
        }
    }
}

/// What became of a request that was answered.
type Answered = Result<Response<Body>>;

impl Client {
    pub(super) fn new(open: &OpenBucket) -> Result<Self> {
        let known = &open.bucket;
        let style = if known.path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let endpoint = known.endpoint.as_str().parse().map_err(Error::bug)?;
        let bucket = Bucket::new(endpoint, style, known.name.clone(), known.region.clone());
        let bucket = bucket.map_err(|why| Error::refused(format!("The bucket: {why}.")))?;
        let tls = client_config(known.ca.as_deref()).map_err(Error::refused)?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .timeout_per_write(Some(SILENCE))
            .build();
        let connector = ().chain(TcpConnector::default()).chain(Tls(tls));
        Ok(Self {
            agent: Agent::with_parts(config, connector, Outward(DefaultResolver::default())),
            bucket,
            credentials: Credentials::new(known.key_id.clone(), open.secret.expose().clone()),
            host: known.endpoint.authority().to_owned(),
        })
    }

    pub(super) fn get(&self, name: &str) -> Result<Box<dyn Read>> {
        let url = self.bucket.get_object(Some(&self.credentials), name).sign(SIGNED_FOR);
        let answer = self.tried(|| self.agent.get(url.as_str()).call())?;
        // However large it is: it is read as a stream.
        Ok(Box::new(answer.into_body().into_with_config().limit(u64::MAX).reader()))
    }

    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let url = self.bucket.put_object(Some(&self.credentials), name).sign(SIGNED_FOR);
        self.tried(|| self.agent.put(url.as_str()).send(bytes)).map(drop)
    }

    pub(super) fn remove(&self, name: &str) -> Result<()> {
        let url = self.bucket.delete_object(Some(&self.credentials), name).sign(SIGNED_FOR);
        self.tried(|| self.agent.delete(url.as_str()).call()).map(drop)
    }

    /// The files whose names begin so; of those in folders below it only with `deep`.
    pub(super) fn list(&self, prefix: &str, deep: bool) -> Result<Vec<Found>> {
        let (mut found, mut next) = (Vec::new(), None::<String>);
        loop {
            let mut action = self.bucket.list_objects_v2(Some(&self.credentials));
            action.with_prefix(prefix);
            if !deep {
                action.with_delimiter("/");
            }
            if let Some(token) = next.take() {
                action.with_continuation_token(token);
            }
            let url = action.sign(SIGNED_FOR);
            let text = self.text(self.tried(|| self.agent.get(url.as_str()).call())?)?;
            let page = ListObjectsV2::parse_response(&text).map_err(|why| self.odd(&why))?;
            let named = page.contents.into_iter();
            found.extend(
                named.map(|one| Found { name: one.key, bytes: one.size.unwrap_or_default() }),
            );
            next = page.next_continuation_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    /// Begins an upload in parts, and gives its id.
    pub(super) fn begin(&self, name: &str) -> Result<String> {
        let action = self.bucket.create_multipart_upload(Some(&self.credentials), name);
        let url = action.sign(SIGNED_FOR);
        let text = self.text(self.tried(|| self.agent.post(url.as_str()).send_empty())?)?;
        let begun = CreateMultipartUpload::parse_response(&text).map_err(|why| self.odd(&why))?;
        Ok(begun.upload_id().to_owned())
    }

    /// Uploads a part, and gives its tag.
    pub(super) fn part(
        &self,
        name: &str,
        upload: &str,
        number: u16,
        bytes: &[u8],
    ) -> Result<String> {
        let action = self.bucket.upload_part(Some(&self.credentials), name, number, upload);
        let url = action.sign(SIGNED_FOR);
        let answer = self.tried(|| self.agent.put(url.as_str()).send(bytes))?;
        let tag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok());
        tag.map(str::to_owned).ok_or_else(|| self.odd(&"a part has no tag"))
    }

    /// Makes one file of the parts.
    pub(super) fn complete(&self, name: &str, upload: &str, tags: &[String]) -> Result<()> {
        let tags = tags.iter().map(String::as_str);
        let credentials = Some(&self.credentials);
        let action = self.bucket.complete_multipart_upload(credentials, name, upload, tags);
        let (url, body) = (action.sign(SIGNED_FOR), action.body());
        let answer = self.tried(|| self.agent.post(url.as_str()).send(body.as_bytes()))?;
        // The service may find only now that it failed, after it has said that all is well.
        let text = self.text(answer)?;
        match element(&text, "Code") {
            None => Ok(()),
            Some(code) => Err(self.odd(&code)),
        }
    }

    /// Gives an upload in parts up.
    pub(super) fn abort(&self, name: &str, upload: &str) -> Result<()> {
        let action = self.bucket.abort_multipart_upload(Some(&self.credentials), name, upload);
        let url = action.sign(SIGNED_FOR);
        self.tried(|| self.agent.delete(url.as_str()).call()).map(drop)
    }

    /// Asks until it is answered, a few times.
    #[expect(clippy::disallowed_methods, reason = "this thread is the backup's own")]
    fn tried(&self, ask: impl Fn() -> Result<Response<Body>, ureq::Error>) -> Answered {
        for pause in AGAIN {
            match ask() {
                Ok(answer) if !passing(answer.status().as_u16()) => return self.good(answer),
                Ok(answer) => tracing::debug!(status = %answer.status(), "the bucket is busy"),
                Err(why) => tracing::debug!(%why, "the bucket could not be reached"),
            }
            std::thread::sleep(pause);
        }
        match ask() {
            Ok(answer) => self.good(answer),
            Err(why) => Err(Error::refused(format!(
                "The storage service at {} could not be reached: {why}.",
                self.host
            ))),
        }
    }

    /// Refuses an answer that is a failure.
    fn good(&self, answer: Response<Body>) -> Answered {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let text = self.text(answer).unwrap_or_default();
        let code = element(&text, "Code").unwrap_or_else(|| status.to_string());
        let why = match code.as_str() {
            "SignatureDoesNotMatch" => "the secret does not belong to this key".to_owned(),
            "InvalidAccessKeyId" => "it does not know this key".to_owned(),
            "AccessDenied" => "this key may not do that".to_owned(),
            "NoSuchBucket" => format!("it has no bucket {}", self.bucket.name()),
            "NoSuchKey" => "it has no such file".to_owned(),
            "RequestTimeTooSkewed" => "the clock of this machine is wrong".to_owned(),
            // Whatever answers there, its own words are for the log: they may be of a service that is none of ours.
            _ => {
                let message = element(&text, "Message").unwrap_or_default();
                tracing::warn!(%status, code, message, "the storage service refused");
                format!("status {}; the log of the server tells more", status.as_u16())
            }
        };
        let host = &self.host;
        Err(Error::refused(format!("The storage service at {host} refused: {why}.")))
    }

    fn text(&self, mut answer: Response<Body>) -> Result<String> {
        let read = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_string();
        read.map_err(|why| self.odd(&why))
    }

    fn odd(&self, why: &dyn std::fmt::Display) -> Error {
        tracing::warn!(%why, "the storage service answered oddly");
        let host = &self.host;
        Error::refused(format!(
            "What answers at {host} is no storage service that speaks S3. The log of the server tells more."
        ))
    }
}

/// Whether another try may do better.
const fn passing(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

/// The text of the first element of this name in a short XML.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.chars().filter(|c| !c.is_control()).take(300).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_means_a_link_local_address_is_not_asked() {
        let resolver = Outward(DefaultResolver::default());
        let found = |uri: &'static str| {
            let patience = NextTimeout {
                after: ureq::unversioned::transport::time::Duration::from_secs(5),
                reason: ureq::Timeout::Resolve,
                per_read: None,
                per_write: None,
            };
            resolver.resolve(&Uri::from_static(uri), &Config::default(), patience)
        };
        for bad in ["http://169.254.169.254/", "http://2852039166/", "http://[fe80::1]/"] {
            assert!(found(bad).is_err(), "{bad}");
        }
        assert_eq!(found("http://127.0.0.1:9000/").unwrap().len(), 1);
    }
}
