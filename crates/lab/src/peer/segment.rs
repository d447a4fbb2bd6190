//! TCP segments with their IP headers and checksums, made and read.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::option::{self, TcpOption};

/// The last of the sender.
pub(crate) const FIN: u8 = 0x01;
/// The first of the sender.
pub(crate) const SYN: u8 = 0x02;
/// The connection is refused or given up.
pub(crate) const RST: u8 = 0x04;
/// The acknowledgement number counts.
pub(crate) const ACK: u8 = 0x10;

const PROTOCOL_TCP: u8 = 6;
const TCP_HEADER: usize = 20;
const IP_HEADER: usize = 20;
const HOPS: u8 = 64;

/// One segment of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Who sends it.
    pub(crate) from: SocketAddr,
    /// Whom it is for.
    pub(crate) to: SocketAddr,
    /// Number of its first byte.
    pub(crate) sequence: u32,
    /// Number of the next byte expected from the other side.
    pub(crate) acknowledgement: u32,
    /// [`SYN`], [`ACK`]…
    pub(crate) flags: u8,
    /// Its options.
    pub(crate) options: Vec<TcpOption>,
    /// Its data.
    pub(crate) payload: Vec<u8>,
}

impl Segment {
    /// The first segment of a connection.
    pub(crate) fn syn(from: SocketAddr, to: SocketAddr, sequence: u32) -> Self {
        Self {
            from,
            to,
            sequence,
            acknowledgement: 0,
            flags: SYN,
            options: Vec::new(),
            payload: Vec::new(),
        }
    }

    /// The same with one option more.
    pub(crate) fn with(mut self, option: TcpOption) -> Self {
        self.options.push(option);
        self
    }

    /// Whether all of `flags` are set.
    pub(crate) fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// Whether it answers a SYN and accepts it.
    pub(crate) fn is_syn_ack(&self) -> bool {
        self.has(SYN | ACK)
    }

    /// Its flags in words: "SYN+ACK".
    pub(crate) fn flags_text(&self) -> String {
        let names = [(SYN, "SYN"), (FIN, "FIN"), (RST, "RST"), (ACK, "ACK")];
        let set = names.iter().filter(|(flag, _)| self.has(*flag));
        set.map(|(_, name)| *name).collect::<Vec<_>>().join("+")
    }

    /// The packet with its IP header; `None` if the families of its addresses differ.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let mut tcp = self.tcp();
        let (mut packet, pseudo) = match (self.from.ip(), self.to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => headers_v4(from.octets(), to.octets(), tcp.len()),
            (IpAddr::V6(from), IpAddr::V6(to)) => headers_v6(from.octets(), to.octets(), tcp.len()),
            _ => return None,
        };
        let sum = checksum(&[pseudo, tcp.clone()].concat());
        if let Some(field) = tcp.get_mut(16..18) {
            field.copy_from_slice(&sum.to_be_bytes());
        }
        packet.extend(tcp);
        Some(packet)
    }

    /// The TCP header, its checksum left out, and the data.
    fn tcp(&self) -> Vec<u8> {
        let options = option::encode(&self.options);
        let words = u8::try_from((TCP_HEADER + options.len()) / 4).unwrap_or(15);
        let mut tcp = Vec::with_capacity(TCP_HEADER + options.len() + self.payload.len());
        tcp.extend(self.from.port().to_be_bytes());
        tcp.extend(self.to.port().to_be_bytes());
        tcp.extend(self.sequence.to_be_bytes());
        tcp.extend(self.acknowledgement.to_be_bytes());
        tcp.extend([words << 4, self.flags]);
        tcp.extend(u16::MAX.to_be_bytes()); // window
        tcp.extend([0; 4]); // checksum, urgent pointer
        tcp.extend(options);
        tcp.extend(&self.payload);
        tcp
    }

    /// Reads an IPv4 packet that carries TCP; `None` for any other. (Checksums of the loopback
    /// interface are left to nobody and not looked at.)
    pub(crate) fn decode_v4(packet: &[u8]) -> Option<Self> {
        let header = usize::from(packet.first()? & 0x0f) * 4;
        let length = usize::from(u16_at(packet, 2)?);
        if packet.first()? >> 4 != 4 || *packet.get(9)? != PROTOCOL_TCP {
            return None;
        }
        let tcp = packet.get(header..length)?;
        let data = usize::from(tcp.get(12)? >> 4) * 4;
        Some(Self {
            from: (v4_at(packet, 12)?, u16_at(tcp, 0)?).into(),
            to: (v4_at(packet, 16)?, u16_at(tcp, 2)?).into(),
            sequence: u32_at(tcp, 4)?,
            acknowledgement: u32_at(tcp, 8)?,
            flags: *tcp.get(13)?,
            options: option::decode(tcp.get(TCP_HEADER..data)?),
            payload: tcp.get(data..)?.to_vec(),
        })
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} > {} {}", self.from, self.to, self.flags_text())?;
        for option in &self.options {
            write!(f, ", {option}")?;
        }
        if !self.payload.is_empty() {
            write!(f, ", {} bytes of data", self.payload.len())?;
        }
        Ok(())
    }
}

