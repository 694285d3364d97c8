//! Opens what the server listens on before it starts, and says what to do where that is not possible.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use tokio::net::TcpListener;

use super::super::exit::{FAILED, Failure, PERMISSION, UNAVAILABLE};
use crate::config::{Config, Listen, ListenTls};
use crate::http::serve::Socket;
use crate::model::tls::TlsWay;
use crate::server::sockets::{Handed, Sockets, bind, bind_file, why_not};

/// Ports tried after 8080 when nobody asked for one.
const MORE_PORTS: u16 = 100;

/// What is open, and how the start says it.
pub(super) struct Opened {
    pub(super) sockets: Sockets,
    /// Where a browser on this machine finds the server.
    pub(super) place: String,
    /// The port that was wanted, where it was taken.
    pub(super) instead_of: Option<(u16, u16)>,
}

/// What the service manager hands over.
pub(super) fn handed() -> Result<Handed, Failure> {
    Handed::take().map_err(|why| {
        let sentence = format!("The sockets that were handed over cannot be used: {why}.");
        Failure::new(FAILED, sentence)
    })
}

/// Opens all of it. Sockets that the service manager hands over come before those that the options name.
pub(super) async fn open(config: &Config, handed: Handed) -> Result<Opened, Failure> {
    let asked = config.overrides.tls.as_ref().map(|given| given.value.way);
    let encrypts = asked.is_some_and(|way| way != TlsWay::Off);
    let mut opened = match (&config.listen, handed.is_empty()) {
        (Listen::Nearby, false) => {
            Opened { sockets: Sockets::default(), place: String::new(), instead_of: None }
        }
        (listen, _) => site(listen).await?,
    };
    let any = !handed.is_empty();
    take(&mut opened, handed, encrypts)?;
    if encrypts {
        encrypted(&mut opened, config.listen_tls, any).await?;
    }
    Ok(opened)
}

/// Plain HTTP, as `--listen` says.
async fn site(listen: &Listen) -> Result<Opened, Failure> {
    if let Listen::File(path) = listen {
        let (listener, file) = bind_file(path).map_err(|why| no_file(path, &why))?;
        let place = format!("through a proxy at unix:{}", path.display());
        let sockets =
            Sockets { site: vec![Socket::Unix(listener)], file: Some(file), ..Sockets::default() };
        return Ok(Opened { sockets, place, instead_of: None });
    }
    let listener = at_port(listen).await?;
    let address = listener.local_addr()?;
    let wanted = listen.first().port();
    let instead = *listen == Listen::Nearby && wanted != address.port();
    Ok(Opened {
        place: place("http", address),
        instead_of: instead.then(|| (wanted, address.port())),
        sockets: listener.into(),
    })
}

fn no_file(path: &Path, why: &io::Error) -> Failure {
    let path = path.display();
    let sentence = match why.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{path} is in use by another program: choose another with --listen.")
        }
        _ => format!("Nothing can listen at {path} ({why}): choose another with --listen."),
    };
    Failure::new(UNAVAILABLE, sentence)
}

/// At the port that was asked for, or at the first free one from 8080 on.
pub(super) async fn at_port(listen: &Listen) -> Result<TcpListener, Failure> {
    let first = listen.first();
    let taken = |why: io::Error| cannot(first, "listen", false, &why);
    if *listen != Listen::Nearby {
        return bind(first).await.map_err(taken);
    }
    for port in first.port()..=first.port() + MORE_PORTS {
        match TcpListener::bind(SocketAddr::new(first.ip(), port)).await {
            Err(why) if why.kind() == io::ErrorKind::AddrInUse => {}
            bound => return bound.map_err(taken),
        }
    }
    TcpListener::bind(SocketAddr::new(first.ip(), 0)).await.map_err(taken)
}

/// Adds what was handed over. With encryption, or a socket for it, the first one for plain HTTP goes with it.
fn take(opened: &mut Opened, handed: Handed, encrypts: bool) -> Result<(), Failure> {
    let sockets = &mut opened.sockets;
    sockets.handed = !handed.is_empty();
    sockets.https = handed.https;
    for socket in handed.http {
        match socket {
            Socket::Tcp(listener)
                if (encrypts || sockets.https.is_some()) && sockets.http.is_none() =>
            {
                sockets.http = Some(listener);
            }
            socket => sockets.site.push(socket),
        }
    }
    if opened.place.is_empty() {
        opened.place = match (&sockets.https, sockets.site.first()) {
            (Some(listener), _) => place("https", listener.local_addr()?),
            (None, Some(Socket::Tcp(listener))) => place("http", listener.local_addr()?),
            _ => "at the sockets that were handed over".to_owned(),
        };
    }
    Ok(())
}

