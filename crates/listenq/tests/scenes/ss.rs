//! The rows of `ss -ltnmi` and `ss -lx`, by inode.

use std::collections::BTreeMap;

use lab::Stage;

/// What both tools show of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub length: u64,
    pub limit: u64,
    /// `None` for unix, which has none.
    pub drops: Option<u64>,
}

/// All listeners of the scene's namespace.
pub fn rows(stage: &Stage) -> BTreeMap<u64, Row> {
    // -e for the inode, -O for one line per socket, -H for no header.
    let tcp = output(stage, &["ss", "-ltnmieOH"]);
    let unix = output(stage, &["ss", "-lxH"]);
    let tcp = tcp.lines().filter_map(tcp_row);
    tcp.chain(unix.lines().filter_map(unix_row)).collect()
}

fn output(stage: &Stage, command: &[&str]) -> String {
    let output = stage.run_inside(command.iter().copied()).unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// `LISTEN 5 4 127.0.0.1:9000 0.0.0.0:* ino:123 sk:1 … skmem:(r0,rb131072,…,d3) …`
fn tcp_row(line: &str) -> Option<(u64, Row)> {
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("LISTEN"), "{line}");
    let (length, limit) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let inode = words.clone().find_map(|word| word.strip_prefix("ino:"))?.parse().ok()?;
    let memory = words.find_map(|word| word.strip_prefix("skmem:(")?.strip_suffix(')'))?;
    let drops = memory.rsplit(",d").next()?.parse().ok()?;
    Some((
        inode,
        Row {
            length,
            limit,
            drops: Some(drops),
        },
    ))
}

/// `u_str LISTEN 3 2 /run/x 123 * 0`; datagram sockets are shown too, as UNCONN.
fn unix_row(line: &str) -> Option<(u64, Row)> {
    let words: Vec<_> = line.split_whitespace().collect();
    if words.get(1) != Some(&"LISTEN") {
        return None;
    }
    let inode = words.get(words.len().checked_sub(3)?)?.parse().ok()?;
    Some((
        inode,
        Row {
            length: words[2].parse().ok()?,
            limit: words[3].parse().ok()?,
            drops: None,
        },
    ))
}
