//! Topics are found by whatever people have in hand.

use listenq_knowledge::{Found, Kind, Topic, find, topics};
use proptest::prelude::*;

/// Ids of what is found, the likeliest first; nothing if nothing is.
fn found(asked: &str) -> Vec<&'static str> {
    match find(asked) {
        Found::Topic(topic) => vec![topic.id],
        Found::Several(topics) => topics.iter().map(|topic| topic.id).collect(),
        Found::Nothing(_) => Vec::new(),
    }
}

/// Ids of what is offered where nothing is found.
fn nearest(asked: &str) -> Option<Vec<&'static str>> {
    match find(asked) {
        Found::Nothing(topics) => Some(topics.iter().map(|topic| topic.id).collect()),
        Found::Topic(_) | Found::Several(_) => None,
    }
}

#[track_caller]
fn is_near(asked: &str, id: &str) {
    let nearest = nearest(asked);
    assert_eq!(nearest.as_ref().map(Vec::len), Some(3), "{asked}: {:?}", found(asked));
    assert_eq!(nearest.unwrap_or_default().first(), Some(&id), "{asked}");
}

#[track_caller]
fn is(asked: &str, id: &str) {
    assert_eq!(found(asked), [id], "{asked}");
}

#[track_caller]
fn begins_with(asked: &str, id: &str) {
    assert_eq!(found(asked).first(), Some(&id), "{asked}: {:?}", found(asked));
}

#[test]
fn a_counter_by_every_spelling() {
    for asked in [
        "listen-overflows",
        "ListenOverflows",
        "listenoverflows",
        "TcpExt.ListenOverflows",
        "TcpExt:ListenOverflows",
        "TcpExtListenOverflows",
        "TcpExtListenOverflows             12                 0.0",
        "times the listen queue of a socket overflowed",
        "    42 times the listen queue of a socket overflowed",
        "node_netstat_TcpExt_ListenOverflows",
        r#"node_netstat_TcpExt_ListenOverflows{instance="web-1:9100",job="node"} 42"#,
        "rate(node_netstat_TcpExt_ListenOverflows[5m])",
        r#"container_network_advance_tcp_stats_total{tcp_state="listenoverflows"}"#,
        "system.net.tcp.listen_overflows",
        "system.net.tcp.listen_overflows.count",
        "network.tcp.listenoverflows",
        "nstat -az TcpExtListenOverflows",
        "listen overflows",
        "What does ListenOverflows mean?",
        "ip.tcp_accept_queue overflows",
    ] {
        is(asked, "listen-overflows");
    }
}

#[test]
fn other_counters_as_other_tools_print_them() {
    is("7 SYNs to LISTEN sockets dropped", "listen-drops");
    is("    TCPReqQFullDoCookies: 12", "tcp-req-q-full-do-cookies");
    is("TCP-MIB::tcpActiveOpens.0", "active-opens");
    is("tcpPassiveOpens", "passive-opens");
    is("node_netstat_Tcp_CurrEstab 5", "curr-estab");
    is("3 resets received for embryonic SYN_RECV sockets", "embryonic-rsts");
    is("system.net.tcp.backlog_drops", "tcp-backlog-drop");
    is("MPTcpExtMPJoinNoTokenFound 1 0.0", "mp-join-no-token-found");
    is("protocols-TcpExt/protocol_counter-ListenDrops", "listen-drops");
}

#[test]
fn exporters_and_agents_each_have_their_own_way() {
    let cadvisor = r#"container_network_advance_tcp_stats_total{container="web",tcp_state="tcpreqqfulldocookies"}"#;
    is(cadvisor, "tcp-req-q-full-do-cookies");
    begins_with(
        r#"container_network_tcp_usage_total{tcp_state="synrecv"}"#,
        "ss-syn-recv",
    );
    is(
        r#"irate(node_netstat_TcpExt_ListenDrops{instance=~"web.*"}[5m])"#,
        "listen-drops",
    );
    is("node_netstat_Tcp_RetransSegs", "retrans-segs");
    is("system.net.tcp.syn_cookies_failed.count", "syncookies-failed");
    is("system.net.tcp.established_resets", "estab-resets");
    is("ip.tcp_syn_queue drops", "tcp-req-q-full-drop");
    is("1m_tcp_accept_queue_drops", "listen-drops");
    is("nstat,host=web TcpExtSyncookiesSent=12i", "syncookies-sent");
    is("network.tcp.passiveopens", "passive-opens");
}

