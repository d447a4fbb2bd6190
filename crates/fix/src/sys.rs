//! The system calls that rustix lacks or leaves unsafe: seccomp(2), signals as they were, descriptors by number,
//! socket options.
#![allow(
    unsafe_code,
    reason = "seccomp(2), signalfd(2), execvp(3), TCP_INFO and SO_PEERGROUPS have no safe wrapper in rustix or the \
              standard library, and its SO_PEERCRED takes a pid that is unknown here for one"
)]

use std::ffi::{CString, c_char, c_int, c_void};
use std::fs;
use std::io;
use std::mem::{MaybeUninit, size_of};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::run::filter::Instruction;

/// `struct seccomp_notif` of include/uapi/linux/seccomp.h, with room for what a newer kernel adds.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Notification {
    /// Unique within the filter; consecutive (kernel/seccomp.c:seccomp_next_notify_id).
    pub id: u64,
    /// The thread, in the reader's pid namespace; 0 when it cannot be seen there.
    pub thread: u32,
    flags: u32,
    /// What it called.
    pub call: SystemCall,
    room: [u64; 22],
}

/// `struct seccomp_data`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemCall {
    /// Its number in that ABI.
    pub number: i32,
    /// The ABI: `AUDIT_ARCH_…`.
    pub architecture: u32,
    instruction: u64,
    /// Its arguments, as they were in the registers.
    pub arguments: [u64; 6],
}

/// `struct seccomp_notif_resp`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct Response {
    id: u64,
    value: i64,
    error: i32,
    flags: u32,
}

/// `struct seccomp_notif_sizes`.
#[repr(C)]
#[derive(Default)]
struct Sizes {
    notification: u16,
    response: u16,
    data: u16,
}

/// What the caller of listen() is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What was done for it succeeded, or failed with this number.
    Done(Result<(), i32>),
    /// Its call is to be carried out as it was made.
    Continue,
}

/// How the filter is to be installed.
#[derive(Clone, Copy, Debug)]
pub struct InstallFlags {
    /// Only a fatal signal interrupts a call whose notification was received (Linux 5.19).
    pub killable_only: bool,
}

const IOCTL_RECEIVE: u64 = 0xC050_2100; // SECCOMP_IOWR(0, struct seccomp_notif), 80 bytes
const IOCTL_ANSWER: u64 = 0xC018_2101; // SECCOMP_IOWR(1, struct seccomp_notif_resp), 24 bytes
/// The number with the wrong direction, which kernels before 5.8 know only, and all later ones too.
const IOCTL_IS_VALID: u64 = 0x8008_2102; // SECCOMP_IOR(2, __u64)
const SIOCGSKNS: u64 = 0x894C;
const CONTINUE: u32 = 1;

/// Whether the kernel's structures fit into ours.
pub fn knows_sizes() -> bool {
    let mut sizes = Sizes::default();
    // SAFETY: the kernel writes the three numbers of struct seccomp_notif_sizes into `sizes`.
    let result = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_GET_NOTIF_SIZES,
            0,
            ptr::from_mut(&mut sizes),
        )
    };
    result == 0
        && usize::from(sizes.notification) <= size_of::<Notification>()
        && usize::from(sizes.response) == size_of::<Response>()
        && usize::from(sizes.data) == size_of::<SystemCall>()
}

/// Installs a filter on the calling thread, and on what it executes and begets. The descriptor is the one through
/// which notifications come; it closes on exec.
pub fn install(filter: &[Instruction], flags: InstallFlags) -> io::Result<OwnedFd> {
    let mut program: Vec<libc::sock_filter> = filter.iter().copied().map(Into::into).collect();
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(io::Error::other)?,
        filter: program.as_mut_ptr(),
    };
    // Without SPEC_ALLOW kernels before 5.16 switch speculation off in the whole program, which slows it down: that
    // is for those who confine it (kernel/seccomp.c:seccomp_assign_mode).
    let mut bits = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    if flags.killable_only {
        bits |= libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    }
    // SAFETY: `program` and the instructions that it points to live until the call returns; the kernel copies them.
    let result = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            bits,
            ptr::from_ref(&program),
        )
    };
    // SAFETY: a result that is not negative is a descriptor that the kernel has just made for this call.
    descriptor(result).map(|fd| unsafe { OwnedFd::from_raw_fd(fd) })
}

fn descriptor(result: i64) -> io::Result<RawFd> {
    match RawFd::try_from(result) {
        Ok(fd) if fd >= 0 => Ok(fd),
        _ => Err(io::Error::last_os_error()),
    }
}

impl From<Instruction> for libc::sock_filter {
    fn from(one: Instruction) -> Self {
        Self {
            code: one.code,
            jt: one.if_true,
            jf: one.if_false,
            k: one.operand,
        }
    }
}

