//! What has become of each change: by what the journal says of it and of later changes, and by what is there now.
//!
//! The end of a change may be missing after a crash. Then what is there decides: the value that was to be set, or the
//! one before it. So the mark is never needed to take a change back.

use std::collections::HashMap;

use model::Action;
use model::action::{FileChange, Resize, SysctlChange};

use super::{Change, History};
use crate::Ending;

/// What is there now of what an action has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Now {
    /// The value that the action sets.
    AsSet,
    /// The value that was there before it.
    AsBefore,
    /// Another one.
    Otherwise {
        /// In words.
        why: String,
    },
    /// Nothing: the object itself is gone.
    Gone {
        /// In words.
        why: String,
    },
    /// It could not be looked at.
    Unknown {
        /// Why.
        why: String,
    },
}

/// What has become of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepState {
    /// What it set is there.
    InEffect,
    /// It was never carried out, or taken back at once.
    NotDone {
        /// Why, where that was written down.
        why: Option<String>,
    },
    /// A later change has taken it back.
    Undone {
        /// Which.
        by: u64,
    },
    /// It was carried out, and what it set is no longer there.
    Overtaken {
        /// What is there instead.
        why: String,
    },
    /// It was carried out, and it cannot be seen whether what it set is there.
    Unknown {
        /// Why not.
        why: String,
    },
}

/// What has become of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// All that it set is there.
    InEffect,
    /// Some of it is.
    InPart,
    /// A later change has taken it back.
    Undone {
        /// Which; the newest, if several did.
        by: u64,
    },
    /// Nothing that it set is there any more.
    Overtaken,
    /// Nothing of it was carried out.
    NotDone,
    /// It cannot be seen.
    Unknown,
}

/// A change, and what has become of it.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The change.
    pub change: &'a Change,
    /// Of each of its actions.
    pub steps: Vec<StepState>,
    /// Whether it has outlived its boot: then only files are left of it.
    pub is_of_other_boot: bool,
}

impl Judged<'_> {
    /// The actions with what has become of each.
    pub fn actions(&self) -> impl DoubleEndedIterator<Item = (&Action, &StepState)> {
        self.change.begin.plan.actions.iter().zip(&self.steps)
    }

    /// All of them in a word.
    pub fn state(&self) -> State {
        let has = |wanted: fn(&StepState) -> bool| self.steps.iter().any(wanted);
        let undone = self.steps.iter().filter_map(|step| match step {
            StepState::Undone { by } => Some(*by),
            _ => None,
        });
        if has(|step| *step == StepState::InEffect) {
            if has(|step| *step != StepState::InEffect) {
                State::InPart
            } else {
                State::InEffect
            }
        } else if has(|step| matches!(step, StepState::Unknown { .. })) {
            State::Unknown
        } else if let Some(by) = undone.max() {
            State::Undone { by }
        } else if has(|step| matches!(step, StepState::Overtaken { .. })) {
            State::Overtaken
        } else {
            State::NotDone
        }
    }

    /// Whether there is something of it that can be taken back, or may be.
    pub fn can_be_undone(&self) -> bool {
        matches!(self.state(), State::InEffect | State::InPart | State::Unknown)
    }
}

/// Judges every change, newest first. `now` is asked only about what can be there still: not about sockets and
/// sysctls of another boot.
pub fn judge<'a>(history: &'a History, boot_id: Option<&str>, now: impl Fn(&Action) -> Now) -> Vec<Judged<'a>> {
    let mut judging = Judging {
        boot_id,
        now,
        undone: HashMap::new(),
        newest: HashMap::new(),
    };
    history.changes().rev().map(|change| judging.judge(change)).collect()
}

/// The actions whose objects [`judge`] may ask about.
pub fn in_question<'a>(history: &'a History, boot_id: Option<&'a str>) -> impl Iterator<Item = &'a Action> {
    let changes = history
        .changes()
        .map(move |change| (change, is_of_other_boot(change, boot_id)));
    changes.flat_map(|(change, is_of_other_boot)| {
        let actions = change.begin.plan.actions.iter();
        actions.filter(move |action| !is_of_other_boot || action.is_durable())
    })
}

