//! A watch on a terminal is drawn in place, and gives the terminal back.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::run::PROGRAM;

const DEADLINE: Duration = Duration::from_secs(20);
const ROWS: u16 = 12;

#[test]
fn a_watch_draws_over_itself_and_ends_with_what_moved() {
    let (mut terminal, child) = on_a_terminal(&["--watch", "100ms", "--netns", "self", "--all"]);
    let mut seen = String::new();
    read_until(&mut terminal, &mut seen, |text| text.matches("PER SECOND").count() >= 2);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    read_until(&mut terminal, &mut seen, |text| text.contains("Next:"));
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

fn on_a_terminal(arguments: &[&str]) -> (File, Child) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let size = Winsize {
        ws_row: ROWS,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&master, size).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap();
    let slave = File::options()
        .read(true)
        .write(true)
        .open(path.to_str().unwrap())
        .unwrap();
    let mut command = Command::new(PROGRAM);
    command
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "xterm")
        .arg("counters")
        .args(arguments);
    let child = command
        .stdout(OwnedFd::from(slave))
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    (File::from(master), child)
}

fn read_until(terminal: &mut File, seen: &mut String, wanted: impl Fn(&str) -> bool) {
    let end = Instant::now() + DEADLINE;
    let mut chunk = [0; 4096];
    while !wanted(seen) {
        assert!(Instant::now() < end, "not in time: {seen}");
        let second = Timespec { tv_sec: 1, tv_nsec: 0 };
        if poll(&mut [PollFd::new(&*terminal, PollFlags::IN)], Some(&second)).unwrap() > 0 {
            let count = terminal.read(&mut chunk).unwrap();
            assert!(count > 0, "ended: {seen}");
            seen.push_str(&String::from_utf8_lossy(&chunk[..count]));
        }
    }
}
