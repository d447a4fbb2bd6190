//! net.ipv4.tcp_max_syn_backlog: of effect without SYN cookies alone, and raised there where its ¾ rule binds.

use model::syn_limit::LimitBy;
use model::{Listener, Setting};

use super::super::case::{Case, SOCKETS, called};
use super::super::{Change, Evidence, Ruling};

/// The most that is proposed.
const MOST: u32 = 65_536;

pub(super) fn judge(case: &Case, present: i64, cookies: Option<i64>) -> Ruling {
    match cookies {
        None => {
            return Ruling::keep(
                Setting::TcpMaxSynBacklog,
                "tcp_syncookies, which decides whether it has an effect, cannot be read here",
            );
        }
        Some(0) => {}
        Some(cookies) => {
            let why = format!(
                "of no effect while tcp_syncookies is {cookies}: the limit of a SYN queue is that of its listener"
            );
            return Ruling::keep(Setting::TcpMaxSynBacklog, why);
        }
    }
    let bound: Vec<&Listener> = case.listeners.iter().copied().filter(|one| is_bound(one)).collect();
    let limits = bound.iter().filter_map(|one| one.accept_queue.limit);
    let to = limits.max().map(|limit| i64::from(enough_for(limit)));
    match to.filter(|to| *to > present) {
        Some(to) => Ruling::Change(raise(present, to, &bound)),
        None => Ruling::keep(
            Setting::TcpMaxSynBacklog,
            "its ¾ rule does not bind: no SYN queue is near three quarters of it",
        ),
    }
}

/// The ¾ rule limits its SYN queue, which is nearly there: at four fifths of that limit, as a queue is called high.
fn is_bound(listener: &Listener) -> bool {
    let queue = listener.syn_queue.as_ref();
    let queue = queue.filter(|queue| queue.limit_by == Some(LimitBy::MaxSynBacklog));
    let near = queue.and_then(|queue| {
        let (length, limit) = (queue.length.or(queue.length_min)?, queue.limit?);
        Some(length > 0 && u64::from(length) * 10 >= (u64::from(limit) + 1) * 8)
    });
    near.unwrap_or(false)
}

/// The power of two of which three quarters are no less than the limit (`tcp_conn_request`).
fn enough_for(limit: u32) -> u32 {
    let needed = u64::from(limit) * 4 / 3 + 1;
    let power = needed.next_power_of_two();
    u32::try_from(power).unwrap_or(MOST).min(MOST)
}

fn raise(present: i64, to: i64, bound: &[&Listener]) -> Change {
    let evidence = bound.iter().take(3).filter_map(|listener| {
        let queue = listener.syn_queue.as_ref()?;
        Some(Evidence {
            fact: format!("SYN queue of {}", called(listener)),
            value: format!(
                "{} of {}, by the ¾ rule",
                queue.length.or(queue.length_min)?,
                queue.limit?
            ),
            source: SOCKETS,
        })
    });
    Change {
        setting: Setting::TcpMaxSynBacklog,
        from: present,
        to,
        reason: format!(
            "While tcp_syncookies is 0, SYNs of clients that are not known from before are refused when a SYN queue \
             holds three quarters of it. {to} is the power of two of which three quarters are no less than the \
             listener's own limit. tcp_syncookies 1 would take the rule away."
        ),
        evidence: evidence.collect(),
        warnings: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{Host, changed, kept, tcp};
    use super::*;

    /// The ¾ rule at 100: a limit of 75.
    fn bound() -> Host {
        Host::new(4096)
            .set(Setting::TcpSyncookies, 0)
            .set(Setting::TcpMaxSynBacklog, 100)
            .with(tcp(80, 0, 1000))
            .half_open(80, 70)
    }

    #[test]
    fn the_three_quarter_rule_that_binds_is_lifted() {
        let change = changed(&bound(), Setting::TcpMaxSynBacklog).unwrap();
        assert_eq!((change.from, change.to), (100, 2048));
        assert_eq!(change.evidence[0].value, "70 of 75, by the ¾ rule");
        for limit in [0, 1, 2, 3, 5, 100, 767, 768, 769, 4096] {
            let value = enough_for(limit);
            assert!(value - value / 4 >= limit, "{limit}: {value}");
        }
    }

    #[test]
    fn never_while_cookies_are_on() {
        for cookies in [1, 2] {
            let host = bound().set(Setting::TcpSyncookies, cookies);
            assert!(kept(&host, Setting::TcpMaxSynBacklog).starts_with("of no effect while tcp_syncookies is 1"));
        }
        // Nor where cookies are proposed in the same breath.
        let host = bound().count("TCPReqQFullDrop", 1);
        assert!(changed(&host, Setting::TcpSyncookies).is_some());
        assert!(kept(&host, Setting::TcpMaxSynBacklog).starts_with("of no effect while tcp_syncookies is 1"));
    }

    #[test]
    fn nothing_to_change_because() {
        let quiet = bound().half_open(80, 10);
        assert!(kept(&quiet, Setting::TcpMaxSynBacklog).contains("does not bind"));
        let blind = Host::without(Setting::TcpSyncookies);
        assert!(kept(&blind, Setting::TcpMaxSynBacklog).contains("cannot be read"));
    }
}
