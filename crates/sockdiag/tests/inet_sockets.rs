//! `inet_diag` rows: byte by byte, every attribute cut short and lengthened, and any row there and back.
#![allow(clippy::unwrap_used, reason = "helpers of tests, outside #[test]")]

mod support;

use std::net::{IpAddr, SocketAddr};

use listenq_sockdiag::ParseError;
use listenq_sockdiag::inet::{Family, Socket, State};
use proptest::collection::vec;
use proptest::prelude::*;
use support::{AttributeList, InetRow, attribute, inet_row, prefixes};

const INFO: u16 = 2;
const SKMEMINFO: u16 = 7;
const SHUTDOWN: u16 = 8;
const SKV6ONLY: u16 = 11;
const ULP_INFO: u16 = 19;
const CGROUP_ID: u16 = 21;
const SOCKOPT: u16 = 22;

#[rustfmt::skip]
const LISTENER: [u8; 152] = [
    10,                                                 // idiag_family: AF_INET6
    10,                                                 // idiag_state: TCP_LISTEN
    0,                                                  // idiag_timer: none
    0,                                                  // idiag_retrans
    0x1f, 0x44,                                         // idiag_sport: 8004
    0, 0,                                               // idiag_dport
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,     // idiag_src: ::1
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,     // idiag_dst: ::
    3, 0, 0, 0,                                         // idiag_if
    0x11, 0, 0, 0, 0x22, 0, 0, 0,                       // idiag_cookie: low half, high half
    0, 0, 0, 0,                                         // idiag_expires
    6, 0, 0, 0,                                         // idiag_rqueue: six wait
    5, 0, 0, 0,                                         // idiag_wqueue: of five
    0xe8, 0x03, 0, 0,                                   // idiag_uid: 1000
    0x67, 0x12, 0, 0,                                   // idiag_inode: 4711
    5, 0, 8, 0,   0, 0, 0, 0,                           // SHUTDOWN: 0
    5, 0, 11, 0,  1, 0, 0, 0,                           // SKV6ONLY: 1
    12, 0, 21, 0, 1, 0, 0, 0, 2, 0, 0, 0,               // CGROUP_ID: 0x2_0000_0001
    6, 0, 22, 0,  0x62, 0x01, 0, 0,                     // SOCKOPT: is_icsk, transparent, mc_all; bind_address_no_port
    40, 0, 7, 0,                                        // SKMEMINFO, nine u32
    1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0,
    18, 0, 0, 0,                                        // [8]: 18 drops
    4, 0, 14, 0,                                        // PAD: no payload
];

fn parse(row: &InetRow) -> Result<(), ParseError> {
    Socket::parse(&row.encode()).map(|_| ())
}

#[test]
fn a_listener_with_its_attributes() {
    let row = Socket::parse(&LISTENER).unwrap();
    assert_eq!(row.family, Family::V6);
    assert_eq!(row.state, State::Listen);
    assert_eq!((row.timer, row.retransmits, row.expires_ms), (0, 0, 0));
    assert_eq!(row.local.to_string(), "[::1]:8004");
    assert_eq!(row.remote.to_string(), "[::]:0");
    assert_eq!(row.interface, 3);
    assert_eq!(row.cookie, Some(0x22_0000_0011));
    assert_eq!((row.uid, row.inode), (1000, 4711));
    assert_eq!(row.accept_queue_length(), Some(6));
    assert_eq!(row.accept_queue_limit(), Some(5));
    assert_eq!(row.shutdown(), Some(0));
    assert_eq!(row.is_v6_only(), Some(true));
    assert_eq!(row.cgroup_id(), Some(0x2_0000_0001));
    assert_eq!(row.drops(), Some(18));
}

#[test]
fn every_entry_of_its_memory() {
    let memory = Socket::parse(&LISTENER).unwrap().memory();
    let named = [
        memory.receive_allocated(),
        memory.receive_buffer(),
        memory.write_allocated(),
        memory.write_buffer(),
        memory.forward_allocated(),
        memory.write_queued(),
        memory.options(),
        memory.backlog(),
        memory.drops(),
    ];
    assert_eq!(named, [1, 2, 3, 4, 5, 6, 7, 8, 18].map(Some));
    assert_eq!(memory.get(9), None);
    assert_eq!(memory.get(usize::MAX), None);
}

#[test]
fn its_socket_options() {
    let options = Socket::parse(&LISTENER).unwrap().socket_options().unwrap();
    assert!(options.is_icsk && options.transparent && options.mc_all);
    assert!(!options.recverr && !options.freebind && !options.hdrincl);
    assert!(!options.mc_loop && !options.nodefrag);
    assert_eq!(options.bind_address_no_port, Some(true));
    assert_eq!(options.recverr_rfc4884, Some(false));
    assert_eq!(options.defer_connect, Some(false));
}

