//! The kernel's side, for tests: encoders of replies, written from the headers and not from the parser.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::cast_possible_truncation, reason = "lengths in tests are small")]

use proptest::collection::vec;
use proptest::prelude::*;

/// `struct nlmsghdr`, payload and padding.
pub fn message(kind: u16, flags: u16, sequence: u32, port: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = ((16 + payload.len()) as u32).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    bytes.extend(port.to_ne_bytes());
    bytes.extend(payload);
    pad(&mut bytes);
    bytes
}

/// `struct nlattr`, payload and padding.
pub fn attribute(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = ((4 + payload.len()) as u16).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(payload);
    pad(&mut bytes);
    bytes
}

fn pad(bytes: &mut Vec<u8>) {
    while !bytes.len().is_multiple_of(4) {
        bytes.push(0);
    }
}

/// Attributes as kind and payload.
pub type AttributeList = Vec<(u16, Vec<u8>)>;

/// Any attributes, each kind below 64.
pub fn attributes() -> impl Strategy<Value = AttributeList> {
    vec((0..64_u16, vec(any::<u8>(), 0..80)), 0..12)
}

/// Every prefix of `bytes` but the whole.
pub fn prefixes(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    (0..bytes.len()).map(|length| &bytes[..length])
}

/// `struct inet_diag_msg`, every field as the kernel fills it.
#[derive(Clone, Debug)]
pub struct InetRow {
    pub family: u8,
    pub state: u8,
    pub timer: u8,
    pub retransmits: u8,
    pub local_port: u16,
    pub remote_port: u16,
    pub local: [u8; 16],
    pub remote: [u8; 16],
    pub interface: u32,
    pub cookie: [u32; 2],
    pub expires: u32,
    pub receive_queue: u32,
    pub write_queue: u32,
    pub uid: u32,
    pub inode: u32,
    pub attributes: AttributeList,
}

impl InetRow {
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![self.family, self.state, self.timer, self.retransmits];
        bytes.extend(self.local_port.to_be_bytes());
        bytes.extend(self.remote_port.to_be_bytes());
        bytes.extend(self.local);
        bytes.extend(self.remote);
        bytes.extend(self.interface.to_ne_bytes());
        bytes.extend(self.cookie.iter().flat_map(|half| half.to_ne_bytes()));
        for field in [self.expires, self.receive_queue, self.write_queue, self.uid, self.inode] {
            bytes.extend(field.to_ne_bytes());
        }
        bytes.extend(encode_all(&self.attributes));
        bytes
    }

    /// A quiet IPv4 listener with the given attributes.
    pub fn listener(attributes: AttributeList) -> Self {
        Self {
            family: 2,
            state: 10,
            timer: 0,
            retransmits: 0,
            local_port: 80,
            remote_port: 0,
            local: [127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            remote: [0; 16],
            interface: 0,
            cookie: [1, 0],
            expires: 0,
            receive_queue: 3,
            write_queue: 5,
            uid: 0,
            inode: 4711,
            attributes,
        }
    }
}

pub fn encode_all(attributes: &AttributeList) -> Vec<u8> {
    attributes
        .iter()
        .flat_map(|(kind, payload)| attribute(*kind, payload))
        .collect()
}

/// Any row of either family.
pub fn inet_row() -> impl Strategy<Value = InetRow> {
    let head = (
        prop_oneof![Just(2_u8), Just(10_u8)],
        any::<[u8; 3]>(),
        any::<[u16; 2]>(),
        any::<[[u8; 16]; 2]>(),
    );
    (head, any::<[u32; 8]>(), attributes()).prop_map(
        |((family, [state, timer, retransmits], ports, addresses), numbers, attributes)| InetRow {
            family,
            state,
            timer,
            retransmits,
            local_port: ports[0],
            remote_port: ports[1],
            local: addresses[0],
            remote: addresses[1],
            interface: numbers[0],
            cookie: [numbers[1], numbers[2]],
            expires: numbers[3],
            receive_queue: numbers[4],
            write_queue: numbers[5],
            uid: numbers[6],
            inode: numbers[7],
            attributes,
        },
    )
}
