//! The options of `listenq capabilities`.

use clap::Args;

use super::explain::TextFormat;

/// Whether to ask the kernel how it behaves, and in which form to answer.
#[derive(Args, Clone, Debug)]
pub struct CapabilitiesArgs {
    /// Form of the answer
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub output: TextFormat,
}
