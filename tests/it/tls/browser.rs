//! A browser as far as TLS goes: it tells which certificate it was shown, and speaks just enough of HTTP.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Far beyond what anything here takes.
const SOON: Duration = Duration::from_secs(60);

/// Whom the browser believes.
pub enum Believes<'a> {
    /// Everybody: it only looks.
    All,
    /// This certificate, and those it vouches for.
    Pem(&'a str),
}

/// An open connection.
pub struct Visit {
    pub stream: TlsStream<TcpStream>,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub issuer: String,
    pub serial: String,
    pub names: Vec<String>,
}

impl Visit {
    /// Opens a connection, or says why the browser would not have it.
    pub async fn try_open(
        port: u16,
        name: &str,
        believes: Believes<'_>,
        protocols: &[&str],
    ) -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        let mut config = match believes {
            Believes::All => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Anybody))
                .with_no_client_auth(),
            Believes::Pem(pem) => {
                let mut roots = RootCertStore::empty();
                for root in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                    roots.add(root.unwrap()).unwrap();
                }
                builder.with_root_certificates(roots).with_no_client_auth()
            }
        };
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let tcp = TcpStream::connect(("127.0.0.1", port)).await.map_err(|why| why.to_string())?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let opening = TlsConnector::from(Arc::new(config)).connect(name, tcp);
        let opened = timeout(SOON, opening).await.map_err(|_| "no handshake".to_owned())?;
        opened.map(|stream| Self { stream }).map_err(|why| why.to_string())
    }

    /// A connection to whoever answers there.
    pub async fn open(port: u16, name: &str) -> Self {
        Self::try_open(port, name, Believes::All, &["http/1.1"]).await.unwrap()
    }

    /// The certificate that was shown.
    pub fn shown(&self) -> Shown {
        let certificates = self.stream.get_ref().1.peer_certificates().unwrap();
        let (_, first) = X509Certificate::from_der(&certificates[0]).unwrap();
        let names = first.subject_alternative_name().unwrap().unwrap();
        Shown {
            issuer: first.issuer().to_string(),
            serial: first.raw_serial_as_string(),
            names: names.value.general_names.iter().map(|name| name.to_string()).collect(),
        }
    }

    /// All that comes back for a request that closes the connection.
    pub async fn send(&mut self, asked: &[u8]) -> String {
        self.stream.write_all(asked).await.unwrap();
        let mut answer = Vec::new();
        // Not every server says goodbye before it closes.
        let _ = timeout(SOON, self.stream.read_to_end(&mut answer)).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Head and body of the answer; the connection stays open.
    pub async fn get(&mut self, host: &str, path: &str) -> String {
        let asked = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        self.stream.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let whole = async {
            while !is_whole(&answer) {
                assert_ne!(self.stream.read_buf(&mut answer).await.unwrap(), 0, "closed early");
            }
        };
        timeout(SOON, whole).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// One request by HTTP/2, by hand: the frames as they came back, as type, flags and content.
    pub async fn get_by_http2(&mut self, host: &str, path: &str) -> Vec<(u8, u8, Vec<u8>)> {
        let mut block = vec![0x82, 0x87, 0x44, u8::try_from(path.len()).unwrap()];
        block.extend(path.as_bytes());
        block.extend([0x41, u8::try_from(host.len()).unwrap()]);
        block.extend(host.as_bytes());
        let mut asked = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        asked.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]);
        asked.extend([0, 0, u8::try_from(block.len()).unwrap(), 1, 5, 0, 0, 0, 1]);
        asked.extend(block);
        self.stream.write_all(&asked).await.unwrap();
        let mut frames = Vec::new();
        let ended = |frames: &Vec<(u8, u8, Vec<u8>)>| {
            frames.iter().any(|(kind, flags, _)| *kind <= 1 && flags & 1 == 1)
        };
        let reading = async {
            while !ended(&frames) {
                let mut head = [0; 9];
                self.stream.read_exact(&mut head).await.unwrap();
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                let mut content = vec![0; length as usize];
                self.stream.read_exact(&mut content).await.unwrap();
                frames.push((head[3], head[4], content));
            }
        };
        timeout(SOON, reading).await.unwrap();
        frames
    }
}

/// A head, and as much body as it promises.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    answer.len() >= end + 4 + length.map_or(0, |length| length.trim().parse().unwrap())
}

/// Believes everybody.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
