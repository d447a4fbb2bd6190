//! `unix_diag`: the request and its rows byte by byte, every attribute cut short and lengthened.

mod support;

use listenq_sockdiag::ParseError;
use listenq_sockdiag::unix::{File, Kind, QueueLengths, Request, RequestOne, Show, Socket, State, States};
use proptest::prelude::*;
use support::{AttributeList, encode_all, prefixes};

const NAME: u16 = 0;
const VFS: u16 = 1;
const PEER: u16 = 2;
const ICONS: u16 = 3;
const RQLEN: u16 = 4;
const MEMINFO: u16 = 5;
const SHUTDOWN: u16 = 6;
const UID: u16 = 7;

#[test]
fn a_dump_of_listeners() {
    #[rustfmt::skip]
    let expected = [
        40, 0, 0, 0,             // nlmsg_len
        20, 0,                   // nlmsg_type: SOCK_DIAG_BY_FAMILY
        0x01, 0x03,              // nlmsg_flags: NLM_F_REQUEST | NLM_F_DUMP
        42, 0, 0, 0,             // nlmsg_seq
        0, 0, 0, 0,              // nlmsg_pid
        1,                       // sdiag_family: AF_UNIX
        0,                       // sdiag_protocol
        0, 0,                    // pad
        0, 4, 0, 0,              // udiag_states: 1 << TCP_LISTEN
        0, 0, 0, 0,              // udiag_ino
        0x19, 0, 0, 0,           // udiag_show: NAME | ICONS | RQLEN
        255, 255, 255, 255, 255, 255, 255, 255, // udiag_cookie
    ];
    let request = Request {
        states: States::LISTEN,
        show: Show::NAME | Show::ICONS | Show::RQLEN,
    };
    let mut bytes = vec![0xaa; 100];
    request.encode(42, &mut bytes);
    assert_eq!(bytes, expected);
}

#[test]
fn one_socket() {
    #[rustfmt::skip]
    let expected = [
        40, 0, 0, 0,             // nlmsg_len
        20, 0,                   // nlmsg_type: SOCK_DIAG_BY_FAMILY
        0x01, 0x00,              // nlmsg_flags: NLM_F_REQUEST
        42, 0, 0, 0,             // nlmsg_seq
        0, 0, 0, 0,              // nlmsg_pid
        1, 0, 0, 0,              // AF_UNIX, protocol, pad
        255, 255, 255, 255,      // udiag_states: any
        0x3d, 0x47, 0, 0,        // udiag_ino: 18237
        0x08, 0, 0, 0,           // udiag_show: ICONS
        9, 0, 0, 0, 1, 0, 0, 0,  // udiag_cookie: low half, high half
    ];
    let request = RequestOne {
        inode: 18237,
        cookie: Some(0x1_0000_0009),
        show: Show::ICONS,
    };
    let mut bytes = Vec::new();
    request.encode(42, &mut bytes);
    assert_eq!(bytes, expected);
    RequestOne {
        cookie: None,
        ..request
    }
    .encode(42, &mut bytes);
    assert_eq!(bytes[32..], [255; 8]);
}

#[test]
fn every_show_flag_has_the_kernels_bit() {
    let flags = [
        Show::NAME,
        Show::VFS,
        Show::PEER,
        Show::ICONS,
        Show::RQLEN,
        Show::MEMINFO,
        Show::UID,
    ];
    for (bit, flag) in flags.into_iter().enumerate() {
        assert_eq!(flag.bits(), 1 << bit);
    }
    assert_eq!(Show::NONE.bits(), 0);
}

#[rustfmt::skip]
const LISTENER: [u8; 92] = [
    1,                               // udiag_family: AF_UNIX
    1,                               // udiag_type: SOCK_STREAM
    10,                              // udiag_state: TCP_LISTEN
    0,                               // pad
    0x3d, 0x47, 0, 0,                // udiag_ino: 18237
    9, 0, 0, 0, 1, 0, 0, 0,          // udiag_cookie: low half, high half
    11, 0, 0, 0,                     // NAME
    b'/', b'r', b'u', b'n', b'/', b'x', 0, 0, // with the kernel's NUL, and a byte of padding
    12, 0, 1, 0,                     // VFS
    7, 0, 0, 0, 0x22, 0, 0, 0,       // inode 7 on device 0x22
    12, 0, 3, 0,                     // ICONS
    0x3e, 0x47, 0, 0, 0x3f, 0x47, 0, 0, // 18238, 18239
    12, 0, 4, 0,                     // RQLEN
    2, 0, 0, 0, 4, 0, 0, 0,          // two wait, limit four
    8, 0, 7, 0,                      // UID
    0xe8, 0x03, 0, 0,                // 1000
    5, 0, 6, 0,                      // SHUTDOWN
    3, 0, 0, 0,                      // both ways
    8, 0, 2, 0,                      // PEER (never of a listener; here to have it read)
    0x40, 0x47, 0, 0,                // 18240
    4, 0, 5, 0,                      // MEMINFO: empty
];

