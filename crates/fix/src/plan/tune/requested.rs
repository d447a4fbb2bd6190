//! The values that were asked for: of no effect, dangerous, or there already.

use model::Setting;

use super::case::Case;
use super::{Change, Ruling, Unreadable};

/// Above this many retries a half-open connection of a dead client stays for more than four minutes.
const MANY_RETRIES: i64 = 7;
/// The longest time between two SYN-ACKs, in seconds (`TCP_RTO_MAX`).
const LONGEST_GAP: i64 = 120;

/// Looks at each.
pub(super) fn judge(case: &Case, values: &[(Setting, i64)]) -> Result<Vec<Ruling>, Unreadable> {
    let after = |setting: Setting| {
        let asked = values.iter().rfind(|(one, _)| *one == setting);
        asked.map(|(_, value)| *value).or_else(|| case.value(setting))
    };
    let each = values.iter().map(|(setting, to)| {
        let from = case.value(*setting).ok_or_else(|| unreadable(case, *setting))?;
        if from == *to {
            return Ok(Ruling::keep(*setting, format!("it is {to} already")));
        }
        Ok(Ruling::Change(Change {
            setting: *setting,
            from,
            to: *to,
            reason: "asked for".to_owned(),
            evidence: Vec::new(),
            warnings: warnings(*setting, from, *to, after),
        }))
    });
    each.collect()
}

fn unreadable(case: &Case, setting: Setting) -> Unreadable {
    let name = case.namespace.name.as_deref();
    Unreadable {
        name: setting.name(),
        namespace: name.map_or_else(|| case.namespace.id.clone(), str::to_owned),
    }
}

fn warnings(setting: Setting, from: i64, to: i64, after: impl Fn(Setting) -> Option<i64>) -> Vec<String> {
    let warning = match setting {
        Setting::Somaxconn if to < from => Some(format!(
            "It is lowered: every listener that calls listen() from now on gets {to} at most, after a restart or a \
             reload of its program too."
        )),
        Setting::TcpMaxSynBacklog => match after(Setting::TcpSyncookies) {
            Some(0) => None,
            Some(cookies) => Some(format!("Of no effect while tcp_syncookies is {cookies}.")),
            None => Some("Of no effect unless tcp_syncookies is 0, which could not be read.".to_owned()),
        },
        Setting::TcpSyncookies if to == 0 => Some(
            "Without SYN cookies a full SYN queue refuses, and the ¾ rule of tcp_max_syn_backlog holds: a SYN flood \
             then keeps everybody out."
                .to_owned(),
        ),
        Setting::TcpSyncookies if to == 2 => {
            Some("2 is for tests: every SYN is answered with a cookie, and nothing is ever half-open.".to_owned())
        }
        Setting::TcpAbortOnOverflow if to == 1 => Some(
            "1 resets clients that could have been let in a moment later; it makes no room, and refused SYNs stay \
             silent."
                .to_owned(),
        ),
        Setting::TcpSynackRetries => retries(to),
        Setting::TcpFastopen if to & 0x200 != 0 => Some(
            "0x200 takes SYNs with data without a cookie: anybody can then make connections with a forged address."
                .to_owned(),
        ),
        _ => None,
    };
    warning.into_iter().collect()
}

fn retries(to: i64) -> Option<String> {
    match to {
        0 => Some("0: a client whose SYN-ACK is lost is not answered again until it sends its SYN again.".to_owned()),
        1..=MANY_RETRIES => None,
        _ => Some(format!(
            "A half-open connection of a client that is gone keeps its place in the SYN queue for {} s.",
            lifetime(to)
        )),
    }
}

/// A SYN-ACK goes out after 1, 2, 4… s, at most 120 s apart; the request ends when the time after the last is over.
fn lifetime(retries: i64) -> i64 {
    let gap = |number: i64| {
        1i64.checked_shl(u32::try_from(number).unwrap_or(u32::MAX))
            .unwrap_or(LONGEST_GAP)
    };
    (0..=retries.min(255))
        .map(|number| gap(number.min(20)).min(LONGEST_GAP))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Host, requested, tcp};
    use super::*;

    fn warned(host: &Host, values: &[(Setting, i64)]) -> Vec<String> {
        let plan = requested(host, values).unwrap();
        plan.changes.into_iter().flat_map(|change| change.warnings).collect()
    }

    #[test]
    fn what_is_asked_for_is_planned() {
        let plan = requested(&Host::new(128), &[(Setting::Somaxconn, 100_000)]).unwrap();
        assert_eq!((plan.changes[0].from, plan.changes[0].to), (128, 100_000));
        assert_eq!(plan.changes[0].warnings, Vec::<String>::new());
        assert_eq!(plan.durable(), [(Setting::Somaxconn, 100_000)]);
    }

    #[test]
    fn what_holds_already_is_no_change_and_still_wanted_at_boot() {
        let plan = requested(&Host::new(128), &[(Setting::Somaxconn, 128)]).unwrap();
        assert_eq!(
            (plan.changes.len(), plan.kept[0].why.as_str()),
            (0, "it is 128 already")
        );
        assert_eq!(plan.durable(), [(Setting::Somaxconn, 128)]);
    }

    #[test]
    fn what_is_of_no_effect_or_dangerous_is_said() {
        let host = Host::new(4096).with(tcp(80, 0, 4096));
        for (setting, value, part) in [
            (Setting::Somaxconn, 128, "lowered"),
            (
                Setting::TcpMaxSynBacklog,
                9000,
                "Of no effect while tcp_syncookies is 1",
            ),
            (Setting::TcpSyncookies, 0, "keeps everybody out"),
            (Setting::TcpSyncookies, 2, "for tests"),
            (Setting::TcpAbortOnOverflow, 1, "resets"),
            (Setting::TcpSynackRetries, 8, "367 s"),
            (Setting::TcpSynackRetries, 0, "not answered again"),
            (Setting::TcpFastopen, 0x203, "without a cookie"),
        ] {
            let said = warned(&host, &[(setting, value)]);
            assert!(
                said.len() == 1 && said[0].contains(part),
                "{setting:?} {value}: {said:?}"
            );
        }
        for (setting, value) in [
            (Setting::TcpSynackRetries, 3),
            (Setting::TcpFastopen, 3),
            (Setting::TcpMigrateReq, 1),
        ] {
            assert_eq!(warned(&host, &[(setting, value)]), Vec::<String>::new());
        }
    }

    #[test]
    fn what_is_asked_for_together_is_judged_together() {
        let values = [(Setting::TcpSyncookies, 0), (Setting::TcpMaxSynBacklog, 9000)];
        let said = warned(&Host::new(4096), &values);
        assert!(
            said.len() == 1 && said[0].starts_with("Without SYN cookies"),
            "{said:?}"
        );
    }

    #[test]
    fn what_is_not_there_cannot_be_set() {
        let error = requested(&Host::without(Setting::Somaxconn), &[(Setting::Somaxconn, 4096)]).unwrap_err();
        assert!(error.to_string().contains("no net.core"), "{error}");
    }

    /// tcp(7): 5 retries are 63 s until the request ends.
    #[test]
    fn lifetimes_double_up_to_two_minutes() {
        assert_eq!([0, 1, 5, 7].map(lifetime), [1, 3, 63, 247]);
        assert_eq!(lifetime(255), 127 + 120 * 249);
    }
}
