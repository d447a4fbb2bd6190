//! What the records of all proofs say together: behaviours, the truth table, the recorded ones.

use std::collections::BTreeMap;
use std::fs;

use crate::RECORDS;
use crate::harness::Case;
use crate::lab::{self, LabError, Record};

/// The cases that need the records of all proofs that can be played here.
pub fn cases() -> Vec<Case> {
    let checks: [(&str, fn()); 4] = [
        ("together_every_counter_is_provoked_or_excused", every_counter),
        ("together_every_answer_is_a_known_one", every_answer),
        ("together_every_behaviour_is_answered", every_behaviour),
        ("together_what_was_recorded_is_not_stale", nothing_stale),
    ];
    let case = |(name, check): (&str, fn())| {
        Case::new(name, move || {
            check();
            Ok(())
        })
    };
    checks.into_iter().map(case).collect()
}

/// All records; proofs that were not chosen are played now.
fn records() -> Vec<Record> {
    let mut records = RECORDS.lock().unwrap();
    for proof in lab::proofs() {
        if records.iter().all(|record| record.proof != proof.name) {
            match lab::prove("/proc/self/exe".as_ref(), proof.name) {
                Ok(record) => records.push(record),
                Err(LabError::Missing(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    records.clone()
}

fn every_counter() {
    let records = records();
    let provoked = lab::provocations(&records);
    let answers = answers(&records);
    // Without the correction of 2026 the kernel moves it nowhere; a proof has seen that.
    let without = answers.get("wrong_syn_ack_of_a_join_counts_in").map(String::as_str) == Some("MPJoinAckHMacFailure");
    for counter in there() {
        let moves = provoked.iter().any(|one| one.counter == counter);
        let excused = lab::UNPROVOKED.iter().any(|(name, _)| *name == counter)
            || (without && counter == "MPTcpExt.MPJoinSynAckHMacFailure");
        assert!(moves != excused, "{counter}: provoked {moves}, excused {excused}");
    }
}

/// The counters that this kernel has, of those that are known. (Those of MPTCP are shown by kernels
/// that have it.)
fn there() -> Vec<String> {
    let text = ["snmp", "netstat"].map(|file| fs::read_to_string(format!("/proc/self/net/{file}")).unwrap());
    let mut there = Vec::new();
    for line in text.iter().flat_map(|text| text.lines()) {
        let (group, names) = line.split_once(':').unwrap();
        let names = names.split_whitespace().filter(|name| name.parse::<i64>().is_err());
        let known = names.filter(|name| model::counter::KNOWN.contains(&(group, name)));
        there.extend(known.map(|name| format!("{group}.{name}")));
    }
    assert!(there.len() > 20, "{there:?}");
    there
}

/// Each answer, which has to be the same in every proof that gives it.
fn answers(records: &[Record]) -> BTreeMap<String, String> {
    let mut answers = BTreeMap::<String, String>::new();
    for (name, value) in records.iter().flat_map(|record| &record.answers) {
        let earlier = answers.entry(name.clone()).or_insert_with(|| value.clone());
        assert_eq!(earlier, value, "{name}");
    }
    answers
}

fn every_answer() {
    for (name, value) in answers(&records()) {
        let behaviour = lab::find_behaviour(&name).unwrap_or_else(|| panic!("{name} is no behaviour"));
        assert!(behaviour.meaning(&value).is_some(), "{name}={value} means nothing");
    }
}

fn every_behaviour() {
    let records = records();
    for behaviour in lab::behaviours() {
        let Some(record) = records.iter().find(|record| record.proof == behaviour.proof) else {
            continue; // said when it was skipped
        };
        assert!(record.answers.contains_key(behaviour.name), "{}", behaviour.name);
    }
}

/// The recorded proofs are those of today: the same phases with the same commands.
fn nothing_stale() {
    let steps = |record: &Record| -> Vec<_> { record.phases.iter().map(|phase| phase.what.clone()).collect() };
    for played in records() {
        let recorded = lab::recorded(&played.proof).unwrap();
        assert_eq!(
            steps(&played),
            steps(&recorded),
            "{}: see the example record-proofs",
            played.proof
        );
    }
}
