//! What the side that connects sees.

use super::{COUNTERS, LIST, WATCH};
use crate::topic::{Kind, Look, Show, Source, Topic, Which};

const CONN_REQUEST: Source = Source::Kernel("net/ipv4/tcp_input.c:tcp_conn_request");
const PORT: Look = Look {
    command: "listenq --port N",
    shows: "whether anybody listens there, in any namespace, and how full it is",
};

pub(super) const CONNECTION_REFUSED: Topic = Topic {
    id: "connection-refused",
    title: "connection refused",
    kind: Kind::Symptom,
    names: &[
        "ECONNREFUSED",
        "connection refused",
        "Connection refused (111)",
        "errno 111",
        "connect: connection refused",
    ],
    summary: "nobody listens there: a full queue never refuses like this on Linux",
    means: &[
        "The SYN was answered with RST: no socket listens on that address and port, in that network namespace. On \
         Linux a full accept queue or SYN queue is silent: it gives a time-out, not a refusal.",
        "Look for: the program is not running or has closed the socket, it listens on another address (127.0.0.1 \
         instead of 0.0.0.0, IPv4 instead of IPv6) or in another namespace (container), or a firewall rejects with \
         RST.",
        "On a unix socket it means that the file is there and nobody listens behind it.",
    ],
    means_not: &["Manual pages that say “refused when the queue is full” speak of other systems."],
    sources: &[
        Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_v4_rcv"),
        CONN_REQUEST,
        Source::Manual("connect(2): ECONNREFUSED"),
    ],
    look_at: &[
        PORT,
        Look {
            command: "listenq --netns all --port N",
            shows: "whether the listener is in another namespace",
        },
    ],
    shows: &[Show::Counter("Tcp", "OutRsts"), Show::Counter("Tcp", "AttemptFails")],
    proofs: &["refused-means-nobody-listens", "attempt-fails"],
    see_also: &["connection-timed-out", "connection-reset-by-peer", "listener"],
    ..Topic::BLANK
};

pub(super) const CONNECTION_TIMED_OUT: Topic = Topic {
    id: "connection-timed-out",
    title: "connection timed out",
    kind: Kind::Symptom,
    names: &[
        "ETIMEDOUT",
        "connect timeout",
        "connection timed out",
        "errno 110",
        "i/o timeout",
        "connect timed out",
        "no route or drop",
    ],
    summary: "the SYN got no answer: a full accept queue does that, and so does anything that drops packets",
    means: &[
        "While the accept queue of the listener is full, every SYN to it is dropped without a word. The client \
         repeats it for about two minutes, or until its own time-out.",
        "It is the queue if, while it happens, ListenOverflows of the server's namespace moves and the listener \
         stands at full. It is the SYN queue if TCPReqQFullDrop moves, which needs tcp_syncookies 0.",
        "If none of them moves, the SYN did not reach the listener or the answer did not reach the client: firewall, \
         security group, routing, a full connection-tracking table, a wrong address, a host that is down.",
    ],
    sources: &[CONN_REQUEST, Source::Manual("tcp(7): tcp_syn_retries")],
    look_at: &[LIST, COUNTERS, WATCH],
    shows: &[
        Show::Counter("TcpExt", "ListenOverflows"),
        Show::Counter("TcpExt", "TCPReqQFullDrop"),
        Show::Listeners(Which::Endangered),
    ],
    proofs: &[
        "accept-queue-full-drops-syns",
        "syn-queue-limit-is-the-backlog",
        "refused-means-nobody-listens",
    ],
    see_also: &[
        "queue-overflow",
        "connect-takes-a-second",
        "connection-refused",
        "nf-conntrack-max",
    ],
    ..Topic::BLANK
};

pub(super) const CONNECTION_RESET: Topic = Topic {
    id: "connection-reset-by-peer",
    title: "connection reset by peer",
    kind: Kind::Symptom,
    names: &[
        "ECONNRESET",
        "connection reset by peer",
        "connection reset",
        "errno 104",
        "RST received",
    ],
    summary: "a RST came: of the queues, a closed listener, abort_on_overflow or a late ACK send one",
    means: &[
        "Of the queues, these send it: the listener was closed or its process ended (all that waited in its accept \
         queue is reset); tcp_abort_on_overflow is 1 and the final ACK found the queue full; the final ACK came after \
         the half-open connection had expired, or with a wrong SYN cookie.",
        "Otherwise it is the program or somebody between: it closed with unread data, it crashed, a proxy or load \
         balancer timed out, a restart.",
        "A connection that was reset while it waited is still accepted by the server: its first read() gives this \
         error.",
    ],
    means_not: &["A full accept queue with tcp_abort_on_overflow 0, the default, resets nobody."],
    sources: &[
        Source::Kernel("net/ipv4/inet_connection_sock.c:inet_csk_listen_stop"),
        Source::Kernel("net/ipv4/tcp_minisocks.c:tcp_check_req"),
    ],
    look_at: &[COUNTERS, LIST],
    shows: &[
        Show::Setting("net.ipv4.tcp_abort_on_overflow"),
        Show::Counter("Tcp", "OutRsts"),
        Show::Counter("TcpExt", "EmbryonicRsts"),
        Show::Counter("Tcp", "EstabResets"),
    ],
    proofs: &[
        "close-resets-the-waiting",
        "abort-on-overflow",
        "cookie-failed",
        "estab-resets",
    ],
    see_also: &["tcp-abort-on-overflow", "dead-connections", "reuseport"],
    ..Topic::BLANK
};

