//! net.ipv4.tcp_syncookies: 1, the kernel's default, where 0 has refused or 2 makes a cookie of every SYN.

use model::syn_limit::LimitBy;
use model::{Listener, Setting};

use super::super::case::{Case, Counted, SOCKETS, SYSCTLS, called};
use super::super::{Change, Evidence, Ruling};

pub(super) fn judge(case: &Case, present: i64) -> Ruling {
    match present {
        0 => off(case),
        2 => Ruling::Change(always(case)),
        _ => Ruling::keep(
            Setting::TcpSyncookies,
            "cookies are sent while a SYN queue is full, and only then",
        ),
    }
}

/// Without cookies a full SYN queue refuses.
fn off(case: &Case) -> Ruling {
    let refused = case.counted("TCPReqQFullDrop");
    let full: Vec<&Listener> = case
        .listeners
        .iter()
        .copied()
        .filter(|one| is_syn_queue_full(one))
        .collect();
    if refused.is_none() && full.is_empty() {
        let why = "no SYN queue of this namespace has refused anything since it was made";
        return Ruling::keep(Setting::TcpSyncookies, why);
    }
    // A final ACK that the accept queue refuses leaves its request in the SYN queue (KERNEL.md 2.3).
    if let Some(culprit) = case.with_full_accept_queue().next() {
        let why = format!(
            "the SYN queue is full because the accept queue of {} is; SYN cookies do not help a full accept queue",
            called(culprit)
        );
        return Ruling::keep(Setting::TcpSyncookies, why);
    }
    Ruling::Change(Change {
        setting: Setting::TcpSyncookies,
        from: 0,
        to: 1,
        reason: "A full SYN queue refuses SYNs while this is 0. With 1 it answers them with cookies, and stores \
                 nothing: clients get in, also during a SYN flood."
            .to_owned(),
        evidence: evidence(case, refused, &full),
        warnings: Vec::new(),
    })
}

/// Its SYN queue refuses the next SYN, or may (KERNEL.md 2.2: the limit or one more, by kernel). Where the ¾ rule limits
/// it, that is what `tcp_max_syn_backlog` is for.
fn is_syn_queue_full(listener: &Listener) -> bool {
    let queue = listener.syn_queue.as_ref();
    let queue = queue.filter(|queue| queue.limit_by == Some(LimitBy::Backlog));
    let full = queue.and_then(|queue| {
        let length = queue.length.or(queue.length_min)?;
        // A listener with a limit of 0 and nobody there is not full.
        Some(length > 0 && length >= queue.limit?)
    });
    full.unwrap_or(false)
}

fn evidence(case: &Case, refused: Option<Counted>, full: &[&Listener]) -> Vec<Evidence> {
    let counted = refused.map(|counted| counted.evidence("TCPReqQFullDrop", case.seconds));
    let queues = full.iter().take(3).filter_map(|listener| {
        let queue = listener.syn_queue.as_ref()?;
        Some(Evidence {
            fact: format!("SYN queue of {}", called(listener)),
            value: format!("{} of {}", queue.length.or(queue.length_min)?, queue.limit?),
            source: SOCKETS,
        })
    });
    counted.into_iter().chain(queues).collect()
}

/// 2 is for tests of the cookies themselves.
fn always(case: &Case) -> Change {
    let sent = case.counted("SyncookiesSent");
    let sent = sent.map(|counted| counted.evidence("SyncookiesSent", case.seconds));
    let value = Evidence {
        fact: Setting::TcpSyncookies.name().to_owned(),
        value: "2".to_owned(),
        source: SYSCTLS,
    };
    Change {
        setting: Setting::TcpSyncookies,
        from: 2,
        to: 1,
        reason: "2 is for tests: every SYN is answered with a cookie, whatever room there is. Such a SYN-ACK is never \
                 sent again if it gets lost, and a connection from a client without TCP timestamps gets neither window \
                 scaling nor selective acknowledgements. 1 does so only while a SYN queue is full."
            .to_owned(),
        evidence: sent.into_iter().chain([value]).collect(),
        warnings: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{Host, changed, kept, tcp};
    use super::*;

    fn off() -> Host {
        Host::new(4096).set(Setting::TcpSyncookies, 0)
    }

    #[test]
    fn off_and_refused_is_switched_on() {
        let change = changed(&off().count("TCPReqQFullDrop", 5), Setting::TcpSyncookies).unwrap();
        assert_eq!((change.from, change.to), (0, 1));
        assert_eq!(change.evidence[0].value, "5 since the namespace was made");
        let later = off().count("TCPReqQFullDrop", 5).later(10).count("TCPReqQFullDrop", 25);
        let change = changed(&later, Setting::TcpSyncookies).unwrap();
        assert_eq!(change.evidence[0].value, "20 in 10 s");
    }

    #[test]
    fn off_and_full_of_half_open_connections_is_switched_on() {
        let host = off().with(tcp(80, 0, 10)).half_open(80, 10);
        let change = changed(&host, Setting::TcpSyncookies).unwrap();
        assert_eq!(change.evidence[0].value, "10 of 10");
        let host = off().with(tcp(80, 0, 10)).half_open(80, 9);
        assert!(kept(&host, Setting::TcpSyncookies).contains("no SYN queue"));
    }

    #[test]
    fn cookies_are_no_remedy_for_a_full_accept_queue() {
        let host = off()
            .with(tcp(80, 11, 10))
            .half_open(80, 10)
            .count("TCPReqQFullDrop", 5);
        assert!(kept(&host, Setting::TcpSyncookies).contains("do not help a full accept queue"));
    }

    #[test]
    fn always_is_for_tests() {
        let change = changed(&Host::new(4096).set(Setting::TcpSyncookies, 2), Setting::TcpSyncookies).unwrap();
        assert_eq!((change.from, change.to), (2, 1));
    }

    #[test]
    fn nothing_to_change_because() {
        assert!(kept(&off(), Setting::TcpSyncookies).contains("no SYN queue"));
        assert!(kept(&Host::new(4096), Setting::TcpSyncookies).starts_with("cookies are sent"));
    }
}
