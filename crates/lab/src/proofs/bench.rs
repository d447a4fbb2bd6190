//! The bench on which a proof is played: phases, and everything read before and after each.

use std::collections::BTreeMap;
use std::time::Duration;

use socket2::Socket;

use super::compare::compare;
use super::expected::Expected;
use super::record::{Expectation, Observation, Phase, Reading};
use super::snapshot::{Snapshot, Watched};
use crate::clock::Stopwatch;
use crate::diag::{Diag, TcpRow};
use crate::error::LabError;
use crate::peer::{Segment, Wire};
use crate::sysctl;

/// The first retransmission of a SYN or SYN-ACK: `TCP_TIMEOUT_INIT` of include/net/tcp.h.
const FIRST_TIMER: Duration = Duration::from_secs(1);

/// How much before its time a timer may fire: it is set and compared in ticks, and a virtual machine
/// that was not let run counts the ticks that it missed all at once (seen: 38 ms).
const EARLY: Duration = Duration::from_millis(200);

/// One proof under way.
pub(super) struct Bench {
    pub(super) wire: Wire,
    /// Answers of the kernel that no peer has asked for yet.
    pub(super) heard: Vec<Segment>,
    /// Hand-made peers so far.
    pub(super) peers: u32,
    pub(super) watched: Vec<Watched>,
    diag: Diag,
    log: Vec<String>,
    observations: Vec<Observation>,
    measured: Vec<Reading>,
    before: Snapshot,
    phases: Vec<Phase>,
    answers: BTreeMap<String, String>,
    kept: Vec<Socket>,
    first_syn: Stopwatch,
    timer: Option<Duration>,
}

impl Bench {
    /// An empty bench in the process's namespace.
    pub(super) fn new() -> Result<Self, LabError> {
        let mut diag = Diag::open()?;
        let before = Snapshot::take(&mut diag, &[])?;
        Ok(Self {
            wire: Wire::open()?,
            heard: Vec::new(),
            peers: 0,
            watched: Vec::new(),
            diag,
            log: Vec::new(),
            observations: Vec::new(),
            measured: Vec::new(),
            before,
            phases: Vec::new(),
            answers: BTreeMap::new(),
            kept: Vec::new(),
            first_syn: Stopwatch::start(),
            timer: None,
        })
    }

    /// What was recorded.
    pub(super) fn finish(self) -> (Vec<Phase>, BTreeMap<String, String>) {
        (self.phases, self.answers)
    }

    /// One step: `act` is played, and everything that `expected` does not name must stay as it was
    /// at the end of the step before.
    ///
    /// # Errors
    /// Those of `act`, and what cannot be read. That a number is not as expected is no error: the
    /// record tells.
    pub(super) fn phase(
        &mut self,
        what: &str,
        expected: Expected,
        act: impl FnOnce(&mut Self) -> Result<(), LabError>,
    ) -> Result<(), LabError> {
        self.meet()?;
        act(self)?;
        self.end(what, &[("", expected)]).map(|_| ())
    }

    /// As [`Self::phase`] for something in which kernels differ: `question` is answered by the name
    /// of the first alternative that is what was seen. Gives its place; the first if none is.
    pub(super) fn ask(
        &mut self,
        what: &str,
        question: &str,
        alternatives: &[(&str, Expected)],
        act: impl FnOnce(&mut Self) -> Result<(), LabError>,
    ) -> Result<usize, LabError> {
        self.meet()?;
        act(self)?;
        let seen = self.end(what, alternatives)?;
        if let Some((answer, _)) = seen.and_then(|place| alternatives.get(place)) {
            let contradiction = self.answered_by(question, answer);
            if let Some(phase) = self.phases.last_mut() {
                phase.observations.extend(contradiction);
            }
        }
        Ok(seen.unwrap_or(0))
    }

    /// Notes something seen that is no number, and what it has to be.
    pub(super) fn observe(&mut self, name: &str, seen: &str, expected: &str) {
        self.observations.push(Observation::judge(name, seen, &[expected]));
    }

    /// Notes something seen in which kernels differ.
    pub(super) fn observe_answer(&mut self, question: &str, name: &str, seen: &str, expected: &[&str]) {
        let observation = Observation::judge(name, seen, expected);
        if observation.as_expected {
            let contradiction = self.answered_by(question, seen);
            self.observations.extend(contradiction);
        }
        self.observations.push(observation);
    }

    /// Keeps an answer. A question that is answered twice must be answered in the same way.
    fn answered_by(&mut self, question: &str, answer: &str) -> Option<Observation> {
        let earlier = self.answers.entry(question.into()).or_insert_with(|| answer.into());
        (earlier != answer).then(|| Observation::judge(question, answer, &[earlier.as_str()]))
    }

