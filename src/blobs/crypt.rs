//! How a blob is encrypted. Its bytes are cut into chunks of 64 KiB, and each is sealed on its own, so that any part can be
//! read without the rest. The nonce of a chunk holds its place and whether it is the last one: chunks that were moved, left
//! out, added or taken from another blob do not open. This is the STREAM construction of Hoang, Reyhanitabar, Rogaway and
//! Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015, over AES-256-GCM.
//!
//! A file is a header (8 bytes that name the format, 16 of salt), then chunks. A chunk is 7 bytes of chance, the sealed bytes
//! and 16 bytes of tag. All chunks are full but the last one, which never is: it may be empty. So each can be written
//! as soon as it is full, and the size of the bytes follows from that of the file.
//!
//! The chance is that of one run of writing. A chunk that a crash has torn is written again after it, perhaps with other
//! bytes, and a nonce must not serve twice.

use std::fmt;
use std::io;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use super::name::BlobName;
use crate::values::{Digest, Secret};

/// Bytes of a full chunk before it is sealed.
pub const CHUNK: usize = 64 * 1024;
/// Bytes of chance before each chunk.
pub(super) const BASE: usize = 7;
const TAG: usize = 16;
/// Bytes that a chunk is longer by on disk.
pub(super) const OVERHEAD: usize = BASE + TAG;
/// Bytes of a full chunk on disk.
pub(super) const SEALED: usize = CHUNK + OVERHEAD;
const MAGIC: [u8; 8] = *b"ANTRBLB1";
const SALT: usize = 16;
/// Bytes before the first chunk.
pub(super) const HEADER: usize = MAGIC.len() + SALT;

/// The key of one client, from which the names and the keys of all its blobs are made. Without it they are noise.
#[derive(Clone)]
pub struct ClientSecret(Secret<[u8; 32]>);

impl ClientSecret {
    /// A new one, of fresh chance.
    #[must_use]
    pub fn fresh() -> Self {
        Self::from_bytes(chance().expect("the kernel never runs out of chance"))
    }

    /// The key of these bytes, as [`ClientSecret::expose`] gave them.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Its bytes, to be wrapped.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// How these bytes of this client are called.
    #[must_use]
    pub fn name(&self, sha256: &Digest) -> BlobName {
        BlobName::from_bytes(self.sign(&[b"name", sha256.bytes()]))
    }

    pub(super) fn blob_key(&self, header: &Header) -> BlobKey {
        let key = UnboundKey::new(&AES_256_GCM, &self.sign(&[b"blob", &header.salt]));
        BlobKey(LessSafeKey::new(key.expect("the algorithm's keys have 32 bytes")))
    }

    /// The first part says what it is for. None begins like another, and each has a rest of one length.
    fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context =
            hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.expose()));
        parts.iter().for_each(|part| context.update(part));
        context.sign().as_ref().try_into().expect("SHA-256 gives 32 bytes")
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

/// What stands before the chunks.
pub(super) struct Header {
    salt: [u8; SALT],
}

impl Header {
    pub(super) fn fresh() -> io::Result<Self> {
        Ok(Self { salt: chance()? })
    }

    /// None if the bytes are not those of a blob.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (magic, salt) = bytes.split_first_chunk()?;
        (*magic == MAGIC).then_some(Self { salt: *salt.first_chunk()? })
    }

    pub(super) fn write(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        let (magic, salt) = bytes.split_at_mut(MAGIC.len());
        magic.copy_from_slice(&MAGIC);
        salt.copy_from_slice(&self.salt);
        bytes
    }
}

/// The place of a chunk: its number, and whether it is the last one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) at: u32,
    pub(super) last: bool,
}

impl Place {
    fn nonce(self, base: [u8; BASE]) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        nonce[..BASE].copy_from_slice(&base);
        nonce[BASE..NONCE_LEN - 1].copy_from_slice(&self.at.to_be_bytes());
        nonce[NONCE_LEN - 1] = u8::from(self.last);
        Nonce::assume_unique_for_key(nonce)
    }
}

/// The key of one blob.
pub(super) struct BlobKey(LessSafeKey);

impl BlobKey {
    /// Adds a chunk, sealed, to what goes to the disk.
    pub(super) fn seal(&self, base: [u8; BASE], place: Place, plain: &[u8], to: &mut Vec<u8>) {
        to.extend_from_slice(&base);
        let start = to.len();
        to.extend_from_slice(plain);
        let sealed =
            self.0.seal_in_place_separate_tag(place.nonce(base), Aad::empty(), &mut to[start..]);
        let tag = sealed.expect("a chunk is shorter than 64 GiB");
        to.extend_from_slice(tag.as_ref());
    }

    /// Opens a chunk where it lies: its bytes are then the first ones, and this says how many. None if it is not the chunk
    /// of this place, or damaged.
    pub(super) fn open(&self, place: Place, sealed: &mut [u8]) -> Option<usize> {
        let base = *sealed.first_chunk()?;
        let plain = self.0.open_within(place.nonce(base), Aad::empty(), sealed, BASE..).ok()?;
        Some(plain.len())
    }
}

/// How long the file of so many bytes is.
pub(super) const fn sealed_len(bytes: u64) -> u64 {
    HEADER as u64 + bytes + (bytes / CHUNK as u64 + 1) * OVERHEAD as u64
}

/// How many bytes are in a file of this length; none if no file of ours has it.
pub(super) fn plain_len(sealed: u64) -> Option<u64> {
    let rest = sealed.checked_sub((HEADER + OVERHEAD) as u64)?;
    let (full, tail) = (rest / SEALED as u64, rest % SEALED as u64);
    (tail < CHUNK as u64).then_some(full * CHUNK as u64 + tail)
}

/// Chance from the kernel.
pub(super) fn chance<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("no chance to be had"))?;
    Ok(bytes)
}
