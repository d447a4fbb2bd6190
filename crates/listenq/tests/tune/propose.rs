//! What is proposed in scenes of the lab.

use serde_json::Value;

use crate::run::{hidden_somaxconn, inside, json, stage};

fn namespace(stage: &lab::Stage, arguments: &[&str]) -> Value {
    let mut document = json(&inside(stage, &[arguments, &["-o", "json"]].concat()));
    assert_eq!(document["schema_version"], 1);
    let namespaces = document["namespaces"].as_array_mut().unwrap();
    assert_eq!(namespaces.len(), 1);
    namespaces.remove(0)
}

fn why<'a>(namespace: &'a Value, sysctl: &str) -> &'a str {
    let kept = namespace["kept"].as_array().unwrap();
    let one = kept.iter().find(|one| one["sysctl"] == sysctl);
    one.unwrap_or_else(|| panic!("{namespace:#}"))["why"].as_str().unwrap()
}

#[test]
fn a_full_queue_cut_by_somaxconn_raises_it() {
    let Some(stage) = stage("a_full_queue_cut_by_somaxconn_raises_it", "clamped", &[("clients", 65)]) else {
        return;
    };
    let namespace = namespace(&stage, &[]);
    let change = &namespace["changes"][0];
    assert_eq!(
        (&change["sysctl"], &change["from"], &change["to"]),
        (&"net.core.somaxconn".into(), &64.into(), &4096.into())
    );
    let evidence = &change["evidence"][0];
    assert_eq!(
        (&evidence["value"], &evidence["source"]),
        (&"65 of 64".into(), &"sock_diag".into()),
        "{change:#}"
    );
    let listeners = &namespace["listeners"][0];
    assert_eq!(
        (&listeners["next"], &listeners["next_limit"]),
        (&"up_to".into(), &4096.into())
    );
    assert_eq!(listeners["command"], "listenq resize 4096 --port 8080");
}

#[test]
fn a_limit_that_the_program_chose_is_no_matter_of_a_sysctl() {
    const TEST: &str = "a_limit_that_the_program_chose_is_no_matter_of_a_sysctl";
    let Some(stage) = stage(TEST, "never-accept", &[]) else {
        return;
    };
    let namespace = namespace(&stage, &["--for", "1s"]);
    assert_eq!(namespace["changes"], serde_json::json!([]), "{namespace:#}");
    let said = why(&namespace, "net.core.somaxconn");
    if said.starts_with("it cannot be read here") {
        return lab::skip_or_fail(TEST, &hidden_somaxconn());
    }
    assert!(said.contains("asked for less"), "{said}");
    let advice = namespace["advice"].as_array().unwrap();
    let texts: Vec<&str> = advice.iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert!(texts[0].contains("its program asked for"), "{texts:?}");
    assert!(texts[1].contains("full at both looks"), "{texts:?}");
    assert!(
        advice[0]["command"]
            .as_str()
            .unwrap()
            .starts_with("listenq resize 128 --port ")
    );
}

#[test]
fn nothing_is_proposed_where_all_is_well() {
    let Some(stage) = stage("nothing_is_proposed_where_all_is_well", "idle", &[]) else {
        return;
    };
    let namespace = namespace(&stage, &[]);
    assert_eq!(
        (&namespace["changes"], &namespace["advice"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );
    assert_eq!(namespace["kept"].as_array().unwrap().len(), 4);
    assert!(why(&namespace, "net.ipv4.tcp_max_syn_backlog").starts_with("of no effect while tcp_syncookies is 1"));
}

/// Settings of a scene's namespace are those of its root's; the next look sees what was set there.
#[test]
fn settings_that_do_harm_are_taken_back_to_the_default() {
    let Some(stage) = stage("settings_that_do_harm_are_taken_back_to_the_default", "idle", &[]) else {
        return;
    };
    let values = [
        "--tcp-syncookies",
        "2",
        "--tcp-abort-on-overflow",
        "1",
        "--apply",
        "--yes",
    ];
    assert_eq!(inside(&stage, &values).status.code(), Some(0));
    let namespace = namespace(&stage, &[]);
    let changes = namespace["changes"].as_array().unwrap();
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change["sysctl"].as_str().unwrap(), change["to"].as_i64().unwrap()))
        .collect();
    assert_eq!(
        told,
        [("net.ipv4.tcp_syncookies", 1), ("net.ipv4.tcp_abort_on_overflow", 0)]
    );
}

/// Half-open connections fill the SYN queue of a listener while cookies are off.
#[test]
fn a_syn_queue_that_refused_without_cookies_switches_them_on() {
    let settings = [("backlog", 16), ("count", 60), ("syncookies", 0)];
    let Some(stage) = stage(
        "a_syn_queue_that_refused_without_cookies_switches_them_on",
        "half-open",
        &settings,
    ) else {
        return;
    };
    let namespace = namespace(&stage, &[]);
    let change = &namespace["changes"][0];
    assert_eq!(
        (&change["sysctl"], &change["to"]),
        (&"net.ipv4.tcp_syncookies".into(), &1.into()),
        "{namespace:#}"
    );
    assert_eq!(change["evidence"][0]["fact"], "TcpExt.TCPReqQFullDrop");
    assert!(why(&namespace, "net.ipv4.tcp_max_syn_backlog").starts_with("of no effect while tcp_syncookies is 1"));
}

/// Of 40 the rule leaves 30, and the limit of the listener is 128: below half of it, so nothing is pruned meanwhile.
#[test]
fn the_three_quarter_rule_that_binds_is_lifted() {
    let settings = [
        ("backlog", 128),
        ("count", 60),
        ("syncookies", 0),
        ("max_syn_backlog", 40),
    ];
    let Some(stage) = stage("the_three_quarter_rule_that_binds_is_lifted", "half-open", &settings) else {
        return;
    };
    let namespace = namespace(&stage, &[]);
    let change = &namespace["changes"][0];
    assert_eq!(
        (&change["sysctl"], &change["from"], &change["to"]),
        (&"net.ipv4.tcp_max_syn_backlog".into(), &40.into(), &256.into()),
        "{namespace:#}"
    );
    assert_eq!(change["evidence"][0]["value"], "31 of 30, by the ¾ rule");
}
