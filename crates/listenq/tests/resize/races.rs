//! What may happen between the plan and the change, forced step by step with a real program.

use std::fs;
use std::process::Command;

use fix::duplicate::{DuplicateError, Holder, duplicate};
use fix::listening::{Listening, NotIt};
use fix::{Ending, Host, Journal, OnTrouble, Plan, Report};
use model::Action;
use model::action::SocketIdentity;
use probe::Roots;
use rustix::net::sockopt;

use crate::owner::Owner;
use crate::run::{is_root, limits, may_touch_own, planned, state};

fn carried_out(plan: &Plan) -> Report {
    let directory = state();
    let mut journal = Journal::open(directory.path(), None).unwrap();
    let mut host = Host::open(Roots::default()).unwrap();
    fix::carry_out(plan, &mut host, &mut journal, OnTrouble::TakeBack).unwrap()
}

fn why(report: &Report) -> &str {
    match &report.steps[0].ending {
        Ending::Failed { why } => why,
        other => panic!("{other:?}"),
    }
}

fn limit(owner: &Owner) -> Vec<u64> {
    limits(&format!("--port {} --netns self", owner.port))
}

#[test]
fn the_owner_closes() {
    let mut owner = Owner::new(128);
    let plan = planned(&[owner.port], 512);
    owner.order("close");
    let report = carried_out(&plan);
    assert!(why(&report).contains("the listener is gone"), "{report:?}");
}

/// A socket that was shut down is still bound, and listen() would let it listen again: it is never called.
#[test]
fn the_owner_shuts_down() {
    let mut owner = Owner::new(128);
    let plan = planned(&[owner.port], 512);
    owner.order("shutdown");
    let report = carried_out(&plan);
    assert!(why(&report).contains("the listener is gone"), "{report:?}");
    assert_eq!(owner.order("listens?"), "false");
}

#[test]
fn the_owner_listens_again_with_another_number() {
    let mut owner = Owner::new(128);
    let plan = planned(&[owner.port], 512);
    owner.order("listen 300");
    let report = carried_out(&plan);
    assert!(
        why(&report).contains("was 128 when the plan was made, and is 300 now"),
        "{report:?}"
    );
    assert_eq!(limit(&owner), [300], "its own number stays");
}

#[test]
fn the_owner_dies() {
    let mut owner = Owner::new(128);
    let plan = planned(&[owner.port], 512);
    owner.kill();
    let report = carried_out(&plan);
    assert!(why(&report).contains("the listener is gone"), "{report:?}");
}

/// The same address, program and port, but another socket.
#[test]
fn the_owner_is_restarted() {
    let mut owner = Owner::new(128);
    let plan = planned(&[owner.port], 512);
    owner.kill();
    let role = format!("127.0.0.1:{} 128", owner.port);
    let again = Owner::through(&[], &std::env::current_exe().unwrap(), &role);
    let report = carried_out(&plan);
    assert!(why(&report).contains("the listener is gone"), "{report:?}");
    assert_eq!(limit(&again), [128]);
}

#[test]
fn one_of_several_is_gone_and_the_others_are_taken_back() {
    if !may_touch_own("one_of_several_is_gone_and_the_others_are_taken_back") {
        return;
    }
    let mut owners: Vec<Owner> = (0..4).map(|_| Owner::new(128)).collect();
    let mut plan = planned(&owners.iter().map(|owner| owner.port).collect::<Vec<_>>(), 512);
    let third = format!(":{}", owners[2].port);
    plan.actions.sort_by_key(|action| action.to_string().contains(&third));
    plan.actions.swap(2, 3);
    owners[2].order("close");
    let report = carried_out(&plan);
    let endings: Vec<&Ending> = report.steps.iter().map(|step| &step.ending).collect();
    assert!(
        matches!(
            endings[..],
            [
                Ending::TakenBack,
                Ending::TakenBack,
                Ending::Failed { .. },
                Ending::NotTried
            ]
        ),
        "{endings:?}"
    );
    assert_eq!(report.in_effect(), 0);
    for owner in [&owners[0], &owners[1], &owners[3]] {
        assert_eq!(limit(owner), [128]);
    }
}

/// As when somaxconn is lowered after the plan was made, or was never known.
#[test]
fn the_kernel_cuts_the_limit_and_the_old_one_is_put_back() {
    if !may_touch_own("the_kernel_cuts_the_limit_and_the_old_one_is_put_back") {
        return;
    }
    let owner = Owner::new(128);
    let mut plan = planned(&[owner.port], 512);
    let Action::Resize(change) = &mut plan.actions[0] else {
        panic!("{plan:?}");
    };
    change.to = i32::MAX as u32;
    let report = carried_out(&plan);
    let why = why(&report);
    assert!(
        why.contains("cut by net.core.somaxconn") && why.ends_with("it was put back"),
        "{why}"
    );
    assert_eq!(limit(&owner), [128]);
}

