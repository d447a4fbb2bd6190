//! Compares what listenq says of a scene with what the scene did, and with what `ss` says.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lab::{ListenerFacts, Protocol, Stage};
use serde_json::Value;

use crate::said;
use crate::ss::{self, Row};

/// Numbers that move while two tools look one after the other agree at some moment within this time.
const DEADLINE: Duration = Duration::from_secs(20);

/// Everything that the scene settled is what listenq says.
pub fn with_facts(stage: &Stage) {
    within_deadline(|| {
        let said = said::listeners(stage, &["--netns", "self", "--tcp", "--unix"]);
        let facts = &stage.facts().listeners;
        facts
            .iter()
            .try_for_each(|fact| listener(fact, is_in_group(fact, facts), &said))
    });
}

/// Lengths, limits and drops agree with `ss` row for row, and neither tool shows a row that the other does not. What moves
/// while one looks after the other is in what listenq says before and after.
pub fn with_ss(stage: &Stage) {
    within_deadline(|| {
        let before = rows(stage);
        let shown = ss::rows(stage);
        let after = rows(stage);
        if agree(&before, &shown, &after) {
            Ok(())
        } else {
            Err(format!("listenq: {before:?}\nss: {shown:?}\nlistenq: {after:?}"))
        }
    });
}

fn rows(stage: &Stage) -> BTreeMap<u64, Row> {
    let arguments = ["--netns", "self", "--tcp", "--unix", "--no-owners", "--no-syn"];
    said::listeners(stage, &arguments).iter().map(row).collect()
}

/// Every row of `ss` lies between the same row before and after.
fn agree(before: &BTreeMap<u64, Row>, shown: &BTreeMap<u64, Row>, after: &BTreeMap<u64, Row>) -> bool {
    let between = |(inode, row): (&u64, &Row)| {
        let (Some(one), Some(other)) = (before.get(inode), after.get(inode)) else {
            return false;
        };
        let lengths = one.length.min(other.length)..=one.length.max(other.length);
        let limits = [one.limit, other.limit];
        // Drops only grow; where there are none, both tools say so.
        let drops = one.drops <= row.drops && row.drops <= other.drops;
        lengths.contains(&row.length) && limits.contains(&row.limit) && drops
    };
    [before.len(), after.len()] == [shown.len(); 2] && shown.iter().all(between)
}

fn within_deadline(check: impl Fn() -> Result<(), String>) {
    #[expect(clippy::disallowed_methods, reason = "a deadline of a test")]
    let end = Instant::now() + DEADLINE;
    while let Err(difference) = check() {
        #[expect(clippy::disallowed_methods, reason = "a deadline of a test")]
        let now = Instant::now();
        assert!(now < end, "{difference}");
    }
}

fn row(listener: &Value) -> (u64, Row) {
    let queue = &listener["accept_queue"];
    let drops = &listener["drops"]["total"];
    (
        listener["inode"].as_u64().unwrap(),
        Row {
            length: queue["length"].as_u64().unwrap(),
            limit: queue["limit"].as_u64().unwrap(),
            drops: drops.as_u64(),
        },
    )
}

/// A wildcard and a specific address may share a port through SO_REUSEPORT without being a group.
fn is_in_group(fact: &ListenerFacts, facts: &[ListenerFacts]) -> bool {
    fact.reuseport && facts.iter().filter(|other| other.address == fact.address).count() > 1
}

fn listener(fact: &ListenerFacts, in_group: bool, said: &[Value]) -> Result<(), String> {
    let of_fact = |listener: &&Value| listener["inode"] == fact.inode;
    let listener = said
        .iter()
        .find(of_fact)
        .ok_or_else(|| format!("{} is not shown", fact.label))?;
    place(fact, listener)?;
    expect(fact, "group", &listener["reuseport_group"].is_string().into(), in_group)?;
    queues(fact, listener)?;
    owners(fact, listener)?;
    content(fact, in_group, listener)?;
    waiting(fact, listener)
}

fn expect(fact: &ListenerFacts, what: &str, said: &Value, done: impl Into<Value>) -> Result<(), String> {
    let done = done.into();
    if *said == done {
        Ok(())
    } else {
        Err(format!("{}: {what} is {said}, not {done}", fact.label))
    }
}

