//! The two queues, their lengths and limits, and what happens at a limit.

use crate::topic::{Look, Show, Source, Topic, Which};

const FULL_TEST: Source = Source::Kernel("include/net/sock.h:sk_acceptq_is_full");
const CONN_REQUEST: Source = Source::Kernel("net/ipv4/tcp_input.c:tcp_conn_request");
const SYS_LISTEN: Source = Source::Kernel("net/socket.c:__sys_listen");
const INET_LISTEN: Source = Source::Kernel("net/ipv4/af_inet.c:inet_listen");

const LIST: Look = Look {
    command: "listenq",
    shows: "length and limit of both queues of every listener",
};
const WATCH: Look = Look {
    command: "listenq --watch",
    shows: "whether lengths and drops grow",
};

pub(super) const LISTENER: Topic = Topic {
    id: "listener",
    title: "listener",
    names: &["listening socket", "listen socket", "LISTENING"],
    summary: "a socket on which listen() was called; it has an accept queue and a SYN queue",
    means: &[
        "A program calls socket(), bind() and listen(); from then on the kernel takes connections for it, and \
         accept() hands them over one by one. Handshakes are done by the kernel alone: a client is connected before \
         the program knows of it.",
        "Each listener has its own accept queue and its own SYN queue. 0.0.0.0 and [::] on one port are two \
         listeners, and so are the members of a SO_REUSEPORT group.",
    ],
    sources: &[Source::Manual("listen(2)"), INET_LISTEN],
    look_at: &[LIST],
    shows: &[Show::Listeners(Which::Tcp)],
    see_also: &["accept-queue", "syn-queue", "backlog", "owner-of-a-listener"],
    ..Topic::BLANK
};

pub(super) const ACCEPT_QUEUE: Topic = Topic {
    id: "accept-queue",
    title: "accept queue",
    names: &[
        "accept backlog",
        "completed connection queue",
        "established queue",
        "sk_ack_backlog",
        "listen queue",
        "pending connections",
    ],
    summary: "connections whose handshake is done and that wait for accept()",
    means: &[
        "Its length is the number of connections that wait, its limit the effective backlog of the listener. It is \
         full when length > limit, so it holds limit + 1.",
        "The client of a waiting connection is connected, can send, and sees no sign of waiting except that no answer \
         comes.",
        "While it is full, the kernel drops every SYN to this listener, and every final ACK of a handshake that had \
         begun before. The clients try again after a second or more.",
        "It fills because accept() is called more slowly than connections come: for a moment (a burst) or for good.",
    ],
    means_not: &[
        "It is not limited by tcp_max_syn_backlog, and SYN cookies do not help it.",
        "A longer queue makes no program faster: it only lets more clients wait, and longer.",
    ],
    kernels: &[
        "4.10 and later drop every SYN while it is full; 4.9 and earlier only if more than one young request waits.",
    ],
    sources: &[
        FULL_TEST,
        CONN_REQUEST,
        Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_v4_syn_recv_sock"),
        Source::Kernel("net/ipv4/inet_connection_sock.c:inet_csk_accept"),
    ],
    look_at: &[LIST, WATCH],
    shows: &[
        Show::Listeners(Which::Waiting),
        Show::Counter("TcpExt", "ListenOverflows"),
    ],
    proofs: &[
        "accept-queue-holds-one-more",
        "accept-queue-full-drops-syns",
        "cookies-do-not-help-the-accept-queue",
    ],
    see_also: &[
        "syn-queue",
        "capacity",
        "queue-overflow",
        "waiting-connection",
        "listen-overflows",
    ],
    ..Topic::BLANK
};

