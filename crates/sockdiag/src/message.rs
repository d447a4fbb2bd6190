//! Netlink framing: a received datagram taken apart, a request's header put in front.

use std::iter::FusedIterator;

use crate::bytes::{Reader, aligned};
use crate::{Errno, ParseError};

/// `SOCK_DIAG_BY_FAMILY`: kind of every request and every row.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLMSG_NOOP: u16 = 1;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLMSG_OVERRUN: u16 = 4;
/// `NLM_F_REQUEST`: one row, or an error, and nothing after it.
pub(crate) const ONE: u16 = 0x001;
/// `NLM_F_REQUEST | NLM_F_DUMP`: rows until `NLMSG_DONE`.
pub(crate) const DUMP: u16 = 0x301;
/// Size of `struct nlmsghdr`.
const HEADER: usize = 16;
const WHAT: &str = "nlmsghdr";

/// Iterator over the messages of one received datagram.
///
/// After an error it ends: what follows a broken length cannot be told apart. It yields at most
/// one message per 16 bytes.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    /// The messages of `datagram`, as one `recv` on a netlink socket returned it.
    pub fn new(datagram: &'a [u8]) -> Self {
        Self { rest: datagram }
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match split(self.rest) {
            Ok((message, rest)) => {
                self.rest = rest;
                Some(Ok(message))
            }
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

impl FusedIterator for Messages<'_> {}

/// One netlink message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// `nlmsg_type`.
    pub kind: u16,
    /// `nlmsg_flags`.
    pub flags: u16,
    /// `nlmsg_seq`: that of the request answered.
    pub sequence: u32,
    /// `nlmsg_pid`: the netlink port of the socket that asked.
    pub port: u32,
    /// What it says.
    pub body: Body<'a>,
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// A row: the payload for [`inet::Socket::parse`](crate::inet::Socket::parse) or
    /// [`unix::Socket::parse`](crate::unix::Socket::parse).
    Socket(&'a [u8]),
    /// The dump is complete.
    Done,
    /// The request failed. Two shapes: `NLMSG_ERROR`, as when `inet_diag` or `unix_diag` itself is
    /// missing, and `NLMSG_DONE` with a negative number, as when `tcp_diag` is missing behind a
    /// present `inet_diag`. Whoever takes the second for [`Body::Done`] sees “no sockets”.
    Error(Errno),
    /// `NLMSG_ERROR` with number 0: done as asked.
    Acknowledged,
    /// `NLMSG_NOOP`: to be ignored.
    Noop,
    /// `NLMSG_OVERRUN`: data was lost.
    Overrun,
    /// The payload of a kind not known here.
    Other(&'a [u8]),
}

impl<'a> Body<'a> {
    fn parse(kind: u16, payload: &'a [u8]) -> Result<Self, ParseError> {
        Ok(match kind {
            SOCK_DIAG_BY_FAMILY => Self::Socket(payload),
            NLMSG_DONE => Self::done(payload),
            NLMSG_ERROR => Self::error(payload)?,
            NLMSG_NOOP => Self::Noop,
            NLMSG_OVERRUN => Self::Overrun,
            _ => Self::Other(payload),
        })
    }

    /// `net/netlink/af_netlink.c:netlink_dump_done` puts the dump callback's last result here: an
    /// error is negative, success 0 or a count of bytes.
    fn done(payload: &[u8]) -> Self {
        match payload.first_chunk().map(|code| i32::from_ne_bytes(*code)) {
            Some(code) if code < 0 => Self::Error(Errno::from_reply(code)),
            _ => Self::Done,
        }
    }

    fn error(payload: &[u8]) -> Result<Self, ParseError> {
        let code = i32::from_ne_bytes(Reader::new("nlmsgerr", payload, 4)?.array()?);
        Ok(match code {
            0 => Self::Acknowledged,
            code => Self::Error(Errno::from_reply(code)),
        })
    }
}

/// The first message of `bytes` and what follows its padding; always consumes at least a header.
fn split(bytes: &[u8]) -> Result<(Message<'_>, &[u8]), ParseError> {
    let mut reader = Reader::new(WHAT, bytes, HEADER)?;
    let length = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
    let (kind, flags) = (reader.u16()?, reader.u16()?);
    let (sequence, port) = (reader.u32()?, reader.u32()?);
    let message = Message {
        kind,
        flags,
        sequence,
        port,
        body: Body::parse(kind, payload(bytes, length)?)?,
    };
    // The last message of a datagram may lack its padding.
    Ok((message, bytes.get(aligned(length)..).unwrap_or_default()))
}

fn payload(bytes: &[u8], length: usize) -> Result<&[u8], ParseError> {
    if length < HEADER {
        return Err(ParseError::Length {
            what: WHAT,
            stated: length,
            header: HEADER,
        });
    }
    bytes.get(HEADER..length).ok_or(ParseError::Short {
        what: WHAT,
        available: bytes.len(),
        needed: length,
    })
}

/// Writes one whole request into `out`, replacing what was there; `payload` appends what follows
/// the header. `flags` is [`ONE`] or [`DUMP`].
pub(crate) fn write_request(out: &mut Vec<u8>, flags: u16, sequence: u32, payload: impl FnOnce(&mut Vec<u8>)) {
    out.clear();
    out.resize(HEADER, 0);
    payload(out);
    let length = u32::try_from(out.len()).unwrap_or(u32::MAX);
    out[0..4].copy_from_slice(&length.to_ne_bytes());
    out[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    out[6..8].copy_from_slice(&flags.to_ne_bytes());
    out[8..12].copy_from_slice(&sequence.to_ne_bytes());
    // The last field, the sender's port, stays 0: the kernel fills it in.
}
