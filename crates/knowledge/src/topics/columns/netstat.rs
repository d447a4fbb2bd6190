//! Columns of net-tools' netstat.

use super::{Look, PROC_TCP, Source, THE_SAME_HERE, Topic};
use crate::topic::{Kind, Show, Tool, Which};

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "netstat-recv-q",
        title: "Recv-Q of a listener, in netstat -ltn",
        kind: Kind::Column(Tool::Netstat),
        names: &[
            "Recv-Q",
            "recvq",
            "netstat Recv-Q",
            "netstat -ltn",
            "netstat -lnt Recv-Q",
        ],
        summary: "length of the accept queue; its manual page says “syn backlog”, which it is not",
        means: &[
            "In a line with state LISTEN: how many connections wait in the accept queue, as in ss. In lines of established \
             connections it is bytes.",
        ],
        means_not: &[
            "Not the SYN backlog, though netstat(8) says so.",
            "Not the whole picture: netstat has no limit beside it (Send-Q is 0), so it cannot say how full the queue is.",
        ],
        sources: &[
            PROC_TCP,
            Source::Document("https://github.com/ecki/net-tools/issues/24"),
            Source::Measured("netstat of net-tools 2.10 on 6.18.44: backlog 3, 3 waiting: Recv-Q 3, Send-Q 0"),
        ],
        look_at: &[THE_SAME_HERE],
        shows: &[Show::Listeners(Which::Waiting)],
        proofs: &["accept-queue-holds-one-more"],
        see_also: &["ss-recv-q", "netstat-send-q", "proc-net-tcp-rx-queue"],
        ..Topic::BLANK
    },
    Topic {
        id: "netstat-send-q",
        title: "Send-Q of a listener, in netstat -ltn",
        kind: Kind::Column(Tool::Netstat),
        names: &["Send-Q", "sendq", "netstat Send-Q", "Send-Q 0 in netstat"],
        summary: "always 0: netstat reads /proc/net/tcp, which does not have the limit",
        means: &["For a listener it says nothing. The limit is Send-Q of ss -ltn."],
        means_not: &["Not a limit of 0, and not an empty queue."],
        sources: &[
            PROC_TCP,
            Source::Measured("netstat of net-tools 2.10 on 6.18.44: limit 3: Send-Q 0"),
        ],
        look_at: &[THE_SAME_HERE],
        see_also: &["ss-send-q", "send-q-zero"],
        ..Topic::BLANK
    },
    Topic {
        id: "netstat-syn-recv",
        title: "SYN_RECV, in netstat -ant",
        kind: Kind::Column(Tool::Netstat),
        names: &[
            "SYN_RECV",
            "SYN-RECV",
            "SYN_REC",
            "SYN_RECEIVED",
            "SYN_RCVD",
            "netstat -ant SYN_RECV",
            "netstat -an | grep SYN_RECV",
            "netstat -ant | grep -c SYN_REC",
        ],
        summary: "half-open connections of all listeners of the namespace, as SYN-RECV in ss",
        means: &[
            "One line for each half-open connection of every listener, and for each Fast Open connection whose handshake \
             is not finished. To count those of one port, match the local address: netstat -ant | grep ':80 .*SYN_RECV'.",
        ],
        means_not: &[
            "Not a queue with the limit somaxconn: every listener has a SYN queue of its own, limited by its own backlog.",
            "SYNs answered with cookies are not there.",
        ],
        sources: &[Source::Kernel("net/ipv4/tcp_ipv4.c:get_openreq4")],
        look_at: &[Look {
            command: "listenq --port 80 --get syn_queue.length",
            shows: "the number for one port, without the script",
        }],
        shows: &[Show::Listeners(Which::HalfOpen)],
        proofs: &["syn-recv-counts-all-listeners"],
        see_also: &["ss-syn-recv", "counting-syn-recv-tells-how-close-somaxconn-is"],
        ..Topic::BLANK
    },
    Topic {
        id: "netstat-unix",
        title: "Unix listeners, in netstat -lx",
        kind: Kind::Column(Tool::Netstat),
        names: &["netstat -lx", "netstat -xl", "netstat unix RefCnt"],
        summary: "netstat shows unix listeners without length and limit",
        means: &[
            "A line with state LISTENING is a unix listener. netstat has no column for the connections that wait there.",
        ],
        means_not: &["RefCnt is not the length of its queue."],
        sources: &[Source::Measured(
            "netstat of net-tools 2.10 on 6.18.44: RefCnt 2 with none, one and two waiting",
        )],
        look_at: &[Look {
            command: "listenq --unix",
            shows: "length and limit of every unix listener",
        }],
        shows: &[Show::Listeners(Which::UnixWaiting)],
        see_also: &["ss-unix-recv-q", "proc-net-unix"],
        ..Topic::BLANK
    },
];
