//! The options that say which listeners to look at.

use clap::Args;
use model::Selection;
use model::selection::{Address, Family, Netns, Ports, Process};

/// The same option twice widens, different options narrow.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which listeners (an option twice widens, different options narrow)")]
pub struct SelectionArgs {
    /// Local port or ports, in every family, address and namespace
    #[arg(short, long, value_name = "N[-M]")]
    port: Vec<Ports>,

    /// Local address as it is bound (0.0.0.0 and :: are two), or the path of a unix listener
    #[arg(short, long, value_name = "ADDRESS")]
    address: Vec<Address>,

    /// Owner: its pid, its name (comm), or the name of its executable
    #[arg(short = 'P', long, value_name = "NAME|PID")]
    process: Vec<Process>,

    /// systemd unit of the owner, with or without .service
    #[arg(short, long, value_name = "UNIT")]
    unit: Vec<String>,

    /// Network namespace: all (the default), host, self, an inode number, a name, or pid:N
    #[arg(short = 'n', long, value_name = "NETNS")]
    netns: Vec<Netns>,

    /// Only TCP, MPTCP included
    #[arg(short, long)]
    tcp: bool,

    /// Only unix-domain listeners, idle ones too, and who waits there
    #[arg(short = 'x', long)]
    unix: bool,
}

impl SelectionArgs {
    /// What they say, in the words of the model.
    pub fn resolve(self) -> Selection {
        let families = [(self.tcp, Family::Tcp), (self.unix, Family::Unix)];
        Selection {
            ports: self.port,
            addresses: self.address,
            processes: self.process,
            units: self.unit,
            namespaces: self.netns,
            families: families
                .into_iter()
                .filter_map(|(wanted, family)| wanted.then_some(family))
                .collect(),
        }
    }
}
