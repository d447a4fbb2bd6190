//! System services: shells, logs, names, messages.

use super::{its_listeners, ran};
use crate::topic::{Kind, ProgramFacts, SetIt, Show, Source, Topic, Which};

pub(super) const SSHD: Topic = Topic {
    id: "sshd",
    title: "OpenSSH sshd",
    kind: Kind::Program(ProgramFacts {
        processes: &["sshd"],
        default_backlog: "128, without a setting",
        set: &[SetIt {
            place: "where ssh.socket listens (socket activation): [Socket]",
            line: "Backlog=4096",
        }],
        applies: "sshd has no setting; a socket unit: restart of ssh.socket",
    }),
    names: &["ssh", "openssh", "sshd backlog", "ssh.socket"],
    summary: "asks for 128; sshd_config has no setting for it",
    means: &[
        "sshd asks for 128, and sshd_config has no word for it. Where systemd listens for it (ssh.socket), Backlog= \
         of that unit decides.",
    ],
    means_not: &[
        "MaxStartups is not the backlog: it counts connections that sshd has accepted and that have not logged in yet.",
    ],
    sources: &[
        ran!("OpenSSH 10.0p1: 128 for IPv4 and IPv6"),
        Source::Manual("sshd_config(5), OpenSSH 10.0: no backlog; MaxStartups"),
    ],
    look_at: its_listeners!("sshd"),
    shows: &[Show::Listeners(Which::Processes(&["sshd"]))],
    see_also: &["systemd", "live-resize"],
    ..Topic::BLANK
};

pub(super) const RSYSLOG: Topic = Topic {
    id: "rsyslog",
    title: "rsyslog: imtcp and imptcp",
    kind: Kind::Program(ProgramFacts {
        processes: &["rsyslogd"],
        default_backlog: "imtcp a tenth of its maximum of sessions: 25 · imptcp 64",
        set: &[SetIt {
            place: "rsyslog.conf, the input",
            line: "input(type=\"imtcp\" port=\"514\" socketBacklog=\"1000\")",
        }],
        applies: "restart",
    }),
    names: &["rsyslogd", "socketBacklog", "imtcp", "imptcp"],
    summary: "imtcp asks for only 25, imptcp for 64; socketBacklog (8.2502 and later for imtcp)",
    means: &["socketBacklog of the input is the number given to listen(); imtcp has it since 8.2502."],
    sources: &[
        ran!("rsyslog 8.2504.0: imtcp 25, imptcp 64"),
        Source::Document("https://www.rsyslog.com/doc/reference/parameters/imtcp-socketbacklog.html and imptcp-…"),
    ],
    look_at: its_listeners!("rsyslogd"),
    shows: &[Show::Listeners(Which::Processes(&["rsyslogd"]))],
    see_also: &["syslog-ng", "backlog"],
    ..Topic::BLANK
};

pub(super) const SYSLOG_NG: Topic = Topic {
    id: "syslog-ng",
    title: "syslog-ng",
    kind: Kind::Program(ProgramFacts {
        processes: &["syslog-ng"],
        default_backlog: "255, for TCP and unix-stream sources",
        set: &[SetIt {
            place: "syslog-ng.conf, the source",
            line: "syslog(transport(\"tcp\") port(601) listen-backlog(1000));",
        }],
        applies: "restart",
    }),
    names: &["listen-backlog()", "syslog-ng listen-backlog"],
    summary: "asks for 255; listen-backlog(N) of the source",
    means: &["syslog-ng asks for 255 unless the source has listen-backlog(N)."],
    sources: &[ran!(
        "syslog-ng 4.8.1: 255 for TCP and unix; 99 with listen-backlog(99)"
    )],
    look_at: its_listeners!("syslog-ng"),
    shows: &[Show::Listeners(Which::Processes(&["syslog-ng"]))],
    see_also: &["rsyslog", "backlog"],
    ..Topic::BLANK
};

pub(super) const BIND: Topic = Topic {
    id: "bind",
    title: "BIND named",
    kind: Kind::Program(ProgramFacts {
        processes: &["named"],
        default_backlog: "10",
        set: &[SetIt {
            place: "named.conf, options",
            line: "tcp-listen-queue 100;",
        }],
        applies: "restart",
    }),
    names: &["named", "bind9", "tcp-listen-queue"],
    summary: "asks for only 10; tcp-listen-queue N",
    means: &["tcp-listen-queue is the number given to listen(): 10 unless set, one socket for each worker."],
    sources: &[ran!("BIND 9.20.26: 10; 77 with tcp-listen-queue 77")],
    look_at: its_listeners!("named"),
    shows: &[Show::Listeners(Which::Processes(&["named"]))],
    see_also: &["unbound", "backlog"],
    ..Topic::BLANK
};

pub(super) const UNBOUND: Topic = Topic {
    id: "unbound",
    title: "Unbound",
    kind: Kind::Program(ProgramFacts {
        processes: &["unbound"],
        default_backlog: "256",
        set: &[],
        applies: "no setting was found",
    }),
    names: &["unbound backlog"],
    summary: "asks for 256",
    means: &["Unbound asks for 256 on each of its TCP sockets."],
    sources: &[ran!("Unbound 1.22.0: 256")],
    look_at: its_listeners!("unbound"),
    shows: &[Show::Listeners(Which::Processes(&["unbound"]))],
    see_also: &["bind", "live-resize"],
    ..Topic::BLANK
};

pub(super) const DNSMASQ: Topic = Topic {
    id: "dnsmasq",
    title: "dnsmasq",
    kind: Kind::Program(ProgramFacts {
        processes: &["dnsmasq"],
        default_backlog: "32",
        set: &[],
        applies: "no setting was found",
    }),
    names: &["dnsmasq backlog"],
    summary: "asks for 32",
    means: &["dnsmasq asks for 32 on each of its TCP sockets."],
    sources: &[ran!("dnsmasq 2.91: 32")],
    look_at: its_listeners!("dnsmasq"),
    shows: &[Show::Listeners(Which::Processes(&["dnsmasq"]))],
    see_also: &["bind", "live-resize"],
    ..Topic::BLANK
};

pub(super) const MOSQUITTO: Topic = Topic {
    id: "mosquitto",
    title: "Mosquitto",
    kind: Kind::Program(ProgramFacts {
        processes: &["mosquitto"],
        default_backlog: "100",
        set: &[],
        applies: "no setting was found",
    }),
    names: &["mqtt", "mosquitto backlog"],
    summary: "asks for 100",
    means: &["Mosquitto asks for 100 on each of its TCP sockets."],
    sources: &[ran!("Mosquitto 2.0.21: 100")],
    look_at: its_listeners!("mosquitto"),
    shows: &[Show::Listeners(Which::Processes(&["mosquitto"]))],
    see_also: &["backlog", "live-resize"],
    ..Topic::BLANK
};
