//! The life of a stage: commands inside it, its time, its end, and that nothing is left.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use crate::Named;
use crate::harness::Outcome;
use crate::lab::{self, LabError, Launch, Stage};
use crate::readings::inside;
use crate::waiting::{eventually, unless_missing};

pub const CASES: [Named; 9] = [
    ("catalogue", catalogue),
    ("commands_inside", commands_inside),
    ("commands_side_by_side", commands_side_by_side),
    ("a_namespace_of_its_own", a_namespace_of_its_own),
    ("a_namespace_in_this_process", a_namespace_in_this_process),
    ("a_command_dies_with_its_stage", a_command_dies_with_its_stage),
    ("the_time_of_a_stage", the_time_of_a_stage),
    ("nothing_is_left_behind", nothing_is_left_behind),
    ("nothing_is_left_of_a_killed_caller", nothing_is_left_of_a_killed_caller),
];

/// The first argument that makes this program a caller that waits to be killed.
const CALLER: &str = "caller";

fn stage(scene: &str) -> Result<Stage, lab::Missing> {
    unless_missing(Stage::launch(&Launch::new("/proc/self/exe", scene)))
}

fn alive(pid: u32) -> bool {
    // A zombie is dead: where no init reaps, it stays in the list.
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn gone(pid: u32) {
    eventually("a process is gone", || (!alive(pid)).then_some(()));
}

#[expect(clippy::unnecessary_wraps, reason = "a case like the others")]
fn catalogue() -> Outcome {
    let mut names: Vec<_> = lab::scenes().iter().map(|scene| scene.name).collect();
    assert_eq!(names.len(), 17);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 17, "a name is there twice");
    for scene in lab::scenes() {
        assert!(scene.look_at.contains("listenq"), "{}", scene.name);
        for p in scene.parameters {
            assert!((p.min..=p.max).contains(&p.default), "{}: {}", scene.name, p.name);
        }
    }
    let unknown = Stage::launch(&Launch::new("/proc/self/exe", "nonsense")).unwrap_err();
    assert!(unknown.to_string().contains("never-accept"), "{unknown}");
    let large = Stage::launch(&Launch::new("/proc/self/exe", "many").set("listeners", 20_001));
    assert!(matches!(large, Err(LabError::SettingOutOfRange { max: 20_000, .. })));
    let absent = Stage::launch(&Launch::new("/no/such/program", "idle")).unwrap_err();
    assert!(absent.to_string().contains("/no/such/program"), "{absent}");
    let other = Stage::launch(&Launch::new("/bin/true", "idle"));
    assert!(other.is_err(), "a program that is no host of the lab was taken for one");
    Ok(())
}

fn commands_inside() -> Outcome {
    let stage = stage("idle")?;
    let output = stage
        .run_inside(["sh", "-c", "echo out; echo err >&2; exit 7"])
        .unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (&b"out\n"[..], &b"err\n"[..])
    );
    let long = inside(&stage, &["head", "-c", "3000000", "/dev/zero"]);
    assert_eq!(long.len(), 3_000_000);
    assert_eq!(inside(&stage, &["cat"]), "", "standard input is empty");
    let absent = stage.run_inside(["/no/such/program"]).unwrap_err();
    assert!(absent.to_string().contains("/no/such/program"), "{absent}");
    let none: [&str; 0] = [];
    assert!(stage.run_inside(none).is_err());
    assert!(
        stage.run_attached(["true"]).unwrap().success(),
        "after errors the stage goes on"
    );
    Ok(())
}

fn commands_side_by_side() -> Outcome {
    let stage = stage("idle")?;
    let sleeper = stage.start_inside(["sleep", "1000"]).unwrap();
    let mut talker = stage.start_inside(["sh", "-c", "echo ready; exec sleep 1000"]).unwrap();
    let mut line = [0; 6];
    talker.stdout().read_exact(&mut line).unwrap();
    assert_eq!(&line, b"ready\n");
    assert_eq!(inside(&stage, &["echo", "between"]), "between\n");
    talker.interrupt().unwrap();
    let interrupted = talker.output(Duration::from_secs(10)).unwrap();
    assert_eq!(interrupted.status.signal(), Some(2));
    let pid = sleeper.pid();
    assert!(alive(pid));
    let late = sleeper.output(Duration::from_millis(50));
    assert!(late.is_err(), "a command that does not end in its time is killed");
    gone(pid);
    Ok(())
}

