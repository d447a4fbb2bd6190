//! Why limits are not changed.

/// Why limits are not changed; nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing narrows the selection.
    #[error(
        "it is not said which of the {listeners} listeners; add --port, --process, --unit, --address or --netns, \
         or --all for every one"
    )]
    NoSelection {
        /// How many there are.
        listeners: usize,
    },
    /// Nothing matches.
    #[error("{why}")]
    Nothing {
        /// Why, and the nearest that exists.
        why: String,
    },
    /// Listeners of more than one program or namespace.
    #[error(
        "the selection meets listeners of {} programs or namespaces; narrow it, or add --all to resize them all",
        programs.len()
    )]
    Several {
        /// Each program with its listeners, one line each.
        programs: Vec<String>,
    },
    /// Nobody is known to hold them.
    #[error("it cannot be seen who holds {places}, and it takes a descriptor of theirs: {reason}")]
    UnknownOwner {
        /// Which.
        places: String,
        /// What is missing.
        reason: String,
    },
    /// No process holds it.
    #[error("no process holds {place}, so there is no descriptor to reach it through")]
    NoOwner {
        /// Which.
        place: String,
    },
    /// Its limit is not known.
    #[error("the limit of {place} is not known, so it is not changed: {reason}")]
    UnknownLimit {
        /// Which.
        place: String,
        /// What is missing.
        reason: String,
    },
    /// somaxconn would cut the limit down.
    #[error(
        "net.core.somaxconn of {namespace} is {somaxconn}, and the kernel cuts every backlog down to it; \
         add --raise-somaxconn, or ask for {somaxconn} at most instead of {limit}"
    )]
    AboveSomaxconn {
        /// What was asked for.
        limit: u32,
        /// The namespace of the socket.
        namespace: String,
        /// Its present value.
        somaxconn: i64,
    },
    /// somaxconn cannot be raised there.
    #[error(
        "net.core.somaxconn of {namespace} is not known, so it is not raised: {reason}; where it does not exist \
         (up to Linux 6.1, in the namespaces of a rootless container) nobody can raise it, and the limit is 4096 at \
         most; without --raise-somaxconn the limit is tried as it is"
    )]
    CannotRaise {
        /// The namespace of the socket.
        namespace: String,
        /// What is missing.
        reason: String,
    },
    /// The limit would become smaller.
    #[error(
        "{place} has a limit of {from}, and {to} is smaller: more would be refused; add --allow-shrink if that is meant"
    )]
    Shrinks {
        /// Which.
        place: String,
        /// What it has.
        from: u32,
        /// What was asked for.
        to: u32,
    },
}

impl Refusal {
    /// What belongs below the sentence, one line each.
    pub fn list(&self) -> &[String] {
        match self {
            Self::Several { programs } => programs,
            _ => &[],
        }
    }
}
