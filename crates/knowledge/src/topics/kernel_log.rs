//! Lines of the kernel log that concern listeners.

use crate::topic::{Kind, Look, Show, Source, Topic, Which};

const KERNEL_LOG: Look = Look {
    command: "dmesg --ctime | grep TCP",
    shows: "when the kernel said so, and of which port",
};

/// The topics.
pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "possible-syn-flooding",
        title: "TCP: request_sock_TCP: Possible SYN flooding on port 80. Sending cookies.",
        kind: Kind::KernelLog,
        names: &[
            "Possible SYN flooding on port",
            "possible SYN flooding on port 80. Sending cookies. Check SNMP counters.",
            "TCP: Possible SYN flooding on port 80. Dropping request. Check SNMP counters.",
            "TCP: request_sock_TCPv6: Possible SYN flooding on port [::]:443. Dropping request.",
            "TCP: request_sock_subflow_v4: Possible SYN flooding on port 0.0.0.0:443. Sending cookies.",
            "SYN flooding",
            "SYN flood",
            "possible SYN flooding",
        ],
        summary: "the SYN queue of this listener was full, for the first time since it listens; often no flood",
        means: &[
            "A SYN found the SYN queue of the listener on this port full. “Sending cookies”: tcp_syncookies is 1, and the \
             kernel goes on without storing anything. “Dropping request”: tcp_syncookies is 0, and the SYN was refused.",
            "The limit of the SYN queue is the backlog of the listener: with a backlog of 5 a handful of ordinary clients \
             is enough. And a full accept queue fills the SYN queue: handshakes whose final ACK it refuses stay there. So \
             the line often means a slow program or a small backlog, and no flood.",
            "A flood looks so: many half-open connections, and few of them, or of the cookies, are ever completed \
             (SyncookiesRecv far below SyncookiesSent).",
            "The kernel says it once per listener, until that socket is closed, and never with tcp_syncookies=2. So neither \
             the number of lines nor their absence tells how often it happened: TCPReqQFullDoCookies and TCPReqQFullDrop \
             do.",
        ],
        means_not: &[
            "Not proof of an attack.",
            "“Sending cookies” loses no connection. What is lost meanwhile, a full accept queue refuses.",
            "tcp_max_syn_backlog does not help: with cookies it has no effect.",
        ],
        kernels: &[
            "Older kernels print the port alone and “Check SNMP counters.”; newer ones (6.18) print address and port. For \
             IPv6 it says request_sock_TCPv6, for MPTCP request_sock_subflow.",
        ],
        sources: &[
            Source::Kernel("net/ipv4/tcp_input.c:tcp_syn_flood_action"),
            Source::Measured("6.18.44: “Possible SYN flooding on port 127.0.0.1:8080. Sending cookies.”"),
        ],
        look_at: &[
            Look {
                command: "listenq --port 80 -o wide",
                shows: "both queues of that port now, and what limits them",
            },
            Look {
                command: "listenq counters --for 10s",
                shows: "whether the accept queue overflows, and whether cookies come back",
            },
        ],
        shows: &[
            Show::Setting("net.ipv4.tcp_syncookies"),
            Show::Counter("TcpExt", "TCPReqQFullDoCookies"),
            Show::Counter("TcpExt", "TCPReqQFullDrop"),
            Show::Counter("TcpExt", "ListenOverflows"),
            Show::Listeners(Which::HalfOpen),
        ],
        proofs: &[
            "full-syn-queue-sends-cookies",
            "syn-queue-limit-is-the-backlog",
            "max-syn-backlog-with-cookies",
        ],
        see_also: &[
            "syn-flooding-means-an-attack",
            "tcp-req-q-full-do-cookies",
            "tcp-syncookies",
            "listen-overflows",
        ],
    },
    Topic {
        id: "drop-open-request",
        title: "TCP: drop open request from 192.0.2.1/12345",
        kind: Kind::KernelLog,
        names: &["drop open request from", "TCP: drop open request from"],
        summary: "the 3/4 rule of tcp_max_syn_backlog refused a SYN (tcp_syncookies is 0)",
        means: &[
            "tcp_syncookies is 0, less than a quarter of tcp_max_syn_backlog was left in this listener's SYN queue, and \
             the client is not known from earlier connections: its SYN was refused. ListenDrops and the listener's drops \
             count it, no other counter does.",
            "It is a debug message: most kernels print it only where dynamic debug was switched on for it.",
        ],
        means_not: &["Not a full accept queue. Its absence says nothing: most kernels do not print it."],
        sources: &[
            Source::Kernel("net/ipv4/tcp_input.c:pr_drop_req"),
            Source::Kernel("net/ipv4/tcp_input.c:tcp_conn_request"),
        ],
        look_at: &[Look {
            command: "listenq -o wide",
            shows: "listeners whose SYN queue max_syn_backlog limits",
        }],
        shows: &[
            Show::Setting("net.ipv4.tcp_syncookies"),
            Show::Setting("net.ipv4.tcp_max_syn_backlog"),
            Show::Listeners(Which::LimitedByMaxSynBacklog),
        ],
        proofs: &["max-syn-backlog-without-cookies"],
        see_also: &["tcp-max-syn-backlog", "tcp-syncookies", "listen-drops"],
        ..Topic::BLANK
    },
    Topic {
        id: "too-many-orphaned-sockets",
        title: "TCP: too many orphaned sockets",
        kind: Kind::KernelLog,
        names: &["too many orphaned sockets", "TCP: too many of orphaned sockets"],
        summary: "more closed connections live on than tcp_max_orphans allows; not a listen queue",
        means: &[
            "Connections whose program has closed them, but whose data is not delivered yet, are orphans. There were more \
             than tcp_max_orphans of them (or memory was short), and one was reset.",
        ],
        means_not: &["Connections that wait for accept() are not orphans."],
        sources: &[Source::Kernel("net/ipv4/tcp.c:tcp_check_oom")],
        look_at: &[Look {
            command: "cat /proc/net/sockstat",
            shows: "“orphan”: how many there are now",
        }],
        see_also: &["tcp-max-orphans", "tcp-out-of-memory"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-out-of-memory",
        title: "TCP: out of memory -- consider tuning tcp_mem",
        kind: Kind::KernelLog,
        names: &[
            "out of memory -- consider tuning tcp_mem",
            "consider tuning tcp_mem",
            "tcp_mem",
            "net.ipv4.tcp_mem",
        ],
        summary: "all TCP sockets together use more memory than tcp_mem allows; not a listen queue",
        means: &[
            "The data in the buffers of all TCP sockets of the host is above the third number of tcp_mem (in pages), and \
             a connection was given up. Data that clients have sent to connections which wait in an accept queue counts \
             too.",
        ],
        means_not: &["Not a full queue, and not the kernel's out-of-memory killer."],
        sources: &[Source::Kernel("net/ipv4/tcp.c:tcp_check_oom"), Source::Manual("tcp(7)")],
        look_at: &[
            Look {
                command: "cat /proc/net/sockstat",
                shows: "“mem” of TCP: pages in use now",
            },
            Look {
                command: "sysctl net.ipv4.tcp_mem",
                shows: "the three limits, in pages",
            },
        ],
        see_also: &["too-many-orphaned-sockets", "column-queued"],
        ..Topic::BLANK
    },
    Topic {
        id: "nf-conntrack-table-full",
        title: "nf_conntrack: table full, dropping packet",
        kind: Kind::KernelLog,
        names: &[
            "table full, dropping packet",
            "nf_conntrack: nf_conntrack: table full, dropping packet",
            "nf_conntrack: table full in netns 4026531840, dropping packet",
            "nf_conntrack table full",
            "ip_conntrack: table full, dropping packet",
        ],
        summary: "the firewall's table of connections is full: SYNs are dropped before any listener sees them",
        means: &[
            "Connection tracking has as many entries as nf_conntrack_max, and the packet of a new connection was dropped. \
             Clients see what they see of a full accept queue: no answer, and a connect that takes seconds.",
            "Neither ListenDrops nor the drops of any listener move, which tells the two apart.",
        ],
        means_not: &["Not a listen queue."],
        kernels: &["Newer kernels name the network namespace (“in netns N”), except for the initial one."],
        sources: &[Source::Kernel("net/netfilter/nf_conntrack_core.c:__nf_conntrack_alloc")],
        look_at: &[Look {
            command: "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max",
            shows: "how full the table is",
        }],
        see_also: &["nf-conntrack-max", "listen-drops"],
        ..Topic::BLANK
    },
    Topic {
        id: "net-ratelimit",
        title: "net_ratelimit: 12 callbacks suppressed",
        kind: Kind::KernelLog,
        names: &[
            "callbacks suppressed",
            "net_ratelimit",
            "net_ratelimit: callbacks suppressed",
        ],
        summary: "network messages were left out of the log because there were too many",
        means: &[
            "The network code prints at most ten messages in five seconds and then says how many it left out \
             (net.core.message_burst, net.core.message_cost). Which ones they were, nobody can tell.",
        ],
        means_not: &["Not a fault by itself; but what the log does not show may have happened all the same."],
        sources: &[
            Source::Kernel("net/core/utils.c:net_ratelimit"),
            Source::Document("Linux, Documentation/admin-guide/sysctl/net.rst"),
        ],
        look_at: &[
            KERNEL_LOG,
            Look {
                command: "listenq counters",
                shows: "the counters, which leave nothing out",
            },
        ],
        see_also: &["possible-syn-flooding"],
        ..Topic::BLANK
    },
];
