//! What tests and benches need and the product does not: vendors that run on loopback and misbehave on command.

pub mod vendor;
