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
    let found = host.find(socket)?.limit;
    if found != Some(change.from) {
        return Err(Trouble::Changed {
            what: format!("the limit of {}", socket.place),
            expected: change.from.to_string(),
            found: known(found),
        });
    }
    set(host, socket, change.to)?;
    let found = host.find(socket)?.limit;
    if found == Some(change.to) {
        return Ok(change.to);
    }
    // somaxconn has cut it. The old limit is within it, unless somaxconn was lowered since.
    let put_back = set(host, socket, change.from).is_ok() && host.find(socket)?.limit == Some(change.from);
    Err(Trouble::ReadBack {
        what: format!("the limit of {}", socket.place),
        wanted: change.to.to_string(),
        found: match found {
            Some(found) if found < change.to => format!("{found} (cut by net.core.somaxconn of its namespace)"),
            other => known(other),
        },
        is_put_back: put_back,
    })
}

fn known(limit: Option<u32>) -> String {
    limit.map_or_else(|| "not known".to_owned(), |limit| limit.to_string())
}

/// Through the owners that were found when the plan was begun; where none of them has it any more (workers come and
/// go), through those of now.
fn set(host: &mut Host, socket: &SocketIdentity, limit: u32) -> Result<(), Trouble> {
    match through_any(host, socket, limit) {
        Err(trouble) if trouble.is_overtaken() => {
            host.walk();
            through_any(host, socket, limit)
        }
        result => result,
    }
}

/// Through the descriptor of the first owner that can be had: all stand for the same socket. If there is none, the
/// most telling of the reasons counts: that one may not be touched says more than that another one has ended.
fn through_any(host: &mut Host, socket: &SocketIdentity, limit: u32) -> Result<(), Trouble> {
    let owners = host.owners(socket).ok_or(Trouble::UnknownOwner)?;
    let mut trouble = Trouble::NoOwner;
    for owner in owners.iter() {
        match through(host.roots(), owner, socket, limit) {
            Ok(()) => return Ok(()),
            Err(other) if other.telling() > trouble.telling() => trouble = other,
            Err(_) => {}
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
