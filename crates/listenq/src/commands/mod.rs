//! What each command does, one file per command.

mod capabilities;
mod change;
mod counters;
mod documents;
mod explain;
mod lab;
mod list;
mod live;
mod namespaces;
mod prove;
mod resize;
mod run;
mod signals;
mod tally;
mod tune;
mod undo;
mod verify;
mod watch;

pub use self::capabilities::run as capabilities;
pub use self::counters::run as counters;
pub use self::documents::{completions, man};
pub use self::explain::run as explain;
pub use self::lab::run as lab;
pub use self::list::run as list;
pub use self::resize::run as resize;
pub use self::run::run;
pub use self::tune::run as tune;
pub use self::undo::run as undo;