fn a_namespace_of_its_own() -> Outcome {
    let stage = stage("idle")?;
    let namespace = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/net")).unwrap();
    let of_stage = namespace(&stage.pid().to_string());
    assert_ne!(of_stage, namespace("self"));
    assert_eq!(of_stage.to_str().unwrap(), format!("net:[{}]", stage.facts().netns));
    let links = inside(&stage, &["readlink", "/proc/self/ns/net"]);
    assert_eq!(links.trim(), of_stage.to_str().unwrap());
    let devices = inside(&stage, &["cat", "/proc/net/dev"]);
    let others = devices.lines().skip(2).filter(|line| {
        // Some kernels put these into every namespace; they are down.
        ![
            "lo:",
            "tunl0:",
            "sit0:",
            "ip6tnl0:",
            "gre0:",
            "gretap0:",
            "erspan0:",
            "ip_vti0:",
            "ip6_vti0:",
            "ip6gre0:",
        ]
        .iter()
        .any(|known| line.trim_start().starts_with(known))
    });
    assert_eq!(others.count(), 0, "{devices}");
    Ok(())
}

/// Root has one (or learns what a container withholds); an ordinary user is told that it is
/// privilege that is missing.
fn a_namespace_in_this_process() -> Outcome {
    match (lab::Namespace::new(), lab::require::root()) {
        (Err(LabError::Missing(missing)), Ok(())) => Err(missing),
        (Err(LabError::Missing(missing)), Err(_)) => {
            assert!(missing.privilege);
            Ok(())
        }
        (Err(error), _) => panic!("{error}"),
        (Ok(namespace), root) => {
            assert!(namespace.inode().is_ok() && root.is_ok());
            Ok(())
        }
    }
}

fn a_command_dies_with_its_stage() -> Outcome {
    let stage = stage("idle")?;
    let sleeper = stage.start_inside(["sleep", "1000"]).unwrap().pid();
    stage.finish().unwrap();
    gone(sleeper);
    Ok(())
}

fn the_time_of_a_stage() -> Outcome {
    let launch = Launch::new("/proc/self/exe", "idle").hold(Duration::from_millis(300));
    let mut stage = unless_missing(Stage::launch(&launch))?;
    let owner = stage.facts().listeners[0].owners[0];
    stage.wait().unwrap();
    gone(owner);
    assert!(
        stage.run_inside(["true"]).is_err(),
        "a stage that has ended runs nothing"
    );
    stage.finish().unwrap();
    Ok(())
}

/// All processes of a stage, and the directory of its unix sockets.
fn traces(stage: &Stage) -> (Vec<u32>, String) {
    let mut pids: Vec<_> = stage.facts().processes.iter().map(|process| process.pid).collect();
    pids.push(stage.pid());
    let path = stage.facts().listener("stream-path").unwrap().path.clone().unwrap();
    (pids, path)
}

fn nothing_is_left_behind() -> Outcome {
    let stage = stage("unix-full")?;
    let (pids, path) = traces(&stage);
    assert!(pids.iter().all(|&pid| alive(pid)) && Path::new(&path).exists());
    stage.finish().unwrap();
    assert!(pids.iter().all(|&pid| !alive(pid)), "finish() returned too early");
    assert!(!Path::new(&path).parent().unwrap().exists());
    Ok(())
}

/// The caller is killed without a chance to clean up; the stage sees its control socket close.
#[expect(clippy::disallowed_methods, reason = "a test starts itself again to kill it")]
fn nothing_is_left_of_a_killed_caller() -> Outcome {
    drop(stage("idle")?); // skipped where no stage can be had
    let mut caller = Command::new("/proc/self/exe")
        .arg(CALLER)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(caller.stdout.take().unwrap()).lines();
    let path = lines.next().expect("a path").unwrap();
    let pids: Vec<u32> = lines
        .next()
        .expect("pids")
        .unwrap()
        .split(' ')
        .map(|pid| pid.parse().unwrap())
        .collect();
    assert!(pids.len() > 16 && pids.iter().all(|&pid| alive(pid)));
    caller.kill().unwrap();
    caller.wait().unwrap();
    pids.into_iter().for_each(gone);
    eventually("the directory is gone", || {
        (!Path::new(&path).parent()?.exists()).then_some(())
    });
    Ok(())
}

/// Plays the caller that is killed, if the arguments say so.
pub fn caller_if_asked() -> Option<ExitCode> {
    if std::env::args().nth(1).as_deref() != Some(CALLER) {
        return None;
    }
    let mut stage = stage("unix-full").unwrap();
    let (pids, path) = traces(&stage);
    let pids: Vec<_> = pids.iter().map(ToString::to_string).collect();
    println!("{path}\n{}", pids.join(" "));
    stage.wait().unwrap();
    Some(ExitCode::SUCCESS)
}
