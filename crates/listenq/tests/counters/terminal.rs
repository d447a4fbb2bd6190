//! A watch on a terminal is drawn in place, and gives the terminal back.

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{on_a_terminal, read_until, text};

const ROWS: u16 = 12;

#[test]
fn a_watch_draws_over_itself_and_ends_with_what_moved() {
    let watch = ["counters", "--watch", "100ms", "--netns", "self", "--all"];
    let (mut terminal, child) = on_a_terminal(&watch, 100, ROWS);
    let mut bytes = Vec::new();
    read_until(&mut terminal, &mut bytes, |text| {
        text.matches("PER SECOND").count() >= 2
    });
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    read_until(&mut terminal, &mut bytes, |text| text.contains("Next:"));
    let seen = text(&bytes);
    assert!(child.wait_with_output().unwrap().status.success());
    let (page, after) = seen.split_once("\x1b[?1049l").unwrap();
    assert!(page.starts_with("\x1b[?1049h\x1b[?25l"), "{page:?}");
    assert!(
        page.contains("listenq counters") && page.contains("Ctrl-C ends"),
        "{page:?}"
    );
    // More counters than rows: what does not fit is counted, and no page is higher than the terminal.
    assert!(page.contains("more that do not fit"), "{page:?}");
    for drawn in page.split("\x1b[?2026h").skip(1) {
        assert!(drawn.matches("\r\n").count() < usize::from(ROWS), "{drawn:?}");
    }
    assert!(after.contains("TcpExt.ListenOverflows"), "{after:?}");
}
