//! Room for one descriptor per namespace.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are open besides those of namespaces: files of /proc that are being read, the terminal.
const OTHERS: u64 = 64;

/// Raises the soft limit of open files as far as the hard one allows, if so many namespaces do not fit.
///
/// The usual soft limit of 1,024 is less than a busy node has pods. What does not fit then is read through /proc, and
/// said so.
pub fn make_room(namespaces: usize) {
    let limit = getrlimit(Resource::Nofile);
    if let Some(raised) = raised(limit, namespaces) {
        // Refused in a sandbox: the namespaces that do not fit say so themselves.
        let _ = setrlimit(Resource::Nofile, raised);
    }
}

/// The limit to ask for; `None` where there is room already. An absent limit is none at all.
fn raised(limit: Rlimit, namespaces: usize) -> Option<Rlimit> {
    let needed = u64::try_from(namespaces).unwrap_or(u64::MAX).saturating_add(OTHERS);
    let current = limit.current.filter(|current| *current < needed)?;
    let possible = limit.maximum.map_or(needed, |maximum| needed.min(maximum));
    (possible > current).then_some(Rlimit {
        current: Some(possible),
        ..limit
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soft(current: Option<u64>, maximum: Option<u64>, namespaces: usize) -> Option<u64> {
        raised(Rlimit { current, maximum }, namespaces)?.current
    }

    #[test]
    fn the_limit_is_raised_only_where_it_must_and_may_be() {
        assert_eq!(soft(Some(1024), Some(4096), 10), None);
        assert_eq!(soft(Some(1024), Some(4096), 2000), Some(2064));
        assert_eq!(soft(Some(1024), Some(4096), 9000), Some(4096));
        assert_eq!(soft(Some(1024), Some(1024), 9000), None);
        assert_eq!(soft(Some(1024), None, 9000), Some(9064));
        assert_eq!(soft(None, None, 9000), None);
    }
}
