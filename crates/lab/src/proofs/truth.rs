//! The truth table: which counter moves by how much in which phase of which proof.

use super::record::Record;

/// One movement of a counter, seen in a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provocation {
    /// The counter, as `TcpExt.ListenOverflows`.
    pub counter: String,
    /// The proof's name.
    pub proof: String,
    /// The phase, in its own words.
    pub phase: String,
    /// By how much it moved; never 0.
    pub delta: i64,
}

/// Counters of `model::counter::KNOWN` that no proof moves, and why. A kernel that has none of a
/// name has nothing to move either.
pub const UNPROVOKED: &[(&str, &str)] = &[
    (
        "TcpExt.TCPBacklogDrop",
        "packets for an established connection while a program's own call holds its lock: that takes a call that is \
         stopped half-way, and no listener is concerned",
    ),
    (
        "TcpExt.TCPAORequired",
        "only in kernels built with CONFIG_TCP_AO; neither this one nor those of Debian are",
    ),
    (
        "TcpExt.TCPAOBad",
        "only in kernels built with CONFIG_TCP_AO; neither this one nor those of Debian are",
    ),
    (
        "TcpExt.TCPAOKeyNotFound",
        "only in kernels built with CONFIG_TCP_AO; neither this one nor those of Debian are",
    ),
    (
        "TcpExt.PAWSPassive",
        "only with tcp_tw_recycle, which Linux 4.12 took away; the counter went in 4.14",
    ),
];

/// Every movement of a counter in these records, by counter.
pub fn provocations<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Provocation> {
    let mut found: Vec<_> = records.into_iter().flat_map(of_record).collect();
    found.sort_by(|one, other| (&one.counter, &one.proof).cmp(&(&other.counter, &other.proof)));
    found
}

fn of_record(record: &Record) -> impl Iterator<Item = Provocation> {
    let readings = record
        .phases
        .iter()
        .flat_map(|phase| phase.readings.iter().map(move |reading| (phase, reading)));
    // Counters have a group and a name with a point between them; other numbers have names in words.
    let counters = readings.filter(|(_, reading)| reading.name.contains('.') && !reading.name.contains(' '));
    counters.filter_map(|(phase, reading)| {
        let delta = reading.after? - reading.before?;
        (delta != 0).then(|| Provocation {
            counter: reading.name.clone(),
            proof: record.proof.clone(),
            phase: phase.what.clone(),
            delta,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::counter::KNOWN;

    #[test]
    fn only_known_counters_are_excused() {
        for (counter, _) in UNPROVOKED {
            let known = KNOWN.iter().any(|(group, name)| *counter == format!("{group}.{name}"));
            assert!(known, "{counter}");
        }
    }

    #[test]
    fn each_known_counter_is_provoked_in_the_recorded_proofs_or_excused() {
        let provoked = provocations(&crate::all_recorded());
        for (group, name) in KNOWN {
            let counter = format!("{group}.{name}");
            let moves = provoked.iter().any(|provocation| provocation.counter == counter);
            let excused = UNPROVOKED.iter().any(|(excused, _)| *excused == counter);
            assert!(moves != excused, "{counter}: provoked {moves}, excused {excused}");
        }
    }
}