/// The IPv4 header, and the pseudo header of RFC 9293 3.1 that the TCP checksum covers.
fn headers_v4(from: [u8; 4], to: [u8; 4], tcp: usize) -> (Vec<u8>, Vec<u8>) {
    let mut ip = vec![0x45, 0];
    ip.extend(length(IP_HEADER + tcp));
    ip.extend([0, 0, 0, 0, HOPS, PROTOCOL_TCP, 0, 0]);
    ip.extend(from);
    ip.extend(to);
    // The kernel fills the header checksum of a raw socket in (net/ipv4/raw.c:raw_send_hdrinc).
    let mut pseudo = [from, to].concat();
    pseudo.extend([0, PROTOCOL_TCP]);
    pseudo.extend(length(tcp));
    (ip, pseudo)
}

/// The IPv6 header, and the pseudo header of RFC 8200 8.1.
fn headers_v6(from: [u8; 16], to: [u8; 16], tcp: usize) -> (Vec<u8>, Vec<u8>) {
    let mut ip = vec![0x60, 0, 0, 0];
    ip.extend(length(tcp));
    ip.extend([PROTOCOL_TCP, HOPS]);
    ip.extend(from);
    ip.extend(to);
    let mut pseudo = [from, to].concat();
    pseudo.extend([0, 0]);
    pseudo.extend(length(tcp));
    pseudo.extend([0, 0, 0, PROTOCOL_TCP]);
    (ip, pseudo)
}

/// A length as the headers have it. No segment of the lab is longer than a loopback packet.
fn length(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes).unwrap_or(u16::MAX).to_be_bytes()
}

/// The Internet checksum (RFC 1071); an odd last byte counts as if a zero followed.
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(pair.first().copied().unwrap_or(0)) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn v4_at(bytes: &[u8], at: usize) -> Option<Ipv4Addr> {
    Some(Ipv4Addr::from(u32_at(bytes, at)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(from: &str, to: &str) -> Segment {
        Segment::syn(from.parse().unwrap(), to.parse().unwrap(), 0x1234_5678)
    }

    #[test]
    fn the_example_of_rfc_1071_is_summed_right() {
        assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
        assert_eq!(checksum(&[0x12, 0x34, 0x56]), checksum(&[0x12, 0x34, 0x56, 0]));
    }

    #[test]
    fn a_right_checksum_makes_the_whole_sum_to_zero() {
        for (from, to) in [
            ("198.51.100.7:4000", "127.0.0.1:80"),
            ("[2001:db8::7]:4000", "[::1]:80"),
        ] {
            let segment = Segment {
                payload: b"odd".to_vec(),
                ..between(from, to).with(TcpOption::Mss(1000))
            };
            let tcp = segment.tcp().len();
            let packet = segment.encode().unwrap();
            let (_, pseudo) = match (segment.from.ip(), segment.to.ip()) {
                (IpAddr::V4(a), IpAddr::V4(b)) => headers_v4(a.octets(), b.octets(), tcp),
                (IpAddr::V6(a), IpAddr::V6(b)) => headers_v6(a.octets(), b.octets(), tcp),
                _ => unreachable!(),
            };
            let tcp = &packet[packet.len() - tcp..];
            assert_eq!(checksum(&[&pseudo, tcp].concat()), 0);
        }
    }

    #[test]
    fn a_segment_is_read_as_it_was_made() {
        let segment = Segment {
            acknowledgement: 99,
            flags: SYN | ACK,
            payload: b"hello".to_vec(),
            ..between("198.51.100.7:4000", "127.0.0.1:80").with(TcpOption::Mss(1460))
        };
        let packet = segment.encode().unwrap();
        assert_eq!(Segment::decode_v4(&packet), Some(segment));
        for cut in 0..packet.len() {
            assert_eq!(Segment::decode_v4(&packet[..cut]), None, "cut at {cut}");
        }
    }

    #[test]
    fn mixed_families_make_no_packet() {
        assert!(between("127.0.0.1:1", "[::1]:2").encode().is_none());
    }

    #[test]
    fn a_segment_is_told_in_words() {
        let segment = Segment {
            flags: ACK,
            payload: vec![0; 3],
            ..between("198.51.100.7:4000", "127.0.0.1:80").with(TcpOption::Timestamp { value: 5, echo: 6 })
        };
        assert_eq!(
            segment.to_string(),
            "198.51.100.7:4000 > 127.0.0.1:80 ACK, timestamp 5, echoing 6, 3 bytes of data"
        );
    }
}