#[test]
fn a_listener_with_its_attributes() {
    let row = Socket::parse(&LISTENER).unwrap();
    assert_eq!(row.kind, Kind::Stream);
    assert_eq!(row.state, State::Listen);
    assert_eq!(row.inode, 18237);
    assert_eq!(row.cookie, Some(0x1_0000_0009));
    assert_eq!(row.name(), Some(&b"/run/x"[..]));
    let file = File { inode: 7, device: 0x22 };
    assert_eq!(row.file(), Some(file));
    assert_eq!(row.waiting().collect::<Vec<_>>(), [18238, 18239]);
    let lengths = QueueLengths { receive: 2, write: 4 };
    assert_eq!(row.queue_lengths(), Some(lengths));
    assert_eq!(row.uid(), Some(1000));
    assert_eq!(row.shutdown(), Some(3));
    assert_eq!(row.peer(), Some(18240));
    assert_eq!(row.memory().drops(), None);
}

fn row(kind: u8, attributes: &AttributeList) -> Vec<u8> {
    let mut bytes = vec![1, kind, 10, 0];
    bytes.extend(5_u32.to_ne_bytes());
    bytes.extend(1_u64.to_ne_bytes());
    bytes.extend(encode_all(attributes));
    bytes
}

#[test]
fn the_types_of_sockets() {
    let kind = |number| Socket::parse(&row(number, &Vec::new())).unwrap().kind;
    assert_eq!(kind(1), Kind::Stream);
    assert_eq!(kind(2), Kind::Datagram);
    assert_eq!(kind(5), Kind::SeqPacket);
    assert_eq!(kind(9), Kind::Other(9));
}

#[test]
fn abstract_names_keep_every_byte_and_paths_lose_one_nul() {
    let name = |bytes: &[u8]| {
        let bytes = row(1, &vec![(NAME, bytes.to_vec())]);
        Socket::parse(&bytes).unwrap().name().map(<[u8]>::to_vec)
    };
    assert_eq!(name(b"/a\0"), Some(b"/a".to_vec()));
    assert_eq!(name(b"/a"), Some(b"/a".to_vec()));
    assert_eq!(name(b"\0a\0"), Some(b"\0a\0".to_vec()));
    assert_eq!(name(b"\0"), Some(b"\0".to_vec()));
    assert_eq!(name(b""), Some(Vec::new()));
}

#[test]
fn without_attributes_everything_is_unknown() {
    let bytes = row(1, &Vec::new());
    let socket = Socket::parse(&bytes).unwrap();
    assert_eq!((socket.name(), socket.file()), (None, None));
    assert_eq!((socket.peer(), socket.uid()), (None, None));
    assert_eq!((socket.queue_lengths(), socket.shutdown()), (None, None));
    assert_eq!(socket.waiting().len(), 0);
}

#[test]
fn attributes_cut_short_are_unknown_and_longer_ones_are_read() {
    let resized = |kind: u16, length: usize| row(1, &vec![(kind, vec![7; length])]);
    for length in 0..48 {
        let bytes = resized(RQLEN, length);
        let found = Socket::parse(&bytes).unwrap().queue_lengths().is_some();
        assert_eq!(found, length >= 8, "RQLEN of {length} bytes");
        let bytes = resized(VFS, length);
        assert_eq!(Socket::parse(&bytes).unwrap().file().is_some(), length >= 8);
        let bytes = resized(PEER, length);
        assert_eq!(Socket::parse(&bytes).unwrap().peer().is_some(), length >= 4);
        let bytes = resized(UID, length);
        assert_eq!(Socket::parse(&bytes).unwrap().uid().is_some(), length >= 4);
        let bytes = resized(SHUTDOWN, length);
        assert_eq!(Socket::parse(&bytes).unwrap().shutdown().is_some(), length >= 1);
        let bytes = resized(MEMINFO, length);
        let drops = Socket::parse(&bytes).unwrap().memory().drops();
        assert_eq!(drops.is_some(), length >= 36, "MEMINFO of {length} bytes");
        let bytes = resized(ICONS, length);
        assert_eq!(Socket::parse(&bytes).unwrap().waiting().len(), length / 4);
    }
}

#[test]
fn another_family_is_refused() {
    let mut bytes = row(1, &Vec::new());
    bytes[0] = 2;
    let expected = ParseError::Family {
        what: "unix_diag_msg",
        family: 2,
    };
    assert_eq!(Socket::parse(&bytes).unwrap_err(), expected);
}

#[test]
fn every_cut_is_an_error_or_ends_between_attributes() {
    let fine = [16, 27, 28, 40, 52, 64, 72, 77, 78, 79, 80, 88];
    for cut in prefixes(&LISTENER) {
        let parsed = Socket::parse(cut).is_ok();
        assert_eq!(parsed, fine.contains(&cut.len()), "cut at {}", cut.len());
    }
}

proptest! {
    #[test]
    fn what_the_kernel_wrote_is_what_is_read(
        head in any::<[u8; 2]>(),
        inode: u32,
        cookie: u64,
        attributes in support::attributes(),
    ) {
        let mut bytes = vec![1, head[0], head[1], 0];
        bytes.extend(inode.to_ne_bytes());
        bytes.extend(cookie.to_ne_bytes());
        bytes.extend(encode_all(&attributes));
        let socket = Socket::parse(&bytes).unwrap();
        prop_assert_eq!(socket.state.number(), head[1]);
        prop_assert_eq!(socket.inode, inode);
        prop_assert_eq!(socket.cookie.unwrap_or(u64::MAX), cookie.rotate_left(if cfg!(target_endian = "big") { 32 } else { 0 }));
        let read: AttributeList = socket.attributes.iter().map(|(kind, bytes)| (kind, bytes.to_vec())).collect();
        prop_assert_eq!(read, attributes);
    }
}
