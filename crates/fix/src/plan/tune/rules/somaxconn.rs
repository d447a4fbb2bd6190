//! net.core.somaxconn: raised where it cuts listeners that need more, or that may.

use model::{Listener, Setting};

use super::super::case::{Case, SOCKETS, SYSCTLS, called, drops, longest, some_listeners};
use super::super::{Change, Evidence, Ruling};

/// The kernel's own default since 5.4.
pub(in super::super) const KERNEL_DEFAULT: i64 = 4096;
/// The most that is proposed: what fits into 16 bits, which was the kernel's own maximum before 4.1.
const MOST: i64 = 65_535;
/// How many listeners are named as evidence.
const NAMED: usize = 3;

pub(super) fn judge(case: &Case, present: i64) -> Ruling {
    let cut: Vec<&Listener> = case.at_somaxconn().collect();
    let troubled: Vec<&Listener> = case
        .troubled()
        .filter(|one| cut.iter().any(|cut| std::ptr::eq(*cut, *one)))
        .collect();
    if cut.is_empty() {
        return Ruling::keep(Setting::Somaxconn, no_listener_is_cut(case, present));
    }
    if !troubled.is_empty() && present < MOST {
        return Ruling::Change(raise(case, present, &troubled));
    }
    if !troubled.is_empty() {
        let why = format!("{present} is as much as listenq proposes by itself; ask for more with --somaxconn N");
        return Ruling::keep(Setting::Somaxconn, why);
    }
    if present < KERNEL_DEFAULT {
        return Ruling::Change(to_the_default(present, cut.len()));
    }
    let why = format!(
        "{} this limit, and none of them is nearly full or has refused anything",
        counted(cut.len(), "has", "have")
    );
    Ruling::keep(Setting::Somaxconn, why)
}

fn no_listener_is_cut(case: &Case, present: i64) -> String {
    if case.listeners.is_empty() {
        "nothing listens here".to_owned()
    } else {
        format!(
            "no listener has a limit of {present}: each program asked for less, so a higher value gives nobody more"
        )
    }
}

fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{} {}", some_listeners(count), if count == 1 { one } else { more })
}

/// Room for what was seen.
fn raise(case: &Case, present: i64, troubled: &[&Listener]) -> Change {
    let seen = troubled.iter().filter_map(|one| Some((longest(one)?, *one)));
    let longest_seen = seen.max_by_key(|(length, _)| *length);
    let has_refused = troubled.iter().any(|one| case.has_refused(one));
    let length = longest_seen.map_or(0, |(length, _)| length);
    let to = room_for(length, present, has_refused, KERNEL_DEFAULT);
    Change {
        setting: Setting::Somaxconn,
        from: present,
        to,
        reason: format!(
            "{} the limit that somaxconn sets ({present}), and {} nearly full, full, or {} refused somebody. {}",
            counted(troubled.len(), "has", "have"),
            if troubled.len() == 1 { "is" } else { "are" },
            if troubled.len() == 1 { "has" } else { "have" },
            how(length, present, has_refused, to)
        ),
        evidence: evidence(present, troubled),
        warnings: Vec::new(),
    }
}

/// A power of two in which the longest queue that was seen takes at most half; more than now where something was
/// refused, since then nobody knows how long the queue would have become; no less than `least` and no more than
/// [`MOST`].
pub(in super::super) fn room_for(longest: u64, present: i64, has_refused: bool, least: i64) -> i64 {
    let seen = i64::try_from(longest.saturating_mul(2)).unwrap_or(MOST);
    let refused = if has_refused { present.saturating_mul(2) } else { 0 };
    let needed = seen.max(refused).max(present).clamp(least.min(MOST), MOST);
    let power = u64::try_from(needed).unwrap_or_default().next_power_of_two();
    i64::try_from(power).unwrap_or(MOST).min(MOST)
}

fn how(longest: u64, present: i64, has_refused: bool, to: i64) -> String {
    let why = if has_refused {
        format!(
            "twice the longest queue that was seen ({longest}), and at least twice {present}, since what was refused \
             would have made it longer"
        )
    } else {
        format!("twice the longest queue that was seen ({longest})")
    };
    format!("{to} is {why}; a power of two, no less than the kernel's default of 4096 and no more than 65535.")
}

