//! The counters of RFC 4022 (group Tcp) that concern handshakes.

use super::{CHECK_REQ, MOVES_NOW, REQUEST_TIMER, events, gauge};
use crate::topic::{Look, Show, Source, Topic, Which};

const CREATE_CHILD: Source = Source::Kernel("net/ipv4/tcp_minisocks.c:tcp_create_openreq_child");
const SET_STATE: Source = Source::Kernel("net/ipv4/tcp.c:tcp_set_state");

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "active-opens",
        title: "Tcp.ActiveOpens",
        kind: events("Tcp", "ActiveOpens", "calls of connect() that sent a SYN"),
        names: &[
            "active connection openings",
            "active connections openings",
            "active opens",
            "ip.tcpopens active",
        ],
        summary: "a connect() of this namespace sent its first SYN; says nothing of listeners",
        means: &[
            "A program of this network namespace called connect(), and the kernel sent the first SYN. It counts whether \
             or not the connection comes about; a SYN sent again does not count again (TCPSynRetrans does).",
        ],
        means_not: &["Not an established connection, and nothing about the listeners of this host."],
        sources: &[
            Source::Kernel("net/ipv4/tcp_output.c:tcp_connect"),
            Source::Standard("RFC 4022"),
        ],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("Tcp", "ActiveOpens")],
        proofs: &["passive-opens", "attempt-fails"],
        see_also: &["passive-opens", "attempt-fails", "tcp-syn-retrans"],
        ..Topic::BLANK
    },
    Topic {
        id: "passive-opens",
        title: "Tcp.PassiveOpens",
        kind: events("Tcp", "PassiveOpens", "connections put into an accept queue"),
        names: &[
            "passive connection openings",
            "passive connections openings",
            "passive opens",
            "ip.tcpopens passive",
        ],
        summary: "a connection was made from a client's handshake and put into an accept queue",
        means: &[
            "The kernel built the socket of a new incoming connection: a valid final ACK came and the accept queue had \
             room; or a valid SYN cookie; or a Fast Open SYN with a valid cookie (then at the SYN, before the handshake \
             ends); or a further subflow of an MPTCP connection, which goes into no accept queue.",
            "It counts before accept(): a connection that the program never accepts counts all the same.",
        ],
        means_not: &[
            "Not completed handshakes in every case: if the final ACK finds the accept queue full, the client's handshake \
             is complete and nothing counts here.",
            "Not accepted connections. What happens to the connection later takes nothing away from it.",
        ],
        sources: &[CREATE_CHILD, Source::Standard("RFC 4022")],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("Tcp", "PassiveOpens")],
        proofs: &["passive-opens", "fast-open-child-is-queued-at-the-syn", "mptcp-join"],
        see_also: &[
            "active-opens",
            "listen-overflows",
            "passive-opens-counts-completed-handshakes",
        ],
        ..Topic::BLANK
    },
    Topic {
        id: "attempt-fails",
        title: "Tcp.AttemptFails",
        kind: events(
            "Tcp",
            "AttemptFails",
            "handshakes that ended in a RST or an error, as client or as server",
        ),
        names: &["failed connection attempts", "attempt fails", "failed attempts"],
        summary: "a handshake failed: a connect() was refused or timed out, or a client reset its request",
        means: &[
            "Two things count. A socket in SYN_SENT or SYN_RECV was closed by the kernel: a connect() that was refused by \
             a RST, or gave up after its last SYN. And on the listening side: a RST, or a new SYN, that fits a half-open \
             request took the request away (with EmbryonicRsts).",
            "A Fast Open connection that is reset before it was accepted counts 2.",
        ],
        means_not: &[
            "Not half-open requests that expire because the client never answers: those count in no failure counter, only \
             in TCPTimeouts.",
            "Not a full queue: neither refused SYNs nor refused final ACKs count here, also not with \
             tcp_abort_on_overflow=1.",
            "Not a connect() that the program itself gave up: close() of a socket in SYN_SENT does not count.",
        ],
        sources: &[
            Source::Kernel("net/ipv4/tcp.c:tcp_done"),
            CHECK_REQ,
            Source::Standard("RFC 4022"),
        ],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("Tcp", "AttemptFails")],
        proofs: &[
            "attempt-fails",
            "expired-requests-count-nowhere",
            "fast-open-reset-counts-twice",
        ],
        see_also: &["embryonic-rsts", "tcp-timeouts", "expired-requests-are-attempt-fails"],
        ..Topic::BLANK
    },
    Topic {
        id: "estab-resets",
        title: "Tcp.EstabResets",
        kind: events(
            "Tcp",
            "EstabResets",
            "established connections that ended without an orderly close",
        ),
        names: &[
            "connection resets received",
            "connections resets received",
            "established resets",
            "estab resets",
            "system.net.tcp.established_resets",
        ],
        summary: "an established connection (or one in CLOSE_WAIT) was cut off",
        means: &[
            "A connection went from ESTABLISHED or CLOSE_WAIT straight to CLOSE: a RST came, or this side reset it. The \
             connections in an accept queue are established, so they count too: each one that its client resets, and \
             each one that is thrown away when the listener is closed.",
        ],
        means_not: &[
            "Not only resets received, in spite of what netstat prints: those that this side made count as well.",
            "Not a refused handshake: that connection never was established here.",
        ],
        sources: &[SET_STATE, Source::Standard("RFC 4022")],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("Tcp", "EstabResets")],
        proofs: &[
            "estab-resets",
            "close-resets-the-waiting",
            "dead-connections-stay-queued",
        ],
        see_also: &["out-rsts", "attempt-fails", "curr-estab", "estab-resets-rule"],
        ..Topic::BLANK
    },
    Topic {
        id: "curr-estab",
        title: "Tcp.CurrEstab",
        kind: gauge("Tcp", "CurrEstab", "established connections now"),
        names: &[
            "connections established",
            "current established",
            "estab in ss -s",
            "node_netstat_Tcp_CurrEstab",
        ],
        summary: "established connections now, those that wait in accept queues among them",
        means: &[
            "How many TCP connections of this network namespace are established now, incoming and outgoing, IPv4 and \
             IPv6. It goes up and down.",
            "Connections that wait in an accept queue are established and count, though no program has them yet. So the \
             number can grow while a program hangs.",
        ],
        means_not: &[
            "Not connections that a program holds.",
            "Not half-open connections: those are not established.",
        ],
        kernels: &[
            "Since 2024 connections in CLOSE_WAIT count too, in stable kernels as well (5.10.223, 6.1.176, 6.12.107 and 6.14 \
             have it; 5.15.24, 6.6.9 and 6.8 do not).",
        ],
        sources: &[SET_STATE, Source::Standard("RFC 4022")],
        look_at: &[Look {
            command: "listenq -s",
            shows: "how many of them wait in accept queues",
        }],
        shows: &[Show::Counter("Tcp", "CurrEstab"), Show::Listeners(Which::Waiting)],
        proofs: &["curr-estab-counts-the-waiting"],
        see_also: &["passive-opens", "estab-resets", "mp-curr-estab"],
    },
    Topic {
        id: "out-rsts",
        title: "Tcp.OutRsts",
        kind: events("Tcp", "OutRsts", "RSTs sent"),
        names: &["resets sent", "system.net.tcp.out_resets", "out resets"],
        summary: "this host sent a RST: to a closed port, to a stray packet, or to end a connection",
        means: &[
            "A RST was sent. On the listening side: the answer to a SYN for a port where nobody listens; to a stray ACK \
             that reaches a listener; to a wrong ACK number on a half-open request (the request stays); to a final ACK \
             refused by a full accept queue with tcp_abort_on_overflow=1; to every connection that still waits when its \
             listener is closed.",
        ],
        means_not: &[
            "A full queue sends no RST by default: it is silent. A client that is told “connection refused” reached no \
             listener.",
        ],
        sources: &[
            Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_v4_send_reset"),
            Source::Kernel("net/ipv4/tcp_output.c:tcp_send_active_reset"),
        ],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("Tcp", "OutRsts")],
        proofs: &[
            "refused-means-nobody-listens",
            "abort-on-overflow",
            "wrong-ack-keeps-the-request",
            "stray-packets",
        ],
        see_also: &["estab-resets", "tcp-abort-on-overflow", "embryonic-rsts"],
        ..Topic::BLANK
    },
    Topic {
        id: "retrans-segs",
        title: "Tcp.RetransSegs",
        kind: events("Tcp", "RetransSegs", "segments sent again"),
        names: &[
            "segments retransmitted",
            "segments retransmited",
            "retransmissions",
            "ip.tcperrors RetransSegs",
        ],
        summary: "a segment was sent again; SYN-ACKs that half-open clients leave unanswered are among them",
        means: &[
            "A segment was sent again: data, a SYN, or a SYN-ACK. So half-open connections whose clients do not answer \
             make it grow, though no established connection loses anything.",
            "TCPSynRetrans counts the SYNs and SYN-ACKs among them.",
        ],
        means_not: &["Not a measure of loss on established connections alone."],
        sources: &[
            Source::Kernel("net/ipv4/tcp_output.c:tcp_rtx_synack"),
            Source::Kernel("net/ipv4/tcp_output.c:__tcp_retransmit_skb"),
            REQUEST_TIMER,
        ],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("Tcp", "RetransSegs")],
        proofs: &["timeouts-count-syn-acks", "duplicate-syn"],
        see_also: &["tcp-syn-retrans", "tcp-timeouts"],
        ..Topic::BLANK
    },
];
