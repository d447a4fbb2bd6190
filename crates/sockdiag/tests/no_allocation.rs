//! Parsing allocates nothing: a recorded dump is read to the last attribute under a counting allocator.
#![allow(
    unsafe_code,
    reason = "GlobalAlloc is an unsafe trait; the impl only counts and forwards"
)]

#[path = "support/recording.rs"]
mod recording;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use listenq_sockdiag::{Body, Messages, inet, unix};
use recording::{Recording, kernels};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is forwarded unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promises about `layout` are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `alloc` above, hence from the system, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What `work` returns, and how often this thread allocated meanwhile.
fn counted<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATIONS.get();
    let result = work();
    (result, ALLOCATIONS.get() - before)
}

fn read(name: &str, row: impl Fn(&[u8]) -> u64) {
    for kernel in kernels() {
        let recording = Recording::read(&kernel.join(name).with_extension("txt"));
        let (sum, allocations) = counted(|| {
            recording
                .datagrams
                .iter()
                .flat_map(|datagram| Messages::new(datagram))
                .map(|message| match message.map(|found| found.body) {
                    Ok(Body::Socket(payload)) => row(payload),
                    _ => 0,
                })
                .sum::<u64>()
        });
        assert!(sum > 0, "nothing was read");
        assert_eq!(allocations, 0);
    }
}

#[test]
fn the_counter_counts() {
    assert!(counted(|| vec![1_u8; 100]).1 > 0);
}

#[test]
fn inet_rows() {
    read("tcp4-listen", |payload| {
        let row = inet::Socket::parse(payload).unwrap();
        let options = row.socket_options().is_some_and(|options| options.is_icsk);
        u64::from(row.accept_queue_limit().unwrap())
            + u64::from(row.drops().unwrap())
            + row.cgroup_id().unwrap_or(0)
            + u64::from(row.tcp_info().unwrap().sacked().unwrap())
            + u64::from(options || row.is_mptcp() || row.is_v6_only().is_some())
    });
}

#[test]
fn unix_rows() {
    read("unix-listen", |payload| {
        let row = unix::Socket::parse(payload).unwrap();
        let waiting: u64 = row.waiting().map(u64::from).sum();
        waiting + row.name().map_or(0, |name| u64::try_from(name.len()).unwrap())
    });
}
