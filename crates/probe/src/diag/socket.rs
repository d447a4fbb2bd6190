//! A netlink socket for sock_diag: sends a request, hands out the rows of its answer.

use std::time::Duration;

use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with};
use sockdiag::{Body, Messages, ParseError};

use crate::clock;

/// As large as the kernel makes a chunk of a dump (`netlink_dump` caps it at 32 KB): fewer and larger
/// chunks leave less room for rows that are missed or repeated between two of them (KERNEL.md 4.3).
const BUFFER: usize = 32 * 1024;
/// A chunk is made in the caller's context, so an answer that does not come is a fault, not a wait.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// How often a dump is begun anew after a passing fault.
const ATTEMPTS: u32 = 3;

/// Why a dump gave nothing, or not everything.
#[derive(Debug, thiserror::Error)]
pub enum NetlinkError {
    /// A system call on the netlink socket failed.
    #[error("netlink sock_diag: {operation}: {source}")]
    Io {
        /// Which one.
        operation: &'static str,
        /// Its error.
        source: Errno,
    },
    /// The kernel refused the request.
    #[error("the kernel refused the {what} dump: {errno}{}", hint(*errno))]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// Its answer.
        errno: sockdiag::Errno,
    },
    /// The answer makes no sense.
    #[error("unreadable answer to the {what} dump: {source}")]
    Answer {
        /// What was asked for.
        what: &'static str,
        /// What is wrong with it.
        source: ParseError,
    },
    /// The answer was cut or lost on its way.
    #[error("the answer to the {what} dump was cut or lost")]
    Lost {
        /// What was asked for.
        what: &'static str,
    },
    /// The time given for the dump was over.
    #[error("the {what} dump was not done within the time given to it")]
    OutOfTime {
        /// What was asked for.
        what: &'static str,
    },
}

/// A missing module is answered ENOENT or EOPNOTSUPP (KERNEL.md 4.1).
fn hint(errno: sockdiag::Errno) -> &'static str {
    let is_missing = errno == sockdiag::Errno::ENOENT || errno == sockdiag::Errno::EOPNOTSUPP;
    if is_missing {
        "; it may lack a module: inet_diag, tcp_diag or unix_diag"
    } else {
        ""
    }
}

impl NetlinkError {
    /// Whether the same request may go through when it is made again.
    fn is_passing(&self) -> bool {
        match self {
            Self::Io { source, .. } => matches!(*source, Errno::NOBUFS | Errno::NOMEM),
            Self::Refused { errno, .. } => *errno == sockdiag::Errno::ENOMEM || *errno == sockdiag::Errno::EBUSY,
            Self::Lost { .. } => true,
            Self::Answer { .. } | Self::OutOfTime { .. } => false,
        }
    }

    /// Whether this kernel, or this sandbox, has no sock_diag for what was asked: a missing module is answered
    /// ENOENT or EOPNOTSUPP (KERNEL.md 4.1), a sandbox refuses the socket.
    pub fn is_unsupported(&self) -> bool {
        match self {
            Self::Io { operation, .. } => *operation == OPEN,
            Self::Refused { errno, .. } => [
                sockdiag::Errno::ENOENT,
                sockdiag::Errno::EOPNOTSUPP,
                sockdiag::Errno::EINVAL,
            ]
            .contains(errno),
            _ => false,
        }
    }
}

const OPEN: &str = "open the socket";

/// One request of a dump.
pub struct Dump<'a> {
    /// What is asked for, in one word, for errors.
    pub what: &'static str,
    /// Writes the message with the given sequence number.
    pub encode: &'a dyn Fn(u32, &mut Vec<u8>),
    /// Time since boot at which to give up.
    pub until: Option<Duration>,
}

/// A netlink socket that belongs to the namespace of the thread that opened it, whoever uses it later.
///
/// It pins that namespace until it is dropped.
#[derive(Debug)]
pub struct DiagSocket {
    fd: OwnedFd,
    sequence: u32,
    request: Vec<u8>,
    buffer: Box<[u8]>,
    /// A dump was left before its end: the kernel answers the next one EBUSY until the rest is read.
    is_mid_dump: bool,
}

