//! Every branch of the decision table.

mod properties;

use std::collections::HashSet;

use model::Setting;
use model::counter::Counter;

use super::*;

const WINDOW: Span = Span::Window(Duration::from_secs(5));

/// What of a namespace a case is about; the rest is as usual.
#[derive(Clone, Debug)]
struct Case {
    counters: Vec<(&'static str, u64)>,
    lacks: Option<&'static str>,
    syncookies: Option<i64>,
    abort_on_overflow: Option<i64>,
    droppers: Vec<Dropper>,
    more_drops: u64,
    span: Span,
    netns: Option<&'static str>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            counters: Vec::new(),
            lacks: None,
            syncookies: Some(1),
            abort_on_overflow: Some(0),
            droppers: Vec::new(),
            more_drops: 0,
            span: WINDOW,
            netns: None,
        }
    }
}

impl Case {
    fn of(counters: &[(&'static str, u64)]) -> Self {
        Self {
            counters: counters.to_vec(),
            ..Self::default()
        }
    }

    fn dropped(self, place: &str, owner: Option<&str>, drops: u64) -> Self {
        let mut droppers = self.droppers;
        droppers.push(Dropper {
            place: place.to_owned(),
            port: place.rsplit(':').next().unwrap().parse().unwrap(),
            owner: owner.map(ToOwned::to_owned),
            drops,
        });
        Self { droppers, ..self }
    }

    fn counters(&self) -> Counters {
        let mut counters = Counters::default();
        for counter in Counter::all() {
            let name = counter.name();
            if self.lacks.is_none_or(|lacks| name != format!("TcpExt.{lacks}")) {
                counters.set(counter, 0);
            }
        }
        for (name, value) in &self.counters {
            counters.set(Counter::find("TcpExt", name).unwrap(), *value);
        }
        counters
    }

    fn read(&self) -> Reading {
        let mut settings = Settings::default();
        settings.set(Setting::TcpSyncookies, self.syncookies);
        settings.set(Setting::TcpAbortOnOverflow, self.abort_on_overflow);
        settings.set(Setting::TcpMaxSynBacklog, Some(1024));
        let counters = self.counters();
        let moved = if self.counters.iter().all(|(_, value)| *value == 0) {
            Moved::Nothing(&counters)
        } else {
            Moved::By(&counters)
        };
        read(&Facts {
            moved,
            span: self.span,
            settings: &settings,
            listeners: Drops {
                total: self.droppers.iter().map(|one| one.drops).sum::<u64>() + self.more_drops,
                listeners: self.droppers.len() + usize::from(self.more_drops > 0),
                most: &self.droppers,
            },
            netns: self.netns,
        })
    }

    fn says(&self, id: ReadingId, text: &str) {
        let reading = self.read();
        assert_eq!((reading.id, reading.text.as_str()), (id, text));
    }
}

fn commands(reading: &Reading) -> Vec<&str> {
    reading.look_at.iter().map(|next| next.command.as_str()).collect()
}

#[test]
fn a_full_accept_queue_names_its_listener() {
    let case = Case::of(&[("ListenOverflows", 37), ("ListenDrops", 37)]).dropped("0.0.0.0:80", Some("nginx"), 37);
    case.says(
        ReadingId::AcceptQueueFull,
        "In 5.0 s a full accept queue refused 37 packets (7.4 per second): more came in than fits before accept() makes room. \
         Listeners whose drops grew: 0.0.0.0:80, nginx: 37 of 37.",
    );
    assert_eq!(
        commands(&case.read()),
        ["listenq --port 80 -o wide", "listenq explain ListenOverflows"]
    );
    let elsewhere = Case {
        netns: Some("web"),
        ..case
    };
    assert_eq!(commands(&elsewhere.read())[0], "listenq --port 80 -o wide --netns web");
}

#[test]
fn overflows_with_cookies_are_no_flood() {
    Case::of(&[
        ("ListenOverflows", 9),
        ("ListenDrops", 9),
        ("TCPReqQFullDoCookies", 12),
        ("SyncookiesSent", 3),
    ])
    .dropped("[::]:443", None, 9)
    .says(
        ReadingId::AcceptQueueFull,
        "In 5.0 s a full accept queue refused 9 packets (1.8 per second): more came in than fits before accept() makes room. \
         12 SYNs were given over to SYN cookies: a full accept queue fills the SYN queue too, so that alone is no sign \
         of a flood, and no cookie helps. Listeners whose drops grew: [::]:443: 9 of 9.",
    );
}

#[test]
fn overflows_with_cookies_for_every_syn_say_nothing_of_cookies() {
    let case = Case {
        syncookies: Some(2),
        ..Case::of(&[("ListenOverflows", 9), ("ListenDrops", 9), ("TCPReqQFullDoCookies", 12)])
    };
    let text = case.read().text;
    assert!(!text.contains("cookie"), "{text}");
    assert!(
        text.ends_with("No listener that can be seen has counted a drop."),
        "{text}"
    );
    assert_eq!(commands(&case.read())[0], "listenq --watch");
}

#[test]
fn both_queues_full_look_at_the_accept_queue_first() {
    Case {
        syncookies: Some(0),
        ..Case::of(&[("ListenOverflows", 1), ("ListenDrops", 5), ("TCPReqQFullDrop", 4)])
    }
    .dropped("0.0.0.0:80", Some("nginx"), 6)
    .says(
        ReadingId::AcceptQueueFull,
        "In 5.0 s a full accept queue refused 1 packet (0.20 per second): more came in than fits before accept() makes room. A \
         full SYN queue dropped 4 SYNs besides: a full accept queue fills the SYN queue too, so look at the accept \
         queue first. Listeners whose drops grew: 0.0.0.0:80, nginx: 6 of 6 (a refused final ACK counts twice there).",
    );
}

#[test]
fn overflows_and_more_refusals_tell_both_apart() {
    let case = |drops| {
        let moved = Case::of(&[("ListenOverflows", 30), ("ListenDrops", drops)]);
        moved.dropped("0.0.0.0:80", None, drops).read().text
    };
    assert!(case(44).contains(
        "14 packets more were refused for another reason: memory, a missing route, a security module, or a socket that \
         could not be made."
    ));
    // One or two may be of the moment between the readings of two counters.
    assert!(case(31).contains("1 more may have been refused for another reason."));
    assert!(!case(30).contains("another reason"));
}

#[test]
fn abort_on_overflow_is_said_where_it_matters() {
    let case = Case {
        abort_on_overflow: Some(1),
        ..Case::of(&[("ListenOverflows", 2), ("ListenDrops", 2)])
    };
    assert!(case.read().text.contains("tcp_abort_on_overflow is 1"));
    let past = Case {
        span: Span::Made,
        ..case.clone()
    };
    assert!(!past.read().text.contains("tcp_abort_on_overflow"));
    let full_syn_queue = Case {
        counters: vec![("TCPReqQFullDrop", 1), ("ListenDrops", 1)],
        ..case
    };
    assert!(!full_syn_queue.read().text.contains("tcp_abort_on_overflow"));
}

#[test]
fn an_overflow_without_a_drop_is_told_whose_way_that_is() {
    let text = Case::of(&[("ListenOverflows", 50)]).read().text;
    assert!(
        text.contains("ListenDrops did not move with it, as with SMC and with BPF programs"),
        "{text}"
    );
}

#[test]
fn a_full_syn_queue_without_cookies() {
    Case {
        syncookies: Some(0),
        ..Case::of(&[("ListenDrops", 20), ("TCPReqQFullDrop", 20)])
    }
    .dropped("127.0.0.1:8080", Some("lab-server"), 26)
    .says(
        ReadingId::SynQueueFull,
        "In 5.0 s a full SYN queue dropped 20 SYNs (4.0 per second); no accept queue was full. tcp_syncookies is 0, so \
         no cookie answers for a full queue. What limits a SYN queue is the backlog of its listener. Listeners whose \
         drops grew: 127.0.0.1:8080, lab-server: 26 of 26. 6 drops of the listeners were no refusal: duplicate SYNs, \
         RSTs or deferred ACKs.",
    );
}

#[test]
fn a_setting_that_was_changed_since_is_told() {
    let text = Case::of(&[
        ("ListenDrops", 20),
        ("TCPReqQFullDrop", 20),
        ("TCPReqQFullDoCookies", 5),
    ])
    .read()
    .text;
    assert!(
        text.contains("No cookie answered for them: tcp_syncookies was 0 then."),
        "{text}"
    );
    assert!(text.contains("5 SYNs were given over to SYN cookies."), "{text}");
}

#[test]
fn what_no_full_queue_refused_has_other_causes() {
    let with = |syncookies, lacks| {
        let case = Case {
            lacks,
            syncookies,
            ..Case::of(&[("ListenDrops", 3)])
        };
        case.read().text
    };
    let begin = "In 5.0 s 3 packets were refused (0.60 per second) though no queue was full: ";
    assert!(with(Some(1), None).starts_with(&format!("{begin}memory, a missing route")));
    assert!(with(Some(0), None).starts_with(&format!(
        "{begin}the three-quarter rule (tcp_syncookies is 0, and more than 3/4 of tcp_max_syn_backlog, which is 1024, \
         were half-open), memory"
    )));
    assert!(with(None, None).starts_with(&format!(
        "{begin}the three-quarter rule of tcp_max_syn_backlog (only where tcp_syncookies is 0), memory"
    )));
    // A kernel that does not count it may well have had a full SYN queue.
    let uncounted = with(Some(1), Some("TCPReqQFullDrop"));
    assert!(
        uncounted.contains("though no accept queue was full: a full SYN queue, which this kernel does not count"),
        "{uncounted}"
    );
}

#[test]
fn refusals_beside_cookies_do_not_say_that_no_queue_was_full() {
    let text = Case::of(&[("ListenDrops", 3), ("TCPReqQFullDoCookies", 7)]).read().text;
    assert!(text.contains("though no accept queue was full"), "{text}");
    assert!(text.contains("7 SYNs were given over to SYN cookies."), "{text}");
}

#[test]
fn cookies_answer_for_a_full_syn_queue() {
    let case = Case::of(&[
        ("TCPReqQFullDoCookies", 12),
        ("SyncookiesSent", 12),
        ("SyncookiesRecv", 11),
    ]);
    case.says(
        ReadingId::SynCookiesActive,
        "In 5.0 s a full SYN queue gave 12 SYNs (2.4 per second) over to SYN cookies: 12 cookies were sent, 11 came \
         back. Nothing was refused. What limits a SYN queue is the backlog of its listener.",
    );
    assert_eq!(
        commands(&case.read()),
        ["listenq -o wide", "listenq explain TCPReqQFullDoCookies"]
    );
}

#[test]
fn few_cookies_that_come_back_are_remarked_only_if_many_were_sent() {
    let few = |sent, back| {
        let case = Case::of(&[
            ("TCPReqQFullDoCookies", sent),
            ("SyncookiesSent", sent),
            ("SyncookiesRecv", back),
        ]);
        case.read().text.contains("Few came back")
    };
    assert!(few(100, 9));
    assert!(!few(100, 10));
    assert!(!few(99, 0));
}

#[test]
fn cookies_for_every_syn_say_nothing_of_the_queue() {
    let case = Case {
        syncookies: Some(2),
        ..Case::of(&[("TCPReqQFullDoCookies", 12), ("SyncookiesSent", 12)])
    };
    case.says(
        ReadingId::SynCookiesAlways,
        "In 5.0 s nothing was refused. tcp_syncookies is 2: every SYN is answered with a cookie (12 SYNs), and the SYN \
         queue stays empty.",
    );
    assert!(case.read().id.is_calm());
}

#[test]
fn cookies_of_another_time_or_setting_are_unclear() {
    let case = Case::of(&[("TCPReqQFullDoCookies", 12)]);
    let unknown = Case {
        syncookies: None,
        ..case.clone()
    };
    unknown.says(
        ReadingId::SynCookiesUnclear,
        "In 5.0 s 12 SYNs were given over to SYN cookies (2.4 per second). Where tcp_syncookies is 1 that means a full \
         SYN queue, where it is 2 it is every SYN and means nothing. Nothing was refused.",
    );
    let off = Case {
        syncookies: Some(0),
        ..case.clone()
    };
    assert!(off.read().text.contains("means nothing; it is 0 now."));
    let past = Case {
        span: Span::Made,
        ..case
    };
    assert_eq!(past.read().id, ReadingId::SynCookiesUnclear);
}

#[test]
fn drops_while_listen_drops_stands_still_are_noise() {
    Case::of(&[("TCPSynRetrans", 4)]).dropped("0.0.0.0:80", None, 4).says(
        ReadingId::NoiseDrops,
        "In 5.0 s the listeners counted 4 drops (0.80 per second), none of them a refusal, for ListenDrops did not \
             move: duplicate SYNs, RSTs or deferred ACKs. That is a matter of the network or the clients, not of the \
             queues. Listeners whose drops grew: 0.0.0.0:80: 4 of 4.",
    );
}

#[test]
fn noise_beside_cookies_is_told_apart() {
    let case = Case::of(&[("TCPReqQFullDoCookies", 1)]).dropped("0.0.0.0:80", None, 4);
    assert!(
        case.read()
            .text
            .ends_with("4 drops of the listeners were no refusal: duplicate SYNs, RSTs or deferred ACKs.")
    );
}

#[test]
fn a_calm_window() {
    Case::of(&[("SyncookiesFailed", 1)]).says(
        ReadingId::NothingRefused,
        "In 5.0 s nothing was refused at a listener, and no SYN met a full SYN queue.",
    );
    let still = Case::default();
    still.says(ReadingId::NothingMoved, "Nothing moved in 5.0 s.");
    assert_eq!(commands(&still.read()), ["listenq"]);
    Case {
        span: Span::Boot(Duration::from_secs(7200)),
        ..Case::default()
    }
    .says(
        ReadingId::NothingMoved,
        "Nothing has moved since boot, 2 h 0 min ago. Totals say nothing of now.",
    );
}

#[test]
fn totals_tell_the_past_and_propose_a_window() {
    let case = Case {
        span: Span::Made,
        ..Case::of(&[("ListenOverflows", 1190), ("ListenDrops", 1204)]).dropped("0.0.0.0:80", Some("nginx"), 1300)
    };
    case.says(
        ReadingId::AcceptQueueFull,
        "Since this namespace was made a full accept queue refused 1190 packets: more came in than fits before accept() makes room. 14 packets more were refused for another reason: the three-quarter rule of tcp_max_syn_backlog (only \
         where tcp_syncookies is 0), memory, a missing route, a security module, or a socket that could not be made. \
         Listeners with drops: 0.0.0.0:80, nginx: 1300 of 1300. Totals say nothing of now.",
    );
    assert_eq!(commands(&case.read())[0], "listenq counters --for 10s");
    let since_boot = Case {
        span: Span::Boot(Duration::from_secs(1_047_600)),
        ..case
    };
    assert!(
        since_boot
            .read()
            .text
            .starts_with("In the 12 d 3 h since boot a full accept queue refused 1190 packets (under 0.01 per second)")
    );
}

#[test]
fn the_noise_of_listeners_since_they_were_made_has_no_rate() {
    let case = Case {
        span: Span::Boot(Duration::from_secs(60)),
        ..Case::of(&[("SyncookiesFailed", 1)]).dropped("0.0.0.0:80", None, 6)
    };
    let text = case.read().text;
    assert!(
        text.starts_with("Since they were made the listeners counted 6 drops, none of them a refusal"),
        "{text}"
    );
}

#[test]
fn listeners_beyond_those_named_are_counted() {
    let case = Case {
        more_drops: 5,
        ..Case::of(&[("ListenOverflows", 40), ("ListenDrops", 42)])
            .dropped("0.0.0.0:80", Some("nginx"), 30)
            .dropped("[::]:443", Some("haproxy"), 7)
    };
    assert!(
        case.read().text.contains(
            "Listeners whose drops grew: 0.0.0.0:80, nginx: 30 of 42; [::]:443, haproxy: 7 of 42; and 1 more."
        )
    );
}

#[test]
fn a_window_without_length_has_no_rate() {
    let text = Case {
        span: Span::Window(Duration::ZERO),
        ..Case::of(&[("ListenOverflows", 1), ("ListenDrops", 1)])
    }
    .read()
    .text;
    assert!(
        text.starts_with("In 0.0 s a full accept queue refused 1 packet: "),
        "{text}"
    );
}

#[test]
fn what_is_not_known_is_never_calm() {
    let read = |moved| {
        read(&Facts {
            moved,
            span: WINDOW,
            settings: &Settings::default(),
            listeners: Drops::default(),
            netns: None,
        })
    };
    let unread = read(Moved::Unread);
    assert_eq!(
        (unread.id, unread.text.as_str()),
        (
            ReadingId::Unknown,
            "The counters could not be read, so nothing can be said of the queues."
        )
    );
    assert_eq!(commands(&unread), ["listenq counters -v"]);
    let anew = read(Moved::Incomparable("they went back"));
    assert_eq!(
        (anew.id, anew.text.as_str()),
        (ReadingId::Unknown, "What moved is not known: they went back.")
    );
    assert_eq!(commands(&anew), ["listenq counters --for 10s"]);
    // A kernel that has not the two counters that everything hangs on.
    assert_eq!(read(Moved::By(&Counters::default())).id, ReadingId::Unknown);
    assert!(!ReadingId::Unknown.is_calm());
}

#[test]
fn ids_are_unique_and_in_the_order_of_gravity() {
    let names: HashSet<_> = ReadingId::ALL.iter().map(|id| id.name()).collect();
    assert_eq!(names.len(), ReadingId::ALL.len());
    assert!(ReadingId::ALL.is_sorted());
}
