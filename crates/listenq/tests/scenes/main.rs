//! Every scene of the lab, looked at with the real program inside the scene's namespace: what it says agrees with
//! what the scene did, and row for row with what `ss` says. Runs as root and as an ordinary user alike.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]

mod compare;
mod said;
mod ss;

use lab::{LabError, Launch, Stage};

/// Launches a scene, or says why not; compares what listenq says of it with its facts and with ss.
fn agrees(scene: &str) -> Option<Stage> {
    let stage = stage(scene)?;
    compare::with_facts(&stage);
    compare::with_ss(&stage);
    Some(stage)
}

fn stage(scene: &str) -> Option<Stage> {
    let missing = lab::find(scene)
        .unwrap()
        .needs
        .iter()
        .find_map(|need| need.check().err());
    let missing = missing.or_else(|| lab::require::user_namespaces().err());
    if let Some(missing) = missing {
        lab::skip_or_fail(scene, &missing);
        return None;
    }
    match Stage::launch(&Launch::new(env!("CARGO_BIN_EXE_listenq"), scene)) {
        // What only the scene finds out: up to Linux 6.1 an ordinary user's namespace has no somaxconn.
        Err(LabError::Missing(missing)) => {
            lab::skip_or_fail(scene, &missing);
            None
        }
        launched => Some(launched.unwrap()),
    }
}

macro_rules! scenes_that_agree {
    ($($test:ident: $scene:literal),* $(,)?) => {
        $(
            #[test]
            fn $test() {
                let _stage = agrees($scene);
            }
        )*

        /// A scene that is added to the lab has to be added here.
        #[test]
        fn every_scene_has_a_test() {
            let tested = [$($scene),*];
            for scene in lab::scenes() {
                assert!(tested.contains(&scene.name), "{} has no test", scene.name);
            }
        }
    };
}

scenes_that_agree! {
    idle: "idle",
    never_accept: "never-accept",
    slow_accept: "slow-accept",
    batch_accept: "batch-accept",
    burst: "burst",
    reuseport_stuck: "reuseport-stuck",
    half_open: "half-open",
    clients_left: "clients-left",
    unix_full: "unix-full",
    clamped: "clamped",
    ipv6: "ipv6",
    stopped: "stopped",
    frozen: "frozen",
    out_of_fds: "out-of-fds",
    mptcp: "mptcp",
    leaked: "leaked",
    many: "many",
}

#[test]
fn a_full_queue_that_refuses_is_dropping_under_watch() {
    let Some(stage) = stage("never-accept") else { return };
    let lines = said::watched(&stage, 3);
    let refusing =
        |line: &serde_json::Value| line["state"] == "dropping" && line["drops"]["per_second"].as_f64() > Some(0.0);
    assert!(lines.iter().any(refusing), "{lines:#?}");
}

#[test]
fn check_says_by_its_status_what_is_at_risk() {
    let Some(full) = stage("never-accept") else { return };
    assert_eq!(said::status(&full, &["--check", "--tcp"]), Some(1));
    let Some(idle) = stage("idle") else { return };
    assert_eq!(said::status(&idle, &["--check", "--tcp", "--netns", "self"]), Some(0));
}

#[test]
fn would_overflow_marks_what_an_old_limit_would_not_have_held() {
    let Some(stage) = stage("never-accept") else { return };
    let length = said::listeners(&stage, &["--netns", "self", "--tcp"])[0]["accept_queue"]["length"]
        .as_u64()
        .unwrap();
    // A limit of N holds N + 1.
    for (limit, expected) in [(length - 1, false), (length - 2, true)] {
        let limit = limit.to_string();
        let arguments = ["--netns", "self", "--tcp", "--would-overflow-at", &limit];
        assert_eq!(
            said::listeners(&stage, &arguments)[0]["would_overflow"],
            expected,
            "limit {limit}"
        );
    }
}

#[test]
fn one_value_is_printed_and_nothing_else() {
    let Some(stage) = stage("half-open") else { return };
    let fact = &stage.facts().listeners[0];
    let port = fact.address.unwrap().port().to_string();
    let output = said::run(
        &stage,
        &["--port", &port, "--netns", "self", "--get", "syn_queue.length"],
    );
    let length: u32 = said::text(&output.stdout).trim().parse().unwrap();
    assert!(fact.half_open.contains(length), "{length} is not {}", fact.half_open);
}

/// From another namespace: root enters the scene's; an ordinary user is told by /proc, which knows no limits, and says so.
#[test]
fn a_scene_is_seen_from_outside() {
    let Some(stage) = stage("never-accept") else { return };
    let fact = &stage.facts().listeners[0];
    let document = said::from_outside(&["-o", "json"]);
    let listeners = document["listeners"].as_array().unwrap();
    let listener = listeners
        .iter()
        .find(|listener| listener["inode"] == fact.inode)
        .unwrap();
    assert_eq!(listener["accept_queue"]["length"], fact.length.max);
    let space = document["namespaces"]
        .as_array()
        .unwrap()
        .iter()
        .find(|space| space["id"] == listener["namespace"]);
    assert!(space.is_some_and(|space| space["name"] != "host"), "{space:?}");
    if lab::require::root().is_ok() {
        assert_eq!(listener["accept_queue"]["limit"], fact.limit);
        assert_eq!(listener["state"], "full");
    } else {
        assert!(
            listener["accept_queue"]["limit"].is_null() && listener["state"].is_null(),
            "{listener:#}"
        );
        let tcp = document["sources"]
            .as_array()
            .unwrap()
            .iter()
            .find(|source| source["name"] == "tcp")
            .unwrap();
        assert_eq!(tcp["status"], "degraded");
    }
}

#[test]
fn an_unknown_port_names_the_nearest_and_is_status_3() {
    let Some(stage) = stage("never-accept") else { return };
    let port = stage.facts().listeners[0].address.unwrap().port();
    let output = said::run(
        &stage,
        &["--port", &(port + 1).to_string(), "-o", "json", "--netns", "self"],
    );
    assert_eq!(output.status.code(), Some(3));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["listeners"].as_array().map(Vec::len), Some(0));
    let reason = said::text(&output.stderr);
    assert!(reason.contains(&format!("nearest is 127.0.0.1:{port}")), "{reason}");
}
