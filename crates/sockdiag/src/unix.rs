//! `unix_diag`: the request for a dump of AF_UNIX sockets, and the rows that answer it.

use std::ops::BitOr;

pub use crate::state::{State, States};

use crate::bytes::{Reader, u32_at};
use crate::{Attributes, MemoryInfo, ParseError, bytes, message};

/// `AF_UNIX`.
const AF_UNIX: u8 = 1;
/// Size of `struct unix_diag_msg`.
const FIXED: usize = 16;
const WHAT: &str = "unix_diag_msg";

const NAME: u16 = 0;
const VFS: u16 = 1;
const PEER: u16 = 2;
const ICONS: u16 = 3;
const RQLEN: u16 = 4;
const MEMINFO: u16 = 5;
const SHUTDOWN: u16 = 6;
const UID: u16 = 7;

/// A set of attributes to ask for (`UDIAG_SHOW_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Show(u32);

impl Show {
    /// Only what the kernel sends unasked.
    pub const NONE: Self = Self(0);
    /// [`Socket::name`].
    pub const NAME: Self = Self(0x01);
    /// [`Socket::file`].
    pub const VFS: Self = Self(0x02);
    /// [`Socket::peer`].
    pub const PEER: Self = Self(0x04);
    /// [`Socket::waiting`]. **Loses rows in a dump**: a list of about 8,000 waiting connections does
    /// not fit the largest reply (32 KB; fewer where smaller reads are used), and the kernel then ends
    /// the dump there and calls it complete, without this listener and those after it
    /// (`net/unix/diag.c:sk_diag_dump_icons`, `unix_diag_dump`; seen on 6.18). Dump without it, and
    /// ask for single listeners with [`RequestOne`], which fails with `EMSGSIZE` (beyond about a thousand).
    pub const ICONS: Self = Self(0x08);
    /// [`Socket::queue_lengths`].
    pub const RQLEN: Self = Self(0x10);
    /// [`Socket::memory`].
    pub const MEMINFO: Self = Self(0x20);
    /// [`Socket::uid`].
    pub const UID: Self = Self(0x40);

    /// The bits as the kernel takes them.
    pub const fn bits(self) -> u32 {
        self.0
    }
}

impl BitOr for Show {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A dump of all AF_UNIX sockets in some states.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// States to return: `LISTEN`, `ESTABLISHED`, and `CLOSE` for sockets not connected.
    pub states: States,
    /// Attributes to return.
    pub show: Show,
}

impl Request {
    /// Writes one whole netlink message into `out`, replacing what was there. `sequence` comes back
    /// in every message of the answer.
    pub fn encode(&self, sequence: u32, out: &mut Vec<u8>) {
        message::write_request(out, message::DUMP, sequence, |out| {
            push_fixed(out, self.states, 0, self.show, None);
        });
    }
}

/// One AF_UNIX socket. The answer is its row, without a [`Body::Done`](crate::Body::Done) after it, or
/// an error: `ENOENT` when there is none, `ESTALE` when its cookie is another, `EMSGSIZE` when the row
/// does not fit.
#[derive(Clone, Copy, Debug)]
pub struct RequestOne {
    /// Inode of its file.
    pub inode: u32,
    /// Its cookie; None takes whichever socket has the inode.
    pub cookie: Option<u64>,
    /// Attributes to return.
    pub show: Show,
}

impl RequestOne {
    /// Writes one whole netlink message into `out`, replacing what was there. `sequence` comes back
    /// in the answer.
    pub fn encode(&self, sequence: u32, out: &mut Vec<u8>) {
        message::write_request(out, message::ONE, sequence, |out| {
            push_fixed(out, States::ALL, self.inode, self.show, self.cookie);
        });
    }
}

/// `struct unix_diag_req`.
fn push_fixed(out: &mut Vec<u8>, states: States, inode: u32, show: Show, cookie: Option<u64>) {
    // Protocol and padding must be 0.
    out.extend_from_slice(&[AF_UNIX, 0, 0, 0]);
    out.extend_from_slice(&states.bits().to_ne_bytes());
    out.extend_from_slice(&inode.to_ne_bytes());
    out.extend_from_slice(&show.bits().to_ne_bytes());
    out.extend_from_slice(&bytes::cookie(cookie));
}

/// The type of an AF_UNIX socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `SOCK_STREAM`.
    Stream,
    /// `SOCK_DGRAM`.
    Datagram,
    /// `SOCK_SEQPACKET`.
    SeqPacket,
    /// A number not known here.
    Other(u8),
}

