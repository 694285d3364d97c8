//! The form of Settings › Backup that says where backups go and who can read them, as an Owner types it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::form::tick;
use super::{BackupPlan, Bucket, Target};
use crate::error::{Check, Result};
use crate::model::keys::Keys;
use crate::values::backup::MOST_RECIPIENTS;
use crate::values::{PublicUrl, Recipient};

/// Longer paths, names and keys are a slip of the clipboard.
const LONGEST: usize = 500;
/// Of the service's own certificate authority, in characters of PEM.
const LONGEST_CA: usize = 50_000;

/// The form as typed. The secret is read and never given back.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct TargetForm {
    /// "folder" or "bucket".
    pub target: String,
    /// Empty for `backups` in the data folder.
    pub folder: String,
    /// Where the storage service answers.
    pub endpoint: String,
    /// Its region.
    pub region: String,
    /// Name of the bucket.
    pub bucket: String,
    /// What stands before the names of our files.
    pub prefix: String,
    /// Ticked: the bucket's name is part of the path.
    pub path_style: String,
    /// Which key we come with.
    pub key_id: String,
    /// Its secret; empty for the stored one.
    #[serde(skip_serializing)]
    pub secret: String,
    /// The service's own certificate authority in PEM.
    pub ca: String,
    /// Public keys of age, one on a line.
    pub recipients: String,
    /// The [`BackupPlan::edition`] that was shown.
    pub seen: String,
}

impl TargetForm {
    /// The form as the stored plan fills it in.
    #[must_use]
    pub fn of(plan: &BackupPlan) -> Self {
        let lines: Vec<&str> = plan.recipients.iter().map(Recipient::as_str).collect();
        let mut form = Self {
            recipients: lines.join("\n"),
            seen: plan.edition(),
            target: "folder".into(),
            path_style: tick(true),
            ..Self::default()
        };
        match &plan.target {
            Target::Folder(folder) => {
                form.folder = folder.as_ref().map(|f| f.display().to_string()).unwrap_or_default();
            }
            Target::Bucket(bucket) => {
                form.target = "bucket".into();
                form.endpoint = bucket.endpoint.to_string();
                form.region.clone_from(&bucket.region);
                form.bucket.clone_from(&bucket.name);
                form.prefix.clone_from(&bucket.prefix);
                form.path_style = tick(bucket.path_style);
                form.key_id.clone_from(&bucket.key_id);
                form.ca = bucket.ca.clone().unwrap_or_default();
            }
        }
        form
    }

    /// The plan, or every field that is wrong. `stored` is the plan as it was, whose secret may go on; `data` is the data
    /// folder.
    pub(super) fn read(&self, stored: &BackupPlan, keys: &Keys, data: &Path) -> Result<BackupPlan> {
        let mut check = Check::default();
        let target = match self.target.as_str() {
            "folder" => check.take("folder", folder(&self.folder, data)).map(Target::Folder),
            "bucket" => self.bucket(stored, keys, &mut check).map(Target::Bucket),
            _ => {
                check.note("target", "Choose where the backups go");
                None
            }
        };
        let recipients = check.take("recipients", recipients(&self.recipients));
        check.finish(|| {
            Some(BackupPlan { target: target?, recipients: recipients?, ..stored.clone() })
        })
    }

    fn bucket(&self, stored: &BackupPlan, keys: &Keys, check: &mut Check) -> Option<Bucket> {
        let endpoint = check.take("endpoint", endpoint(&self.endpoint));
        let name = check.take("bucket", bucket_name(&self.bucket));
        let region = check.take("region", region(&self.region));
        let prefix = check.take("prefix", prefix(&self.prefix));
        let key_id = check.take("key_id", key(&self.key_id, "Type the id of the key"));
        let ca = check.take("ca", ca(&self.ca));
        let known = match &stored.target {
            Target::Bucket(known) => Some(known),
            Target::Folder(_) => None,
        };
        // A stored secret goes to the same service with the same key only: nobody can have it used for a place of theirs.
        let same = known.filter(|known| {
            Some(&known.endpoint) == endpoint.as_ref() && Some(&known.key_id) == key_id.as_ref()
        });
        let secret = match (self.secret.trim(), same) {
            ("", Some(known)) => Some(known.secret.clone()),
            (typed, _) => check
                .take("secret", key(typed, "Type the secret of this key"))
                .map(|secret| keys.seal(secret.as_bytes())),
        };
        Some(Bucket {
            endpoint: endpoint?,
            region: region?,
            name: name?,
            prefix: prefix?,
            path_style: !self.path_style.is_empty(),
            key_id: key_id?,
            secret: secret?,
            ca: ca?,
        })
    }
}

