//! Who carries out a change, and with which command line.

use std::fmt;
use std::fs::File;
use std::io::Read as _;

use serde::{Deserialize, Serialize};

/// Arguments, and bytes of all of them, that are written down.
const ARGUMENTS: usize = 100;
const ARGUMENT_BYTES: usize = 4096;
/// So much of the list of users is looked through.
const PASSWD_BYTES: u64 = 1 << 20;

/// Who carries out a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The real user.
    pub uid: u32,
    /// Its name, if /etc/passwd has it.
    pub user: Option<String>,
    /// Who called sudo (`SUDO_UID`), if it was called.
    pub sudo_uid: Option<u32>,
    /// The name of that user (`SUDO_USER`).
    pub sudo_user: Option<String>,
    /// The process of listenq.
    pub pid: u32,
}

impl Who {
    /// The user of this process.
    pub fn caller() -> Self {
        let uid = rustix::process::getuid().as_raw();
        let sudo = |name| std::env::var(name).ok();
        Self {
            uid,
            user: name_of(uid),
            sudo_uid: sudo("SUDO_UID").and_then(|text| text.parse().ok()),
            sudo_user: sudo("SUDO_USER").map(|name| printable(&name)),
            pid: std::process::id(),
        }
    }
}

/// “root (sudo from alice)”.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.user {
            Some(name) => f.write_str(name)?,
            None => write!(f, "uid {}", self.uid)?,
        }
        match (&self.sudo_user, self.sudo_uid) {
            (Some(name), _) => write!(f, " (sudo from {name})"),
            (None, Some(uid)) => write!(f, " (sudo from uid {uid})"),
            (None, None) => Ok(()),
        }
    }
}

fn name_of(uid: u32) -> Option<String> {
    let mut bytes = Vec::new();
    let file = File::open("/etc/passwd").ok()?;
    file.take(PASSWD_BYTES).read_to_end(&mut bytes).ok()?;
    name_in(&String::from_utf8_lossy(&bytes), uid)
}

/// passwd(5): name, password, uid, …
fn name_in(passwd: &str, uid: u32) -> Option<String> {
    let uid = uid.to_string();
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)? == uid).then(|| printable(name))
    })
}

/// The command line, as far as it is written down.
pub fn command_line() -> Vec<String> {
    bounded(std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()))
}

fn bounded(arguments: impl Iterator<Item = String>) -> Vec<String> {
    let mut room = ARGUMENT_BYTES;
    let cut = |argument: String| {
        let mut text = printable(&argument);
        if text.len() > room {
            text.truncate(text.floor_char_boundary_at(room));
            text.push('…');
        }
        room = room.saturating_sub(text.len());
        text
    };
    arguments.take(ARGUMENTS).map(cut).collect()
}

/// `str::floor_char_boundary` came with Rust 1.91.
trait FloorCharBoundary {
    fn floor_char_boundary_at(&self, index: usize) -> usize;
}

impl FloorCharBoundary for str {
    fn floor_char_boundary_at(&self, index: usize) -> usize {
        (0..=index.min(self.len()))
            .rev()
            .find(|at| self.is_char_boundary(*at))
            .unwrap_or(0)
    }
}

/// The text with its control characters as escapes.
pub fn printable(text: &str) -> String {
    crate::system_log::escaped(text)
}

/// The name of the host (uname).
pub fn hostname() -> String {
    printable(&rustix::system::uname().nodename().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_user_is_found_by_its_number() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\n\n:x:7:\nbroken\na\tb:x:12:\nalice:x:1000:1000::/home/alice:/bin/sh";
        for (uid, name) in [
            (0, Some("root")),
            (1000, Some("alice")),
            (12, Some("a\\tb")),
            (7, None),
            (100, None),
        ] {
            assert_eq!(name_in(passwd, uid).as_deref(), name);
        }
    }

    #[test]
    fn who_it_is_reads_as_people_say_it() {
        let mut who = Who {
            uid: 0,
            user: Some("root".into()),
            sudo_uid: Some(1000),
            sudo_user: Some("alice".into()),
            pid: 1,
        };
        assert_eq!(who.to_string(), "root (sudo from alice)");
        who.sudo_user = None;
        assert_eq!(who.to_string(), "root (sudo from uid 1000)");
        (who.sudo_uid, who.user) = (None, None);
        assert_eq!(who.to_string(), "uid 0");
    }

    #[test]
    fn a_command_line_is_bounded_and_printable() {
        let short = bounded(["listenq".to_owned(), "re\nsize\x1b".to_owned()].into_iter());
        assert_eq!(short, ["listenq", "re\\nsize\\u{1b}"]);
        let long = bounded((0..1000).map(|_| "ä".repeat(1000)));
        assert_eq!(long.len(), ARGUMENTS);
        let bytes: usize = long.iter().map(String::len).sum();
        assert!(bytes <= ARGUMENT_BYTES + ARGUMENTS * '…'.len_utf8(), "{bytes}");
    }
}
