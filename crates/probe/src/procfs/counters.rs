//! Counters of a network namespace, from /proc/PID/net/snmp and /proc/PID/net/netstat.
//!
//! Both files are pairs of lines, `Group: Name…` and `Group: value…`; groups and names come and go with
//! kernels (net/ipv4/proc.c:snmp_seq_show, netstat_seq_show). They show the namespace of the process, without
//! any privilege and without entering it (KERNEL.md 3).

use std::fmt::Display;
use std::path::Path;

use model::counter::{Counter, Counters};

use super::read::small_file;
use super::{LineError, ProcfsError};
use crate::Roots;

/// Reads the counters of the namespace of `process`: a pid, or `thread-self` for the calling thread's own.
///
/// # Errors
/// When one of the two files cannot be read or is not made of pairs of lines.
pub fn read(roots: &Roots, process: impl Display) -> Result<Counters, ProcfsError> {
    let net = roots.proc.join(process.to_string()).join("net");
    let mut counters = Counters::default();
    add_file(&net.join("snmp"), &mut counters)?;
    add_file(&net.join("netstat"), &mut counters)?;
    Ok(counters)
}

fn add_file(path: &Path, counters: &mut Counters) -> Result<(), ProcfsError> {
    parse(&small_file(path)?, counters).map_err(|error| ProcfsError::line(path, error))
}

/// Adds the known counters of one file; those that the file does not have stay as they are.
///
/// # Errors
/// When names and values do not pair up, or a value is not a number.
pub fn parse(bytes: &[u8], counters: &mut Counters) -> Result<(), LineError> {
    let text = std::str::from_utf8(bytes).map_err(|_| LineError {
        line: 1,
        what: "not text",
    })?;
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty());
    while let Some((number, names)) = lines.next() {
        let (_, values) = lines.next().ok_or(LineError {
            line: number,
            what: "names without values",
        })?;
        add_group(names, values, counters).map_err(|what| LineError { line: number, what })?;
    }
    Ok(())
}

fn add_group(names: &str, values: &str, counters: &mut Counters) -> Result<(), &'static str> {
    let (group, names) = names.split_once(':').ok_or("no group")?;
    let (values_group, values) = values.split_once(':').ok_or("values without a group")?;
    if group != values_group {
        return Err("names and values of different groups");
    }
    let (mut names, mut values) = (names.split_ascii_whitespace(), values.split_ascii_whitespace());
    loop {
        match (names.next(), values.next()) {
            (Some(name), Some(value)) => add_value(group, name, value, counters)?,
            (None, None) => return Ok(()),
            _ => return Err("as many names as values are expected"),
        }
    }
}

/// Only Tcp.MaxConn may be negative (RFC 4022: -1 is "no fixed limit"); no counter that is kept is.
fn add_value(group: &str, name: &str, value: &str, counters: &mut Counters) -> Result<(), &'static str> {
    match (Counter::find(group, name), value.parse::<u64>()) {
        (Some(counter), Ok(value)) => counters.set(counter, value),
        (None, Ok(_)) => {}
        (Some(_), Err(_)) => return Err("a counter that is not a count"),
        (None, Err(_)) => drop(value.parse::<i64>().map_err(|_| "a value that is not a number")?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Result<Counters, LineError> {
        let mut counters = Counters::default();
        parse(text.as_bytes(), &mut counters).map(|()| counters)
    }

    #[test]
    fn known_counters_are_kept_and_absent_ones_stay_unknown() {
        let counters = parsed(
            "Tcp: RtoAlgorithm MaxConn PassiveOpens\nTcp: 1 -1 18446744073709551615\n\
             TcpExt: ListenDrops Future\nTcpExt: 0 7\nMPTcpExt: MPCapableSYNRX\nMPTcpExt: 3\n",
        )
        .unwrap();
        assert_eq!(counters.named("Tcp", "PassiveOpens"), Some(u64::MAX));
        assert_eq!(counters.named("TcpExt", "ListenDrops"), Some(0));
        assert_eq!(counters.named("TcpExt", "ListenOverflows"), None);
        assert_eq!(counters.named("MPTcpExt", "MPCapableSYNRX"), Some(3));
        assert_eq!(counters.iter().count(), 3);
    }

    #[test]
    fn a_group_without_counters_is_fine() {
        assert_eq!(parsed("IcmpMsg:\nIcmpMsg:\n").unwrap(), Counters::default());
        assert_eq!(parsed("").unwrap(), Counters::default());
    }

    #[test]
    fn lines_that_do_not_pair_up_are_refused() {
        for (text, line) in [
            ("Tcp: PassiveOpens\n", 1),
            ("Tcp: PassiveOpens\nTcp: 1 2\n", 1),
            ("Tcp: PassiveOpens ActiveOpens\nTcp: 1\n", 1),
            ("Tcp: PassiveOpens\nUdp: 1\n", 1),
            ("Tcp PassiveOpens\nTcp 1\n", 1),
            ("Ip: A\nIp: 1\nTcp: PassiveOpens\nTcp: -1\n", 3),
            ("Ip: A\nIp: x\n", 1),
            ("Ip: A\nIp: 99999999999999999999\n", 1),
        ] {
            assert_eq!(parsed(text).unwrap_err().line, line, "{text}");
        }
        assert!(parse(b"Tcp: \xff\nTcp: 1\n", &mut Counters::default()).is_err());
    }

    #[test]
    fn this_kernel_has_the_counters_of_every_kernel() {
        let counters = read(&Roots::default(), "thread-self").unwrap();
        for name in [
            "ListenOverflows",
            "ListenDrops",
            "TCPReqQFullDrop",
            "SyncookiesSent",
            "TCPTimeouts",
        ] {
            assert!(counters.named("TcpExt", name).is_some(), "{name}");
        }
        assert!(counters.named("Tcp", "PassiveOpens").is_some());
    }

    proptest! {
        #[test]
        fn any_bytes_are_counters_or_an_error(bytes: Vec<u8>) {
            let _ = parse(&bytes, &mut Counters::default());
        }

        #[test]
        fn what_the_kernel_writes_is_read_back(values in prop::collection::vec(any::<u64>(), 1..40)) {
            let all: Vec<Counter> = Counter::all().filter(|counter| counter.name().starts_with("TcpExt.")).collect();
            let pairs: Vec<_> = all.into_iter().zip(values).collect();
            let names: String = pairs.iter().map(|(counter, _)| counter.name().replace("TcpExt.", " ")).collect();
            let digits: Vec<String> = pairs.iter().map(|(_, value)| value.to_string()).collect();
            let counters = parsed(&format!("TcpExt:{names}\nTcpExt: {}\n", digits.join(" "))).unwrap();
            prop_assert_eq!(counters.iter().collect::<Vec<_>>(), pairs);
        }
    }
}
