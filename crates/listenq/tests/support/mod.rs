//! What tests of the built binary share: starting it, on a terminal too, and reading what it prints.

use std::fs::File;
use std::io::Read;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// How long anything here may take.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// The program, with surroundings that do not depend on who runs the test.
pub fn listenq() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_listenq"));
    command
        .env("LC_ALL", "C.UTF-8")
        .env_remove("NO_COLOR")
        .env("TERM", "xterm");
    command
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// One line on stderr that begins with our name, nothing on stdout.
pub fn assert_refused(output: &Output, status: i32) -> String {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{said}");
    assert_eq!(text(&output.stdout), "");
    assert!(said.starts_with("listenq: "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said.to_owned()
}

/// A terminal: the end that a person has, and the end that programs have.
pub fn terminal(width: u16, height: u16) -> (File, File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let size = Winsize {
        ws_row: height,
        ws_col: width,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&master, size).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap();
    let slave = File::options().read(true).write(true).open(path.to_str().unwrap());
    (File::from(master), slave.unwrap())
}

/// Starts listenq on a terminal of its own.
pub fn on_a_terminal(arguments: &[&str], width: u16, height: u16) -> (File, Child) {
    let (master, slave) = terminal(width, height);
    let child = listenq()
        .args(arguments)
        .stdout(slave)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    (master, child)
}

/// Reads until the text is as wanted; a terminal whose other end is closed (EIO) or a pipe that ends is the end.
pub fn read_until(source: &mut (impl Read + std::os::fd::AsFd), bytes: &mut Vec<u8>, wanted: impl Fn(&str) -> bool) {
    let end = Instant::now() + DEADLINE;
    let mut chunk = [0; 4096];
    while !wanted(&String::from_utf8_lossy(bytes)) {
        assert!(Instant::now() < end, "not in time: {}", String::from_utf8_lossy(bytes));
        let second = Timespec { tv_sec: 1, tv_nsec: 0 };
        let ready = poll(&mut [PollFd::new(&*source, PollFlags::IN)], Some(&second)).unwrap();
        if ready > 0 {
            let count = source.read(&mut chunk).unwrap();
            assert!(count > 0, "ended: {}", String::from_utf8_lossy(bytes));
            bytes.extend_from_slice(&chunk[..count]);
        }
    }
}
