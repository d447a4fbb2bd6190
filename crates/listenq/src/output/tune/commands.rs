//! The commands that do what is shown.

use fix::plan::tune::{Group, NamespacePlan, Next};
use model::{NamespaceKey, Setting};

use crate::cli::tune_option;

/// The most ports or ranges that a command names.
const MOST_PORTS: usize = 8;

/// What changes the running values of a namespace.
pub fn apply(plan: &NamespacePlan) -> String {
    let values: Vec<_> = plan.changes.iter().map(|change| (change.setting, change.to)).collect();
    format!("listenq tune{}{} --apply", options(&values), netns(plan))
}

/// What writes the file for the next boot.
pub fn persist(plans: &[NamespacePlan], initial: Option<NamespaceKey>) -> String {
    let host = plans.iter().find(|plan| Some(plan.key) == initial);
    let values = host.map(NamespacePlan::durable).unwrap_or_default();
    let netns = host.map(netns).unwrap_or_default();
    format!("listenq tune{}{netns} --persist", options(&values))
}

fn options(values: &[(Setting, i64)]) -> String {
    let each = values
        .iter()
        .map(|(setting, value)| [" ", &tune_option(*setting), " ", &value.to_string()].concat());
    each.collect()
}

/// What gives a group its new limit at once; `None` where no new limit is to be had, or no option selects it.
pub fn resize(plan: &NamespacePlan, group: &Group) -> Option<String> {
    let Next::UpTo(limit) = group.next else {
        return None;
    };
    let which = which(&group.ports, group.owner.as_deref())?;
    Some(format!("listenq resize {limit}{which}{}", netns(plan)))
}

/// What gives one listener another limit.
pub fn resize_one(plan: &NamespacePlan, limit: i64, port: Option<u16>, path: Option<&str>) -> Option<String> {
    let which = match (port, path) {
        (Some(port), _) => format!(" --port {port}"),
        (None, Some(path)) if is_plain(path) => format!(" --address {path}"),
        _ => return None,
    };
    Some(format!("listenq resize {limit}{which}{}", netns(plan)))
}

fn which(ports: &[u16], owner: Option<&str>) -> Option<String> {
    let ranges = ranges(ports);
    if !ranges.is_empty() && ranges.len() <= MOST_PORTS {
        return Some(ranges.iter().map(|range| [" --port ", range].concat()).collect());
    }
    let owner = owner.filter(|owner| is_plain(owner))?;
    Some(format!(" --process {owner}"))
}

/// Ports in order, those that follow each other as one.
fn ranges(ports: &[u16]) -> Vec<String> {
    let runs = ports.chunk_by(|one, next| one.checked_add(1) == Some(*next));
    let told = runs.filter_map(|run| match run {
        [] => None,
        [port] => Some(port.to_string()),
        [first, .., last] => Some(format!("{first}-{last}")),
    });
    told.collect()
}

fn netns(plan: &NamespacePlan) -> String {
    match (plan.is_own, plan.name.as_deref().filter(|name| is_plain(name))) {
        (true, _) => String::new(),
        (false, Some(name)) => format!(" --netns {name}"),
        (false, None) => format!(" --netns {}", plan.key),
    }
}

/// Whether a shell takes it as it is. Names come from others.
fn is_plain(name: &str) -> bool {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._/:@+-".contains(&byte);
    !name.is_empty() && !name.starts_with('-') && name.bytes().all(is_safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_otherwise_is_in_no_command() {
        for name in ["", "-x", "a b", "$(x)", "a;b", "a\nb", "ü", "'"] {
            assert!(!is_plain(name), "{name}");
        }
    }

    #[test]
    fn ports_are_named_where_that_is_short_and_else_the_program() {
        assert_eq!(which(&[80, 443], Some("x y")).as_deref(), Some(" --port 80 --port 443"));
        let row: Vec<u16> = (65_500..=65_535).collect();
        assert_eq!(which(&row, None).as_deref(), Some(" --port 65500-65535"));
        let many: Vec<u16> = (1..100).step_by(2).collect();
        assert_eq!(which(&many, Some("nginx")).as_deref(), Some(" --process nginx"));
        assert_eq!(which(&many, Some("x y")), None);
    }
}
