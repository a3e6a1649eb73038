//! The clock and the dice of a simulated thread. A thread that is not steered has the system's.

use std::{cell::RefCell, rc::Rc};

use crate::clock::system;

/// Time and chance as a simulation wants them.
pub trait Steering {
    /// Microseconds since 1970, as the system's clock would say.
    fn micros(&self) -> i64;
    /// Random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

thread_local! {
    static STEERING: RefCell<Option<Rc<dyn Steering>>> = const { RefCell::new(None) };
}

/// Steers this thread until the guard is dropped.
pub fn steer(steering: Rc<dyn Steering>) -> Steered {
    STEERING.with(|place| *place.borrow_mut() = Some(steering));
    Steered(())
}

/// As long as it lives, this thread is steered.
#[derive(Debug)]
pub struct Steered(());

impl Drop for Steered {
    fn drop(&mut self) {
        STEERING.with(|place| *place.borrow_mut() = None);
    }
}

fn steering() -> Option<Rc<dyn Steering>> {
    STEERING.with(|place| place.borrow().clone())
}

pub(crate) fn micros() -> i64 {
    steering().map_or_else(system::micros, |steering| steering.micros())
}

pub(crate) fn fill(bytes: &mut [u8]) {
    match steering() {
        Some(steering) => steering.fill(bytes),
        None => system::fill(bytes),
    }
}
