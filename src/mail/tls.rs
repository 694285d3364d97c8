//! Whom we believe to be a mail server.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// The TLS that mail connections share: TLS 1.2 and 1.3, the public authorities that came with this build, and the
/// firm's own if it gave one. Build it once: it holds the session tickets.
///
/// The roots are part of the program, so that a bare host or container needs no CA folder.
///
/// # Errors
/// A sentence for the field in which the firm's own authority is given, as PEM text.
pub fn client_config(own_authority: Option<&str>) -> Result<Arc<ClientConfig>, &'static str> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = own_authority.map(str::trim).filter(|pem| !pem.is_empty()) {
        add_own(&mut roots, pem)?;
    }
    let config =
        ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
    Ok(Arc::new(config))
}

fn add_own(roots: &mut RootCertStore, pem: &str) -> Result<(), &'static str> {
    if pem.contains("PRIVATE KEY-----") {
        return Err(
            "This holds a private key, which does not belong here. Paste only the certificate.",
        );
    }
    let before = roots.len();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate
            .map_err(|_| "This certificate is damaged. Copy it again, from BEGIN to END.")?;
        roots
            .add(certificate)
            .map_err(|_| "This certificate cannot be read. Give it in PEM form.")?;
    }
    if roots.len() == before {
        return Err("There is no certificate here. It begins with -----BEGIN CERTIFICATE-----.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_authority_is_checked_when_it_is_given() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(["ca.firm.example".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap()
            .pem();
        assert!(client_config(None).is_ok());
        assert!(client_config(Some(" \r\n")).is_ok());
        assert!(client_config(Some(&certificate)).is_ok());
        let halved = &certificate[..certificate.len() / 2];
        for bad in ["hello", halved, &key.serialize_pem(), &certificate.replace("MII", "AAA")] {
            let why = client_config(Some(bad)).expect_err(bad);
            assert!(why.ends_with('.'));
        }
    }
}
