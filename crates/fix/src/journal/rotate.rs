//! What goes on into a new journal: the changes that undo may still be asked for.

use super::state::{Now, State, judge};
use super::{Change, History, Line};

/// At most so many bytes, so that a new journal is not long at once.
const AT_MOST: usize = 2 << 20;

/// The lines of the newest changes that are not undone and have not ended with their boot, in their order.
pub fn kept(history: &History, boot_id: Option<&str>) -> Vec<u8> {
    // The host is not asked: what is no longer as it was set may become so again, when a later change is undone.
    let judged = judge(history, boot_id, |_| Now::AsSet);
    let matter = judged
        .iter()
        .filter(|one| one.change.begin.plan.undoes.is_none() && matches!(one.state(), State::InEffect | State::InPart));
    let mut kept = Vec::new();
    let mut length = 0;
    for one in matter {
        let lines = lines(one.change);
        if length + lines.len() <= AT_MOST {
            length += lines.len();
            kept.push(lines);
        }
    }
    kept.reverse();
    kept.concat()
}

/// What was read from a line fits into a line.
fn lines(change: &Change) -> Vec<u8> {
    let begin = Some(Line::Begin(change.begin.clone()));
    let end = change.end.clone().map(Line::End);
    let lines = begin.into_iter().chain(end);
    lines.filter_map(|line| line.encode().ok()).flatten().collect()
}
