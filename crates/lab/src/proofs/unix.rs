//! Proof: a full accept queue of a unix listener.

use std::fs;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::thread::gettid;
use socket2::{Domain, SockAddr, Socket, Type};

use super::Proof;
use super::bench::Bench;
use super::expected::nothing;
use super::snapshot::{Watched, inode};
use super::sockets::error_name;
use crate::clock::wait_until;
use crate::error::{During, LabError};

/// An abstract name: those are of one network namespace.
const NAME: &str = "\0listenq-proof";
const WAIT_LIMIT: Duration = Duration::from_secs(10);

pub(super) const FULL: Proof = Proof {
    name: "unix-full-blocks-and-counts-nothing",
    claim: "what a full unix listener refuses can be seen in ListenOverflows or its drops",
    truth: "A unix listener drops nothing and counts nothing: while it is full (limit + 1, as for TCP) connect() waits, or says \
            EAGAIN on a non-blocking socket. accept(), or a listen() with more room, lets the next one in.",
    needs: &[],
    play: |bench| {
        let listener = listen(bench)?;
        bench.phase("three programs connect (limit 2)", nothing().queued(3), |bench| {
            for _ in 0..3 {
                let seen = connect(bench, false)?;
                bench.observe("connect()", &seen, "connected");
            }
            Ok(())
        })?;
        bench.phase("a fourth connects, on a non-blocking socket", nothing(), |bench| {
            let seen = connect(bench, true)?;
            bench.observe("connect()", &seen, "EAGAIN");
            Ok(())
        })?;
        let mut blocked = None;
        bench.phase("a fifth connects, and waits", nothing(), |bench| {
            blocked = Some(waits(bench)?);
            Ok(())
        })?;
        bench.phase(
            "accept() takes one out, and the fifth is let in",
            nothing().queued(0),
            |bench| {
                bench.did("accept(fd)");
                let (connection, _) = listener.accept().during("accept on", "a unix listener")?;
                bench.keep(connection);
                let_in(bench, blocked.take());
                Ok(())
            },
        )?;
        bench.phase("a sixth connects, and waits", nothing(), |bench| {
            blocked = Some(waits(bench)?);
            Ok(())
        })?;
        bench.phase("listen(fd, 10) lets it in", nothing().limit(10).queued(1), |bench| {
            bench.did("listen(fd, 10)");
            listener.listen(10).during("listen on", "a unix socket")?;
            let_in(bench, blocked.take());
            Ok(())
        })
    },
};

fn listen(bench: &mut Bench) -> Result<Socket, LabError> {
    bench.did("fd = socket(AF_UNIX, SOCK_STREAM); bind(fd, @listenq-proof); listen(fd, 2)");
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).during("make", "a unix socket")?;
    socket.bind(&address()?).during("bind", "a unix socket")?;
    socket.listen(2).during("listen on", "a unix socket")?;
    let watched = Watched {
        label: "",
        inode: inode(&socket)?,
        port: 0,
        syn_queue_of: "",
    };
    bench.watch(watched);
    Ok(socket)
}

fn connect(bench: &mut Bench, nonblocking: bool) -> Result<String, LabError> {
    bench.did("connect(fd, @listenq-proof)");
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).during("make", "a unix socket")?;
    socket
        .set_nonblocking(nonblocking)
        .during("make", "a socket wait not")?;
    match socket.connect(&address()?) {
        Ok(()) => {
            bench.keep(socket);
            Ok("connected".into())
        }
        Err(error) => Ok(error_name(&error)),
    }
}

/// A program that is inside connect(2) and does not come out.
struct Blocked(JoinHandle<std::io::Result<Socket>>);

fn waits(bench: &mut Bench) -> Result<Blocked, LabError> {
    bench.did("connect(fd, @listenq-proof)");
    let (tell, told) = channel();
    let address = address()?;
    let connect = move || {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        // A proof that goes wrong must not wait for ever.
        socket.set_write_timeout(Some(WAIT_LIMIT))?;
        let _ = tell.send(gettid().as_raw_nonzero());
        socket.connect(&address)?;
        Ok(socket)
    };
    let thread = std::thread::Builder::new().spawn(connect).during("start", "a client")?;
    let id = told.recv().map_err(|_| LabError::Gone {
        who: "a client".into(),
        what: "has ended".into(),
    })?;
    // Nothing after the message can make it sleep but connect(2).
    let path = format!("/proc/self/task/{id}/stat");
    let asleep = wait_until(WAIT_LIMIT, || {
        let text = fs::read_to_string(&path).during("read", &path)?;
        Ok::<_, LabError>(text.rsplit(") ").next().is_some_and(|rest| rest.starts_with('S')))
    })?;
    bench.observe("connect()", if asleep { "waits" } else { "returned" }, "waits");
    Ok(Blocked(thread))
}

fn let_in(bench: &mut Bench, blocked: Option<Blocked>) {
    let Some(Blocked(thread)) = blocked else { return };
    let seen = match thread.join() {
        Ok(Ok(socket)) => {
            bench.keep(socket);
            "connected".into()
        }
        Ok(Err(error)) => error_name(&error),
        Err(_) => "a panic".into(),
    };
    bench.observe("connect() of the one that waited", &seen, "connected");
}

fn address() -> Result<SockAddr, LabError> {
    SockAddr::unix(NAME).during("make", "a unix address")
}
