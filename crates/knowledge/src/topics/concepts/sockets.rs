//! Whose queue it is, what waits in it, and other families.

use crate::topic::{Look, Show, Source, Topic, Which};

const LIST: Look = Look {
    command: "listenq",
    shows: "length and limit of both queues of every listener, and its owner",
};
const ACCEPT: Source = Source::Kernel("net/ipv4/inet_connection_sock.c:inet_csk_accept");

pub(super) const WAITING_CONNECTION: Topic = Topic {
    id: "waiting-connection",
    title: "unaccepted connection (inode 0)",
    names: &[
        "unaccepted connection",
        "waiting connection",
        "ESTABLISHED without process",
        "established socket without owner",
        "connection without pid",
    ],
    summary: "a connection in the accept queue: established, without an inode and without an owner",
    means: &[
        "It is ESTABLISHED (or CLOSE_WAIT, if the client has closed) in ss and netstat, with inode 0 and without a \
         process: it gets its inode, and so an owner, from accept(). What the client has sent already stands in its \
         Recv-Q, in bytes.",
        "So the content of an accept queue can be seen: the connections of that local port with inode 0. What is \
         missing to the length are connections that the client has reset.",
        "Each costs about 2.7 kB of kernel memory (6.18), but no file descriptor.",
    ],
    means_not: &["Not a leak and not a rootkit: a socket without a process usually waits to be accepted."],
    sources: &[
        ACCEPT,
        Source::Kernel("net/ipv4/inet_diag.c:inet_sk_diag_fill"),
        Source::Measured("sizes in slab: 2,368 bytes for the socket and about 320 for the request, Linux 6.18.44"),
    ],
    look_at: &[
        Look {
            command: "listenq --process NAME -o wide",
            shows: "what waits at the listeners of a program: clients that left, bytes already sent",
        },
        Look {
            command: "ss -tne state established 'sport = :80'",
            shows: "the connections; those with ino:0 wait",
        },
    ],
    shows: &[Show::Listeners(Which::Waiting)],
    proofs: &["accept-queue-holds-one-more", "curr-estab-counts-the-waiting"],
    see_also: &["accept-queue", "dead-connections", "connected-but-no-answer"],
    ..Topic::BLANK
};

pub(super) const DEAD_CONNECTIONS: Topic = Topic {
    id: "dead-connections",
    title: "dead connections in the accept queue",
    names: &[
        "clients have left",
        "dead connection queued",
        "zombie connections",
        "CLOSE_WAIT in the queue",
    ],
    summary: "connections whose client has left stay in the accept queue until they are accepted",
    means: &[
        "A client that gave up has closed (the connection waits as CLOSE_WAIT) or reset it. A reset one is in no list \
         of sockets any more, and still takes a place in the queue. accept() returns both: read() then gives the end, \
         or “connection reset by peer”.",
        "If they are many, the program works for clients that are gone: its queue is longer than the patience of the \
         clients. A shorter backlog, or faster accepting, helps; a longer backlog makes it worse.",
    ],
    means_not: &[
        "The kernel does not clean the queue: nothing but accept() or the close of the listener takes them out.",
    ],
    sources: &[ACCEPT, Source::Kernel("net/ipv4/tcp_input.c:tcp_reset")],
    look_at: &[Look {
        command: "listenq",
        shows: "“N of M clients have left”, below the listener",
    }],
    shows: &[Show::Listeners(Which::DeadQueued)],
    proofs: &["dead-connections-stay-queued"],
    see_also: &["waiting-connection", "accept-queue", "many-close-wait"],
    ..Topic::BLANK
};

pub(super) const REUSEPORT: Topic = Topic {
    id: "reuseport",
    title: "SO_REUSEPORT",
    names: &["SO_REUSEPORT", "reuse port", "nginx reuseport", "reuseport imbalance"],
    summary: "several listeners on one port, each with queues of its own; a hash chooses among them",
    means: &[
        "Each member has its own accept queue and SYN queue with its own limit. The kernel chooses the member by a \
         hash of addresses and ports (or by a BPF program), whatever its length is: one member that does not accept \
         overflows while the others are empty, and its share of the clients waits.",
        "When a member closes, what waits in its queues is reset. With net.ipv4.tcp_migrate_req 1 (where the kernel \
         has that code) it moves to other members.",
        "The backlog of every member has to be changed by itself.",
    ],
    means_not: &["Not one queue with the sum of the limits."],
    kernels: &[
        "Moving connections at close came between 5.10 and 5.15. 5.10.223 has the sysctl tcp_migrate_req without \
         effect.",
        "4.18: of a wildcard and an address on one port the one asked first, by its age, gets the clients; on 5.10 and \
         later the address gets its own.",
    ],
    sources: &[
        Source::Kernel("net/core/sock_reuseport.c:reuseport_select_sock"),
        Source::Manual("socket(7): SO_REUSEPORT"),
    ],
    look_at: &[
        LIST,
        Look {
            command: "listenq --port N --watch",
            shows: "the members of one port side by side",
        },
    ],
    shows: &[
        Show::Listeners(Which::Reuseport),
        Show::Setting("net.ipv4.tcp_migrate_req"),
    ],
    proofs: &[
        "reuseport-members-have-their-own-queues",
        "migrate-req",
        "close-resets-the-waiting",
        "reuseport-wildcard-and-address",
    ],
    see_also: &["tcp-migrate-req", "thundering-herd", "live-resize"],
    ..Topic::BLANK
};

