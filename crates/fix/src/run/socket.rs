//! A duplicate of the socket that listen() was called on: where it is, and what limit it has.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use probe::diag::socket::DiagSocket;
use probe::diag::unix;
use probe::sysctl;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, fstat};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddr, SocketAddrUnix, getsockname, listen, sockopt};

use super::report::{Outcome, Place};
use crate::sys;

/// `TCP_LISTEN` of include/net/tcp_states.h.
const LISTEN: u8 = 10;

/// A duplicate of a socket of another process, which is closed with this value.
#[derive(Debug)]
pub struct Socket {
    fd: OwnedFd,
    inode: u64,
}

impl Socket {
    /// Takes a descriptor if it is a socket's.
    pub fn new(fd: OwnedFd) -> Option<Self> {
        let stat = fstat(&fd).ok()?;
        let is_socket = FileType::from_raw_mode(stat.st_mode) == FileType::Socket;
        is_socket.then_some(Self { fd, inode: stat.st_ino })
    }

    /// Whether a descriptor of a thread is this socket: a thread may have a table of its own (unshare(2)), and
    /// pidfd_getfd(2) takes from that of its process.
    pub fn is_that_of(&self, proc: &Path, thread: u32, fd: i32) -> bool {
        let link = proc.join(format!("{thread}/fd/{fd}"));
        fs::read_link(link).is_ok_and(|target| target.as_os_str() == &*format!("socket:[{}]", self.inode))
    }

    /// Whether it is a unix-domain socket.
    pub fn is_unix(&self) -> bool {
        sockopt::socket_domain(&self.fd) == Ok(AddressFamily::UNIX)
    }

    /// Calls listen() on it.
    pub fn listen(&self, backlog: u32) -> Result<(), Errno> {
        listen(&self.fd, backlog.cast_signed())
    }

    /// The limit that it has, as the kernel tells it.
    pub fn limit(&self) -> Option<u32> {
        if self.is_unix() {
            return self.unix_limit();
        }
        let (state, limit) = sys::tcp_info(&self.fd).ok()?;
        (state == LISTEN).then_some(limit)
    }

    /// What it has after listen() was called on it.
    pub fn outcome(&self, proc: &Path, wanted: u32, place: &Place) -> Outcome {
        let limit = self.limit();
        let is_cut_here = limit.is_some_and(|limit| limit < wanted) && place.foreign.is_none();
        Outcome::Given {
            wanted,
            limit,
            somaxconn: is_cut_here.then(|| somaxconn(proc)).flatten(),
        }
    }

    /// No socket option tells it, so sock_diag is asked, which knows the sockets of this process's namespace only.
    fn unix_limit(&self) -> Option<u32> {
        let mut rows = Vec::new();
        unix::listeners(&mut DiagSocket::open().ok()?, &mut rows).ok()?;
        rows.iter().find(|row| u64::from(row.inode) == self.inode)?.limit
    }

    /// Where it is; `thread` has called listen() on it.
    pub fn place(&self, proc: &Path, thread: u32) -> Place {
        let own = namespace_inode(&proc.join("self/ns/net"));
        let inode = sys::namespace_of(&self.fd)
            .ok()
            .and_then(|namespace| Some(fstat(namespace).ok()?.st_ino))
            .or_else(|| namespace_inode(&proc.join(format!("{thread}/ns/net"))));
        Place {
            name: self.name().unwrap_or_else(|| "a socket".to_owned()),
            foreign: inode.filter(|inode| own.is_some_and(|own| own != *inode)),
        }
    }

    fn name(&self) -> Option<String> {
        let address = getsockname(&self.fd).ok()?;
        if let Ok(inet) = SocketAddr::try_from(address.clone()) {
            return Some(inet.to_string());
        }
        let unix = SocketAddrUnix::try_from(address).ok()?;
        let path = unix.path_bytes().map(|path| String::from_utf8_lossy(path).into_owned());
        let name = || Some(format!("@{}", String::from_utf8_lossy(unix.abstract_name()?)));
        path.or_else(name)
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// That of the namespace of the calling thread.
fn somaxconn(proc: &Path) -> Option<u32> {
    sysctl::text(proc, "net.core.somaxconn")?.ok()?.parse().ok()
}

fn namespace_inode(path: &Path) -> Option<u64> {
    Some(fs::metadata(path).ok()?.ino())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixListener;

    use rustix::io::fcntl_dupfd_cloexec;

    use super::*;

    fn of(fd: impl AsFd) -> Socket {
        Socket::new(fcntl_dupfd_cloexec(fd, 3).unwrap()).unwrap()
    }

    #[test]
    fn its_limit_is_read_back_from_the_kernel() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let unix = UnixListener::bind(directory.path().join("x")).unwrap();
        for socket in [of(&tcp), of(&unix)] {
            for backlog in [7, 8] {
                socket.listen(backlog).unwrap();
                assert_eq!(socket.limit(), Some(backlog));
            }
        }
    }

    #[test]
    fn its_name_and_whose_it_is() {
        let tcp = TcpListener::bind("[::1]:0").unwrap();
        let socket = of(&tcp);
        let proc = Path::new("/proc");
        let own = std::process::id();
        let place = socket.place(proc, own);
        assert_eq!(
            (place.name, place.foreign),
            (tcp.local_addr().unwrap().to_string(), None)
        );
        assert!(socket.is_that_of(proc, own, tcp.as_raw_fd()));
        assert!(!socket.is_that_of(proc, own, 0));
    }

    #[test]
    fn a_file_is_no_socket_and_a_client_has_no_limit() {
        assert!(Socket::new(tempfile::tempfile().unwrap().into()).is_none());
        let (client, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(of(&client).limit(), None);
        assert_eq!(of(&client).listen(1), Err(Errno::INVAL));
    }
}
