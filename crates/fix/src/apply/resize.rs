//! The limit of a live listener.

use model::Owner;
use model::action::{Resize, SocketIdentity};
use probe::Roots;

use crate::Trouble;
use crate::duplicate::{Holder, duplicate};
use crate::host::Host;
use crate::listening::Listening;

/// Gives a listener another limit, and returns the one that the kernel then tells.
pub fn apply(host: &mut Host, change: &Resize) -> Result<u32, Trouble> {
    let socket = &change.socket;
    let found = host.find(socket)?;
    if found.limit != Some(change.from) {
        return Err(Trouble::Changed {
            what: format!("the limit of {}", socket.place),
            expected: change.from.to_string(),
            found: found.limit.map_or("not known".into(), |limit| limit.to_string()),
        });
    }
    let owners = found.owners.ok_or(Trouble::UnknownOwner)?;
    through_any(host.roots(), &owners, socket, change.to)?;
    let limit = host.find(socket)?.limit;
    if limit == Some(change.to) {
        return Ok(change.to);
    }
    // somaxconn has cut it. The old limit is within it, unless somaxconn was lowered since.
    let put_back = through_any(host.roots(), &owners, socket, change.from);
    Err(Trouble::ReadBack {
        what: format!("the limit of {}", socket.place),
        wanted: change.to.to_string(),
        found: limit.map_or("not known".into(), |limit| limit.to_string()),
        is_put_back: put_back.is_ok(),
    })
}

/// Through the descriptor of the first owner that can be had: all stand for the same socket.
fn through_any(roots: &Roots, owners: &[Owner], socket: &SocketIdentity, limit: u32) -> Result<(), Trouble> {
    let mut trouble = Trouble::NoOwner;
    for owner in owners {
        match through(roots, owner, socket, limit) {
            Ok(()) => return Ok(()),
            Err(error) => trouble = error,
        }
    }
    Err(trouble)
}

fn through(roots: &Roots, owner: &Owner, socket: &SocketIdentity, limit: u32) -> Result<(), Trouble> {
    let holder = Holder {
        pid: owner.pid,
        started: Some(owner.started),
        fd: owner.fd,
    };
    let listening = Listening::check(duplicate(roots, &holder)?, socket)?;
    Ok(listening.listen_again(limit)?)
}
