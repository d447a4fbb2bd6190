//! Cost of deriving what is shown from a sample: alone, and against the sample before it.
#![expect(missing_docs, reason = "criterion makes a function without")]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use listenq_model::namespace::Namespace;
use listenq_model::{Endpoint, Host, InetEndpoint, ListeningSocket, NamespaceKey, Protocol, Sample, Settings, Window};

const KEY: NamespaceKey = NamespaceKey::Inode(1);

fn socket(number: u16) -> ListeningSocket {
    let endpoint = InetEndpoint {
        address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        port: number,
        interface: None,
        v6_only: None,
    };
    ListeningSocket {
        namespace: KEY,
        protocol: Protocol::Tcp,
        endpoint: Endpoint::Inet(endpoint),
        inode: u64::from(number),
        cookie: Some(u64::from(number)),
        uid: Some(0),
        length: Some(u32::from(number % 7)),
        limit: Some(128),
        drops: Some(0),
        cgroup_id: None,
        owners: None,
        cgroup: None,
        clients: None,
    }
}

fn sample(listeners: u16, seconds: u64) -> Sample {
    let namespace = Namespace {
        key: KEY,
        name: None,
        is_own: true,
        settings: Settings::default(),
        counters: None,
        half_open: Some(Vec::new()),
        queued: Some(Vec::new()),
    };
    Sample {
        taken_at: jiff::Timestamp::UNIX_EPOCH,
        since_boot: Duration::from_secs(seconds),
        host: Host {
            hostname: "h".into(),
            kernel: "k".into(),
            boot_id: None,
        },
        sources: Vec::new(),
        namespaces: vec![namespace],
        sockets: (1..=listeners).map(socket).collect(),
    }
}

fn window(criterion: &mut Criterion) {
    for listeners in [100, 16_000] {
        let (first, second) = (sample(listeners, 1), sample(listeners, 2));
        criterion.bench_function(&format!("one sample, {listeners} listeners"), |bencher| {
            bencher.iter(|| black_box(Window::new(None, &second)));
        });
        criterion.bench_function(&format!("two samples, {listeners} listeners"), |bencher| {
            bencher.iter(|| black_box(Window::new(Some(&first), &second)));
        });
    }
}

criterion_group!(benches, window);
criterion_main!(benches);
