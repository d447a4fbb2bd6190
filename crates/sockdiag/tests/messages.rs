//! Netlink framing: datagrams taken apart byte by byte, and both error shapes of a missing module.

mod support;

use listenq_sockdiag::{Body, Errno, Message, Messages, ParseError};
use proptest::collection::vec;
use proptest::prelude::*;
use support::message;

const MULTI: u16 = 2;
const ROW: u16 = 20;
const ERROR: u16 = 2;
const DONE: u16 = 3;

fn bodies(datagram: &[u8]) -> Vec<Result<Body<'_>, ParseError>> {
    Messages::new(datagram)
        .map(|message| message.map(|found| found.body))
        .collect()
}

#[test]
fn a_datagram_of_two_messages() {
    #[rustfmt::skip]
    let datagram = [
        18, 0, 0, 0,             // nlmsg_len: 16 + 2
        20, 0,                   // nlmsg_type: SOCK_DIAG_BY_FAMILY
        2, 0,                    // nlmsg_flags: NLM_F_MULTI
        7, 0, 0, 0,              // nlmsg_seq
        0xda, 0x2a, 0, 0,        // nlmsg_pid
        0xaa, 0xbb,              // payload
        0, 0,                    // padding
        20, 0, 0, 0,             // nlmsg_len: 16 + 4
        3, 0,                    // nlmsg_type: NLMSG_DONE
        2, 0,                    // nlmsg_flags: NLM_F_MULTI
        7, 0, 0, 0,              // nlmsg_seq
        0xda, 0x2a, 0, 0,        // nlmsg_pid
        0, 0, 0, 0,              // result: 0
    ];
    let messages: Result<Vec<_>, _> = Messages::new(&datagram).collect();
    let head = |kind, body| Message {
        kind,
        flags: MULTI,
        sequence: 7,
        port: 0x2ada,
        body,
    };
    assert_eq!(
        messages,
        Ok(vec![head(ROW, Body::Socket(&[0xaa, 0xbb])), head(DONE, Body::Done)])
    );
}

#[test]
fn a_missing_inet_diag_or_unix_diag_is_an_error_message() {
    #[rustfmt::skip]
    let datagram = [
        36, 0, 0, 0,             // nlmsg_len: 16 + 4 + 16
        2, 0,                    // nlmsg_type: NLMSG_ERROR
        0, 0,                    // nlmsg_flags
        7, 0, 0, 0,              // nlmsg_seq
        0xda, 0x2a, 0, 0,        // nlmsg_pid
        0xfe, 0xff, 0xff, 0xff,  // error: -ENOENT
        72, 0, 0, 0,             // the request's header: nlmsg_len,
        20, 0, 1, 3,             // its type and flags,
        7, 0, 0, 0, 0, 0, 0, 0,  // its sequence and port
    ];
    assert_eq!(bodies(&datagram), [Ok(Body::Error(Errno::ENOENT))]);
}

#[test]
fn a_missing_tcp_diag_is_an_error_in_the_message_that_ends_the_dump() {
    #[rustfmt::skip]
    let datagram = [
        20, 0, 0, 0,             // nlmsg_len: 16 + 4
        3, 0,                    // nlmsg_type: NLMSG_DONE
        2, 0,                    // nlmsg_flags: NLM_F_MULTI
        7, 0, 0, 0,              // nlmsg_seq
        0xda, 0x2a, 0, 0,        // nlmsg_pid
        0xfe, 0xff, 0xff, 0xff,  // result: -ENOENT, and not a single row before it
    ];
    assert_eq!(bodies(&datagram), [Ok(Body::Error(Errno::ENOENT))]);
}

#[test]
fn the_end_of_a_dump_needs_no_payload_and_ignores_what_follows_it() {
    let done = |payload: &[u8]| {
        let datagram = message(DONE, MULTI, 1, 1, payload);
        bodies(&datagram) == [Ok(Body::Done)]
    };
    assert!(done(&[]));
    assert!(done(&[0xfe, 0xff, 0xff]), "a cut number is no number");
    assert!(done(&0_i32.to_ne_bytes()));
    assert!(done(&4096_i32.to_ne_bytes()), "a count of bytes");
    assert!(done(&[0; 40]), "extended acknowledgement after it");
}

