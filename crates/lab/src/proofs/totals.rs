//! Proofs: the totals of `Tcp:` — what each counts, and what not.

use std::time::Duration;

use socket2::Socket;

use super::Proof;
use super::bench::Bench;
use super::expected::{Expected, nothing};
use super::listeners::{Listener, backlog};
use super::names::{
    ACTIVE_OPENS, ATTEMPT_FAILS, CURR_ESTAB, EMBRYONIC_RSTS, ESTAB_RESETS, LISTEN_DROPS, LISTEN_OVERFLOWS, OUT_RSTS,
    TIMEOUTS,
};
use super::peers::Peer;
use super::snapshot::wait_for;
use super::sockets::nobody;
use crate::error::{During, LabError};
use crate::peer::SYN;

/// A port where nobody listens.
const CLOSED: u16 = 9;

pub(super) const ATTEMPT_FAILS_PROOF: Proof = Proof {
    name: "attempt-fails",
    claim: "AttemptFails counts connections that could not be made",
    truth: "It counts our own connects that were answered with a RST, and half-open connections of our listeners that were \
            ended by a RST or a second SYN. It does not count handshakes that expired, or a connect() that was given up.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(100))?;
        let mut closed = listener.address;
        closed.set_port(CLOSED);
        let refused = nothing()
            .moves(ACTIVE_OPENS, 1)
            .moves(ATTEMPT_FAILS, 1)
            .moves(OUT_RSTS, 1);
        bench.phase("a program connects to a port where nobody listens", refused, |bench| {
            let (_, outcome) = bench.connect(closed)?;
            bench.observe("connect()", &outcome, "ECONNREFUSED");
            Ok(())
        })?;
        bench.phase(
            "a program connects to an address where nobody answers, and closes the socket",
            nothing().moves(ACTIVE_OPENS, 1),
            |bench| {
                bench.connect(nobody())?;
                bench.did("close(fd)");
                Ok(())
            },
        )?;
        let ended = nothing()
            .half_open(-1)
            .moves(ATTEMPT_FAILS, 1)
            .moves(EMBRYONIC_RSTS, 1)
            .drops(1);
        let peer = half_open(bench, &listener)?;
        bench.phase("it sends a RST", ended.clone(), |bench| bench.send(&peer.reset()))?;
        let peer = half_open(bench, &listener)?;
        bench.phase(
            "it sends a second SYN with a new number",
            ended.moves(OUT_RSTS, 1),
            |bench| bench.send(&peer.segment(SYN)),
        )?;
        bench.sysctl("net/ipv4/tcp_synack_retries", 0)?;
        half_open(bench, &listener)?;
        let expired = nothing().half_open(-1).moves(TIMEOUTS, 1);
        bench.phase("it never answers, and is given up after a second", expired, |bench| {
            bench.counts_on_timers_until(Duration::from_secs(3600));
            wait_for(TIMEOUTS, 1)
        })
    },
};

fn half_open(bench: &mut Bench, listener: &Listener) -> Result<Peer, LabError> {
    let mut peer = bench.peer(listener.address);
    bench.phase("a client gets its SYN-ACK", nothing().half_open(1), |bench| {
        bench.send(&peer.syn())?;
        bench.take_syn_ack(&mut peer).map(drop)
    })?;
    Ok(peer)
}

