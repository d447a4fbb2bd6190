//! Socket memory and drops as `sock_diag` reports them for both families (`SK_MEMINFO_*`).

use crate::bytes::u32_at;

/// The array of `u32` behind `INET_DIAG_SKMEMINFO` and `UNIX_DIAG_MEMINFO`
/// (`net/core/sock.c:sk_get_meminfo`), read by length: eight entries in kernels before 4.7, nine since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryInfo<'a> {
    bytes: &'a [u8],
}

impl<'a> MemoryInfo<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The entry `SK_MEMINFO_*` of that index; None where the kernel sent fewer.
    pub fn get(&self, index: usize) -> Option<u32> {
        u32_at(self.bytes, index.checked_mul(4)?)
    }

    /// Bytes charged to the receive queue (`sk_rmem_alloc`).
    pub fn receive_allocated(&self) -> Option<u32> {
        self.get(0)
    }

    /// `SO_RCVBUF` in bytes (`sk_rcvbuf`).
    pub fn receive_buffer(&self) -> Option<u32> {
        self.get(1)
    }

    /// Bytes handed to lower layers and not yet freed (`sk_wmem_alloc`).
    pub fn write_allocated(&self) -> Option<u32> {
        self.get(2)
    }

    /// `SO_SNDBUF` in bytes (`sk_sndbuf`).
    pub fn write_buffer(&self) -> Option<u32> {
        self.get(3)
    }

    /// Bytes reserved ahead of use (`sk_forward_alloc`).
    pub fn forward_allocated(&self) -> Option<u32> {
        self.get(4)
    }

    /// Bytes queued for sending (`sk_wmem_queued`).
    pub fn write_queued(&self) -> Option<u32> {
        self.get(5)
    }

    /// Bytes taken by socket options and ancillary data (`sk_omem_alloc`).
    pub fn options(&self) -> Option<u32> {
        self.get(6)
    }

    /// Bytes that arrived while the socket was locked (`sk_backlog.len`). It has nothing to do with
    /// a listen queue.
    pub fn backlog(&self) -> Option<u32> {
        self.get(7)
    }

    /// What the socket has refused since it exists (`sk_drops`): 32 bits, wraps, never reset.
    pub fn drops(&self) -> Option<u32> {
        self.get(8)
    }
}
