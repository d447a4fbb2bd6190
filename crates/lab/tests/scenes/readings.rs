//! Readings of a stage that do not use the lab's own reader.

use std::fs;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use crate::lab::{Facts, ListenerFacts, Stage};
use crate::waiting::eventually;

/// The first argument that makes this program a client inside a stage.
const KNOCK: &str = "knock";

/// What a command printed inside the stage; it must succeed.
pub fn inside(stage: &Stage, command: &[&str]) -> String {
    let output = stage.run_inside(command).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {} {errors}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// The fields of the lines of /proc/net/tcp and tcp6 as text.
pub struct Table(Vec<Vec<String>>);

impl Table {
    pub fn read(stage: &Stage) -> Self {
        let text = inside(stage, &["cat", "/proc/net/tcp", "/proc/net/tcp6"]);
        let lines = text.lines().filter(|line| !line.contains("local_address"));
        Self(
            lines
                .map(|line| line.split_whitespace().map(str::to_owned).collect())
                .collect(),
        )
    }

    /// The line of a listener: address, state and length.
    pub fn listener(&self, inode: u64) -> (String, u32) {
        let inode = inode.to_string();
        let line = self
            .0
            .iter()
            .find(|fields| fields[9] == inode)
            .expect("the listener's line");
        assert_eq!(line[3], "0A", "state of {line:?}");
        let (_, length) = line[4].split_once(':').unwrap();
        (line[1].clone(), u32::from_str_radix(length, 16).unwrap())
    }

    /// Lines with this port and state for which `inode` and bytes to read are zero or not.
    pub fn count(&self, port: u16, state: &str, accepted: bool, bytes: Option<bool>) -> u32 {
        let port = format!(":{port:04X}");
        let matching = self.0.iter().filter(|fields| {
            let unread = !fields[4].ends_with(":00000000");
            fields[1].ends_with(&port)
                && fields[3] == state
                && (fields[9] != "0") == accepted
                && bytes.is_none_or(|bytes| bytes == unread)
        });
        u32::try_from(matching.count()).unwrap()
    }

    /// Half-open connections by the addresses that a listener answers alone.
    pub fn half_open(&self, addresses: &[SocketAddr]) -> u32 {
        let addresses: Vec<_> = addresses.iter().map(|&address| kernel_text(address)).collect();
        let half_open = self.0.iter().filter(|f| f[3] == "03" && addresses.contains(&f[1]));
        u32::try_from(half_open.count()).unwrap()
    }
}

/// An address as /proc/net/tcp prints it.
pub fn kernel_text(address: SocketAddr) -> String {
    let word = |bytes: &[u8]| format!("{:08X}", u32::from_ne_bytes(bytes.try_into().unwrap()));
    let ip: String = match address.ip() {
        IpAddr::V4(ip) => word(&ip.octets()),
        IpAddr::V6(ip) => ip.octets().chunks(4).map(word).collect(),
    };
    format!("{ip}:{:04X}", address.port())
}

/// Compares what can be compared in every scene: addresses, lengths, owners, names, losses.
pub fn agrees(stage: &Stage) {
    let table = Table::read(stage);
    for listener in &stage.facts().listeners {
        if let Some(address) = listener.address {
            let (text, length) = table.listener(listener.inode);
            assert_eq!(text, kernel_text(address), "{listener}");
            assert!(listener.length.contains(length), "{listener}: length is {length}");
            half_open_agrees(&table, listener, address);
        }
        owners_agree(listener);
    }
    names_agree(stage.facts());
    if stage.facts().listeners.iter().any(|listener| listener.drops_grow) {
        drops_grow(stage);
    }
}

/// Half-open connections, where the address says to which listener they belong.
fn half_open_agrees(table: &Table, listener: &ListenerFacts, address: SocketAddr) {
    if listener.reuseport || address.ip().is_unspecified() {
        return; // the scene's own case looks at those
    }
    let half_open = table.half_open(&[address]);
    assert!(
        listener.half_open.contains(half_open),
        "{listener}: half-open are {half_open}"
    );
}

/// Each owner has the socket, and nobody else of the scene has.
fn owners_agree(listener: &ListenerFacts) {
    assert!(!listener.owners.is_empty(), "{listener}");
    for pid in &listener.owners {
        assert!(holds(*pid, listener.inode), "{pid} does not hold {listener}");
    }
}

/// Whether a process holds the socket with this inode.
pub fn holds(pid: u32, inode: u64) -> bool {
    let wanted = format!("socket:[{inode}]");
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    descriptors
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|link| link.to_str() == Some(&wanted))
}

fn names_agree(facts: &Facts) {
    for process in &facts.processes {
        let comm = fs::read_to_string(format!("/proc/{}/comm", process.pid)).unwrap();
        assert_eq!(comm.trim_end(), process.comm);
    }
}

fn drops_grow(stage: &Stage) {
    let before = counter(stage, "ListenDrops");
    eventually("refused connections", || {
        (counter(stage, "ListenDrops") > before).then_some(())
    });
}

/// A counter of the namespace, by nstat's way through /proc/net/netstat.
pub fn counter(stage: &Stage, name: &str) -> u64 {
    let text = inside(stage, &["cat", "/proc/net/netstat"]);
    let lines: Vec<Vec<_>> = text
        .lines()
        .filter(|line| line.starts_with("TcpExt:"))
        .map(|line| line.split_whitespace().collect())
        .collect();
    let place = lines[0].iter().position(|word| *word == name).expect("the counter");
    lines[1][place].parse().unwrap()
}

/// Makes `count` more clients come to an address of the stage, each giving up after a moment,
/// and returns how many got in.
pub fn knock(stage: &Stage, address: SocketAddr, count: u32) -> u32 {
    let (address, count) = (address.to_string(), count.to_string());
    inside(stage, &["/proc/self/exe", KNOCK, &address, &count])
        .trim()
        .parse()
        .unwrap()
}

/// Plays such clients if the arguments say so.
pub fn knocker_if_asked() -> Option<ExitCode> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [word, address, count] = arguments.as_slice() else {
        return None;
    };
    if word != KNOCK {
        return None;
    }
    let (address, count): (SocketAddr, u32) = (address.parse().unwrap(), count.parse().unwrap());
    let moment = Duration::from_millis(100);
    // All stay until the last has tried: a place taken is not free again.
    let clients: Vec<_> = (0..count)
        .filter_map(|_| TcpStream::connect_timeout(&address, moment).ok())
        .collect();
    println!("{}", clients.len());
    Some(ExitCode::SUCCESS)
}
