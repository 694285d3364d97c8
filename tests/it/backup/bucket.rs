//! Backups in a bucket: a real storage service in this process, which checks each signature.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;

use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::backup::{names, plant};
use crate::office::Office;
use crate::page::Page;

const PATH: &str = "/console/settings/backup";

/// A storage service with one bucket, `backups`.
struct Service {
    place: TempDir,
    addr: SocketAddr,
}

impl Service {
    async fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("backups")).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(place.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single("the-key", "the-secret"));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a server of the test")]
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let http = hyper::server::conn::http1::Builder::new();
                let talk = http.serve_connection(TokioIo::new(stream), service.clone());
                tokio::spawn(async move {
                    let _ = talk.await;
                    Ok::<(), Infallible>(())
                });
            }
        });
        Self { place, addr }
    }

    /// What lies in the bucket.
    fn names(&self) -> Vec<String> {
        let folder = self.place.path().join("backups/portal");
        let mut names = if folder.exists() { names(&folder) } else { Vec::new() };
        names.retain(|name| !name.starts_with('.'));
        names
    }

    async fn plan(&self, office: &Office, secret: &str) -> Page {
        let page = office.olive().get(PATH).await;
        let endpoint = format!("http://localhost:{}", self.addr.port());
        let typed = [
            ("target", "bucket"),
            ("endpoint", endpoint.as_str()),
            ("bucket", "backups"),
            ("prefix", "/portal/"),
            ("key_id", "the-key"),
            ("secret", secret),
        ];
        let page = office.olive().press(&page, "Save place", &typed).await;
        office.olive().press(&page, "Save settings", &[("on", "on")]).await
    }
}

/// Bytes that do not become shorter.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = |state: &mut u64| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (*state >> 56) as u8
    };
    (0..length).map(|_| next(&mut state)).collect()
}

fn archive_in(names: &[String]) -> Option<&String> {
    names.iter().find(|name| name.ends_with(".tar.zst"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_goes_to_a_bucket_in_parts_and_is_verified_from_there() {
    let (service, office) = (Service::start().await, Office::founded().await);
    plant(&office.data(), "ab/abcd", &noise(20 << 20)); // more than one part
    service.plan(&office, "the-secret").await.assert_sees("The backups are planned.");
    let page = office.olive().get(PATH).await;
    assert_eq!(page.value("secret"), "", "the secret is never shown again");

    office.olive().press(&page, "Back up now", &[]).await;
    let page = office.until(office.olive(), PATH, "anteroom-harbour-hall-").await;

    assert!(archive_in(&service.names()).is_some(), "{:?}", service.names());
    let laid = service.place.path().join("backups/portal/blobs/ab/abcd");
    assert_eq!(std::fs::metadata(&laid).unwrap().len(), 20 << 20);
    office.olive().press(&page, "Verify now", &[]).await;
    office.until(office.olive(), PATH, "Verified").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_told_in_plain_words() {
    let (service, office) = (Service::start().await, Office::founded().await);
    let page = service.plan(&office, "the-wrong-secret").await;

    let told = office.olive().press(&page, "Back up now", &[]).await;

    told.assert_sees("The backup failed.").assert_sees("the secret does not belong to this key");
    assert_eq!(service.names(), [""; 0]);
    office.mail_to("olive").await;
    // The secret that is stored goes to no other service.
    let elsewhere = [("endpoint", "https://elsewhere.example")];
    let again = office.olive().press(&told, "Save place", &elsewhere).await;
    again.assert_status(422).assert_says("Type the secret of this key");
    let page = office.olive().press(&told, "Save place", &[("secret", "the-secret")]).await;
    let told = office.olive().press(&page, "Back up now", &[]).await;
    told.assert_sees("The backup is made:");
    assert!(archive_in(&service.names()).is_some());
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn older_backups_in_a_bucket_make_room_with_the_files_only_they_needed() {
    let (service, office) = (Service::start().await, Office::founded().await);
    let page = service.plan(&office, "the-secret").await;
    let few = [("daily", "1"), ("weekly", "0"), ("monthly", "0")];
    let page = office.olive().press(&page, "Save settings", &few).await;
    plant(&office.data(), "ab/first", b"first");
    let page = office.olive().press(&page, "Back up now", &[]).await;
    let first = archive_in(&service.names()).unwrap().clone();
    std::fs::remove_file(office.data().join("blobs/ab/first")).unwrap();
    plant(&office.data(), "ab/second", b"second");
    office.advance(std::time::Duration::from_secs(60));

    office.olive().press(&page, "Back up now", &[]).await.assert_sees("Replaced by newer ones");

    let there = service.names();
    assert!(!there.contains(&first) && archive_in(&there).is_some(), "{there:?}");
    let blobs = service.place.path().join("backups/portal/blobs/ab");
    let left: Vec<String> = names(Path::new(&blobs));
    assert!(left.contains(&"second".to_owned()) && !left.contains(&"first".to_owned()), "{left:?}");
    office.close().await;
}