/// Takes the next notification; ENOENT when its thread has ended or was interrupted meanwhile.
pub fn receive(listener: impl AsFd) -> io::Result<Notification> {
    // Kernels before 6.0 want it zeroed.
    let mut notification = Notification::default();
    // SAFETY: the kernel writes struct seccomp_notif, whose size `knows_sizes` has compared, into `notification`.
    unsafe { ioctl(listener, IOCTL_RECEIVE, ptr::from_mut(&mut notification).cast())? };
    Ok(notification)
}

/// Answers a notification; ENOENT when nobody waits for it any more, EINPROGRESS when nobody has received it.
pub fn answer(listener: impl AsFd, id: u64, answer: Answer) -> io::Result<()> {
    let mut response = Response {
        id,
        value: 0,
        error: 0,
        flags: 0,
    };
    match answer {
        Answer::Done(Ok(())) => {}
        Answer::Done(Err(number)) => response.error = -number,
        Answer::Continue => response.flags = CONTINUE,
    }
    // SAFETY: the kernel reads struct seccomp_notif_resp, whose size `knows_sizes` has compared, from `response`.
    unsafe { ioctl(listener, IOCTL_ANSWER, ptr::from_mut(&mut response).cast())? };
    Ok(())
}

/// Whether its thread still waits for the answer, so that its pid is still its own.
pub fn is_waiting(listener: impl AsFd, id: u64) -> bool {
    let mut id = id;
    // SAFETY: the kernel reads a __u64 from `id`.
    unsafe { ioctl(listener, IOCTL_IS_VALID, ptr::from_mut(&mut id).cast()) }.is_ok()
}

/// The network namespace of a socket; EPERM without CAP_NET_ADMIN in it.
pub fn namespace_of(socket: impl AsFd) -> io::Result<OwnedFd> {
    // SAFETY: SIOCGSKNS takes no argument, and its result is a descriptor that the kernel has just made.
    unsafe { ioctl(socket, SIOCGSKNS, ptr::null_mut()).map(|fd| OwnedFd::from_raw_fd(fd)) }
}

/// # Safety
/// `argument` must be what the ioctl takes.
unsafe fn ioctl(fd: impl AsFd, request: u64, argument: *mut c_void) -> io::Result<c_int> {
    // SAFETY: the caller's promise; the descriptor is open as long as `fd` lives. `request` has 32 bits.
    let result = unsafe { libc::ioctl(fd.as_fd().as_raw_fd(), request as libc::Ioctl, argument) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

/// State and `tcpi_sacked` of TCP_INFO; the latter is the limit of a listener (net/ipv4/tcp.c:tcp_get_info).
pub fn tcp_info(socket: impl AsFd) -> io::Result<(u8, u32)> {
    let mut bytes = [0; 32];
    option(socket, libc::IPPROTO_TCP, libc::TCP_INFO, &mut bytes)?;
    let [state, .., a, b, c, d] = bytes;
    Ok((state, u32::from_ne_bytes([a, b, c, d])))
}

/// User and group of `SO_PEERCRED`; of a listening unix socket they are those of who called listen().
pub fn peer_ids(socket: impl AsFd) -> io::Result<(u32, u32)> {
    let mut bytes = [0; 12];
    option(socket, libc::SOL_SOCKET, libc::SO_PEERCRED, &mut bytes)?;
    let [_pid, user, group] = words(&bytes)[..] else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    Ok((user, group))
}

/// `SO_PEERGROUPS`: the supplementary groups that belong to [`peer_ids`].
pub fn peer_groups(socket: impl AsFd) -> io::Result<Vec<u32>> {
    /// `NGROUPS_MAX` of include/uapi/linux/limits.h.
    const MOST: usize = 65_536;
    let mut bytes = vec![0; MOST * size_of::<u32>()];
    let length = option(socket, libc::SOL_SOCKET, libc::SO_PEERGROUPS, &mut bytes)?;
    Ok(words(&bytes[..length]))
}

fn words(bytes: &[u8]) -> Vec<u32> {
    let word = |word: &[u8]| word.try_into().ok().map(u32::from_ne_bytes);
    bytes.chunks_exact(size_of::<u32>()).filter_map(word).collect()
}

/// getsockopt(2); returns how many bytes the kernel wrote.
fn option(socket: impl AsFd, level: c_int, name: c_int, bytes: &mut [u8]) -> io::Result<usize> {
    let mut length = libc::socklen_t::try_from(bytes.len()).map_err(io::Error::other)?;
    // SAFETY: the kernel writes at most `length` bytes into `bytes`, which is that long.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            name,
            bytes.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(bytes.len().min(usize::try_from(length).unwrap_or_default()))
}

/// Blocks every signal that can be blocked, and returns those that were blocked before, as bits.
pub fn block_signals() -> io::Result<u64> {
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: both sets are valid for the calls; pthread_sigmask writes the second before it returns 0.
    let before = unsafe {
        let all = full_set();
        match libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, before.as_mut_ptr()) {
            0 => before.assume_init(),
            number => return Err(io::Error::from_raw_os_error(number)),
        }
    };
    // SAFETY: `before` is a valid set.
    let is_in = |signal: i32| unsafe { libc::sigismember(&raw const before, signal) } == 1;
    Ok((1..=64)
        .filter(|signal| is_in(*signal))
        .fold(0, |mask, signal| mask | 1 << (signal - 1)))
}

/// Sets the blocked signals.
fn set_mask(mask: u64) {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset initialises the set, sigaddset refuses numbers that are no signals, and pthread_sigmask
    // only reads it.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in (1..=64).filter(|signal| mask >> (signal - 1) & 1 == 1) {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, set.as_ptr(), ptr::null_mut());
    }
}

