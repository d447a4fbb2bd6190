//! Carries out a plan: written down before, each action read back, taken back when one fails, marked after.

use model::Action;
use serde::{Deserialize, Serialize};

use crate::journal::{Journal, JournalError};
use crate::{Plan, Trouble};

/// Whoever carries out one action and reads it back: a [`crate::Host`], or a test.
pub trait Apply {
    /// A plan with these actions is about to be carried out.
    fn begin(&mut self, actions: &[Action]) {
        let _ = actions;
    }

    /// Carries it out.
    ///
    /// # Errors
    /// When it could not; then nothing of it is left, unless [`Trouble::ReadBack`] says so.
    fn apply(&mut self, action: &Action) -> Result<(), Trouble>;

    /// The plan has ended.
    fn end(&mut self) {}
}

/// What to do when an action cannot be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTrouble {
    /// Take back what was done, in reverse order.
    TakeBack,
    /// Leave it out and go on: for taking back what may be gone.
    Skip,
}

/// How a plan ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Its number in the journal.
    pub id: u64,
    /// Each action of the plan, in its order.
    pub steps: Vec<StepReport>,
}

/// How an action ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepReport {
    /// Which.
    pub action: Action,
    /// How.
    #[serde(flatten)]
    pub ending: Ending,
}

/// How an action ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum Ending {
    /// Carried out and read back.
    Done,
    /// It could not be carried out.
    Failed {
        /// Why.
        why: String,
    },
    /// Left out, since what it is about is gone or was changed by others.
    Skipped {
        /// Why.
        why: String,
    },
    /// Not tried, since one before it failed.
    NotTried,
    /// Carried out, and taken back when another failed.
    TakenBack,
    /// Carried out, and could not be taken back when another failed.
    LeftDone {
        /// Why.
        why: String,
    },
}

impl Report {
    /// Whether every action was carried out.
    pub fn is_done(&self) -> bool {
        self.steps.iter().all(|step| step.ending == Ending::Done)
    }

    /// How many actions are in effect now.
    pub fn in_effect(&self) -> usize {
        let in_effect = |step: &&StepReport| matches!(step.ending, Ending::Done | Ending::LeftDone { .. });
        self.steps.iter().filter(in_effect).count()
    }
}

/// Carries out a plan.
///
/// # Errors
/// When it cannot be written into the journal; then nothing was done. That it could not be marked afterwards is no
/// error: undo looks at what is there.
pub fn carry_out(
    plan: &Plan,
    hands: &mut impl Apply,
    journal: &mut Journal,
    on_trouble: OnTrouble,
) -> Result<Report, JournalError> {
    let id = journal.begin(plan)?;
    hands.begin(&plan.actions);
    let steps = match on_trouble {
        OnTrouble::TakeBack => all_or_none(&plan.actions, hands),
        OnTrouble::Skip => what_can_be(&plan.actions, hands),
    };
    hands.end();
    let report = Report { id, steps };
    journal.end(&report);
    Ok(report)
}

fn what_can_be(actions: &[Action], hands: &mut impl Apply) -> Vec<StepReport> {
    let each = |action: &Action| StepReport {
        action: action.clone(),
        ending: match hands.apply(action) {
            Ok(()) => Ending::Done,
            Err(trouble) if trouble.is_overtaken() => Ending::Skipped {
                why: trouble.to_string(),
            },
            Err(trouble) => Ending::Failed {
                why: trouble.to_string(),
            },
        },
    };
    actions.iter().map(each).collect()
}

fn all_or_none(actions: &[Action], hands: &mut impl Apply) -> Vec<StepReport> {
    let mut steps: Vec<StepReport> = Vec::new();
    let mut has_failed = false;
    for action in actions {
        let ending = if has_failed {
            Ending::NotTried
        } else {
            try_one(action, hands)
        };
        has_failed = has_failed || ending != Ending::Done;
        steps.push(StepReport {
            action: action.clone(),
            ending,
        });
    }
    if has_failed {
        take_back(&mut steps, hands);
    }
    steps
}

fn try_one(action: &Action, hands: &mut impl Apply) -> Ending {
    match hands.apply(action) {
        Ok(()) => Ending::Done,
        Err(trouble) => Ending::Failed {
            why: trouble.to_string(),
        },
    }
}

