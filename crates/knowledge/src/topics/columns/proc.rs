//! Columns of /proc/net/tcp and /proc/net/unix.

use super::{Look, PROC_TCP, Source, THE_SAME_HERE, Topic};
use crate::topic::{Kind, Show, Tool, Which};

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "proc-net-tcp-rx-queue",
        title: "rx_queue and tx_queue of a listener, in /proc/net/tcp",
        kind: Kind::Column(Tool::Proc),
        names: &[
            "rx_queue",
            "tx_queue",
            "/proc/net/tcp",
            "/proc/net/tcp6",
            "tx_queue rx_queue",
            "proc net tcp rx_queue",
        ],
        summary: "rx_queue: length of the accept queue, in hexadecimal; tx_queue: 0, the limit is not there",
        means: &[
            "In a line with st 0A (LISTEN): rx_queue is the number of connections that wait for accept(). tx_queue is 0. \
             The limit is nowhere in the file. The last column is the limit of unfinished Fast Open connections.",
            "Lines with st 03 are half-open connections, of all listeners; their inode is 0. So is that of connections \
             that wait in an accept queue.",
            "/proc/PID/net/tcp shows the network namespace of that process, without any privilege.",
        ],
        means_not: &["Reading it is not cheap: the kernel walks the table of all connections."],
        sources: &[
            PROC_TCP,
            Source::Kernel("net/ipv4/tcp_ipv4.c:get_openreq4"),
            Source::Manual("proc(5)"),
        ],
        look_at: &[THE_SAME_HERE],
        shows: &[Show::Listeners(Which::Waiting)],
        see_also: &["ss-recv-q", "send-q-zero", "tcp-ehash-entries"],
        ..Topic::BLANK
    },
    Topic {
        id: "proc-net-unix",
        title: "Unix listeners, in /proc/net/unix",
        kind: Kind::Column(Tool::Proc),
        names: &["/proc/net/unix", "proc net unix", "unix Flags 00010000"],
        summary: "shows which unix sockets listen, but neither length nor limit",
        means: &[
            "A line with Flags 00010000 listens. A connection that waits there has a line of its own with the same path and \
             inode 0, so counting those gives the length; the limit is nowhere in the file.",
        ],
        means_not: &["RefCount of the listener is not its length."],
        sources: &[
            Source::Kernel("net/unix/af_unix.c:unix_seq_show"),
            Source::Measured("6.18.44: 1 waiting: a second line with the path, inode 0"),
        ],
        look_at: &[Look {
            command: "listenq --unix",
            shows: "length and limit of every unix listener",
        }],
        shows: &[Show::Listeners(Which::UnixWaiting)],
        see_also: &["ss-unix-recv-q", "netstat-unix"],
        ..Topic::BLANK
    },
    Topic {
        id: "proc-net-snmp",
        title: "/proc/net/snmp and /proc/net/netstat",
        kind: Kind::Column(Tool::Proc),
        names: &[
            "/proc/net/snmp",
            "/proc/net/netstat",
            "nstat -az",
            "nstat",
            "netstat -s",
            "SNMP counters",
            "Check SNMP counters",
        ],
        summary: "the counters of one network namespace: Tcp in snmp, TcpExt and MPTcpExt in netstat",
        means: &[
            "Each is a line of names and a line of numbers. They count since the namespace was made, for all its sockets. \
             /proc/PID/net/netstat shows the namespace of that process, without any privilege. nstat and netstat -s print \
             them.",
            "There is no counter of SYNs received, and none that belongs to one listener.",
        ],
        means_not: &["Not the whole host: every container with its own network namespace has its own."],
        sources: &[Source::Kernel("net/ipv4/proc.c"), Source::Manual("nstat(8)")],
        look_at: &[Look {
            command: "listenq counters",
            shows: "those that concern handshakes, of every namespace, with their meaning",
        }],
        see_also: &["listen-overflows", "listen-drops", "possible-syn-flooding"],
        ..Topic::BLANK
    },
];
