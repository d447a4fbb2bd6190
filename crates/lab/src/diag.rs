//! What sock_diag says of the namespace's sockets: lengths, limits and drops of listeners.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with};
use sockdiag::inet::{Extensions, Family, Request, Socket, State, States, TCP};
use sockdiag::unix::{RequestOne, Show};
use sockdiag::{Body, Errno, Messages, unix};

use crate::error::{During, LabError, Missing};

/// The largest datagram of a dump is 32 KiB (net/netlink/af_netlink.c:netlink_dump).
const BUFFER: usize = 64 << 10;
/// A dump takes milliseconds.
const ANSWER_LIMIT: std::time::Duration = std::time::Duration::from_secs(10);
/// The most datagrams of one answer: far more sockets than a proof has.
const MOST_DATAGRAMS: usize = 10_000;

/// A netlink socket of the namespace in which it was opened.
#[derive(Debug)]
pub(crate) struct Diag {
    socket: OwnedFd,
    sequence: u32,
    families: Vec<Family>,
}

/// One TCP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TcpRow {
    pub(crate) state: State,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    pub(crate) inode: u32,
    /// Length of a listener's accept queue; of any other socket the bytes not yet read.
    pub(crate) receive_queue: u32,
    /// Limit of a listener's accept queue; of any other socket the bytes not yet acknowledged.
    pub(crate) write_queue: u32,
    /// Milliseconds until its timer fires.
    pub(crate) expires_ms: u32,
    /// `SK_MEMINFO_DROPS`.
    pub(crate) drops: Option<u32>,
}

impl TcpRow {
    /// Whether it is a half-open connection of a SYN queue. A Fast Open child in the same state is a
    /// whole socket with memory of its own (net/ipv4/inet_diag.c:inet_req_diag_fill).
    pub(crate) fn is_request(&self) -> bool {
        self.state == State::SynReceived && self.drops.is_none()
    }
}

impl Diag {
    /// Opens it in the thread's namespace.
    pub(crate) fn open() -> Result<Self, LabError> {
        let (family, kind, flags) = (AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC);
        let socket = socket_with(family, kind, flags, Some(netlink::SOCK_DIAG))
            .map_err(|error| Missing::feature("sock_diag", error))?;
        set_socket_timeout(&socket, Timeout::Recv, Some(ANSWER_LIMIT)).during("limit", "the wait for sock_diag")?;
        Ok(Self {
            socket,
            sequence: 0,
            families: vec![Family::V4],
        })
    }

    /// Looks at IPv6 sockets too. A second walk of the host's whole table of connections is not for
    /// nothing.
    pub(crate) fn also_v6(&mut self) {
        if !self.families.contains(&Family::V6) {
            self.families.push(Family::V6);
        }
    }

    /// All TCP sockets in these states.
    pub(crate) fn tcp(&mut self, states: States) -> Result<Vec<TcpRow>, LabError> {
        let mut rows = Vec::new();
        for family in self.families.clone() {
            let request = Request {
                family,
                protocol: TCP,
                states,
                extensions: Extensions::SKMEMINFO,
                source_port: None,
                filter: None,
            };
            self.ask(|sequence, out| request.encode(sequence, out))?;
            self.answer(true, |payload| {
                let socket = Socket::parse(payload).map_err(std::io::Error::other)?;
                rows.push(TcpRow {
                    state: socket.state,
                    local: socket.local,
                    remote: socket.remote,
                    inode: socket.inode,
                    receive_queue: socket.receive_queue,
                    write_queue: socket.write_queue,
                    expires_ms: socket.expires_ms,
                    drops: socket.drops(),
                });
                Ok(())
            })?;
        }
        Ok(rows)
    }

    /// Length and limit of a unix listener's accept queue.
    pub(crate) fn unix_queue(&mut self, inode: u32) -> Result<Option<(u32, u32)>, LabError> {
        let request = RequestOne {
            inode,
            cookie: None,
            show: Show::RQLEN,
        };
        let mut found = None;
        self.ask(|sequence, out| request.encode(sequence, out))?;
        self.answer(false, |payload| {
            let socket = unix::Socket::parse(payload).map_err(std::io::Error::other)?;
            found = socket.queue_lengths().map(|lengths| (lengths.receive, lengths.write));
            Ok(())
        })?;
        Ok(found)
    }

    fn ask(&mut self, encode: impl FnOnce(u32, &mut Vec<u8>)) -> Result<(), LabError> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut request = Vec::new();
        encode(self.sequence, &mut request);
        send(&self.socket, &request, SendFlags::empty()).during("ask", "sock_diag")?;
        Ok(())
    }

    /// Reads one answer: a dump to its end, or one row.
    fn answer(&mut self, dump: bool, mut row: impl FnMut(&[u8]) -> std::io::Result<()>) -> Result<(), LabError> {
        let mut buffer = vec![0; BUFFER];
        for _ in 0..MOST_DATAGRAMS {
            let (_, length) = recv(&self.socket, &mut *buffer, RecvFlags::empty()).during("hear", "sock_diag")?;
            for message in Messages::new(buffer.get(..length).unwrap_or_default()) {
                let message = message.map_err(std::io::Error::other).during("read", "sock_diag")?;
                if message.sequence != self.sequence {
                    continue;
                }
                match message.body {
                    Body::Socket(payload) => row(payload).during("read", "a row of sock_diag")?,
                    Body::Error(errno) => return Err(refused(errno)),
                    Body::Done | Body::Acknowledged => return Ok(()),
                    _ => {}
                }
            }
            if !dump {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Without its module the kernel answers ENOENT; only root of the first user namespace can have
/// it loaded.
fn refused(errno: Errno) -> LabError {
    Missing::feature(
        "sock_diag",
        format!("{errno}; the module tcp_diag or unix_diag is not loaded"),
    )
    .into()
}
