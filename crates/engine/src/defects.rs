//! Deliberate bugs that simulations must find. One thread has at most one at a time.

use std::cell::Cell;

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// An answer is taken in although its call is over.
    TakeAnswersTwice,
    /// A pause that is over is not noticed.
    LoseTimers,
    /// A deadline that has passed is not noticed.
    IgnoreDeadlines,
    /// A write is sent before its intent is durable.
    SendBeforeIntent,
    /// A write whose outcome is unknown is sent again without looking.
    SendAgain,
}

thread_local! {
    static PRESENT: Cell<Option<Defect>> = const { Cell::new(None) };
}

/// Gives this thread a bug, or takes it away.
pub fn set(defect: Option<Defect>) {
    PRESENT.with(|place| place.set(defect));
}

/// Whether this thread has the bug.
pub fn has(defect: Defect) -> bool {
    PRESENT.with(|place| place.get() == Some(defect))
}
