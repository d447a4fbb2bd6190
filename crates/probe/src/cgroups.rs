//! Control group of a process, read from /proc/PID/cgroup.
