//! The sockets that people come in by: opened here, or handed over by the service manager (socket activation).
//!
//! Sockets that are handed over stay open while this program is replaced by a newer one: whoever comes meanwhile waits
//! in the kernel's queue, and nobody is refused.

use std::fs::{self, Permissions};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use listenfd::ListenFd;
use tokio::net::{TcpListener, UnixListener};

use crate::http::serve::Socket;

/// For a proxy in the group of this user.
const MODE: u32 = 0o660;

/// All sockets of a server.
#[derive(Default)]
pub struct Sockets {
    /// Where the site answers plain HTTP.
    pub site: Vec<Socket>,
    /// Where it answers HTTPS, if somebody asked for that before the server started.
    pub https: Option<TcpListener>,
    /// Where people are led on to HTTPS, once somebody has chosen where a certificate comes from.
    pub http: Option<TcpListener>,
    /// Both were handed over, and are not ours to close.
    pub handed: bool,
    /// A socket file of ours, removed at the end.
    pub file: Option<SocketFile>,
}

impl Sockets {
    /// Where plain HTTP is taken, as `--listen` writes it, if it is: what looks whether the server is well asks there.
    #[must_use]
    pub fn plain_place(&self) -> Option<String> {
        let site = self.site.iter().find_map(Socket::place);
        site.or_else(|| Some(self.http.as_ref()?.local_addr().ok()?.to_string()))
    }
}

impl From<TcpListener> for Sockets {
    fn from(listener: TcpListener) -> Self {
        Self { site: vec![Socket::Tcp(listener)], ..Self::default() }
    }
}

/// Why nothing can listen there, and what to do, for whoever starts the server and whoever looks at its pages. `option`
/// sets the place; `handed` says that the service manager hands over other sockets.
#[must_use]
pub fn why_not(at: SocketAddr, option: &str, handed: bool, why: &io::Error) -> String {
    match why.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{at} is taken by another program: choose another with --{option}.")
        }
        io::ErrorKind::PermissionDenied => forbidden(at, option, handed),
        _ => format!("Nothing can listen on {at}: {why}."),
    }
}

/// A port below 1024, without the right to it: which of the two ways to it are missing.
fn forbidden(at: SocketAddr, option: &str, handed: bool) -> String {
    let program = std::env::current_exe().ok();
    let program = program.as_deref().map_or("anteroom".into(), Path::to_string_lossy);
    let name = if option == "listen-https" { "https" } else { "http" };
    let systemd = if handed {
        format!("systemd hands over sockets, but none with FileDescriptorName={name}: add one")
    } else {
        format!(
            "systemd hands over no socket (a socket unit with ListenStream={} and FileDescriptorName={name})",
            at.port()
        )
    };
    format!(
        "{at} needs a right that this process does not have, for it is below 1024. There are two ways to it, and \
         neither is there: {systemd}; and the program has no CAP_NET_BIND_SERVICE (setcap cap_net_bind_service=+ep \
         {program}). Or choose another port with --{option}."
    )
}

/// Listens there. The unspecified IPv6 address takes IPv4 too; on a host without IPv6, IPv4 alone.
pub async fn bind(at: SocketAddr) -> io::Result<TcpListener> {
    match TcpListener::bind(at).await {
        Err(why) if at.is_ipv6() && at.ip().is_unspecified() && no_ipv6(&why) => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, at.port())).await
        }
        bound => bound,
    }
}

fn no_ipv6(why: &io::Error) -> bool {
    let kind = rustix::io::Errno::from_io_error(why);
    matches!(kind, Some(rustix::io::Errno::AFNOSUPPORT | rustix::io::Errno::ADDRNOTAVAIL))
}

/// A socket file, removed when this is dropped, unless another server has taken its place. Drop the listener first.
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        if UnixStream::connect(&self.0).is_err() {
            let _ = fs::remove_file(&self.0); // a proxy only sees that nobody answers
        }
    }
}

/// Listens at a socket file. One that a server left behind is removed; anything else that lies there is left alone.
pub fn bind_file(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    match fs::symlink_metadata(path) {
        Ok(is) if !is.file_type().is_socket() => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file lies there"));
        }
        Ok(_) if UnixStream::connect(path).is_ok() => {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        Ok(_) => fs::remove_file(path)?,
        Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(MODE))?;
    Ok((listener, SocketFile(path.to_owned())))
}

/// What the service manager handed over.
#[derive(Default)]
pub struct Handed {
    /// Where to answer plain HTTP, or to lead on to HTTPS.
    pub http: Vec<Socket>,
    /// Where to answer HTTPS.
    pub https: Option<TcpListener>,
}

impl Handed {
    /// What this process was started with. The names are those of `FileDescriptorName=`; a socket without one of ours is
    /// told by its port, and the second of two by its place.
    pub fn take() -> io::Result<Self> {
        let mut handed = Self::default();
        // The names first: who takes the sockets also takes the variables that speak of them.
        let names: Vec<_> = sd_notify::listen_fds_with_names()?.map(|(_, name)| name).collect();
        let mut sockets = ListenFd::from_env();
        for (at, name) in names.iter().enumerate() {
            if let Ok(Some(listener)) = sockets.take_tcp_listener(at) {
                handed.add(listener, name)?;
            } else if let Some(listener) = sockets.take_unix_listener(at)? {
                listener.set_nonblocking(true)?;
                handed.http.push(Socket::Unix(UnixListener::from_std(listener)?));
            }
        }
        Ok(handed)
    }

    /// Whether there was anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.http.is_empty() && self.https.is_none()
    }

    /// Whether nobody on another machine can come by any of them.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let tcp = self.http.iter().map(|socket| match socket {
            Socket::Tcp(listener) => listener.local_addr().ok(),
            Socket::Unix(_) => None,
        });
        let https = self.https.iter().map(|listener| listener.local_addr().ok());
        tcp.chain(https).all(|at| at.is_some_and(|at| at.ip().is_loopback()))
    }

    fn add(&mut self, listener: std::net::TcpListener, name: &str) -> io::Result<()> {
        let at = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let https = match name {
            "https" => true,
            "http" => false,
            _ => matches!(at.port(), 443 | 8443) || (at.port() != 80 && !self.http.is_empty()),
        };
        if https && self.https.is_none() {
            self.https = Some(listener);
        } else {
            self.http.push(Socket::Tcp(listener));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_that_was_left_behind_is_replaced_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anteroom.sock");
        let (first, mine) = bind_file(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        let taken = bind_file(&path).map(|_| ()).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
        drop(first);
        let (second, other) = bind_file(&path).unwrap();
        drop(mine);
        assert!(path.exists(), "another server's socket is left alone");
        drop((second, other));
        assert!(!path.exists());
        fs::File::create(&path).unwrap();
        assert!(bind_file(&path).is_err());
        assert!(path.exists());
    }
}
