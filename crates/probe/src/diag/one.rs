//! One listening socket of a namespace, looked up by what tells it from every other.

use sockdiag::inet::Family;
use sockdiag::unix::{RequestOne, Show, Socket};
use sockdiag::{State, inet as codec};

use crate::diag::inet::{InetListener, listeners_at};
use crate::diag::socket::{DiagSocket, NetlinkError};

/// What is known of the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// Its inode.
    pub inode: u64,
    /// Its cookie, where the kernel tells.
    pub cookie: Option<u64>,
    /// Its port: the kernel then gives no other rows. Of no meaning for unix.
    pub port: Option<u16>,
}

/// Its queue now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Connections waiting for accept().
    pub length: Option<u32>,
    /// Effective backlog.
    pub limit: Option<u32>,
}

/// A TCP or MPTCP listener; `None` when there is none of that inode and cookie.
///
/// An exact request of inet_diag would look up whoever takes a connection there, which of a `SO_REUSEPORT` group is
/// any member (net/ipv4/inet_diag.c:inet_diag_find_one_icsk). So it is a dump, cut to the port by the kernel.
///
/// # Errors
/// When the dump fails.
pub fn inet(diag: &mut DiagSocket, which: &Which) -> Result<Option<Queue>, NetlinkError> {
    let is_it = |row: &&InetListener| (u64::from(row.inode), row.cookie) == (which.inode, which.cookie);
    let mut rows = Vec::new();
    for family in [Family::V4, Family::V6] {
        listeners_at(diag, family, codec::TCP, which.port, &mut rows)?;
        if let Some(row) = rows.iter().find(is_it) {
            return Ok(Some(Queue {
                length: Some(row.length),
                limit: Some(row.limit),
            }));
        }
    }
    Ok(None)
}

/// A unix listener; `None` when there is none of that inode and cookie, or it does not listen.
///
/// # Errors
/// When the kernel refuses otherwise.
pub fn unix(diag: &mut DiagSocket, which: &Which) -> Result<Option<Queue>, NetlinkError> {
    let Ok(inode) = u32::try_from(which.inode) else {
        return Ok(None);
    };
    let request = RequestOne {
        inode,
        cookie: which.cookie,
        show: Show::RQLEN,
    };
    let mut found = None;
    let asked = diag.ask_one(
        "unix listener",
        &|sequence, out| request.encode(sequence, out),
        &mut |payload| {
            let socket = Socket::parse(payload)?;
            let lengths = socket.queue_lengths();
            found = (socket.state == State::Listen).then_some(Queue {
                length: lengths.map(|lengths| lengths.receive),
                limit: lengths.map(|lengths| lengths.write),
            });
            Ok(())
        },
    );
    match asked {
        Err(NetlinkError::Refused { errno, .. }) if NO_SUCH_SOCKET.contains(&errno) => Ok(None),
        asked => asked.map(|()| found),
    }
}

/// net/unix/diag.c:unix_diag_get_exact: no such inode; another cookie (net/core/sock_diag.c:sock_diag_check_cookie).
const NO_SUCH_SOCKET: [sockdiag::Errno; 2] = [sockdiag::Errno::ENOENT, sockdiag::Errno::ESTALE];

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::unix::net::UnixListener;

    use rustix::fd::AsFd;
    use rustix::fs::fstat;
    use rustix::net::{listen, sockopt};

    use super::*;

    fn which(socket: impl AsFd, port: Option<u16>) -> Which {
        Which {
            inode: fstat(&socket).unwrap().st_ino,
            cookie: Some(sockopt::socket_cookie(&socket).unwrap()),
            port,
        }
    }

    #[test]
    fn a_tcp_listener_is_found_by_inode_and_cookie() {
        let mut diag = DiagSocket::open().unwrap();
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else {
                continue; // a kernel without IPv6
            };
            listen(&listener, 7).unwrap();
            let right = which(&listener, Some(listener.local_addr().unwrap().port()));
            assert_eq!(inet(&mut diag, &right).unwrap().unwrap().limit, Some(7));
            let other = right.cookie.map(|cookie| cookie + 1_000_000);
            for wrong in [
                Which {
                    inode: right.inode + 1,
                    ..right
                },
                Which { cookie: other, ..right },
                Which { port: Some(1), ..right },
            ] {
                assert_eq!(inet(&mut diag, &wrong).unwrap(), None);
            }
        }
    }

    #[test]
    fn a_unix_listener_is_found_by_inode_and_cookie() {
        let mut diag = DiagSocket::open().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("s")).unwrap();
        listen(&listener, 7).unwrap();
        let right = which(&listener, None);
        let found = unix(&mut diag, &right).unwrap().unwrap();
        assert_eq!((found.length, found.limit), (Some(0), Some(7)));
        let other = right.cookie.map(|cookie| cookie + 1_000_000);
        assert_eq!(unix(&mut diag, &Which { cookie: other, ..right }).unwrap(), None);
        drop(listener);
        assert_eq!(unix(&mut diag, &right).unwrap(), None);
    }
}
