//! The seven sysctls that decide what a listener does with a SYN and with a final ACK.

use super::{EACH_LISTENER, Kind, PER_NETNS, SHOWN_WITH, SetIt, SettingFacts, Topic, set_in_a_namespace};
use crate::topic::{Show, Source, Which};

const CONN_REQUEST: Source = Source::Kernel("net/ipv4/tcp_input.c:tcp_conn_request");
const CHECK_REQ: Source = Source::Kernel("net/ipv4/tcp_minisocks.c:tcp_check_req");
const SAFE_SYSCTLS: Source = Source::Document("Kubernetes, pkg/kubelet/sysctl/safe_sysctls.go");

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "somaxconn",
        title: "net.core.somaxconn",
        kind: Kind::Setting(SettingFacts {
            name: "net.core.somaxconn",
            default: "4096 (Linux 5.4 and later), 128 before",
            scope: "each network namespace has its own; a new one starts with the kernel's default, not with the host's \
                    value",
            takes_effect: "at the next listen() of each program; listeners that run keep their limit",
            values: &[("0", "every later listen() gets a limit of 0, which holds 1 connection")],
            set: set_in_a_namespace!(
                "net.core.somaxconn",
                "4096",
                "for a Kubernetes pod; unsafe: the kubelet must allow it (--allowed-unsafe-sysctls)"
            ),
        }),
        names: &[
            "how close am I to somaxconn",
            "what does somaxconn cap",
            "raise somaxconn",
            "SOMAXCONN",
            "max listen backlog",
            "maximum backlog",
        ],
        summary: "upper bound of what listen() may ask for, read only inside listen()",
        means: &[
            "listen(fd, backlog) sets the limit of the listener to the smaller one of backlog and somaxconn. A negative \
             backlog is taken as a huge one, so it gives somaxconn. The value is that of the network namespace in which \
             the socket was made, whoever calls listen().",
            "The limit is one number for both queues: the accept queue refuses when its length is above it, so it holds \
             limit + 1, and the SYN queue of the listener has the same limit.",
            "It holds for every family: TCP, MPTCP, unix, SCTP, vsock.",
        ],
        means_not: &[
            "Not a limit that is shared: each listener has its own limit, and somaxconn is only its upper bound.",
            "Raising it changes nothing for listeners that run, in neither direction, until they call listen() again.",
            "Not the SYN queue alone, and not the accept queue alone.",
            "A container does not get the host's value.",
        ],
        kernels: &[
            "5.4 raised the default from 128 to 4096.",
            "In the namespace of a user namespace (rootless containers, hostUsers: false) the sysctl does not exist up to \
             6.1: there the default holds and nobody can change it. 6.3 and later have it.",
        ],
        sources: &[
            Source::Kernel("net/socket.c:__sys_listen"),
            Source::Kernel("net/core/net_namespace.c"),
            Source::Kernel("include/net/sock.h:sk_acceptq_is_full"),
            Source::Manual("listen(2)"),
            SAFE_SYSCTLS,
        ],
        look_at: &[
            EACH_LISTENER,
            super::Look {
                command: "listenq --would-overflow-at 128",
                shows: "which listeners need more than a limit",
            },
            super::Look {
                command: "listenq tune --somaxconn 4096",
                shows: "what it would change at each live listener, and which file wins at boot; it changes nothing yet",
            },
        ],
        shows: &[
            Show::Setting("net.core.somaxconn"),
            Show::DefaultOf("net.core.somaxconn"),
            Show::Listeners(Which::LimitIsSomaxconn),
        ],
        proofs: &[
            "somaxconn-caps-listen",
            "somaxconn-does-not-reach-running-listeners",
            "new-namespace-starts-from-defaults",
            "second-listen-resizes-both-queues",
            "somaxconn-is-that-of-the-sockets-namespace",
            "somaxconn-in-a-user-namespace",
        ],
        see_also: &[
            "tcp-max-syn-backlog",
            "somaxconn-is-the-syn-queue",
            "somaxconn-reaches-running-listeners",
            "containers-have-the-hosts-somaxconn",
        ],
    },
    Topic {
        id: "tcp-max-syn-backlog",
        title: "net.ipv4.tcp_max_syn_backlog",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_max_syn_backlog",
            default: "max(128, buckets of the established hash / 128), so 1024 to 4096 on most hosts; / 256 in 4.18",
            scope: "each network namespace has its own; a new one computes the default again",
            takes_effect: "at the next SYN, but only while tcp_syncookies is 0",
            values: &[],
            set: set_in_a_namespace!(
                "net.ipv4.tcp_max_syn_backlog",
                "4096",
                "for a Kubernetes pod; unsafe: the kubelet must allow it (--allowed-unsafe-sysctls)"
            ),
        }),
        names: &["max syn backlog"],
        summary: "without effect while tcp_syncookies is 1 or 2; with 0, its 3/4 rule refuses SYNs early",
        means: &[
            "While tcp_syncookies is 1 (the default) or 2 it does nothing at all: it neither limits nor sizes any queue. \
             The limit of the SYN queue is the backlog of the listener, cut to somaxconn.",
            "While tcp_syncookies is 0 there is one rule: a SYN from a client that the kernel does not know from earlier \
             connections is refused when less than a quarter of the value is left, counted with the SYN queue of that \
             listener alone. With 8, seven are kept. Such a SYN counts in ListenDrops, and in no other counter.",
        ],
        means_not: &[
            "Not the size of the SYN queue since 4.4; web pages that say so describe older kernels.",
            "The kernel's own documentation (ip-sysctl) still calls it the maximum of remembered requests and advises to \
             raise it under overload; the code does so only while tcp_syncookies is 0.",
            "No help for a full accept queue.",
        ],
        kernels: &["Before 4.4 and in RHEL 7: an upper bound when listen() sizes the SYN table."],
        sources: &[
            CONN_REQUEST,
            Source::Kernel("include/net/inet_connection_sock.h:inet_csk_reqsk_queue_is_full"),
            Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_set_hashinfo"),
            Source::Document("Linux, Documentation/networking/ip-sysctl.rst"),
        ],
        look_at: &[
            EACH_LISTENER,
            super::Look {
                command: "listenq tune --tcp-max-syn-backlog 4096",
                shows: "what it would change here; it changes nothing yet",
            },
        ],
        shows: &[
            Show::Setting("net.ipv4.tcp_max_syn_backlog"),
            Show::DefaultOf("net.ipv4.tcp_max_syn_backlog"),
            Show::Setting("net.ipv4.tcp_syncookies"),
            Show::Listeners(Which::LimitedByMaxSynBacklog),
        ],
        proofs: &[
            "max-syn-backlog-with-cookies",
            "max-syn-backlog-without-cookies",
            "syn-queue-limit-is-the-backlog",
        ],
        see_also: &[
            "tcp-syncookies",
            "somaxconn",
            "max-syn-backlog-sizes-the-syn-queue",
            "tcp-ehash-entries",
        ],
    },
    Topic {
        id: "tcp-syncookies",
        title: "net.ipv4.tcp_syncookies",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_syncookies",
            default: "1",
            scope: "each network namespace has its own; a new one starts with 1",
            takes_effect: "at the next SYN",
            values: &[
                (
                    "0",
                    "never: a full SYN queue refuses, and the 3/4 rule of tcp_max_syn_backlog holds",
                ),
                ("1", "when the SYN queue of the listener is full"),
                (
                    "2",
                    "for every SYN: nothing is ever half-open, and TCPReqQFullDoCookies counts every SYN",
                ),
            ],
            set: set_in_a_namespace!(
                "net.ipv4.tcp_syncookies",
                "1",
                "for a Kubernetes pod; safe: allowed without more ado"
            ),
        }),
        names: &["cookies", "SYN cookies setting", "CONFIG_SYN_COOKIES"],
        summary: "whether a full SYN queue refuses SYNs (0) or answers with cookies (1), or cookies always (2)",
        means: &[
            "What the kernel does when a SYN finds the SYN queue full. With a cookie nothing is stored, so the SYN queue \
             cannot be filled up; the client's final ACK brings back what is needed.",
            "Then, in every mode, the accept queue is looked at: if it is full, the SYN is refused. SYN cookies never help \
             a full accept queue.",
        ],
        means_not: &[
            "Not a cause of lost connections by itself. A cookie's SYN-ACK is not sent again if it gets lost, and if the \
             accept queue refuses the final ACK, the client believes that it is connected.",
            "No means against a slow server.",
        ],
        kernels: &["Values above 255 are refused by newer kernels (5.15 and later, and already 5.10.223)."],
        sources: &[
            CONN_REQUEST,
            Source::Kernel("net/ipv4/tcp_input.c:tcp_syn_flood_action"),
            Source::Standard("RFC 4987"),
            SAFE_SYSCTLS,
        ],
        look_at: &[
            EACH_LISTENER,
            SHOWN_WITH,
            super::Look {
                command: "listenq tune --tcp-syncookies 1",
                shows: "what it would change here; it changes nothing yet",
            },
        ],
        shows: &[
            Show::Setting("net.ipv4.tcp_syncookies"),
            Show::Counter("TcpExt", "TCPReqQFullDoCookies"),
            Show::Counter("TcpExt", "SyncookiesSent"),
        ],
        proofs: &[
            "full-syn-queue-sends-cookies",
            "cookies-always",
            "cookies-do-not-help-the-accept-queue",
        ],
        see_also: &[
            "tcp-req-q-full-do-cookies",
            "syncookies-sent",
            "tcp-max-syn-backlog",
            "cookies-help-a-full-accept-queue",
        ],
    },
    Topic {
        id: "tcp-abort-on-overflow",
        title: "net.ipv4.tcp_abort_on_overflow",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_abort_on_overflow",
            default: "0",
            scope: "each network namespace has its own; a new one starts with 0",
            takes_effect: "at the next final ACK",
            values: &[
                (
                    "0",
                    "a refused final ACK is dropped; the request stays, and the client gets further chances",
                ),
                (
                    "1",
                    "a refused final ACK is answered with a RST, and the request is taken away",
                ),
            ],
            set: set_in_a_namespace!(
                "net.ipv4.tcp_abort_on_overflow",
                "0",
                "for a Kubernetes pod; unsafe: the kubelet must allow it (--allowed-unsafe-sysctls)"
            ),
        }),
        names: &["abort on overflow"],
        summary: "1: a final ACK that a full accept queue refuses is answered with a RST; SYNs never are",
        means: &[
            "It concerns one case: the final ACK of a half-open connection comes, and the accept queue is full (or the \
             connection cannot be made). With 1 the client is told at once, with a RST (“connection reset by peer”).",
            "Since 4.10 a full accept queue refuses SYNs, silently. So the case is that of handshakes that were on their \
             way when the queue filled: most clients of a full queue see no RST, also with 1.",
        ],
        means_not: &[
            "A refused SYN is never answered with a RST, nor is a refused ACK of a SYN cookie.",
            "It makes no room: some time-outs become resets.",
            "Not counted in AttemptFails; EmbryonicRsts and OutRsts count.",
        ],
        kernels: &["Values above 255 are refused by newer kernels (5.15 and later, and already 5.10.223)."],
        sources: &[CHECK_REQ],
        look_at: &[
            SHOWN_WITH,
            super::Look {
                command: "listenq tune --tcp-abort-on-overflow 0",
                shows: "what it would change here; it changes nothing yet",
            },
        ],
        shows: &[
            Show::Setting("net.ipv4.tcp_abort_on_overflow"),
            Show::Counter("TcpExt", "EmbryonicRsts"),
        ],
        proofs: &[
            "abort-on-overflow",
            "final-ack-refused",
            "cookies-do-not-help-the-accept-queue",
        ],
        see_also: &[
            "listen-overflows",
            "embryonic-rsts",
            "abort-on-overflow-resets-when-full",
        ],
    },
    Topic {
        id: "tcp-synack-retries",
        title: "net.ipv4.tcp_synack_retries",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_synack_retries",
            default: "5: a half-open connection lives 63 s (1 + 2 + 4 + 8 + 16 + 32)",
            scope: "each network namespace has its own; a new one starts with 5",
            takes_effect: "at the next timer of each half-open connection",
            values: &[],
            set: set_in_a_namespace!(
                "net.ipv4.tcp_synack_retries",
                "3",
                "for a Kubernetes pod; unsafe: the kubelet must allow it (--allowed-unsafe-sysctls)"
            ),
        }),
        names: &["synack retries", "SYN-ACK retries"],
        summary: "how often a SYN-ACK is sent again before a half-open connection is given up",
        means: &[
            "A SYN-ACK that is not answered is sent again after 1 s, 2 s, 4 s and so on, this many times; then the \
             half-open connection is dropped, without any failure counter. TCP_SYNCNT of the listener overrides it.",
            "While the SYN queue is more than half full (and holds more than 4), the kernel tries less often: down to \
             two retries, so a half-open connection of a dead client then lives 7 s.",
        ],
        means_not: &[
            "A smaller value frees the SYN queue earlier, but also cuts off clients on slow or lossy paths.",
            "Nothing to do with the accept queue, and nothing with tcp_syn_retries, which is for connect().",
        ],
        kernels: &["Values above 255 are refused by newer kernels (5.15 and later, and already 5.10.223)."],
        sources: &[
            Source::Kernel("net/ipv4/inet_connection_sock.c:reqsk_timer_handler"),
            Source::Manual("tcp(7)"),
        ],
        look_at: &[EACH_LISTENER],
        shows: &[
            Show::Setting("net.ipv4.tcp_synack_retries"),
            Show::Listeners(Which::HalfOpen),
        ],
        proofs: &[
            "expired-requests-count-nowhere",
            "timeouts-count-syn-acks",
            "pruned-above-half",
        ],
        see_also: &["tcp-timeouts", "tcp-syn-retrans", "tcp-syn-retries"],
    },
    Topic {
        id: "tcp-fastopen",
        title: "net.ipv4.tcp_fastopen",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_fastopen",
            default: "1 (as client only)",
            scope: PER_NETNS,
            takes_effect: "at the next SYN; bit 0x400 at the first listen() of a socket",
            values: &[
                ("0x1", "clients may use Fast Open"),
                ("0x2", "listeners that set TCP_FASTOPEN offer it"),
                ("0x200", "SYNs with data are taken without a cookie"),
                ("0x400", "every listener offers it, without setting TCP_FASTOPEN"),
            ],
            set: set_in_a_namespace!(
                "net.ipv4.tcp_fastopen",
                "3",
                "for a Kubernetes pod; unsafe: the kubelet must allow it (--allowed-unsafe-sysctls)"
            ),
        }),
        names: &["fastopen sysctl", "TFO sysctl"],
        summary: "bit mask: whether connect() and listeners use TCP Fast Open",
        means: &[
            "With Fast Open a client sends data in its SYN, with a cookie from an earlier connection. The connection goes \
             into the accept queue at the SYN, before the handshake ends.",
            "The listener keeps at most as many unfinished ones as its TCP_FASTOPEN option says (cut to somaxconn when it \
             is set); above that, a SYN falls back to the ordinary handshake and TCPFastOpenListenOverflow counts.",
        ],
        means_not: &[
            "It does not change the limits of the two queues: a full accept queue refuses Fast Open SYNs too.",
        ],
        sources: &[
            Source::Kernel("net/ipv4/tcp_fastopen.c:tcp_try_fastopen"),
            Source::Kernel("include/net/tcp.h:TFO_SERVER_ENABLE"),
            Source::Standard("RFC 7413"),
        ],
        look_at: &[SHOWN_WITH],
        shows: &[
            Show::Setting("net.ipv4.tcp_fastopen"),
            Show::Counter("TcpExt", "TCPFastOpenPassive"),
        ],
        proofs: &["fast-open-child-is-queued-at-the-syn"],
        see_also: &["tcp-fast-open-passive", "tcp-fast-open-listen-overflow"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-migrate-req",
        title: "net.ipv4.tcp_migrate_req",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_migrate_req",
            default: "0",
            scope: "each network namespace has its own; a new one starts with 0",
            takes_effect: "when a member of a SO_REUSEPORT group stops listening",
            values: &[
                ("0", "what waits at a listener that closes is reset"),
                (
                    "1",
                    "what waits at a member that closes is given to another member of its group",
                ),
            ],
            set: set_in_a_namespace!(
                "net.ipv4.tcp_migrate_req",
                "1",
                "for a Kubernetes pod; unsafe: the kubelet must allow it (--allowed-unsafe-sysctls)"
            ),
        }),
        names: &["migrate requests"],
        summary: "1: when a member of a SO_REUSEPORT group closes, its queues move to another member",
        means: &[
            "Without it, closing a listener resets every connection of its accept queue, and its half-open connections \
             die at their next packet or timer: a reload that starts new listeners and closes the old ones loses \
             connections. With 1 they move to another member of the SO_REUSEPORT group.",
        ],
        means_not: &[
            "Not for listeners without SO_REUSEPORT, nor for the last member of a group.",
            "The target's room is not looked at when the accept queue moves: it can be overfull afterwards.",
        ],
        kernels: &["5.15 and later. Debian's 5.10.223 shows the sysctl, but no code reads it."],
        sources: &[
            Source::Kernel("net/core/sock_reuseport.c:reuseport_migrate_sock"),
            Source::Kernel("net/ipv4/inet_connection_sock.c:inet_csk_listen_stop"),
        ],
        look_at: &[SHOWN_WITH],
        shows: &[
            Show::Setting("net.ipv4.tcp_migrate_req"),
            Show::Listeners(Which::Reuseport),
        ],
        proofs: &["migrate-req", "close-resets-the-waiting"],
        see_also: &["tcp-migrate-req-success", "tcp-migrate-req-failure"],
    },
];
