//! (tests) Whatever cuts a change of the master key short, every client's files can be opened after it.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::blobs::ClientSecret;
use crate::model::client::{Client, ClientKind};
use crate::model::{Clock, Open, OpenError, Overrides, open};

/// A data folder with some clients that have keys.
struct House {
    folder: tempfile::TempDir,
    clients: Vec<Id<Client>>,
    secrets: Vec<ClientSecret>,
}

fn opened(data: &Path, master_key: Option<PathBuf>) -> Result<System, OpenError> {
    let (clock, overrides) = (Clock::system(), Overrides::default());
    Ok(open(Open { data, link_key: None, master_key, clock, overrides })?.1)
}

fn client(tx: &mut Write<'_, '_>) -> Result<Id<Client>> {
    let client = Client {
        id: tx.id(),
        kind: ClientKind::Business,
        name: "Marlow Ceramics Ltd".to_owned().try_into().unwrap(),
        since: None,
        looked_after_by: None,
        tags: Vec::new(),
        active: true,
        notes: String::new().try_into().unwrap(),
        added: tx.now(),
    };
    tx.unsaid("a test prepares");
    tx.put(&client)?;
    Ok(client.id)
}

impl House {
    async fn new(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let system = opened(folder.path(), None).unwrap();
        let (mut clients, mut secrets) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let id = system.core().db.write(By::SYSTEM, client).await.unwrap();
            secrets.push(system.core().client_secret_or_new(id).await.unwrap());
            clients.push(id);
        }
        system.close().await.unwrap();
        Self { folder, clients, secrets }
    }

    fn key(&self, name: &str) -> PathBuf {
        self.folder.path().join("keys").join(name)
    }

    fn keys(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("keys")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn open(&self) -> System {
        opened(self.folder.path(), None).unwrap()
    }

    #[track_caller]
    fn assert_readable(&self, system: &System) {
        for (id, secret) in self.clients.iter().zip(&self.secrets) {
            let found = system.core().client_secret(*id).unwrap();
            assert_eq!(found.expose(), secret.expose());
        }
        assert_eq!(system.unreadable_clients().unwrap(), 0);
    }
}

#[tokio::test]
async fn a_new_master_key_opens_what_the_old_one_did() {
    let house = House::new(3).await;
    let before = fs::read(house.key("master.key")).unwrap();
    let system = house.open();
    assert_eq!(system.change_master_key().await.unwrap(), 3);
    house.assert_readable(&system);
    assert_ne!(fs::read(house.key("master.key")).unwrap(), before);
    assert_eq!(house.keys(), ["link.key", "master.key"]);
    assert_eq!(system.change_master_key().await.unwrap(), 3, "and again");
    system.close().await.unwrap();
    drop(system);
    house.assert_readable(&house.open());
}

#[tokio::test]
async fn a_change_that_is_cut_short_anywhere_is_ended_by_the_next_start() {
    // How many of three keys were wrapped anew when the server was killed, and whether the new key was in its place.
    for (wrapped, ended) in [(0, false), (1, false), (3, false), (3, true)] {
        let house = House::new(3).await;
        let system = house.open();
        system.core().keys.masters().begin_change().unwrap();
        let some: Vec<_> = system.wrapped_by_others().unwrap().into_iter().take(wrapped).collect();
        let again = move |tx: &mut Write<'_, '_>| {
            tx.unsaid("a test prepares");
            some.into_iter().try_for_each(|id| wrap_again(tx, id))
        };
        system.core().db.write(By::SYSTEM, again).await.unwrap();
        if ended {
            system.core().keys.masters().end_change().unwrap();
        }
        system.close().await.unwrap();
        drop(system);

        let system = house.open();
        house.assert_readable(&system);
        let fourth = system.core().db.write(By::SYSTEM, client).await.unwrap();
        let secret = system.core().client_secret_or_new(fourth).await.unwrap();
        system.change_master_key_if_due().await.unwrap();
        house.assert_readable(&system);
        assert_eq!(system.core().client_secret(fourth).unwrap().expose(), secret.expose());
        assert_eq!(house.keys(), ["link.key", "master.key"]);
        assert!(system.wrapped_by_others().unwrap().is_empty());
        system.close().await.unwrap();
        drop(system);
        house.assert_readable(&house.open());
    }
}

