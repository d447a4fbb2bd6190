//! The seccomp filter: which system calls are listen(2), in each ABI that a process of this machine can use.

/// An instruction of classic BPF (include/uapi/linux/filter.h: `struct sock_filter`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What to do.
    pub code: u16,
    /// How many to leave out when a comparison holds.
    pub if_true: u8,
    /// How many to leave out when it does not.
    pub if_false: u8,
    /// A number.
    pub operand: u32,
}

/// An ABI, and how listen(2) is called in it.
#[derive(Clone, Copy, Debug)]
struct Abi {
    /// `AUDIT_ARCH_…` of include/uapi/linux/audit.h.
    architecture: u32,
    /// Numbers of listen(2).
    listen: &'static [u32],
    /// Number of socketcall(2), which calls listen(2) for a first argument of 4 (include/uapi/linux/net.h).
    socketcall: Option<u32>,
}

/// `AUDIT_ARCH_I386`.
pub const I386: u32 = 0x4000_0003;
/// The number of socketcall(2) there.
pub const SOCKETCALL: i32 = 102;
/// `SYS_LISTEN` of socketcall(2).
pub const SOCKETCALL_LISTEN: u64 = 4;

/// 32-bit programs included; 0x4000_0000 marks a call of x32.
#[cfg(target_arch = "x86_64")]
const ABIS: &[Abi] = &[
    Abi {
        architecture: 0xC000_003E,
        listen: &[50, 0x4000_0032],
        socketcall: None,
    },
    Abi {
        architecture: I386,
        listen: &[363],
        socketcall: Some(SOCKETCALL.unsigned_abs()),
    },
];

/// 32-bit programs included.
#[cfg(target_arch = "aarch64")]
const ABIS: &[Abi] = &[
    Abi {
        architecture: 0xC000_00B7,
        listen: &[201],
        socketcall: None,
    },
    Abi {
        architecture: 0x4000_0028,
        listen: &[284],
        socketcall: None,
    },
];

/// Others are not supported (DESIGN.md); nothing is caught there.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const ABIS: &[Abi] = &[];

// include/uapi/linux/bpf_common.h
const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
const JUMP_IF_EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const RETURN: u16 = 0x06; // BPF_RET | BPF_K

/// Where the parts of `struct seccomp_data` are; both machines are little-endian.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;

const NOTIFY: u32 = 0x7FC0_0000; // SECCOMP_RET_USER_NOTIF
const ALLOW: u32 = 0x7FFF_0000; // SECCOMP_RET_ALLOW

/// The filter of this machine: listen(2) is notified, everything else allowed.
pub fn program() -> Vec<Instruction> {
    let mut program = vec![load(ARCHITECTURE)];
    for abi in ABIS {
        let block = block(abi);
        let behind = u8::try_from(block.len()).unwrap_or(u8::MAX);
        program.push(jump_if_equal(abi.architecture, 0, behind));
        program.extend(block);
    }
    program.push(give(ALLOW));
    program
}

fn block(abi: &Abi) -> Vec<Instruction> {
    let mut block = vec![load(NUMBER)];
    for number in abi.listen {
        block.extend([jump_if_equal(*number, 0, 1), give(NOTIFY)]);
    }
    if let Some(number) = abi.socketcall {
        let listen = u32::try_from(SOCKETCALL_LISTEN).unwrap_or_default();
        block.extend([
            jump_if_equal(number, 0, 3),
            load(FIRST_ARGUMENT),
            jump_if_equal(listen, 0, 1),
            give(NOTIFY),
        ]);
    }
    block.push(give(ALLOW));
    block
}

fn load(offset: u32) -> Instruction {
    Instruction {
        code: LOAD,
        if_true: 0,
        if_false: 0,
        operand: offset,
    }
}

fn jump_if_equal(operand: u32, if_true: u8, if_false: u8) -> Instruction {
    Instruction {
        code: JUMP_IF_EQUAL,
        if_true,
        if_false,
        operand,
    }
}

fn give(action: u32) -> Instruction {
    Instruction {
        code: RETURN,
        if_true: 0,
        if_false: 0,
        operand: action,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel does with a filter, for the three instructions that this one has.
    fn interpret(program: &[Instruction], number: u32, architecture: u32, first: u64) -> u32 {
        let mut accumulator = 0;
        let mut at = 0;
        loop {
            let Instruction {
                code,
                if_true,
                if_false,
                operand,
            } = program[at];
            at += 1;
            match code {
                LOAD => {
                    accumulator = match operand {
                        NUMBER => number,
                        ARCHITECTURE => architecture,
                        FIRST_ARGUMENT => u32::try_from(first & 0xFFFF_FFFF).unwrap(),
                        other => panic!("load of {other}"),
                    }
                }
                JUMP_IF_EQUAL => at += usize::from(if accumulator == operand { if_true } else { if_false }),
                RETURN => return operand,
                other => panic!("instruction {other:#x}"),
            }
        }
    }

    fn is_notified(number: u32, architecture: u32, first: u64) -> bool {
        match interpret(&program(), number, architecture, first) {
            NOTIFY => true,
            ALLOW => false,
            other => panic!("action {other:#x}"),
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn listen_is_caught_in_every_abi_of_the_machine_and_nothing_else() {
        const X86_64: u32 = 0xC000_003E;
        let caught: Vec<u32> = (0..1000).filter(|number| is_notified(*number, X86_64, 4)).collect();
        assert_eq!(caught, [50]);
        assert!(is_notified(0x4000_0032, X86_64, 4));
        let caught: Vec<u32> = (0..1000).filter(|number| is_notified(*number, I386, 4)).collect();
        assert_eq!(caught, [102, 363]);
        // 1 is SYS_SOCKET, 5 SYS_ACCEPT; the upper half is not an i386 program's to set.
        assert!([0, 1, 2, 3, 5, 20].iter().all(|call| !is_notified(102, I386, *call)));
        assert!(!is_notified(50, 0xC000_00B7, 4));
        assert!(!is_notified(0x4000_0032, I386, 4));
    }

    #[test]
    #[cfg(target_arch = "aarch64")]
    fn listen_is_caught_in_every_abi_of_the_machine_and_nothing_else() {
        let caught = |abi| {
            (0..1000)
                .filter(|number| is_notified(*number, abi, 4))
                .collect::<Vec<_>>()
        };
        assert_eq!(caught(0xC000_00B7), [201]);
        assert_eq!(caught(0x4000_0028), [284]);
    }

    #[test]
    fn every_jump_stays_inside() {
        let program = program();
        for (at, one) in program.iter().enumerate().filter(|(_, one)| one.code == JUMP_IF_EQUAL) {
            assert!(at + 1 + usize::from(one.if_true.max(one.if_false)) < program.len());
        }
    }
}
