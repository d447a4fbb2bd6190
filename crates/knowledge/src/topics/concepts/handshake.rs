//! What happens between the SYN and accept().

use crate::topic::{Look, Show, Source, Topic, Which};

const CONN_REQUEST: Source = Source::Kernel("net/ipv4/tcp_input.c:tcp_conn_request");
const CHECK_REQ: Source = Source::Kernel("net/ipv4/tcp_minisocks.c:tcp_check_req");
const REQSK_TIMER: Source = Source::Kernel("net/ipv4/inet_connection_sock.c:reqsk_timer_handler");

const WIDE: Look = Look {
    command: "listenq -o wide",
    shows: "length and limit of each SYN queue",
};
const COUNTERS: Look = Look {
    command: "listenq counters --for 10s",
    shows: "what moved, with its meaning",
};

pub(super) const HALF_OPEN: Topic = Topic {
    id: "half-open",
    title: "half-open connection",
    names: &[
        "half open",
        "embryonic connection",
        "request_sock",
        "TCP_NEW_SYN_RECV",
        "incomplete connection",
        "mini socket",
    ],
    summary: "the SYN came and the SYN-ACK went out, but the final ACK has not been taken",
    means: &[
        "It counts in the SYN queue of its listener and shows as SYN_RECV. Usually it lasts one round trip. It lasts \
         longer when the client is gone or forged, when packets are lost, when TCP_DEFER_ACCEPT waits for data, and \
         when the accept queue is full and the final ACK was refused.",
        "A half-open connection takes no socket of the program and no file descriptor; the program cannot see it.",
    ],
    means_not: &[
        "When it expires, no counter of failures moves: neither AttemptFails nor ListenDrops. Only TCPTimeouts does.",
    ],
    sources: &[CONN_REQUEST, REQSK_TIMER],
    look_at: &[
        Look {
            command: "listenq --port 443 --get syn_queue.length",
            shows: "how many on one port",
        },
        Look {
            command: "listenq -s",
            shows: "how many on the whole host",
        },
    ],
    shows: &[Show::Listeners(Which::HalfOpen)],
    proofs: &["expired-requests-count-nowhere", "syn-recv-counts-all-listeners"],
    see_also: &["syn-queue", "syn-ack-retransmission", "many-syn-recv"],
    ..Topic::BLANK
};

pub(super) const SYN_COOKIES: Topic = Topic {
    id: "syn-cookies",
    title: "SYN cookies",
    names: &["syncookies", "syn cookie", "SYN flood protection", "cookie mode"],
    summary: "an answer to a SYN that stores nothing: used when the SYN queue is full",
    means: &[
        "The kernel puts what it needs to know into the sequence number of the SYN-ACK and forgets the SYN. The final \
         ACK brings the number back, and the connection is made from it. So a full SYN queue refuses nobody.",
        "net.ipv4.tcp_syncookies: 1 (default) when the SYN queue of the listener is full, 2 always, 0 never. While it \
         is 1 or 2, tcp_max_syn_backlog plays no role.",
        "The cookie has little room: the MSS is rounded down to one of a few values, and window scaling and SACK \
         survive only if the client sends timestamps. TCP_DEFER_ACCEPT does not hold cookie connections back.",
    ],
    means_not: &[
        "They do not help a full accept queue: the SYN is dropped in cookie mode too, and a valid cookie finds no \
         room.",
        "That cookies are sent does not mean an attack: a full accept queue or a burst fills the SYN queue as well.",
    ],
    sources: &[
        CONN_REQUEST,
        Source::Kernel("net/ipv4/syncookies.c:cookie_v4_check"),
        Source::Kernel("net/ipv4/syncookies.c:cookie_init_timestamp"),
        Source::Standard("RFC 4987, 3.6"),
    ],
    look_at: &[COUNTERS, WIDE],
    shows: &[
        Show::Setting("net.ipv4.tcp_syncookies"),
        Show::Counter("TcpExt", "SyncookiesSent"),
        Show::Counter("TcpExt", "TCPReqQFullDoCookies"),
    ],
    proofs: &[
        "full-syn-queue-sends-cookies",
        "cookies-always",
        "cookies-do-not-help-the-accept-queue",
        "max-syn-backlog-with-cookies",
    ],
    see_also: &["tcp-syncookies", "syn-queue", "many-syn-recv"],
    ..Topic::BLANK
};

