//! `--verify`: looks before and after a change, tells whether it helped, and takes it back if that is wanted.

use std::time::Duration;

use anyhow::bail;
use fix::plan::resize::Planned;
use fix::verify::{Expected, Measure, Outcome, Side, judge};
use fix::{Host, OnTrouble, Plan, Report};
use model::selection::{Family, Netns, Ports};
use model::{Action, Protocol, Selection};
use probe::{HalfOpenPolicy, Options, Probe, Roots, clock};

use super::change::Flow;
use super::signals::{Event, Signals};
use crate::exit::{Exit, complain};
use crate::output::change::{Change, Decision, Verified};

/// The time before the change delays it: enough for a rate.
const BEFORE: Duration = Duration::from_secs(5);
/// So many samples in the time after, unless they would be too close or too far apart.
const SAMPLES: u32 = 120;
const CLOSEST: Duration = Duration::from_millis(250);
const FARTHEST: Duration = Duration::from_secs(1);

/// How the user wants it.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// How long to look after the change.
    pub time: Duration,
    /// Whether to take it back if it made things worse.
    pub rollback: bool,
    /// Say nothing beside the answer.
    pub is_quiet: bool,
}

/// Carries the change out between two looks.
///
/// # Errors
/// When it cannot be done, or was interrupted before: then nothing was.
pub fn run(flow: &Flow, change: &Change, planned: &Planned, host: &mut Host, wish: Wish) -> anyhow::Result<Exit> {
    let mut watch = Watch::new(planned, host.roots(), wish)?;
    let mut before = Side::default();
    let decision = flow.carry_out_after(change, host, OnTrouble::TakeBack, || {
        before = watch.before(planned)?;
        Ok(())
    })?;
    match &decision {
        Decision::CarriedOut(report) if report.is_done() => {}
        _ => return flow.tell(change, &decision),
    }
    if !flow.is_json() {
        flow.tell(change, &decision)?;
    }
    let after = watch.after(planned)?;
    let verdict = judge(before, after);
    let taken_back = match &decision {
        Decision::CarriedOut(report) if wish.rollback && verdict.outcome == Outcome::Worse => {
            Some(take_back(flow, report, &change.plan, host)?)
        }
        _ => None,
    };
    let verified = Verified { verdict, taken_back };
    flow.tell_verified(change, &decision, &verified)
}

/// In reverse order; what is gone or was changed by others meanwhile is left out.
fn take_back(flow: &Flow, report: &Report, plan: &Plan, host: &mut Host) -> anyhow::Result<Report> {
    let back = Plan {
        command: plan.command.clone(),
        undoes: Some(report.id),
        actions: plan.actions.iter().rev().map(Action::reversed).collect(),
    };
    flow.carry_out_unasked(&back, host, OnTrouble::Skip)
}

/// The looks.
struct Watch {
    probe: Probe,
    /// Taken only once the question is answered: there, Ctrl-C ends the program as ever.
    signals: Option<Signals>,
    wish: Wish,
}

impl Watch {
    fn new(planned: &Planned, roots: &Roots, wish: Wish) -> anyhow::Result<Self> {
        let options = Options {
            roots: roots.clone(),
            owners: false,
            unix_clients: false,
            half_open: HalfOpenPolicy::Within(probe::COUNTING),
            selection: near(planned),
            ..Options::default()
        };
        Ok(Self {
            probe: Probe::new(options)?,
            signals: None,
            wish,
        })
    }

    fn before(&mut self, planned: &Planned) -> anyhow::Result<Side> {
        let time = self.wish.time.min(BEFORE);
        self.signals = Some(Signals::new()?);
        self.say(&format!(
            "looking for {time:?} before the change; Ctrl-C leaves all as it is"
        ));
        match self.look(time, &expected(planned, |from, _| from))? {
            (side, Event::Due) => Ok(side),
            _ => bail!("interrupted before the change: nothing was changed"),
        }
    }

    /// An end that the user wants is an end of the looking: what was seen so far is told.
    fn after(&mut self, planned: &Planned) -> anyhow::Result<Side> {
        let time = self.wish.time;
        self.say(&format!("looking for {time:?} after the change; Ctrl-C ends that"));
        let (side, _) = self.look(time, &expected(planned, |_, to| to))?;
        Ok(side)
    }

    fn look(&mut self, time: Duration, expected: &[Expected]) -> anyhow::Result<(Side, Event)> {
        let mut measure = Measure::new(expected);
        let Self { probe, signals, .. } = self;
        let signals = match signals {
            Some(signals) => signals,
            none => none.insert(Signals::new()?),
        };
        let interval = (time / SAMPLES).clamp(CLOSEST, FARTHEST);
        let end = clock::since_boot() + time;
        loop {
            measure.add(&probe.sample()?);
            let now = clock::since_boot();
            if now >= end {
                return Ok((measure.side(), Event::Due));
            }
            if signals.wait_until(end.min(now + interval))? == Event::End {
                measure.add(&probe.sample()?);
                return Ok((measure.side(), Event::End));
            }
        }
    }

    fn say(&self, what: &str) {
        if !self.wish.is_quiet {
            complain(what);
        }
    }
}

fn expected(planned: &Planned, limit: impl Fn(u32, u32) -> u32) -> Vec<Expected> {
    let of = |action: &Action| match action {
        Action::Resize(change) => Some(Expected {
            socket: change.socket.clone(),
            limit: limit(change.from, change.to),
        }),
        Action::Sysctl(_) | Action::File(_) => None,
    };
    planned.plan.actions.iter().filter_map(of).collect()
}

/// What the probe is to read first, and the families that it can leave out.
fn near(planned: &Planned) -> Selection {
    let has = |family: Family| {
        let is_of = |protocol: Protocol| (family == Family::Unix) == (protocol == Protocol::Unix);
        planned.sockets().any(|socket| is_of(socket.protocol)).then_some(family)
    };
    let port = |place: &str| {
        Some(Ports(
            place.rsplit_once(':')?.1.parse().ok().map(|port: u16| port..=port)?,
        ))
    };
    Selection {
        ports: planned.sockets().filter_map(|socket| port(&socket.place)).collect(),
        namespaces: planned.sockets().map(|socket| Netns::Key(socket.namespace)).collect(),
        families: [Family::Tcp, Family::Unix].into_iter().filter_map(has).collect(),
        ..Selection::default()
    }
}
