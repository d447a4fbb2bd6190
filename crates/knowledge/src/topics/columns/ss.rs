//! Columns of iproute2's ss.

use super::{DIAG_FILL, FULL, Look, Source, THE_SAME_HERE, Topic};
use crate::topic::{Kind, Show, Tool, Which};

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "ss-recv-q",
        title: "Recv-Q of a listener, in ss -ltn",
        kind: Kind::Column(Tool::Ss),
        names: &[
            "Recv-Q",
            "recvq",
            "rqueue",
            "ss -ltn Recv-Q",
            "Recv-Q LISTEN",
            "idiag_rqueue",
            "Recv-Q meaning",
        ],
        summary: "length of the accept queue: connections that wait for accept(), a count and not bytes",
        means: &[
            "In a line with state LISTEN: how many connections wait in the accept queue. Send-Q beside it is the limit. \
             The queue is full when Recv-Q is Send-Q + 1.",
            "It is a snapshot: a queue that was full between two looks may show 0.",
        ],
        means_not: &[
            "Not bytes: in a line of an established connection Recv-Q is bytes.",
            "Not half-open connections: those are in the SYN queue, which no column of ss shows.",
            "Not only living connections: one that its client has closed or reset stays in the queue and counts until it \
             is accepted.",
        ],
        sources: &[
            DIAG_FILL,
            FULL,
            Source::Measured("ss of iproute2 6.1 on 6.18.44: backlog 3, 4 waiting: 4 and 3"),
        ],
        look_at: &[
            THE_SAME_HERE,
            Look {
                command: "listenq --watch",
                shows: "how it moves, and what is refused meanwhile",
            },
        ],
        shows: &[Show::Listeners(Which::Waiting)],
        proofs: &["accept-queue-holds-one-more", "dead-connections-stay-queued"],
        see_also: &["ss-send-q", "ss-recv-q-established", "recv-q-equal-send-q-means-full"],
        ..Topic::BLANK
    },
    Topic {
        id: "ss-recv-q-established",
        title: "Recv-Q of an established connection, in ss and netstat",
        kind: Kind::Column(Tool::Ss),
        names: &["Recv-Q", "recvq", "rqueue", "Recv-Q ESTAB", "Recv-Q ESTABLISHED"],
        summary: "bytes that came and that the program has not read yet; no listen queue",
        means: &[
            "In a line with state ESTAB: bytes received and not read. If such a line belongs to a listener's port and ss -p \
             shows no process, the connection still waits in the accept queue: the bytes are what its client already sent.",
        ],
        means_not: &["Not the accept queue: that is Recv-Q in the line with state LISTEN."],
        sources: &[
            DIAG_FILL,
            Source::Measured("ss and netstat on 6.18.44: 5 bytes sent to a waiting connection: 5"),
        ],
        look_at: &[Look {
            command: "listenq -o json",
            shows: "accept_queue.content: how many waiting connections sent data, and bytes",
        }],
        see_also: &["ss-recv-q", "netstat-recv-q"],
        ..Topic::BLANK
    },
    Topic {
        id: "ss-send-q",
        title: "Send-Q of a listener, in ss -ltn",
        kind: Kind::Column(Tool::Ss),
        names: &[
            "Send-Q",
            "sendq",
            "wqueue",
            "ss -ltn Send-Q",
            "Send-Q LISTEN",
            "idiag_wqueue",
            "Send-Q meaning",
        ],
        summary: "limit of the accept queue, and of the SYN queue too: the backlog cut to somaxconn",
        means: &[
            "In a line with state LISTEN: the limit that listen() set, the smaller one of the backlog asked for and \
             somaxconn at that time. The accept queue holds one more than it, and the SYN queue has the same limit.",
        ],
        means_not: &[
            "Not the backlog that the program asked for: that may have been larger.",
            "Not what is in some queue: a listener sends nothing.",
            "In a line of an established connection Send-Q is bytes that are not acknowledged yet.",
        ],
        kernels: &["The same in every kernel from RHEL 7 to 7.1, wherever sock_diag can be asked."],
        sources: &[DIAG_FILL, Source::Kernel("net/socket.c:__sys_listen")],
        look_at: &[THE_SAME_HERE],
        shows: &[Show::Listeners(Which::LimitIsSomaxconn)],
        proofs: &["accept-queue-holds-one-more", "somaxconn-caps-listen"],
        see_also: &["ss-recv-q", "send-q-zero", "somaxconn"],
    },
    Topic {
        id: "send-q-zero",
        title: "Send-Q 0 for every listener",
        kind: Kind::Column(Tool::Ss),
        names: &[
            "Send-Q 0",
            "Send-Q is 0",
            "Send-Q always 0",
            "Send-Q 0 for all listeners",
            "tcp_diag missing",
        ],
        summary: "the tool read /proc/net/tcp, which has no limit: netstat always, ss without tcp_diag",
        means: &[
            "/proc/net/tcp has the length of a listener's accept queue, but not its limit. netstat reads it, and so does \
             ss when sock_diag is not to be had: the modules inet_diag and tcp_diag are not loaded and cannot be (no such \
             module, loading forbidden, some containers).",
            "If one listener alone shows 0, it is its real limit: listen(fd, 0), or somaxconn 0. It holds one connection.",
        ],
        means_not: &["Not a queue of size 0, and not a fault of the program."],
        sources: &[
            Source::Kernel("net/ipv4/tcp_ipv4.c:get_tcp4_sock"),
            Source::Measured("netstat of net-tools 2.10 on 6.18.44: backlog 3, 3 waiting: Recv-Q 3, Send-Q 0"),
        ],
        look_at: &[
            Look {
                command: "modprobe tcp_diag",
                shows: "nothing, but ss and listenq have the limits afterwards",
            },
            Look {
                command: "listenq",
                shows: "– for a limit that is not known, and the reason below",
            },
        ],
        proofs: &["accept-queue-holds-one-more"],
        see_also: &["ss-send-q", "netstat-send-q", "proc-net-tcp-rx-queue"],
        ..Topic::BLANK
    },
    Topic {
        id: "ss-syn-recv",
        title: "SYN-RECV, in ss -tan",
        kind: Kind::Column(Tool::Ss),
        names: &[
            "SYN-RECV",
            "SYN_RECV",
            "ss state syn-recv",
            "syn-recv",
            "SYN_RECEIVED",
            "SYN_RCVD",
            "half-open connections",
        ],
        summary: "half-open connections of all listeners of the namespace: one line each",
        means: &[
            "A connection whose SYN was answered and whose final ACK has not come, or came and was refused by a full accept \
             queue, or is held back by TCP_DEFER_ACCEPT. It is in the SYN queue of its listener. Fast Open connections in \
             this state are an exception: they are in the accept queue.",
            "The lines have no process, no inode, and no listener: with several listeners on one port (SO_REUSEPORT, a \
             wildcard and an address) nobody can tell from them whose they are.",
        ],
        means_not: &[
            "Not one listener's SYN queue, unless you filter by its port (sport = :80), and it is alone there.",
            "Not to be compared with somaxconn: each listener has its own limit.",
            "SYNs answered with cookies are not there: nothing of them is kept.",
        ],
        kernels: &["4.4 and later: listing them walks the table of all connections of the host."],
        sources: &[
            Source::Kernel("net/ipv4/inet_diag.c:inet_req_diag_fill"),
            Source::Kernel("net/ipv4/inet_connection_sock.c:inet_csk_reqsk_queue_hash_add"),
        ],
        look_at: &[
            Look {
                command: "listenq --port 80 --get syn_queue.length",
                shows: "half-open connections of one port's listeners",
            },
            Look {
                command: "listenq -s",
                shows: "half-open connections of each namespace",
            },
        ],
        shows: &[Show::Listeners(Which::HalfOpen)],
        proofs: &["syn-recv-counts-all-listeners", "defer-accept-fills-the-syn-queue"],
        see_also: &[
            "netstat-syn-recv",
            "counting-syn-recv-tells-how-close-somaxconn-is",
            "ss-summary-synrecv",
        ],
    },
    Topic {
        id: "ss-skmem-drops",
        title: "d in skmem of a listener, in ss -ltm",
        kind: Kind::Column(Tool::Ss),
        names: &[
            "skmem d",
            "sock_drop",
            "SK_MEMINFO_DROPS",
            "sk_drops",
            "skmem drops",
            "ss -m d",
            "d in ss -m",
            "skmem:(…,d0)",
        ],
        summary: "what this socket has refused since it exists, with duplicates and noise; not its overflow count",
        means: &[
            "The socket's own count of packets it did not take. A SYN that was refused adds 1; a final ACK that a full \
             accept queue refused adds 2; a cookie's ACK that it refused adds 1.",
            "Noise adds too: 1 for each duplicate SYN of a half-open client, each RST on a half-open request, each bare \
             ACK held by TCP_DEFER_ACCEPT, each stray FIN, each packet with an old time stamp or a wrong signature.",
            "It is the only count of drops that each listener has for itself. It starts at 0 with the socket, is never \
             reset, and wraps at 2^32.",
        ],
        means_not: &[
            "Not a number of clients or connections, and not ListenOverflows of one listener.",
            "ss(8) says “packets dropped before they are de-multiplexed into the socket”; for a listener that is not so.",
        ],
        kernels: &["4.9 and later; before, and in RHEL 7, refused SYNs and final ACKs did not count."],
        sources: &[
            Source::Kernel("include/net/tcp.h:tcp_listendrop"),
            Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_v4_rcv"),
            Source::Manual("ss(8)"),
        ],
        look_at: &[Look {
            command: "listenq --watch",
            shows: "whether it grows: DROPS, with the rate per second",
        }],
        shows: &[Show::Listeners(Which::Dropped)],
        proofs: &[
            "final-ack-refused",
            "duplicate-syn",
            "stray-packets",
            "cookies-do-not-help-the-accept-queue",
        ],
        see_also: &[
            "listen-drops",
            "listen-overflows",
            "ss-d-is-the-overflow-count",
            "column-drops",
        ],
    },
    Topic {
        id: "ss-skmem-backlog",
        title: "bl in skmem, in ss -tm",
        kind: Kind::Column(Tool::Ss),
        names: &[
            "skmem bl",
            "SK_MEMINFO_BACKLOG",
            "sk_backlog",
            "ss -m bl",
            "bl in ss -m",
        ],
        summary: "bytes that wait while a program uses the socket; nothing to do with the backlog of listen()",
        means: &[
            "Packets that came for a socket while a program was using it wait in the socket's lock backlog. This is their \
             memory, in bytes. For a listener it stays 0: listeners take packets without the lock.",
        ],
        means_not: &["Not the accept queue, not the SYN queue, and not the number given to listen()."],
        sources: &[
            Source::Kernel("net/core/sock.c:sk_get_meminfo"),
            Source::Manual("ss(8)"),
        ],
        look_at: &[THE_SAME_HERE],
        see_also: &["tcp-backlog-drop", "ss-skmem-drops", "ss-send-q"],
        ..Topic::BLANK
    },
    Topic {
        id: "ss-unacked",
        title: "unacked of a listener, in ss -lti",
        kind: Kind::Column(Tool::Ss),
        names: &["unacked", "tcpi_unacked", "TCP_INFO unacked"],
        summary: "length of the accept queue again: TCP_INFO has it in this field for listeners",
        means: &[
            "For a listener TCP_INFO carries the length of the accept queue in tcpi_unacked. A program can read it from \
             its own listening socket by getsockopt(TCP_INFO), without any privilege.",
        ],
        means_not: &["Not packets without an acknowledgment: that is what it means for a connection."],
        sources: &[
            Source::Kernel("net/ipv4/tcp.c:tcp_get_info"),
            Source::Measured("ss of iproute2 6.1 on 6.18.44: 3 waiting: unacked:3"),
        ],
        look_at: &[THE_SAME_HERE],
        see_also: &["ss-sacked", "ss-recv-q"],
        ..Topic::BLANK
    },
    Topic {
        id: "ss-sacked",
        title: "tcpi_sacked of a listener",
        kind: Kind::Column(Tool::Ss),
        names: &["sacked", "tcpi_sacked", "TCP_INFO sacked"],
        summary: "limit of the accept queue: TCP_INFO has it in this field for listeners; ss leaves it out",
        means: &[
            "For a listener TCP_INFO carries the limit in tcpi_sacked, beside the length in tcpi_unacked. ss does not \
             print it for listeners, as it is the same number as Send-Q.",
        ],
        means_not: &["Not selective acknowledgments: that is what it means for a connection."],
        sources: &[
            Source::Kernel("net/ipv4/tcp.c:tcp_get_info"),
            Source::Measured("ss of iproute2 6.1 on 6.18.44: limit 3: no sacked in the line"),
        ],
        look_at: &[THE_SAME_HERE],
        see_also: &["ss-unacked", "ss-send-q"],
        ..Topic::BLANK
    },
    Topic {
        id: "ss-unix-recv-q",
        title: "Recv-Q and Send-Q of a unix listener, in ss -lx",
        kind: Kind::Column(Tool::Ss),
        names: &[
            "Recv-Q",
            "Send-Q",
            "ss -lx",
            "ss -xl Recv-Q",
            "UNIX_DIAG_RQLEN",
            "UDIAG_SHOW_RQLEN",
            "unix Recv-Q",
            "unix Send-Q",
        ],
        summary: "of a unix listener: connections that wait for accept(), and the limit",
        means: &[
            "In a line with state LISTEN: Recv-Q is how many connections wait, Send-Q the limit (the backlog, cut to \
             somaxconn). It holds limit + 1, as for TCP.",
            "When it is full nothing is dropped and nothing is counted: connect() waits, or fails at once with EAGAIN \
             (“Resource temporarily unavailable”) if the client's socket is non-blocking.",
        ],
        means_not: &["Not net.unix.max_dgram_qlen: listen() has overwritten that."],
        sources: &[
            Source::Kernel("net/unix/diag.c:sk_diag_show_rqlen"),
            Source::Kernel("net/unix/af_unix.c:unix_stream_connect"),
            Source::Measured("ss of iproute2 6.1 on 6.18.44: backlog 5, 1 waiting: 1 and 5"),
        ],
        look_at: &[Look {
            command: "listenq --unix",
            shows: "every unix listener, with who waits there",
        }],
        shows: &[Show::Listeners(Which::UnixWaiting)],
        proofs: &["unix-full-blocks-and-counts-nothing"],
        see_also: &["ss-recv-q", "unix-max-dgram-qlen", "proc-net-unix"],
        ..Topic::BLANK
    },
    Topic {
        id: "ss-summary-synrecv",
        title: "synrecv and estab, in ss -s",
        kind: Kind::Column(Tool::Ss),
        names: &[
            "synrecv",
            "ss -s",
            "ss -s synrecv",
            "synrecv in ss -s",
            "ss -s estab",
            "ss summary",
        ],
        summary: "synrecv counted half-open connections of the host, in old versions; estab is Tcp.CurrEstab",
        means: &[
            "Older versions of ss printed “synrecv N”: they took it from /proc/slabinfo, so it held for the whole host and \
             needed root. The ss of iproute2 6.1 prints no such figure.",
            "“estab” is Tcp.CurrEstab of the network namespace: connections that wait in accept queues are in it.",
        ],
        means_not: &["Not one listener's SYN queue, and nothing to compare with a limit."],
        sources: &[
            Source::Document("iproute2, misc/ss.c:print_summary"),
            Source::Measured("ss of iproute2 6.1 on 6.18.44: estab, closed, orphaned, timewait"),
        ],
        look_at: &[Look {
            command: "listenq -s",
            shows: "listeners, waiting and half-open connections of each namespace",
        }],
        proofs: &["syn-recv-counts-all-listeners", "curr-estab-counts-the-waiting"],
        see_also: &["ss-syn-recv", "curr-estab"],
        ..Topic::BLANK
    },
    Topic {
        id: "ss-process",
        title: "users and ino, in ss -ltnp and -ltne",
        kind: Kind::Column(Tool::Ss),
        names: &["ss -ltnp", "ss users", "Process in ss", "ss -p users:((", "ino 0"],
        summary: "who holds the socket; a connection that waits for accept() has no process and inode 0",
        means: &[
            "users:((\"nginx\",pid=1,fd=6)) are the processes that have the socket open, as far as ss may look (root for \
             those of others). ino is the number in /proc/PID/fd. A connection in an accept queue belongs to no process \
             yet: its line has no users and inode 0.",
        ],
        means_not: &[
            "No users does not mean that nobody holds it: without root ss does not see other users' processes.",
        ],
        sources: &[
            Source::Kernel("net/ipv4/inet_diag.c:inet_sk_diag_fill"),
            Source::Measured("/proc/net/tcp on 6.18.44: the three waiting connections have inode 0"),
        ],
        look_at: &[Look {
            command: "listenq",
            shows: "OWNER: name and pid of the oldest process that holds each listener",
        }],
        see_also: &["ss-recv-q-established", "column-owner"],
        ..Topic::BLANK
    },
];