pub(super) const SYN_QUEUE: Topic = Topic {
    id: "syn-queue",
    title: "SYN queue",
    names: &[
        "incomplete connection queue",
        "request queue",
        "reqsk queue",
        "qlen",
        "SYN backlog queue",
    ],
    summary: "half-open connections of a listener: the SYN came, the final ACK did not",
    means: &[
        "Its length is the number of half-open connections of this listener. Its limit is the same number as that of \
         the accept queue: the effective backlog.",
        "When it is full and SYN cookies are on (net.ipv4.tcp_syncookies 1, the default), the kernel answers further \
         SYNs with cookies and drops none. With tcp_syncookies 0 it drops them. With 2 it always answers with cookies \
         and the queue stays empty.",
        "Handshakes that a full accept queue refuses at their final ACK stay in it, so a full accept queue fills the \
         SYN queue too, without any flood.",
        "It is a number, not a place: since 4.4 half-open connections live in the same table as all others.",
    ],
    means_not: &[
        "tcp_max_syn_backlog does not size it. Only with tcp_syncookies 0 it matters: above three quarters of it, \
         SYNs of unknown peers are dropped.",
        "Counting SYN_RECV lines counts the half-open connections of all listeners of the namespace.",
    ],
    kernels: &[
        "6.14 and later, and 6.1.176 and 6.12.107: it holds limit + 1; others (5.10.223, 5.15, 6.3 to 6.8): it holds \
         limit.",
        "Up to 4.3 and in RHEL 7 it was a table of its own, sized at the first listen() by backlog and \
         tcp_max_syn_backlog.",
    ],
    sources: &[
        CONN_REQUEST,
        Source::Kernel("net/ipv4/tcp_input.c:tcp_syn_flood_action"),
    ],
    look_at: &[
        Look {
            command: "listenq -o wide",
            shows: "length and limit of each SYN queue, and the rule the limit comes from",
        },
        Look {
            command: "listenq --port 443 --get syn_queue.length",
            shows: "half-open connections on one port",
        },
    ],
    shows: &[
        Show::Listeners(Which::HalfOpen),
        Show::Setting("net.ipv4.tcp_syncookies"),
        Show::Setting("net.ipv4.tcp_max_syn_backlog"),
    ],
    proofs: &[
        "syn-queue-limit-is-the-backlog",
        "full-syn-queue-sends-cookies",
        "max-syn-backlog-with-cookies",
        "max-syn-backlog-without-cookies",
    ],
    see_also: &["half-open", "syn-cookies", "accept-queue", "tcp-max-syn-backlog"],
    ..Topic::BLANK
};

pub(super) const BACKLOG: Topic = Topic {
    id: "backlog",
    title: "backlog",
    names: &[
        "listen backlog",
        "backlog argument",
        "second argument of listen",
        "requested backlog",
        "set the backlog",
    ],
    summary: "the number a program gives to listen(): the length it wants its queues to be allowed",
    means: &[
        "listen(fd, backlog) asks for it; the kernel grants min(backlog, net.core.somaxconn) and tells nobody if that \
         is less. What was granted is the limit of the accept queue and of the SYN queue.",
        "How large? As large as the largest burst that comes while the program does not accept: connections per \
         second times the longest pause, in seconds. 2,000 per second and a pause of 200 ms need 400. More than the \
         program can serve within the patience of its clients is of no use: those who wait have gone when their turn \
         comes.",
    ],
    means_not: &[
        "Not the number of connections a server can have: it limits only those that are not accepted yet.",
        "Not a length: what waits now is the length of the accept queue.",
    ],
    sources: &[SYS_LISTEN, Source::Manual("listen(2)")],
    look_at: &[
        Look {
            command: "listenq --get backlog.effective",
            shows: "what each listener was granted",
        },
        Look {
            command: "listenq --watch 500ms --would-overflow-at 128",
            shows: "who needs more than 128",
        },
    ],
    shows: &[Show::Setting("net.core.somaxconn")],
    proofs: &["somaxconn-caps-listen", "accept-queue-holds-one-more"],
    see_also: &["effective-backlog", "capacity", "somaxconn", "live-resize"],
    ..Topic::BLANK
};

