//! Lines for the system log (syslog(3)), which journald takes too.

use std::os::unix::net::UnixDatagram;

/// Facility daemon, severity informational (RFC 3164).
const PRIORITY: u8 = 3 * 8 + 6;

/// Writes one line; where there is no system log it is lost.
pub fn write(line: &str) {
    let safe: String = line
        .chars()
        .map(|one| if one.is_control() { '?' } else { one })
        .collect();
    let message = format!("<{PRIORITY}>listenq[{}]: run: {safe}", std::process::id());
    let send = || {
        let socket = UnixDatagram::unbound()?;
        // A log that nobody reads must not stop a program that waits for its listen().
        socket.set_nonblocking(true)?;
        socket.send_to(message.as_bytes(), "/dev/log")
    };
    let _ = send();
}
