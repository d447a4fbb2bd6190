//! Three requests to rtnetlink: interface up, route over it, and the kernel's answer.

use std::io;
use std::net::IpAddr;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};

use crate::error::{During, LabError};

// linux/netlink.h, linux/rtnetlink.h, linux/if.h
const NLM_F_REQUEST_ACK: u16 = 0x0001 | 0x0004;
const NLM_F_CREATE: u16 = 0x0400;
const NLM_F_REPLACE: u16 = 0x0100;
const NLMSG_ERROR: u16 = 2;
const RTM_NEWLINK: u16 = 16;
const RTM_NEWROUTE: u16 = 24;
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RT_TABLE_MAIN: u8 = 254;
const RTPROT_STATIC: u8 = 4;
const RT_SCOPE_LINK: u8 = 253;
const RTN_UNICAST: u8 = 1;
const IFF_UP: u32 = 1;

/// The loopback interface has index 1 in every namespace (include/linux/netdevice.h:LOOPBACK_IFINDEX).
const LOOPBACK: u32 = 1;

/// Brings the loopback interface of the thread's namespace up; the kernel then gives it
/// 127.0.0.1 and `::1` itself.
pub(crate) fn loopback_up() -> Result<(), LabError> {
    let mut body = vec![0; 4]; // struct ifinfomsg: family and type left open
    body.extend(LOOPBACK.to_ne_bytes());
    body.extend(IFF_UP.to_ne_bytes()); // flags
    body.extend(IFF_UP.to_ne_bytes()); // which of them to change
    request(RTM_NEWLINK, 0, &body).during("bring up", "lo")
}

/// Sends what is for `network`/`bits` out of the loopback interface, where nobody answers.
pub(crate) fn route_to_loopback(network: IpAddr, bits: u8) -> Result<(), LabError> {
    let (family, bytes) = match network {
        IpAddr::V4(address) => (AddressFamily::INET, address.octets().to_vec()),
        IpAddr::V6(address) => (AddressFamily::INET6, address.octets().to_vec()),
    };
    // struct rtmsg
    let family = u8::try_from(family.as_raw()).unwrap_or_default();
    let mut body = vec![
        family,
        bits,
        0,
        0,
        RT_TABLE_MAIN,
        RTPROT_STATIC,
        RT_SCOPE_LINK,
        RTN_UNICAST,
    ];
    body.extend([0; 4]); // rtm_flags
    attribute(&mut body, RTA_DST, &bytes);
    attribute(&mut body, RTA_OIF, &LOOPBACK.to_ne_bytes());
    request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &body).during("route to lo", network)
}

/// Appends an attribute whose length is a multiple of four, so that no padding is needed.
fn attribute(body: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    body.extend(length.to_ne_bytes());
    body.extend(kind.to_ne_bytes());
    body.extend(value);
}

/// Sends one request and waits for its acknowledgement, which rtnetlink puts into the socket's
/// buffer before send(2) returns.
fn request(kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        None, // NETLINK_ROUTE is 0
    )?;
    let length = u32::try_from(16 + body.len()).map_err(io::Error::other)?;
    let mut message = length.to_ne_bytes().to_vec(); // struct nlmsghdr
    message.extend(kind.to_ne_bytes());
    message.extend((NLM_F_REQUEST_ACK | flags).to_ne_bytes());
    message.extend([0; 8]); // sequence number and port
    message.extend(body);
    send(&socket, &message, SendFlags::empty())?;
    let mut answer = [0_u8; 512];
    let (_, length) = recv(&socket, &mut answer, RecvFlags::DONTWAIT)?;
    acknowledged(answer.get(..length).unwrap_or_default())
}

/// Reads the error number of an NLMSG_ERROR message; 0 is "done".
fn acknowledged(answer: &[u8]) -> io::Result<()> {
    let kind = answer.get(4..6).and_then(|b| b.try_into().ok()).map(u16::from_ne_bytes);
    let error = answer
        .get(16..20)
        .and_then(|b| b.try_into().ok())
        .map(i32::from_ne_bytes);
    match (kind, error) {
        (Some(NLMSG_ERROR), Some(0)) => Ok(()),
        (Some(NLMSG_ERROR), Some(error)) => Err(io::Error::from_raw_os_error(error.wrapping_neg())),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "no acknowledgement from rtnetlink",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_or_refused() {
        let mut done = vec![0; 36];
        done[4] = 2;
        assert!(acknowledged(&done).is_ok());
        done[16..20].copy_from_slice(&(-1_i32).to_ne_bytes());
        assert_eq!(acknowledged(&done).unwrap_err().raw_os_error(), Some(1));
        for cut in 0..20 {
            assert!(acknowledged(&done[..cut]).is_err());
        }
    }
}
