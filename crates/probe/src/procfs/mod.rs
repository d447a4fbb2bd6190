//! Files of procfs, parsed by pure functions.
