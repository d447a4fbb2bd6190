//! The text of our own file in /etc/sysctl.d: what was in it, and what is to be in it.

use std::path::PathBuf;
use std::{fs, io};

use jiff::Timestamp;
use model::Setting;
use model::action::FileChange;
use probe::sysctl_files::{Entry, OWN_DIRECTORY, number, parse};

use crate::Trouble;

/// The name of the file.
pub const FILE: &str = "99-listenq.conf";
/// What begins each line of the head of the file, and tells it from a file of others.
const MARK: &str = "# listenq:";

/// A file of that name that somebody else has written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} was not written by listenq, so it is left alone; move its lines to a file of another name, or write the line there",
    path().display()
)]
pub struct NotOurs;

/// Where it is.
pub fn path() -> PathBuf {
    PathBuf::from(OWN_DIRECTORY).join(FILE)
}

/// What is in it; `None` when it is not there.
///
/// # Errors
/// When it cannot be read.
pub fn present() -> Result<Option<String>, Trouble> {
    match fs::read_to_string(path()) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Trouble::File {
            what: "read",
            path: path(),
            source,
        }),
    }
}

/// The file with these settings, one line for each; what else was set in it stays.
///
/// `command` is how the change can be made again; it is written into the head of the file.
///
/// `None` when it sets all of them so already.
///
/// # Errors
/// When there is such a file that is not ours.
pub fn change(
    present: Option<&str>,
    settings: &[(Setting, i64)],
    command: &str,
    at: Timestamp,
) -> Result<Option<FileChange>, NotOurs> {
    let text = present.unwrap_or_default();
    if !text.trim().is_empty() && !text.starts_with(MARK) {
        return Err(NotOurs);
    }
    if settings.iter().all(|(setting, value)| is_set(text, *setting, *value)) {
        return Ok(None);
    }
    let kept = kept(text, settings);
    let head = [
        format!("{MARK} written at {at:.0} by: {command}"),
        format!("{MARK} read at boot by systemd-sysctl, and by sysctl --system; remove this file to go back"),
    ];
    let set = settings
        .iter()
        .map(|(setting, value)| format!("{} = {value}", setting.name()));
    let lines: Vec<String> = head.into_iter().chain(kept).chain(set).collect();
    let text = lines.join("\n") + "\n";
    Ok(Some(FileChange {
        path: path(),
        from: present.map(str::to_owned),
        to: Some(text),
    }))
}

/// Whether one line sets it, to this value.
fn is_set(text: &str, setting: Setting, value: i64) -> bool {
    let lines = parse(text.as_bytes());
    let its = lines.iter().filter(|entry| names(entry, setting));
    let mut values = its.map(|entry| entry.value.as_deref().and_then(number));
    (values.next(), values.next()) == (Some(Some(value)), None)
}

fn names(entry: &Entry, setting: Setting) -> bool {
    entry.key == setting.name().replace('.', "/")
}

/// The lines that stay: not our head, and not what is set anew.
fn kept(text: &str, settings: &[(Setting, i64)]) -> Vec<String> {
    let is_set_anew = |line: &str| {
        let entries = parse(line.as_bytes());
        entries
            .iter()
            .any(|entry| settings.iter().any(|(setting, _)| names(entry, *setting)))
    };
    let lines = text.lines().filter(|line| !line.starts_with(MARK));
    lines.filter(|line| !is_set_anew(line)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn written(present: Option<&str>, settings: &[(Setting, i64)]) -> String {
        let change = change(present, settings, "listenq tune --persist", AT)
            .unwrap()
            .unwrap();
        assert_eq!(change.from.as_deref(), present);
        change.to.unwrap()
    }

    #[test]
    fn a_new_file_says_who_wrote_it_when_and_how_to_go_back() {
        let text = written(None, &[(Setting::Somaxconn, 8192)]);
        assert_eq!(
            text,
            "# listenq: written at 1970-01-01T00:00:00Z by: listenq tune --persist\n\
             # listenq: read at boot by systemd-sysctl, and by sysctl --system; remove this file to go back\n\
             net.core.somaxconn = 8192\n"
        );
    }

    #[test]
    fn other_lines_stay_and_each_setting_has_one() {
        let first = written(None, &[(Setting::Somaxconn, 8192), (Setting::TcpSyncookies, 1)]);
        let first = format!("{first}# a word of the administrator\nnet/core/somaxconn = 3\n");
        let second = written(Some(&first), &[(Setting::Somaxconn, 4096)]);
        assert_eq!(second.matches("somaxconn").count(), 1, "{second}");
        assert!(
            second.contains("net.ipv4.tcp_syncookies = 1\n# a word of the administrator\n"),
            "{second}"
        );
        assert!(second.ends_with("net.core.somaxconn = 4096\n"), "{second}");
        assert_eq!(second.matches(MARK).count(), 2);
    }

    #[test]
    fn what_is_there_already_is_not_written_again() {
        let first = written(None, &[(Setting::Somaxconn, 8192)]);
        let again = |value| change(Some(&first), &[(Setting::Somaxconn, value)], "listenq tune", AT).unwrap();
        assert_eq!(again(8192), None);
        assert!(again(8193).is_some());
        let twice = format!("{first}net.core.somaxconn = 8192\n");
        assert!(
            change(Some(&twice), &[(Setting::Somaxconn, 8192)], "", AT)
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn a_file_of_others_is_left_alone() {
        let theirs = Some("net.core.somaxconn = 1\n");
        let error = change(theirs, &[(Setting::Somaxconn, 2)], "listenq tune", AT).unwrap_err();
        assert!(error.to_string().contains("/etc/sysctl.d/99-listenq.conf"), "{error}");
        // An empty one is nobody's.
        assert!(written(Some("\n"), &[(Setting::Somaxconn, 2)]).contains("somaxconn = 2"));
    }
}
