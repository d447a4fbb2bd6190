//! What a notified system call asks for: the arguments of listen(2), in registers or in memory.

use super::filter::{I386, SOCKETCALL, SOCKETCALL_LISTEN};
use crate::sys::SystemCall;

/// listen(fd, backlog).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenCall {
    /// The descriptor, in the caller's table.
    pub fd: i32,
    /// What it asks for.
    pub backlog: i32,
}

impl ListenCall {
    /// Decodes a call; `memory` reads eight bytes of the caller at an address.
    ///
    /// `None` when the memory cannot be read: then the kernel will say EFAULT itself.
    pub fn decode(call: &SystemCall, memory: impl FnOnce(u64) -> Option<[u8; 8]>) -> Option<Self> {
        if call.architecture == I386 && call.number == SOCKETCALL {
            return Self::of_socketcall(call, memory);
        }
        Some(Self {
            fd: argument(call.arguments[0]),
            backlog: argument(call.arguments[1]),
        })
    }

    fn of_socketcall(call: &SystemCall, memory: impl FnOnce(u64) -> Option<[u8; 8]>) -> Option<Self> {
        if call.arguments[0] & 0xFFFF_FFFF != SOCKETCALL_LISTEN {
            return None;
        }
        let both = u64::from_le_bytes(memory(call.arguments[1] & 0xFFFF_FFFF)?);
        Some(Self {
            fd: argument(both),
            backlog: argument(both >> 32),
        })
    }
}

/// Both arguments are int: the upper half of the register is no part of them.
fn argument(register: u64) -> i32 {
    let [a, b, c, d, ..] = register.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(number: i32, architecture: u32, arguments: [u64; 2]) -> SystemCall {
        let mut call = SystemCall::default();
        (call.number, call.architecture) = (number, architecture);
        call.arguments[..2].copy_from_slice(&arguments);
        call
    }

    #[test]
    fn registers_are_cut_to_an_int() {
        let decoded = ListenCall::decode(&call(50, 0xC000_003E, [7, 0xFFFF_FFFF]), |_| panic!("no memory"));
        assert_eq!(decoded, Some(ListenCall { fd: 7, backlog: -1 }));
        let decoded = ListenCall::decode(&call(50, 0xC000_003E, [0xAAAA_0000_0007, 0xFFFF_0000_0005]), |_| None);
        assert_eq!(decoded, Some(ListenCall { fd: 7, backlog: 5 }));
    }

    #[test]
    fn socketcall_has_its_arguments_in_memory() {
        let decoded = ListenCall::decode(&call(SOCKETCALL, I386, [4, 0xFFFF_1234]), |address| {
            assert_eq!(address, 0xFFFF_1234);
            Some([3, 0, 0, 0, 0x80, 0, 0, 0])
        });
        assert_eq!(decoded, Some(ListenCall { fd: 3, backlog: 128 }));
        assert_eq!(ListenCall::decode(&call(SOCKETCALL, I386, [4, 0]), |_| None), None);
        assert_eq!(
            ListenCall::decode(&call(SOCKETCALL, I386, [1, 0]), |_| panic!("not read")),
            None
        );
    }
}