pub(super) const EFFECTIVE_BACKLOG: Topic = Topic {
    id: "effective-backlog",
    title: "effective and requested backlog",
    names: &[
        "what limits the backlog",
        "which backlog did the program get",
        "effective backlog",
        "limit",
        "sk_max_ack_backlog",
        "clamped backlog",
        "backlog clamped",
        "queue limit",
    ],
    summary: "requested: what listen() was given; effective: min of it and somaxconn, the limit",
    means: &[
        "The kernel keeps only the effective one. It is computed inside listen(), from net.core.somaxconn of the \
         network namespace in which the socket was made. Negative and huge numbers become somaxconn.",
        "A limit that equals somaxconn may have been cut, or may be what the program asked for: afterwards nobody can \
         tell. The program's configuration can, and a trace of listen().",
    ],
    means_not: &["Raising somaxconn later does not raise it: only the next listen() of the program does."],
    sources: &[SYS_LISTEN],
    look_at: &[
        LIST,
        Look {
            command: "listenq --get backlog.effective",
            shows: "the effective backlog of each listener",
        },
    ],
    shows: &[
        Show::Setting("net.core.somaxconn"),
        Show::Listeners(Which::LimitIsSomaxconn),
    ],
    proofs: &["somaxconn-caps-listen", "somaxconn-does-not-reach-running-listeners"],
    see_also: &["backlog", "somaxconn", "live-resize"],
    ..Topic::BLANK
};

pub(super) const CAPACITY: Topic = Topic {
    id: "capacity",
    title: "capacity",
    names: &[
        "limit + 1",
        "limit+1",
        "queue capacity",
        "backlog plus one",
        "how many connections fit",
    ],
    summary: "how many connections a queue holds: limit + 1",
    means: &[
        "The kernel refuses when length > limit, before it adds one. So an accept queue with a limit of 128 holds \
         129, and listen(fd, 0) holds one connection. Unix listeners follow the same rule.",
    ],
    means_not: &["Length equal to limit (Recv-Q = Send-Q in ss) is not full yet: one place is left."],
    kernels: &[
        "For the SYN queue the test was length ≥ limit for long (5.10.223, 5.15, 6.3 to 6.8): it holds limit there.",
    ],
    sources: &[
        FULL_TEST,
        CONN_REQUEST,
        Source::Kernel("net/unix/af_unix.c:unix_recvq_full"),
    ],
    look_at: &[LIST],
    shows: &[Show::Listeners(Which::Full)],
    proofs: &["accept-queue-holds-one-more", "syn-queue-limit-is-the-backlog"],
    see_also: &["accept-queue", "effective-backlog"],
    ..Topic::BLANK
};

