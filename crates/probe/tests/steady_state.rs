//! A repeated LISTEN sample through an open socket allocates nothing, however many listeners there are.
#![expect(unsafe_code, reason = "a global allocator that counts can only be written with it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::TcpListener;

use listenq_probe::diag::inet;
use listenq_probe::diag::socket::DiagSocket;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed on to the system allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are those that the system allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_repeated_sample_allocates_nothing() {
    let listeners: Vec<_> = (0..100).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let mut socket = DiagSocket::open().unwrap();
    let mut rows = Vec::new();
    for _ in 0..3 {
        inet::listeners(&mut socket, false, &mut rows).unwrap();
    }
    assert!(rows.len() >= listeners.len());
    // Other tests may listen too; room for a few more rows is not what is measured here.
    rows.reserve(100);

    let before = ALLOCATIONS.with(Cell::get);
    inet::listeners(&mut socket, false, &mut rows).unwrap();
    let after = ALLOCATIONS.with(Cell::get);
    assert_eq!(
        after - before,
        0,
        "allocations in one sample of {} listeners",
        rows.len()
    );
}
