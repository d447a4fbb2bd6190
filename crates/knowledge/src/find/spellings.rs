//! The ways in which tools spell one name: what they put before and behind it, taken off.

use super::words::{fold, words};

/// What exporters, agents and commands put before a counter or a sysctl, folded.
const BEFORE: &[&str] = &[
    "nodenetstat",                          // node_exporter: node_netstat_TcpExt_ListenOverflows
    "containernetworkadvancetcpstatstotal", // cAdvisor, before its label
    "systemnettcp",                         // Datadog: system.net.tcp.listen_overflows
    "networktcp",                           // Performance Co-Pilot: network.tcp.listenoverflows
    "tcpmib",                               // SNMP: TCP-MIB::tcpActiveOpens.0
    "protocolcounter",                      // collectd: protocols-TcpExt/protocol_counter-ListenOverflows
    "protocols",
    "sudo",
    "sysctl",
    "nstat",
    "netstat",
    "procsys",
    "procnet",
    "w",  // sysctl -w
    "az", // nstat -az
    "tcpext",
    "mptcpext",
    "tcp",
    "net",
];
/// What they put behind it.
const BEHIND: &[&str] = &["total", "count", "persecond", "rate"];
/// Times that something is taken off, so that no text keeps us busy.
const MOST_TAKEN_OFF: usize = 5;

/// The spellings of `asked` to try, folded, as it stands first.
pub(super) fn of(asked: &str) -> Vec<String> {
    let mut whole = vec![fold(asked), words(asked).concat()];
    whole.extend(assigned(asked));
    whole.extend(before_labels(asked));
    let mut spellings = whole.clone();
    spellings.extend(whole.iter().flat_map(|spelling| stripped(spelling)));
    spellings.extend(label_values(asked));
    spellings.retain(|spelling| !spelling.is_empty());
    spellings
}

/// What is given a value: `net.core.somaxconn` of `sysctl -w net.core.somaxconn=128`.
fn assigned(asked: &str) -> Option<String> {
    let (name, _) = asked.split_once('=').filter(|(name, _)| !name.contains('{'))?;
    name.split_whitespace().next_back().map(fold)
}

/// The name of a metric, without its labels.
fn before_labels(asked: &str) -> Option<String> {
    asked.split_once('{').map(|(name, _)| fold(name))
}

/// The values of a metric's labels: cAdvisor keeps the counter in one of them.
fn label_values(asked: &str) -> Vec<String> {
    let labels = asked.split_once('{').map_or("", |(_, labels)| labels);
    labels.split('"').skip(1).step_by(2).map(fold).collect()
}

/// The spelling with one thing after the other taken off.
fn stripped(spelling: &str) -> Vec<String> {
    let mut left = spelling;
    let mut found = Vec::new();
    for _ in 0..MOST_TAKEN_OFF {
        let front = BEFORE.iter().find_map(|before| left.strip_prefix(before));
        let back = BEHIND.iter().find_map(|behind| left.strip_suffix(behind));
        let digits = left.trim_end_matches(|letter: char| letter.is_ascii_digit());
        match front.or(back) {
            Some(rest) => left = rest,
            None if digits.len() < left.len() => left = digits,
            None => break,
        }
        found.push(left.to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can_be(asked: &str, name: &str) {
        let spellings = of(asked);
        assert!(
            spellings.iter().any(|spelling| spelling == name),
            "{asked}: {spellings:?}"
        );
    }

    #[test]
    fn exporters_and_agents_put_their_prefix_off() {
        can_be("node_netstat_TcpExt_ListenOverflows", "listenoverflows");
        can_be(
            r#"node_netstat_TcpExt_ListenOverflows{instance="a:9100"}"#,
            "listenoverflows",
        );
        can_be(
            r#"container_network_advance_tcp_stats_total{tcp_state="listenoverflows"}"#,
            "listenoverflows",
        );
        can_be("system.net.tcp.listen_overflows.count", "listenoverflows");
        can_be("TCP-MIB::tcpActiveOpens.0", "activeopens");
        can_be("protocols-TcpExt/protocol_counter-ListenOverflows", "listenoverflows");
    }

    #[test]
    fn sysctls_come_as_paths_and_assignments() {
        can_be("/proc/sys/net/core/somaxconn", "netcoresomaxconn");
        can_be("sysctl -w net.core.somaxconn=128", "netcoresomaxconn");
        can_be("net.core.somaxconn = 128", "netcoresomaxconn");
        can_be("docker run --sysctl net.core.somaxconn=128 nginx", "netcoresomaxconn");
    }

    #[test]
    fn every_text_has_few_spellings() {
        assert!(of("").is_empty());
        assert!(of(&"tcp".repeat(1000)).len() < 20);
        assert!(of("{\"\"\"{=").is_empty());
    }
}
