//! When the process dies, and when the clock jumps.

use super::Dice;

/// A moment between two instructions that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// A batch is about to be committed.
    BeforeCommit,
    /// It is durable, and nobody was told.
    AfterCommit,
    /// It is durable, and everybody was told.
    AfterAnswer,
    /// A request is about to be sent.
    BeforeSend,
    /// A request was sent, its answer is still to come.
    AfterSend,
    /// An answer arrived, and nothing was done with it.
    OnArrival,
}

/// All of them.
pub const MOMENTS: [Moment; 6] = [
    Moment::BeforeCommit,
    Moment::AfterCommit,
    Moment::AfterAnswer,
    Moment::BeforeSend,
    Moment::AfterSend,
    Moment::OnArrival,
];

/// When the process dies, and what its clock does.
#[derive(Debug, Clone)]
pub struct Plan {
    dice: Dice,
    /// Crashes still to come.
    left: u32,
    /// One moment in so many is the last one.
    one_in: u64,
}

impl Plan {
    /// A plan without a crash.
    pub fn none() -> Self {
        Self {
            dice: Dice(0),
            left: 0,
            one_in: 1,
        }
    }

    /// Up to `most` crashes.
    pub fn random(seed: u64, most: u32) -> Self {
        let mut dice = Dice(seed);
        let left = dice.roll(u64::from(most) + 1) as u32;
        let one_in = 2 + dice.roll(40);
        Self { dice, left, one_in }
    }

    /// Whether the process dies now.
    pub fn now(&mut self, _moment: Moment) -> bool {
        if self.left == 0 || !self.dice.chance(self.one_in) {
            return false;
        }
        self.left -= 1;
        true
    }

    /// How long until the process is started again, milliseconds.
    pub fn pause_ms(&mut self) -> u64 {
        match self.dice.roll(4) {
            0 => self.dice.roll(50),
            1 | 2 => self.dice.roll(5_000),
            _ => self.dice.roll(600_000),
        }
    }

    /// By how much the clock jumps at this start, milliseconds: mostly not at all.
    pub fn jump_ms(&mut self) -> i64 {
        let hour = 3_600_000;
        match self.dice.roll(12) {
            0 => self.dice.roll(2 * hour) as i64,
            1 => -(self.dice.roll(2 * hour) as i64),
            2 => -(self.dice.roll(2_000) as i64),
            _ => 0,
        }
    }
}
