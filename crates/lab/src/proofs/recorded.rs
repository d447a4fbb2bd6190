//! What the proofs gave on a named kernel, for users who may not make a namespace.

use super::record::Record;

/// An array of records, one per line, written by the example `record-proofs`.
const RECORDED: &str = include_str!("../../recorded/proofs.json");

/// All recorded proofs; each names the kernel on which it was played ([`Record::kernel`]).
pub fn all_recorded() -> Vec<Record> {
    // The file is part of the program; that it can be read is a test of this crate.
    serde_json::from_str(RECORDED).unwrap_or_default()
}

/// What this proof gave on the kernel on which the proofs were recorded.
pub fn recorded(name: &str) -> Option<Record> {
    all_recorded().into_iter().find(|record| record.proof == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_proof_is_recorded_and_holds() {
        let records: Vec<Record> = serde_json::from_str(RECORDED).unwrap();
        let recorded: Vec<_> = records.iter().map(|record| record.proof.as_str()).collect();
        let proofs: Vec<_> = crate::proofs().iter().map(|proof| proof.name).collect();
        assert_eq!(
            recorded, proofs,
            "run: cargo run -p listenq-lab --example record-proofs"
        );
        for record in &records {
            assert!(record.holds, "{}: {:?}", record.proof, record.differences());
            assert_eq!(record.kernel, records[0].kernel);
        }
    }

    #[test]
    fn a_record_is_found_by_its_proof() {
        assert!(recorded("final-ack-refused").unwrap().phases.len() > 2);
        assert_eq!(recorded("no-such-proof"), None);
    }
}