pub(super) const OVERFLOW: Topic = Topic {
    id: "queue-overflow",
    title: "overflow of the accept queue",
    names: &["listen overflow"],
    summary: "a full accept queue refused a SYN or a final ACK",
    means: &[
        "Each packet that is refused so adds one to ListenOverflows and one to ListenDrops of the network namespace, \
         and one (a SYN) or two (a final ACK) to the drops of the listener.",
        "The client is told nothing. It sends the same again, first after one second, and gets in if there is room by \
         then. So most overflows cost clients seconds, not connections.",
    ],
    means_not: &["Not a number of clients: one client that tries three times is three."],
    sources: &[CONN_REQUEST, Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_v4_syn_recv_sock")],
    look_at: &[
        WATCH,
        Look {
            command: "listenq counters --for 10s",
            shows: "how many in each network namespace, and what else moved",
        },
    ],
    shows: &[
        Show::Counter("TcpExt", "ListenOverflows"),
        Show::Listeners(Which::Dropped),
    ],
    proofs: &[
        "overflows-count-packets",
        "final-ack-refused",
        "accept-queue-full-drops-syns",
    ],
    see_also: &["drop", "listen-overflows", "accept-queue", "connect-takes-a-second"],
    ..Topic::BLANK
};

pub(super) const DROP: Topic = Topic {
    id: "drop",
    title: "drop",
    names: &["dropped SYN", "listener drops", "refused connections"],
    summary: "a packet to a listener that the kernel discarded, for whatever reason",
    means: &[
        "Every listener has one counter of them, since the socket exists. It grows by one for a SYN that is dropped \
         (full accept queue, full SYN queue without cookies, three-quarter rule, no route, no memory), by two for a \
         final ACK that is refused.",
        "It also grows by one for noise: a duplicate SYN of a handshake that is under way, a RST, a bare ACK that \
         TCP_DEFER_ACCEPT holds back. Noise does not move ListenDrops.",
    ],
    means_not: &["Not only overflows, and not lost connections: the client tries again."],
    sources: &[
        Source::Kernel("include/net/tcp.h:tcp_listendrop"),
        Source::Kernel("net/ipv4/tcp_minisocks.c:tcp_check_req"),
    ],
    look_at: &[
        LIST,
        WATCH,
        Look {
            command: "listenq counters --for 10s",
            shows: "ListenDrops beside it: if that stays, it was noise",
        },
    ],
    shows: &[Show::Listeners(Which::Dropped), Show::Counter("TcpExt", "ListenDrops")],
    proofs: &["duplicate-syn", "final-ack-refused", "stray-packets"],
    see_also: &["queue-overflow", "listen-drops"],
    ..Topic::BLANK
};

pub(super) const TWO_QUEUES: Topic = Topic {
    id: "two-queues",
    title: "BSD had one queue, Linux has two",
    names: &[
        "SYN queue or accept queue",
        "one queue or two queues",
        "BSD listen queue",
        "1.5 times the backlog",
        "Linux 2.2 backlog",
        "history of the backlog",
        "incomplete and completed queue",
    ],
    summary: "BSD's backlog bounded both kinds together; on Linux each kind has the limit by itself",
    means: &[
        "In BSD the backlog bounded the sum of half-open and completed connections, with a factor: FreeBSD's manual \
         still says that the real maximum is 1.5 times the number. That is where “backlog × 1.5” comes from.",
        "Linux 2.2 gave the number to the completed connections alone, and tcp_max_syn_backlog to the half-open ones. \
         The manual page listen(2) and most pages on the web describe that.",
        "Since Linux 4.4 the limit of both queues is the same number again, the effective backlog, but each queue has \
         it for itself. tcp_max_syn_backlog only matters while tcp_syncookies is 0.",
    ],
    kernels: &[
        "4.4 and later as said; 4.3 and earlier, RHEL 7 too, sized the SYN queue by tcp_max_syn_backlog as well.",
    ],
    sources: &[
        Source::Manual("listen(2), Notes"),
        Source::Document("FreeBSD listen(2): “1.5 times more than the value specified”"),
        CONN_REQUEST,
    ],
    look_at: &[Look {
        command: "listenq -o wide",
        shows: "both queues with the limit that each has here",
    }],
    shows: &[
        Show::Setting("net.ipv4.tcp_syncookies"),
        Show::Setting("net.ipv4.tcp_max_syn_backlog"),
    ],
    proofs: &["second-listen-resizes-both-queues", "syn-queue-limit-is-the-backlog"],
    see_also: &["accept-queue", "syn-queue", "backlog"],
    ..Topic::BLANK
};

pub(super) const LIVE_RESIZE: Topic = Topic {
    id: "live-resize",
    title: "changing the backlog of a running listener",
    names: &[
        "listen twice",
        "resize the accept queue",
        "pidfd_getfd listen",
        "live resize",
        "raise the backlog",
        "change the backlog of a running program",
        "backlog of a program I cannot change",
        "listenq resize",
        "pidfd_getfd",
    ],
    summary: "a second listen() on the same socket sets the limit of both queues at once",
    means: &[
        "On a socket that listens already, listen(fd, N) does one thing: it sets the limit to min(N, somaxconn). Both \
         queues have it from the next packet on. What waits stays, even if the new limit is smaller: the queue is \
         then over-full and refuses until it is drained.",
        "A program can do it itself (cookbook), some do it on reload (nginx, if the number in its file changed), and \
         listenq resize does it from outside: it takes a duplicate of the socket with pidfd_getfd() and calls listen() \
         on it. That takes the rights of a debugger: the same user, or CAP_SYS_PTRACE; and Yama may forbid it.",
        "Every member of a SO_REUSEPORT group has to be set by itself. The next listen() of the program, or its \
         restart, brings its own number back.",
    ],
    means_not: &[
        "It does not change the Fast Open queue.",
        "On a socket that does not listen yet the same call starts listening: look at SO_ACCEPTCONN first.",
        "On a unix socket it is not the limit alone: whoever calls listen() last is who clients see in SO_PEERCRED. \
         listenq calls it as the user who did before; the pid is that of listenq.",
    ],
    kernels: &[
        "5.6 and later have pidfd_getfd(). Up to 4.3, and in RHEL 7, the SYN queue keeps the size of the first \
         listen().",
    ],
    sources: &[
        INET_LISTEN,
        SYS_LISTEN,
        Source::Kernel("net/unix/af_unix.c:unix_listen"),
        Source::Manual("pidfd_getfd(2)"),
        Source::Document("docs/cookbook"),
    ],
    look_at: &[
        Look {
            command: "listenq resize --port 80 4096 --dry-run",
            shows: "what would be changed, and what there is to know before",
        },
        Look {
            command: "listenq resize --port 80 4096 --verify 60s",
            shows: "drops and lengths before and after",
        },
        Look {
            command: "listenq undo",
            shows: "the last change taken back",
        },
    ],
    shows: &[Show::Setting("net.core.somaxconn")],
    proofs: &[
        "second-listen-resizes-both-queues",
        "somaxconn-does-not-reach-running-listeners",
    ],
    see_also: &[
        "backlog",
        "effective-backlog",
        "somaxconn",
        "backlog-of-a-program",
        "nginx",
    ],
    ..Topic::BLANK
};

pub(super) const OF_A_PROGRAM: Topic = Topic {
    id: "backlog-of-a-program",
    title: "the backlog of a program that has no setting for it",
    names: &[
        "listenq run",
        "seccomp user notification listen",
        "LD_PRELOAD listen",
        "override the backlog",
        "backlog is hard-coded",
        "hard coded backlog",
        "backlog cannot be configured",
    ],
    summary: "listenq run --backlog N COMMAND gives every listen() of a command, and of its children, another number",
    means: &[
        "Many programs have a backlog that is written in their source: 5, 10, 128, 511. Raising somaxconn does \
         nothing for them, since the limit is the smaller of the two numbers.",
        "listenq run starts the program under a filter of the kernel (seccomp user notification) that asks us at each \
         listen(): we make the call with the other number on a duplicate of the socket, and answer as the kernel did. \
         It works for static programs too, where LD_PRELOAD does not.",
        "For one that runs already, listenq resize changes the limit until the program listens anew.",
    ],
    means_not: &["io_uring can listen without the system call (6.11 and later); the filter does not see that."],
    kernels: &["5.5 and later have what it takes, and 5.6 pidfd_getfd()."],
    sources: &[
        Source::Manual("seccomp_unotify(2)"),
        Source::Kernel("kernel/seccomp.c:seccomp_do_user_notification"),
        SYS_LISTEN,
    ],
    look_at: &[Look {
        command: "listenq run --backlog 4096 -- python3 -m http.server",
        shows: "on stderr: what each listen() asked for, and what it got",
    }],
    shows: &[Show::Setting("net.core.somaxconn")],
    proofs: &["somaxconn-caps-listen"],
    see_also: &["live-resize", "backlog", "effective-backlog", "c"],
    ..Topic::BLANK
};
