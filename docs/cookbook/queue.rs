//! Set the backlog of a listener, read its accept queue, and change the backlog while it listens.
//!
//! Linux only, no crates. Run it: rustc --edition 2024 queue.rs && ./queue
//!
//! `std::net::TcpListener` has no parameter for the backlog: it asks for 128. Calling listen() again on the socket
//! sets another one. With crates: `socket2::SockRef::from(&listener).listen(5)`, or `tokio::net::TcpSocket::listen`.

use std::ffi::{c_int, c_void};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::thread::sleep;
use std::time::{Duration, Instant};

const IPPROTO_TCP: c_int = 6;
const TCP_INFO: c_int = 11;
const SOL_SOCKET: c_int = 1;
const SO_MEMINFO: c_int = 55;
/// tcpi_unacked and tcpi_sacked as 32-bit words of struct tcp_info: for a listener, length and limit.
const TCPI_UNACKED: usize = 24 / 4;
const TCPI_SACKED: usize = 28 / 4;
const SK_MEMINFO_DROPS: usize = 8;

unsafe extern "C" {
    fn listen(fd: c_int, backlog: c_int) -> c_int;
    fn getsockopt(fd: c_int, level: c_int, name: c_int, value: *mut c_void, size: *mut u32) -> c_int;
}

struct AcceptQueue {
    length: u32,
    limit: u32,
    drops: u32,
}

fn set_backlog(listener: &TcpListener, backlog: c_int) -> io::Result<()> {
    // SAFETY: takes no pointer; the descriptor is open as long as the listener is borrowed.
    match unsafe { listen(listener.as_raw_fd(), backlog) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn socket_option<const WORDS: usize>(listener: &TcpListener, level: c_int, name: c_int) -> io::Result<[u32; WORDS]> {
    let mut value = [0; WORDS];
    let mut size = (WORDS * 4) as u32;
    // SAFETY: both pointers are to live variables, and `size` is the size of the first.
    match unsafe { getsockopt(listener.as_raw_fd(), level, name, value.as_mut_ptr().cast(), &mut size) } {
        0 => Ok(value),
        _ => Err(io::Error::last_os_error()),
    }
}

fn accept_queue(listener: &TcpListener) -> io::Result<AcceptQueue> {
    let info: [u32; TCPI_SACKED + 1] = socket_option(listener, IPPROTO_TCP, TCP_INFO)?;
    let memory: [u32; SK_MEMINFO_DROPS + 1] = socket_option(listener, SOL_SOCKET, SO_MEMINFO)?;
    Ok(AcceptQueue { length: info[TCPI_UNACKED], limit: info[TCPI_SACKED], drops: memory[SK_MEMINFO_DROPS] })
}

fn show(what: &str, listener: &TcpListener) -> io::Result<()> {
    let queue = accept_queue(listener)?;
    println!("{what}: length {}, limit {}, drops {}", queue.length, queue.limit, queue.drops);
    Ok(())
}

/// connect() returns before the last packet of the handshake has arrived.
fn wait_for_length(listener: &TcpListener, length: u32) -> io::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(5);
    while accept_queue(listener)?.length < length && Instant::now() < deadline {
        sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    set_backlog(&listener, 5)?;
    show("listen(5)", &listener)?;

    let _clients: Vec<TcpStream> =
        (0..3).map(|_| TcpStream::connect(listener.local_addr()?)).collect::<io::Result<_>>()?;
    wait_for_length(&listener, 3)?;
    show("3 clients", &listener)?;

    set_backlog(&listener, 64)?; // the new limit holds at once
    show("listen(64)", &listener)?;

    set_backlog(&listener, 1_000_000)?; // more than net.core.somaxconn: the kernel cuts it without a word
    show("listen(1000000)", &listener)
}
