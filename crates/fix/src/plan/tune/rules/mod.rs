//! The rules: each looks at one sysctl of one namespace, in a file of its own.

mod abort_on_overflow;
mod max_syn_backlog;
mod somaxconn;
mod syncookies;

use model::Setting;

use super::case::Case;
use super::{Change, Ruling, hint};
pub(super) use somaxconn::room_for;

/// What is thought of every sysctl that what is measured can speak for. The others (`tcp_synack_retries`,
/// `tcp_fastopen`, `tcp_migrate_req`) are a choice that no measurement makes.
pub(super) fn judge(case: &Case) -> Vec<Ruling> {
    let mut rulings = vec![
        judged(case, Setting::Somaxconn, somaxconn::judge),
        judged(case, Setting::TcpSyncookies, syncookies::judge),
        judged(case, Setting::TcpAbortOnOverflow, abort_on_overflow::judge),
    ];
    let cookies = value_after(case, &rulings, Setting::TcpSyncookies);
    let max_syn_backlog = judged(case, Setting::TcpMaxSynBacklog, |case, present| {
        max_syn_backlog::judge(case, present, cookies)
    });
    rulings.push(max_syn_backlog);
    rulings
}

fn judged(case: &Case, setting: Setting, rule: impl Fn(&Case, i64) -> Ruling) -> Ruling {
    match case.value(setting) {
        Some(present) => rule(case, present),
        None => Ruling::keep(setting, format!("it cannot be read here{}", hint(setting.name()))),
    }
}

/// What a sysctl will be if everything is done.
fn value_after(case: &Case, rulings: &[Ruling], setting: Setting) -> Option<i64> {
    let planned = rulings.iter().find_map(|ruling| match ruling {
        Ruling::Change(Change { setting: one, to, .. }) if *one == setting => Some(*to),
        _ => None,
    });
    planned.or_else(|| case.value(setting))
}