fn identity(plan: &Plan) -> SocketIdentity {
    match &plan.actions[0] {
        Action::Resize(change) => change.socket.clone(),
        other => panic!("{other}"),
    }
}

fn holder(owner: &Owner, socket: &SocketIdentity) -> Holder {
    let table = crate::owner::descriptors(&owner.pid().to_string());
    let target = format!(":socket:[{}]", socket.inode);
    let entry = table.iter().find(|entry| entry.ends_with(&target)).unwrap();
    Holder {
        pid: owner.pid(),
        started: Some(owner.started()),
        fd: entry.split(':').next().unwrap().parse().unwrap(),
    }
}

/// The last moment: the descriptor was taken and checked, and the owner shuts down before listen().
#[test]
fn the_owner_shuts_down_while_we_hold_the_descriptor() {
    if !may_touch_own("the_owner_shuts_down_while_we_hold_the_descriptor") {
        return;
    }
    let mut owner = Owner::new(128);
    let socket = identity(&planned(&[owner.port], 512));
    let taken = duplicate(&Roots::default(), &holder(&owner, &socket)).unwrap();
    let listening = Listening::check(taken, &socket).unwrap();
    owner.order("shutdown");
    assert_eq!(listening.listen_again(512).unwrap_err(), NotIt::NotListening);
    assert_eq!(owner.order("listens?"), "false");
}

/// The number of the descriptor stands for another listener by now.
#[test]
fn the_descriptor_is_used_again() {
    if !may_touch_own("the_descriptor_is_used_again") {
        return;
    }
    let (owner, other) = (Owner::new(128), Owner::new(128));
    let (socket, others) = (
        identity(&planned(&[owner.port], 512)),
        identity(&planned(&[other.port], 512)),
    );
    let taken = duplicate(&Roots::default(), &holder(&other, &others)).unwrap();
    assert_eq!(Listening::check(taken, &socket).unwrap_err(), NotIt::Other);
    assert_eq!(limit(&other), [128]);
}

/// In a pid namespace of its own, where the next pid can be chosen: the number really is another process's.
#[test]
fn the_pid_is_given_to_another_process() {
    let test = "the_pid_is_given_to_another_process";
    if !is_root(test) {
        return;
    }
    if fs::metadata(NEXT).is_err() {
        return crate::compiled::skip(
            test,
            "kernel.ns_last_pid",
            "this kernel has none (CONFIG_CHECKPOINT_RESTORE)",
        );
    }
    let mut command = Command::new("unshare");
    command
        .args(["--pid", "--fork", "--mount-proc"])
        .arg(std::env::current_exe().unwrap());
    command.args(["--exact", "races::inside_a_pid_namespace", "--ignored", "--nocapture"]);
    let output = command.env(INSIDE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

const NEXT: &str = "/proc/sys/kernel/ns_last_pid";
const INSIDE: &str = "LISTENQ_TEST_INSIDE";

#[test]
#[ignore = "the part of the test above that is played inside"]
fn inside_a_pid_namespace() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let mut first = Owner::new(128);
    let socket = identity(&planned(&[first.port], 512));
    let stale = holder(&first, &socket);
    first.kill();
    // The start of a process is told in hundredths of a second; both must not have begun in the same one.
    crate::run::wait_until("that hundredth is over", || {
        probe::clock::since_boot().as_millis() / 10 > u128::from(stale.started.unwrap()) + 1
    });
    // Threads of this process take numbers, too: tried until it is given.
    let second = (0..100).find_map(|_| {
        fs::write(NEXT, (stale.pid - 1).to_string()).unwrap();
        let second = Owner::new(128);
        (second.pid() == stale.pid).then_some(second)
    });
    let second = second.unwrap();
    assert_ne!(Some(second.started()), stale.started);
    let error = duplicate(&Roots::default(), &stale).unwrap_err();
    assert_eq!(error, DuplicateError::Reused { pid: stale.pid });
    assert_eq!(limit(&second), [128]);
    let fresh = Holder {
        started: Some(second.started()),
        ..stale
    };
    let taken = duplicate(&Roots::default(), &fresh).unwrap();
    assert_eq!(sockopt::socket_acceptconn(&taken), Ok(true));
    assert_eq!(
        Listening::check(taken, &socket).unwrap_err(),
        NotIt::Other,
        "and the socket is another one"
    );
}
