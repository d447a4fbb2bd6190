//! Who wins among the files of sysctl.d(5), compared with systemd-sysctl and `sysctl --system` themselves, which set
//! the sysctls of a network namespace of their own from directories in a mount namespace of their own (root only).
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]
#![expect(clippy::disallowed_methods, reason = "starts the real tools")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use listenq_probe::sysctl_files::{Assignment, SysctlFiles, Tool};

const NAME: &str = "net.core.somaxconn";
/// What it is before a tool is run.
const BEFORE: i64 = 4000;
/// Puts a tree in place of the directories, and runs a tool.
const SCRIPT: &str = "
set -e
mount --make-rprivate /
for directory in /etc/sysctl.d /usr/lib/sysctl.d; do mount --bind \"$1$directory\" $directory; done
mount -t tmpfs none /run; mkdir /run/sysctl.d; mount --bind \"$1/run/sysctl.d\" /run/sysctl.d
mount -t tmpfs none /usr/local/lib; mkdir /usr/local/lib/sysctl.d
mount --bind \"$1/usr/local/lib/sysctl.d\" /usr/local/lib/sysctl.d
mount --bind \"$1/etc/sysctl.conf\" /etc/sysctl.conf
echo 4000 > /proc/sys/net/core/somaxconn
shift
\"$@\" > /dev/null 2>&1 || true
cat /proc/sys/net/core/somaxconn
";
const DIRECTORIES: [&str; 4] = [
    "etc/sysctl.d",
    "run/sysctl.d",
    "usr/local/lib/sysctl.d",
    "usr/lib/sysctl.d",
];

fn command(tool: Tool) -> Option<Vec<&'static str>> {
    let (paths, argument): (&[&str], Option<&str>) = match tool {
        Tool::Systemd => (
            &["/usr/lib/systemd/systemd-sysctl", "/lib/systemd/systemd-sysctl"],
            None,
        ),
        Tool::Procps => (
            &["/usr/sbin/sysctl", "/sbin/sysctl", "/usr/bin/sysctl"],
            Some("--system"),
        ),
    };
    let path = paths.iter().find(|path| Path::new(path).exists())?;
    Some([*path].into_iter().chain(argument).collect())
}

/// A tree of directories that are there, and empty.
fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for directory in DIRECTORIES {
        fs::create_dir_all(root.path().join(directory)).unwrap();
    }
    fs::write(root.path().join("etc/sysctl.conf"), "").unwrap();
    root
}

/// What the real tool makes of the tree.
fn real(root: &Path, tool: &[&str]) -> i64 {
    let mut unshare = Command::new("unshare");
    unshare
        .args(["--mount", "--net", "sh", "-c", SCRIPT, "sh"])
        .arg(root)
        .args(tool);
    let output = unshare.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim()
        .parse()
        .unwrap_or_else(|_| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)))
}

fn compare(root: &Path, tool: Tool, what: &str) {
    let Some(command) = command(tool) else { return };
    let winner = SysctlFiles::read(root).winner(tool, NAME);
    let ours = winner.as_ref().and_then(Assignment::number).unwrap_or(BEFORE);
    assert_eq!(ours, real(root, &command), "{tool:?}, {what}: {winner:?}");
}

fn is_possible(name: &str) -> bool {
    if let Err(missing) = lab::require::root() {
        lab::skip_or_fail(name, &missing);
        return false;
    }
    let tools = Tool::ALL.map(|tool| command(tool).is_some());
    if Command::new("unshare").arg("--version").output().is_err()
        || !Path::new("/etc/sysctl.conf").exists()
        || tools == [false; 2]
    {
        let missing = lab::Missing {
            what: "unshare, sysctl or systemd-sysctl, /etc/sysctl.conf".to_owned(),
            reason: "one is not here".to_owned(),
            privilege: false,
        };
        lab::skip_or_fail(name, &missing);
        return false;
    }
    true
}

