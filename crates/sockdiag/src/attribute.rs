//! Netlink attributes: checked once, then walked and found by kind without copying.

use crate::ParseError;
use crate::bytes::{Reader, aligned};

/// Size of `struct nlattr`: length and kind, two bytes each.
const HEADER: usize = 4;
/// `NLA_F_NESTED | NLA_F_NET_BYTEORDER`: two flags in the kind's upper bits.
const FLAGS: u16 = 0xc000;
const WHAT: &str = "nlattr";

/// A well-formed run of netlink attributes.
///
/// Well-formed is what [`Attributes::parse`] has checked: every attribute lies within the run and
/// the run ends with one. What an attribute *contains* is read by length by the accessors of
/// [`inet::Socket`](crate::inet::Socket) and [`unix::Socket`](crate::unix::Socket): the kernel's
/// structs grow over time, so a shorter one lacks its tail and a longer one has a tail not known here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes<'a> {
    bytes: &'a [u8],
}

impl<'a> Attributes<'a> {
    /// Checks that `bytes` are attributes from the first byte to the last. The padding of the last
    /// one may be absent.
    ///
    /// # Errors
    /// [`ParseError`] for an attribute that is cut, or whose length is below its header's.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            (_, rest) = split(rest)?;
        }
        Ok(Self { bytes })
    }

    /// The payload of the first attribute of that kind; None where there is none.
    pub fn find(&self, kind: u16) -> Option<&'a [u8]> {
        self.iter()
            .find_map(|(found, payload)| (found == kind).then_some(payload))
    }

    /// The attributes in their order, as kind (without its flags) and payload (without padding).
    pub fn iter(&self) -> AttributeIter<'a> {
        AttributeIter { rest: self.bytes }
    }
}

impl<'a> IntoIterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);
    type IntoIter = AttributeIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for &Attributes<'a> {
    type Item = (u16, &'a [u8]);
    type IntoIter = AttributeIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Iterator over the kinds and payloads of [`Attributes`].
#[derive(Clone, Debug)]
pub struct AttributeIter<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for AttributeIter<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        // Never fails: Attributes::parse has walked the same bytes.
        let (attribute, rest) = split(self.rest).ok()?;
        self.rest = rest;
        Some(attribute)
    }
}

/// Kind and payload.
type Attribute<'a> = (u16, &'a [u8]);

/// The first attribute of `bytes` and what follows its padding; always consumes at least a header.
fn split(bytes: &[u8]) -> Result<(Attribute<'_>, &[u8]), ParseError> {
    let mut reader = Reader::new(WHAT, bytes, HEADER)?;
    let length = usize::from(reader.u16()?);
    let kind = reader.u16()? & !FLAGS;
    if length < HEADER {
        return Err(ParseError::Length {
            what: WHAT,
            stated: length,
            header: HEADER,
        });
    }
    let payload = bytes.get(HEADER..length).ok_or(ParseError::Short {
        what: WHAT,
        available: bytes.len(),
        needed: length,
    })?;
    let rest = bytes.get(aligned(length)..).unwrap_or_default();
    Ok(((kind, payload), rest))
}

/// Appends one attribute with its padding. A payload that the length field cannot express is
/// refused by the callers' own types ([`Filter`](crate::inet::Filter)), so none is ever cut here.
pub(crate) fn push(out: &mut Vec<u8>, kind: u16, payload: &[u8]) {
    let length = HEADER + payload.len();
    debug_assert!(u16::try_from(length).is_ok(), "attribute of {length} bytes");
    out.extend_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_ne_bytes());
    out.extend_from_slice(&kind.to_ne_bytes());
    out.extend_from_slice(payload);
    out.resize(aligned(out.len()), 0);
}
