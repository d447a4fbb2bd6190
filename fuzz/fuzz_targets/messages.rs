//! Any datagram: at most one message per header, payloads within the datagram, nothing after an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listenq_fuzz::counted;
use sockdiag::{Body, Messages};

fuzz_target!(|datagram: &[u8]| {
    let (messages, allocated) = counted(|| {
        let mut walk = Messages::new(datagram);
        let (mut messages, mut bytes) = (0, 0);
        while let Some(Ok(message)) = walk.next() {
            messages += 1;
            bytes += 16;
            if let Body::Socket(payload) | Body::Other(payload) = message.body {
                bytes += payload.len();
            }
        }
        assert!(bytes <= datagram.len());
        assert!(walk.next().is_none());
        messages
    });
    assert!(messages <= datagram.len() / 16);
    assert_eq!(allocated, 0);
});
