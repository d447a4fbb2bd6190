//! Any bytes in place of a journal: each change has a number of its own, the next one has a higher number, nothing
//! that is no line is one, and what has become of the changes can be told.
#![no_main]

use fix::journal::History;
use fix::journal::state::{Now, judge};
use fix::plan::undo;
use libfuzzer_sys::fuzz_target;
use listenq_fuzz::counted;

fuzz_target!(|bytes: &[u8]| {
    let (history, allocated) = counted(|| {
        let mut history = History::default();
        history.read(bytes);
        history
    });
    assert!(
        allocated <= 512 * bytes.len() + 4096,
        "{allocated} bytes for {}",
        bytes.len()
    );
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .count();
    let passed_over = history.passed_over.damaged + history.passed_over.newer;
    assert!(passed_over + history.changes().count() <= lines);
    assert!(
        history
            .changes()
            .all(|change| (1..=history.highest_id()).contains(&change.begin.id))
    );
    for boot_id in [None, Some("now")] {
        let judged = judge(&history, boot_id, |_| Now::AsSet);
        assert_eq!(judged.len(), history.changes().count());
        if let Ok(chosen) = undo::choose(&judged, None) {
            let undo = undo::plan(chosen);
            assert_eq!(undo.plan.actions.len() + undo.left_out.len(), chosen.steps.len());
            assert!(!undo.plan.actions.is_empty());
        }
    }
    // Reading on does not forget.
    let mut twice = history.clone();
    twice.read(bytes);
    assert_eq!(twice.highest_id(), history.highest_id());
});
