//! What the lines of a journal say together: the changes, in their order.

use std::collections::BTreeMap;
use std::path::Path;

use super::line::{Begin, End, Found, HIGHEST_ID, Line};
use super::{FILE, JournalError};
use crate::Ending;

/// A change: its plan, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What was to be done.
    pub begin: Begin,
    /// How it ended; `None` after a crash, or while it is carried out.
    pub end: Option<End>,
}

impl Change {
    /// How the action of this number ended, if that was written down.
    pub fn ending(&self, number: usize) -> Option<&Ending> {
        self.end.as_ref()?.endings.get(number)
    }
}

/// What a journal holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    changes: BTreeMap<u64, Change>,
    /// What could not be read.
    pub passed_over: PassedOver,
    highest_id: u64,
}

/// Lines of a journal that could not be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// Torn by a crash, or not ours.
    pub damaged: usize,
    /// Written by another version of listenq and not understood by this one.
    pub newer: usize,
}

impl History {
    /// The changes, oldest first.
    pub fn changes(&self) -> impl DoubleEndedIterator<Item = &Change> {
        self.changes.values()
    }

    /// The change of this number.
    pub fn change(&self, id: u64) -> Option<&Change> {
        self.changes.get(&id)
    }

    /// The number of the newest change, one that could not be read included; 0 when there is none.
    pub fn highest_id(&self) -> u64 {
        self.highest_id
    }

    /// Reads the content of a file, after that of an older one. What is no line is counted and passed over.
    pub fn read(&mut self, bytes: &[u8]) {
        let lines = bytes.split(|byte| *byte == b'\n');
        for line in lines.filter(|line| !line.is_empty()) {
            let id = match Line::find(line) {
                Found::Line(line) => Some(self.add(*line)),
                Found::Newer { id } => {
                    self.passed_over.newer += 1;
                    Some(id)
                }
                Found::Damaged { id } => {
                    self.passed_over.damaged += 1;
                    id
                }
            };
            self.highest_id = self.highest_id.max(id.unwrap_or(0));
        }
    }

    fn add(&mut self, line: Line) -> u64 {
        let id = line.id();
        match line {
            Line::Begin(begin) => {
                // A line that was kept when the journal was rotated says the same again.
                if self.changes.get(&id).is_none_or(|known| known.begin != begin) {
                    self.changes.insert(id, Change { begin, end: None });
                }
            }
            Line::End(end) => match self.changes.get_mut(&id) {
                Some(change) if change.begin.plan.actions.len() == end.endings.len() => change.end = Some(end),
                _ => self.passed_over.damaged += 1,
            },
        }
        id
    }

    pub(super) fn next_id(&self, directory: &Path) -> Result<u64, JournalError> {
        if self.highest_id >= HIGHEST_ID {
            return Err(JournalError::NoNumbers {
                path: directory.join(FILE),
            });
        }
        Ok(self.highest_id + 1)
    }

    pub(super) fn damaged(&mut self) {
        self.passed_over.damaged += 1;
    }
}