#[test]
fn a_setting_by_every_spelling() {
    for asked in [
        "somaxconn",
        "SOMAXCONN",
        "net.core.somaxconn",
        "net/core/somaxconn",
        "/proc/sys/net/core/somaxconn",
        "cat /proc/sys/net/core/somaxconn",
        "net.core.somaxconn = 128",
        "net.core.somaxconn=4096",
        "sysctl -w net.core.somaxconn=4096",
        "sysctl net.core.somaxconn",
        "docker run --sysctl net.core.somaxconn=1024 nginx",
    ] {
        is(asked, "somaxconn");
    }
    is("tcp_max_syn_backlog", "tcp-max-syn-backlog");
    is("net.ipv4.tcp_abort_on_overflow = 1", "tcp-abort-on-overflow");
    is("net.core.netdev_max_backlog", "netdev-max-backlog");
}

#[test]
fn several_names_in_one_sentence_give_several_topics() {
    assert_eq!(
        found("somaxconn or tcp_max_syn_backlog?"),
        ["tcp-max-syn-backlog", "somaxconn"]
    );
}

#[test]
fn an_ambiguous_column_gives_all_the_likeliest_first() {
    assert_eq!(
        found("Recv-Q"),
        ["ss-recv-q", "ss-recv-q-established", "ss-unix-recv-q", "netstat-recv-q"]
    );
    assert_eq!(found("recvq"), found("Recv-Q"));
    begins_with("what is Recv-Q", "ss-recv-q");
    begins_with("Send-Q", "ss-send-q");
    assert_eq!(
        found("SYN_RECV"),
        ["ss-syn-recv", "ss-summary-synrecv", "netstat-syn-recv"]
    );
    begins_with("Send-Q 0", "send-q-zero");
}

#[test]
fn log_lines_as_they_are_pasted() {
    for asked in [
        "[11166.503597] TCP: request_sock_TCP: Possible SYN flooding on port 127.0.0.1:3031. Sending cookies.",
        "Jan 15 10:50:12 server1 kernel: TCP: Possible SYN flooding on port 80. Sending cookies.",
        "Nov  3 04:12:55 web-3 kernel: [4621211.812] TCP: request_sock_TCPv6: Possible SYN flooding on port 34391. Dropping request.  Check SNMP counters.",
        "kernel: possible SYN flooding on port 8080. Sending cookies.",
        "TCP: request_sock_subflow_v4: Possible SYN flooding on port [::]:20002. Sending cookies.",
    ] {
        is(asked, "possible-syn-flooding");
    }
    is(
        "May 21 23:14:08 api kernel: TCP: out of memory -- consider tuning tcp_mem",
        "tcp-out-of-memory",
    );
    is("[  12.3] TCP: too many orphaned sockets", "too-many-orphaned-sockets");
    is(
        "kernel: TCP: drop open request from 192.0.2.7/41234",
        "drop-open-request",
    );
    is(
        "[1.2] nf_conntrack: nf_conntrack: table full, dropping packet",
        "nf-conntrack-table-full",
    );
    is(
        "nf_conntrack: table full in netns 4026532281, dropping packet",
        "nf-conntrack-table-full",
    );
    is("net_ratelimit: 129 callbacks suppressed", "net-ratelimit");
}

#[test]
fn claims_by_their_own_words_in_any_order() {
    is(
        "tcp_max_syn_backlog sizes the SYN queue",
        "max-syn-backlog-sizes-the-syn-queue",
    );
    is(
        "does counting SYN_RECV tell how close somaxconn is",
        "counting-syn-recv-tells-how-close-somaxconn-is",
    );
    is("Recv-Q == Send-Q means full", "recv-q-equal-send-q-means-full");
    is(
        "restart needed to change the backlog",
        "changing-the-backlog-needs-a-restart",
    );
    is("netstat -ant | grep -c SYN_REC", "netstat-syn-recv");
    begins_with("docker somaxconn", "containers-have-the-hosts-somaxconn");
}

#[test]
fn a_few_words_give_what_they_are_about() {
    begins_with("syn queue full", "tcp-req-q-full-drop");
    begins_with("cookies", "tcp-syncookies");
    begins_with("SYN flood", "possible-syn-flooding");
    begins_with("half open connections", "ss-syn-recv");
    let asked = "how to change the backlog without a restart";
    assert!(
        found(asked).contains(&"changing-the-backlog-needs-a-restart"),
        "{:?}",
        found(asked)
    );
    begins_with("conntrack", "nf-conntrack-max");
}

