//! The options of `listenq capabilities`.

use clap::Args;

use super::explain::TextFormat;

/// Whether to ask the kernel how it behaves, and in which form to answer.
#[derive(Args, Clone, Debug)]
pub struct CapabilitiesArgs {
    /// Ask this kernel how it behaves where kernels differ, by experiments in throw-away network namespaces
    ///
    /// What it answers is remembered until the next boot, and then stands in the explanations.
    #[arg(long)]
    pub probe: bool,

    /// Form of the answer
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub output: TextFormat,
}
