//! Columns of `listenq` itself.

use super::{FULL, Look, Source, Topic};
use crate::topic::{Kind, Show, Tool, Which};

const WATCH: Look = Look {
    command: "listenq --watch",
    shows: "the same again and again, with rates",
};

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "column-state",
        title: "STATE, in listenq",
        kind: Kind::Column(Tool::Listenq),
        names: &[
            "STATE",
            "STATE column",
            "dropping",
            "state full",
            "state high",
            "state ok",
            "state idle",
        ],
        summary: "how endangered the listener is: dropping, full, high, ok, idle; the first that holds",
        means: &[
            "dropping: connections were refused while --watch looked. full: length is limit + 1 or more, so the next one \
             will be refused. high: at least 80 % of what it holds. ok: somebody waits. idle: nobody does.",
            "The table is sorted by it, the most endangered first.",
        ],
        means_not: &[
            "A single look never says dropping: that takes two.",
            "idle does not mean that nothing was lost earlier: see DROPS.",
        ],
        sources: &[FULL],
        look_at: &[
            WATCH,
            Look {
                command: "listenq --check",
                shows: "exit status 1 if a listener is high or full",
            },
        ],
        shows: &[Show::Listeners(Which::Endangered)],
        proofs: &["accept-queue-holds-one-more"],
        see_also: &["column-accept-queue", "column-drops"],
        ..Topic::BLANK
    },
    Topic {
        id: "column-accept-queue",
        title: "ACCEPT QUEUE, in listenq",
        kind: Kind::Column(Tool::Listenq),
        names: &[
            "ACCEPT QUEUE column",
            "accept_queue.length",
            "accept_queue.limit",
            "accept_queue.capacity",
            "129/128",
        ],
        summary: "connections that wait for accept(), of the limit; it holds one more than the limit",
        means: &[
            "3/128: three connections are established and wait for accept(), the limit is 128. The kernel refuses when \
             length > limit, so 128/128 has one place left and 129/128 is full. These are Recv-Q and Send-Q of ss -ltn.",
            "– means that it could not be read: the limit, where sock_diag is missing.",
        ],
        means_not: &[
            "Not a history: it is what the queue is at this moment.",
            "After a second listen() with a smaller backlog it can be far above its limit: what waits stays.",
        ],
        sources: &[FULL],
        look_at: &[WATCH],
        shows: &[Show::Listeners(Which::Waiting)],
        proofs: &[
            "accept-queue-holds-one-more",
            "second-listen-resizes-both-queues",
            "dead-connections-stay-queued",
        ],
        see_also: &["ss-recv-q", "ss-send-q", "column-state"],
        ..Topic::BLANK
    },
    Topic {
        id: "column-syn-queue",
        title: "SYN QUEUE, in listenq",
        kind: Kind::Column(Tool::Listenq),
        names: &[
            "SYN QUEUE column",
            "syn_queue.length",
            "syn_queue.limit",
            "syn_queue.limit_by",
            "limit_by",
            "syn_queue.young",
        ],
        summary: "half-open connections of the listener; a range where they may belong to several listeners",
        means: &[
            "How many half-open connections have the listener's address and port. Where two listeners share them \
             (SO_REUSEPORT, a wildcard and an address) the kernel does not say whose they are: 0–7 is the range.",
            "limit_by says what limits it: “backlog”, the limit of the listener; “max_syn_backlog”, the 3/4 rule, with \
             tcp_syncookies 0; “cookies”, tcp_syncookies is 2 and nothing is ever kept.",
        ],
        means_not: &["SYNs answered with cookies are not in it: the kernel keeps nothing of them."],
        kernels: &[
            "The SYN queue holds limit + 1, or limit on kernels before the change of 2025 (6.8 has the old test, 6.14 the new).",
        ],
        sources: &[
            Source::Kernel("include/net/inet_connection_sock.h:inet_csk_reqsk_queue_is_full"),
            Source::Kernel("net/ipv4/inet_diag.c:inet_req_diag_fill"),
        ],
        look_at: &[Look {
            command: "listenq -o wide",
            shows: "its limit, and what limits it",
        }],
        shows: &[Show::Listeners(Which::HalfOpen)],
        proofs: &["syn-queue-limit-is-the-backlog", "syn-recv-counts-all-listeners"],
        see_also: &["ss-syn-recv", "tcp-syncookies", "tcp-max-syn-backlog"],
    },
    Topic {
        id: "column-drops",
        title: "DROPS, in listenq",
        kind: Kind::Column(Tool::Listenq),
        names: &["DROPS", "DROPS column", "drops.total", "drops.per_second"],
        summary: "what the socket has refused since it exists, and per second under --watch; with some noise",
        means: &[
            "The socket's own counter, as the kernel gives it (d in ss -m). A refused SYN counts 1, a refused final ACK 2. \
             Duplicate SYNs, RSTs on half-open connections and ACKs held by TCP_DEFER_ACCEPT count too, so a few are no \
             reason to worry; a number that grows with a full accept queue is.",
            "Unix listeners have none: their clients wait or get EAGAIN, and nothing is counted.",
        ],
        means_not: &["Not a number of clients or connections, and not ListenOverflows."],
        sources: &[
            Source::Kernel("include/net/tcp.h:tcp_listendrop"),
            Source::Kernel("net/core/sock.c:sk_get_meminfo"),
        ],
        look_at: &[
            WATCH,
            Look {
                command: "listenq counters --for 10s",
                shows: "what the namespace counted in that time, and what it means",
            },
        ],
        shows: &[Show::Listeners(Which::Dropped)],
        proofs: &["final-ack-refused", "duplicate-syn"],
        see_also: &["ss-skmem-drops", "listen-drops", "listen-overflows"],
        ..Topic::BLANK
    },
    Topic {
        id: "column-listener",
        title: "LISTENER, in listenq",
        kind: Kind::Column(Tool::Listenq),
        names: &["LISTENER column", "#2/4", "reuseport_group"],
        summary: "where it listens: address and port, or path; #2/4 is the second of four on one port",
        means: &[
            "0.0.0.0:80 and [::]:80 are two listeners, if both exist. #2/4: four sockets share the port by SO_REUSEPORT; \
             each has queues of its own. “in NAME”: it is in that network namespace, not in ours.",
        ],
        means_not: &["One row is one socket, not one process: several processes can hold the same socket."],
        sources: &[Source::Manual("socket(7)")],
        look_at: &[Look {
            command: "listenq --port 80",
            shows: "every listener of a port, in all namespaces",
        }],
        shows: &[Show::Listeners(Which::Tcp)],
        proofs: &["reuseport-members-have-their-own-queues", "one-queue-for-both-families"],
        see_also: &["column-owner", "column-accept-queue"],
        ..Topic::BLANK
    },
    Topic {
        id: "column-owner",
        title: "OWNER, in listenq",
        kind: Kind::Column(Tool::Listenq),
        names: &["OWNER", "OWNER column", "owners", "+2 in OWNER"],
        summary: "name and pid of the oldest process that holds the socket; +2: two more hold it too",
        means: &[
            "The processes that have the socket open, as /proc/PID/fd says. “kernel” has no file behind it. Where the \
             owner may not be looked at, the unit of the socket's creator is shown instead.",
        ],
        means_not: &[
            "Not the process that will accept the next connection: any of them may.",
            "– is not nobody: it is not known.",
        ],
        sources: &[Source::Manual("proc(5)")],
        look_at: &[Look {
            command: "listenq -o json",
            shows: "all owners, with pid and file descriptor",
        }],
        see_also: &["ss-process", "column-listener"],
        ..Topic::BLANK
    },
];
