//! Proofs: what a client sees of a full queue.

use std::time::Duration;

use super::Proof;
use super::expected::nothing;
use super::listeners::backlog;
use super::names::{
    ACTIVE_OPENS, ATTEMPT_FAILS, CURR_ESTAB, OUT_RSTS, PASSIVE_OPENS, RETRANS_SEGS, SYN_RETRANS, TIMEOUTS,
};
use super::snapshot::wait_for;
use super::sockets::outcome;
use crate::clock::Stopwatch;
use crate::error::During;

pub(super) const REFUSED: Proof = Proof {
    name: "refused-means-nobody-listens",
    claim: "“connection refused” says that the server's queue is full",
    truth: "It says that nobody listens on the port: the RST comes at once. A full accept queue answers nothing, so its clients \
            wait and, in the end, time out.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(1))?;
        let mut closed = listener.address;
        closed.set_port(9);
        let refused = nothing()
            .moves(ACTIVE_OPENS, 1)
            .moves(ATTEMPT_FAILS, 1)
            .moves(OUT_RSTS, 1);
        bench.phase("a program connects to a port where nobody listens", refused, |bench| {
            let watch = Stopwatch::start();
            let (_, outcome) = bench.connect(closed)?;
            bench.observe("connect()", &outcome, "ECONNREFUSED");
            // The first retransmission would come after a second: nothing was waited for.
            bench.measure(
                "milliseconds until it was refused",
                watch.elapsed(),
                Duration::ZERO,
                Duration::from_secs(1),
            );
            Ok(())
        })?;
        bench.phase(
            "two clients fill the accept queue of a listener (limit 1)",
            nothing().connections(2),
            |bench| bench.connections(listener.address, 2).map(drop),
        )?;
        let silence = nothing().moves(ACTIVE_OPENS, 1).refused_syns(1);
        bench.phase("a program connects to it; then it gives up", silence, |bench| {
            let (socket, outcome) = bench.connect(listener.address)?;
            bench.observe("connect()", &outcome, "in progress");
            // Before it sends its SYN again.
            bench.did("close(fd)");
            drop(socket);
            Ok(())
        })
    },
};

pub(super) const TAKES_A_SECOND: Proof = Proof {
    name: "connect-takes-a-second",
    claim: "a connect() that takes 1 s or 3 s is the network's or the name server's fault",
    truth: "When the first SYN is refused by a full accept queue, connect() takes until the client sends it again: 1 s. It then \
            succeeds as if nothing had been; only the counters know.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(1))?;
        bench.phase(
            "two clients fill the accept queue (limit 1)",
            nothing().connections(2),
            |bench| bench.connections(listener.address, 2).map(drop),
        )?;
        let watch = Stopwatch::start();
        let mut ours = None;
        let refused = nothing().moves(ACTIVE_OPENS, 1).refused_syns(1).queued(-1);
        bench.phase("a program connects; just then accept() makes room", refused, |bench| {
            let (socket, outcome) = bench.connect(listener.address)?;
            bench.observe("connect()", &outcome, "in progress");
            ours = Some(socket);
            bench.accept(&listener)?;
            bench.in_time()
        })?;
        // Both ends are in this namespace.
        let second = nothing()
            .moves(TIMEOUTS, 1)
            .moves(SYN_RETRANS, 1)
            .moves(RETRANS_SEGS, 1)
            .connections(1)
            .moves(CURR_ESTAB, 2);
        bench.phase("the program waits", second, |bench| {
            let Some(socket) = ours else { return Ok(()) };
            bench.counts_on_timers_until(Duration::from_secs(3600));
            wait_for(PASSIVE_OPENS, 3)?;
            // Timers count in ticks, and those of a virtual machine are not even.
            let (least, most) = (Duration::from_millis(800), Duration::from_secs(10));
            bench.measure("milliseconds that connect() took", watch.elapsed(), least, most);
            bench.wire.settle()?;
            let seen = outcome(&socket).during("look at", "a connecting socket")?;
            bench.observe("connect()", &seen, "connected");
            bench.keep(socket);
            Ok(())
        })
    },
};
