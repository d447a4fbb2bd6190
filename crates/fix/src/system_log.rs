//! Lines for the system log (journald, syslogd), through the socket that both listen on.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Where the system log listens (syslog(3)).
pub const SOCKET: &str = "/dev/log";

/// Bytes of a whole message (RFC 3164, section 4.1).
const LONGEST: usize = 1024;
/// Facility `daemon` (3), severity `notice` (5): RFC 3164, section 4.1.1. Not `auth`: nobody has logged in, and who
/// looks for what has changed on a host looks where its services write.
const PRIORITY: u8 = 3 * 8 + 5;

/// The system log. Whether it is there is asked with each line, so that it may be restarted meanwhile.
#[derive(Clone, Debug)]
pub struct Log {
    path: PathBuf,
    trouble: Option<String>,
}

impl Log {
    /// The one that listens on this socket, usually [`SOCKET`].
    pub fn open(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            trouble: None,
        }
    }

    /// Writes one line. It never waits: a log that does not read loses it, which [`Self::trouble`] tells.
    pub fn line(&mut self, text: &str) {
        let message = message(probe::clock::now(), std::process::id(), text);
        self.trouble = match send(&self.path, &message) {
            Ok(()) => None,
            Err(error) => Some(format!("{}: {error}", self.path.display())),
        };
    }

    /// Why the last line is not in the log.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }
}

fn send(path: &Path, message: &str) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.send_to(message.as_bytes(), path).map(drop)
}

/// As syslog(3) writes it: the name of the host is left to the log.
fn message(at: Timestamp, pid: u32, text: &str) -> String {
    let time = at.to_zoned(TimeZone::system()).strftime("%b %e %H:%M:%S").to_string();
    let mut message = format!("<{PRIORITY}>{time} listenq[{pid}]: {}", escaped(text));
    if message.len() > LONGEST {
        let cut = '…';
        let boundary = |at: &usize| message.is_char_boundary(*at);
        let end = (0..=LONGEST - cut.len_utf8()).rev().find(boundary).unwrap_or(0);
        message.truncate(end);
        message.push(cut);
    }
    message
}

/// The text with its control characters as escapes: a line stays one line.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{2028}' | '\u{2029}' => escaped.extend(character.escape_unicode()),
            _ if character.is_control() => escaped.extend(character.escape_default()),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening() -> (tempfile::TempDir, PathBuf, UnixDatagram) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        (directory, path, socket)
    }

    fn received(socket: &UnixDatagram) -> String {
        let mut bytes = [0; 4096];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[test]
    fn a_line_arrives_as_syslog_writes_it() {
        let (_directory, path, socket) = listening();
        let mut log = Log::open(&path);
        log.line("change 7: 127.0.0.1:80: limit 5 → 512: done");
        assert_eq!(log.trouble(), None);
        let said = received(&socket);
        let (head, text) = said.split_once("]: ").unwrap();
        assert_eq!(text, "change 7: 127.0.0.1:80: limit 5 → 512: done");
        // <29>Jul  3 04:05:06 listenq[123
        let stamp = head.strip_prefix("<29>").unwrap();
        let (time, tag) = stamp.split_at("Jul  3 04:05:06".len());
        assert_eq!(tag, format!(" listenq[{}", std::process::id()));
        assert!(
            jiff::fmt::strtime::parse("%b %d %H:%M:%S", time.replace("  ", " ")).is_ok(),
            "{time}"
        );
    }

    #[test]
    fn names_of_others_make_no_second_line_and_no_long_one() {
        let (_directory, path, socket) = listening();
        let mut log = Log::open(&path);
        log.line("a\n<0>b\0\x1b[2J\u{2028}");
        assert!(received(&socket).ends_with("]: a\\n<0>b\\u{0}\\u{1b}[2J\\u{2028}"));
        log.line(&"ä".repeat(5000));
        let said = received(&socket);
        assert!((LONGEST - 3..=LONGEST).contains(&said.len()), "{}", said.len());
        assert!(said.ends_with("ä…"));
    }

    #[test]
    fn a_log_that_does_not_read_is_not_waited_for() {
        let (_directory, path, socket) = listening();
        let mut log = Log::open(&path);
        // net.unix.max_dgram_qlen is 10 by default, and never near this.
        let lost = (0..100_000).any(|_| {
            log.line("x");
            log.trouble().is_some()
        });
        assert!(lost);
        while socket.recv(&mut [0; 64]).is_ok() {}
        log.line("again");
        assert_eq!(log.trouble(), None);
        assert!(received(&socket).ends_with("again"));
    }

    #[test]
    fn a_log_that_is_not_there_is_told_when_asked() {
        let directory = tempfile::tempdir().unwrap();
        let mut log = Log::open(&directory.path().join("log"));
        assert_eq!(log.trouble(), None);
        log.line("x");
        assert!(log.trouble().unwrap().contains("log: No such file"));
    }
}
