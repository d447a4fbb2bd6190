//! Any text in place of the files that grow with the number of sockets, or of counters; the first byte says which.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listenq_fuzz::counted;
use model::counter::Counters;
use probe::procfs::{counters, tcp_table, unix_table};

fuzz_target!(|input: &[u8]| {
    let Some((which, text)) = input.split_first() else {
        return;
    };
    let lines = text.iter().filter(|byte| **byte == b'\n').count() + 1;
    let ((), allocated) = counted(|| match which % 4 {
        0 => tcp(text, b"", lines),
        1 => tcp(b"", text, lines),
        2 => {
            let rows = unix_table::parse(text).unwrap_or_default();
            let names: usize = rows
                .iter()
                .filter_map(|row| Some(row.endpoint.name.as_ref()?.len()))
                .sum();
            assert!(rows.len() < lines && names <= text.len());
        }
        _ => {
            let mut found = Counters::default();
            let _ = counters::parse(text, &mut found);
            assert!(found.iter().count() * 4 <= text.len());
        }
    });
    assert!(
        allocated <= 128 * text.len() + 4096,
        "{allocated} bytes for {}",
        text.len()
    );
});

fn tcp(tcp: &[u8], tcp6: &[u8], lines: usize) {
    let Ok(table) = tcp_table::parse(tcp, tcp6) else {
        return;
    };
    let half_open: u32 = table.half_open.iter().map(|group| group.count).sum();
    assert!(table.half_open.iter().all(|group| group.young <= group.count));
    let children = |counts: model::namespace::QueuedCounts| counts.established + counts.closed_by_client;
    let queued: u32 = table.queued.iter().map(|group| children(group.counts)).sum();
    assert!(
        table
            .queued
            .iter()
            .all(|group| group.counts.with_data <= children(group.counts))
    );
    assert!(table.listeners.len() + half_open as usize + queued as usize <= lines);
}
