//! Plans to take a change back: what of it is in effect, in reverse order.

use jiff::Timestamp;
use model::Action;

use crate::Plan;
use crate::journal::state::{Judged, State, StepState};

/// A plan to take a change back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The plan; without actions when nothing of the change is in effect.
    pub plan: Plan,
    /// What cannot be taken back, and why.
    pub left_out: Vec<LeftOut>,
}

/// An action that cannot be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Which.
    pub action: Action,
    /// Why.
    pub why: String,
}

/// Why there is no change to take back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nothing {
    /// The journal is empty.
    #[error("nothing was changed yet")]
    Empty,
    /// No change has this number.
    #[error("there is no change {id}; the newest is {newest}")]
    NoSuch {
        /// The number that was asked for.
        id: u64,
        /// The highest that there is.
        newest: u64,
    },
    /// It was taken back.
    #[error("change {id} was already undone by change {by}, {at:.0}")]
    AlreadyUndone {
        /// Which.
        id: u64,
        /// By which change.
        by: u64,
        /// When.
        at: Timestamp,
    },
    /// It never changed anything.
    #[error("change {id} changed nothing, so there is nothing to undo")]
    NotDone {
        /// Which.
        id: u64,
    },
    /// None is in effect.
    #[error("none of the {count} changes in the journal is still in effect")]
    NoneInEffect {
        /// How many there are, undos not counted.
        count: usize,
    },
}

/// The change of this number; without a number the newest that has something in effect and is no undo itself.
///
/// # Errors
/// When there is none, or it was taken back already.
pub fn choose<'a, 'b>(judged: &'b [Judged<'a>], id: Option<u64>) -> Result<&'b Judged<'a>, Nothing> {
    let is_undo = |one: &&Judged| one.change.begin.plan.undoes.is_some();
    let Some(id) = id else {
        let count = judged.iter().filter(|one| !is_undo(one)).count();
        let found = judged.iter().find(|one| !is_undo(one) && one.can_be_undone());
        return found.ok_or(match count {
            0 => Nothing::Empty,
            count => Nothing::NoneInEffect { count },
        });
    };
    let newest = judged.first().map(|one| one.change.begin.id);
    let newest = newest.ok_or(Nothing::Empty)?;
    let found = judged.iter().find(|one| one.change.begin.id == id);
    let found = found.ok_or(Nothing::NoSuch { id, newest })?;
    match found.state() {
        State::NotDone => Err(Nothing::NotDone { id }),
        State::Undone { by } => Err(Nothing::AlreadyUndone {
            id,
            by,
            at: time_of(judged, by).unwrap_or(found.change.begin.at),
        }),
        _ => Ok(found),
    }
}

fn time_of(judged: &[Judged], id: u64) -> Option<Timestamp> {
    let found = judged.iter().find(|one| one.change.begin.id == id)?;
    Some(found.change.begin.at)
}

/// Takes back what is in effect of a change; what cannot be seen is tried, since applying it looks again.
pub fn plan(judged: &Judged) -> Undo {
    let begin = &judged.change.begin;
    let mut undo = Undo {
        plan: Plan {
            command: "undo".to_owned(),
            undoes: Some(begin.id),
            actions: Vec::new(),
        },
        left_out: Vec::new(),
    };
    for (action, state) in judged.actions().rev() {
        match state {
            StepState::InEffect | StepState::Unknown { .. } => undo.plan.actions.push(action.reversed()),
            StepState::Overtaken { why } => undo.leave_out(action, why.clone()),
            StepState::Undone { by } => undo.leave_out(action, format!("change {by} has taken it back")),
            StepState::NotDone { why: Some(why) } => undo.leave_out(action, format!("it was not carried out: {why}")),
            StepState::NotDone { why: None } => undo.leave_out(action, "it was not carried out".to_owned()),
        }
    }
    undo
}

impl Undo {
    fn leave_out(&mut self, action: &Action, why: String) {
        let action = action.clone();
        self.left_out.push(LeftOut { action, why });
    }
}
