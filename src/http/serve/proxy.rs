//! The header with which a proxy says who is behind it (the PROXY protocol, version 2).
//!
//! It is read only from proxies that the firm trusts, and then it must be there: a connection that could begin with it
//! or without it would let people choose their address.

use std::io;
use std::net::SocketAddr;

use ppp::v2::{Addresses, Command, Header, PROTOCOL_PREFIX, Protocol, Type};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Before the addresses: the signature, version, family and length.
const START: usize = 16;
/// Addresses and what proxies add to them are shorter by far.
const MOST: usize = 4_096;
/// The bit in the first byte of the proxy's note on TLS: the peer came encrypted.
const CAME_BY_TLS: u8 = 0x01;

/// Who is behind the proxy.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Behind {
    /// Where they come from; none where the proxy speaks for itself, as when it looks whether we are there.
    pub(super) from: Option<SocketAddr>,
    /// The proxy says that they came to it by TLS.
    pub(super) encrypted: bool,
}

/// Reads the header, and not a byte more.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Behind> {
    let mut bytes = vec![0; START];
    stream.read_exact(&mut bytes).await?;
    let rest = usize::from(u16::from_be_bytes([bytes[START - 2], bytes[START - 1]]));
    if !bytes.starts_with(PROTOCOL_PREFIX) || rest > MOST {
        return Err(no_header());
    }
    bytes.resize(START + rest, 0);
    stream.read_exact(&mut bytes[START..]).await?;
    let header = Header::try_from(bytes.as_slice()).map_err(|_| no_header())?;
    if header.command == Command::Local {
        return Ok(Behind { from: None, encrypted: false });
    }
    let from = match (header.addresses, header.protocol) {
        (Addresses::IPv4(v4), Protocol::Stream) => (v4.source_address, v4.source_port).into(),
        (Addresses::IPv6(v6), Protocol::Stream) => (v6.source_address, v6.source_port).into(),
        _ => return Err(no_header()),
    };
    let tls = header.tlvs().filter_map(Result::ok).find(|note| note.kind == Type::SSL as u8);
    let encrypted = tls
        .and_then(|note| note.value.first().copied())
        .is_some_and(|bits| bits & CAME_BY_TLS != 0);
    Ok(Behind { from: Some(from), encrypted })
}

fn no_header() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the proxy sent no PROXY v2 header that names a peer",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [PROTOCOL_PREFIX, &[0x20 | command, family], &length, body].concat()
    }

    const V4: [u8; 12] = [192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x34, 0, 80];

    #[tokio::test]
    async fn the_peer_is_who_the_proxy_says() {
        let bytes = [header(1, 0x11, &V4).as_slice(), b"GET /"].concat();
        let mut stream = bytes.as_slice();
        let behind = read(&mut stream).await.unwrap();
        assert_eq!(behind.from, Some("192.0.2.7:4660".parse().unwrap()));
        assert!(!behind.encrypted);
        assert_eq!(stream, b"GET /", "not a byte more is read");

        let tls = [V4.as_slice(), &[0x20, 0, 5, 1, 0, 0, 0, 0]].concat();
        assert!(read(&mut header(1, 0x11, &tls).as_slice()).await.unwrap().encrypted);
        let local = read(&mut header(0, 0, &[]).as_slice()).await.unwrap();
        assert_eq!(local, Behind { from: None, encrypted: false });
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        for bad in [
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.7 10.0.0.1 4660 80\r\n".to_vec(),
            header(1, 0x11, &V4[..7]),
            header(1, 0x12, &V4),
            header(1, 0x00, &[]),
            header(7, 0x11, &V4),
            header(1, 0x11, &[0; MOST + 1]),
            PROTOCOL_PREFIX.to_vec(),
        ] {
            assert!(read(&mut bad.as_slice()).await.is_err(), "{bad:?}");
        }
    }
}
