//! crates/listenq
fn main() {}
