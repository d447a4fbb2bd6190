//! Proofs: connections that end while they wait, and listeners that close.

use std::io::Read;

use sockdiag::{State, States};

use super::Proof;
use super::bench::Bench;
use super::expected::nothing;
use super::listeners::{Listener, backlog};
use super::names::{CURR_ESTAB, ESTAB_RESETS, HALF_OPEN, OUT_RSTS, SYN_QUEUE};
use super::sockets::error_name;
use crate::error::LabError;

pub(super) const DEAD_CONNECTIONS: Proof = Proof {
    name: "dead-connections-stay-queued",
    claim: "a client that gives up makes room in the accept queue",
    truth: "Its connection stays there until the program accepts it. After a FIN it waits in CLOSE_WAIT; after a RST it is in no \
            dump any more, and still takes its place.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(100))?;
        let what = "three clients connect, nobody calls accept()";
        let [_, closes, resets] = bench.waiting(what, listener.address)?;
        bench.phase("a dump is made of them", nothing(), |bench| {
            waiting_are_seen(bench, &listener, "3")
        })?;
        bench.ask(
            "the second closes",
            "curr_estab_counts_close_wait",
            &[("yes", nothing()), ("no", nothing().moves(CURR_ESTAB, -1))],
            |bench| {
                bench.send(&closes.fin())?;
                waiting_are_seen(bench, &listener, "3")
            },
        )?;
        let reset = nothing().moves(ESTAB_RESETS, 1).moves(CURR_ESTAB, -1);
        bench.phase("the third sends a RST", reset, |bench| {
            bench.send(&resets.reset())?;
            waiting_are_seen(bench, &listener, "2")
        })?;
        bench.phase(
            "the program accepts all three and reads",
            nothing().queued(-3),
            |bench| {
                for (which, expected) in [("first", "EAGAIN"), ("second", "end of file"), ("third", "ECONNRESET")] {
                    read_is(bench, &listener, which, expected)?;
                }
                Ok(())
            },
        )
    },
};

/// Connections of the listener's port that nobody has accepted: they have no inode yet.
fn waiting_are_seen(bench: &mut Bench, listener: &Listener, expected: &str) -> Result<(), LabError> {
    bench.wire.settle()?;
    let rows = bench.sockets(States::ESTABLISHED | States::of(State::CloseWait))?;
    let port = listener.address.port();
    let seen = rows
        .iter()
        .filter(|row| row.local.port() == port && row.inode == 0)
        .count();
    bench.observe("connections waiting that a dump shows", &seen.to_string(), expected);
    Ok(())
}

fn read_is(bench: &mut Bench, listener: &Listener, which: &str, expected: &str) -> Result<(), LabError> {
    let connection = bench.accepted(listener)?;
    let seen = match connection
        .set_nonblocking(true)
        .and_then(|()| (&connection).read(&mut [0]))
    {
        Ok(0) => "end of file".into(),
        Ok(_) => "data".into(),
        Err(error) => error_name(&error),
    };
    bench.observe(&format!("read() of the {which}"), &seen, expected);
    bench.keep(connection);
    Ok(())
}

pub(super) const CLOSE_RESETS: Proof = Proof {
    name: "close-resets-the-waiting",
    claim: "a server that is restarted finishes off those who were in its queue",
    truth: "When the listener is closed each connection that waits for accept() gets a RST. Half-open ones get theirs with \
            their next packet; until then they stay as they are.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(100))?;
        let mut waiting = Vec::new();
        let mut late = bench.peer(listener.address);
        bench.phase(
            "three clients connect, a fourth gets its SYN-ACK and is late to answer",
            nothing().connections(3).half_open(1),
            |bench| {
                waiting = bench.connections(listener.address, 3)?;
                bench.send(&late.syn())?;
                bench.take_syn_ack(&mut late).map(drop)
            },
        )?;
        let closed = nothing()
            .gone()
            .vanishes(SYN_QUEUE)
            .moves(OUT_RSTS, 3)
            .moves(ESTAB_RESETS, 3)
            .moves(CURR_ESTAB, -3);
        bench.phase("the program closes the listener", closed, |bench| {
            bench.close(listener);
            for peer in &waiting {
                bench.answer_is("sent to a client that waited", peer, "RST+ACK")?;
            }
            Ok(())
        })?;
        let refused = nothing().moves(HALF_OPEN, -1).moves(OUT_RSTS, 1);
        bench.phase("the fourth sends its ACK", refused, |bench| {
            bench.send(&late.ack())?;
            bench.answer_is("answer to it", &late, "RST")
        })
    },
};
