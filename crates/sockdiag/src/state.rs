//! Socket states and sets of them (`include/net/tcp_states.h`), used by both families.

use std::ops::BitOr;

/// A socket's state. AF_UNIX uses the same numbers: `Listen`, `Established`, and `Close` for a
/// socket that is not connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Connected.
    Established,
    /// A SYN was sent.
    SynSent,
    /// A SYN was received: a half-open connection, or a Fast Open child whose handshake is unfinished.
    SynReceived,
    /// Closed here, the peer has not acknowledged it.
    FinWait1,
    /// Closed here, waiting for the peer's FIN.
    FinWait2,
    /// Both closed, waiting for late packets.
    TimeWait,
    /// Not connected.
    Close,
    /// Closed by the peer.
    CloseWait,
    /// Closed by the peer, then here.
    LastAck,
    /// Listening.
    Listen,
    /// Both closed at the same time.
    Closing,
    /// `TCP_NEW_SYN_RECV`: selects half-open requests alone in a request; a reply never carries it.
    NewSynReceived,
    /// Bound and neither listening nor connected (6.8 and newer).
    BoundInactive,
    /// A number not known here.
    Other(u8),
}

impl State {
    /// The state of that number in `include/net/tcp_states.h`.
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Established,
            2 => Self::SynSent,
            3 => Self::SynReceived,
            4 => Self::FinWait1,
            5 => Self::FinWait2,
            6 => Self::TimeWait,
            7 => Self::Close,
            8 => Self::CloseWait,
            9 => Self::LastAck,
            10 => Self::Listen,
            11 => Self::Closing,
            12 => Self::NewSynReceived,
            13 => Self::BoundInactive,
            other => Self::Other(other),
        }
    }

    /// Its number in `include/net/tcp_states.h`.
    pub const fn number(self) -> u8 {
        match self {
            Self::Established => 1,
            Self::SynSent => 2,
            Self::SynReceived => 3,
            Self::FinWait1 => 4,
            Self::FinWait2 => 5,
            Self::TimeWait => 6,
            Self::Close => 7,
            Self::CloseWait => 8,
            Self::LastAck => 9,
            Self::Listen => 10,
            Self::Closing => 11,
            Self::NewSynReceived => 12,
            Self::BoundInactive => 13,
            Self::Other(number) => number,
        }
    }
}

/// A set of states to ask for: one bit per state, as the kernel's `TCPF_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct States(u32);

impl States {
    /// No state: the reply is empty.
    pub const NONE: Self = Self(0);
    /// Connected.
    pub const ESTABLISHED: Self = Self::of(State::Established);
    /// Half-open connections, and Fast Open children whose handshake is unfinished. Since 4.4 the
    /// kernel adds [`States::NEW_SYN_RECV`] by itself (`net/ipv4/inet_diag.c:inet_diag_dump_icsk`).
    pub const SYN_RECV: Self = Self::of(State::SynReceived);
    /// Not connected. For `inet_diag` since 6.8 it brings bound sockets too.
    pub const CLOSE: Self = Self::of(State::Close);
    /// Closed by the peer.
    pub const CLOSE_WAIT: Self = Self::of(State::CloseWait);
    /// Listening.
    pub const LISTEN: Self = Self::of(State::Listen);
    /// Half-open requests alone, without Fast Open children (4.4 and newer).
    pub const NEW_SYN_RECV: Self = Self::of(State::NewSynReceived);
    /// Every state.
    pub const ALL: Self = Self(u32::MAX);

    /// The set of that state alone.
    pub const fn of(state: State) -> Self {
        let number = state.number();
        Self(if number < 32 { 1 << number } else { 0 })
    }

    /// Whether `state` is in the set.
    pub const fn contains(self, state: State) -> bool {
        self.0 & Self::of(state).0 != 0
    }

    /// The bits as the kernel takes them.
    pub const fn bits(self) -> u32 {
        self.0
    }
}

impl BitOr for States {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_survives_the_way_there_and_back() {
        for number in 0..=u8::MAX {
            assert_eq!(State::from_number(number).number(), number);
        }
    }

    #[test]
    fn sets_have_the_kernels_bits() {
        assert_eq!(States::LISTEN.bits(), 0x400);
        assert_eq!((States::SYN_RECV | States::ESTABLISHED).bits(), 0b1010);
        assert!(States::ALL.contains(State::CloseWait));
        assert!(!States::LISTEN.contains(State::Established));
        assert!(!States::ALL.contains(State::Other(40)));
    }
}