fn evidence(present: i64, troubled: &[&Listener]) -> Vec<Evidence> {
    let named = troubled.iter().take(NAMED).map(|one| {
        let queue = &one.accept_queue;
        let number = |value: Option<u32>| value.map_or("unknown".to_owned(), |value| value.to_string());
        let refused = drops(one).filter(|drops| *drops > 0);
        let refused = refused.map_or_else(String::new, |drops| format!(", {drops} drops since it exists"));
        Evidence {
            fact: format!("accept queue of {}", called(one)),
            value: format!("{} of {}{refused}", number(queue.length), number(queue.limit)),
            source: SOCKETS,
        }
    });
    let value = Evidence {
        fact: Setting::Somaxconn.name().to_owned(),
        value: present.to_string(),
        source: SYSCTLS,
    };
    named.chain([value]).collect()
}

fn to_the_default(present: i64, cut: usize) -> Change {
    Change {
        setting: Setting::Somaxconn,
        from: present,
        to: KERNEL_DEFAULT,
        reason: format!(
            "{} asked for {present} or more and got {present}. Linux 5.4 and later start with 4096; nothing waits \
             longer for it, it only gives bursts more room.",
            some_listeners(cut)
        ),
        evidence: vec![Evidence {
            fact: "listeners whose limit is net.core.somaxconn".to_owned(),
            value: cut.to_string(),
            source: SOCKETS,
        }],
        warnings: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{Host, changed, kept, tcp};
    use super::*;

    #[test]
    fn a_full_queue_at_somaxconn_gets_a_power_of_two_with_room() {
        let host = Host::new(128).with(tcp(80, 129, 128));
        let change = changed(&host, Setting::Somaxconn).unwrap();
        assert_eq!((change.from, change.to), (128, 4096));
        assert!(
            change.reason.contains("twice the longest queue that was seen (129)"),
            "{}",
            change.reason
        );
        assert!(change.evidence[0].fact.contains("0.0.0.0:80"), "{:?}", change.evidence);
        assert_eq!(change.evidence[0].value, "129 of 128");
        let change = changed(&Host::new(4096).with(tcp(80, 4097, 4096)), Setting::Somaxconn).unwrap();
        assert_eq!(change.to, 16_384);
        // High, but nothing refused: room for what was seen.
        let change = changed(&Host::new(4096).with(tcp(80, 3900, 4096)), Setting::Somaxconn).unwrap();
        assert_eq!(change.to, 8192);
    }

    #[test]
    fn what_was_refused_once_counts_where_the_namespace_has_overflowed() {
        let mut listener = tcp(80, 0, 4096);
        listener.drops = Some(7);
        let host = Host::new(4096).with(listener);
        assert!(kept(&host, Setting::Somaxconn).contains("none of them"));
        let change = changed(&host.count("ListenOverflows", 7), Setting::Somaxconn).unwrap();
        assert_eq!(change.to, 8192);
        assert!(change.evidence[0].value.contains("7 drops"));
    }

    #[test]
    fn never_more_than_65535_without_being_asked() {
        let change = changed(&Host::new(40_000).with(tcp(80, 40_001, 40_000)), Setting::Somaxconn).unwrap();
        assert_eq!(change.to, 65_535);
        let host = Host::new(65_535).with(tcp(80, 65_536, 65_535));
        assert!(kept(&host, Setting::Somaxconn).contains("--somaxconn"));
        assert_eq!(room_for(u64::MAX, i64::MAX, true, 1), MOST);
        assert_eq!(room_for(0, 0, false, KERNEL_DEFAULT), KERNEL_DEFAULT);
    }

    #[test]
    fn below_the_default_it_is_raised_to_it_where_it_cuts() {
        let change = changed(&Host::new(128).with(tcp(80, 0, 128)), Setting::Somaxconn).unwrap();
        assert_eq!((change.from, change.to), (128, 4096));
        assert!(
            change.reason.starts_with("1 listener asked for 128 or more"),
            "{}",
            change.reason
        );
    }

    #[test]
    fn nothing_to_change_because() {
        assert!(kept(&Host::new(4096), Setting::Somaxconn).contains("nothing listens"));
        let below = Host::new(4096).with(tcp(80, 129, 128));
        assert!(kept(&below, Setting::Somaxconn).contains("each program asked for less"));
        let idle = Host::new(4096).with(tcp(80, 0, 4096));
        assert!(kept(&idle, Setting::Somaxconn).starts_with("1 listener has this limit"));
        let unknown = Host::without(Setting::Somaxconn).with(tcp(80, 129, 128));
        assert!(kept(&unknown, Setting::Somaxconn).contains("cannot be read here; up to Linux 6.1"));
    }
}
