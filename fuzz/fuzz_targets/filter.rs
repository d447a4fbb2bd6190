//! Any set of ports: a program that fits its attribute, accepts these ports and no neighbour of them,
//! and a request that carries it whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listenq_fuzz::counted;
use sockdiag::inet::{Extensions, Family, Filter, Request, States};

fuzz_target!(|input: &[u8]| {
    let ports: Vec<u16> = input
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| u16::from_le_bytes(*pair))
        .collect();
    let (filter, allocated) = counted(|| Filter::source_ports(&ports));
    assert!(allocated <= 16 * 1024 + 32 * ports.len());
    let Some(filter) = filter else {
        assert!(ports.is_empty() || ports.len() > 512);
        return;
    };
    assert!(filter.program().len() <= 512 * 20 + 4);
    check_ports(&filter, &ports);
    check_request(&filter, ports[0]);
});

/// The kernel's loop (`inet_diag_bc_run`); every jump goes forward, so it ends.
fn accepts(program: &[u8], port: u16) -> bool {
    let mut at = 0;
    while at < program.len() {
        let operand = || u16::from_ne_bytes([program[at + 6], program[at + 7]]);
        let holds = match program[at] {
            1 => false,
            2 => port >= operand(),
            3 => port <= operand(),
            code => panic!("operation {code}"),
        };
        at += match holds {
            true => usize::from(program[at + 1]),
            false => usize::from(u16::from_ne_bytes([program[at + 2], program[at + 3]])),
        };
    }
    at == program.len()
}

fn check_ports(filter: &Filter, ports: &[u16]) {
    for port in ports.iter().take(64) {
        for near in [port.wrapping_sub(1), *port, port.wrapping_add(1)] {
            assert_eq!(accepts(filter.program(), near), ports.contains(&near));
        }
    }
}

fn check_request(filter: &Filter, protocol: u16) {
    let request = Request {
        family: Family::V4,
        protocol,
        states: States::LISTEN,
        extensions: Extensions::NONE,
        source_port: None,
        filter: Some(filter),
    };
    let mut bytes = Vec::new();
    request.encode(1, &mut bytes);
    let of_protocol = if protocol > 255 { 8 } else { 0 };
    assert_eq!(bytes.len(), 72 + 4 + filter.program().len() + of_protocol);
    assert_eq!(bytes[76..76 + filter.program().len()], *filter.program());
}
