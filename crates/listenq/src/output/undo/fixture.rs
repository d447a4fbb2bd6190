//! A journal with changes of every state, for the tests of what is printed of it.

use fix::journal::History;
use fix::journal::state::{Now, judge};
use jiff::tz::TimeZone;
use model::action::{FileChange, Resize, SocketIdentity, SysctlChange};
use model::{Action, Protocol};
use serde_json::{Value, json};

use super::Listing;
use crate::fixture::HOST;

pub fn resize(place: &str, from: u32, to: u32) -> Action {
    Action::Resize(Resize {
        socket: SocketIdentity {
            namespace: HOST,
            namespace_name: Some("host".into()),
            protocol: Protocol::Tcp,
            place: place.into(),
            inode: place.bytes().map(u64::from).sum(),
            cookie: Some(9),
            owner: Some("nginx".into()),
        },
        from,
        to,
    })
}

fn sysctl(to: i64) -> Action {
    Action::Sysctl(SysctlChange {
        namespace: HOST,
        namespace_name: Some("blue\x1b[2J".into()),
        name: "net.core.somaxconn".into(),
        from: 128,
        to,
    })
}

fn file() -> Action {
    Action::File(FileChange {
        path: "/etc/sysctl.d/99-listenq.conf".into(),
        from: None,
        to: Some("net.core.somaxconn = 4096\n".into()),
    })
}

/// One after the other, an hour apart; `ending` is null for a change that was killed.
fn write(history: &mut History, boot: &str, undoes: Option<u64>, actions: &[Action], ending: &Value) {
    let id = history.highest_id() + 1;
    let at = format!("2026-07-30T{id:02}:40:11Z");
    let command = match (undoes, actions) {
        (Some(_), _) => "undo",
        (None, [Action::Resize(_), ..]) => "resize",
        _ => "tune",
    };
    let mut begin = json!({
        "event": "begin", "schema_version": 1, "id": id, "at": at, "boot_id": boot, "hostname": "web-1",
        "version": "0.1.0", "argv": ["listenq", command],
        "who": {"uid": 0, "user": "root", "sudo_uid": 1000, "sudo_user": "alice", "pid": 4711},
        "plan": {"command": command, "actions": actions},
    });
    if let Some(target) = undoes {
        begin["plan"]["undoes"] = target.into();
    }
    history.read(begin.to_string().as_bytes());
    if !ending.is_null() {
        let endings = vec![ending.clone(); actions.len()];
        let end = json!({"event": "end", "schema_version": 1, "id": id, "at": at, "endings": endings});
        history.read(end.to_string().as_bytes());
    }
}

pub fn with_listing(use_it: impl FnOnce(&Listing)) {
    let done = json!({"ending": "done"});
    let failed = json!({"ending": "failed", "why": "no process holds it"});
    let mut history = History::default();
    write(&mut history, "old", None, &[resize("10.0.0.1:80", 5, 64)], &done);
    write(&mut history, "now", None, &[sysctl(4096), file()], &done);
    let two = [resize("0.0.0.0:8080", 5, 512), resize("0.0.0.0:8081", 5, 512)];
    write(&mut history, "now", None, &two, &done);
    write(&mut history, "now", None, &[sysctl(1)], &done);
    write(&mut history, "now", Some(4), &[sysctl(1).reversed()], &done);
    write(&mut history, "now", None, &[resize("[::]:443", 128, 4096)], &failed);
    write(
        &mut history,
        "now",
        None,
        &[resize("[::]:9000", 128, 4096)],
        &Value::Null,
    );
    let many: Vec<Action> = (0..10)
        .map(|port| resize(&format!("0.0.0.0:70{port:02}"), 5, 6))
        .collect();
    write(&mut history, "now", None, &many, &Value::Null);
    let now = |action: &Action| match action {
        Action::Sysctl(change) if change.to == 4096 => Now::AsSet,
        Action::Sysctl(_) => Now::Otherwise {
            why: "it is 4096 now".into(),
        },
        Action::Resize(change) if change.socket.place.ends_with(":8081") => Now::Gone {
            why: "the listener is gone".into(),
        },
        Action::Resize(_) | Action::File(_) => Now::AsSet,
    };
    let listing = Listing {
        directory: "/var/lib/listenq".into(),
        passed_over: history.passed_over,
        running: Some(8),
        zone: TimeZone::UTC,
        changes: judge(&history, Some("now"), now),
    };
    use_it(&listing);
}