#[tokio::test]
async fn a_master_key_that_is_lost_is_told_and_none_takes_its_place() {
    let house = House::new(2).await;
    let (key, aside) = (house.key("master.key"), house.folder.path().join("aside"));
    fs::rename(&key, &aside).unwrap();
    let system = house.open();
    assert_eq!(house.keys(), ["link.key"], "another would be of no use");
    assert_eq!(system.unreadable_clients().unwrap(), 2);
    assert_eq!(system.vitals().unwrap().unreadable_clients, 2);
    let why = system.core().client_secret(house.clients[0]).unwrap_err().to_string();
    assert_eq!(why, MASTER_MISSING);
    let why = system.change_master_key().await.unwrap_err().to_string();
    assert_eq!(why, MASTER_MISSING);
    let fresh = system.core().db.write(By::SYSTEM, client).await.unwrap();
    assert!(system.core().client_secret_or_new(fresh).await.is_err());
    system.close().await.unwrap();
    drop(system);
    fs::rename(&aside, &key).unwrap();
    house.assert_readable(&house.open());
}

#[tokio::test]
async fn a_master_key_from_elsewhere_is_used_and_not_changed() {
    let house = House::new(2).await;
    let aside = house.folder.path().join("credential");
    fs::rename(house.key("master.key"), &aside).unwrap();
    let system = opened(house.folder.path(), Some(aside.clone())).unwrap();
    house.assert_readable(&system);
    assert_eq!(house.keys(), ["link.key"]);
    let why = system.change_master_key().await.unwrap_err().to_string();
    assert!(why.contains(&aside.display().to_string()), "{why}");
    let taken = system.read_keys().unwrap();
    let names: Vec<_> = taken.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["link.key", "master.key"], "a backup holds it");
    assert_eq!(taken[1].bytes.expose(), &fs::read(&aside).unwrap());
}

#[tokio::test]
async fn the_key_of_one_client_does_not_serve_another() {
    let house = House::new(2).await;
    let system = house.open();
    assert_ne!(house.secrets[0].expose(), house.secrets[1].expose());
    let [one, other] = [house.clients[0], house.clients[1]];
    let swap = move |tx: &mut Write<'_, '_>| {
        tx.unsaid("a test spoils");
        let mut theirs = tx.need(ClientKey::of(one))?;
        theirs.id = ClientKey::of(other);
        tx.put(&theirs)
    };
    system.core().db.write(By::SYSTEM, swap).await.unwrap();
    assert!(matches!(system.core().client_secret(other), Err(Error::Internal(_))));
    let gone = move |tx: &mut Write<'_, '_>| {
        tx.unsaid("a test erases");
        tx.delete(ClientKey::of(one))
    };
    system.core().db.write(By::SYSTEM, gone).await.unwrap();
    assert!(matches!(system.core().client_secret(one), Err(Error::NotFound)), "it is erased");
}

#[tokio::test]
async fn the_key_of_an_erased_client_is_noise_wherever_the_store_has_left_it() {
    let mut house = House::new(3).await;
    let (erased, _) = (house.clients.remove(1), house.secrets.remove(1));
    let system = house.open();
    let masters = system.core().keys.masters();
    let left: ClientKey = system.core().db.read(|r| r.need(ClientKey::of(erased))).unwrap();
    system.change_master_key_if_due().await.unwrap();
    assert!(left.open(masters).is_ok(), "it is not due");
    let erase = move |tx: &mut Write<'_, '_>| {
        tx.unsaid("a test erases");
        super::super::destroy(tx, erased)
    };
    system.core().db.write(By::SYSTEM, erase).await.unwrap();
    assert!(left.open(masters).is_ok(), "who had the store and the key could still read");

    system.change_master_key_if_due().await.unwrap();

    assert!(left.open(masters).is_err());
    house.assert_readable(&system);
    let after = fs::read(house.key("master.key")).unwrap();
    system.change_master_key_if_due().await.unwrap();
    assert_eq!(fs::read(house.key("master.key")).unwrap(), after, "once is enough");
    system.close().await.unwrap();
    drop(system);
    let system = house.open();
    assert!(left.open(system.core().keys.masters()).is_err());
    house.assert_readable(&system);
}