/// Where a boot is not known, it is not ours: its sockets may have the numbers of others now.
fn is_of_other_boot(change: &Change, boot_id: Option<&str>) -> bool {
    boot_id.is_none() || change.begin.boot_id.as_deref() != boot_id
}

/// What the newer changes say of the older ones.
struct Judging<'b, Look> {
    boot_id: Option<&'b str>,
    now: Look,
    /// Which change has taken back which action of which change.
    undone: HashMap<(u64, String), u64>,
    /// The newest change of each object.
    newest: HashMap<String, u64>,
}

impl<Look: Fn(&Action) -> Now> Judging<'_, Look> {
    fn judge<'a>(&mut self, change: &'a Change) -> Judged<'a> {
        let is_of_other_boot = is_of_other_boot(change, self.boot_id);
        let actions = change.begin.plan.actions.iter().enumerate();
        let steps: Vec<StepState> = actions
            .map(|(number, action)| self.step(change, number, action, is_of_other_boot))
            .collect();
        let judged = Judged {
            change,
            steps,
            is_of_other_boot,
        };
        self.remember(&judged);
        judged
    }

    fn step(&self, change: &Change, number: usize, action: &Action, is_of_other_boot: bool) -> StepState {
        let ending = change.ending(number);
        if let Some(not_done) = ending.and_then(not_done) {
            return not_done;
        }
        let id = change.begin.id;
        if let Some(by) = self.undone.get(&(id, object(action))) {
            return StepState::Undone { by: *by };
        }
        let now = if is_of_other_boot && !action.is_durable() {
            Now::Gone {
                why: "the host was restarted since".to_owned(),
            }
        } else {
            (self.now)(action)
        };
        match now {
            Now::AsSet => StepState::InEffect,
            Now::AsBefore if ending.is_none() => StepState::NotDone { why: None },
            Now::AsBefore => self.overtaken(action, "it has its former value again"),
            Now::Otherwise { why } => self.overtaken(action, &why),
            Now::Gone { why } => StepState::Overtaken { why },
            Now::Unknown { why } => StepState::Unknown { why },
        }
    }

    fn overtaken(&self, action: &Action, why: &str) -> StepState {
        StepState::Overtaken {
            why: match self.newest.get(&object(action)) {
                Some(by) => format!("{why} (change {by})"),
                None => why.to_owned(),
            },
        }
    }

    /// What an older change has to know of this one. What was undone itself has taken nothing back.
    fn remember(&mut self, judged: &Judged) {
        let begin = &judged.change.begin;
        let is_marked = judged.change.end.is_some();
        for (action, state) in judged.actions() {
            let object = object(action);
            let has_happened = match state {
                StepState::InEffect => true,
                StepState::Overtaken { .. } | StepState::Unknown { .. } => is_marked,
                StepState::NotDone { .. } | StepState::Undone { .. } => false,
            };
            if !has_happened {
                continue;
            }
            if let Some(target) = begin.plan.undoes {
                self.undone.entry((target, object.clone())).or_insert(begin.id);
            }
            self.newest.entry(object).or_insert(begin.id);
        }
    }
}

/// That nothing of an action is there, if it has ended so.
fn not_done(ending: &Ending) -> Option<StepState> {
    match ending {
        Ending::Done | Ending::LeftDone { .. } => None,
        Ending::Failed { why } | Ending::Skipped { why } => Some(StepState::NotDone { why: Some(why.clone()) }),
        Ending::NotTried | Ending::TakenBack => Some(StepState::NotDone { why: None }),
    }
}

/// What an action changes, in the same words for every action that changes it.
fn object(action: &Action) -> String {
    match action {
        Action::Resize(Resize { socket, .. }) => {
            format!(
                "socket {} {} {:?} {:?}",
                socket.namespace, socket.inode, socket.cookie, socket.protocol
            )
        }
        Action::Sysctl(SysctlChange { namespace, name, .. }) => format!("sysctl {namespace} {name}"),
        Action::File(FileChange { path, .. }) => format!("file {}", path.display()),
    }
}

#[cfg(test)]
mod tests;
