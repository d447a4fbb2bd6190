//! A duplicated descriptor that is known to be a certain listening socket, and calling listen() on it again.

use model::Protocol;
use model::action::SocketIdentity;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, fstat};
use rustix::io::Errno;
use rustix::net::{ipproto, listen, sockopt};

use crate::peer;

/// Why a descriptor is not the listener that was meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotIt {
    /// The descriptor stands for something else now: its number was used again.
    #[error("the descriptor stands for another file now")]
    Other,
    /// The socket does not listen: listen() would make it, which its owner has not asked for (KERNEL.md 1.3).
    #[error("the socket no longer listens")]
    NotListening,
    /// A question about it failed.
    #[error("ask the socket for {what}: {source}")]
    Ask {
        /// What was asked.
        what: &'static str,
        /// What the system said.
        source: Errno,
    },
    /// listen() failed.
    #[error("listen(): {0}")]
    Listen(Errno),
    /// The clients of a unix listener would be told that another user serves them (`SO_PEERCRED`).
    #[error(
        "its clients would be told that another user serves them (SO_PEERCRED), unless listen() is called as the user \
         who did before: {0}; needs CAP_SETUID and CAP_SETGID; try sudo"
    )]
    As(Errno),
}

/// A descriptor of ours for a listening socket.
#[derive(Debug)]
pub struct Listening {
    fd: OwnedFd,
    is_unix: bool,
}

impl Listening {
    /// Checks that the descriptor is this socket, and that it listens.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(fd: OwnedFd, socket: &SocketIdentity) -> Result<Self, NotIt> {
        let ask = |what| move |source| NotIt::Ask { what, source };
        let stat = fstat(&fd).map_err(ask("its inode"))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::Socket || stat.st_ino != socket.inode {
            return Err(NotIt::Other);
        }
        // Unix sockets say 0, which rustix tells as None.
        let protocol = sockopt::socket_protocol(&fd).map_err(ask("SO_PROTOCOL"))?;
        let expected = match socket.protocol {
            Protocol::Tcp => Some(ipproto::TCP),
            Protocol::Mptcp => Some(ipproto::MPTCP),
            Protocol::Unix => None,
        };
        if protocol != expected {
            return Err(NotIt::Other);
        }
        // The cookie of an MPTCP listener in a dump is that of its internal TCP socket.
        if let (Some(cookie), true) = (socket.cookie, socket.protocol != Protocol::Mptcp)
            && sockopt::socket_cookie(&fd).map_err(ask("SO_COOKIE"))? != cookie
        {
            return Err(NotIt::Other);
        }
        let is_unix = socket.protocol == Protocol::Unix;
        let listening = Self { fd, is_unix };
        listening.still_listens()?;
        Ok(listening)
    }

    /// Calls listen() on it, on a unix socket as the user who did before. Whether it still listens is asked right before: a shutdown() of its owner ends it, and
    /// listen() would begin it again (KERNEL.md 6.1). The duplicate is closed with this call.
    ///
    /// # Errors
    /// When it no longer listens, or listen() fails.
    pub fn listen_again(self, backlog: u32) -> Result<(), NotIt> {
        let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
        let listen = || {
            self.still_listens()?;
            listen(&self.fd, backlog).map_err(NotIt::Listen)
        };
        if self.is_unix {
            return peer::as_before(self.as_fd(), listen).map_err(NotIt::As)?;
        }
        listen()
    }

    fn still_listens(&self) -> Result<(), NotIt> {
        match sockopt::socket_acceptconn(&self.fd) {
            Ok(true) => Ok(()),
            Ok(false) => Err(NotIt::NotListening),
            Err(source) => Err(NotIt::Ask {
                what: "SO_ACCEPTCONN",
                source,
            }),
        }
    }
}

impl AsFd for Listening {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::fd::AsRawFd;

    use model::NamespaceKey;
    use rustix::net::{AddressFamily, Shutdown, SocketType, shutdown, socket};

    use super::*;

    fn identity(fd: impl AsFd) -> SocketIdentity {
        SocketIdentity {
            namespace: NamespaceKey::Inode(1),
            namespace_name: None,
            protocol: Protocol::Tcp,
            place: String::new(),
            inode: fstat(&fd).unwrap().st_ino,
            cookie: Some(sockopt::socket_cookie(&fd).unwrap()),
            owner: None,
        }
    }

    /// The kernel's own word: `tcpi_sacked` of a listener is its limit; here through what ss would say.
    fn listener() -> (TcpListener, SocketIdentity) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let identity = identity(&listener);
        (listener, identity)
    }

    fn copy(fd: impl AsFd) -> OwnedFd {
        rustix::io::fcntl_dupfd_cloexec(fd, 3).unwrap()
    }

    #[test]
    fn a_listener_passes_and_listens_again() {
        let (listener, identity) = listener();
        let listening = Listening::check(copy(&listener), &identity).unwrap();
        assert_ne!(listening.as_fd().as_raw_fd(), listener.as_raw_fd());
        listening.listen_again(7).unwrap();
    }

    #[test]
    fn another_socket_is_refused_by_each_of_its_marks() {
        let (listener, identity) = listener();
        let wrong = [
            SocketIdentity {
                inode: identity.inode + 1,
                ..identity.clone()
            },
            SocketIdentity {
                cookie: identity.cookie.map(|cookie| cookie + 1),
                ..identity.clone()
            },
            SocketIdentity {
                protocol: Protocol::Unix,
                ..identity.clone()
            },
        ];
        for wrong in wrong {
            assert_eq!(Listening::check(copy(&listener), &wrong).unwrap_err(), NotIt::Other);
        }
        let file = tempfile::tempfile().unwrap();
        assert_eq!(Listening::check(file.into(), &identity).unwrap_err(), NotIt::Other);
    }

    #[test]
    fn a_socket_that_does_not_listen_is_never_made_to() {
        let plain = socket(AddressFamily::INET, SocketType::STREAM, Some(ipproto::TCP)).unwrap();
        let identity = identity(&plain);
        assert_eq!(
            Listening::check(copy(&plain), &identity).unwrap_err(),
            NotIt::NotListening
        );
        assert_eq!(sockopt::socket_acceptconn(&plain), Ok(false));
    }

    #[test]
    fn a_shutdown_between_the_check_and_the_call_is_seen() {
        let (listener, identity) = listener();
        let listening = Listening::check(copy(&listener), &identity).unwrap();
        shutdown(&listener, Shutdown::Both).unwrap();
        assert_eq!(listening.listen_again(7).unwrap_err(), NotIt::NotListening);
        assert_eq!(sockopt::socket_acceptconn(&listener), Ok(false));
    }

    #[test]
    fn clients_of_a_unix_listener_are_told_the_same_user_as_before() {
        if let Err(missing) = lab::Need::Root.check() {
            return lab::skip_or_fail("clients_of_a_unix_listener_are_told_the_same_user_as_before", &missing);
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let nobody = rustix::process::Uid::from_raw(65_534);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                rustix::thread::set_thread_res_uid(None, nobody, None).unwrap();
                listen(&listener, 5).unwrap();
            });
        });
        let identity = SocketIdentity {
            protocol: Protocol::Unix,
            ..identity(&listener)
        };
        let listening = Listening::check(copy(&listener), &identity).unwrap();
        listening.listen_again(7).unwrap();
        let client = std::os::unix::net::UnixStream::connect(&path).unwrap();
        let told = sockopt::socket_peercred(&client).unwrap();
        assert_eq!(told.uid, nobody);
        assert_eq!(told.pid, rustix::process::getpid());
    }
}
