//! What is told of remedies, and of what a client sees.

use super::{ACCEPTQ_IS_FULL, CHECK_REQ, CONN_REQUEST, Kind, LISTEN, Look, NOW, Show, Source, Topic, Verdict, Which};

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "cookies-help-a-full-accept-queue",
        title: "“SYN cookies help a full accept queue”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "SYN cookies help when the accept queue is full",
            "enable syncookies against ListenOverflows",
            "tcp_syncookies accept queue",
        ],
        summary: "wrong: the accept queue is looked at in cookie mode too, and a full one refuses SYN and cookie",
        means: &[
            "Cookies save the SYN queue. After the decision for a cookie the kernel looks at the accept queue, and refuses \
             the SYN if it is full. A client whose cookie comes back to a full accept queue is refused too, without a RST: \
             it believes that it is connected.",
        ],
        sources: &[
            CONN_REQUEST,
            Source::Kernel("net/ipv4/syncookies.c:tcp_get_cookie_sock"),
        ],
        look_at: &[NOW],
        shows: &[Show::Setting("net.ipv4.tcp_syncookies"), Show::Listeners(Which::Full)],
        proofs: &["cookies-do-not-help-the-accept-queue"],
        see_also: &["tcp-syncookies", "listen-overflows"],
        ..Topic::BLANK
    },
    Topic {
        id: "abort-on-overflow-resets-when-full",
        title: "“tcp_abort_on_overflow resets clients when the queue is full”",
        kind: Kind::Claim(Verdict::MostlyWrong),
        names: &[
            "tcp_abort_on_overflow resets when the queue is full",
            "tcp_abort_on_overflow sends RST to clients",
            "tcp_abort_on_overflow fixes overflows",
        ],
        summary: "mostly wrong: only a refused final ACK gets a RST; the many refused SYNs get none",
        means: &[
            "A full accept queue refuses SYNs, in silence, whatever this is set to. Only handshakes that were on their way \
             when it filled reach the final ACK, and only those are answered with a RST. The ACK of a SYN cookie never is.",
        ],
        means_not: &["It makes no room: some time-outs become resets."],
        sources: &[CHECK_REQ, CONN_REQUEST],
        look_at: &[Look {
            command: "listenq counters --for 10s",
            shows: "EmbryonicRsts against ListenOverflows",
        }],
        shows: &[
            Show::Setting("net.ipv4.tcp_abort_on_overflow"),
            Show::Counter("TcpExt", "EmbryonicRsts"),
        ],
        proofs: &[
            "abort-on-overflow",
            "accept-queue-full-drops-syns",
            "cookies-do-not-help-the-accept-queue",
        ],
        see_also: &["tcp-abort-on-overflow"],
        ..Topic::BLANK
    },
    Topic {
        id: "raising-max-syn-backlog-helps-the-accept-queue",
        title: "“Raise tcp_max_syn_backlog against drops of the accept queue”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "tcp_max_syn_backlog fixes ListenOverflows",
            "raise tcp_max_syn_backlog against accept queue overflows",
            "tcp_max_syn_backlog for ListenDrops",
        ],
        summary: "wrong: it is no part of the accept queue, and with SYN cookies it has no effect at all",
        means: &[
            "Some guides to monitoring alerts advise it. The accept queue is limited by the backlog of the program, cut to \
             somaxconn, and drained by accept() alone.",
        ],
        sources: &[
            CONN_REQUEST,
            ACCEPTQ_IS_FULL,
            Source::Document("netdata, health/guides/1m_tcp_accept_queue_drops.md"),
        ],
        look_at: &[NOW],
        shows: &[
            Show::Setting("net.ipv4.tcp_max_syn_backlog"),
            Show::Setting("net.ipv4.tcp_syncookies"),
        ],
        proofs: &["max-syn-backlog-with-cookies", "accept-queue-full-drops-syns"],
        see_also: &["tcp-max-syn-backlog", "listen-overflows"],
        ..Topic::BLANK
    },
    Topic {
        id: "changing-the-backlog-needs-a-restart",
        title: "“Changing the backlog needs a restart”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "you need a restart to change the backlog",
            "change backlog without restart",
            "second listen()",
        ],
        summary: "wrong: a second listen() on the same socket changes the limit at once, for both queues",
        means: &[
            "listen() on a socket that listens already only writes the new limit; nothing that waits is lost, not even when \
             the limit gets smaller. Some programs do so on reload. The kernel takes the call from any process that has \
             the socket.",
            "somaxconn of the socket's network namespace bounds the new limit too: raise it first.",
        ],
        means_not: &[
            "Many programs offer no way to do it and need a restart for that reason, not for the kernel's.",
            "Each member of a SO_REUSEPORT group has its own limit. The Fast Open limit does not change.",
        ],
        sources: &[Source::Kernel("net/ipv4/af_inet.c:__inet_listen_sk"), LISTEN],
        look_at: &[Look {
            command: "listenq resize --port 80 4096",
            shows: "what it will change; then it asks",
        }],
        shows: &[Show::Setting("net.core.somaxconn")],
        proofs: &["second-listen-resizes-both-queues"],
        see_also: &["live-resize", "somaxconn", "somaxconn-reaches-running-listeners"],
        ..Topic::BLANK
    },
    Topic {
        id: "a-smaller-backlog-drops-what-waits",
        title: "“A smaller backlog throws out what waits”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "lowering the backlog drops connections",
            "shrinking the backlog",
            "shrink the accept queue",
        ],
        summary: "wrong: what waits stays; the queue is overfull and refuses until it has drained",
        means: &[
            "A second listen() with a smaller number changes the limit only. Until the program has accepted enough, the \
             queue is above its limit, and everything new is refused.",
        ],
        sources: &[Source::Kernel("net/ipv4/af_inet.c:__inet_listen_sk"), ACCEPTQ_IS_FULL],
        look_at: &[NOW],
        shows: &[Show::Listeners(Which::Full)],
        proofs: &["second-listen-resizes-both-queues"],
        see_also: &["changing-the-backlog-needs-a-restart", "column-accept-queue"],
        ..Topic::BLANK
    },
    Topic {
        id: "a-bigger-backlog-fixes-a-slow-server",
        title: "“A bigger backlog fixes a slow server”",
        kind: Kind::Claim(Verdict::MostlyWrong),
        names: &[
            "bigger backlog fixes a slow server",
            "increase the backlog to fix overflows",
            "raise the backlog against timeouts",
        ],
        summary: "mostly wrong: it buys room for a burst; if accept() is slower than the arrivals it fills again",
        means: &[
            "The queue fills when connections come faster than the program calls accept(). A larger limit holds a longer \
             burst. If the program is too slow all the time, every limit is reached, and then each client waits longer in \
             the queue, until it gives up: its connection still takes a place and is accepted dead.",
            "It does help where the queue drains to empty between bursts.",
        ],
        sources: &[
            ACCEPTQ_IS_FULL,
            Source::Kernel("net/ipv4/inet_connection_sock.c:inet_csk_accept"),
        ],
        look_at: &[
            Look {
                command: "listenq --watch",
                shows: "whether the queue ever gets empty",
            },
            Look {
                command: "listenq resize --port 80 4096 --verify 60s --rollback",
                shows: "whether a larger one helps; if things get worse it is taken back",
            },
        ],
        shows: &[Show::Listeners(Which::Endangered)],
        proofs: &["dead-connections-stay-queued", "second-listen-resizes-both-queues"],
        see_also: &["listen-overflows", "dead-connections-leave-the-queue"],
        ..Topic::BLANK
    },
    Topic {
        id: "dead-connections-leave-the-queue",
        title: "“A client that gives up leaves the accept queue”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "dead connections leave the accept queue",
            "closed connections leave the accept queue",
            "reset connections leave the queue",
        ],
        summary: "wrong: closed and reset connections keep their place until the program accepts them",
        means: &[
            "A connection that its client closes waits in CLOSE_WAIT; one that is reset is seen by no tool any more, but \
             still counts. accept() returns both, and the program finds out when it reads.",
        ],
        sources: &[
            Source::Kernel("net/ipv4/inet_connection_sock.c:inet_csk_accept"),
            Source::Kernel("net/ipv4/tcp.c:tcp_done"),
        ],
        look_at: &[Look {
            command: "listenq -o wide",
            shows: "QUEUED: open, closed and reset connections of each accept queue",
        }],
        shows: &[Show::Listeners(Which::DeadQueued)],
        proofs: &["dead-connections-stay-queued"],
        see_also: &["column-queued", "ss-recv-q"],
        ..Topic::BLANK
    },
    Topic {
        id: "connection-refused-means-a-full-queue",
        title: "“Connection refused means that the queue is full”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "ECONNREFUSED means the backlog is full",
            "a full queue refuses connections",
            "full backlog connection refused",
        ],
        summary: "wrong on Linux: a full TCP queue is silent; refused means that nobody listens there",
        means: &[
            "A SYN for a port without a listener is answered with a RST at once: “connection refused”. A full queue \
             answers nothing: the client's connect() takes 1 s or longer, or times out. (On other systems a full queue \
             may refuse.)",
        ],
        means_not: &["A firewall can send the RST too."],
        sources: &[
            CONN_REQUEST,
            Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_v4_rcv"),
            Source::Manual("connect(2)"),
        ],
        look_at: &[Look {
            command: "listenq --port 80",
            shows: "whether anybody listens on that port, in any namespace",
        }],
        shows: &[
            Show::Counter("Tcp", "OutRsts"),
            Show::Counter("TcpExt", "ListenOverflows"),
        ],
        proofs: &["refused-means-nobody-listens", "connect-takes-a-second"],
        see_also: &["out-rsts", "listen-overflows"],
        ..Topic::BLANK
    },
];
