//! Deterministic simulation: random playbooks in a world that fails, and what must hold whatever happens.
//!
//! One seed decides all: the playbook, what the vendors do, when the process dies, how the clock jumps. The parts
//! know nothing of the application; a runner puts it between them:
//!
//! - [`author`] writes playbooks whose course can be foreseen, as data and as a document;
//! - [`wild`] writes playbooks with everything that the language has;
//! - [`content`] is the connector that they call, [`vendors`] plays the product behind it and remembers what it did;
//! - [`crash`] says when the process dies;
//! - [`reference`] foresees the course of a playbook, more simply than the machine;
//! - [`invariants`] look at what is left.

pub mod author;
pub mod content;
pub mod crash;
pub mod dice;
pub mod invariants;
pub mod reference;
pub mod vendors;
pub mod wild;

pub use dice::Dice;
