//! A plan of `tune` on the real kernel: sysctls of a named network namespace, and the file (root only).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::fs;
use std::path::Path;

use lab::Namespace;
use listenq_fix::{Ending, Host, Journal, OnTrouble, Plan, Report, carry_out};
use model::action::{FileChange, SysctlChange};
use model::{Action, NamespaceKey};
use probe::Roots;

/// A namespace that can be found, by its name.
fn namespace(test: &str) -> Option<Namespace> {
    if let Err(missing) = lab::require::root() {
        lab::skip_or_fail(test, &missing);
        return None;
    }
    Some(Namespace::named(&format!("listenq-{}-{test}", std::process::id())).unwrap())
}

fn sysctl(namespace: &Namespace, name: &str, from: i64, to: i64) -> Action {
    Action::Sysctl(SysctlChange {
        namespace: NamespaceKey::Inode(namespace.inode().unwrap()),
        namespace_name: None,
        name: name.to_owned(),
        from,
        to,
    })
}

fn file(path: &Path) -> Action {
    Action::File(FileChange {
        path: path.to_owned(),
        from: None,
        to: Some("net.core.somaxconn = 8192\n".to_owned()),
    })
}

fn run(actions: Vec<Action>) -> Report {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(directory.path(), None).unwrap();
    let plan = Plan {
        command: "tune".to_owned(),
        undoes: None,
        actions,
    };
    let mut host = Host::open(Roots::default()).unwrap();
    carry_out(&plan, &mut host, &mut journal, OnTrouble::TakeBack).unwrap()
}

fn value(namespace: &Namespace, path: &'static str) -> i64 {
    let read = move || fs::read_to_string(Path::new("/proc/sys/net").join(path)).unwrap();
    namespace.run(read).unwrap().trim().parse().unwrap()
}

#[test]
fn sysctls_and_the_file_are_set_together() {
    let Some(namespace) = namespace("sysctls_and_the_file_are_set_together") else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("99-listenq.conf");
    let report = run(vec![
        sysctl(&namespace, "net.core.somaxconn", 4096, 8192),
        sysctl(&namespace, "net.ipv4.tcp_syncookies", 1, 0),
        file(&path),
    ]);
    assert!(report.is_done(), "{report:?}");
    assert_eq!(value(&namespace, "core/somaxconn"), 8192);
    assert_eq!(value(&namespace, "ipv4/tcp_syncookies"), 0);
    assert_eq!(fs::read_to_string(path).unwrap(), "net.core.somaxconn = 8192\n");
}

/// As where /etc cannot be written: what stands in place of its directory is a file.
#[test]
fn a_file_that_cannot_be_written_takes_the_sysctls_back() {
    let Some(namespace) = namespace("a_file_that_cannot_be_written_takes_the_sysctls_back") else {
        return;
    };
    let directory = tempfile::NamedTempFile::new().unwrap();
    let report = run(vec![
        sysctl(&namespace, "net.core.somaxconn", 4096, 8192),
        file(&directory.path().join("99-listenq.conf")),
    ]);
    assert_eq!(report.steps[0].ending, Ending::TakenBack, "{report:?}");
    let Ending::Failed { why } = &report.steps[1].ending else {
        panic!("{report:?}")
    };
    assert!(why.contains("99-listenq.conf"), "{why}");
    assert_eq!(value(&namespace, "core/somaxconn"), 4096);
}

#[test]
fn a_value_that_the_kernel_refuses_takes_the_others_back() {
    let Some(namespace) = namespace("a_value_that_the_kernel_refuses_takes_the_others_back") else {
        return;
    };
    let report = run(vec![
        sysctl(&namespace, "net.core.somaxconn", 4096, 8192),
        sysctl(&namespace, "net.ipv4.tcp_migrate_req", 0, 2),
    ]);
    assert_eq!(report.in_effect(), 0, "{report:?}");
    assert_eq!(value(&namespace, "core/somaxconn"), 4096);
    assert_eq!(value(&namespace, "ipv4/tcp_migrate_req"), 0);
}
