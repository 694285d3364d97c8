//! The key itself: RSA with 2048 bits, which every receiver takes and every DNS can hold (RFC 8301). `rsa` makes it and
//! reads it; `ring`, which cannot make one, signs with it.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::PrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::rand_core::{TryCryptoRng, TryRng};

use crate::error::{Error, Result};
use crate::values::{Secret, hex};

/// In bits. Longer ones do not fit into one answer of a DNS by UDP.
const LENGTH: usize = 2048;

/// A key with which mails are signed.
#[derive(Clone)]
pub struct KeyOfMails {
    pkcs8: Secret<Vec<u8>>,
    public: String,
    pair: Arc<RsaKeyPair>,
}

impl KeyOfMails {
    /// A new one. It takes up to a few seconds: call it on a thread that may wait.
    pub(super) fn make() -> Result<Self> {
        let key = PrivateKey::new(&mut Chance(SystemRandom::new()), LENGTH).map_err(Error::bug)?;
        Self::of(&key).map_err(Error::bug)
    }

    /// The key in a file: PKCS#8 or PKCS#1, PEM or DER.
    ///
    /// # Errors
    /// Why it is none, as the rest of a sentence about the file.
    pub fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let pem = std::str::from_utf8(bytes).map(str::trim).unwrap_or_default();
        let key = PrivateKey::from_pkcs8_der(bytes)
            .ok()
            .or_else(|| PrivateKey::from_pkcs8_pem(pem).ok())
            .or_else(|| PrivateKey::from_pkcs1_pem(pem).ok())
            .or_else(|| PrivateKey::from_pkcs1_der(bytes).ok());
        Self::of(&key.ok_or("holds no RSA key")?)
    }

    fn of(key: &PrivateKey) -> Result<Self, &'static str> {
        const UNFIT: &str =
            "holds a key that cannot be used: it must be RSA with 2048 to 4096 bits";
        let pkcs8 = key.to_pkcs8_der().map_err(|_| UNFIT)?.as_bytes().to_vec();
        let public = key.to_public_key().to_public_key_pem(LineEnding::LF).map_err(|_| UNFIT)?;
        let public = public.lines().filter(|line| !line.starts_with('-')).collect();
        let pair = Arc::new(RsaKeyPair::from_pkcs8(&pkcs8).map_err(|_| UNFIT)?);
        Ok(Self { pkcs8: Secret::new(pkcs8), public, pair })
    }

    /// Its public half as the DNS holds it: base64 of a `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Signs these bytes (RSASSA-PKCS1-v1_5 with SHA-256).
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature)
            .expect("the signature is as long as the modulus");
        signature
    }

    /// As it lies in its file.
    pub(super) fn pkcs8(&self) -> &[u8] {
        self.pkcs8.expose()
    }

    /// A few letters that tell it from others.
    pub(super) fn mark(&self) -> String {
        let hash = digest(&SHA256, self.public.as_bytes());
        hex(&hash.as_ref()[..2])
    }
}

impl fmt::Debug for KeyOfMails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyOfMails(..)")
    }
}

/// ring's chance for `rsa`.
struct Chance(SystemRandom);

impl Chance {
    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the kernel never runs out of chance");
    }
}

impl TryRng for Chance {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Chance {}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_key_is_made_kept_and_read_again() {
        let key = KeyOfMails::make().unwrap();
        assert!(key.public().starts_with("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"), "{}", key.public());
        assert_eq!(key.public().len(), 392);
        let again = KeyOfMails::read(key.pkcs8()).unwrap();
        assert_eq!(again.public(), key.public());
        let public =
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.pair.public().as_ref());
        public.verify(b"a mail", &again.sign(b"a mail")).unwrap();
        assert_eq!(format!("{key:?}"), "KeyOfMails(..)");

        let pem = PrivateKey::from_pkcs8_der(key.pkcs8()).unwrap();
        let pem = pem.to_pkcs8_pem(LineEnding::LF).unwrap();
        assert_eq!(KeyOfMails::read(pem.as_bytes()).unwrap().public(), key.public());
        assert_eq!(KeyOfMails::read(b"nothing").unwrap_err(), "holds no RSA key");
        let short = PrivateKey::new(&mut Chance(SystemRandom::new()), 1024).unwrap();
        let short = short.to_pkcs8_der().unwrap();
        assert!(KeyOfMails::read(short.as_bytes()).unwrap_err().contains("2048"));
    }
}
