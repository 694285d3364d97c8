//! The master key: the key of each client is kept wrapped by it, so that a copy of the store and of the files is noise
//! without it. It is changed without touching a file: the clients' keys are wrapped anew, and while that goes on there are
//! two, each known by its mark.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

use super::{KeyError, LENGTH, chance, read};
use crate::blobs::ClientSecret;
use crate::files;
use crate::values::hex;

/// The file of the key, in the folder of keys.
const FILE: &str = "master.key";
/// The file of the one that follows it, while the clients' keys are wrapped anew.
const NEXT: &str = "master.next";
/// One from before the key was given from elsewhere, as a restore brings it back.
const OLD: &str = "master.old";
/// Bytes of a mark.
const MARK: usize = 8;

/// The master keys that are there: one, or two while it is changed, or none if the file was lost.
pub(in crate::model) struct Masters {
    folder: PathBuf,
    /// The file the key was given in, if it does not lie in the folder of keys.
    given: Option<PathBuf>,
    held: RwLock<Held>,
}

#[derive(Default)]
struct Held {
    /// What is wrapped from now on is wrapped by this one.
    current: Option<Master>,
    /// Others, which only unwrap.
    others: Vec<Master>,
}

struct Master {
    key: LessSafeKey,
    mark: String,
}

/// A client's key as it is kept.
pub(in crate::model) struct Wrapped {
    /// Which master key it was wrapped by.
    pub(in crate::model) mark: String,
    /// Nonce, key and tag.
    pub(in crate::model) bytes: Vec<u8>,
}

impl Master {
    fn new(bytes: &[u8; LENGTH]) -> Self {
        let master = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let wrap = hmac::sign(&master, b"wrap");
        let key = UnboundKey::new(&AES_256_GCM, wrap.as_ref());
        let key = LessSafeKey::new(key.expect("the algorithm's keys have 32 bytes"));
        Self { key, mark: hex(&hmac::sign(&master, b"mark").as_ref()[..MARK]) }
    }

    fn wrap(&self, client: [u8; 16], secret: &ClientSecret) -> Wrapped {
        let nonce = chance::<NONCE_LEN>().expect("the kernel never runs out of chance");
        let mut sealed = secret.expose().to_vec();
        // With the client's id beside it, so that the key of one cannot be put in the place of another's.
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(client),
                &mut sealed,
            )
            .expect("a key is shorter than 64 GiB");
        Wrapped { mark: self.mark.clone(), bytes: [nonce.as_slice(), &sealed].concat() }
    }

    fn unwrap(&self, client: [u8; 16], wrapped: &[u8]) -> Option<ClientSecret> {
        let (nonce, sealed) = wrapped.split_first_chunk()?;
        let mut plain = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self.key.open_in_place(nonce, Aad::from(client), &mut plain).ok()?;
        Some(ClientSecret::from_bytes((*plain).try_into().ok()?))
    }
}

impl Masters {
    /// The keys in `<data>/keys`, and before them that in `given`, a file from elsewhere, which is only read. None is made:
    /// where clients' keys wait for a lost one, another would be of no use.
    pub(in crate::model) fn load(data: &Path, given: Option<&Path>) -> Result<Self, KeyError> {
        let folder = data.join("keys");
        let mut found = Vec::new();
        if let Some(path) = given {
            found.push(must(path, File::open(path).and_then(|file| read(&file)))?);
        }
        for path in [NEXT, FILE, OLD].map(|name| folder.join(name)) {
            match File::open(&path) {
                Err(why) if why.kind() == io::ErrorKind::NotFound => {}
                file => found.push(must(&path, file.and_then(|file| read(&file)))?),
            }
        }
        let mut found = found.iter().map(Master::new);
        let held = RwLock::new(Held { current: found.next(), others: found.collect() });
        Ok(Self { folder, given: given.map(Path::to_owned), held })
    }

    /// No key: nothing can be wrapped.
    pub(super) fn none() -> Self {
        Self { folder: PathBuf::new(), given: None, held: RwLock::default() }
    }

    /// Whether there is none.
    pub(in crate::model) fn is_missing(&self) -> bool {
        self.held().current.is_none()
    }

    /// Whether this one is there.
    pub(in crate::model) fn has(&self, mark: &str) -> bool {
        let held = self.held();
        held.current.iter().chain(&held.others).any(|master| master.mark == mark)
    }

    /// Which one wraps.
    pub(in crate::model) fn mark(&self) -> Option<String> {
        Some(self.held().current.as_ref()?.mark.clone())
    }

    /// Wraps a client's key; none if there is no master key.
    pub(in crate::model) fn wrap(
        &self,
        client: [u8; 16],
        secret: &ClientSecret,
    ) -> Option<Wrapped> {
        Some(self.held().current.as_ref()?.wrap(client, secret))
    }

    /// The client's key; none if its master key is not there, or it is damaged.
    pub(in crate::model) fn unwrap(
        &self,
        client: [u8; 16],
        mark: &str,
        wrapped: &[u8],
    ) -> Option<ClientSecret> {
        let held = self.held();
        let mut all = held.current.iter().chain(&held.others);
        all.find(|master| master.mark == mark)?.unwrap(client, wrapped)
    }

    fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the key of a new installation, or takes the one that another process has made meanwhile.
    pub(in crate::model) fn make(&self) -> Result<(), KeyError> {
        let path = self.folder.join(FILE);
        let made = self.read_or_make(FILE);
        let master = Master::new(&must(&path, made)?);
        self.held.write().unwrap_or_else(PoisonError::into_inner).current = Some(master);
        Ok(())
    }

    fn read_or_make(&self, name: &str) -> io::Result<super::Found> {
        files::make_folder(&self.folder)?;
        let locked = File::open(&self.folder)?;
        locked.lock()?;
        let path = self.folder.join(name);
        match File::open(&path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                let key = chance()?;
                files::write_whole(&path, &key)?;
                Ok(Ok(key))
            }
            file => read(&file?),
        }
    }

    /// Begins to change the key: makes the next one, or takes that of a change that was cut short. From now on it wraps, and
    /// the one before only unwraps.
    pub(in crate::model) fn begin_change(&self) -> Result<(), KeyError> {
        let path = self.folder.join(NEXT);
        let next = Master::new(&must(&path, self.read_or_make(NEXT))?);
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.current.as_ref().is_none_or(|current| current.mark != next.mark) {
            let before = held.current.replace(next);
            held.others.extend(before);
        }
        Ok(())
    }

    /// Whether a change was begun and not ended.
    pub(in crate::model) fn changes(&self) -> bool {
        self.given.is_none() && self.folder.join(NEXT).exists()
    }

    /// Ends a change: the next key takes the place of the one before, which is gone then. Nothing may be wrapped by that any
    /// more.
    pub(in crate::model) fn end_change(&self) -> io::Result<()> {
        fs::rename(self.folder.join(NEXT), self.folder.join(FILE))?;
        match fs::remove_file(self.folder.join(OLD)) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        File::open(&self.folder)?.sync_all()?;
        self.held.write().unwrap_or_else(PoisonError::into_inner).others.clear();
        Ok(())
    }

    /// The file from elsewhere that the key was given in.
    pub(in crate::model) fn given(&self) -> Option<&Path> {
        self.given.as_deref()
    }
}

fn must(path: &Path, found: io::Result<super::Found>) -> Result<[u8; LENGTH], KeyError> {
    let path = path.to_owned();
    match found {
        Ok(Ok(key)) => Ok(key),
        Ok(Err(found)) => Err(KeyError::Size { path, found }),
        Err(error) => Err(KeyError::Io { path, error }),
    }
}