impl Kind {
    const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Stream,
            2 => Self::Datagram,
            5 => Self::SeqPacket,
            other => Self::Other(other),
        }
    }
}

/// The two numbers of `struct unix_diag_rqlen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLengths {
    /// Of a listener: connections that wait for `accept()`. Of every other socket: unread bytes.
    pub receive: u32,
    /// Of a listener: the limit of its accept queue, `sk_max_ack_backlog`; `connect()` blocks or fails
    /// once `receive` is above it (`net/unix/af_unix.c:unix_recvq_full`). Of every other socket:
    /// bytes sent that the peer has not read.
    pub write: u32,
}

/// Which file a bound socket is (`struct unix_diag_vfs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct File {
    /// Inode number of the file, its low 32 bits.
    pub inode: u32,
    /// Device number in the kernel's own encoding (20 bits of minor below 12 bits of major).
    pub device: u32,
}

/// An AF_UNIX socket as the kernel describes it. Borrows the received datagram.
#[derive(Clone, Copy, Debug)]
pub struct Socket<'a> {
    /// Its type.
    pub kind: Kind,
    /// Its state.
    pub state: State,
    /// Inode of its file, as in the `socket:[N]` links of its holders; 0 while it waits to be accepted.
    pub inode: u32,
    /// Its cookie, as [`inet::Socket::cookie`](crate::inet::Socket::cookie).
    pub cookie: Option<u64>,
    /// What else the kernel sent.
    pub attributes: Attributes<'a>,
}

impl<'a> Socket<'a> {
    /// Parses the payload of a [`Body::Socket`](crate::Body::Socket).
    ///
    /// # Errors
    /// [`ParseError`] for a payload that is cut, of another family, or whose attributes do not fit.
    pub fn parse(payload: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(WHAT, payload, FIXED)?;
        let [family, kind, state, _padding] = reader.array()?;
        if family != AF_UNIX {
            return Err(ParseError::Family { what: WHAT, family });
        }
        Ok(Self {
            kind: Kind::from_number(kind),
            state: State::from_number(state),
            inode: reader.u32()?,
            cookie: reader.cookie()?,
            attributes: Attributes::parse(reader.rest())?,
        })
    }

    /// The address it is bound to; None for a socket without one. A path comes without the NUL that
    /// the kernel appends (`net/unix/af_unix.c:unix_mkname_bsd`). A name that starts with NUL is an
    /// abstract one, and every byte of it counts, NULs at its end too.
    pub fn name(&self) -> Option<&'a [u8]> {
        let name = self.attributes.find(NAME)?;
        if name.first() == Some(&0) {
            return Some(name);
        }
        Some(name.strip_suffix(&[0]).unwrap_or(name))
    }

    /// The file behind a path name.
    pub fn file(&self) -> Option<File> {
        let bytes = self.attributes.find(VFS)?;
        Some(File {
            inode: u32_at(bytes, 0)?,
            device: u32_at(bytes, 4)?,
        })
    }

    /// Inode of the socket it is connected to: None when there is none, 0 while that one waits to
    /// be accepted.
    pub fn peer(&self) -> Option<u32> {
        u32_at(self.attributes.find(PEER)?, 0)
    }

    /// The inodes of the client sockets in a listener's accept queue, oldest first; 0 for one that
    /// no longer has a file. Empty for every other socket, and when not asked for.
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        let bytes = self.attributes.find(ICONS).unwrap_or_default();
        let (inodes, _cut) = bytes.as_chunks::<4>();
        inodes.iter().map(|inode| u32::from_ne_bytes(*inode))
    }

    /// The lengths of its queues; None unless asked for.
    pub fn queue_lengths(&self) -> Option<QueueLengths> {
        let bytes = self.attributes.find(RQLEN)?;
        Some(QueueLengths {
            receive: u32_at(bytes, 0)?,
            write: u32_at(bytes, 4)?,
        })
    }

    /// Memory of the socket; every entry None unless asked for. A full unix listener makes clients
    /// wait, it never drops: its `drops` stay 0.
    pub fn memory(&self) -> MemoryInfo<'a> {
        MemoryInfo::new(self.attributes.find(MEMINFO).unwrap_or_default())
    }

    /// Bit 0 when receiving, bit 1 when sending was shut down.
    pub fn shutdown(&self) -> Option<u8> {
        self.attributes.find(SHUTDOWN)?.first().copied()
    }

    /// User id of its creator, mapped into the reader's user namespace.
    pub fn uid(&self) -> Option<u32> {
        u32_at(self.attributes.find(UID)?, 0)
    }
}
