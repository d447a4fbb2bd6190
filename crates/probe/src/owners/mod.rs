//! Which processes hold a socket.