/// The questions that people come with, in their own words.
#[test]
fn the_questions_people_come_with() {
    for (asked, id) in [
        ("how close am I to somaxconn?", "somaxconn"),
        ("What exactly does somaxconn cap", "somaxconn"),
        ("how do I raise somaxconn", "somaxconn"),
        ("what does ListenOverflows count?", "listen-overflows"),
        ("does tcp_max_syn_backlog matter?", "tcp-max-syn-backlog"),
        (
            "how do I raise the backlog of a program I cannot change?",
            "live-resize",
        ),
        ("how do I raise the backlog", "live-resize"),
        ("change the backlog of a running program", "live-resize"),
        ("SYN queue or accept queue", "two-queues"),
        ("which backlog did the program get", "effective-backlog"),
        ("how many SYN_RECV has port 80?", "many-syn-recv"),
        ("LISTENQ", "c"),
    ] {
        begins_with(asked, id);
    }
}

#[test]
fn misspelt_names_give_the_three_nearest() {
    is_near("listnoverflows", "listen-overflows");
    is_near("somaxcon", "somaxconn");
    is_near("tcp_max_sync_backlog", "tcp-max-syn-backlog");
    is_near("TcpExtListenDorps", "listen-drops");
    is_near("tcp_abort_on_overflw", "tcp-abort-on-overflow");
    assert_eq!(nearest("qwertzuiop").map(|topics| topics.len()), Some(3));
}

#[test]
fn nothing_asked_gives_nothing() {
    for asked in ["", "  ", "???", "\0", "–", "\u{202e}"] {
        assert_eq!(find(asked), Found::Nothing(Vec::new()), "{asked:?}");
    }
}

#[test]
fn every_name_finds_its_topic() {
    for topic in topics() {
        for name in topic.names.iter().chain([&topic.id, &topic.title]) {
            assert!(
                found(name).contains(&topic.id),
                "{name}: {:?}, not {}",
                found(name),
                topic.id
            );
        }
        is(topic.id, topic.id);
    }
}

/// The names of a topic that follow from its kind.
fn technical_names(topic: &Topic) -> Vec<String> {
    match topic.kind {
        Kind::Counter(facts) => vec![
            format!("{}{}", facts.group, facts.name),
            format!("node_netstat_{}_{}", facts.group, facts.name),
            format!("{}{:30} 12   0.0", facts.group, facts.name),
            format!("    {}: 12", facts.name),
        ],
        Kind::Setting(facts) => vec![
            facts.name.to_owned(),
            format!("/proc/sys/{}", facts.name.replace('.', "/")),
            format!("{} = 42", facts.name),
            format!("sysctl -w {}=42", facts.name),
        ],
        _ => Vec::new(),
    }
}

#[test]
fn counters_and_settings_are_found_alone_in_every_usual_spelling() {
    for topic in topics() {
        for name in technical_names(topic) {
            is(&name, topic.id);
        }
    }
}

#[test]
fn long_questions_are_answered_quickly() {
    let long = "the accept queue of a listener overflowed ".repeat(10_000);
    assert!(!found(&long).is_empty() || matches!(find(&long), Found::Nothing(_)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_text_panics_and_no_topic_comes_twice(asked in ".{0,200}") {
        let topics = match find(&asked) {
            Found::Topic(_) => return Ok(()),
            Found::Several(topics) => {
                prop_assert!((2..=6).contains(&topics.len()));
                topics
            }
            Found::Nothing(topics) => {
                prop_assert!(topics.len() <= 3);
                topics
            }
        };
        let mut ids: Vec<_> = topics.iter().map(|topic| topic.id).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), topics.len());
    }

    #[test]
    fn words_of_the_field_in_any_mixture_never_panic(
        asked in prop::collection::vec(
            prop::sample::select(vec!["syn", "queue", "full", "=", "{", "\"", "/", "tcp", "12", "listen", "\t", "é", "the", "of"]),
            0..30,
        )
    ) {
        let _ = find(&asked.join(" "));
        let _ = find(&asked.concat());
    }

    #[test]
    fn case_and_punctuation_make_no_difference(
        topic in prop::sample::select(topics().collect::<Vec<_>>()),
        dash in prop::sample::select(vec!["-", "_", " ", ".", "", "  ", "/"]),
        upper in any::<bool>(),
    ) {
        let asked = topic.id.replace('-', dash);
        let asked = if upper { asked.to_uppercase() } else { asked };
        prop_assert_eq!(found(&asked).first().copied(), Some(topic.id));
    }
}
