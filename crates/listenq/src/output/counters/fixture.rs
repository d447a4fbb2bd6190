//! Answers for the tests of this folder: small hosts, with a fixed clock.

use std::collections::HashMap;
use std::time::Duration;

use model::counter::{Counter, Counters};
use model::{ListeningSocket, NamespaceKey, Sample, SourceHealth};

use super::Report;
use super::answer::Question;
use super::difference::Base;
use super::moment::Moment;
use crate::fixture::{sample, tcp};

/// What the counters mean here: what is known of them grows, and these tests are not about it.
const MEANING: &str = "a full accept queue refused a SYN or a final ACK; counts packets, not clients";

fn look(host: &[(&str, &str, u64)], web: &[(&str, &str, u64)], drops: u32, seconds: u64) -> Sample {
    let nginx = ListeningSocket {
        drops: Some(drops),
        ..tcp("0.0.0.0", 80, 129, 128)
    };
    let mut sample = sample(vec![nginx]);
    sample.since_boot = Duration::from_secs(seconds);
    for (namespace, values) in sample.namespaces.iter_mut().zip([host, web]) {
        let mut counters = Counters::default();
        for (group, name, value) in values {
            counters.set(Counter::find(group, name).unwrap(), *value);
        }
        namespace.counters = Some(counters);
    }
    sample
}

fn quiet(seconds: u64) -> Sample {
    let still = [("TcpExt", "ListenOverflows", 0), ("TcpExt", "ListenDrops", 0)];
    look(&still, &still, 0, seconds)
}

fn before() -> Sample {
    let host = [
        ("Tcp", "PassiveOpens", 90_000),
        ("Tcp", "CurrEstab", 14),
        ("TcpExt", "ListenOverflows", 1190),
        ("TcpExt", "ListenDrops", 1204),
        ("TcpExt", "SyncookiesSent", 0),
    ];
    let web = [("TcpExt", "ListenOverflows", 0), ("TcpExt", "ListenDrops", 0)];
    look(&host, &web, 1300, 1000)
}

fn after() -> Sample {
    let host = [
        ("Tcp", "PassiveOpens", 90_700),
        ("Tcp", "CurrEstab", 12),
        ("TcpExt", "ListenOverflows", 1227),
        ("TcpExt", "ListenDrops", 1241),
        ("TcpExt", "SyncookiesSent", 0),
    ];
    let web = [("TcpExt", "ListenOverflows", 0), ("TcpExt", "ListenDrops", 0)];
    look(&host, &web, 1337, 1005)
}

fn report(sample: &Sample, base: Base) -> Report {
    let counters: Vec<_> = Counter::all().collect();
    let everything = |_: NamespaceKey, _: Option<&str>, _| true;
    let question = Question {
        sample,
        base,
        counters: &counters,
        is_asked: &everything,
    };
    let mut document = question.answer(&mut |inodes: &[u64]| {
        inodes
            .iter()
            .map(|inode| (*inode, "nginx".to_owned()))
            .collect::<HashMap<_, _>>()
    });
    for row in document
        .namespaces
        .iter_mut()
        .flat_map(|one| &mut one.counters)
        .flatten()
    {
        row.meaning = (row.name == "TcpExt.ListenOverflows").then_some(MEANING);
    }
    Report {
        document,
        nothing: None,
        is_by_name: false,
    }
}

/// Two looks, five seconds apart: the accept queue of port 80 overflows; nothing moves in the other namespace.
pub fn window() -> Report {
    report(&after(), Base::Look(&Moment::of(&before())))
}

/// One look.
pub fn totals() -> Report {
    report(&after(), Base::Nothing)
}

/// Since a saved reading, in which one namespace was another.
pub fn since_file() -> Report {
    let mut then = before();
    then.since_boot = Duration::from_secs(5);
    then.namespaces[1].key = NamespaceKey::Inode(4_026_530_000);
    then.namespaces[1].name = Some("old".into());
    let mut now = after();
    let later = Counter::find("TcpExt", "SyncookiesSent").unwrap();
    if let Some(counters) = &mut now.namespaces[1].counters {
        counters.set(later, 3);
    }
    report(&now, Base::File(&Moment::of(&then)))
}

/// Two looks between which nothing moved.
pub fn calm() -> Report {
    report(&quiet(1005), Base::Look(&Moment::of(&quiet(1000))))
}

/// One namespace, whose counters could not be read.
pub fn unreadable() -> Report {
    let mut sample = quiet(1000);
    sample.namespaces.truncate(1);
    sample.namespaces[0].counters = None;
    sample
        .sources
        .push(SourceHealth::unavailable("counters", "no such file"));
    report(&sample, Base::Nothing)
}
