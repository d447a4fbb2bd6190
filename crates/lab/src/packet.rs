//! Bare SYN packets with their checksums, for clients that begin a handshake and never end it.

use std::net::{IpAddr, SocketAddr};

const PROTOCOL_TCP: u8 = 6;
const TCP_HEADER: usize = 20;
const FLAG_SYN: u8 = 0x02;
const HOPS: u8 = 64;

/// A SYN from `source` to `target` with its IP header; `None` if the families differ.
pub(crate) fn syn(source: SocketAddr, target: SocketAddr, sequence: u32) -> Option<Vec<u8>> {
    let mut tcp = tcp_syn(source.port(), target.port(), sequence);
    let (mut packet, pseudo) = match (source.ip(), target.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => headers_v4(from.octets(), to.octets()),
        (IpAddr::V6(from), IpAddr::V6(to)) => headers_v6(from.octets(), to.octets()),
        _ => return None,
    };
    let sum = checksum(&[pseudo, tcp.clone()].concat());
    if let Some(field) = tcp.get_mut(16..18) {
        field.copy_from_slice(&sum.to_be_bytes());
    }
    packet.extend(tcp);
    Some(packet)
}

fn tcp_syn(source: u16, target: u16, sequence: u32) -> Vec<u8> {
    let mut tcp = Vec::with_capacity(TCP_HEADER);
    tcp.extend(source.to_be_bytes());
    tcp.extend(target.to_be_bytes());
    tcp.extend(sequence.to_be_bytes());
    tcp.extend([0; 4]); // acknowledgement
    tcp.extend([5 << 4, FLAG_SYN]); // header of five words
    tcp.extend(u16::MAX.to_be_bytes()); // window
    tcp.extend([0; 4]); // checksum, urgent pointer
    tcp
}

/// The IPv4 header, and the pseudo header of RFC 9293 3.1 that the TCP checksum covers.
fn headers_v4(from: [u8; 4], to: [u8; 4]) -> (Vec<u8>, Vec<u8>) {
    let mut ip = vec![0x45, 0, 0, 40, 0, 0, 0, 0, HOPS, PROTOCOL_TCP, 0, 0];
    ip.extend(from);
    ip.extend(to);
    // The kernel fills the header checksum of a raw socket in (net/ipv4/raw.c:raw_send_hdrinc).
    let mut pseudo = [from, to].concat();
    pseudo.extend([0, PROTOCOL_TCP, 0, 20]);
    (ip, pseudo)
}

/// The IPv6 header, and the pseudo header of RFC 8200 8.1.
fn headers_v6(from: [u8; 16], to: [u8; 16]) -> (Vec<u8>, Vec<u8>) {
    let mut ip = vec![0x60, 0, 0, 0, 0, 20, PROTOCOL_TCP, HOPS];
    ip.extend(from);
    ip.extend(to);
    let mut pseudo = [from, to].concat();
    pseudo.extend([0, 0, 0, 20, 0, 0, 0, PROTOCOL_TCP]);
    (ip, pseudo)
}

/// The Internet checksum (RFC 1071) over an even number of bytes.
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes
        .chunks_exact(2)
        .map(|pair| u32::from(pair.first().copied().unwrap_or(0)) << 8 | u32::from(pair.last().copied().unwrap_or(0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071_is_summed_right() {
        assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
    }

    #[test]
    fn a_right_checksum_makes_the_whole_sum_to_zero() {
        for (from, to) in [
            ("198.51.100.7:4000", "127.0.0.1:80"),
            ("[2001:db8::7]:4000", "[::1]:80"),
        ] {
            let (from, to): (SocketAddr, SocketAddr) = (from.parse().unwrap(), to.parse().unwrap());
            let packet = syn(from, to, 0x1234_5678).unwrap();
            let (_, pseudo) = match (from.ip(), to.ip()) {
                (IpAddr::V4(a), IpAddr::V4(b)) => headers_v4(a.octets(), b.octets()),
                (IpAddr::V6(a), IpAddr::V6(b)) => headers_v6(a.octets(), b.octets()),
                _ => unreachable!(),
            };
            let tcp = &packet[packet.len() - TCP_HEADER..];
            assert_eq!(checksum(&[&pseudo, tcp].concat()), 0);
        }
    }

    #[test]
    fn mixed_families_make_no_packet() {
        assert!(syn("127.0.0.1:1".parse().unwrap(), "[::1]:2".parse().unwrap(), 0).is_none());
    }
}