pub(super) const MPTCP_LISTENER: Topic = Topic {
    id: "mptcp-listener",
    title: "MPTCP listener",
    names: &["mptcp", "multipath tcp", "IPPROTO_MPTCP", "mptcp listen"],
    summary: "a listener of IPPROTO_MPTCP: its queues are those of an ordinary TCP listener inside it",
    means: &[
        "An MPTCP listener has an internal TCP listener with the same inode. Queues, limits, drops and counters \
         (ListenOverflows too) are that one's, and a second listen() reaches it. So it appears in dumps of TCP, and \
         since 5.19 also in those of MPTCP: it is one listener, not two.",
        "Programs in Go 1.24 and later listen with MPTCP by default.",
    ],
    kernels: &["The dump of MPTCP listeners came between 5.15 and 5.19."],
    sources: &[
        Source::Kernel("net/mptcp/protocol.c:mptcp_listen"),
        Source::Kernel("net/mptcp/mptcp_diag.c:mptcp_diag_dump_listeners"),
    ],
    look_at: &[Look {
        command: "listenq --tcp -o wide",
        shows: "MPTCP listeners among the others, once each",
    }],
    shows: &[
        Show::Listeners(Which::Mptcp),
        Show::Counter("MPTcpExt", "MPCapableSYNRX"),
    ],
    proofs: &["mptcp-rides-on-tcp", "mptcp-join"],
    see_also: &["listener", "go"],
    ..Topic::BLANK
};

pub(super) const UNIX_LISTENER: Topic = Topic {
    id: "unix-listener",
    title: "unix-domain listener",
    names: &[
        "unix socket",
        "unix domain socket",
        "AF_UNIX",
        "unix listener",
        "unix socket backlog",
    ],
    summary: "one queue, same limit rule; full means connect() blocks or gets EAGAIN, and nothing counts it",
    means: &[
        "The backlog is cut to net.core.somaxconn as for TCP, and the queue holds limit + 1. There is no SYN queue: \
         connect() itself puts the connection there.",
        "When it is full, a blocking connect() waits until there is room, and a non-blocking one gets EAGAIN (11, \
         “Resource temporarily unavailable”) at once. No counter moves, nothing is dropped, nothing is logged by the \
         kernel.",
        "A larger limit by a second listen() wakes those who wait.",
    ],
    means_not: &[
        "net.unix.max_dgram_qlen is not the limit: listen() sets it.",
        "TCP_INFO does not exist for it: metrics that stand on it (uWSGI, PHP-FPM) show 0.",
        "/proc/net/unix and netstat do not show the length.",
    ],
    sources: &[
        Source::Kernel("net/unix/af_unix.c:unix_stream_connect"),
        Source::Kernel("net/unix/af_unix.c:unix_listen"),
        Source::Kernel("net/unix/diag.c:sk_diag_show_rqlen"),
    ],
    look_at: &[
        Look {
            command: "listenq --unix",
            shows: "length and limit of every unix listener, who waits there, who blocks",
        },
        Look {
            command: "ss -lx",
            shows: "Recv-Q is the length, Send-Q the limit",
        },
    ],
    shows: &[Show::Listeners(Which::UnixWaiting), Show::Setting("net.core.somaxconn")],
    proofs: &["unix-full-blocks-and-counts-nothing"],
    see_also: &["connect-eagain", "php-fpm", "uwsgi", "unix-max-dgram-qlen"],
    ..Topic::BLANK
};

