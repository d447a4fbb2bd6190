//! Cost of one LISTEN sample of all TCP families with 100 listeners, beside the bare netlink exchange.
//! `cargo xtask overhead` prints the ratio, and measures it among established connections too.
#![expect(clippy::expect_used, reason = "a benchmark that cannot go on fails there")]
#![expect(missing_docs, reason = "criterion makes a function without")]

use std::hint::black_box;
use std::net::TcpListener;

use criterion::{Criterion, criterion_group, criterion_main};
use listenq_probe::diag::inet;
use listenq_probe::diag::socket::DiagSocket;

fn listen_sample(criterion: &mut Criterion) {
    let _listeners: Vec<_> = (0..100)
        .map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"))
        .collect();
    let mut socket = DiagSocket::open().expect("a netlink socket");
    let mut rows = Vec::new();
    criterion.bench_function("LISTEN sample, 100 listeners", |bencher| {
        bencher.iter(|| {
            inet::listeners(&mut socket, false, &mut rows).expect("a dump");
            black_box(rows.len())
        });
    });
    criterion.bench_function("bare exchange, 100 listeners", |bencher| {
        bencher.iter(|| inet::bare_exchange(&mut socket, inet::ATTRIBUTES).expect("a dump"));
    });
}

criterion_group!(benches, listen_sample);
criterion_main!(benches);
