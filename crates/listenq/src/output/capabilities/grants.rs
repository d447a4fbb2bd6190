//! How the privileges that are missing are given: the exact lines.

use std::path::Path;

use probe::privileges::{Privilege, Privileges};
use serde::Serialize;

/// What everything together needs: to enter namespaces, and to see the owners of all sockets.
const WANTED: [Privilege; 3] = [Privilege::SysAdmin, Privilege::SysPtrace, Privilege::DacReadSearch];

/// One way to give them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// `setcap`, `systemd`, `kubernetes`.
    pub by: &'static str,
    /// Where the lines go.
    pub place: &'static str,
    /// The lines.
    pub lines: Vec<String>,
}

/// The ways to give what is missing; none when nothing is. `program` is the path of this program.
pub fn grants(privileges: &Privileges, program: &Path) -> Vec<Grant> {
    let has_all = WANTED.iter().all(|one| privileges.holds(*one));
    if has_all && privileges.is_in_host_user_namespace != Some(false) && privileges.sees_all_processes != Some(false) {
        return Vec::new();
    }
    vec![setcap(program), systemd(), kubernetes()]
}

fn names(separator: &str, form: impl Fn(&str) -> String) -> String {
    WANTED.map(|one| form(one.name())).join(separator)
}

fn setcap(program: &Path) -> Grant {
    let list = names(",", str::to_lowercase);
    Grant {
        by: "setcap",
        place: "once, for whoever may run this file",
        lines: vec![format!("sudo setcap {list}+ep {}", quoted(program))],
    }
}

/// In single quotes where a shell would take it apart.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    if text.bytes().all(is_plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn systemd() -> Grant {
    let list = names(" ", str::to_owned);
    Grant {
        by: "systemd",
        place: "in a service that runs it",
        lines: vec![
            "[Service]".to_owned(),
            "User=nobody".to_owned(),
            format!("AmbientCapabilities={list}"),
            format!("CapabilityBoundingSet={list}"),
            "NoNewPrivileges=yes".to_owned(),
        ],
    }
}

fn kubernetes() -> Grant {
    let list = names(", ", |name| name.trim_start_matches("CAP_").to_owned());
    Grant {
        by: "kubernetes",
        place: "in a pod, for the whole node",
        lines: [
            "hostPID: true",
            "containers:",
            "- name: listenq",
            "  securityContext:",
            "    runAsUser: 0",
            "    appArmorProfile: {type: Unconfined}",
            "    capabilities:",
            "      drop: [ALL]",
        ]
        .map(str::to_owned)
        .into_iter()
        .chain([format!("      add: [{list}]")])
        .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn privileges(held: &[Privilege]) -> Privileges {
        Privileges {
            uid: 0,
            held: held.to_vec(),
            sees_all_processes: Some(true),
            is_in_host_user_namespace: Some(true),
        }
    }

    #[test]
    fn nothing_is_advised_where_nothing_is_missing() {
        assert_eq!(grants(&privileges(&Privilege::ALL), Path::new("/usr/bin/listenq")), []);
    }

    #[test]
    fn the_lines_are_exact() {
        let grants = grants(&privileges(&[]), Path::new("/opt/my tools/listenq"));
        assert_eq!(
            grants[0].lines,
            ["sudo setcap cap_sys_admin,cap_sys_ptrace,cap_dac_read_search+ep '/opt/my tools/listenq'"]
        );
        assert_eq!(
            grants[1].lines[2],
            "AmbientCapabilities=CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_DAC_READ_SEARCH"
        );
        assert_eq!(
            grants[2].lines.last().unwrap(),
            "      add: [SYS_ADMIN, SYS_PTRACE, DAC_READ_SEARCH]"
        );
    }

    #[test]
    fn a_quote_in_a_path_does_not_end_the_argument() {
        assert_eq!(quoted(Path::new("/a'b")), r"'/a'\''b'");
    }
}