pub(super) const NETWORK_NAMESPACE: Topic = Topic {
    id: "network-namespace",
    title: "network namespaces and their sysctls",
    names: &[
        "network namespace",
        "container network",
        "namespace sysctl",
        "pod network",
    ],
    summary: "each has its own listeners, counters and sysctls; a new one starts from the kernel's defaults",
    means: &[
        "A container or pod with a network of its own is a network namespace. It has its own net.core.somaxconn, \
         net.ipv4.tcp_max_syn_backlog, tcp_syncookies and so on, and its own counters. A new one gets the kernel's \
         defaults, not the host's values.",
        "What counts is the namespace in which the socket was made, whoever calls listen() on it.",
        "/proc/sys/net shows the values of the namespace of the reader. Counters of another namespace are in \
         /proc/PID/net/netstat of a process that lives there.",
    ],
    means_not: &[
        "A sysctl set on the host does not reach containers, and nstat on the host does not count their drops.",
    ],
    kernels: &[
        "In the namespace of a user namespace (rootless containers), net.core.somaxconn does not exist up to 6.1; 6.3 \
         and later have it.",
        "tcp_abort_on_overflow and tcp_fastopen belong to the namespace since 4.15 or so (not in 4.14, in 4.18).",
    ],
    sources: &[
        Source::Kernel("net/core/net_namespace.c"),
        Source::Kernel("net/core/sysctl_net_core.c:sysctl_core_net_init"),
        Source::Manual("network_namespaces(7)"),
    ],
    look_at: &[
        Look {
            command: "listenq --netns all",
            shows: "the listeners of every namespace that can be read",
        },
        Look {
            command: "listenq counters --netns all",
            shows: "the counters of each",
        },
    ],
    shows: &[Show::Setting("net.core.somaxconn")],
    proofs: &["new-namespace-starts-from-defaults"],
    see_also: &["somaxconn", "docker", "kubernetes", "podman"],
    ..Topic::BLANK
};

pub(super) const OWNER: Topic = Topic {
    id: "owner-of-a-listener",
    title: "owner of a listener",
    names: &[
        "who listens",
        "which process listens",
        "owning process",
        "orphan listener",
        "port without process",
    ],
    summary: "a process that holds the listening socket; one that holds it need not be one that accepts",
    means: &[
        "A socket belongs to every process that has it open: after fork() parent and child, and whoever got it over a \
         unix socket. The kernel keeps the port open and fills the queue as long as one of them holds it, even if \
         none accepts.",
        "Typical: a child that was started with the socket still open (no close-on-exec) keeps the port after the \
         server has ended; clients connect and get no answer.",
    ],
    means_not: &["The uid that ss shows is that of the process that made the socket, not of the one that accepts."],
    sources: &[
        Source::Manual("socket(2): SOCK_CLOEXEC"),
        Source::Manual("proc_pid_fd(5)"),
    ],
    look_at: &[Look {
        command: "listenq --port N",
        shows: "every process that holds the socket",
    }],
    shows: &[Show::Listeners(Which::Waiting)],
    see_also: &["listener", "connected-but-no-answer", "systemd"],
    ..Topic::BLANK
};

pub(super) const THUNDERING_HERD: Topic = Topic {
    id: "thundering-herd",
    title: "thundering herd: many processes, one accept queue",
    names: &[
        "thundering herd",
        "EPOLLEXCLUSIVE",
        "accept mutex",
        "accept_mutex",
        "SO_REUSEPORT or shared socket",
    ],
    summary: "several processes wait at one listener; who is woken decides how even the work is, not the limit",
    means: &[
        "Workers that share one socket share one accept queue: a slow worker harms nobody as long as another one \
         accepts. Those blocked in accept() are woken one at a time; those in epoll_wait() all at once, unless they \
         asked for EPOLLEXCLUSIVE.",
        "The queue does not become shorter or longer by it. But waking everybody costs time, in which the queue \
         grows. SO_REUSEPORT avoids that with one queue per worker, and pays with imbalance.",
    ],
    sources: &[Source::Manual("epoll_ctl(2): EPOLLEXCLUSIVE"), ACCEPT],
    look_at: &[LIST],
    shows: &[Show::Listeners(Which::Endangered)],
    proofs: &["reuseport-members-have-their-own-queues"],
    see_also: &["reuseport", "accept-queue"],
    ..Topic::BLANK
};

pub(super) const IO_URING: Topic = Topic {
    id: "io-uring",
    title: "io_uring: listen and accept",
    names: &["io_uring", "IORING_OP_LISTEN", "IORING_OP_ACCEPT", "io_uring accept"],
    summary: "same queues, same limits; only tools that watch system calls do not see it",
    means: &[
        "A program can listen and accept through io_uring. The kernel runs the same functions, so the limit is cut to \
         somaxconn in the same way and the accept queue is the same.",
        "Tools that watch accept4() or listen() calls (strace, tracers of system calls) do not see these; lengths, \
         limits and drops read from the socket are right all the same.",
    ],
    kernels: &["Listening through io_uring came between 6.8 and 6.12; accepting is older."],
    sources: &[
        Source::Kernel("io_uring/net.c:io_listen"),
        Source::Kernel("net/socket.c:__sys_listen_socket"),
    ],
    look_at: &[LIST],
    see_also: &["backlog", "live-resize"],
    ..Topic::BLANK
};