pub(super) const ESTAB_RESETS_PROOF: Proof = Proof {
    name: "estab-resets",
    claim: "EstabResets counts the RSTs that were received",
    truth: "It counts connections that went from ESTABLISHED or CLOSE_WAIT straight to closed: by a RST that came, and just as \
            well by one that our own program caused. Orderly ends are not counted, nor RSTs to half-open connections.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(100))?;
        let [waits, closes, ours, orderly] = bench.waiting("four clients connect", listener.address)?;
        bench.phase("the first, still in the accept queue, sends a RST", reset(), |bench| {
            bench.send(&waits.reset())
        })?;
        bench.phase(
            "the second closes (CLOSE_WAIT), and sends a RST then",
            reset(),
            |bench| {
                bench.send(&closes.fin())?;
                bench.send(&closes.after_fin().reset())
            },
        )?;
        let mut accepted = Vec::new();
        bench.phase("the program accepts all four", nothing().queued(-4), |bench| {
            for _ in 0..4 {
                accepted.push(bench.accepted(&listener)?);
            }
            Ok(())
        })?;
        ends_orderly(bench, &orderly, accepted.pop())?;
        resets_itself(bench, &ours, accepted.pop())
    },
};

/// One connection that ends without going through the closing states.
fn reset() -> Expected {
    nothing().moves(ESTAB_RESETS, 1).moves(CURR_ESTAB, -1)
}

fn ends_orderly(bench: &mut Bench, client: &Peer, socket: Option<Socket>) -> Result<(), LabError> {
    let ended = nothing().moves(CURR_ESTAB, -1);
    bench.phase("the fourth closes, and so does the program", ended, |bench| {
        bench.send(&client.fin())?;
        bench.wire.settle()?;
        bench.did("close(fd)");
        drop(socket);
        let fin = bench.answers(client)?.pop();
        let number = fin.map_or(0, |fin| fin.sequence.wrapping_add(1));
        bench.send(&client.after_fin().ack_of(number))
    })
}

fn resets_itself(bench: &mut Bench, client: &Peer, socket: Option<Socket>) -> Result<(), LabError> {
    let expected = reset().moves(OUT_RSTS, 1);
    bench.phase("the program closes the third with SO_LINGER 0", expected, |bench| {
        bench.did("setsockopt(fd, SOL_SOCKET, SO_LINGER, {1, 0}); close(fd)");
        if let Some(socket) = socket {
            socket.set_linger(Some(Duration::ZERO)).during("set", "SO_LINGER")?;
        }
        bench.answer_is("sent to the client", client, "RST+ACK")
    })
}

pub(super) const PASSIVE_OPENS_PROOF: Proof = Proof {
    name: "passive-opens",
    claim: "PassiveOpens counts the connections that the program accepted",
    truth: "It counts when the connection is made, before accept(), and keeps it whatever happens then. A client whose final ACK \
            meets a full accept queue is not counted.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(2))?;
        let late = half_open(bench, &listener)?;
        let [leaves, _, _] = bench.waiting(
            "three clients connect (limit 2), nobody calls accept()",
            listener.address,
        )?;
        let refused = nothing().moves(LISTEN_OVERFLOWS, 1).moves(LISTEN_DROPS, 1).drops(2);
        bench.phase(
            "the ACK of the one that was late finds the queue full",
            refused,
            |bench| bench.send(&late.ack()),
        )?;
        let left = nothing().moves(ESTAB_RESETS, 1).moves(CURR_ESTAB, -1);
        bench.phase("one of the three sends a RST", left, |bench| {
            bench.send(&leaves.reset())
        })?;
        bench.phase("the program accepts all three", nothing().queued(-3), |bench| {
            (0..3).try_for_each(|_| bench.accept(&listener))
        })
    },
};

pub(super) const CURR_ESTAB_PROOF: Proof = Proof {
    name: "curr-estab-counts-the-waiting",
    claim: "CurrEstab is the number of connections that programs have open",
    truth: "Connections that wait in an accept queue are among them. Those that the client has closed (CLOSE_WAIT) are too on \
            newer kernels, and not on older ones.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(100))?;
        let [closes, _, _] = bench.waiting("three clients connect, nobody calls accept()", listener.address)?;
        bench
            .ask(
                "one of them closes",
                "curr_estab_counts_close_wait",
                &[("yes", nothing()), ("no", nothing().moves(CURR_ESTAB, -1))],
                |bench| bench.send(&closes.fin()),
            )
            .map(drop)
    },
};