    /// Notes how long something took, and between which times that has to lie.
    pub(super) fn measure(&mut self, name: &str, took: Duration, least: Duration, most: Duration) {
        let milliseconds = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let expected = Expectation::Between(milliseconds(least), milliseconds(most));
        let reading = Reading::judge(name, None, Some(milliseconds(took)), expected);
        self.measured.push(reading);
    }

    /// Goes on only if no retransmission timer can have fired yet.
    ///
    /// # Errors
    /// [`LabError::TooSlow`]: the proof is then played again from its beginning.
    pub(super) fn in_time(&self) -> Result<(), LabError> {
        match self.late() {
            Some(_) => Err(LabError::TooSlow),
            None => Ok(()),
        }
    }

    /// Adds a line to what was done.
    pub(super) fn did(&mut self, line: impl Into<String>) {
        self.log.push(line.into());
    }

    /// Sets a sysctl of the namespace (`net/core/somaxconn`).
    pub(super) fn sysctl(&mut self, name: &str, value: impl std::fmt::Display) -> Result<(), LabError> {
        self.did(format!("sysctl -w {}={value}", sysctl::dotted(name)));
        sysctl::write(name, value)
    }

    /// Keeps a socket open until the proof is over.
    pub(super) fn keep(&mut self, socket: Socket) {
        self.kept.push(socket);
    }

    /// Sockets of the namespace in these states.
    pub(super) fn sockets(&mut self, states: sockdiag::States) -> Result<Vec<TcpRow>, LabError> {
        self.diag.tcp(states)
    }

    /// The value of a number as it was at the end of the last phase.
    pub(super) fn value(&self, name: &str) -> Option<i64> {
        self.before.get(name)
    }

    /// The value of a number now.
    pub(super) fn value_now(&mut self, name: &str) -> Result<Option<i64>, LabError> {
        self.wire.settle()?;
        Ok(Snapshot::take(&mut self.diag, &self.watched)?.get(name))
    }

    /// Says that a SYN or SYN-ACK was sent: its timer fires in a second.
    pub(super) fn timer_runs(&mut self) {
        if self.timer.is_none() {
            self.first_syn = Stopwatch::start();
            self.timer = Some(FIRST_TIMER);
        }
    }

    /// Says up to which time after the first SYN or SYN-ACK the phases count on every timer that
    /// fires.
    pub(super) fn counts_on_timers_until(&mut self, since_the_first_syn: Duration) {
        self.timer = Some(since_the_first_syn);
    }

    /// Has a listener's numbers read from now on.
    pub(super) fn watch(&mut self, watched: Watched) {
        self.watched.push(watched);
    }

    /// Reads the numbers of listeners made since the last phase for the first time. All others stay
    /// as they were read at the end of that phase: nothing that moves between phases is lost.
    fn meet(&mut self) -> Result<(), LabError> {
        let now = Snapshot::take(&mut self.diag, &self.watched)?;
        self.before.add_new(now);
        Ok(())
    }

    /// Reads IPv6 sockets too from now on.
    pub(super) fn also_v6(&mut self) {
        self.diag.also_v6();
    }

    fn end(&mut self, what: &str, alternatives: &[(&str, Expected)]) -> Result<Option<usize>, LabError> {
        let answers = self.wire.heard()?;
        self.heard.extend(answers);
        let after = Snapshot::take(&mut self.diag, &self.watched)?;
        let late = self.late();
        let judged: Vec<_> = alternatives
            .iter()
            .map(|(_, expected)| compare(&self.before, &after, expected, late.as_deref()))
            .collect();
        let seen = judged
            .iter()
            .position(|(readings, _)| readings.iter().all(|r| r.as_expected));
        if seen.is_none() {
            // What a timer has done cannot be told from what the kernel does otherwise.
            self.in_time()?;
        }
        let (mut readings, unmoved) = judged.into_iter().nth(seen.unwrap_or(0)).unwrap_or_default();
        readings.append(&mut self.measured);
        self.phases.push(Phase {
            what: what.into(),
            commands: std::mem::take(&mut self.log),
            observations: std::mem::take(&mut self.observations),
            readings,
            unmoved,
        });
        self.before = after;
        Ok(seen)
    }

    /// Why timers may have fired that the phase does not count on, if the machine was that slow.
    fn late(&self) -> Option<String> {
        let late = self
            .timer
            .is_some_and(|timer| self.first_syn.elapsed() + EARLY >= timer);
        late.then(|| "this machine was so slow that a retransmission timer may have fired".into())
    }
}
