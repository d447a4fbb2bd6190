//! Columns of `listenq -o wide` and `listenq -s`.

use super::{Look, Source, Topic};
use crate::topic::{Kind, Show, Tool, Which};

const WIDE: Look = Look {
    command: "listenq -o wide",
    shows: "every column",
};

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "column-queued",
        title: "QUEUED, in listenq -o wide",
        kind: Kind::Column(Tool::Listenq),
        names: &["QUEUED", "QUEUED column", "accept_queue.content", "closed_by_client"],
        summary: "what waits in the accept queue: open, closed by the client, reset, bytes already sent",
        means: &[
            "120 open, 6 closed, 3 reset, 48000 bytes: of the connections that wait, 120 are alive; the clients of 6 have \
             closed (CLOSE_WAIT); 3 were reset, which no tool can list and which still take a place; and the clients have \
             sent 48,000 bytes that nobody has read.",
        ],
        means_not: &["Many closed or reset ones do not free the queue: the program must accept() them."],
        sources: &[Source::Kernel("net/ipv4/inet_diag.c:inet_sk_diag_fill")],
        look_at: &[WIDE],
        shows: &[Show::Listeners(Which::DeadQueued)],
        proofs: &["dead-connections-stay-queued"],
        see_also: &["column-accept-queue", "ss-recv-q"],
        ..Topic::BLANK
    },
    Topic {
        id: "column-proto",
        title: "PROTO, in listenq -o wide",
        kind: Kind::Column(Tool::Listenq),
        names: &["PROTO", "PROTO column"],
        summary: "tcp, mptcp, unix or sctp",
        means: &[
            "mptcp: a listener of Multipath TCP. It has the queues and the counters of TCP, and takes plain TCP clients \
             too.",
        ],
        sources: &[Source::Kernel("net/mptcp/protocol.c:mptcp_listen")],
        look_at: &[WIDE],
        proofs: &["mptcp-rides-on-tcp"],
        see_also: &["column-listener"],
        ..Topic::BLANK
    },
    Topic {
        id: "column-netns",
        title: "NETNS, in listenq -o wide",
        kind: Kind::Column(Tool::Listenq),
        names: &["NETNS", "NETNS column", "NAMESPACE", "NAMESPACE column"],
        summary: "the network namespace the listener is in: host, a name of ip netns, or a container",
        means: &["Sysctls and counters are those of the listener's namespace, not of the shell in which you type."],
        sources: &[Source::Manual("network_namespaces(7)")],
        look_at: &[Look {
            command: "listenq -s",
            shows: "one line per namespace: listeners, waiting, half-open",
        }],
        proofs: &["new-namespace-starts-from-defaults"],
        see_also: &["somaxconn", "proc-net-snmp"],
        ..Topic::BLANK
    },
    Topic {
        id: "column-unit",
        title: "UNIT, CONTAINER and CGROUP, in listenq -o wide",
        kind: Kind::Column(Tool::Listenq),
        names: &[
            "UNIT",
            "UNIT column",
            "CONTAINER",
            "CONTAINER column",
            "CGROUP",
            "CGROUP column",
        ],
        summary: "systemd unit, container and control group of the process that made the socket",
        means: &[
            "They come from the control group of the socket's creator, which the kernel tells everybody (5.8 and later), or \
             from that of its owner.",
        ],
        sources: &[Source::Kernel("net/ipv4/inet_diag.c:inet_diag_msg_attrs_fill")],
        look_at: &[WIDE],
        see_also: &["column-owner"],
        ..Topic::BLANK
    },
    Topic {
        id: "column-cookie",
        title: "UID, INODE and COOKIE, in listenq -o wide",
        kind: Kind::Column(Tool::Listenq),
        names: &[
            "UID",
            "UID column",
            "INODE",
            "INODE column",
            "COOKIE",
            "COOKIE column",
            "SO_COOKIE",
            "idiag_cookie",
            "sk in ss -e",
        ],
        summary: "who made the socket, its number in /proc/PID/fd, and its name for the life of the kernel",
        means: &[
            "INODE is the number of socket:[N] in /proc/PID/fd; 0 if there is no file (kernel, connections that wait). \
             COOKIE is given once per socket and never again until the next boot, so it tells one socket from the next on \
             the same port. It is sk: in ss -e, in hexadecimal.",
        ],
        means_not: &["Nothing to do with SYN cookies."],
        sources: &[
            Source::Kernel("net/core/sock_diag.c:sock_diag_save_cookie"),
            Source::Manual("socket(7)"),
        ],
        look_at: &[WIDE],
        see_also: &["ss-process"],
        ..Topic::BLANK
    },
    Topic {
        id: "column-half-open",
        title: "LISTENERS, WAITING and HALF-OPEN, in listenq -s",
        kind: Kind::Column(Tool::Listenq),
        names: &[
            "LISTENERS column",
            "WAITING",
            "WAITING column",
            "HALF-OPEN",
            "HALF-OPEN column",
            "totals.half_open",
            "totals.waiting",
        ],
        summary: "sums over a namespace: listeners, connections that wait for accept(), half-open connections",
        means: &[
            "WAITING is the sum of the accept queues, HALF-OPEN the number of half-open connections of all listeners of the \
             namespace.",
        ],
        means_not: &["Not to be compared with any limit: limits belong to single listeners."],
        sources: &[Source::Kernel("net/ipv4/inet_diag.c:inet_req_diag_fill")],
        look_at: &[Look {
            command: "listenq -s",
            shows: "the sums of every namespace",
        }],
        shows: &[Show::Listeners(Which::HalfOpen)],
        proofs: &["syn-recv-counts-all-listeners"],
        see_also: &["ss-syn-recv", "column-syn-queue"],
        ..Topic::BLANK
    },
];
