//! Hand-made peers of a proof: what they send, and what the kernel answers.

use std::net::SocketAddr;
use std::time::Duration;

use super::bench::Bench;
use super::expected::nothing;
use crate::clock::wait_until;
use crate::error::LabError;
use crate::peer::{ACK, FIN, RST, SYN, Segment, TcpOption, Wire};

/// How long a packet of the kernel's own is waited for.
const HEAR_LIMIT: Duration = Duration::from_secs(5);

/// One side of a connection that the lab plays by hand. It sends and answers nothing by itself.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    /// Number of the next byte that it sends.
    pub(super) sequence: u32,
    /// Number of the next byte that it expects.
    pub(super) expects: u32,
}

impl Peer {
    /// The segment that it would send now.
    pub(super) fn segment(&self, flags: u8) -> Segment {
        Segment {
            sequence: self.sequence,
            acknowledgement: self.expects,
            flags,
            ..Segment::syn(self.from, self.to, 0)
        }
    }

    /// Its SYN. (It may be sent again.)
    pub(super) fn syn(&self) -> Segment {
        Segment {
            acknowledgement: 0,
            ..self.segment(SYN)
        }
    }

    /// Takes the kernel's SYN-ACK: its next segments acknowledge it.
    pub(super) fn take(&mut self, syn_ack: &Segment) {
        self.sequence = syn_ack.acknowledgement;
        self.expects = syn_ack.sequence.wrapping_add(1);
    }

    /// The last segment of the handshake; the peer has taken the SYN-ACK before.
    pub(super) fn ack(&self) -> Segment {
        self.segment(ACK)
    }

    /// A bare ACK with this number.
    pub(super) fn ack_of(&self, acknowledgement: u32) -> Segment {
        Segment {
            acknowledgement,
            ..self.ack()
        }
    }

    /// Data.
    pub(super) fn data(&self, text: &[u8]) -> Segment {
        Segment {
            payload: text.to_vec(),
            ..self.ack()
        }
    }

    /// It gives up.
    pub(super) fn reset(&self) -> Segment {
        self.segment(RST | ACK)
    }

    /// The same peer, once it has sent its FIN.
    pub(super) fn after_fin(&self) -> Self {
        Self {
            sequence: self.sequence.wrapping_add(1),
            ..self.clone()
        }
    }

    /// It closes.
    pub(super) fn fin(&self) -> Segment {
        self.segment(FIN | ACK)
    }
}

impl Bench {
    /// A new peer, from an address and port of its own.
    pub(super) fn peer(&mut self, to: SocketAddr) -> Peer {
        let number = self.peers;
        self.peers += 1;
        Peer {
            from: Wire::address(number),
            to,
            // Any number will do; these make packets easy to tell apart.
            sequence: (number + 1).wrapping_mul(1_000_000),
            expects: 0,
        }
    }

    /// Sends one segment.
    pub(super) fn send(&mut self, segment: &Segment) -> Result<(), LabError> {
        self.did(segment.to_string());
        self.send_quietly(segment)
    }

    /// So many new peers send a SYN each.
    pub(super) fn syns(&mut self, to: SocketAddr, count: u32) -> Result<Vec<Peer>, LabError> {
        let peers: Vec<_> = (0..count).map(|_| self.peer(to)).collect();
        self.did_for_all(&peers, "SYN");
        for peer in &peers {
            self.send_quietly(&peer.syn())?;
        }
        Ok(peers)
    }

    /// So many new peers make a connection each.
    pub(super) fn connections(&mut self, to: SocketAddr, count: u32) -> Result<Vec<Peer>, LabError> {
        let mut peers: Vec<_> = (0..count).map(|_| self.peer(to)).collect();
        self.did_for_all(&peers, "SYN, then ACK of the SYN-ACK");
        for peer in &mut peers {
            self.send_quietly(&peer.syn())?;
            self.take_syn_ack(peer)?;
            self.send_quietly(&peer.ack())?;
        }
        Ok(peers)
    }

