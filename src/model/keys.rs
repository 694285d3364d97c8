//! The installation's own key: links and codes are computed from it, so none of them is kept on disk.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::files;

pub(super) mod masters;

use masters::Masters;

/// Bytes of the key: as long as what HMAC-SHA256 gives.
const LENGTH: usize = 32;
/// Bits of a code a person types: ten characters of base 32.
const CODE_BITS: u32 = 50;

/// The key, and all that is derived from it. Without its file every link that was ever sent is dead.
pub struct Keys {
    key: hmac::Key,
    masters: Masters,
}

/// Why there is no key. Each says what to do in one sentence.
#[derive(Debug)]
pub enum KeyError {
    /// A file that is not one of our keys.
    Size {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        found: u64,
    },
    /// The file or its folder cannot be read or made.
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}
impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { path, found } => write!(
                f,
                "The key file {} has {found} bytes instead of {LENGTH}: put back the one from your backup.",
                path.display()
            ),
            Self::Io { path, error } => {
                write!(f, "The key file {} cannot be used: {error}.", path.display())
            }
        }
    }
}
impl std::error::Error for KeyError {}

impl Keys {
    /// The key in `<data>/keys/link.key`, made there at the first start; or that in `credential`, a file
    /// from elsewhere (as systemd hands out), which is only read. With it the master keys; `master` is a file of that from
    /// elsewhere.
    pub fn load(
        data: &Path,
        credential: Option<&Path>,
        master: Option<&Path>,
    ) -> Result<Self, KeyError> {
        let (path, key) = match credential {
            Some(path) => (path.to_owned(), File::open(path).and_then(|file| read(&file))),
            None => {
                let folder = data.join("keys");
                (folder.join("link.key"), read_or_make(&folder))
            }
        };
        match key {
            Ok(Ok(key)) => Ok(Self::new(&key, Masters::load(data, master)?)),
            Ok(Err(found)) => Err(KeyError::Size { path, found }),
            Err(error) => Err(KeyError::Io { path, error }),
        }
    }

    fn new(key: &[u8; LENGTH], masters: Masters) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key), masters }
    }

    /// The keys that the clients' own keys are wrapped by.
    pub(super) fn masters(&self) -> &Masters {
        &self.masters
    }

    /// The keys of these bytes; none if they are no key.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        Some(Self::new(bytes.try_into().ok()?, Masters::none()))
    }

    /// Keys that no installation has.
    #[cfg(test)]
    pub(super) fn for_tests() -> Self {
        Self::new(&[7; LENGTH], Masters::none())
    }

    /// The secret of a link for this purpose to the thing with this id: the same each time it is asked for.
    pub fn token(&self, purpose: &str, id: [u8; 16]) -> [u8; 32] {
        self.sign(&[b"token", purpose.as_bytes(), &id])
    }

    /// The 50 bits of the code that a person may type instead of following the link.
    pub fn code_bits(&self, id: [u8; 16]) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.sign(&[b"code", &id]);
        u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> (u64::BITS - CODE_BITS)
    }

    /// How a typed code is looked up: a copy of the database alone does not tell which codes are good.
    pub fn code_at_rest(&self, bits: u64) -> [u8; 32] {
        self.sign(&[b"code-at-rest", &bits.to_be_bytes()])
    }

    /// Hides a password we must be able to say again, such as the mail server's: a copy of the database alone
    /// does not tell it. Of no use to anything but [`Keys::unseal`].
    pub fn seal(&self, plain: &[u8]) -> Vec<u8> {
        let nonce = chance::<NONCE_LEN>().expect("the kernel never runs out of chance");
        let mut sealed = plain.to_vec();
        self.box_key()
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::empty(),
                &mut sealed,
            )
            .expect("a password is shorter than 256 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// What was sealed; none if it was sealed with another key, or damaged.
    pub fn unseal(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk()?;
        let mut plain = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.box_key().open_in_place(nonce, Aad::empty(), &mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }

    fn box_key(&self) -> LessSafeKey {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.sign(&[b"seal"]));
        LessSafeKey::new(key.expect("the algorithm's keys have 32 bytes"))
    }

    /// Parts are divided by a zero byte. Only the last may contain one, and its length is fixed by the first.
    fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let tag = hmac::sign(&self.key, &parts.join(&0));
        tag.as_ref().try_into().expect("SHA-256 gives 32 bytes")
    }
}