/// What was found out by trying, one thing each.
const CASES: &[(&str, &[(&str, &str)])] = &[
    ("nothing", &[]),
    (
        "etc hides run",
        &[
            ("etc/sysctl.d/a.conf", "net.core.somaxconn=1"),
            ("run/sysctl.d/a.conf", "net.core.somaxconn=2"),
        ],
    ),
    (
        "run hides usr",
        &[
            ("run/sysctl.d/a.conf", "net.core.somaxconn=1"),
            ("usr/lib/sysctl.d/a.conf", "net.core.somaxconn=2"),
        ],
    ),
    (
        "local hides usr",
        &[
            ("usr/local/lib/sysctl.d/a.conf", "net.core.somaxconn=1"),
            ("usr/lib/sysctl.d/a.conf", "net.core.somaxconn=2"),
        ],
    ),
    (
        "the name counts",
        &[
            ("etc/sysctl.d/Z.conf", "net.core.somaxconn=1"),
            ("usr/lib/sysctl.d/a.conf", "net.core.somaxconn=2"),
        ],
    ),
    (
        "exclusion behind",
        &[("etc/sysctl.d/a.conf", "net.core.somaxconn=1\n-net.core.somaxconn\n")],
    ),
    (
        "exclusion before",
        &[("etc/sysctl.d/a.conf", "-net.core.somaxconn\nnet.core.somaxconn=1\n")],
    ),
    (
        "exclusion and pattern",
        &[("etc/sysctl.d/a.conf", "net.core.som*=1\n-net.core.somaxconn\n")],
    ),
    (
        "pattern behind",
        &[("etc/sysctl.d/a.conf", "net.core.somaxconn=1\nnet.core.som*=2\n")],
    ),
    (
        "two patterns",
        &[("etc/sysctl.d/a.conf", "net.core.som*=1\nnet.*.somaxconn=2\n")],
    ),
    (
        "a pattern again",
        &[(
            "etc/sysctl.d/a.conf",
            "net.core.som*=1\nnet.*.somaxconn=2\nnet.core.som*=1\n",
        )],
    ),
    (
        "a pattern anew",
        &[(
            "etc/sysctl.d/a.conf",
            "net.core.som*=1\nnet.*.somaxconn=2\nnet.core.som*=3\n",
        )],
    ),
    ("no pattern over slashes", &[("etc/sysctl.d/a.conf", "net.*=1")]),
    ("a class", &[("etc/sysctl.d/a.conf", "net.core.som[a-c]xcon?=1")]),
    ("not a class", &[("etc/sysctl.d/a.conf", "net.core.som[!a-c]xconn=1")]),
    ("slashes", &[("etc/sysctl.d/a.conf", "/net/core//somaxconn=1")]),
    ("dots twice", &[("etc/sysctl.d/a.conf", "net.core..somaxconn=1")]),
    (
        "blank behind the minus",
        &[("etc/sysctl.d/a.conf", "- net.core.somaxconn=1")],
    ),
    (
        "blanks",
        &[("etc/sysctl.d/a.conf", "\t net.core.somaxconn\t =  12 \t\n")],
    ),
    (
        "comments",
        &[(
            "etc/sysctl.d/a.conf",
            " # net.core.somaxconn=1\n;net.core.somaxconn=2\n",
        )],
    ),
    (
        "comment behind",
        &[("etc/sysctl.d/a.conf", "net.core.somaxconn=10 # ten")],
    ),
    (
        "no continuation",
        &[("etc/sysctl.d/a.conf", "net.core.somaxconn=\\\n10\n")],
    ),
    ("hexadecimal", &[("etc/sysctl.d/a.conf", "net.core.somaxconn=0x20")]),
    ("octal", &[("etc/sysctl.d/a.conf", "net.core.somaxconn=010")]),
    (
        "lines of Windows",
        &[("etc/sysctl.d/a.conf", "net.core.somaxconn=10\r\n")],
    ),
    (
        "a word behind",
        &[("etc/sysctl.d/a.conf", "net.core.somaxconn=1\nnet.core.somaxconn=many\n")],
    ),
    (
        "nothing behind",
        &[("etc/sysctl.d/a.conf", "net.core.somaxconn=1\nnet.core.somaxconn=\n")],
    ),
    (
        "too much behind",
        &[(
            "etc/sysctl.d/a.conf",
            "net.core.somaxconn=1\nnet.core.somaxconn=2147483648\n",
        )],
    ),
    ("hidden", &[("etc/sysctl.d/.a.conf", "net.core.somaxconn=1")]),
    (
        "no .conf",
        &[
            ("etc/sysctl.d/a.conf.dpkg-new", "net.core.somaxconn=1"),
            ("etc/sysctl.d/README", "net.core.somaxconn=2"),
        ],
    ),
    (
        "NUL",
        &[(
            "etc/sysctl.d/a.conf",
            "net.core.somaxconn=10\0\nnet.core.netdev_budget=3\n",
        )],
    ),
    (
        "no UTF-8",
        &[("etc/sysctl.d/a.conf", "\u{fffd}=1\nnet.core.somaxconn=10\n")],
    ),
    (
        "sysctl.conf",
        &[
            ("etc/sysctl.conf", "net.core.somaxconn=1"),
            ("etc/sysctl.d/zz.conf", "net.core.somaxconn=2"),
        ],
    ),
];

