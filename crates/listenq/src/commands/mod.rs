//! What each command does, one file per command.

mod lab;
mod list;
mod live;
mod signals;
mod tally;
mod watch;

pub use self::lab::run as lab;
pub use self::list::run as list;
