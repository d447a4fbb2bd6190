//! Everything a proof reads, at one moment.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use model::counter::KNOWN;
use rustix::fs::fstat;
use sockdiag::inet::States;

use super::expected::named;
use super::names::{ACCEPT_QUEUE, DROPS, HALF_OPEN, LIMIT, SYN_QUEUE};
use crate::clock::wait_until;
use crate::diag::{Diag, TcpRow};
use crate::error::{During, LabError};
use crate::procnet::counters_in;

/// The longest that a counter is waited for.
const WAIT_LIMIT: Duration = Duration::from_secs(12);

/// A listener whose numbers are read.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    /// What tells it from the others; empty for the first.
    pub(super) label: &'static str,
    pub(super) inode: u32,
    /// Its port; 0 for a unix listener, which has no SYN queue.
    pub(super) port: u16,
    /// What its port's SYN queue is called after: itself, or the port that it shares.
    pub(super) syn_queue_of: &'static str,
}

/// The values by their names. A counter that this kernel lacks is not among them.
#[derive(Debug, Clone, Default)]
pub(super) struct Snapshot(BTreeMap<String, i64>);

impl Snapshot {
    /// Reads everything.
    pub(super) fn take(diag: &mut Diag, watched: &[Watched]) -> Result<Self, LabError> {
        let mut values = counters()?;
        let listeners = diag.tcp(States::LISTEN)?;
        let half_open = diag.tcp(States::SYN_RECV)?;
        values.insert(HALF_OPEN.into(), number(half_open.len()));
        for listener in watched {
            if listener.port == 0 {
                unix(&mut values, diag, listener)?;
            } else if let Some(row) = listeners.iter().find(|row| row.inode == listener.inode) {
                tcp(&mut values, listener, row, &half_open);
            }
        }
        Ok(Self(values))
    }

    /// Values by their names, for tests.
    #[cfg(test)]
    pub(super) fn of(values: impl IntoIterator<Item = (String, i64)>) -> Self {
        Self(values.into_iter().collect())
    }

    /// The value with this name.
    pub(super) fn get(&self, name: &str) -> Option<i64> {
        self.0.get(name).copied()
    }

    /// Takes over values whose names are new.
    pub(super) fn add_new(&mut self, newer: Self) {
        for (name, value) in newer.0 {
            self.0.entry(name).or_insert(value);
        }
    }

    /// All names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn tcp(values: &mut BTreeMap<String, i64>, listener: &Watched, row: &TcpRow, half_open: &[TcpRow]) {
    let label = listener.label;
    values.insert(named(ACCEPT_QUEUE, label), row.receive_queue.into());
    values.insert(named(LIMIT, label), row.write_queue.into());
    if let Some(drops) = row.drops {
        values.insert(named(DROPS, label), drops.into());
    }
    let its = |row: &&TcpRow| row.is_request() && row.local.port() == listener.port;
    let length = half_open.iter().filter(its).count();
    values.insert(named(SYN_QUEUE, listener.syn_queue_of), number(length));
}

fn unix(values: &mut BTreeMap<String, i64>, diag: &mut Diag, listener: &Watched) -> Result<(), LabError> {
    if let Some((length, limit)) = diag.unix_queue(listener.inode)? {
        values.insert(named(ACCEPT_QUEUE, listener.label), length.into());
        values.insert(named(LIMIT, listener.label), limit.into());
    }
    Ok(())
}

/// Every counter of [`KNOWN`] that this kernel has, of the process's namespace.
fn counters() -> Result<BTreeMap<String, i64>, LabError> {
    let mut values = BTreeMap::new();
    for path in ["/proc/self/net/snmp", "/proc/self/net/netstat"] {
        let text = fs::read_to_string(path).during("read", path)?;
        values.extend(known_in(&text));
    }
    Ok(values)
}

/// Waits until a counter has become `value` or is beyond it.
pub(super) fn wait_for(counter: &str, value: i64) -> Result<(), LabError> {
    let held = wait_until(WAIT_LIMIT, || {
        let now = counters()?.get(counter).copied();
        Ok::<_, LabError>(now.is_some_and(|now| now >= value))
    })?;
    if held {
        return Ok(());
    }
    Err(LabError::NeverSo {
        condition: format!("{counter} is {value}"),
        waited: WAIT_LIMIT,
    })
}

/// The inode by which sock_diag knows a socket.
pub(super) fn inode(socket: &impl AsFd) -> Result<u32, LabError> {
    let inode = fstat(socket).during("look at", "a listener")?.st_ino;
    u32::try_from(inode)
        .map_err(io::Error::other)
        .during("look at", "a listener")
}

/// Those of [`KNOWN`] in one of these files.
fn known_in(text: &str) -> Vec<(String, i64)> {
    let known = counters_in(text).filter(|(group, name, _)| KNOWN.contains(&(*group, *name)));
    known
        .filter_map(|(group, name, value)| Some((format!("{group}.{name}"), value.parse().ok()?)))
        .collect()
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_counters_are_read_and_each_by_its_group() {
        let text = "Tcp: MaxConn CurrEstab\nTcp: -1 4\nTcpExt: CurrEstab ListenDrops\nTcpExt: 7 9\nTcp: cut\n";
        let expected = [("Tcp.CurrEstab".to_owned(), 4), ("TcpExt.ListenDrops".to_owned(), 9)];
        assert_eq!(known_in(text), expected);
    }
}
