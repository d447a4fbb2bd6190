//! What another somaxconn does to the listeners that run: nothing, until they call listen() again.

use model::Listener;

use super::case::limit;

/// How many places of a group are named.
const NAMED: usize = 4;

/// Listeners of one program that have the same limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name of the oldest owner; `None` when it is not known, or there is none.
    pub owner: Option<String>,
    /// The limit of each; `None` when it is not known.
    pub limit: Option<i64>,
    /// How many they are.
    pub count: usize,
    /// The first of their places, at most four.
    pub places: Vec<String>,
    /// Their ports, in order; empty when one of them is a unix listener.
    pub ports: Vec<u16>,
    /// What the next listen() of the same program gives them.
    pub next: Next,
}

/// What the next listen() of the same program gives a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// What it asks for, up to this: it asked for at least as much as it has.
    UpTo(i64),
    /// This, which is less than now.
    CutTo(i64),
    /// The same: it asks for less than somaxconn.
    Same,
    /// Its limit is not known.
    Unknown,
}

/// The listeners of a namespace, those first that gain or lose, then by number.
pub(super) fn groups(listeners: &[&Listener], from: i64, to: i64) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut at: std::collections::HashMap<(Option<&str>, Option<i64>), usize> = std::collections::HashMap::new();
    for listener in listeners {
        let oldest = listener.owners.as_deref().and_then(|owners| owners.first());
        let (owner, limit) = (oldest.map(|owner| &*owner.comm), limit(listener));
        let place = *at.entry((owner, limit)).or_insert_with(|| {
            groups.push(Group {
                owner: owner.map(str::to_owned),
                limit,
                count: 0,
                places: Vec::new(),
                ports: Vec::new(),
                next: next(limit, from, to),
            });
            groups.len() - 1
        });
        groups[place].add(listener);
    }
    for group in &mut groups {
        group.ports.sort_unstable();
        group.ports.dedup();
        if group.ports.len() > group.count || group.ports.contains(&0) {
            group.ports.clear();
        }
    }
    groups.sort_by_key(|group| (group.next == Next::Same, std::cmp::Reverse(group.count)));
    groups
}

fn next(limit: Option<i64>, from: i64, to: i64) -> Next {
    match limit {
        None => Next::Unknown,
        Some(limit) if limit > to => Next::CutTo(to),
        // It may have been cut: it asked for as much as it has, or for more.
        Some(limit) if limit >= from && to > limit => Next::UpTo(to),
        Some(_) => Next::Same,
    }
}

impl Group {
    fn add(&mut self, listener: &Listener) {
        self.count += 1;
        if self.places.len() < NAMED {
            self.places.push(listener.place());
        }
        // 0 stands for a listener that no --port selects.
        self.ports.push(listener.port.unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Host, requested, tcp};
    use super::*;
    use model::Setting;

    fn grouped(host: &Host, to: i64) -> Vec<Group> {
        requested(host, &[(Setting::Somaxconn, to)]).unwrap().groups
    }

    #[test]
    fn who_was_cut_gains_at_its_next_listen_and_the_others_do_not() {
        let host = Host::new(128)
            .with(tcp(80, 0, 128))
            .with(tcp(81, 0, 128))
            .with(tcp(82, 0, 5));
        let groups = grouped(&host, 4096);
        let told: Vec<_> = groups
            .iter()
            .map(|group| (group.count, group.limit, group.next))
            .collect();
        assert_eq!(told, [(2, Some(128), Next::UpTo(4096)), (1, Some(5), Next::Same)]);
        assert_eq!(groups[0].ports, [80, 81]);
    }

    #[test]
    fn lowered_it_cuts_who_has_more() {
        let host = Host::new(4096).with(tcp(80, 0, 4096)).with(tcp(81, 0, 64));
        let groups = grouped(&host, 100);
        let nexts: Vec<_> = groups.iter().map(|group| group.next).collect();
        assert_eq!(nexts, [Next::CutTo(100), Next::Same]);
    }

    #[test]
    fn a_limit_above_somaxconn_comes_from_an_earlier_somaxconn() {
        let host = Host::new(128).with(tcp(80, 0, 1000));
        assert_eq!(grouped(&host, 4096)[0].next, Next::UpTo(4096));
        assert_eq!(grouped(&host, 500)[0].next, Next::CutTo(500));
        assert_eq!(next(None, 128, 4096), Next::Unknown);
    }

    #[test]
    fn thousands_are_one_group() {
        let host = (1..3000).fold(Host::new(128), |host, port| host.with(tcp(port, 0, 128)));
        let groups = grouped(&host, 4096);
        assert_eq!((groups.len(), groups[0].count, groups[0].places.len()), (1, 2999, 4));
    }
}
