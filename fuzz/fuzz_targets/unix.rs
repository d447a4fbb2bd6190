//! Any payload of a `unix_diag` row, read to the last accessor.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listenq_fuzz::counted;
use sockdiag::unix::Socket;

fuzz_target!(|payload: &[u8]| {
    let ((), allocated) = counted(|| {
        let Ok(row) = Socket::parse(payload) else {
            return;
        };
        let read: usize = row.attributes.iter().map(|(_, bytes)| bytes.len() + 4).sum();
        assert!(read <= payload.len() - 16);
        let waiting = row.waiting();
        assert!(waiting.len() * 4 <= payload.len());
        assert_eq!(waiting.len(), row.waiting().count());
        assert!(row.name().is_none_or(|name| name.len() <= payload.len()));
        let _ = (row.file(), row.peer(), row.queue_lengths(), row.uid(), row.shutdown());
        let _ = row.memory().drops();
    });
    assert_eq!(allocated, 0);
});
