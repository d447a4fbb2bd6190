//! The vocabulary of listenq: raw facts of one moment ([`Sample`]), their difference over time ([`Window`]),
//! and what is shown of them ([`Listener`], [`Document`]). Pure: no I/O and no clock.
//!
//! Data flows one way: a source fills a [`Sample`] with what the kernel said and nothing derived; a
//! [`Window`] derives lengths against limits, rates and states from one or two samples; a view shows them.

pub mod action;
pub mod attribution;
pub mod cgroup;
pub mod counter;
mod danger;
mod derive;
pub mod document;
pub mod endpoint;
pub mod health;
pub mod listener;
pub mod namespace;
pub mod owner;
mod reuseport;
pub mod sample;
pub mod selection;
pub mod setting;
pub mod syn_limit;
pub mod timeline;
pub mod window;

pub use action::Action;
pub use cgroup::Cgroup;
pub use document::Document;
pub use endpoint::{Endpoint, InetEndpoint, Protocol, UnixEndpoint, UnixKind};
pub use health::{SourceHealth, Status};
pub use listener::{Listener, State};
pub use namespace::{Namespace, NamespaceKey};
pub use owner::Owner;
pub use sample::{Host, ListeningSocket, Sample};
pub use selection::Selection;
pub use setting::{Setting, Settings};
pub use timeline::Timeline;
pub use window::Window;