fn place(fact: &ListenerFacts, listener: &Value) -> Result<(), String> {
    let (protocol, kind) = match fact.protocol {
        Protocol::Tcp => ("tcp", Value::Null),
        Protocol::Mptcp => ("mptcp", Value::Null),
        Protocol::UnixStream => ("unix", "stream".into()),
        Protocol::UnixSeqpacket => ("unix", "seqpacket".into()),
    };
    expect(fact, "protocol", &listener["protocol"], protocol)?;
    expect(fact, "kind", &listener["kind"], kind)?;
    expect(
        fact,
        "address",
        &listener["address"],
        fact.address.map(|address| address.ip().to_string()),
    )?;
    expect(
        fact,
        "port",
        &listener["port"],
        fact.address.map(|address| address.port()),
    )?;
    expect(fact, "path", &listener["path"], fact.path.clone())
}

fn queues(fact: &ListenerFacts, listener: &Value) -> Result<(), String> {
    let queue = &listener["accept_queue"];
    expect(fact, "limit", &queue["limit"], fact.limit)?;
    expect(fact, "capacity", &queue["capacity"], u64::from(fact.limit) + 1)?;
    let length = number(&queue["length"])?;
    if !fact.length.contains(length) {
        return Err(format!("{}: length is {length}, not {}", fact.label, fact.length));
    }
    if fact.drops_grow && listener["drops"]["total"] == 0 {
        return Err(format!("{}: refuses, but no drop is shown", fact.label));
    }
    let syn_queue = &listener["syn_queue"];
    if syn_queue.is_null() {
        return Ok(());
    }
    // Where several listeners match, the truth lies between the bounds.
    let (least, most) = (number(&syn_queue["length_min"])?, number(&syn_queue["length_max"])?);
    let expected = fact.half_open;
    if least <= expected.max && most >= expected.min {
        return Ok(());
    }
    Err(format!(
        "{}: half-open are {least} to {most}, not {expected}",
        fact.label
    ))
}

fn number(value: &Value) -> Result<u32, String> {
    value
        .as_u64()
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| format!("{value} is no number"))
}

fn owners(fact: &ListenerFacts, listener: &Value) -> Result<(), String> {
    let mut owners: Vec<_> = pids(&listener["owners"]);
    owners.sort_unstable();
    let mut holders = fact.owners.clone();
    holders.sort_unstable();
    if owners == holders {
        Ok(())
    } else {
        Err(format!("{}: owners are {owners:?}, not {holders:?}", fact.label))
    }
}

fn pids(processes: &Value) -> Vec<u32> {
    let processes = processes.as_array().into_iter().flatten();
    processes.filter_map(|process| number(&process["pid"]).ok()).collect()
}

fn content(fact: &ListenerFacts, in_group: bool, listener: &Value) -> Result<(), String> {
    // The content of an MPTCP queue cannot be told, nor that of one member of a group.
    let (Some(done), Protocol::Tcp, false) = (fact.content, fact.protocol, in_group) else {
        return Ok(());
    };
    let content = &listener["accept_queue"]["content"];
    expect(
        fact,
        "established",
        &content["established"],
        done.silent + done.sent_bytes,
    )?;
    expect(fact, "closed by client", &content["closed_by_client"], done.closed)?;
    expect(fact, "reset", &content["reset"], done.reset)?;
    expect(fact, "with data", &content["with_data"], done.sent_bytes)
}

/// The processes behind queued unix connections, and those that a full queue blocks.
fn waiting(fact: &ListenerFacts, listener: &Value) -> Result<(), String> {
    let queue = &listener["accept_queue"];
    let mut queued: Vec<u32> = queue["clients"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|client| pids(&client["owners"]))
        .collect();
    queued.sort_unstable();
    let mut clients = fact.clients.clone();
    clients.sort_unstable();
    if queued != clients {
        return Err(format!("{}: queued are {queued:?}, not {clients:?}", fact.label));
    }
    let blocked = pids(&queue["blocked"]);
    if blocked == fact.blocked {
        Ok(())
    } else {
        Err(format!(
            "{}: blocked are {blocked:?}, not {:?}",
            fact.label, fact.blocked
        ))
    }
}
