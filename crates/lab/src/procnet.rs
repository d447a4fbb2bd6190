//! What /proc/net says of the namespace's sockets: how a scene knows that it is ready.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::error::{During, LabError};

/// State numbers of include/net/tcp_states.h, as /proc/net/tcp prints them.
pub(crate) const SYN_RECV: u8 = 3;
/// Established.
pub(crate) const ESTABLISHED: u8 = 1;
/// Closed by the other side only.
pub(crate) const CLOSE_WAIT: u8 = 8;
/// Listening.
pub(crate) const LISTEN: u8 = 10;

/// One line of /proc/net/tcp or tcp6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    /// Local address and port.
    pub(crate) local: SocketAddr,
    /// The state's number.
    pub(crate) state: u8,
    /// For a listener the accept queue's length, else bytes received and not yet read
    /// (`net/ipv4/tcp_ipv4.c:get_tcp4_sock`).
    pub(crate) receive_queue: u32,
    /// The socket's inode; 0 without a file.
    pub(crate) inode: u64,
}

/// All TCP sockets of the process's namespace.
pub(crate) fn tcp_rows() -> Result<Vec<Row>, LabError> {
    let mut rows = Vec::new();
    for path in ["/proc/self/net/tcp", "/proc/self/net/tcp6"] {
        // A kernel without IPv6 has no tcp6.
        if let Ok(text) = fs::read_to_string(path) {
            rows.extend(text.lines().skip(1).filter_map(row));
        } else if path.ends_with("tcp") {
            fs::metadata(path).during("read", path)?;
        }
    }
    Ok(rows)
}

/// The accept queue's length of the TCP listener with this inode.
pub(crate) fn queue_length(inode: u64) -> Result<Option<u32>, LabError> {
    let rows = tcp_rows()?;
    let listener = rows.iter().find(|row| row.state == LISTEN && row.inode == inode);
    Ok(listener.map(|row| row.receive_queue))
}

/// Half-open connections to exactly this address and port.
pub(crate) fn half_open(local: SocketAddr) -> Result<u32, LabError> {
    let rows = tcp_rows()?;
    Ok(count(&rows, |row| row.state == SYN_RECV && row.local == local))
}

/// How many rows `wanted` holds for.
pub(crate) fn count(rows: &[Row], wanted: impl Fn(&Row) -> bool) -> u32 {
    u32::try_from(rows.iter().filter(|row| wanted(row)).count()).unwrap_or(u32::MAX)
}

/// A counter of the namespace from /proc/net/netstat ("`TcpExt`", "`ListenDrops`").
pub(crate) fn counter(group: &str, name: &str) -> Result<u64, LabError> {
    let path = "/proc/self/net/netstat";
    let text = fs::read_to_string(path).during("read", path)?;
    Ok(counter_in(&text, group, name).unwrap_or(0))
}

fn counter_in(text: &str, group: &str, name: &str) -> Option<u64> {
    let found = counters_in(text).find(|(its_group, its_name, _)| (*its_group, *its_name) == (group, name));
    found.and_then(|(_, _, value)| value.parse().ok())
}

/// Group, name and value of every counter in the text of /proc/net/snmp or netstat: its tables have two lines each,
/// names and values, both after the group's name.
pub(crate) fn counters_in(text: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let mut lines = text.lines();
    let pairs = std::iter::from_fn(move || Some((lines.next()?, lines.next()?)));
    pairs.flat_map(|(names, values)| {
        let group = names.split(':').next().unwrap_or_default();
        let pairs = names.split_whitespace().zip(values.split_whitespace()).skip(1);
        pairs.map(move |(name, value)| (group, name, value))
    })
}

fn row(line: &str) -> Option<Row> {
    let words: Vec<_> = line.split_whitespace().collect();
    let (_, receive_queue) = words.get(4)?.split_once(':')?;
    Some(Row {
        local: address(words.get(1)?)?,
        state: u8::from_str_radix(words.get(3)?, 16).ok()?,
        receive_queue: u32::from_str_radix(receive_queue, 16).ok()?,
        inode: words.get(9)?.parse().ok()?,
    })
}

/// Reads `0100007F:1F90`: each 32-bit word of the address is printed as this machine's number.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let words: Option<Vec<[u8; 4]>> = (0..address.len() / 8)
        .map(|i| u32::from_str_radix(address.get(i * 8..i * 8 + 8)?, 16).ok())
        .map(|word| word.map(u32::to_ne_bytes))
        .collect();
    let bytes = words?.concat();
    let ip = match bytes.len() {
        4 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        16 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn a_listener_of_each_family_is_read() {
        let v4 = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000005 00:00000000 00000000     0        0 1234 1 0";
        let expected = Row {
            local: "127.0.0.1:8080".parse().unwrap(),
            state: LISTEN,
            receive_queue: 5,
            inode: 1234,
        };
        assert_eq!(row(v4), Some(expected));
        let v6 = "   1: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7 1 0";
        assert_eq!(row(v6).unwrap().local, "[::1]:80".parse().unwrap());
    }

    #[test]
    fn lines_cut_short_are_no_rows() {
        for line in [
            "",
            "0:",
            "0: 01:1 2 3",
            "0: 0100007F:1F90 0 0A 0",
            "x: é:é é é é:é 0 0 0 0 é",
        ] {
            assert_eq!(row(line), None, "{line}");
        }
    }

    #[test]
    fn counters_are_found_by_name() {
        let text = "TcpExt: A ListenDrops\nTcpExt: 1 42\nIpExt: X\nIpExt: 9\n";
        assert_eq!(counter_in(text, "TcpExt", "ListenDrops"), Some(42));
        assert_eq!(counter_in(text, "TcpExt", "Absent"), None);
        assert_eq!(counter_in(text, "IpExt", "X"), Some(9));
    }
}
