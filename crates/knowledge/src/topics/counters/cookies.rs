//! SYN cookies: sent, received, failed.

use super::{CONN_REQUEST, HALF_OPEN, MOVES_NOW, events};
use crate::topic::{Show, Source, Topic};

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "syncookies-sent",
        title: "TcpExt.SyncookiesSent",
        kind: events("TcpExt", "SyncookiesSent", "SYN-ACKs with a cookie"),
        names: &[
            "SYN cookies sent",
            "system.net.tcp.syn_cookies_sent",
            "ip.tcpsyncookies sent",
        ],
        summary: "a SYN was answered with a SYN cookie: nothing of it is kept until the final ACK",
        means: &[
            "A SYN was answered with a SYN-ACK whose sequence number carries what the kernel must remember. It happens \
             when the SYN queue is full and tcp_syncookies is 1, and for every SYN when it is 2.",
            "Nothing is stored: the connection is not in the SYN queue, is seen by no tool as SYN_RECV, and its SYN-ACK \
             is not sent again if it gets lost.",
        ],
        means_not: &[
            "Not a loss: a client that answers gets its connection, if the accept queue has room.",
            "Not an attack by itself: a full accept queue fills the SYN queue too.",
        ],
        sources: &[
            Source::Kernel("net/ipv4/syncookies.c:cookie_v4_init_sequence"),
            CONN_REQUEST,
        ],
        look_at: &[MOVES_NOW, HALF_OPEN],
        shows: &[
            Show::Counter("TcpExt", "SyncookiesSent"),
            Show::Setting("net.ipv4.tcp_syncookies"),
        ],
        proofs: &["full-syn-queue-sends-cookies", "cookies-always"],
        see_also: &[
            "syncookies-recv",
            "syncookies-failed",
            "tcp-req-q-full-do-cookies",
            "tcp-syncookies",
        ],
        ..Topic::BLANK
    },
    Topic {
        id: "syncookies-recv",
        title: "TcpExt.SyncookiesRecv",
        kind: events("TcpExt", "SyncookiesRecv", "ACKs with a valid cookie"),
        names: &[
            "SYN cookies received",
            "system.net.tcp.syn_cookies_recv",
            "ip.tcpsyncookies received",
        ],
        summary: "a client answered a SYN cookie correctly; a full accept queue may still refuse it",
        means: &[
            "An ACK came back with a valid cookie: the client is real. The connection is made then, if the accept queue \
             has room.",
            "If the accept queue is full, this counts all the same, and ListenOverflows, ListenDrops and the listener's \
             drops count 1 each. No RST is sent, not even with tcp_abort_on_overflow=1: the client believes that it is \
             connected.",
            "SyncookiesSent far above SyncookiesRecv: most of those that sent a SYN never answer. That is what a flood \
             from forged addresses looks like.",
        ],
        means_not: &["Not a number of connections made: PassiveOpens counts those."],
        sources: &[
            Source::Kernel("net/ipv4/syncookies.c:cookie_v4_check"),
            Source::Kernel("net/ipv4/syncookies.c:tcp_get_cookie_sock"),
        ],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "SyncookiesRecv")],
        proofs: &["cookies-do-not-help-the-accept-queue", "cookies-always"],
        see_also: &[
            "syncookies-sent",
            "syncookies-failed",
            "cookies-help-a-full-accept-queue",
        ],
        ..Topic::BLANK
    },
    Topic {
        id: "syncookies-failed",
        title: "TcpExt.SyncookiesFailed",
        kind: events("TcpExt", "SyncookiesFailed", "ACKs with a wrong cookie"),
        names: &[
            "invalid SYN cookies received",
            "system.net.tcp.syn_cookies_failed",
            "ip.tcpsyncookies failed",
        ],
        summary: "a stray ACK reached a listener that had lately sent SYN cookies, and its cookie was wrong",
        means: &[
            "An ACK that belongs to no known connection or request came to a listener that had sent a cookie within about \
             the last two minutes (or another member of its SO_REUSEPORT group had), and the number in it was no valid \
             cookie. It is answered with a RST (OutRsts).",
            "Late answers to old cookies, ACKs of connections that are gone, and guesses of an attacker all look alike.",
        ],
        means_not: &[
            "Outside those two minutes a stray ACK counts nothing here. So a count that stands still does not say that no \
             stray ACKs come.",
        ],
        sources: &[Source::Kernel("net/ipv4/syncookies.c:cookie_v4_check")],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "SyncookiesFailed")],
        proofs: &["cookie-failed"],
        see_also: &["syncookies-sent", "syncookies-recv", "out-rsts"],
        ..Topic::BLANK
    },
];
