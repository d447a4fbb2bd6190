//! Fixed-width fields read from borrowed bytes. Netlink is in host byte order unless said otherwise.

use crate::ParseError;

/// The `N` bytes at `offset`, or None where the bytes end before.
pub fn array_at<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk().copied()
}

/// A `u32` in host order at `offset`.
pub fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    array_at(bytes, offset).map(u32::from_ne_bytes)
}

/// A `u64` in host order at `offset`.
pub fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    array_at(bytes, offset).map(u64::from_ne_bytes)
}

/// `length` rounded up to the four bytes that netlink aligns to (`NLMSG_ALIGN`, `NLA_ALIGN`).
pub const fn aligned(length: usize) -> usize {
    length.saturating_add(3) & !3
}

/// A cookie as two `u32`, the low half first; `INET_DIAG_NOCOOKIE` in both for None.
pub fn cookie(cookie: Option<u64>) -> [u8; 8] {
    let cookie = cookie.unwrap_or(u64::MAX);
    // Swapping the halves of a big-endian number puts the low one first.
    let halves = if cfg!(target_endian = "big") {
        cookie.rotate_left(32)
    } else {
        cookie
    };
    halves.to_ne_bytes()
}

/// Reads the fields of one kernel struct in their order.
pub struct Reader<'a> {
    what: &'static str,
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// A reader of the struct `what`, whose fixed part takes `needed` bytes.
    pub fn new(what: &'static str, bytes: &'a [u8], needed: usize) -> Result<Self, ParseError> {
        if bytes.len() < needed {
            return Err(ParseError::Short {
                what,
                available: bytes.len(),
                needed,
            });
        }
        Ok(Self { what, bytes, offset: 0 })
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], ParseError> {
        let found = array_at(self.bytes, self.offset).ok_or(ParseError::Short {
            what: self.what,
            available: self.bytes.len(),
            needed: self.offset.saturating_add(N),
        })?;
        self.offset += N;
        Ok(found)
    }

    /// The next byte.
    pub fn u8(&mut self) -> Result<u8, ParseError> {
        self.array().map(u8::from_ne_bytes)
    }

    /// The next `u16` in host order.
    pub fn u16(&mut self) -> Result<u16, ParseError> {
        self.array().map(u16::from_ne_bytes)
    }

    /// The next `u16` in network order.
    pub fn u16_be(&mut self) -> Result<u16, ParseError> {
        self.array().map(u16::from_be_bytes)
    }

    /// The next `u32` in host order.
    pub fn u32(&mut self) -> Result<u32, ParseError> {
        self.array().map(u32::from_ne_bytes)
    }

    /// The next socket cookie: two `u32`, the low half first (`net/core/sock_diag.c:sock_diag_save_cookie`).
    /// None for `INET_DIAG_NOCOOKIE` in both halves.
    pub fn cookie(&mut self) -> Result<Option<u64>, ParseError> {
        let cookie = u64::from(self.u32()?) | u64::from(self.u32()?) << 32;
        Ok((cookie != u64::MAX).then_some(cookie))
    }

    /// What follows the fields read so far.
    pub fn rest(self) -> &'a [u8] {
        self.bytes.get(self.offset..).unwrap_or_default()
    }
}