pub(super) const CONNECT_EAGAIN: Topic = Topic {
    id: "connect-eagain",
    title: "Resource temporarily unavailable (connect to a unix socket)",
    kind: Kind::Symptom,
    names: &[
        "EAGAIN",
        "Resource temporarily unavailable",
        "errno 11",
        "connect() failed (11: Resource temporarily unavailable)",
        "unix connect EAGAIN",
        "BlockingIOError",
    ],
    summary: "connect() to a unix socket whose accept queue is full, without blocking",
    means: &[
        "A non-blocking connect() to a unix listener gets EAGAIN when the queue holds limit + 1. A blocking one waits \
         instead, so simple clients hang where nginx fails.",
        "Nothing counts it: look at the length of the queue while it happens. If it is full all the time, the workers \
         behind it are all busy or stuck; if only in bursts, a larger backlog helps.",
    ],
    means_not: &[
        "The same words on recv() or accept() of a non-blocking socket are no error: there is nothing to read, nobody \
         to accept.",
        "For TCP, connect() gives EAGAIN for want of local ports, never for a full queue.",
    ],
    sources: &[
        Source::Kernel("net/unix/af_unix.c:unix_stream_connect"),
        Source::Manual("connect(2): EAGAIN"),
        Source::Measured("limit 4: the sixth non-blocking connect() gets EAGAIN (Linux 6.18.44)"),
    ],
    look_at: &[Look {
        command: "listenq --unix",
        shows: "length, limit, and the processes that wait or block there",
    }],
    shows: &[Show::Listeners(Which::UnixWaiting), Show::Setting("net.core.somaxconn")],
    proofs: &["unix-full-blocks-and-counts-nothing"],
    see_also: &["unix-listener", "php-fpm", "nginx-unix-resource-unavailable"],
    ..Topic::BLANK
};

pub(super) const TAKES_A_SECOND: Topic = Topic {
    id: "connect-takes-a-second",
    title: "a connect takes 1 s, 3 s or 7 s",
    kind: Kind::Symptom,
    names: &[
        "connect takes 1 second",
        "connect takes 3 seconds",
        "connect takes 7 seconds",
        "1 second latency",
        "3 second delay",
        "latency spike 1s 3s 7s",
        "slow connect",
        "p99 1000 ms",
        "SYN retransmission",
    ],
    summary: "the first SYN was dropped; it came in with the repeat 1 s, 3 s or 7 s later",
    means: &[
        "Linux repeats an unanswered SYN after 1 s, and then after 2, 4, 8 … more: at 1, 3, 7, 15, 31 s. Where the \
         sysctl tcp_syn_linear_timeouts exists and is 4, its default, the first ones come at 1, 2, 3, 4, 5 s, then at \
         7, 11, 19.",
        "So times just above these are dropped SYNs. At the server that is most often an accept queue that is full \
         for a moment: ListenOverflows and the drops of the listener move. Such a queue may look empty whenever one \
         looks.",
        "Lost packets anywhere on the way look the same at the client, but move nothing at the server.",
    ],
    means_not: &[
        "A name server that does not answer costs 5 s or so: measure connect() alone before you blame the queue.",
    ],
    sources: &[
        CONN_REQUEST,
        Source::Manual("tcp(7): tcp_syn_retries"),
        Source::Measured("SYNs to a full queue at 0, 1, 2, 3.1, 4.1, 5.1, 7.1, 11.3 and 19.4 s (Linux 6.18.44)"),
    ],
    look_at: &[
        WATCH,
        COUNTERS,
        Look {
            command: "listenq --watch 500ms --would-overflow-at 128",
            shows: "short peaks, as far as samples see them",
        },
    ],
    shows: &[
        Show::Counter("TcpExt", "ListenOverflows"),
        Show::Listeners(Which::Dropped),
    ],
    proofs: &["connect-takes-a-second", "accept-queue-full-drops-syns"],
    see_also: &["queue-overflow", "connection-timed-out", "tcp-syn-linear-timeouts"],
    ..Topic::BLANK
};

pub(super) const NO_ANSWER: Topic = Topic {
    id: "connected-but-no-answer",
    title: "connected, but no answer",
    kind: Kind::Symptom,
    names: &[
        "connected but no response",
        "telnet connects but nothing happens",
        "read timeout after connect",
        "hangs after connect",
        "waiting for response",
        "504 gateway timeout",
    ],
    summary: "the kernel connected; the connection waits in the accept queue and nobody accepts it",
    means: &[
        "The handshake is the kernel's: a client is connected, and can send, before the program has seen it. If the \
         program does not call accept(), the connection waits in the accept queue for as long as it likes.",
        "It is the queue if the listener's length is above 0 and does not fall. Then the question is why nobody \
         accepts: the process is stopped, out of file descriptors, blocked, throttled, or the socket is held by a \
         process that never accepts (a child that inherited it, systemd with its service down).",
        "If the length is 0, the program has accepted and is slow or stuck afterwards: its own queues, not the \
         kernel's.",
    ],
    sources: &[
        Source::Kernel("net/ipv4/inet_connection_sock.c:inet_csk_complete_hashdance"),
        Source::Manual("accept(2)"),
    ],
    look_at: &[
        Look {
            command: "listenq --port N",
            shows: "how many wait, how many of them have left, and who holds the socket",
        },
        WATCH,
    ],
    shows: &[Show::Listeners(Which::Waiting)],
    proofs: &["accept-queue-holds-one-more", "passive-opens"],
    see_also: &[
        "waiting-connection",
        "owner-of-a-listener",
        "too-many-open-files",
        "recv-q-stays-high",
    ],
    ..Topic::BLANK
};
