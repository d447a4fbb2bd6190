//! Says in one line, before anything is compiled in vain, that listenq is for Linux.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        println!(
            "cargo::error=listenq reads Linux kernel interfaces (sock_diag, procfs): it can be built for Linux only"
        );
    }
}
