//! Telling the kernel's MPTCP path manager that a second address may be used, over generic netlink.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with};

use crate::error::{During, LabError, Missing};

// linux/netlink.h, linux/genetlink.h
const NLM_F_REQUEST_ACK: u16 = 0x0001 | 0x0004;
const NLMSG_ERROR: u16 = 2;
const GENL_ID_CTRL: u16 = 0x10;
const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;
/// struct nlmsghdr and struct genlmsghdr.
const HEADERS: usize = 16 + 4;

// linux/mptcp.h
const ADD_ADDR: u8 = 1;
const SET_LIMITS: u8 = 5;
const ATTR_ADDR: u16 = 1;
const ATTR_RCV_ADD_ADDRS: u16 = 2;
const ATTR_SUBFLOWS: u16 = 3;
const ADDR_ATTR_FAMILY: u16 = 1;
const ADDR_ATTR_ADDR4: u16 = 3;
const ADDR_ATTR_FLAGS: u16 = 6;
const FLAG_SUBFLOW: u32 = 1 << 1;
const NESTED: u16 = 1 << 15;

/// Lets connections of this namespace have a second path, which begins at `address`.
pub(crate) fn allow_second_path(address: Ipv4Addr) -> Result<(), LabError> {
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        Some(netlink::GENERIC),
    )
    .during("open", "generic netlink")?;
    let family = family(&socket).map_err(|error| Missing::feature("the path manager of MPTCP", error))?;
    let mut limits = Vec::new();
    attribute(&mut limits, ATTR_RCV_ADD_ADDRS, &0_u32.to_ne_bytes());
    attribute(&mut limits, ATTR_SUBFLOWS, &2_u32.to_ne_bytes());
    ask(&socket, family, SET_LIMITS, &limits).during("set", "the limits of MPTCP paths")?;
    let mut endpoint = Vec::new();
    attribute(
        &mut endpoint,
        ADDR_ATTR_FAMILY,
        &AddressFamily::INET.as_raw().to_ne_bytes(),
    );
    attribute(&mut endpoint, ADDR_ATTR_ADDR4, &address.octets());
    attribute(&mut endpoint, ADDR_ATTR_FLAGS, &FLAG_SUBFLOW.to_ne_bytes());
    let mut body = Vec::new();
    attribute(&mut body, ATTR_ADDR | NESTED, &endpoint);
    ask(&socket, family, ADD_ADDR, &body).during("add", format_args!("the MPTCP endpoint {address}"))?;
    Ok(())
}

/// The number of the family `mptcp_pm`.
fn family(socket: &OwnedFd) -> io::Result<u16> {
    let mut body = Vec::new();
    attribute(&mut body, CTRL_ATTR_FAMILY_NAME, b"mptcp_pm\0");
    let answer = ask(socket, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, &body)?;
    let id = find(answer.get(HEADERS..).unwrap_or_default(), CTRL_ATTR_FAMILY_ID);
    id.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "an answer without a number"))
}

/// Sends one request and reads the first message of its answer, which generic netlink puts into the
/// socket's buffer before send(2) returns.
fn ask(socket: &OwnedFd, kind: u16, command: u8, body: &[u8]) -> io::Result<Vec<u8>> {
    let length = u32::try_from(HEADERS + body.len()).map_err(io::Error::other)?;
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(kind.to_ne_bytes());
    message.extend(NLM_F_REQUEST_ACK.to_ne_bytes());
    message.extend([0; 8]); // sequence number and port
    message.extend([command, 1, 0, 0]); // struct genlmsghdr with version 1
    message.extend(body);
    send(socket, &message, SendFlags::empty())?;
    let mut answer = vec![0; 8 << 10];
    let (_, length) = recv(socket, &mut *answer, RecvFlags::DONTWAIT)?;
    answer.truncate(length);
    let kind = answer.get(4..6).and_then(|b| b.try_into().ok()).map(u16::from_ne_bytes);
    let error = answer
        .get(16..20)
        .and_then(|b| b.try_into().ok())
        .map(i32::from_ne_bytes);
    match (kind, error) {
        (Some(NLMSG_ERROR), Some(error)) if error != 0 => Err(io::Error::from_raw_os_error(error.wrapping_neg())),
        _ => Ok(answer),
    }
}

fn attribute(body: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    body.extend(length.to_ne_bytes());
    body.extend(kind.to_ne_bytes());
    body.extend(value);
    body.resize(body.len().next_multiple_of(4), 0);
}

/// The value of an attribute of two bytes.
fn find(mut attributes: &[u8], wanted: u16) -> Option<u16> {
    while let (Some(length), Some(kind)) = (attributes.first_chunk(), attributes.get(2..4)) {
        let length = usize::from(u16::from_ne_bytes(*length));
        let value = attributes.get(4..length)?;
        if u16::from_ne_bytes(kind.try_into().ok()?) == wanted {
            return Some(u16::from_ne_bytes(*value.first_chunk()?));
        }
        attributes = attributes.get(length.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_found_behind_others_and_never_behind_a_broken_one() {
        let mut body = Vec::new();
        attribute(&mut body, CTRL_ATTR_FAMILY_NAME, b"odd");
        attribute(&mut body, CTRL_ATTR_FAMILY_ID, &31_u16.to_ne_bytes());
        assert_eq!(find(&body, CTRL_ATTR_FAMILY_ID), Some(31));
        assert_eq!(find(&body, 77), None);
        for cut in 0..body.len() - 2 {
            assert_eq!(find(&body[..cut], CTRL_ATTR_FAMILY_ID), None, "cut at {cut}");
        }
        assert_eq!(find(&[0, 0, 9, 9, 0, 0, 0, 0], 1), None, "a length of 0");
    }
}
