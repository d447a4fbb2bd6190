//! Which line decides the value of a sysctl at boot.

use super::files::{ConfigFile, SysctlFiles};
use super::line::{Entry, path};
use super::pattern::{is_pattern, matches};
use super::{Assignment, number};

/// What reads the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// systemd-sysctl, at boot on most hosts. Keeps one value for each key, the last, and writes that; a `-key` counts
    /// as one, so it also takes an assignment away. Passes over files whose name begins with a dot.
    Systemd,
    /// `sysctl --system` of procps. Writes each assignment, one after the other, and reads /etc/sysctl.conf last.
    Procps,
}

impl Tool {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Systemd, Self::Procps];

    /// As it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd-sysctl",
            Self::Procps => "sysctl --system",
        }
    }
}

/// A line and its file.
type Line<'a> = (&'a ConfigFile, &'a Entry);

impl SysctlFiles {
    /// Every line that concerns a sysctl (`net.core.somaxconn`) for one of the tools at least, in the order in which
    /// they are read: that of both, with /etc/sysctl.conf at the end.
    pub fn assignments(&self, name: &str) -> Vec<Assignment> {
        let key = path(name);
        let files = self.by_name.values().chain(&self.last);
        let lines = files.flat_map(|file| file.entries.iter().map(move |entry| (file, entry)));
        let concerns = |(_, entry): &Line| entry.key == key || matches(&entry.key, &key);
        lines.filter(concerns).map(assignment).collect()
    }

    /// The line that decides its value at boot; `None` when no file sets it.
    pub fn winner(&self, tool: Tool, name: &str) -> Option<Assignment> {
        let key = path(name);
        let lines: Vec<Line> = self.lines(tool).collect();
        let winner = match tool {
            Tool::Systemd => of_systemd(&lines, &key),
            Tool::Procps => of_procps(&lines, &key),
        };
        winner.map(assignment)
    }

    fn lines(&self, tool: Tool) -> impl Iterator<Item = Line<'_>> {
        let is_read = move |(name, _): &(&Vec<u8>, &ConfigFile)| tool == Tool::Procps || !name.starts_with(b".");
        let last = self.last.iter().filter(move |_| tool == Tool::Procps);
        let files = self.by_name.iter().filter(is_read).map(|(_, file)| file).chain(last);
        let is_taken = move |entry: &&Entry| tool == Tool::Systemd || entry.is_for_procps;
        files.flat_map(move |file| file.entries.iter().filter(is_taken).map(move |entry| (file, entry)))
    }
}

/// src/sysctl/sysctl.c:parse_file, apply_all: a key that is set anew goes to the end, unless its value is the same.
fn of_systemd<'a>(lines: &[Line<'a>], key: &str) -> Option<Line<'a>> {
    let mut explicit: Option<Line> = None;
    let mut patterns: Vec<Line> = Vec::new();
    for line in lines {
        if line.1.key == key {
            explicit = Some(*line);
        } else if is_pattern(&line.1.key) && matches(&line.1.key, key) {
            match patterns.iter().position(|earlier| earlier.1.key == line.1.key) {
                Some(at) if patterns[at].1.value == line.1.value => continue,
                Some(at) => drop(patterns.remove(at)),
                None => {}
            }
            patterns.push(*line);
        }
    }
    match explicit {
        Some(line) => Some(line).filter(takes_effect),
        None => patterns.into_iter().rfind(takes_effect),
    }
}

/// src/sysctl.c:write_setting_list: any line that names the key, an exclusion too, keeps patterns away from it.
fn of_procps<'a>(lines: &[Line<'a>], key: &str) -> Option<Line<'a>> {
    let is_named = lines.iter().any(|(_, entry)| entry.key == key);
    let decides = |(_, entry): &&Line| {
        if is_named {
            entry.key == key
        } else {
            is_pattern(&entry.key) && matches(&entry.key, key)
        }
    };
    let mut deciding = lines.iter().filter(decides).filter(|line| takes_effect(line));
    deciding.next_back().copied()
}

/// Whether the kernel takes what is written: an exclusion, an empty value or a word changes nothing.
fn takes_effect((_, entry): &Line) -> bool {
    entry.value.as_deref().is_some_and(|value| number(value).is_some())
}

