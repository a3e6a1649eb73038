//! Placeholder until the crate's first brick.