#[test]
fn each_bit_of_the_socket_options_has_its_name() {
    let set = |bit: usize| {
        let bytes = (1_u16 << bit).to_le_bytes().to_vec();
        let row = InetRow::listener(vec![(SOCKOPT, bytes)]).encode();
        let options = Socket::parse(&row).unwrap().socket_options().unwrap();
        [
            options.recverr,
            options.is_icsk,
            options.freebind,
            options.hdrincl,
            options.mc_loop,
            options.transparent,
            options.mc_all,
            options.nodefrag,
            options.bind_address_no_port.unwrap(),
            options.recverr_rfc4884.unwrap(),
            options.defer_connect.unwrap(),
        ]
    };
    for bit in 0..11 {
        let mut expected = [false; 11];
        expected[bit] = true;
        assert_eq!(set(bit), expected, "bit {bit}");
    }
}

#[test]
fn only_a_listener_has_an_accept_queue() {
    let mut row = InetRow::listener(Vec::new());
    for state in (0..=20).filter(|state| *state != 10) {
        row.state = state;
        let bytes = row.encode();
        let socket = Socket::parse(&bytes).unwrap();
        assert_eq!(socket.accept_queue_length(), None, "state {state}");
        assert_eq!(socket.accept_queue_limit(), None, "state {state}");
        assert_eq!((socket.receive_queue, socket.write_queue), (3, 5));
    }
}

#[test]
fn no_cookie_is_none_and_half_of_it_is_not() {
    let cookie = |halves| {
        let mut row = InetRow::listener(Vec::new());
        row.cookie = halves;
        Socket::parse(&row.encode()).unwrap().cookie
    };
    assert_eq!(cookie([u32::MAX, u32::MAX]), None);
    assert_eq!(cookie([u32::MAX, 0]), Some(u64::from(u32::MAX)));
}

#[test]
fn without_attributes_everything_is_unknown() {
    let bytes = InetRow::listener(Vec::new()).encode();
    let row = Socket::parse(&bytes).unwrap();
    assert_eq!(row.drops(), None);
    assert_eq!(row.cgroup_id(), None);
    assert_eq!(row.socket_options(), None);
    assert_eq!(row.is_v6_only(), None);
    assert_eq!(row.upper_layer_protocol(), None);
    assert_eq!(row.shutdown(), None);
    assert!(row.tcp_info().is_none() && !row.is_mptcp());
}

#[test]
fn another_family_is_refused() {
    let mut row = InetRow::listener(Vec::new());
    row.family = 1;
    let expected = ParseError::Family {
        what: "inet_diag_msg",
        family: 1,
    };
    assert_eq!(parse(&row), Err(expected));
}

#[test]
fn every_cut_is_an_error_or_ends_between_attributes() {
    let boundaries = [72, 80, 88, 100, 108, 148];
    // Without the padding of the last attribute: SHUTDOWN 5 of 8 bytes, SKV6ONLY 5, SOCKOPT 6.
    let unpadded = [77, 78, 79, 85, 86, 87, 106, 107];
    for cut in prefixes(&LISTENER) {
        let fine = boundaries.contains(&cut.len()) || unpadded.contains(&cut.len());
        assert_eq!(Socket::parse(cut).is_ok(), fine, "cut at {}", cut.len());
    }
}

#[test]
fn attribute_lengths_that_lie_are_errors() {
    let with_length = |stated: u16| {
        let mut bytes = InetRow::listener(vec![(SHUTDOWN, vec![0; 4])]).encode();
        bytes[72..74].copy_from_slice(&stated.to_ne_bytes());
        Socket::parse(&bytes).map(|_| ())
    };
    for stated in 0..4 {
        let expected = ParseError::Length {
            what: "nlattr",
            stated: usize::from(stated),
            header: 4,
        };
        assert_eq!(with_length(stated), Err(expected));
    }
    assert_eq!(with_length(8), Ok(()));
    for stated in [9, u16::MAX] {
        let expected = ParseError::Short {
            what: "nlattr",
            available: 8,
            needed: usize::from(stated),
        };
        assert_eq!(with_length(stated), Err(expected));
    }
}

