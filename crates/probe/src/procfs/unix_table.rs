//! Unix listeners of a namespace from /proc/PID/net/unix: what is left when unix_diag is not to be had.
//!
//! The table shows which sockets listen, but no length and no limit (net/unix/af_unix.c:unix_seq_show).
//! Names are written raw. One with a newline goes on in the next line; a program can so write lines that
//! look like other sockets, which nothing in the file tells from true ones.

use std::fmt::Display;

use model::{UnixEndpoint, UnixKind};

use super::process::decimal;
use super::read::{Limits, each_line};
use super::{LineError, ProcfsError};
use crate::Roots;

/// 60 columns and a name of at most 108 bytes (`sun_path`).
const LINE: usize = 256;

/// The most lines that are read.
const LINES: usize = 16_000_000;

/// The longest name a unix socket can have.
const NAME: usize = 108;

/// `__SO_ACCEPTCON` of include/linux/net.h: the socket listens.
const ACCEPTS: u32 = 1 << 16;

/// One unix listener as the table shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableListener {
    /// Kind and name.
    pub endpoint: UnixEndpoint,
    /// Inode of the socket.
    pub inode: u64,
}

/// Reads the listeners of the namespace of `process`: a pid, or `thread-self` for the calling thread's own.
///
/// # Errors
/// When the table cannot be read, or does not begin like one.
pub fn read(roots: &Roots, process: impl Display) -> Result<Vec<TableListener>, ProcfsError> {
    let path = roots.proc.join(process.to_string()).join("net/unix");
    let mut rows = Rows::default();
    each_line(
        &path,
        Limits {
            line: LINE,
            lines: LINES,
        },
        |number, line| rows.add(number, line),
    )?;
    Ok(rows.finish())
}

/// Parses the text of the table.
///
/// # Errors
/// When the heading is missing, or a line is neither a socket nor the rest of a name.
pub fn parse(bytes: &[u8]) -> Result<Vec<TableListener>, LineError> {
    let mut rows = Rows::default();
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        rows.add(number, line)?;
    }
    Ok(rows.finish())
}

/// The lines so far; the last row is kept apart, as its name may go on.
#[derive(Default)]
struct Rows {
    listeners: Vec<TableListener>,
    last: Option<Row>,
}

impl Rows {
    fn add(&mut self, number: usize, line: &[u8]) -> Result<(), LineError> {
        if number == 1 {
            let is_heading = line.starts_with(b"Num ");
            return is_heading.then_some(()).ok_or(LineError {
                line: 1,
                what: "the heading is missing",
            });
        }
        match (Row::parse(line), &mut self.last) {
            (Some(row), _) => {
                let before = self.last.replace(row);
                self.listeners.extend(before.and_then(Row::into_listener));
            }
            (None, Some(last)) if !last.name.is_empty() && last.name.len() + 1 + line.len() <= NAME => {
                last.name.push(b'\n');
                last.name.extend_from_slice(line);
            }
            _ => {
                return Err(LineError {
                    line: number,
                    what: "neither a socket nor the rest of a name",
                });
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Vec<TableListener> {
        self.listeners.extend(self.last.and_then(Row::into_listener));
        self.listeners
    }
}

/// What `%pK` writes: digits, or, before the kernel has the randomness to hash addresses (4.15 to 5.x, early after
/// boot), `(____ptrval____)` and on 32 bits `(ptrval)` (lib/vsprintf.c:ptr_to_id).
fn is_address(text: &[u8]) -> bool {
    text == b"(____ptrval____)" || text == b"(ptrval)" || text.iter().all(u8::is_ascii_hexdigit)
}

/// The columns that are used.
struct Row {
    flags: u32,
    kind: u32,
    inode: u64,
    name: Vec<u8>,
}

impl Row {
    /// `ADDRESS: refcount protocol flags type state inode[ name]`; numbers in hex but the inode.
    fn parse(line: &[u8]) -> Option<Self> {
        let mut rest = line;
        let (address, _references, _protocol) = (column(&mut rest)?, hex(&mut rest)?, hex(&mut rest)?);
        address.strip_suffix(b":").filter(|address| is_address(address))?;
        let (flags, kind, _state) = (hex(&mut rest)?, hex(&mut rest)?, hex(&mut rest)?);
        let inode = decimal(column(&mut rest)?)?;
        let name = rest.strip_prefix(b" ").unwrap_or(rest).to_vec();
        (name.len() <= NAME).then_some(Self {
            flags,
            kind,
            inode,
            name,
        })
    }

    fn into_listener(self) -> Option<TableListener> {
        let kind = match self.kind {
            1 => UnixKind::Stream,
            5 => UnixKind::SeqPacket,
            _ => return None,
        };
        let endpoint = UnixEndpoint {
            kind,
            name: bound_name(self.name),
        };
        (self.flags & ACCEPTS != 0).then_some(TableListener {
            endpoint,
            inode: self.inode,
        })
    }
}

/// `@` stands for the NUL that begins an abstract name. Further NULs are written as `@` too and cannot be told
/// from it; nor can a relative path that begins with `@`.
fn bound_name(mut name: Vec<u8>) -> Option<std::sync::Arc<[u8]>> {
    if let Some(first) = name.first_mut().filter(|first| **first == b'@') {
        *first = 0;
    }
    (!name.is_empty()).then(|| name.into())
}

/// Takes the next column; the inode is padded with spaces on the left.
fn column<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let start = rest.iter().position(|byte| *byte != b' ')?;
    let from_start = rest.get(start..)?;
    let end = from_start
        .iter()
        .position(|byte| *byte == b' ')
        .unwrap_or(from_start.len());
    let (column, after) = from_start.split_at_checked(end)?;
    *rest = after;
    Some(column)
}

fn hex(rest: &mut &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(column(rest)?).ok()?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests;
