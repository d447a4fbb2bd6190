//! Under load: the drops stop, nobody is lost, the program is not disturbed, nothing leaks.

use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fix::{Host, Journal, OnTrouble};
use probe::Roots;
use rustix::net::sockopt;

use crate::owner::{Owner, descriptors};
use crate::run::{DEADLINE, limits, may_touch_own, planned, resize, state, values};

/// The kernel sends a SYN again after so long (include/net/tcp.h:TCP_TIMEOUT_INIT).
const SYN_AGAIN: Duration = Duration::from_secs(1);

/// A connection, when it was begun, and when it came about.
struct Connected {
    stream: TcpStream,
    begun: Instant,
    at: Instant,
}

fn connect(port: u16) -> std::thread::JoinHandle<Connected> {
    std::thread::spawn(move || {
        let (address, begun) = (SocketAddr::from(([127, 0, 0, 1], port)), Instant::now());
        let stream = TcpStream::connect_timeout(&address, 2 * DEADLINE).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Connected {
            stream,
            begun,
            at: Instant::now(),
        }
    })
}

impl Connected {
    /// When its next SYN after `now` is due at the latest: after 1, 3, 7 … seconds (sooner since Linux 6.5).
    fn next_syn(&self, now: Instant) -> Instant {
        let due = (1..).map(|number| self.begun + SYN_AGAIN * (2_u32.pow(number) - 1));
        due.take(6).find(|due| *due > now).unwrap()
    }
}

fn drops(selection: &str) -> u64 {
    values(selection, "/drops/total")[0].as_u64().unwrap()
}

#[test]
fn drops_stop_and_everybody_who_waited_is_served() {
    if !may_touch_own("drops_stop_and_everybody_who_waited_is_served") {
        return;
    }
    let mut owner = Owner::new(5);
    let (selection, started) = (format!("--port {} --netns self", owner.port), owner.started());
    let clients: Vec<_> = (0..60).map(|_| connect(owner.port)).collect();
    crate::run::wait_until("the queue is full and refuses", || {
        values(&selection, "/accept_queue/length")[0] == 6 && drops(&selection) >= 50
    });
    resize(&format!("512 {selection} --yes")).done();
    let (resized, dropped) = (Instant::now(), drops(&selection));
    assert_eq!(limits(&selection), [512]);
    // Who comes now is let in at once.
    let later: Vec<_> = (0..40).map(|_| connect(owner.port).join().unwrap()).collect();
    for client in &later {
        assert!(client.at - client.begun < SYN_AGAIN, "its first SYN was refused");
    }

    // Each that waits comes in with its next SYN.
    let connected: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    for client in &connected {
        let latest = client.next_syn(resized) + Duration::from_millis(500);
        assert!(client.at < latest, "{:?} after the change", client.at - resized);
    }
    assert_eq!(drops(&selection), dropped, "nothing was refused after the change");
    assert_eq!(values(&selection, "/accept_queue/length")[0], 100);

    owner.order("serve");
    for mut client in connected.into_iter().chain(later) {
        client.stream.read_exact(&mut [0]).unwrap();
    }
    assert_eq!(owner.started(), started, "it is the same process");
}

/// Connects, waits for the byte, and does it again. It ends with a RST: what is left in TIME_WAIT would soon take every
/// port there is, and a connection from a port that is used again is answered in other ways than a new one.
fn customer(port: u16, stop: &AtomicBool, served: &AtomicU64) {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    while !stop.load(Ordering::Relaxed) {
        let mut connection = TcpStream::connect_timeout(&address, DEADLINE).unwrap();
        connection.set_read_timeout(Some(DEADLINE)).unwrap();
        sockopt::set_socket_linger(&connection, Some(Duration::ZERO)).unwrap();
        connection.read_exact(&mut [0]).unwrap();
        served.fetch_add(1, Ordering::Relaxed);
    }
}

/// A thousand; fewer where that is said, on emulated machines (`cargo xtask kernels`).
fn resizes() -> u32 {
    let said = std::env::var("LISTENQ_TEST_RESIZES").ok();
    said.and_then(|number| number.parse().ok()).unwrap_or(1000)
}

/// With one host and one journal all along, as a service that resizes would have them.
#[test]
fn a_thousand_resizes_under_load_disturb_nobody_and_leak_nothing() {
    if !may_touch_own("a_thousand_resizes_under_load_disturb_nobody_and_leak_nothing") {
        return;
    }
    let mut owner = Owner::new(128);
    let (port, started) = (owner.port, owner.started());
    owner.order("serve");
    let before = owner.order("descriptors?");
    let (there, back) = (planned(&[port], 512), planned(&[port], 512).actions[0].reversed());
    let back = fix::Plan {
        actions: vec![back],
        ..there.clone()
    };
    let inode = values(&format!("--port {port} --netns self"), "/inode")[0]
        .as_u64()
        .unwrap();
    let (before_us, _) = held(inode);
    let directory = state();
    let (stop, served) = (AtomicBool::new(false), AtomicU64::new(0));
    let resizes = resizes();
    std::thread::scope(|scope| {
        let customers: Vec<_> = (0..4).map(|_| scope.spawn(|| customer(port, &stop, &served))).collect();
        let mut host = Host::open(Roots::default()).unwrap();
        let mut journal = Journal::open(directory.path(), None).unwrap();
        crate::run::wait_until("customers come", || served.load(Ordering::Relaxed) > 100);
        let (begin, count) = (Instant::now(), served.load(Ordering::Relaxed));
        for number in 0..resizes {
            let plan = if number % 2 == 0 { &there } else { &back };
            let report = fix::carry_out(plan, &mut host, &mut journal, OnTrouble::TakeBack).unwrap();
            assert!(report.is_done(), "{number}: {report:?}");
        }
        let took = begin.elapsed();
        let rate = f64::from(u32::try_from(served.load(Ordering::Relaxed) - count).unwrap()) / took.as_secs_f64();
        println!("{resizes} resizes in {took:?}, meanwhile {rate:.0} connections per second");
        let (after, holds_listener) = held(inode);
        assert!(!holds_listener, "its listener is in our table");
        assert!(
            after < before_us + usize::try_from(resizes).unwrap() / 2 + 40,
            "{before_us} descriptors before, {after} after"
        );
        stop.store(true, Ordering::Relaxed);
        for customer in customers {
            customer.join().unwrap();
        }
    });
    crate::run::wait_until("its table is as it was", || owner.order("descriptors?") == before);
    assert_eq!(owner.started(), started);
    let last = if resizes.is_multiple_of(2) { 128 } else { 512 };
    assert_eq!(limits(&format!("--port {port} --netns self")), [last]);
}

/// A leak of one descriptor per change would be a thousand more; other tests of this process hold a few.
fn held(inode: u64) -> (usize, bool) {
    let all = descriptors("self");
    let listener = format!("socket:[{inode}]");
    (all.len(), all.iter().any(|one| one.ends_with(&listener)))
}
