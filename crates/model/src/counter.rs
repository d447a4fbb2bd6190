//! The SNMP counters that concern listeners (KERNEL.md 3), per network namespace.

use serde::{Serialize, Serializer};

/// Group and name of every counter that is kept, as /proc/net/snmp and /proc/net/netstat name them.
///
/// A counter that the running kernel does not have is absent from the reading, never 0.
pub const KNOWN: &[(&str, &str)] = &[
    ("Tcp", "ActiveOpens"),
    ("Tcp", "PassiveOpens"),
    ("Tcp", "AttemptFails"),
    ("Tcp", "EstabResets"),
    ("Tcp", "CurrEstab"),
    ("Tcp", "OutRsts"),
    ("Tcp", "RetransSegs"),
    ("TcpExt", "ListenOverflows"),
    ("TcpExt", "ListenDrops"),
    ("TcpExt", "TCPReqQFullDrop"),
    ("TcpExt", "TCPReqQFullDoCookies"),
    ("TcpExt", "SyncookiesSent"),
    ("TcpExt", "SyncookiesRecv"),
    ("TcpExt", "SyncookiesFailed"),
    ("TcpExt", "EmbryonicRsts"),
    ("TcpExt", "TCPDeferAcceptDrop"),
    ("TcpExt", "TCPSynRetrans"),
    ("TcpExt", "TCPTimeouts"),
    ("TcpExt", "TCPBacklogDrop"),
    ("TcpExt", "TCPFastOpenPassive"),
    ("TcpExt", "TCPFastOpenPassiveFail"),
    ("TcpExt", "TCPFastOpenListenOverflow"),
    ("TcpExt", "TCPFastOpenCookieReqd"),
    ("TcpExt", "TCPFastOpenPassiveAltKey"),
    ("TcpExt", "TCPMigrateReqSuccess"),
    ("TcpExt", "TCPMigrateReqFailure"),
    ("TcpExt", "TCPACKSkippedSynRecv"),
    ("TcpExt", "PAWSPassive"),
    ("TcpExt", "PAWSEstab"),
    ("TcpExt", "TSEcrRejected"),
    ("TcpExt", "TCPSYNChallenge"),
    ("TcpExt", "TCPTimeWaitOverflow"),
    ("TcpExt", "TCPMD5NotFound"),
    ("TcpExt", "TCPMD5Unexpected"),
    ("TcpExt", "TCPMD5Failure"),
    ("TcpExt", "TCPAORequired"),
    ("TcpExt", "TCPAOBad"),
    ("TcpExt", "TCPAOKeyNotFound"),
    ("MPTcpExt", "MPCapableSYNRX"),
    ("MPTcpExt", "MPCapableACKRX"),
    ("MPTcpExt", "MPJoinSynRx"),
    ("MPTcpExt", "MPJoinAckRx"),
    ("MPTcpExt", "MPJoinNoTokenFound"),
    ("MPTcpExt", "MPJoinSynAckHMacFailure"),
    ("MPTcpExt", "MPJoinAckHMacFailure"),
    ("MPTcpExt", "MPCurrEstab"),
];

/// Position of a counter in [`KNOWN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Counter(u8);

impl Counter {
    /// Finds a counter by its group and name; `None` for those that do not concern listeners.
    pub fn find(group: &str, name: &str) -> Option<Self> {
        let position = KNOWN.iter().position(|known| *known == (group, name))?;
        u8::try_from(position).ok().map(Self)
    }

    /// Every counter, in the order of [`KNOWN`].
    pub fn all() -> impl Iterator<Item = Self> {
        (0u8..).zip(KNOWN).map(|(position, _)| Self(position))
    }

    /// `Group.Name`.
    pub fn name(self) -> String {
        let (group, name) = KNOWN[usize::from(self.0)];
        format!("{group}.{name}")
    }
}

/// One reading of a namespace's counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters([Option<u64>; KNOWN.len()]);

impl Default for Counters {
    fn default() -> Self {
        Self([None; KNOWN.len()])
    }
}

impl Counters {
    /// The value since the namespace was made, or `None` when this kernel has no such counter.
    pub fn get(&self, counter: Counter) -> Option<u64> {
        self.0[usize::from(counter.0)]
    }

    /// [`Self::get`] by name.
    pub fn named(&self, group: &str, name: &str) -> Option<u64> {
        self.get(Counter::find(group, name)?)
    }

    /// Records what was read.
    pub fn set(&mut self, counter: Counter, value: u64) {
        self.0[usize::from(counter.0)] = Some(value);
    }

    /// The counters this kernel has.
    pub fn iter(&self) -> impl Iterator<Item = (Counter, u64)> {
        Counter::all().filter_map(|counter| Some((counter, self.get(counter)?)))
    }
}

impl Serialize for Counters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(counter, value)| (counter.name(), value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_by_group_and_name() {
        let counter = Counter::find("TcpExt", "ListenOverflows").unwrap();
        assert_eq!(counter.name(), "TcpExt.ListenOverflows");
        assert_eq!(Counter::find("Tcp", "ListenOverflows"), None);
    }

    #[test]
    fn a_counter_the_kernel_lacks_is_absent() {
        let mut counters = Counters::default();
        counters.set(Counter::find("Tcp", "PassiveOpens").unwrap(), 7);
        assert_eq!(serde_json::to_string(&counters).unwrap(), r#"{"Tcp.PassiveOpens":7}"#);
    }
}