impl DiagSocket {
    /// Opens a socket in the namespace of the calling thread.
    ///
    /// # Errors
    /// When the kernel or a sandbox refuses the socket, or no descriptor is free.
    pub fn open() -> Result<Self, NetlinkError> {
        let failed = |source| NetlinkError::Io {
            operation: OPEN,
            source,
        };
        let fd = socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            SocketFlags::CLOEXEC,
            Some(netlink::SOCK_DIAG),
        )
        .map_err(failed)?;
        set_socket_timeout(&fd, Timeout::Recv, Some(ANSWER_WITHIN)).map_err(failed)?;
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Ok(Self {
            fd,
            sequence: 0,
            request: Vec::new(),
            buffer,
            is_mid_dump: false,
        })
    }

    /// The socket itself, for ioctls that concern its namespace.
    pub fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    /// Makes a dump and gives the payload of every row to `on_row`, which is told to begin anew by `restart`.
    ///
    /// # Errors
    /// When the dump could not be completed, after a bounded number of attempts for a passing fault.
    pub fn dump<T>(
        &mut self,
        dump: &Dump,
        rows: &mut T,
        restart: impl Fn(&mut T),
        on_row: impl Fn(&mut T, &[u8]) -> Result<(), ParseError>,
    ) -> Result<(), NetlinkError> {
        let mut attempt = 1;
        loop {
            match self.dump_once(dump, &mut |row| on_row(rows, row)) {
                Err(error) if error.is_passing() && attempt < ATTEMPTS => {
                    restart(rows);
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// Makes a dump and only receives its answer: what it costs apart from any parsing. For benchmarks.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn exchange(&mut self, dump: &Dump) -> Result<(), NetlinkError> {
        const END: u16 = 3; // NLMSG_DONE, which comes alone or last, and is 20 bytes long
        self.send(dump.encode)?;
        loop {
            let length = self.receive(dump.what)?;
            let last = length
                .checked_sub(20)
                .and_then(|start| self.buffer.get(start + 4..start + 6));
            if last == Some(&END.to_ne_bytes()[..]) {
                return Ok(());
            }
        }
    }

    /// Makes a request that is answered by one row.
    ///
    /// # Errors
    /// When the kernel refuses, or its answer cannot be read.
    pub fn ask_one(
        &mut self,
        what: &'static str,
        encode: &dyn Fn(u32, &mut Vec<u8>),
        on_row: &mut dyn FnMut(&[u8]) -> Result<(), ParseError>,
    ) -> Result<(), NetlinkError> {
        self.drain()?;
        self.send(encode)?;
        let length = self.receive(what)?;
        read_datagram(&self.buffer[..length], self.sequence, what, on_row).map(|_| ())
    }

    fn send(&mut self, encode: &dyn Fn(u32, &mut Vec<u8>)) -> Result<(), NetlinkError> {
        self.sequence = self.sequence.wrapping_add(1);
        encode(self.sequence, &mut self.request);
        let sent = send(&self.fd, &self.request, SendFlags::empty());
        sent.map(|_| ()).map_err(|source| NetlinkError::Io {
            operation: "send a request",
            source,
        })
    }

    fn dump_once(
        &mut self,
        dump: &Dump,
        on_row: &mut dyn FnMut(&[u8]) -> Result<(), ParseError>,
    ) -> Result<(), NetlinkError> {
        self.drain()?;
        self.send(dump.encode)?;
        self.is_mid_dump = true;
        while self.is_mid_dump {
            if dump.until.is_some_and(|until| clock::since_boot() >= until) {
                return Err(NetlinkError::OutOfTime { what: dump.what });
            }
            let length = self.receive(dump.what)?;
            let end = read_datagram(&self.buffer[..length], self.sequence, dump.what, on_row);
            // After a refusal nothing follows, and waiting for it would take as long as an answer may.
            self.is_mid_dump = !matches!(end, Ok(true) | Err(NetlinkError::Refused { .. }));
            end?;
        }
        Ok(())
    }

    /// Reads what an unfinished dump left, so that the next one is not refused.
    fn drain(&mut self) -> Result<(), NetlinkError> {
        while self.is_mid_dump {
            let length = self.receive("previous")?;
            // Whatever the rest says, only its end matters here.
            let end = read_datagram(&self.buffer[..length], self.sequence, "previous", &mut |_| Ok(()));
            self.is_mid_dump = matches!(end, Ok(false));
        }
        Ok(())
    }

    /// Receives one datagram; its whole length is known through `MSG_TRUNC`, so a cut one is seen.
    fn receive(&mut self, what: &'static str) -> Result<usize, NetlinkError> {
        loop {
            match recv(&self.fd, &mut *self.buffer, RecvFlags::TRUNC) {
                Ok((_, length)) if length > self.buffer.len() => return Err(NetlinkError::Lost { what }),
                Ok((_, length)) => return Ok(length),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    self.is_mid_dump = false;
                    return Err(NetlinkError::OutOfTime { what });
                }
                Err(source) => {
                    return Err(NetlinkError::Io {
                        operation: "receive an answer",
                        source,
                    });
                }
            }
        }
    }
}

/// Hands out the rows of one datagram; `true` when it ends the dump.
fn read_datagram(
    datagram: &[u8],
    sequence: u32,
    what: &'static str,
    on_row: &mut dyn FnMut(&[u8]) -> Result<(), ParseError>,
) -> Result<bool, NetlinkError> {
    let unreadable = |source| NetlinkError::Answer { what, source };
    // An empty datagram carries no end and would be waited on for ever.
    if datagram.is_empty() {
        return Err(NetlinkError::Lost { what });
    }
    for message in Messages::new(datagram) {
        let message = message.map_err(unreadable)?;
        // The rest of an earlier answer.
        if message.sequence != sequence {
            continue;
        }
        match message.body {
            Body::Socket(payload) => on_row(payload).map_err(unreadable)?,
            Body::Done | Body::Acknowledged => return Ok(true),
            Body::Error(errno) => return Err(NetlinkError::Refused { what, errno }),
            Body::Overrun => return Err(NetlinkError::Lost { what }),
            Body::Noop | Body::Other(_) => {}
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEQUENCE: u32 = 7;
    const ROW: u16 = 20;
    const DONE: u16 = 3;
    const ERROR: u16 = 2;
    const OVERRUN: u16 = 4;

    /// One netlink message: `struct nlmsghdr` and its payload.
    fn message(kind: u16, sequence: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(16 + payload.len()).unwrap();
        let mut bytes = length.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(2u16.to_ne_bytes());
        bytes.extend(sequence.to_ne_bytes());
        bytes.extend(0u32.to_ne_bytes());
        bytes.extend(payload);
        bytes
    }

    fn read(datagram: &[u8]) -> (Result<bool, NetlinkError>, Vec<Vec<u8>>) {
        let mut rows = Vec::new();
        let end = read_datagram(datagram, SEQUENCE, "test", &mut |row| {
            rows.push(row.to_vec());
            Ok(())
        });
        (end, rows)
    }

    #[test]
    fn rows_are_handed_out_until_the_end() {
        let datagram = [message(ROW, SEQUENCE, b"abcd"), message(ROW, SEQUENCE, b"efgh")].concat();
        let (end, rows) = read(&datagram);
        assert!(matches!(end, Ok(false)));
        assert_eq!(rows, [b"abcd", b"efgh"]);
        assert!(matches!(read(&message(DONE, SEQUENCE, &[0; 4])).0, Ok(true)));
    }

    /// KERNEL.md 4.1: a missing tcp_diag is told by the end of the dump, not by an error message.
    #[test]
    fn both_shapes_of_a_missing_module_are_refusals() {
        let errno = (-2i32).to_ne_bytes();
        for kind in [DONE, ERROR] {
            let error = read(&message(kind, SEQUENCE, &errno)).0.unwrap_err();
            assert!(
                matches!(error, NetlinkError::Refused { errno, .. } if errno == sockdiag::Errno::ENOENT),
                "{error}"
            );
            assert!(error.is_unsupported());
        }
    }

    #[test]
    fn the_rest_of_an_earlier_answer_is_passed_over() {
        let datagram = [
            message(ROW, SEQUENCE - 1, b"old!"),
            message(DONE, SEQUENCE - 1, &[0; 4]),
        ]
        .concat();
        let (end, rows) = read(&datagram);
        assert!(matches!(end, Ok(false)));
        assert!(rows.is_empty());
    }

    #[test]
    fn cut_lost_and_empty_answers_are_errors_and_not_ends() {
        let row = message(ROW, SEQUENCE, b"abcdefgh");
        for cut in 1..row.len() {
            assert!(
                matches!(read(&row[..cut]).0, Err(NetlinkError::Answer { .. })),
                "{cut} bytes"
            );
        }
        assert!(matches!(read(&[]).0, Err(NetlinkError::Lost { .. })));
        assert!(matches!(
            read(&message(OVERRUN, SEQUENCE, &[])).0,
            Err(NetlinkError::Lost { .. })
        ));
    }

    fn all_sockets(protocol: u16) -> sockdiag::inet::Request<'static> {
        sockdiag::inet::Request {
            family: sockdiag::inet::Family::V4,
            protocol,
            states: sockdiag::States::ALL,
            extensions: sockdiag::inet::Extensions::NONE,
            source_port: None,
            filter: None,
        }
    }

    /// Found on kernels without tcp_diag: the next dump waited for the rest of the refused one.
    #[test]
    fn nothing_is_waited_for_after_a_refusal() {
        const NO_SUCH_PROTOCOL: u16 = 999;
        let mut socket = DiagSocket::open().unwrap();
        let encode = |sequence, out: &mut Vec<u8>| all_sockets(NO_SUCH_PROTOCOL).encode(sequence, out);
        let dump = Dump {
            what: "test",
            encode: &encode,
            until: None,
        };
        let refused = socket.dump(&dump, &mut (), |()| (), |(), _| Ok(()));
        assert!(matches!(refused, Err(NetlinkError::Refused { .. })), "{refused:?}");
        assert!(!socket.is_mid_dump);
    }

    #[test]
    fn a_dump_that_was_left_does_not_spoil_the_next() {
        let mut socket = DiagSocket::open().unwrap();
        let request = all_sockets(sockdiag::inet::TCP);
        let encode = |sequence, out: &mut Vec<u8>| request.encode(sequence, out);
        let dump = |until| Dump {
            what: "test",
            encode: &encode,
            until,
        };
        for _ in 0..3 {
            let ended = socket.dump(&dump(Some(Duration::ZERO)), &mut (), |()| (), |(), _| Ok(()));
            assert!(matches!(ended, Err(NetlinkError::OutOfTime { .. })));
            socket.dump(&dump(None), &mut (), |()| (), |(), _| Ok(())).unwrap();
        }
    }
}