/// HTTPS, because this run was told so: without it there is no point in starting.
async fn encrypted(opened: &mut Opened, at: ListenTls, handed: bool) -> Result<(), Failure> {
    let sockets = &mut opened.sockets;
    if sockets.https.is_none() {
        let bound = bind(at.https).await;
        sockets.https = Some(bound.map_err(|why| cannot(at.https, "listen-https", handed, &why))?);
    }
    if sockets.http.is_none()
        && let Some(place) = at.http
    {
        match bind(place).await {
            Ok(listener) => sockets.http = Some(listener),
            Err(why) if why.kind() == io::ErrorKind::AddrInUse && !at.insists => {
                tracing::warn!("{place} is taken: nobody there is led on to https");
            }
            Err(why) => return Err(cannot(place, "listen-http", handed, &why)),
        }
    }
    if let Some(listener) = &sockets.https {
        opened.place = place("https", listener.local_addr()?);
    }
    Ok(())
}

/// Why a port cannot be had, and what to do.
fn cannot(at: SocketAddr, option: &str, handed: bool, why: &io::Error) -> Failure {
    let code = match why.kind() {
        io::ErrorKind::PermissionDenied => PERMISSION,
        _ => UNAVAILABLE,
    };
    Failure::new(code, why_not(at, option, handed, why))
}

fn place(scheme: &str, address: SocketAddr) -> String {
    let (usual, port) = (if scheme == "https" { 443 } else { 80 }, address.port());
    let port = if port == usual { String::new() } else { format!(":{port}") };
    match address.ip() {
        IpAddr::V4(ip) if ip.is_loopback() || ip.is_unspecified() => {
            format!("{scheme}://localhost{port}")
        }
        IpAddr::V6(ip) if ip.is_unspecified() => format!("{scheme}://localhost{port}"),
        IpAddr::V4(ip) => format!("{scheme}://{ip}{port}"),
        IpAddr::V6(ip) => format!("{scheme}://[{ip}]{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_word_the_next_free_port_is_taken_and_with_one_it_is_not() {
        let first = at_port(&Listen::Nearby).await.unwrap().local_addr().unwrap();
        let busy = at_port(&Listen::Nearby).await.unwrap();
        let next = at_port(&Listen::Nearby).await.unwrap().local_addr().unwrap();
        assert_ne!(busy.local_addr().unwrap(), next);
        assert!(first.ip().is_loopback());
        let asked = Listen::At(busy.local_addr().unwrap());
        let failure = at_port(&asked).await.unwrap_err();
        assert_eq!(failure.code, UNAVAILABLE);
        assert!(failure.sentence.contains("--listen"), "{failure}");
    }

    #[test]
    fn a_port_that_needs_a_right_is_refused_with_both_ways_to_it() {
        let why = io::Error::from(io::ErrorKind::PermissionDenied);
        let https = cannot("0.0.0.0:443".parse().unwrap(), "listen-https", false, &why);
        assert_eq!(https.code, PERMISSION);
        for words in ["ListenStream=443", "setcap cap_net_bind_service=+ep /", "--listen-https"] {
            assert!(https.sentence.contains(words), "{https}");
        }
        let half = cannot("0.0.0.0:443".parse().unwrap(), "listen-https", true, &why);
        assert!(half.sentence.contains("none with FileDescriptorName=https"), "{half}");
    }

    #[test]
    fn a_place_is_what_a_browser_on_this_machine_can_open() {
        let place = |scheme: &str, at: &str| place(scheme, at.parse().unwrap());
        assert_eq!(place("http", "127.0.0.1:8080"), "http://localhost:8080");
        assert_eq!(place("https", "[::]:443"), "https://localhost");
        assert_eq!(place("http", "192.0.2.1:80"), "http://192.0.2.1");
        assert_eq!(place("http", "[::1]:8080"), "http://[::1]:8080");
    }
}
