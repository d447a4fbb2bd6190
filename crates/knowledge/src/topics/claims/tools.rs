//! What is told of other tools' output.

use super::{ACCEPTQ_IS_FULL, CONN_REQUEST, Kind, Look, NOW, SYN_RECV_SOCK, Show, Source, Topic, Verdict, Which};

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "counting-syn-recv-tells-how-close-somaxconn-is",
        title: "“netstat -ant | grep -c SYN_REC tells how close somaxconn is”",
        kind: Kind::Claim(Verdict::MostlyWrong),
        names: &[
            "counting SYN_RECV tells how close somaxconn is",
            "counting SYN_RECV shows the backlog",
            "count SYN_RECV somaxconn",
            "SYN_RECV counts the backlog limited by somaxconn",
        ],
        summary: "mostly wrong: it counts half-open connections of all listeners; each has a limit of its own",
        means: &[
            "The count is of half-open connections of every listener of the namespace (and of unfinished Fast Open \
             connections, which are in accept queues). Each listener has its own limit, of which somaxconn was the upper \
             bound when listen() was called. SYNs answered with cookies are not in the count.",
            "And somaxconn is mostly meant for the accept queue, which holds established connections: none of them is \
             SYN_RECV.",
        ],
        sources: &[Source::Kernel("net/ipv4/tcp_ipv4.c:get_openreq4"), CONN_REQUEST],
        look_at: &[
            NOW,
            Look {
                command: "listenq --port 80 --get syn_queue.length",
                shows: "half-open connections of one port's listeners",
            },
        ],
        shows: &[Show::Setting("net.core.somaxconn"), Show::Listeners(Which::HalfOpen)],
        proofs: &["syn-recv-counts-all-listeners"],
        see_also: &["ss-syn-recv", "netstat-syn-recv", "somaxconn-is-the-syn-queue"],
        ..Topic::BLANK
    },
    Topic {
        id: "recv-q-equal-send-q-means-full",
        title: "“Recv-Q equal to Send-Q means that the queue is full”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "Recv-Q == Send-Q means full",
            "Recv-Q = Send-Q",
            "Recv-Q reaches Send-Q",
            "Recv-Q greater than Send-Q",
            "Recv-Q larger than Send-Q",
        ],
        summary: "wrong: at Recv-Q = Send-Q there is one place left; full is Send-Q + 1",
        means: &[
            "The kernel refuses when length > limit. So a Recv-Q one above Send-Q is no fault of ss: it is what a full \
             queue looks like. More than one above: a second listen() made the limit smaller, and what waited stayed.",
        ],
        sources: &[ACCEPTQ_IS_FULL],
        look_at: &[NOW],
        shows: &[Show::Listeners(Which::Full)],
        proofs: &["accept-queue-holds-one-more", "second-listen-resizes-both-queues"],
        see_also: &["ss-recv-q", "ss-send-q", "a-backlog-of-n-holds-n"],
        ..Topic::BLANK
    },
    Topic {
        id: "ss-d-is-the-overflow-count",
        title: "“d in ss -m is the overflow count of the listener”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "ss d is the overflow count",
            "sk_drops is the overflow count",
            "skmem d counts overflows",
        ],
        summary: "wrong: a refused final ACK adds 2, and duplicate SYNs, RSTs and deferred ACKs add too",
        means: &[
            "Over the same time: change of d = SYNs refused + 2 × final ACKs refused + cookie ACKs refused + noise. If \
             ListenDrops of the namespace stood still meanwhile, all of it is noise.",
        ],
        means_not: &["Still it is the only drop counter that each listener has for itself."],
        sources: &[
            Source::Kernel("include/net/tcp.h:tcp_listendrop"),
            Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_v4_rcv"),
        ],
        look_at: &[Look {
            command: "listenq --watch",
            shows: "whether it grows, listener by listener",
        }],
        shows: &[Show::Listeners(Which::Dropped)],
        proofs: &[
            "final-ack-refused",
            "duplicate-syn",
            "stray-packets",
            "defer-accept-fills-the-syn-queue",
        ],
        see_also: &["ss-skmem-drops", "listen-drops"],
        ..Topic::BLANK
    },
    Topic {
        id: "syn-flooding-means-an-attack",
        title: "“Possible SYN flooding in the log means an attack”",
        kind: Kind::Claim(Verdict::MostlyWrong),
        names: &[
            "SYN flooding in the log means an attack",
            "possible SYN flooding is an attack",
            "SYN flood attack in dmesg",
        ],
        summary: "mostly wrong: it means that one SYN queue was full once; small backlogs and slow programs do that",
        means: &[
            "The SYN queue has the limit of the listener's backlog, so a burst of ordinary clients fills a small one, and \
             a full accept queue fills it too. It is a flood if many connections are half-open and hardly any is ever \
             completed.",
        ],
        sources: &[Source::Kernel("net/ipv4/tcp_input.c:tcp_syn_flood_action")],
        look_at: &[
            Look {
                command: "listenq --port 80 -o wide",
                shows: "both queues of the port that the log names",
            },
            Look {
                command: "listenq counters --for 10s",
                shows: "cookies sent and received, overflows",
            },
        ],
        shows: &[
            Show::Counter("TcpExt", "SyncookiesSent"),
            Show::Counter("TcpExt", "SyncookiesRecv"),
            Show::Counter("TcpExt", "ListenOverflows"),
        ],
        proofs: &["full-syn-queue-sends-cookies"],
        see_also: &["possible-syn-flooding", "tcp-req-q-full-do-cookies"],
        ..Topic::BLANK
    },
    Topic {
        id: "dropped-syns-show-in-dropwatch",
        title: "“A dropped SYN shows up in dropwatch”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "a dropped SYN shows up in dropwatch/kfree_skb",
            "kfree_skb shows dropped SYNs",
            "perf trace skb:kfree_skb SYN",
            "dropwatch",
            "skb:kfree_skb",
            "TCP_LISTEN_OVERFLOW",
        ],
        summary: "wrong since 4.9: a refused SYN is freed like an accepted one; only counters move",
        means: &[
            "A SYN that a full queue refuses is consumed, exactly like one that was taken, and skb:kfree_skb does not \
             fire. A refused final ACK does show there: with the reason TCP_LISTEN_OVERFLOW in 6.18, without a reason of \
             its own in older kernels.",
        ],
        means_not: &["A quiet dropwatch does not say that nothing is refused."],
        kernels: &["4.4 and RHEL 7: there every SYN, refused or not, passes through kfree_skb."],
        sources: &[
            Source::Kernel("net/ipv4/tcp_input.c:tcp_rcv_state_process"),
            CONN_REQUEST,
        ],
        look_at: &[Look {
            command: "listenq --watch",
            shows: "DROPS of each listener, which count both",
        }],
        shows: &[Show::Counter("TcpExt", "ListenDrops"), Show::Listeners(Which::Dropped)],
        proofs: &["accept-queue-full-drops-syns"],
        see_also: &["listen-drops", "ss-skmem-drops"],
    },
    Topic {
        id: "tcpsynbl-shows-the-syn-queue",
        title: "“tcpsynbl shows the SYN queue”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "tcpsynbl",
            "tcpsynbl.bt",
            "tcpsynbl-bpfcc",
            "ebpf_exporter tcp_syn_backlog",
            "tcp-syn-backlog",
        ],
        summary: "wrong: it reads the length of the accept queue when a final ACK comes; refused SYNs are not seen",
        means: &[
            "tcpsynbl of bcc, libbpf-tools and bpftrace, and the tcp_syn_backlog of ebpf_exporter, watch \
             tcp_v4_syn_recv_sock and read sk_ack_backlog: the accept queue, at the final ACK. A SYN that a full accept \
             queue refuses never gets there, so the usual overflow is not in their figures.",
        ],
        sources: &[
            SYN_RECV_SOCK,
            Source::Document("iovisor/bcc, libbpf-tools/tcpsynbl.bpf.c"),
            Source::Document("cloudflare/ebpf_exporter, examples/tcp-syn-backlog.bpf.c"),
        ],
        look_at: &[NOW],
        shows: &[Show::Listeners(Which::HalfOpen)],
        proofs: &["accept-queue-full-drops-syns", "passive-opens"],
        see_also: &["ss-recv-q", "column-syn-queue"],
        ..Topic::BLANK
    },
    Topic {
        id: "the-limit-of-a-listener-cannot-be-known",
        title: "“The backlog of a running listener cannot be known”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "the limit of a listener is unknowable",
            "how to see the backlog of a listening socket",
            "show backlog of a running program",
            "current backlog of a socket",
        ],
        summary: "wrong: it is Send-Q of ss -ltn, from sock_diag, for anybody, without a walk over all connections",
        means: &[
            "sock_diag gives length and limit of every listener to any user of the network namespace, and walks only \
             listeners for it. What cannot be known afterwards is the backlog that the program asked for, if somaxconn \
             was smaller.",
        ],
        sources: &[
            Source::Kernel("net/ipv4/tcp_diag.c:tcp_diag_get_info"),
            Source::Document("https://github.com/netdata/netdata/issues/2855"),
        ],
        look_at: &[NOW],
        shows: &[Show::Listeners(Which::Tcp)],
        proofs: &["somaxconn-caps-listen"],
        see_also: &["ss-send-q", "send-q-zero"],
        ..Topic::BLANK
    },
];
