//! Any payload of an `inet_diag` row, read to the last accessor.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listenq_fuzz::counted;
use sockdiag::inet::Socket;

fuzz_target!(|payload: &[u8]| {
    let ((), allocated) = counted(|| {
        let Ok(row) = Socket::parse(payload) else {
            return;
        };
        let read: usize = row.attributes.iter().map(|(_, bytes)| bytes.len() + 4).sum();
        assert!(read <= payload.len() - 72);
        assert_eq!(row.accept_queue_length().is_some(), row.is_listening());
        assert_eq!(row.accept_queue_limit().is_some(), row.is_listening());
        assert_eq!(row.drops(), row.memory().get(8));
        assert!(!row.is_mptcp() || row.upper_layer_protocol().is_some());
        if let Some(info) = row.tcp_info() {
            assert!(info.sacked().is_none() || info.unacked().is_some());
            assert!(info.unacked().is_none() || info.state().is_some());
        }
        let _ = (row.cgroup_id(), row.socket_options(), row.is_v6_only(), row.shutdown());
    });
    assert_eq!(allocated, 0);
});