/// # Safety
/// None to be kept: the set is initialised here.
unsafe fn full_set() -> libc::sigset_t {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigfillset initialises the whole set.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        all.assume_init()
    }
}

/// A descriptor from which blocked signals are read, without waiting.
pub fn signal_descriptor() -> io::Result<OwnedFd> {
    // SAFETY: the set is valid for the call, and a result that is not negative is a new descriptor.
    unsafe {
        let all = full_set();
        let fd = libc::signalfd(-1, &raw const all, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        descriptor(fd.into()).map(|fd| OwnedFd::from_raw_fd(fd))
    }
}

/// kill(2): any signal, those that have no name too.
pub fn send_signal(pid: i32, signal: i32) -> io::Result<()> {
    // SAFETY: kill() touches no memory of this process.
    match unsafe { libc::kill(pid, signal) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Dies by a signal, as the program did. Returns where that does not work: in process 1 of a pid namespace, and for
/// signals that do not kill.
pub fn die_by(signal: i32) {
    // SAFETY: the default action runs no code of ours; kill() touches no memory.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        set_mask(0);
        libc::kill(libc::getpid(), signal);
    }
}

/// Executes a program in the place of this one, as execvp(3) finds it, with these signals blocked and
/// ignored (bits). Returns only why it failed.
pub fn execute(program: &[CString], blocked: u64, ignored: u64) -> io::Error {
    let Some(name) = program.first() else {
        return io::Error::from_raw_os_error(libc::ENOENT);
    };
    let arguments: Vec<*const c_char> = program.iter().map(|one| one.as_ptr()).chain([ptr::null()]).collect();
    // SAFETY: `arguments` ends with a null and its strings live until execvp() returns, if it does; SIG_IGN and
    // SIG_DFL run no code of ours.
    unsafe {
        for signal in RESTORED {
            let is_ignored = ignored >> (signal - 1) & 1 == 1;
            libc::signal(signal, if is_ignored { libc::SIG_IGN } else { libc::SIG_DFL });
        }
        set_mask(blocked);
        libc::execvp(name.as_ptr(), arguments.as_ptr());
    }
    io::Error::last_os_error()
}

/// Makes a descriptor that this process was started with its own; it closes on exec from now on.
///
/// Must be called once for a number, and only for the one that the starter has named.
pub fn inherit(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: F_SETFD touches no memory, and fails for a number that is not open.
    if number <= 2 || unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: it is open, and nothing else of this process knows it: it was inherited for this purpose.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Closes what this process has inherited: all above the standard streams but these.
///
/// Must be called while nothing else of this process has opened a descriptor that is not in `keep`.
pub fn close_others(keep: &[RawFd]) {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else {
        return;
    };
    let number = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse::<RawFd>().ok();
    let open: Vec<RawFd> = entries.filter_map(number).collect();
    for fd in open.into_iter().filter(|fd| *fd > 2 && !keep.contains(fd)) {
        // SAFETY: no value of this process stands for it (the caller's promise); the directory's own is closed.
        unsafe { libc::close(fd) };
    }
}

/// Those of [`RESTORED`] that were ignored, as bits.
static IGNORED_AT_START: AtomicU64 = AtomicU64::new(0);

/// What this process changes and the program must find as it was: Rust's runtime ignores SIGPIPE before main(), which
/// systemd has done or not (`IgnoreSIGPIPE=`), and whoever ignores SIGCHLD is not told how a child ended.
const RESTORED: [c_int; 2] = [libc::SIGPIPE, libc::SIGCHLD];

/// Runs before main() and before Rust's runtime.
#[used]
#[unsafe(link_section = ".init_array")]
static NOTE_IGNORED: extern "C" fn() = note_ignored;

extern "C" fn note_ignored() {
    for signal in RESTORED {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: sigaction() writes the present action into `action`, and all zeros are one, should it fail.
        let action = unsafe {
            libc::sigaction(signal, ptr::null(), action.as_mut_ptr());
            action.assume_init()
        };
        if action.sa_sigaction == libc::SIG_IGN {
            IGNORED_AT_START.fetch_or(1 << (signal - 1), Ordering::Relaxed);
        }
    }
}

/// Which signals were ignored when this process was started, of those that it changes; as bits. From now on it is
/// told how its children end.
pub fn take_over_dispositions() -> u64 {
    // The use keeps the initialiser in every program that asks.
    let _ = &NOTE_IGNORED;
    // SAFETY: the default action of SIGCHLD runs no code of ours.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
    IGNORED_AT_START.load(Ordering::Relaxed)
}
