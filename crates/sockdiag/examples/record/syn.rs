//! A SYN from an address that never answers: it leaves a half-open connection behind.

use std::net::{Ipv4Addr, SocketAddrV4};

use anyhow::Result;
use rustix::net::{AddressFamily, SendFlags, SocketType, ipproto, sendto, socket};

/// Sends a SYN from `source`, which must be routed to `lo` and be nobody's address, to `target`.
pub fn send(source: SocketAddrV4, target: SocketAddrV4) -> Result<()> {
    let socket = socket(AddressFamily::INET, SocketType::RAW, Some(ipproto::RAW))?;
    sendto(&socket, &packet(source, target), SendFlags::empty(), &target)?;
    Ok(())
}

fn packet(source: SocketAddrV4, target: SocketAddrV4) -> Vec<u8> {
    // Version and header length; the kernel fills in length, identification and checksum.
    let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0];
    packet.extend(source.ip().octets());
    packet.extend(target.ip().octets());
    packet.extend(segment(source, target));
    packet
}

fn segment(source: SocketAddrV4, target: SocketAddrV4) -> Vec<u8> {
    let mut segment = Vec::new();
    segment.extend(source.port().to_be_bytes());
    segment.extend(target.port().to_be_bytes());
    segment.extend([0, 0, 0, 1]); // sequence number
    segment.extend([0; 4]); // acknowledgement
    segment.extend([5 << 4, 0x02]); // header of five words; SYN
    segment.extend([0xff, 0xff]); // window
    segment.extend([0; 4]); // checksum, urgent pointer
    let checksum = checksum(*source.ip(), *target.ip(), &segment);
    segment[16..18].copy_from_slice(&checksum.to_be_bytes());
    segment
}

/// The Internet checksum over the pseudo header and the segment.
fn checksum(source: Ipv4Addr, target: Ipv4Addr, segment: &[u8]) -> u16 {
    let mut bytes = Vec::from(source.octets());
    bytes.extend(target.octets());
    bytes.extend([0, 6, 0, 20]);
    bytes.extend(segment);
    let mut sum: u32 = bytes
        .chunks_exact(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(!sum & 0xffff).unwrap_or(0)
}