#[test]
fn each_case_ends_as_with_the_tools() {
    if !is_possible("each_case_ends_as_with_the_tools") {
        return;
    }
    for (what, files) in CASES {
        let root = tree();
        for (path, text) in *files {
            fs::write(root.path().join(path), text).unwrap();
        }
        for tool in Tool::ALL {
            compare(root.path(), tool, what);
        }
    }
}

#[test]
fn links_hide_and_lead_elsewhere_as_with_the_tools() {
    if !is_possible("links_hide_and_lead_elsewhere_as_with_the_tools") {
        return;
    }
    for target in ["/dev/null", "/nonexistent", "../sysctl.conf"] {
        let root = tree();
        fs::write(root.path().join("usr/lib/sysctl.d/a.conf"), "net.core.somaxconn=1\n").unwrap();
        fs::write(root.path().join("etc/sysctl.conf"), "net.core.somaxconn=2\n").unwrap();
        symlink(target, root.path().join("etc/sysctl.d/a.conf")).unwrap();
        for tool in Tool::ALL {
            compare(root.path(), tool, target);
        }
    }
}

/// Files of lines that mean something to each other, drawn by a fixed generator.
#[test]
fn any_mixture_ends_as_with_the_tools() {
    if !is_possible("any_mixture_ends_as_with_the_tools") {
        return;
    }
    let mut draws = Draws(2026);
    for round in 0..60 {
        let root = tree();
        let files: Vec<(PathBuf, String)> = (0..3).map(|_| draws.file()).collect();
        for (path, text) in &files {
            fs::write(root.path().join(path), text).unwrap();
        }
        for tool in Tool::ALL {
            compare(root.path(), tool, &format!("round {round}: {files:?}"));
        }
    }
}

/// A linear congruential generator: the same draws at every run.
struct Draws(u64);

impl Draws {
    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        choices[usize::try_from(self.0 >> 33).unwrap() % choices.len()]
    }

    fn file(&mut self) -> (PathBuf, String) {
        let directory = self.of(&DIRECTORIES);
        let name = self.of(&["10-a.conf", "50-b.conf", "99-listenq.conf", "99-sysctl.conf", ".c.conf"]);
        let lines = (0..3).map(|_| {
            let key = [
                "net.core.somaxconn",
                "net/core/somaxconn",
                "net.core.som*",
                "net.*.somaxconn",
                "net.core.netdev_budget",
            ];
            let (minus, key) = (self.of(&["", "", "", "-"]), self.of(&key));
            let value = self.of(&["=11", " = 22", "=33", " =\t44", "=x"]);
            // A pattern that is excluded is one thing to systemd and another from one procps to the next.
            let is_excluded = !minus.is_empty() && !key.contains('*') && self.of(&["yes", "no"]) == "yes";
            format!("{minus}{key}{}\n", if is_excluded { "" } else { value })
        });
        let text = lines.collect();
        (Path::new(directory).join(name), text)
    }
}