/// Hands every shorter and some longer versions of one attribute to `check`, with their length.
fn resized(kind: u16, payload: &[u8], check: impl Fn(&Socket<'_>, usize)) {
    for length in 0..payload.len() + 9 {
        let mut bytes = payload.to_vec();
        bytes.resize(length, 0xff);
        let row = InetRow::listener(vec![(SHUTDOWN, vec![0]), (kind, bytes)]).encode();
        check(&Socket::parse(&row).unwrap(), length);
    }
}

#[test]
fn memory_cut_short_lacks_its_tail() {
    let nine: Vec<u8> = (1..=9_u32).flat_map(u32::to_ne_bytes).collect();
    resized(SKMEMINFO, &nine, |row, length| {
        assert_eq!(row.drops(), (length >= 36).then_some(9), "{length} bytes");
        assert_eq!(row.memory().backlog(), (length >= 32).then_some(8));
        assert_eq!(row.memory().receive_allocated(), (length >= 4).then_some(1));
    });
}

#[test]
fn tcp_info_cut_short_lacks_its_tail() {
    let mut info = vec![0; 40];
    info[0] = 10; // tcpi_state: TCP_LISTEN
    info[24..28].copy_from_slice(&6_u32.to_ne_bytes()); // tcpi_unacked
    info[28..32].copy_from_slice(&5_u32.to_ne_bytes()); // tcpi_sacked
    resized(INFO, &info, |row, length| {
        let info = row.tcp_info().unwrap();
        assert_eq!(info.state(), (length >= 1).then_some(State::Listen));
        assert_eq!(info.unacked(), (length >= 28).then_some(6), "{length} bytes");
        assert_eq!(info.sacked(), (length >= 32).then_some(5), "{length} bytes");
    });
}

#[test]
fn small_attributes_cut_short_are_unknown() {
    resized(CGROUP_ID, &7_u64.to_ne_bytes(), |row, length| {
        assert_eq!(row.cgroup_id(), (length >= 8).then_some(7), "{length} bytes");
    });
    resized(SKV6ONLY, &[0], |row, length| {
        assert_eq!(row.is_v6_only(), (length >= 1).then_some(false));
    });
    resized(SOCKOPT, &[0x02, 0x04], |row, length| {
        let options = row.socket_options();
        assert_eq!(options.map(|found| found.is_icsk), (length >= 1).then_some(true));
        let second = options.and_then(|found| found.defer_connect);
        assert_eq!(second, (length >= 2).then_some(true), "{length} bytes");
    });
}

#[test]
fn the_upper_layer_protocol_is_found_in_its_nest() {
    let name = |kind: u16, nested: Vec<u8>| {
        let bytes = InetRow::listener(vec![(kind, nested)]).encode();
        let row = Socket::parse(&bytes).unwrap();
        (row.upper_layer_protocol().map(<[u8]>::to_vec), row.is_mptcp())
    };
    let mptcp = attribute(1, b"mptcp\0"); // INET_ULP_INFO_NAME
    assert_eq!(name(ULP_INFO, mptcp.clone()), (Some(b"mptcp".to_vec()), true));
    let nested = ULP_INFO | 0x8000; // NLA_F_NESTED
    assert_eq!(name(nested, mptcp.clone()), (Some(b"mptcp".to_vec()), true));
    assert_eq!(name(ULP_INFO, attribute(1, b"tls\0")), (Some(b"tls".to_vec()), false));
    assert_eq!(name(ULP_INFO, attribute(1, b"mptcp")), (Some(b"mptcp".to_vec()), true));
    assert_eq!(name(ULP_INFO, attribute(2, b"mptcp\0")), (None, false));
    for cut in prefixes(&mptcp[..10]) {
        assert!(!name(ULP_INFO, cut.to_vec()).1, "cut at {}", cut.len());
    }
}

#[test]
fn the_first_of_two_attributes_counts() {
    let twice = vec![(SKV6ONLY, vec![1]), (SKV6ONLY, vec![0])];
    let bytes = InetRow::listener(twice).encode();
    assert_eq!(Socket::parse(&bytes).unwrap().is_v6_only(), Some(true));
}

fn address(family: u8, bytes: [u8; 16], port: u16) -> SocketAddr {
    let ip = match family {
        2 => IpAddr::from([bytes[0], bytes[1], bytes[2], bytes[3]]),
        _ => IpAddr::from(bytes),
    };
    SocketAddr::new(ip, port)
}

proptest! {
    #[test]
    fn what_the_kernel_wrote_is_what_is_read(row in inet_row()) {
        let bytes = row.encode();
        let socket = Socket::parse(&bytes).unwrap();
        prop_assert_eq!(socket.family.number(), row.family);
        prop_assert_eq!(socket.state.number(), row.state);
        prop_assert_eq!((socket.timer, socket.retransmits), (row.timer, row.retransmits));
        prop_assert_eq!(socket.local, address(row.family, row.local, row.local_port));
        prop_assert_eq!(socket.remote, address(row.family, row.remote, row.remote_port));
        prop_assert_eq!(socket.interface, row.interface);
        let cookie = u64::from(row.cookie[1]) << 32 | u64::from(row.cookie[0]);
        prop_assert_eq!(socket.cookie.unwrap_or(u64::MAX), cookie);
        prop_assert_eq!(socket.expires_ms, row.expires);
        prop_assert_eq!((socket.receive_queue, socket.write_queue), (row.receive_queue, row.write_queue));
        prop_assert_eq!((socket.uid, socket.inode), (row.uid, row.inode));
        let attributes: AttributeList = socket.attributes.into_iter().map(|(kind, bytes)| (kind, bytes.to_vec())).collect();
        prop_assert_eq!(attributes, row.attributes);
    }

    #[test]
    fn rows_of_arbitrary_bytes_stay_within_them(family in 0_u8..12, mut bytes in vec(any::<u8>(), 0..300)) {
        if let Some(first) = bytes.first_mut() {
            *first = family;
        }
        if let Ok(socket) = Socket::parse(&bytes) {
            prop_assert!(family == 2 || family == 10);
            let read: usize = socket.attributes.iter().map(|(_, payload)| payload.len() + 4).sum();
            prop_assert!(read <= bytes.len() - 72);
        }
    }
}