pub(super) const SYN_ACK_RETRANSMISSION: Topic = Topic {
    id: "syn-ack-retransmission",
    title: "SYN-ACK retransmission and expiry",
    names: &[
        "syn-ack retransmit",
        "SYN-ACK timeout",
        "half-open timeout",
        "63 seconds",
        "pruning",
    ],
    summary: "an unanswered SYN-ACK is sent again after 1, 2, 4 … s; after 63 s the half-open one expires",
    means: &[
        "The first timeout is 1 s and each following one is twice as long, up to net.ipv4.tcp_synack_retries (5) \
         repeats: 1 + 2 + 4 + 8 + 16 + 32 = 63 s. TCP_SYNCNT on the listener sets another number of repeats.",
        "When the SYN queue is more than half full (2 × length > limit, and more than 4), old requests are given up \
         earlier, with no young ones about after 2 repeats: 7 s instead of 63 s.",
        "Each timeout adds one to TCPTimeouts, each repeat one to TCPSynRetrans and RetransSegs. A SYN-ACK that \
         cannot be sent for want of a route ends the request at once, and nothing counts that.",
    ],
    means_not: &["Expiry counts neither in AttemptFails nor in ListenDrops."],
    sources: &[REQSK_TIMER, Source::Manual("tcp(7): tcp_synack_retries, TCP_SYNCNT")],
    look_at: &[WIDE, COUNTERS],
    shows: &[
        Show::Setting("net.ipv4.tcp_synack_retries"),
        Show::Counter("TcpExt", "TCPTimeouts"),
        Show::Counter("TcpExt", "TCPSynRetrans"),
    ],
    proofs: &[
        "expired-requests-count-nowhere",
        "timeouts-count-syn-acks",
        "pruned-above-half",
    ],
    see_also: &["half-open", "tcp-synack-retries", "tcp-timeouts"],
    ..Topic::BLANK
};

pub(super) const DEFER_ACCEPT: Topic = Topic {
    id: "defer-accept",
    title: "TCP_DEFER_ACCEPT",
    names: &["TCP_DEFER_ACCEPT", "listen deferred", "accept filter", "nginx deferred"],
    summary: "a listener option: accept only when the client has sent data; until then it is half-open",
    means: &[
        "The final ACK without data is dropped and the connection stays in the SYN queue, where it counts against the \
         limit. Data completes it at once. The seconds given are rounded up to whole SYN-ACK timeouts (5 becomes 7 = \
         1 + 2 + 4); after that one more SYN-ACK is sent, and its answer lets the connection in even without data.",
        "So clients that connect and say nothing fill the SYN queue instead of the accept queue.",
    ],
    means_not: &["The drops of the listener grow by one for every ACK held back. No connection is lost by that."],
    sources: &[CHECK_REQ, Source::Manual("tcp(7): TCP_DEFER_ACCEPT")],
    look_at: &[WIDE, COUNTERS],
    shows: &[
        Show::Counter("TcpExt", "TCPDeferAcceptDrop"),
        Show::Listeners(Which::HalfOpen),
    ],
    proofs: &["defer-accept-fills-the-syn-queue"],
    see_also: &["syn-queue", "tcp-defer-accept-drop"],
    ..Topic::BLANK
};

pub(super) const FAST_OPEN: Topic = Topic {
    id: "fast-open",
    title: "TCP Fast Open",
    names: &["TFO", "TCP_FASTOPEN", "fastopen queue", "fast open queue"],
    summary: "data in the SYN: the connection enters the accept queue before the handshake is done",
    means: &[
        "A client with a valid Fast Open cookie is put into the accept queue at its SYN, in state SYN_RECV, and \
         PassiveOpens counts it then. The listener has a limit of its own for those whose handshake is unfinished \
         (TCP_FASTOPEN, or set by the first listen()).",
        "At that limit the kernel falls back to an ordinary handshake: nothing is lost. TCPFastOpenListenOverflow \
         counts it.",
    ],
    means_not: &[
        "TCPFastOpenListenOverflow is not an overflow of the accept queue.",
        "A second listen() does not change the Fast Open limit.",
    ],
    sources: &[
        Source::Kernel("net/ipv4/tcp_fastopen.c:tcp_try_fastopen"),
        Source::Standard("RFC 7413"),
        Source::Manual("tcp(7): tcp_fastopen, TCP_FASTOPEN"),
    ],
    look_at: &[COUNTERS],
    shows: &[
        Show::Setting("net.ipv4.tcp_fastopen"),
        Show::Counter("TcpExt", "TCPFastOpenPassive"),
        Show::Counter("TcpExt", "TCPFastOpenListenOverflow"),
    ],
    proofs: &["fast-open-child-is-queued-at-the-syn"],
    see_also: &["tcp-fastopen", "accept-queue"],
    ..Topic::BLANK
};