fn assignment((file, entry): Line) -> Assignment {
    Assignment {
        path: file.path.clone(),
        target: file.target.clone(),
        line: entry.line,
        value: entry.value.clone(),
        pattern: is_pattern(&entry.key).then(|| entry.key.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;

    const NAME: &str = "net.core.somaxconn";

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn winners(root: &Path) -> [Option<String>; 2] {
        let files = SysctlFiles::read(root);
        Tool::ALL.map(|tool| {
            let winner = files.winner(tool, NAME)?;
            Some(format!("{} = {}", winner.place(), winner.value.unwrap()))
        })
    }

    fn both(files: &[(&str, &str)], expected: Option<&str>) {
        let expected = expected.map(str::to_owned);
        assert_eq!(winners(tree(files).path()), [expected.clone(), expected], "{files:?}");
    }

    #[test]
    fn the_last_name_wins_whatever_its_directory() {
        both(
            &[
                ("usr/lib/sysctl.d/60-z.conf", "# x\nnet.core.somaxconn = 60\n"),
                ("etc/sysctl.d/50-a.conf", "net.core.somaxconn = 50\n"),
                ("run/sysctl.d/10-b.conf", "net.core.somaxconn = 10\n"),
            ],
            Some("/usr/lib/sysctl.d/60-z.conf:2 = 60"),
        );
    }

    #[test]
    fn a_name_hides_the_same_name_of_later_directories() {
        let files = [
            ("etc/sysctl.d/a.conf", "net.core.somaxconn = 1\n"),
            ("usr/lib/sysctl.d/a.conf", "net.core.somaxconn = 2\n"),
        ];
        both(&files, Some("/etc/sysctl.d/a.conf:1 = 1"));
        for target in ["/dev/null", "/nonexistent"] {
            let root = tree(&files);
            let own = root.path().join("etc/sysctl.d/a.conf");
            fs::remove_file(&own).unwrap();
            symlink(target, own).unwrap();
            assert_eq!(winners(root.path()), [None, None]);
        }
    }

    #[test]
    fn sysctl_conf_is_last_for_procps_and_through_its_link_for_systemd() {
        let root = tree(&[
            ("etc/sysctl.d/99-listenq.conf", "net.core.somaxconn = 8192\n"),
            ("etc/sysctl.conf", "\nnet.core.somaxconn = 1024\n"),
        ]);
        let ours = Some("/etc/sysctl.d/99-listenq.conf:1 = 8192".to_owned());
        assert_eq!(
            winners(root.path()),
            [ours, Some("/etc/sysctl.conf:2 = 1024".to_owned())]
        );
        symlink("../sysctl.conf", root.path().join("etc/sysctl.d/99-sysctl.conf")).unwrap();
        let by_link = "/etc/sysctl.d/99-sysctl.conf → /etc/sysctl.conf:2 = 1024";
        assert_eq!(winners(root.path())[0].as_deref(), Some(by_link));
    }

    #[test]
    fn a_line_that_names_the_key_beats_patterns() {
        both(
            &[("etc/sysctl.d/a.conf", "net.core.somaxconn = 1\nnet.core.som* = 2\n")],
            Some("/etc/sysctl.d/a.conf:1 = 1"),
        );
        both(
            &[("etc/sysctl.d/a.conf", "net.core.som* = 2\nnet.*.somaxconn = 3\n")],
            Some("/etc/sysctl.d/a.conf:2 = 3"),
        );
        both(
            &[("etc/sysctl.d/a.conf", "net.core.som* = 2\n-net.core.somaxconn\n")],
            None,
        );
    }

    #[test]
    fn an_exclusion_takes_an_assignment_away_for_systemd_alone() {
        let root = tree(&[("etc/sysctl.d/a.conf", "net.core.somaxconn = 1\n-net.core.somaxconn\n")]);
        assert_eq!(
            winners(root.path()),
            [None, Some("/etc/sysctl.d/a.conf:1 = 1".to_owned())]
        );
    }

    #[test]
    fn what_the_kernel_refuses_changes_nothing() {
        let root = tree(&[(
            "etc/sysctl.d/a.conf",
            "net.core.somaxconn = 1\nnet.core.somaxconn = many\n",
        )]);
        assert_eq!(
            winners(root.path()),
            [None, Some("/etc/sysctl.d/a.conf:1 = 1".to_owned())]
        );
    }

    #[test]
    fn what_would_be_can_be_asked_before() {
        let root = tree(&[("etc/sysctl.d/99-z.conf", "net.core.somaxconn = 1\n")]);
        let path = Path::new("/etc/sysctl.d/99-listenq.conf");
        let files = SysctlFiles::read(root.path()).with(path, "net.core.somaxconn = 2\n");
        let winner = files.winner(Tool::Systemd, NAME).unwrap();
        assert_eq!(winner.place(), "/etc/sysctl.d/99-z.conf:1");
        assert_eq!(files.assignments(NAME).len(), 2);
    }

    #[test]
    fn what_one_tool_alone_takes_is_listed_too() {
        let root = tree(&[
            ("etc/sysctl.d/.a.conf", "net.core.somaxconn = 1\n"),
            ("etc/sysctl.d/b.conf", "- net.core.somaxconn = 2\n"),
        ]);
        let files = SysctlFiles::read(root.path());
        let winner = |tool| files.winner(tool, NAME).unwrap().number().unwrap();
        assert_eq!(Tool::ALL.map(winner), [2, 1]);
        assert_eq!(files.assignments(NAME).len(), 2);
    }

    #[test]
    fn what_cannot_be_read_is_said_and_hides() {
        let root = tree(&[("usr/lib/sysctl.d/a.conf", "net.core.somaxconn = 1\n")]);
        fs::create_dir_all(root.path().join("etc/sysctl.d/a.conf")).unwrap();
        let files = SysctlFiles::read(root.path());
        assert_eq!(files.winner(Tool::Systemd, NAME), None);
        let unreadable: Vec<_> = files.unreadable().map(|(path, _)| path.to_owned()).collect();
        assert_eq!(unreadable, [Path::new("/etc/sysctl.d/a.conf")]);
    }
}