/// The key itself must not get into a log.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

/// The key, or the file's size if it cannot be one.
type Found = Result<[u8; LENGTH], u64>;

fn read(mut file: &File) -> io::Result<Found> {
    let size = file.metadata()?.len();
    let mut key = [0; LENGTH];
    if size != LENGTH as u64 {
        return Ok(Err(size));
    }
    file.read_exact(&mut key)?;
    Ok(Ok(key))
}

/// Two processes that start at once agree on one key: the folder is locked meanwhile.
fn read_or_make(folder: &Path) -> io::Result<Found> {
    files::make_folder(folder)?;
    let locked = File::open(folder)?;
    locked.lock()?;
    let path = folder.join("link.key");
    match File::open(&path) {
        Ok(file) => read(&file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = chance()?;
            files::write_whole(&path, &key)?;
            Ok(Ok(key))
        }
        Err(error) => Err(error),
    }
}

fn chance<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("no chance to be had"))?;
    Ok(bytes)
}

/// Keeps another key in this folder, under this name. It is on disk when this comes back.
pub(super) fn keep(folder: &Path, name: &str, key: &[u8]) -> io::Result<()> {
    files::make_folder(folder)?;
    files::write_whole(&folder.join(name), key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_first_start_makes_a_key_and_later_ones_find_it() {
        let data = tempfile::tempdir().unwrap();
        let first = Keys::load(data.path(), None, None).unwrap();
        let again = Keys::load(data.path(), None, None).unwrap();
        assert_eq!(first.token("invite", [1; 16]), again.token("invite", [1; 16]));
        let file = data.path().join("keys/link.key");
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        assert_eq!(fs::metadata(&file).unwrap().len(), 32);
        let credential = Keys::load(data.path(), Some(&file), None).unwrap();
        assert_eq!(first.token("invite", [1; 16]), credential.token("invite", [1; 16]));
        assert_eq!(format!("{first:?}"), "Keys(..)");
    }

    #[test]
    fn starts_at_the_same_time_agree() {
        let data = tempfile::tempdir().unwrap();
        let tokens: BTreeSet<_> = std::thread::scope(|scope| {
            let start = || Keys::load(data.path(), None, None).unwrap().token("invite", [1; 16]);
            let all: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(tokens.len(), 1);
    }

    #[test]
    fn a_file_of_the_wrong_size_is_not_used_and_not_replaced() {
        let data = tempfile::tempdir().unwrap();
        Keys::load(data.path(), None, None).unwrap();
        let file = data.path().join("keys/link.key");
        File::create(&file).unwrap().write_all(b"short").unwrap();
        let sentence = Keys::load(data.path(), None, None).unwrap_err().to_string();
        assert!(sentence.contains("link.key has 5 bytes instead of 32"), "{sentence}");
        assert_eq!(fs::read(&file).unwrap(), b"short");
        assert!(matches!(
            Keys::load(data.path(), Some(Path::new("/nowhere")), None),
            Err(KeyError::Io { .. })
        ));
    }

    #[test]
    fn only_the_same_key_opens_what_was_sealed() {
        let (keys, other) = (Keys::for_tests(), Keys::new(&[8; LENGTH], Masters::none()));
        let mut sealed = keys.seal(b"hunter2");
        assert_ne!(sealed, keys.seal(b"hunter2"));
        assert_eq!(keys.unseal(&sealed).as_deref(), Some(b"hunter2".as_slice()));
        assert_eq!((other.unseal(&sealed), keys.unseal(b"short")), (None, None));
        sealed[13] ^= 1;
        assert_eq!(keys.unseal(&sealed), None);
    }

    #[test]
    fn every_purpose_and_id_has_its_own_secret() {
        let (keys, other) = (Keys::for_tests(), Keys::new(&[8; LENGTH], Masters::none()));
        let mut seen = BTreeSet::new();
        for id in [[0; 16], [1; 16]] {
            for purpose in ["invite", "reset"] {
                assert!(
                    seen.insert(keys.token(purpose, id)) && seen.insert(other.token(purpose, id))
                );
            }
            assert!(keys.code_bits(id) < 1 << 50);
            assert!(seen.insert(keys.code_at_rest(keys.code_bits(id))));
        }
        assert_ne!(keys.code_bits([0; 16]), keys.code_bits([1; 16]));
    }
}