/// A folder that is ours to fill. In the data folder it is `backups` or a folder below it, for all else there has a use.
fn folder(typed: &str, data: &Path) -> Result<Option<PathBuf>, &'static str> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    if typed.len() > LONGEST || typed.contains(char::is_control) {
        return Err("This is no folder. Type it again");
    }
    let path = PathBuf::from(typed);
    let plain = path.components().all(|part| !matches!(part, Component::ParentDir));
    if !path.is_absolute() || !plain {
        return Err("Type the whole path from the root, like /mnt/backups/anteroom");
    }
    if path.starts_with(data) && !path.starts_with(data.join("backups")) {
        return Err("This folder belongs to the data. Choose another, or leave it empty");
    }
    Ok(Some(path).filter(|path| *path != data.join("backups")))
}

/// Only what stays on this machine or in its own network may travel without encryption.
fn endpoint(typed: &str) -> Result<PublicUrl, String> {
    let typed = typed.trim();
    let url = PublicUrl::parse(typed)?;
    if !url.is_https() && !url.is_loopback() && !url.is_private() {
        return Err("The data would travel unencrypted. Begin the address with https://".into());
    }
    let address = url.host().trim_matches(['[', ']']).parse::<IpAddr>();
    if address.is_ok_and(is_off_limits) {
        return Err("No storage service has such an address. Type that of yours".into());
    }
    Ok(url)
}

/// Whether an address is one that no storage service has: link-local ones, where clouds tell a machine its secrets, and the
/// two other ones where they do.
#[must_use]
pub fn is_off_limits(address: IpAddr) -> bool {
    const OTHERS: [IpAddr; 2] = [
        IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
        IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    ];
    let address = address.to_canonical();
    OTHERS.contains(&address)
        || match address {
            IpAddr::V4(v4) => v4.is_link_local(),
            IpAddr::V6(v6) => v6.is_unicast_link_local(),
        }
}

/// As every service that speaks S3 allows them.
fn bucket_name(typed: &str) -> Result<String, &'static str> {
    let typed = typed.trim();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let good = (3..=63).contains(&typed.len())
        && typed.chars().all(plain)
        && edge(typed.chars().next())
        && edge(typed.chars().last())
        && !typed.contains("..");
    good.then(|| typed.to_owned())
        .ok_or("A bucket's name has 3 to 63 small letters, digits and hyphens")
}

fn region(typed: &str) -> Result<String, &'static str> {
    let typed = typed.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match typed {
        "" => Ok("us-east-1".into()),
        typed if typed.len() <= 64 && typed.chars().all(plain) => Ok(typed.into()),
        _ => Err("A region is a word like eu-central-1. Leave it empty if your service has none"),
    }
}

/// Empty, or ending with a slash.
fn prefix(typed: &str) -> Result<String, &'static str> {
    let typed = typed.trim().trim_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let parts = typed.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    match typed {
        "" => Ok(String::new()),
        typed if typed.len() <= LONGEST && typed.chars().all(plain) && parts => {
            Ok(format!("{typed}/"))
        }
        _ => Err("Use letters, digits, hyphens and slashes only, like anteroom/portal"),
    }
}

fn key(typed: &str, absent: &'static str) -> Result<String, &'static str> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(absent);
    }
    if typed.len() > LONGEST || typed.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err("This is no key. Copy it again");
    }
    Ok(typed.to_owned())
}

fn ca(typed: &str) -> Result<Option<String>, &'static str> {
    let typed = typed.trim();
    match typed.chars().count() {
        0 => Ok(None),
        chars if chars > LONGEST_CA => {
            Err("This is too long for a certificate. Paste only that of the authority")
        }
        _ => Ok(Some(typed.to_owned())),
    }
}

fn recipients(typed: &str) -> Result<Vec<Recipient>, String> {
    let mut known: Vec<Recipient> = Vec::new();
    let lines = typed.split(|c: char| c.is_whitespace() || c == ',');
    for line in lines.filter(|line| !line.is_empty()) {
        let recipient = Recipient::parse(line)?;
        if !known.contains(&recipient) {
            known.push(recipient);
        }
    }
    if known.len() > MOST_RECIPIENTS {
        return Err(format!("Encrypt for {MOST_RECIPIENTS} keys at most"));
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bucket_is_where_clouds_tell_machines_their_secrets() {
        for bad in [
            "http://169.254.169.254",
            "https://169.254.169.254:8443",
            "https://[fe80::1]",
            "https://[::ffff:169.254.169.254]",
            "http://[fd00:ec2::254]",
            "http://100.100.100.200",
        ] {
            assert!(endpoint(bad).unwrap_err().contains("No storage service"), "{bad}");
        }
        for good in ["https://s3.example.com", "http://10.0.0.8:9000", "http://localhost:9000"] {
            endpoint(good).unwrap();
        }
    }
}