#[test]
fn an_error_message_without_its_number_is_malformed() {
    let datagram = message(ERROR, 0, 1, 1, &[0xfe, 0xff]);
    let expected = ParseError::Short {
        what: "nlmsgerr",
        available: 2,
        needed: 4,
    };
    assert_eq!(bodies(&datagram), [Err(expected)]);
}

#[test]
fn the_other_kinds() {
    let body = |kind, payload: &[u8]| format!("{:?}", bodies(&message(kind, 0, 1, 1, payload)));
    assert_eq!(body(ERROR, &[0; 20]), "[Ok(Acknowledged)]");
    assert_eq!(body(1, &[]), "[Ok(Noop)]");
    assert_eq!(body(4, &[]), "[Ok(Overrun)]");
    assert_eq!(body(99, &[1, 2]), "[Ok(Other([1, 2]))]");
}

#[test]
fn a_length_below_the_header_ends_the_walk() {
    let mut datagram = message(ROW, 0, 1, 1, &[]);
    datagram.extend(message(DONE, 0, 1, 1, &[]));
    for stated in 0..16 {
        datagram[0] = stated;
        let expected = ParseError::Length {
            what: "nlmsghdr",
            stated: usize::from(stated),
            header: 16,
        };
        assert_eq!(bodies(&datagram), [Err(expected)]);
    }
}

#[test]
fn a_length_beyond_the_datagram_is_an_error() {
    for stated in [21, 1 << 16, u32::MAX] {
        let mut datagram = message(ROW, 0, 1, 1, &[0; 4]);
        datagram[..4].copy_from_slice(&stated.to_ne_bytes());
        let expected = ParseError::Short {
            what: "nlmsghdr",
            available: 20,
            needed: usize::try_from(stated).unwrap(),
        };
        assert_eq!(bodies(&datagram), [Err(expected)]);
    }
}

#[test]
fn every_cut_of_a_datagram_is_an_error_or_ends_between_messages() {
    let first = message(ROW, MULTI, 1, 1, &[1; 8]);
    let whole = [first.clone(), message(DONE, MULTI, 1, 1, &[0; 4])].concat();
    for cut in support::prefixes(&whole) {
        let between = cut.is_empty() || cut.len() == first.len();
        let failed = Messages::new(cut).any(|message| message.is_err());
        assert_eq!(failed, !between, "cut at {}", cut.len());
    }
}

#[test]
fn the_last_message_may_lack_its_padding() {
    let datagram = message(ROW, 0, 1, 1, &[1, 2, 3]);
    let unpadded = &datagram[..19];
    assert_eq!(bodies(unpadded), [Ok(Body::Socket(&[1, 2, 3]))]);
}

#[test]
fn errors_say_what_was_cut() {
    let error = Messages::new(&[0; 5]).next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "nlmsghdr: cut short, 5 bytes of 16");
}

proptest! {
    #[test]
    fn what_was_put_in_comes_out(
        messages in vec((5_u16.., any::<u16>(), any::<u32>(), any::<u32>(), vec(any::<u8>(), 0..50)), 0..8)
    ) {
        let datagram: Vec<u8> = messages
            .iter()
            .flat_map(|(kind, flags, sequence, port, payload)| message(*kind, *flags, *sequence, *port, payload))
            .collect();
        let parsed: Vec<_> = Messages::new(&datagram).map(Result::unwrap).collect();
        prop_assert_eq!(parsed.len(), messages.len());
        for (found, (kind, flags, sequence, port, payload)) in parsed.iter().zip(&messages) {
            let body = match *kind {
                ROW => Body::Socket(payload),
                _ => Body::Other(payload),
            };
            let expected = Message { kind: *kind, flags: *flags, sequence: *sequence, port: *port, body };
            prop_assert_eq!(*found, expected);
        }
    }

    #[test]
    fn arbitrary_bytes_yield_at_most_one_message_per_header(bytes in vec(any::<u8>(), 0..400)) {
        prop_assert!(Messages::new(&bytes).count() <= bytes.len() / 16 + 1);
    }
}
