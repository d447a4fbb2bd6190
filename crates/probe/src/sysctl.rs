//! Settings of a network namespace, read from /proc/sys/net.
