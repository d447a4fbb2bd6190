//! TCP Fast Open, the listening side.

use super::{MOVES_NOW, events};
use crate::topic::{Show, Source, Topic};

const TRY: Source = Source::Kernel("net/ipv4/tcp_fastopen.c:tcp_try_fastopen");
const QUEUE_CHECK: Source = Source::Kernel("net/ipv4/tcp_fastopen.c:tcp_fastopen_queue_check");

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "tcp-fast-open-passive",
        title: "TcpExt.TCPFastOpenPassive",
        kind: events("TcpExt", "TCPFastOpenPassive", "connections made from a SYN"),
        names: &["fast open passive", "TFO passive"],
        summary: "a Fast Open SYN with a valid cookie became a connection in the accept queue at once",
        means: &[
            "A SYN with a valid Fast Open cookie came (or cookies are not required), and its connection was built and \
             put into the accept queue at the SYN, in state SYN_RECV. PassiveOpens counts it too.",
        ],
        means_not: &["Not completed handshakes: the client's final ACK may still be missing."],
        sources: &[TRY],
        look_at: &[MOVES_NOW],
        shows: &[
            Show::Counter("TcpExt", "TCPFastOpenPassive"),
            Show::Setting("net.ipv4.tcp_fastopen"),
        ],
        proofs: &["fast-open-child-is-queued-at-the-syn"],
        see_also: &[
            "tcp-fast-open-passive-fail",
            "tcp-fast-open-listen-overflow",
            "tcp-fastopen",
            "passive-opens",
        ],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-fast-open-passive-fail",
        title: "TcpExt.TCPFastOpenPassiveFail",
        kind: events(
            "TcpExt",
            "TCPFastOpenPassiveFail",
            "SYNs that fell back to the ordinary handshake",
        ),
        names: &["fast open passive fail"],
        summary: "a Fast Open SYN had a wrong cookie or no connection could be made; it fell back to a handshake",
        means: &[
            "A SYN came with a Fast Open cookie that is not valid, or the connection could not be built. The kernel goes \
             on with an ordinary handshake.",
        ],
        means_not: &["Not a lost connection: only the round trip that Fast Open saves is lost."],
        sources: &[TRY],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPFastOpenPassiveFail")],
        proofs: &["fast-open-child-is-queued-at-the-syn", "fast-open-bad-cookie"],
        see_also: &["tcp-fast-open-passive", "tcp-fast-open-passive-alt-key"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-fast-open-listen-overflow",
        title: "TcpExt.TCPFastOpenListenOverflow",
        kind: events(
            "TcpExt",
            "TCPFastOpenListenOverflow",
            "SYNs that fell back to the ordinary handshake",
        ),
        names: &["fast open listen overflow", "fast open queue full"],
        summary: "too many Fast Open connections were unfinished; a SYN fell back to the ordinary handshake",
        means: &[
            "The listener already had as many unfinished Fast Open connections as its TCP_FASTOPEN option allows. The SYN \
             was not refused: it goes on as an ordinary handshake.",
            "The number allowed is the value of TCP_FASTOPEN, cut to somaxconn when it was set; a later listen() does not \
             change it. It is the last column of a LISTEN line in /proc/net/tcp.",
        ],
        means_not: &[
            "Not ListenOverflows: neither the accept queue nor the SYN queue need be full.",
            "Not a drop.",
        ],
        sources: &[QUEUE_CHECK, Source::Manual("tcp(7)")],
        look_at: &[MOVES_NOW],
        shows: &[
            Show::Counter("TcpExt", "TCPFastOpenListenOverflow"),
            Show::Setting("net.ipv4.tcp_fastopen"),
        ],
        proofs: &[
            "fast-open-child-is-queued-at-the-syn",
            "fast-open-queue-full-falls-back",
        ],
        see_also: &["tcp-fast-open-passive", "tcp-fastopen", "listen-overflows"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-fast-open-cookie-reqd",
        title: "TcpExt.TCPFastOpenCookieReqd",
        kind: events("TcpExt", "TCPFastOpenCookieReqd", "SYNs that asked for a cookie"),
        names: &["fast open cookie requested"],
        summary: "a client asked for a Fast Open cookie, for a later connection",
        means: &[
            "A SYN came that asks for a Fast Open cookie. It is counted before anything else is looked at, also when this \
             host does not offer Fast Open.",
        ],
        means_not: &["Not cookies given, and nothing to do with SYN cookies."],
        sources: &[TRY],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPFastOpenCookieReqd")],
        proofs: &["fast-open-child-is-queued-at-the-syn"],
        see_also: &["tcp-fast-open-passive", "tcp-fastopen"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-fast-open-passive-alt-key",
        title: "TcpExt.TCPFastOpenPassiveAltKey",
        kind: events(
            "TcpExt",
            "TCPFastOpenPassiveAltKey",
            "connections made with a cookie of the old key",
        ),
        names: &["fast open alt key"],
        summary: "a Fast Open cookie of the older of two keys was taken; the client gets a new one",
        means: &[
            "Two Fast Open keys are set (so that keys can be changed without loss), and the client's cookie was made with \
             the older one. The connection is made, and the SYN-ACK brings a cookie of the new key.",
        ],
        means_not: &["Not a failure."],
        sources: &[TRY],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPFastOpenPassiveAltKey")],
        proofs: &["fast-open-old-key"],
        see_also: &["tcp-fast-open-passive", "tcp-fastopen"],
        ..Topic::BLANK
    },
];
