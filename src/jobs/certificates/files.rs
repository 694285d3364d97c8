//! A certificate that somebody else renews: read again when its files change.

use std::os::unix::fs::MetadataExt;

use crate::error::{Error, Result};
use crate::http::tls::Served;
use crate::model::tls::TlsSettings;

/// What the files looked like when they were read last.
#[derive(Default)]
pub(super) struct Files {
    seen: Option<[Look; 2]>,
    /// Why they could not be used then.
    trouble: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Look {
    path: String,
    /// Length, modification in seconds and nanoseconds, device and inode; none where there is no file.
    is: Option<(u64, i64, i64, u64, u64)>,
}

impl Look {
    async fn at(path: &str) -> Self {
        let is = tokio::fs::metadata(path).await.ok();
        let is = is.map(|is| (is.len(), is.mtime(), is.mtime_nsec(), is.dev(), is.ino()));
        Self { path: path.to_owned(), is }
    }
}

impl Files {
    /// The certificate, if the files look otherwise than before. What was wrong with them is said until they change.
    pub(super) async fn look(&mut self, settings: &TlsSettings) -> Result<Option<Served>> {
        let (Some(certificate), Some(key)) = (&settings.certificate_file, &settings.key_file)
        else {
            return Err(Error::refused("Name the files of the certificate and of its key."));
        };
        let looks = [Look::at(certificate).await, Look::at(key).await];
        if self.seen.as_ref() != Some(&looks) {
            self.seen = Some(looks);
            match read(certificate, key).await {
                Ok(served) => {
                    self.trouble = None;
                    return Ok(Some(served));
                }
                Err(why) => self.trouble = Some(why),
            }
        }
        match &self.trouble {
            Some(why) => Err(Error::refused(why.clone())),
            None => Ok(None),
        }
    }
}

async fn read(certificate: &str, key: &str) -> Result<Served, String> {
    let text = async |path: &str| {
        let read = tokio::fs::read_to_string(path).await;
        read.map_err(|why| format!("{path} cannot be read: {why}."))
    };
    let (chain, own) = (text(certificate).await?, text(key).await?);
    Served::read(&chain, &own).map_err(|why| format!("{certificate} and {key}: {why}"))
}
