use model::selection::{Address, Netns, Process};
use model::{ListeningSocket, Protocol, Sample, Window};

use super::*;
use crate::fixture::{HOST, WEB, in_unit, member, owner, sample, tcp, unix};

fn planned(sockets: Vec<ListeningSocket>, selection: &Selection, request: Request) -> Result<Planned, Refusal> {
    of(&sample(sockets), selection, request)
}

fn of(sample: &Sample, selection: &Selection, request: Request) -> Result<Planned, Refusal> {
    plan(&Document::new(sample, Window::new(None, sample)), selection, request)
}

fn port(port: u16) -> Selection {
    Selection {
        ports: vec![port.to_string().parse().unwrap()],
        ..Selection::default()
    }
}

fn all() -> Selection {
    Selection {
        namespaces: vec![Netns::All],
        ..Selection::default()
    }
}

fn to(limit: u32) -> Request {
    Request {
        limit,
        ..Request::default()
    }
}

fn steps(planned: &Planned) -> Vec<String> {
    planned.plan.actions.iter().map(ToString::to_string).collect()
}

fn refused(result: Result<Planned, Refusal>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn one_listener() {
    let planned = planned(vec![tcp(80, 3, 128), tcp(81, 0, 128)], &port(80), to(512)).unwrap();
    assert_eq!(steps(&planned), ["0.0.0.0:80: limit 128 → 512"]);
    assert_eq!(planned.nothing, None);
    assert_eq!(planned.sockets().count(), 1);
    insta::assert_debug_snapshot!(planned.notes);
}

#[test]
fn nothing_said_is_not_everything() {
    let refusal = planned(vec![tcp(80, 0, 128), tcp(81, 0, 128)], &Selection::default(), to(512)).unwrap_err();
    assert_eq!(refusal, Refusal::NoSelection { listeners: 2 });
    let request = Request { all: true, ..to(512) };
    let planned = planned(vec![tcp(80, 0, 128), tcp(81, 0, 128)], &Selection::default(), request).unwrap();
    assert_eq!(steps(&planned).len(), 2);
}

#[test]
fn a_group_is_taken_whole_and_said() {
    let first = tcp(80, 0, 128);
    let worker = ListeningSocket {
        owners: Some([owner(101, "nginx")].into()),
        ..member(1, &first)
    };
    let by_pid = Selection {
        processes: vec![Process::Pid(101)],
        ..Selection::default()
    };
    let planned = planned(vec![first, worker, tcp(81, 0, 128)], &by_pid, to(512)).unwrap();
    assert_eq!(steps(&planned).len(), 2);
    assert!(
        planned.notes[0].starts_with("1 more socket shares the port"),
        "{:?}",
        planned.notes
    );
}

#[test]
fn several_programs_are_refused_with_a_list() {
    let redis = ListeningSocket {
        owners: Some([owner(7, "redis-server")].into()),
        ..tcp(6379, 0, 128)
    };
    let in_web = ListeningSocket {
        namespace: WEB,
        ..tcp(80, 0, 128)
    };
    let sockets = vec![
        tcp(80, 0, 128),
        tcp(443, 0, 128),
        redis,
        in_web,
        in_unit("other.service", tcp(81, 0, 128)),
    ];
    let refusal = planned(sockets.clone(), &all(), to(512)).unwrap_err();
    insta::assert_snapshot!(format!("{refusal}\n{}", refusal.list().join("\n")));
    let request = Request { all: true, ..to(512) };
    assert_eq!(steps(&planned(sockets, &all(), request).unwrap()).len(), 5);
}

/// Workers of one program have names and pids of their own; its executable and unit are one.
#[test]
fn workers_are_one_program() {
    let named = |pid, comm: &str| model::Owner {
        executable: Some("nginx".into()),
        ..owner(pid, comm)
    };
    let worker = |port, pid, comm| {
        let socket = ListeningSocket {
            owners: Some([named(pid, comm)].into()),
            ..tcp(port, 0, 128)
        };
        in_unit("nginx.service", socket)
    };
    let sockets = vec![worker(80, 1, "nginx"), worker(81, 2, "worker 1")];
    assert_eq!(steps(&planned(sockets, &all(), to(512)).unwrap()).len(), 2);
}

#[test]
fn unknown_owners_are_no_program() {
    let unknown = ListeningSocket {
        owners: None,
        ..tcp(80, 0, 128)
    };
    for all in [false, true] {
        let request = Request { all, ..to(512) };
        let said = refused(planned(vec![unknown.clone()], &port(80), request));
        assert!(
            said.contains("0.0.0.0:80") && said.contains("needs CAP_SYS_PTRACE"),
            "{said}"
        );
    }
}

#[test]
fn a_socket_that_nobody_holds_cannot_be_reached() {
    let nobody = ListeningSocket {
        owners: Some([].into()),
        ..tcp(2049, 0, 128)
    };
    let said = refused(planned(vec![nobody.clone()], &port(2049), to(512)));
    assert!(said.starts_with("no process holds 0.0.0.0:2049"), "{said}");
    let request = Request { all: true, ..to(512) };
    let planned = planned(vec![nobody, tcp(80, 0, 128)], &all(), request).unwrap();
    assert_eq!(steps(&planned), ["0.0.0.0:80: limit 128 → 512"]);
    assert!(planned.notes[0].contains("no process holds"), "{:?}", planned.notes);
}

#[test]
fn nothing_matches_names_the_nearest() {
    let refusal = planned(vec![tcp(80, 0, 128)], &port(81), to(512)).unwrap_err();
    let Refusal::Nothing { why } = refusal else {
        panic!("{refusal}")
    };
    assert!(why.contains("the nearest is 0.0.0.0:80"), "{why}");
}

#[test]
fn idle_unix_listeners_are_meant_only_when_asked_for() {
    let idle = || vec![unix("/run/x", 0, 128)];
    let refusal = planned(idle(), &all(), to(512)).unwrap_err();
    assert!(
        matches!(&refusal, Refusal::Nothing { why } if why.contains("--unix")),
        "{refusal}"
    );
    let by_path = Selection {
        addresses: vec![Address::Path("/run/x".into())],
        ..Selection::default()
    };
    assert_eq!(
        steps(&planned(idle(), &by_path, to(512)).unwrap()),
        ["/run/x: limit 128 → 512"]
    );
    let busy = planned(vec![unix("/run/x", 3, 128)], &all(), to(512)).unwrap();
    assert_eq!(steps(&busy).len(), 1);
}

#[test]
fn a_limit_that_is_right_is_nothing_to_do() {
    let planned = planned(vec![tcp(80, 0, 512)], &port(80), to(512)).unwrap();
    assert_eq!((planned.plan.actions.len(), planned.notes.len()), (0, 0));
    assert_eq!(
        planned.nothing.unwrap(),
        "the limit of 0.0.0.0:80 is 512 already: nothing to do"
    );
}

#[test]
fn somaxconn_is_named_and_raised_only_when_allowed() {
    let in_web = || {
        vec![ListeningSocket {
            namespace: WEB,
            ..tcp(80, 0, 128)
        }]
    };
    assert_eq!(
        planned(in_web(), &port(80), to(5000)).unwrap_err(),
        Refusal::AboveSomaxconn {
            limit: 5000,
            namespace: "netns web".into(),
            somaxconn: 4096
        }
    );
    let request = Request {
        raise_somaxconn: true,
        ..to(5000)
    };
    let raised = planned(in_web(), &port(80), request).unwrap();
    assert_eq!(
        steps(&raised),
        [
            "net.core.somaxconn in web: 4096 → 5000",
            "0.0.0.0:80 in web: limit 128 → 5000"
        ]
    );
    assert!(
        raised.notes[0].contains("every later listen() in netns web"),
        "{:?}",
        raised.notes
    );
    let low = Request {
        raise_somaxconn: true,
        ..to(4096)
    };
    assert_eq!(
        steps(&planned(in_web(), &port(80), low).unwrap()).len(),
        1,
        "it is high enough"
    );
}

#[test]
fn where_somaxconn_does_not_exist_nobody_raises_it() {
    let mut sample = sample(vec![tcp(80, 0, 128)]);
    sample.namespaces[0].settings.set(Setting::Somaxconn, None);
    let planned = of(&sample, &port(80), to(512)).unwrap();
    assert_eq!(steps(&planned).len(), 1);
    assert!(
        planned.notes.iter().any(|note| note.contains("nobody can raise it")),
        "{:?}",
        planned.notes
    );
    let request = Request {
        raise_somaxconn: true,
        ..to(5000)
    };
    let said = refused(of(&sample, &port(80), request));
    assert!(
        said.contains("does not exist") && said.contains("nobody can raise it"),
        "{said}"
    );
}

#[test]
fn an_unknown_limit_is_left_alone() {
    let blind = ListeningSocket {
        limit: None,
        ..tcp(80, 0, 128)
    };
    let said = refused(planned(vec![blind], &port(80), to(512)));
    assert!(said.contains("only /proc was read"), "{said}");
}

#[test]
fn shrinking_takes_leave_and_is_told_in_numbers() {
    let crowded = || vec![tcp(80, 300, 512)];
    let refusal = planned(crowded(), &port(80), to(10)).unwrap_err();
    assert!(
        matches!(refusal, Refusal::Shrinks { from: 512, to: 10, .. }),
        "{refusal}"
    );
    let request = Request {
        allow_shrink: true,
        ..to(10)
    };
    let notes = planned(crowded(), &port(80), request).unwrap().notes;
    assert_eq!(
        notes[0],
        "At 0.0.0.0:80 300 connections wait now. They stay, and every further one is refused until 10 or fewer are left."
    );
    assert!(
        !notes.iter().any(|note| note.contains("burst")),
        "that is about growing: {notes:?}"
    );
    let calm = planned(vec![tcp(80, 3, 512)], &port(80), request).unwrap().notes;
    assert!(calm[0].contains("holds 11 connections then instead of 513"), "{calm:?}");
    let blocked = planned(vec![unix("/run/x", 300, 512)], &all(), request).unwrap().notes;
    assert!(
        blocked[0].contains("connect() of every further client waits"),
        "{blocked:?}"
    );
}

#[test]
fn notes_are_of_the_case() {
    let mut sample = sample(vec![tcp(80, 0, 128)]);
    let settings = &mut sample.namespaces[0].settings;
    settings.set(Setting::TcpFastopen, Some(3));
    settings.set(Setting::TcpSyncookies, Some(0));
    settings.set(Setting::TcpMaxSynBacklog, Some(64));
    let notes = of(&sample, &port(80), to(512)).unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("Fast Open")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("three quarters")), "{notes:?}");
    let unix = planned(vec![unix("/run/x", 3, 128)], &all(), to(512)).unwrap().notes;
    assert!(!unix.iter().any(|note| note.contains("SYN queue")), "{unix:?}");
    let unknown = ListeningSocket {
        owners: Some([owner(1, "homegrown")].into()),
        ..tcp(80, 0, 128)
    };
    let notes = planned(vec![unknown], &port(80), to(512)).unwrap().notes;
    assert!(
        notes.last().unwrap().contains("When homegrown is restarted"),
        "{notes:?}"
    );
}

#[test]
fn what_tells_a_socket_from_others_goes_with_the_plan() {
    let planned = planned(vec![tcp(80, 0, 128)], &port(80), to(512)).unwrap();
    let socket = planned.sockets().next().unwrap();
    assert_eq!((socket.namespace, socket.protocol), (HOST, Protocol::Tcp));
    assert_eq!(
        (socket.inode, socket.cookie, socket.owner.as_deref()),
        (20_080, Some(80), Some("nginx"))
    );
}
