//! `inet_diag` requests, byte by byte and through a decoder that knows only the kernel's header.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside #[test]")]

use listenq_sockdiag::inet::{Extensions, Family, Filter, MPTCP, Request, States, TCP};
use proptest::prelude::*;

#[rustfmt::skip]
const LISTEN_V4: [u8; 72] = [
    72, 0, 0, 0,                                        // nlmsg_len
    20, 0,                                              // nlmsg_type: SOCK_DIAG_BY_FAMILY
    0x01, 0x03,                                         // nlmsg_flags: NLM_F_REQUEST | NLM_F_DUMP
    42, 0, 0, 0,                                        // nlmsg_seq
    0, 0, 0, 0,                                         // nlmsg_pid: the kernel's to fill in
    2,                                                  // sdiag_family: AF_INET
    6,                                                  // sdiag_protocol: IPPROTO_TCP
    0x42,                                               // idiag_ext: INFO (2) in bit 1, SKMEMINFO (7) in bit 6
    0,                                                  // pad
    0, 4, 0, 0,                                         // idiag_states: 1 << TCP_LISTEN
    0, 0,                                               // idiag_sport: any
    0, 0,                                               // idiag_dport: any
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,     // idiag_src
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,     // idiag_dst
    0, 0, 0, 0,                                         // idiag_if
    255, 255, 255, 255, 255, 255, 255, 255,             // idiag_cookie: INET_DIAG_NOCOOKIE
];

fn listen_v4() -> Request<'static> {
    Request {
        family: Family::V4,
        protocol: TCP,
        states: States::LISTEN,
        extensions: Extensions::INFO | Extensions::SKMEMINFO,
        source_port: None,
        filter: None,
    }
}

fn encode(request: &Request<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    request.encode(42, &mut bytes);
    bytes
}

#[test]
fn a_dump_of_ipv4_listeners() {
    assert_eq!(encode(&listen_v4()), LISTEN_V4);
}

#[test]
fn what_the_buffer_held_before_is_gone() {
    let mut bytes = vec![0xaa; 300];
    listen_v4().encode(42, &mut bytes);
    assert_eq!(bytes, LISTEN_V4);
}

#[test]
fn a_source_port_is_in_network_order() {
    let request = Request {
        family: Family::V6,
        states: States::SYN_RECV,
        extensions: Extensions::NONE,
        source_port: Some(8080),
        ..listen_v4()
    };
    let mut expected = LISTEN_V4;
    expected[16] = 10; // AF_INET6
    expected[18] = 0; // idiag_ext
    expected[20..24].copy_from_slice(&[8, 0, 0, 0]); // 1 << TCP_SYN_RECV
    expected[24..26].copy_from_slice(&[0x1f, 0x90]); // 8080
    assert_eq!(encode(&request), expected);
}

#[test]
fn a_protocol_beyond_eight_bits_goes_into_its_attribute_only() {
    let request = Request {
        protocol: MPTCP,
        ..listen_v4()
    };
    let mut expected = LISTEN_V4.to_vec();
    expected[0] = 80;
    expected[17] = 0; // not 262 modulo 256, which is TCP
    expected.extend([8, 0, 3, 0]); // nla_len, nla_type: INET_DIAG_REQ_PROTOCOL
    expected.extend([6, 1, 0, 0]); // 262
    assert_eq!(encode(&request), expected);
}

#[test]
fn a_filter_goes_into_its_attribute() {
    let filter = Filter::source_ports(&[80]).unwrap();
    let request = Request {
        filter: Some(&filter),
        ..listen_v4()
    };
    let bytes = encode(&request);
    assert_eq!(bytes.len(), 72 + 4 + filter.program().len());
    assert_eq!(bytes[72..76], [28, 0, 1, 0]); // nla_len, nla_type: INET_DIAG_REQ_BYTECODE
    assert_eq!(&bytes[76..], filter.program());
}

/// `struct inet_diag_req_v2` and its attributes, as the kernel reads them.
#[derive(Debug, PartialEq)]
struct Decoded {
    family: u8,
    protocol: u32,
    extensions: u8,
    states: u32,
    source_port: u16,
    program: Option<Vec<u8>>,
}

fn decode(bytes: &[u8]) -> Decoded {
    let u32_at = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!(usize::try_from(u32_at(0)).unwrap(), bytes.len());
    let mut decoded = Decoded {
        family: bytes[16],
        protocol: u32::from(bytes[17]),
        extensions: bytes[18],
        states: u32_at(20),
        source_port: u16::from_be_bytes([bytes[24], bytes[25]]),
        program: None,
    };
    let mut at = 72;
    while at < bytes.len() {
        let length = usize::from(u16::from_ne_bytes([bytes[at], bytes[at + 1]]));
        match u16::from_ne_bytes([bytes[at + 2], bytes[at + 3]]) {
            1 => decoded.program = Some(bytes[at + 4..at + length].to_vec()),
            3 => decoded.protocol = u32_at(at + 4),
            kind => panic!("attribute {kind}"),
        }
        at += length.next_multiple_of(4);
    }
    decoded
}

proptest! {
    #[test]
    fn the_kernel_reads_what_was_asked(
        v6: bool,
        protocol: u16,
        states in prop_oneof![Just(States::LISTEN), Just(States::SYN_RECV | States::CLOSE_WAIT), Just(States::ALL)],
        info: bool,
        port in proptest::option::of(1_u16..),
        ports in proptest::collection::vec(any::<u16>(), 0..40),
    ) {
        let filter = Filter::source_ports(&ports);
        let request = Request {
            family: if v6 { Family::V6 } else { Family::V4 },
            protocol,
            states,
            extensions: if info { Extensions::INFO } else { Extensions::NONE },
            source_port: port,
            filter: filter.as_ref(),
        };
        let expected = Decoded {
            family: if v6 { 10 } else { 2 },
            protocol: u32::from(protocol),
            extensions: if info { 2 } else { 0 },
            states: states.bits(),
            source_port: port.unwrap_or(0),
            program: filter.as_ref().map(|filter| filter.program().to_vec()),
        };
        prop_assert_eq!(decode(&encode(&request)), expected);
    }
}
