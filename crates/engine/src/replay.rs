//! Replay: folding a journal again, without network, clock or store.

use crate::{Effect, Input, Machine, PlanSet};

/// A run as its journal makes it.
#[derive(Debug)]
pub struct Replayed {
    /// The run.
    pub machine: Machine,
    /// What each input made the run want.
    pub effects: Vec<Vec<Effect>>,
    /// The inputs, by position, that did not fit and changed nothing.
    pub ignored: Vec<usize>,
}

/// A list of inputs that is no journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// There is nothing.
    #[error("the journal is empty")]
    Empty,
    /// It does not begin at the beginning.
    #[error("the journal does not begin with the start of the run")]
    NotStarted,
}

/// Folds a journal; the run keeps its history.
pub fn replay(plans: PlanSet, journal: &[Input]) -> Result<Replayed, ReplayError> {
    match journal.first() {
        None => return Err(ReplayError::Empty),
        Some(Input::Started { .. }) => {}
        Some(_) => return Err(ReplayError::NotStarted),
    }
    let mut machine = Machine::new(plans, true);
    let mut effects = Vec::with_capacity(journal.len());
    let mut ignored = Vec::new();
    for (place, input) in journal.iter().enumerate() {
        if !machine.fits(input) {
            ignored.push(place);
        }
        effects.push(machine.handle(input));
    }
    Ok(Replayed {
        machine,
        effects,
        ignored,
    })
}
