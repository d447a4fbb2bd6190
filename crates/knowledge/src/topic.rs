//! The shape of a topic.

use std::fmt;

/// One thing that people ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Unique, in kebab-case: what `listenq explain` takes, and the anchor in the documentation.
    pub id: &'static str,
    /// As a heading: `TcpExt.ListenOverflows`.
    pub title: &'static str,
    /// What sort of thing it is, with the facts of its sort.
    pub kind: Kind,
    /// Every other name that people have for it: spellings of other tools, sentences of `netstat -s`, log lines.
    /// Compared without case, spaces, dots, dashes and underscores; id and title need not be repeated.
    pub names: &'static [&'static str],
    /// What it means, in one sentence of at most 110 characters: shown beside a number.
    pub summary: &'static str,
    /// What it means, in paragraphs.
    pub means: &'static [&'static str],
    /// What it does not mean, though many think so; one sentence or two each.
    pub means_not: &'static [&'static str],
    /// Where kernels differ: “4.10 and later: …”. Empty if all supported ones (4.18 and later) are alike.
    pub kernels: &'static [&'static str],
    /// Where it is written.
    pub sources: &'static [Source],
    /// Which commands answer what people want to know next.
    pub look_at: &'static [Look],
    /// What of the present host belongs to it.
    pub shows: &'static [Show],
    /// Proofs of the lab that play it (`listenq explain ID --prove`).
    pub proofs: &'static [&'static str],
    /// Ids of topics that belong to it.
    pub see_also: &'static [&'static str],
}

impl Topic {
    /// Nothing said: what a topic leaves out.
    pub const BLANK: Self = Self {
        id: "",
        title: "",
        kind: Kind::Concept,
        names: &[],
        summary: "",
        means: &[],
        means_not: &[],
        kernels: &[],
        sources: &[],
        look_at: &[],
        shows: &[],
        proofs: &[],
        see_also: &[],
    };
}

/// The sorts of topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An SNMP counter of a network namespace.
    Counter(CounterFacts),
    /// A sysctl.
    Setting(SettingFacts),
    /// A column of a tool's output.
    Column(Tool),
    /// A word of the field: the accept queue, SYN cookies.
    Concept,
    /// A line of the kernel log.
    KernelLog,
    /// What users and programs see: “connection timed out”.
    Symptom,
    /// A sentence that is told, right or wrong.
    Claim(Verdict),
    /// A program that listens.
    Program(ProgramFacts),
}

/// What is particular to a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterFacts {
    /// As in /proc/net/snmp and /proc/net/netstat: `TcpExt`.
    pub group: &'static str,
    /// `ListenOverflows`.
    pub name: &'static str,
    /// What one more stands for: “packets refused (a client that tries three times counts three times)”.
    pub unit: &'static str,
    /// Whether it goes down too: a number of what there is now.
    pub gauge: bool,
}

/// What is particular to a sysctl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingFacts {
    /// As `sysctl` names it: `net.core.somaxconn`.
    pub name: &'static str,
    /// The default and how it is computed.
    pub default: &'static str,
    /// Whether each network namespace has its own, since when, and what a new one starts with.
    pub scope: &'static str,
    /// When a change takes effect, and on what.
    pub takes_effect: &'static str,
    /// Values with a meaning of their own.
    pub values: &'static [(&'static str, &'static str)],
    /// How it is set: now, for good, in a container. Empty for what cannot be set.
    pub set: &'static [SetIt],
}

/// Whose column it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Ours.
    Listenq,
    /// iproute2's ss.
    Ss,
    /// net-tools' netstat.
    Netstat,
    /// /proc/net/tcp, /proc/net/unix.
    Proc,
}

/// How true a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it is told.
    Right,
    /// True in part.
    HalfRight,
    /// True in a corner only.
    MostlyWrong,
    /// Not true of any supported kernel.
    Wrong,
}

/// What is particular to a program that listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramFacts {
    /// Names its processes go by (`comm`, at most 15 bytes).
    pub processes: &'static [&'static str],
    /// The backlog it asks for when nothing is set.
    pub default_backlog: &'static str,
    /// How it is set for good.
    pub set: &'static [SetIt],
    /// What makes a change take effect: reload, restart.
    pub applies: &'static str,
}

/// One way to set something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetIt {
    /// The file or place, and the part of it.
    pub place: &'static str,
    /// What to write there.
    pub line: &'static str,
}

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A function of the Linux kernel: `net/ipv4/tcp_input.c:tcp_conn_request`.
    Kernel(&'static str),
    /// A manual page: `listen(2)`.
    Manual(&'static str),
    /// Documentation of a program, with its address or file.
    Document(&'static str),
    /// A standard: `RFC 4987`.
    Standard(&'static str),
    /// Seen by an experiment that is not one of the proofs: which, on which kernel.
    Measured(&'static str),
}

impl Source {
    /// The place alone.
    pub fn text(self) -> &'static str {
        match self {
            Self::Kernel(text)
            | Self::Manual(text)
            | Self::Document(text)
            | Self::Standard(text)
            | Self::Measured(text) => text,
        }
    }
}

/// With what it is, where the place does not tell.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kernel(place) => write!(f, "Linux {place}"),
            Self::Measured(what) => write!(f, "measured: {what}"),
            other => f.write_str(other.text()),
        }
    }
}

/// A command, and what it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// As typed.
    pub command: &'static str,
    /// What it shows.
    pub shows: &'static str,
}

/// Something of the present host that belongs to a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// The present value of a sysctl, by its name.
    Setting(&'static str),
    /// How the default of a sysctl came about on this host.
    DefaultOf(&'static str),
    /// The present value of a counter, by group and name.
    Counter(&'static str, &'static str),
    /// The listeners that it concerns now.
    Listeners(Which),
}

/// Which listeners a topic concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Every TCP listener.
    Tcp,
    /// Every unix listener that somebody waits at.
    UnixWaiting,
    /// MPTCP listeners.
    Mptcp,
    /// Members of a `SO_REUSEPORT` group.
    Reuseport,
    /// Connections wait in the accept queue.
    Waiting,
    /// State high, full or dropping.
    Endangered,
    /// The accept queue is full.
    Full,
    /// The socket's own drops are not 0.
    Dropped,
    /// Half-open connections are in the SYN queue.
    HalfOpen,
    /// The limit equals `net.core.somaxconn` of its namespace.
    LimitIsSomaxconn,
    /// The SYN queue is limited by `net.ipv4.tcp_max_syn_backlog` (`tcp_syncookies` is 0).
    LimitedByMaxSynBacklog,
    /// Connections wait whose client has left.
    DeadQueued,
    /// Listeners of processes with one of these names.
    Processes(&'static [&'static str]),
}
