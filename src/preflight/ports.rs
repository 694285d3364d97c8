//! Whether somebody listens where an authority comes to.

use std::io;
use std::net::{SocketAddr, TcpListener};

use super::Verdict;

/// Looks at a port: where the server takes connections for it now, or would once encryption is on.
pub(super) fn look(
    usual: u16,
    open: Option<SocketAddr>,
    would: Option<SocketAddr>,
) -> (Verdict, String) {
    match (open, would) {
        (Some(at), _) if at.port() == usual => (
            Verdict::Good,
            format!(
                "Anteroom answers at port {usual}. Whether the world reaches it, only an order tells."
            ),
        ),
        (Some(at), _) => (Verdict::Unsure, elsewhere(usual, at.port())),
        (None, Some(at)) => try_to_open(usual, at),
        (None, None) => (Verdict::Bad, format!("Nothing is set to answer at port {usual}.")),
    }
}

fn elsewhere(usual: u16, port: u16) -> String {
    format!(
        "Anteroom answers at port {port}. An authority comes to port {usual}: a router must lead from there to here."
    )
}

/// Opens it for a moment, as the server is going to.
fn try_to_open(usual: u16, at: SocketAddr) -> (Verdict, String) {
    let port = at.port();
    match TcpListener::bind(at) {
        Ok(_) if port == usual => {
            (Verdict::Good, format!("Port {port} is free, and Anteroom may open it."))
        }
        Ok(_) => (Verdict::Unsure, elsewhere(usual, port)),
        Err(why) => (Verdict::Bad, cannot(port, &why)),
    }
}

fn cannot(port: u16, why: &io::Error) -> String {
    match why.kind() {
        io::ErrorKind::PermissionDenied => format!(
            "Anteroom may not open port {port}: have systemd hand it over (anteroom-http.socket and \
             anteroom-https.socket), or give the program CAP_NET_BIND_SERVICE."
        ),
        io::ErrorKind::AddrInUse => format!("Port {port} is taken by another program."),
        _ => format!("Port {port} cannot be opened: {why}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_open_free_or_taken() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = taken.local_addr().unwrap();
        let port = at.port();
        assert_eq!(look(port, Some(at), None).0, Verdict::Good);
        let (is, says) = look(port, None, Some(at));
        assert_eq!((is, says), (Verdict::Bad, format!("Port {port} is taken by another program.")));
        drop(taken);
        assert_eq!(look(port, None, Some(at)).0, Verdict::Good);
        assert_eq!(look(443, Some(at), None).0, Verdict::Unsure);
        assert_eq!(look(443, None, Some(at)).0, Verdict::Unsure);
        assert_eq!(look(443, None, None).0, Verdict::Bad);
        let forbidden = cannot(80, &io::ErrorKind::PermissionDenied.into());
        assert!(forbidden.contains("CAP_NET_BIND_SERVICE"), "{forbidden}");
    }
}
