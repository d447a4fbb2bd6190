//! `listenq explain` as a user runs it, on this kernel.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]
#![expect(clippy::disallowed_methods, reason = "starts the real program")]

use std::process::{Command, Output};

use serde_json::Value;

fn explain(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_listenq"))
        .arg("explain")
        .args(arguments)
        .output()
        .unwrap()
}

fn answer(arguments: &[&str]) -> String {
    let output = explain(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every name leads to the same topic.
#[test]
fn a_counter_is_found_by_every_name() {
    for name in [
        &["ListenOverflows"][..],
        &["TcpExtListenOverflows"],
        &["TcpExt.ListenOverflows"],
        &["node_netstat_TcpExt_ListenOverflows"],
        &["times the listen queue of a socket overflowed"],
        &["    42 times the listen queue of a socket overflowed"],
        &["times", "the", "listen", "queue", "of", "a", "socket", "overflowed"],
        &["listen-overflows"],
    ] {
        let text = answer(name);
        assert!(text.starts_with("TcpExt.ListenOverflows"), "{name:?}: {text}");
    }
}

#[test]
fn present_values_of_this_host_are_in_it() {
    let somaxconn = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    let text = answer(&["net.core.somaxconn"]);
    let expected = format!("net.core.somaxconn = {} in this network namespace", somaxconn.trim());
    assert!(text.contains(&expected), "{text}");
}

#[test]
fn without_a_topic_the_way_of_a_connection_is_drawn() {
    let text = answer(&[]);
    for part in [
        "SYN QUEUE",
        "ACCEPT QUEUE",
        "tcp_syncookies = ",
        "somaxconn = ",
        "ListenOverflows ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn an_unknown_topic_is_status_3_with_the_nearest() {
    let output = explain(&["lisenoverflow"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("listen-overflows"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_hostile_topic_does_not_reach_the_terminal_raw() {
    let output = explain(&["\x1b[2Jevil\u{202e}"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(!output.stderr.contains(&0x1b));
}

#[test]
fn json_holds_the_topic_and_what_was_proved() {
    let document: Value = serde_json::from_str(&answer(&["ListenOverflows", "-o", "json"])).unwrap();
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["topics"][0]["id"], "listen-overflows");
    assert_eq!(document["proofs"], serde_json::json!([]));
}

#[test]
fn a_claim_is_played_on_this_kernel() {
    if let Err(missing) = lab::require::user_namespaces() {
        return lab::skip_or_fail("a_claim_is_played_on_this_kernel", &missing);
    }
    let text = answer(&["overflows-count-packets", "--prove"]);
    assert!(text.contains("Played on Linux"), "{text}");
    assert!(text.contains("TcpExt.ListenOverflows"), "{text}");
    assert!(text.contains("1 of 1 proofs hold on this kernel."), "{text}");
}

/// Without any namespace to be had: what it would need is said, and what was recorded elsewhere is shown as that.
#[test]
fn where_nothing_can_be_played_the_record_is_shown_as_recorded() {
    const NAME: &str = "where_nothing_can_be_played_the_record_is_shown_as_recorded";
    if let Err(missing) = lab::require::root() {
        return lab::skip_or_fail(NAME, &missing);
    }
    // A user without capabilities in a user namespace that allows no other one below it.
    let script = "echo 0 > /proc/sys/user/max_user_namespaces && \
                  exec setpriv --reuid=0 --inh-caps=-all --bounding-set=-all \"$0\" explain overflows-count-packets --prove";
    let output = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "sh",
            "-c",
            script,
            env!("CARGO_BIN_EXE_listenq"),
        ])
        .output()
        .unwrap();
    let (said, text) = (
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout),
    );
    assert_eq!(output.status.code(), Some(2), "{said}{text}");
    assert!(
        said.contains("cannot be played here: a network namespace is not to be had"),
        "{said}"
    );
    assert!(text.contains("RECORDED on Linux"), "{text}");
    assert!(!text.contains("Played on"), "{text}");
}