    /// A phase in which new peers make a connection each that waits for accept().
    pub(super) fn waiting<const N: usize>(&mut self, what: &str, to: SocketAddr) -> Result<[Peer; N], LabError> {
        let count = u32::try_from(N).unwrap_or(u32::MAX);
        let mut peers = Vec::new();
        self.phase(what, nothing().connections(count.into()), |bench| {
            peers = bench.connections(to, count)?;
            Ok(())
        })?;
        <[Peer; N]>::try_from(peers).map_err(|peers| LabError::Gone {
            who: format!("{N} clients"),
            what: format!("are {}", peers.len()),
        })
    }

    /// What the kernel has sent to a peer since the last look, in order.
    pub(super) fn answers(&mut self, peer: &Peer) -> Result<Vec<Segment>, LabError> {
        let answers = self.wire.heard()?;
        self.heard.extend(answers);
        let (his, others) = self
            .heard
            .drain(..)
            .partition(|segment| segment.to == peer.from && segment.from.port() == peer.to.port());
        self.heard = others;
        Ok(his)
    }

    /// Waits for a segment of the kernel to this peer, wherever it comes from.
    pub(super) fn heard_by(&mut self, peer: &Peer, wanted: impl Fn(&Segment) -> bool) -> Result<Segment, LabError> {
        let mut found = None;
        wait_until(HEAR_LIMIT, || {
            let answers = self.wire.heard()?;
            self.heard.extend(answers);
            let place = self.heard.iter().position(|s| s.to == peer.from && wanted(s));
            found = place.map(|place| self.heard.remove(place));
            Ok::<_, LabError>(found.is_some())
        })?;
        found.ok_or_else(|| LabError::NeverSo {
            condition: format!("a packet to {}", peer.from),
            waited: HEAR_LIMIT,
        })
    }

    /// Has a peer take the SYN-ACK that has come; gives it.
    ///
    /// # Errors
    /// If none has come.
    pub(super) fn take_syn_ack(&mut self, peer: &mut Peer) -> Result<Segment, LabError> {
        let answers = self.answers(peer)?;
        let syn_ack = answers.into_iter().find(Segment::is_syn_ack);
        let syn_ack = syn_ack.ok_or_else(|| LabError::Unanswered {
            segment: peer.syn().to_string(),
        })?;
        peer.take(&syn_ack);
        Ok(syn_ack)
    }

    /// Notes what the kernel has answered a peer, and what it has to be ("nothing", "SYN+ACK", "RST").
    pub(super) fn answer_is(&mut self, name: &str, peer: &Peer, expected: &str) -> Result<(), LabError> {
        let seen = told(&self.answers(peer)?);
        if seen != expected {
            // A SYN-ACK that was sent again may be among the answers.
            self.in_time()?;
        }
        self.observe(name, &seen, expected);
        Ok(())
    }

    /// How many of these peers have got at least one SYN-ACK since the last look.
    pub(super) fn answered(&mut self, peers: &[Peer]) -> Result<usize, LabError> {
        let mut count = 0;
        for peer in peers {
            count += usize::from(self.answers(peer)?.iter().any(Segment::is_syn_ack));
        }
        Ok(count)
    }

    fn send_quietly(&mut self, segment: &Segment) -> Result<(), LabError> {
        if segment.has(SYN) {
            self.timer_runs();
        }
        self.wire.send(segment)
    }

    fn did_for_all(&mut self, peers: &[Peer], what: &str) {
        let line = match peers {
            [] => return,
            [one] => format!("{} > {} {what}", one.from, one.to),
            [first, .., last] => format!(
                "{} … {} > {} {what}, {} times",
                first.from,
                last.from,
                first.to,
                peers.len()
            ),
        };
        self.did(line);
    }
}

/// Segments by their flags: "SYN+ACK", "RST, ACK", "nothing".
pub(super) fn told(segments: &[Segment]) -> String {
    if segments.is_empty() {
        return "nothing".into();
    }
    segments.iter().map(Segment::flags_text).collect::<Vec<_>>().join(", ")
}

/// A timestamp option.
pub(super) fn timestamp(value: u32, echo: u32) -> TcpOption {
    TcpOption::Timestamp { value, echo }
}
