//! What happens to half-open requests: retransmissions, time-outs, resets, deferral.

use super::{CHECK_REQ, HALF_OPEN, MOVES_NOW, REQUEST_TIMER, events};
use crate::topic::{Show, Source, Topic, Which};

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "embryonic-rsts",
        title: "TcpExt.EmbryonicRsts",
        kind: events("TcpExt", "EmbryonicRsts", "half-open requests taken away"),
        names: &["resets received for embryonic SYN_RECV sockets", "embryonic resets"],
        summary: "a half-open request was taken away: a RST or a new SYN came, or abort_on_overflow reset it",
        means: &[
            "A request left the SYN queue without becoming a connection, for one of two reasons: a RST or a new SYN came \
             that fits it (AttemptFails counts too), or the accept queue was full when its final ACK came and \
             tcp_abort_on_overflow is 1 (ListenOverflows and OutRsts count too).",
            "Port scanners that reset after the SYN-ACK, and health checks of load balancers that do, move it all the \
             time.",
        ],
        means_not: &["Not expired requests. Not only resets received, in spite of what netstat prints."],
        kernels: &[
            "5.10 and later count only if this CPU really removed the request; before, two CPUs could count the same one.",
        ],
        sources: &[CHECK_REQ],
        look_at: &[MOVES_NOW],
        shows: &[
            Show::Counter("TcpExt", "EmbryonicRsts"),
            Show::Setting("net.ipv4.tcp_abort_on_overflow"),
        ],
        proofs: &["attempt-fails", "abort-on-overflow"],
        see_also: &["attempt-fails", "tcp-abort-on-overflow", "out-rsts"],
    },
    Topic {
        id: "tcp-defer-accept-drop",
        title: "TcpExt.TCPDeferAcceptDrop",
        kind: events(
            "TcpExt",
            "TCPDeferAcceptDrop",
            "final ACKs without data that were held back",
        ),
        names: &["defer accept drop"],
        summary: "a final ACK without data was held back, as TCP_DEFER_ACCEPT asks; nothing is wrong",
        means: &[
            "The listener has TCP_DEFER_ACCEPT set, and a final ACK without data came. The ACK is dropped on purpose and \
             the connection stays in the SYN queue until data comes or the time is over.",
            "Each also adds 1 to the listener's own drops (d in ss -m), but nothing to ListenDrops.",
        ],
        means_not: &[
            "Not a lost connection.",
            "But the deferred connections count in the SYN queue and use up its limit.",
        ],
        sources: &[CHECK_REQ, Source::Manual("tcp(7)")],
        look_at: &[HALF_OPEN, MOVES_NOW],
        shows: &[
            Show::Counter("TcpExt", "TCPDeferAcceptDrop"),
            Show::Listeners(Which::HalfOpen),
        ],
        proofs: &["defer-accept-fills-the-syn-queue"],
        see_also: &["ss-skmem-drops", "listen-drops"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-syn-retrans",
        title: "TcpExt.TCPSynRetrans",
        kind: events("TcpExt", "TCPSynRetrans", "SYNs and SYN-ACKs sent again"),
        names: &["SYN retransmits", "syn retransmissions", "system.net.tcp.syn_retrans"],
        summary: "a SYN of ours or a SYN-ACK of a listener was sent again; the two are not told apart",
        means: &[
            "As client: a connect() got no answer to its SYN and sent it again. As server: a SYN-ACK was sent again, \
             because the final ACK did not come in time or because the client repeated its SYN.",
            "On a host that is both, this counter cannot say which of the two it was.",
        ],
        means_not: &[
            "Not the SYNs of clients that were refused here: those are the clients' retransmissions, counted on their \
             hosts.",
        ],
        sources: &[
            Source::Kernel("net/ipv4/tcp_output.c:tcp_rtx_synack"),
            Source::Kernel("net/ipv4/tcp_output.c:__tcp_retransmit_skb"),
            CHECK_REQ,
        ],
        look_at: &[MOVES_NOW, HALF_OPEN],
        shows: &[
            Show::Counter("TcpExt", "TCPSynRetrans"),
            Show::Listeners(Which::HalfOpen),
        ],
        proofs: &["timeouts-count-syn-acks", "duplicate-syn", "connect-takes-a-second"],
        see_also: &["retrans-segs", "tcp-timeouts", "tcp-synack-retries", "tcp-syn-retries"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-timeouts",
        title: "TcpExt.TCPTimeouts",
        kind: events("TcpExt", "TCPTimeouts", "retransmission timers that ran out"),
        names: &["other TCP timeouts"],
        summary: "a retransmission timer ran out; the timer of each half-open request counts too",
        means: &[
            "A timer ran out while an answer was missing: of data, of a SYN, or of a SYN-ACK. Each half-open request has \
             such a timer of its own, which fires after 1 s, then 2 s, 4 s and so on.",
            "It is the only counter that a request moves that expires because its client never answers: one per firing, \
             the last one included.",
        ],
        means_not: &["Not lost connections: a timer that runs out once is followed by another try."],
        sources: &[
            REQUEST_TIMER,
            Source::Kernel("net/ipv4/tcp_timer.c:tcp_retransmit_timer"),
        ],
        look_at: &[MOVES_NOW, HALF_OPEN],
        shows: &[
            Show::Counter("TcpExt", "TCPTimeouts"),
            Show::Setting("net.ipv4.tcp_synack_retries"),
        ],
        proofs: &["timeouts-count-syn-acks", "expired-requests-count-nowhere"],
        see_also: &[
            "tcp-syn-retrans",
            "tcp-synack-retries",
            "expired-requests-are-attempt-fails",
        ],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-ack-skipped-syn-recv",
        title: "TcpExt.TCPACKSkippedSynRecv",
        kind: events("TcpExt", "TCPACKSkippedSynRecv", "answers left out"),
        names: &["ACK skipped SYN_RECV"],
        summary: "a duplicate SYN or an out-of-window packet of a half-open client was not answered again so soon",
        means: &[
            "A packet came for a half-open request that would be answered with an ACK or another SYN-ACK, but the last \
             such answer was less than 500 ms ago (tcp_invalid_ratelimit), so none was sent.",
            "The duplicate SYN also adds 1 to the listener's own drops.",
        ],
        means_not: &["Not a refused connection: the request stays, and its SYN-ACK timer goes on."],
        sources: &[CHECK_REQ, Source::Kernel("net/ipv4/tcp_input.c:tcp_oow_rate_limited")],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPACKSkippedSynRecv")],
        proofs: &["duplicate-syn"],
        see_also: &["ss-skmem-drops", "tcp-syn-retrans"],
        ..Topic::BLANK
    },
];
