//! How the kernel computes the defaults of the settings that concern listeners.

/// Smallest default of `tcp_max_syn_backlog` (net/ipv4/tcp_ipv4.c:tcp_set_hashinfo).
const LEAST_SYN_BACKLOG: u64 = 128;
/// Bytes of memory for each bucket of the established hash (net/ipv4/tcp.c:tcp_init, one slot per 128 KB).
const BYTES_PER_BUCKET: u64 = 128 * 1024;
/// Most buckets that the kernel makes by itself; the boot parameter `thash_entries=` can ask for more.
const MOST_BUCKETS: u64 = 512 * 1024;

/// The default of `net.ipv4.tcp_max_syn_backlog` in a namespace whose established hash has so many buckets:
/// a 128th of them, at least 128. Linux 5.4 and later; 4.18 takes a 256th.
pub fn max_syn_backlog(buckets: u64) -> u64 {
    (buckets / 128).max(LEAST_SYN_BACKLOG)
}

/// [`max_syn_backlog`] of Linux 4.14 and 4.18: a 256th of the buckets, at least 128.
pub fn max_syn_backlog_before_5_4(buckets: u64) -> u64 {
    (buckets / 256).max(LEAST_SYN_BACKLOG)
}

/// The default of `net.ipv4.tcp_max_orphans`: half as many as the host's established hash has buckets.
pub fn max_orphans(buckets: u64) -> u64 {
    buckets / 2
}

/// How many buckets the established hash gets on a host with so much memory, when the boot parameter `thash_entries=`
/// is not given: one per 128 KB, rounded up to a power of two, at most 524,288. What the kernel had set aside by then
/// is not part of it, so this is an estimate; `net.ipv4.tcp_ehash_entries` tells (6.1 and later).
pub fn buckets_for_memory(bytes: u64) -> u64 {
    bytes
        .div_ceil(BYTES_PER_BUCKET)
        .checked_next_power_of_two()
        .unwrap_or(MOST_BUCKETS)
        .min(MOST_BUCKETS)
}

/// What `net.ipv4.tcp_ehash_entries` says: its magnitude is the number of buckets. It is negative in a namespace that
/// shares the table of the initial one.
pub fn buckets(tcp_ehash_entries: i64) -> u64 {
    tcp_ehash_entries.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_syn_backlog_grows_with_the_hash_and_never_falls_below_128() {
        assert_eq!(max_syn_backlog(262_144), 2048);
        assert_eq!(max_syn_backlog(524_288), 4096);
        assert_eq!(max_syn_backlog(8192), 128);
        assert_eq!(max_syn_backlog(0), 128);
        assert_eq!(max_syn_backlog_before_5_4(262_144), 1024);
    }

    #[test]
    fn the_hash_has_a_bucket_for_each_128_kib_up_to_a_limit() {
        assert_eq!(buckets_for_memory(24 << 30), 262_144);
        assert_eq!(buckets_for_memory(1 << 30), 8192);
        assert_eq!(buckets_for_memory(u64::MAX), MOST_BUCKETS);
        assert_eq!(buckets(-262_144), 262_144);
        assert_eq!(buckets(i64::MIN), 1 << 63);
        assert_eq!(max_orphans(262_144), 131_072);
    }
}