fn take_back(steps: &mut [StepReport], hands: &mut impl Apply) {
    for step in steps.iter_mut().rev().filter(|step| step.ending == Ending::Done) {
        step.ending = match hands.apply(&step.action.reversed()) {
            Ok(()) => Ending::TakenBack,
            Err(trouble) => Ending::LeftDone {
                why: trouble.to_string(),
            },
        };
    }
}

#[cfg(test)]
mod tests {
    use model::NamespaceKey;
    use model::action::SysctlChange;

    use super::*;

    /// Notes what it was asked to do; fails at the values it was told to.
    #[derive(Default)]
    struct Fake {
        done: Vec<i64>,
        fails_at: Vec<i64>,
        gone: bool,
    }

    impl Apply for Fake {
        fn apply(&mut self, action: &Action) -> Result<(), Trouble> {
            let Action::Sysctl(change) = action else {
                panic!("{action}");
            };
            if !self.fails_at.contains(&change.to) {
                self.done.push(change.to);
                Ok(())
            } else if self.gone {
                Err(Trouble::NoSocket)
            } else {
                Err(Trouble::UnknownOwner)
            }
        }
    }

    /// Each sysctl from -N to N.
    fn plan() -> Plan {
        let change = |value: i64| {
            Action::Sysctl(SysctlChange {
                namespace: NamespaceKey::Inode(1),
                namespace_name: None,
                name: "net.core.somaxconn".into(),
                from: -value,
                to: value,
            })
        };
        Plan {
            command: "tune".into(),
            undoes: None,
            actions: [1, 2, 3, 4].map(change).to_vec(),
        }
    }

    fn run(fake: &mut Fake, on_trouble: OnTrouble) -> Report {
        let directory = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(directory.path(), None).unwrap();
        let report = carry_out(&plan(), fake, &mut journal, on_trouble).unwrap();
        assert!(journal.history().unwrap().changes().all(|change| change.end.is_some()));
        report
    }

    fn endings(report: &Report) -> Vec<&str> {
        let word = |step: &StepReport| match step.ending {
            Ending::Done => "done",
            Ending::Failed { .. } => "failed",
            Ending::Skipped { .. } => "skipped",
            Ending::NotTried => "not tried",
            Ending::TakenBack => "taken back",
            Ending::LeftDone { .. } => "left",
        };
        report.steps.iter().map(word).collect()
    }

    #[test]
    fn all_is_done_in_order() {
        let mut fake = Fake::default();
        let report = run(&mut fake, OnTrouble::TakeBack);
        assert!(report.is_done());
        assert_eq!((report.id, report.in_effect()), (1, 4));
        assert_eq!(fake.done, [1, 2, 3, 4]);
    }

    #[test]
    fn what_was_done_before_a_failure_is_taken_back_in_reverse() {
        let mut fake = Fake {
            fails_at: vec![3],
            ..Fake::default()
        };
        let report = run(&mut fake, OnTrouble::TakeBack);
        assert_eq!(endings(&report), ["taken back", "taken back", "failed", "not tried"]);
        assert_eq!(fake.done, [1, 2, -2, -1]);
        assert_eq!(report.in_effect(), 0);
    }

    #[test]
    fn what_cannot_be_taken_back_is_said() {
        let mut fake = Fake {
            fails_at: vec![3, -1],
            ..Fake::default()
        };
        let report = run(&mut fake, OnTrouble::TakeBack);
        assert_eq!(endings(&report), ["left", "taken back", "failed", "not tried"]);
        assert_eq!(report.in_effect(), 1);
    }

    #[test]
    fn what_is_gone_is_skipped() {
        let mut fake = Fake {
            fails_at: vec![2],
            gone: true,
            ..Fake::default()
        };
        let report = run(&mut fake, OnTrouble::Skip);
        assert_eq!(endings(&report), ["done", "skipped", "done", "done"]);
        fake.gone = false;
        assert_eq!(
            endings(&run(&mut fake, OnTrouble::Skip)),
            ["done", "failed", "done", "done"]
        );
    }
}
