//! Packets refused for their signature: TCP-MD5 (RFC 2385) and TCP-AO (RFC 5925).

use super::{MOVES_NOW, events};
use crate::topic::{Show, Source, Topic};

const INBOUND: Source = Source::Kernel("include/net/tcp.h:tcp_inbound_hash");
const MD5: Source = Source::Kernel("net/ipv4/tcp.c:tcp_inbound_md5_hash");
const AO: Source = Source::Kernel("net/ipv4/tcp_ao.c:tcp_inbound_ao_hash");
const MEASURED: Source =
    Source::Measured("6.18.44, SYNs without, with a wrong and with an unexpected signature: drops 1 each");
const REFUSED: &str = "A SYN or a final ACK that is refused for this adds 1 to the listener's own drops (d in ss -m), but \
                       nothing to ListenDrops. The client sees silence, as with a full queue.";
const NO_QUEUE: &[&str] = &["Not a full queue: the keys of the two sides do not fit each other."];
const SINCE_AO: &[&str] = &["Only kernels with TCP-AO have it: 6.8 does."];

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "tcp-md5-not-found",
        title: "TcpExt.TCPMD5NotFound",
        kind: events(
            "TcpExt",
            "TCPMD5NotFound",
            "packets without a signature that was required",
        ),
        summary: "a packet lacked the MD5 signature that this socket requires from that address",
        means: &[
            "A key is set for the sender's address (TCP_MD5SIG, used for BGP), and its packet had no signature.",
            REFUSED,
        ],
        means_not: NO_QUEUE,
        sources: &[MD5, INBOUND, MEASURED],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPMD5NotFound")],
        proofs: &["md5-signature-refused"],
        see_also: &["tcp-md5-unexpected", "tcp-md5-failure", "listen-drops"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-md5-unexpected",
        title: "TcpExt.TCPMD5Unexpected",
        kind: events(
            "TcpExt",
            "TCPMD5Unexpected",
            "packets with a signature that nobody expects",
        ),
        summary: "a packet had an MD5 signature, but this socket has no key for that address",
        means: &[
            "A packet carried an MD5 signature, and no key is set for the sender's address.",
            REFUSED,
        ],
        means_not: NO_QUEUE,
        sources: &[MD5, INBOUND, MEASURED],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPMD5Unexpected")],
        proofs: &["md5-signature-refused"],
        see_also: &["tcp-md5-not-found", "tcp-md5-failure", "listen-drops"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-md5-failure",
        title: "TcpExt.TCPMD5Failure",
        kind: events("TcpExt", "TCPMD5Failure", "packets with a wrong signature"),
        summary: "a packet had an MD5 signature that does not fit the key",
        means: &[
            "A packet carried an MD5 signature made with another key, or it was changed on its way.",
            REFUSED,
        ],
        means_not: NO_QUEUE,
        sources: &[MD5, INBOUND, MEASURED],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPMD5Failure")],
        proofs: &["md5-signature-refused"],
        see_also: &["tcp-md5-not-found", "tcp-md5-unexpected", "listen-drops"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-ao-required",
        title: "TcpExt.TCPAORequired",
        kind: events(
            "TcpExt",
            "TCPAORequired",
            "packets without a signature that was required",
        ),
        summary: "a packet lacked the TCP-AO signature that this socket requires",
        means: &[
            "The socket requires TCP-AO from the sender, and its packet had no signature.",
            REFUSED,
        ],
        means_not: NO_QUEUE,
        kernels: SINCE_AO,
        sources: &[AO, INBOUND, Source::Standard("RFC 5925")],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPAORequired")],
        see_also: &["tcp-ao-bad", "tcp-ao-key-not-found"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-ao-bad",
        title: "TcpExt.TCPAOBad",
        kind: events("TcpExt", "TCPAOBad", "packets with a wrong signature"),
        summary: "a packet had a TCP-AO signature that does not fit the key",
        means: &[
            "A packet carried a TCP-AO signature made with another key, or it was changed on its way.",
            REFUSED,
        ],
        means_not: NO_QUEUE,
        kernels: SINCE_AO,
        sources: &[AO, INBOUND, Source::Standard("RFC 5925")],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPAOBad")],
        see_also: &["tcp-ao-required", "tcp-ao-key-not-found"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-ao-key-not-found",
        title: "TcpExt.TCPAOKeyNotFound",
        kind: events(
            "TcpExt",
            "TCPAOKeyNotFound",
            "packets with a signature of an unknown key",
        ),
        summary: "a packet had a TCP-AO signature, but this socket has no such key",
        means: &[
            "A packet carried a TCP-AO signature with the number of a key that the socket does not have.",
            REFUSED,
        ],
        means_not: NO_QUEUE,
        kernels: SINCE_AO,
        sources: &[AO, INBOUND, Source::Standard("RFC 5925")],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPAOKeyNotFound")],
        see_also: &["tcp-ao-required", "tcp-ao-bad"],
        ..Topic::BLANK
    },
];
