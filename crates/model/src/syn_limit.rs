//! What limits the SYN queue of a listener, from its backlog and the settings of its namespace (KERNEL.md 2.2).

use serde::Serialize;

use crate::setting::{Setting, Settings};

/// Which rule limits a SYN queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitBy {
    /// The listener's effective backlog (`inet_csk_reqsk_queue_is_full`).
    Backlog,
    /// The three-quarter rule of `tcp_conn_request`, which holds only while `tcp_syncookies` is 0.
    MaxSynBacklog,
    /// `tcp_syncookies` = 2: no request is stored at all.
    Cookies,
}

/// The limit of the SYN queue in connections, and the rule it comes from.
///
/// `None` when the backlog or the settings are not known: the rule cannot be told then.
pub fn syn_queue_limit(backlog: Option<u32>, settings: &Settings) -> Option<(u32, LimitBy)> {
    match settings.get(Setting::TcpSyncookies)? {
        0 => without_cookies(backlog?, settings.get(Setting::TcpMaxSynBacklog)?),
        2 => Some((0, LimitBy::Cookies)),
        _ => Some((backlog?, LimitBy::Backlog)),
    }
}

/// `tcp_conn_request` refuses when `max_syn_backlog - qlen < (max_syn_backlog >> 2)`, so the last length at
/// which a SYN is still taken is `max - (max >> 2)`; the queue then holds one more, as with the backlog.
fn without_cookies(backlog: u32, max_syn_backlog: i64) -> Option<(u32, LimitBy)> {
    let three_quarters = max_syn_backlog - (max_syn_backlog >> 2);
    let three_quarters = u32::try_from(three_quarters.max(0)).ok()?;
    Some(if three_quarters < backlog {
        (three_quarters, LimitBy::MaxSynBacklog)
    } else {
        (backlog, LimitBy::Backlog)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(backlog: u32, cookies: i64, max: i64) -> Option<(u32, LimitBy)> {
        let mut settings = Settings::default();
        settings.set(Setting::TcpSyncookies, Some(cookies));
        settings.set(Setting::TcpMaxSynBacklog, Some(max));
        syn_queue_limit(Some(backlog), &settings)
    }

    #[test]
    fn with_cookies_the_backlog_is_the_limit_whatever_max_syn_backlog_says() {
        assert_eq!(limit(1000, 1, 8), Some((1000, LimitBy::Backlog)));
        assert_eq!(limit(5, 1, 4096), Some((5, LimitBy::Backlog)));
    }

    /// KERNEL.md 2.2: max_syn_backlog 8, backlog 1000, cookies 0: seven of twenty were kept, so limit 6.
    #[test]
    fn without_cookies_three_quarters_of_max_syn_backlog() {
        assert_eq!(limit(1000, 0, 8), Some((6, LimitBy::MaxSynBacklog)));
        assert_eq!(limit(5, 0, 1024), Some((5, LimitBy::Backlog)));
    }

    #[test]
    fn with_cookies_always_nothing_is_stored() {
        assert_eq!(limit(1000, 2, 8), Some((0, LimitBy::Cookies)));
    }

    #[test]
    fn unknown_settings_leave_the_limit_unknown() {
        assert_eq!(syn_queue_limit(Some(5), &Settings::default()), None);
    }
}
