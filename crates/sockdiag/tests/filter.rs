//! Filter programs, audited and run as `net/ipv4/inet_diag.c` does it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside #[test]")]

use std::collections::BTreeSet;

use listenq_sockdiag::inet::Filter;
use proptest::collection::vec;
use proptest::prelude::*;

/// One operation and the port in the operation after it.
struct Operation {
    code: u8,
    yes: i32,
    no: i32,
    operand: u16,
}

fn operation(program: &[u8], at: i32) -> Operation {
    let at = usize::try_from(at).unwrap();
    let u16_at = |at: usize| u16::from_ne_bytes([program[at], program[at + 1]]);
    Operation {
        code: program[at],
        yes: i32::from(program[at + 1]),
        no: i32::from(u16_at(at + 2)),
        operand: if at + 8 <= program.len() { u16_at(at + 6) } else { 0 },
    }
}

fn length(program: &[u8]) -> i32 {
    i32::try_from(program.len()).unwrap()
}

/// `inet_diag_bc_run` on a socket of that local port.
fn accepts(program: &[u8], port: u16) -> bool {
    let total = length(program);
    let mut left = total;
    while left > 0 {
        let op = operation(program, total - left);
        let holds = match op.code {
            1 => false,
            2 => port >= op.operand,
            3 => port <= op.operand,
            code => panic!("operation {code}"),
        };
        left -= if holds { op.yes } else { op.no };
    }
    left == 0
}

/// `inet_diag_bc_audit`, with the linear search of `valid_cc` replaced by a set of the places that
/// the chain of `yes` visits.
fn audit(program: &[u8]) -> Result<(), String> {
    let total = length(program);
    let mut starts = BTreeSet::new();
    let mut at = 0;
    while at < total {
        starts.insert(at);
        at += operation(program, at).yes;
    }
    starts.insert(total);
    for at in starts.iter().copied().filter(|at| *at < total) {
        let op = operation(program, at);
        let left = total - at;
        let least = if op.code == 1 { 4 } else { 8 };
        let fits = |jump: i32| jump >= least && jump <= left + 4 && jump % 4 == 0;
        let lands = op.no >= left || starts.contains(&(at + op.no));
        if left < least || !fits(op.no) || !fits(op.yes) || !lands {
            return Err(format!("operation at {at} of {total}"));
        }
    }
    if at == total {
        Ok(())
    } else {
        Err(format!("ends at {at} of {total}"))
    }
}

#[test]
fn one_port_byte_by_byte() {
    #[rustfmt::skip]
    let expected = [
        2, 8, 20, 0,     // S_GE: holds → next operation; not → the jump at the end
        0, 0, 80, 0,     //   port 80, in host order
        3, 8, 12, 0,     // S_LE: holds → next operation; not → the jump at the end
        0, 0, 80, 0,     //   port 80
        1, 4, 8, 0,      // JMP 8: to the end, accepted
        1, 4, 8, 0,      // JMP 8: four bytes beyond the end, refused
    ];
    assert_eq!(Filter::source_ports(&[80]).unwrap().program(), expected);
}

#[test]
fn neighbours_become_one_range() {
    let filter = Filter::source_ports(&[82, 80, 81, 80]).unwrap();
    assert_eq!(filter.program().len(), 24);
    let ports: Vec<u16> = (0..=u16::MAX).collect();
    assert_eq!(Filter::source_ports(&ports).unwrap().program().len(), 24);
}

#[test]
fn the_ends_of_the_port_range() {
    let filter = Filter::source_ports(&[0, u16::MAX]).unwrap();
    let accepted: Vec<u16> = (0..=u16::MAX).filter(|port| accepts(filter.program(), *port)).collect();
    assert_eq!(accepted, [0, u16::MAX]);
}

#[test]
fn no_port_is_no_filter() {
    assert_eq!(Filter::source_ports(&[]), None);
}

#[test]
fn too_many_ranges_are_no_filter() {
    let scattered = |count: u16| -> Vec<u16> { (0..count).map(|index| index * 2).collect() };
    let longest = Filter::source_ports(&scattered(512)).unwrap();
    assert_eq!(longest.program().len(), 512 * 20 + 4);
    audit(longest.program()).unwrap();
    assert!(accepts(longest.program(), 0) && accepts(longest.program(), 511 * 2));
    assert!(!accepts(longest.program(), 511 * 2 + 1));
    assert_eq!(Filter::source_ports(&scattered(513)), None);
}

proptest! {
    #[test]
    fn the_kernel_accepts_exactly_the_ports_asked_for(
        ports in vec(prop_oneof![any::<u16>(), 8000_u16..8020], 1..60),
        others in vec(any::<u16>(), 0..60),
    ) {
        let filter = Filter::source_ports(&ports).unwrap();
        audit(filter.program()).map_err(TestCaseError::fail)?;
        let near = ports.iter().flat_map(|port| [port.wrapping_sub(1), *port, port.wrapping_add(1)]);
        for port in near.chain(others) {
            prop_assert_eq!(accepts(filter.program(), port), ports.contains(&port), "port {}", port);
        }
    }
}
