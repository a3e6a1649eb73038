//! When the process dies, when the disk is full, and when the clock jumps.

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

/// What goes wrong with the process and its machine.
#[derive(Debug, Clone)]
pub struct Plan {
    dice: Dice,
    /// Crashes still to come.
    crashes: u32,
    /// One moment in so many is the last one.
    one_in: u64,
    /// Batches that a full disk will still refuse.
    refusals: u32,
    /// Jumps of the clock still to come.
    jumps: u32,
}

impl Plan {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self {
            dice: Dice(0),
            crashes: 0,
            one_in: 1,
            refusals: 0,
            jumps: 0,
        }
    }

    /// Up to so many crashes, now and then a full disk or a clock that jumps.
    pub fn random(seed: u64, crashes_max: u32) -> Self {
        let mut dice = Dice(seed);
        Self {
            crashes: dice.roll(u64::from(crashes_max) + 1) as u32,
            one_in: 2 + dice.roll(40),
            refusals: if dice.chance(4) {
                1 + dice.roll(4) as u32
            } else {
                0
            },
            jumps: if dice.chance(3) {
                1 + dice.roll(3) as u32
            } else {
                0
            },
            dice,
        }
    }

    /// Whether anything is still to go wrong with the disk.
    pub fn spares_the_disk(&self) -> bool {
        self.refusals == 0
    }

    /// Whether the process dies now.
    pub fn dies(&mut self, _moment: Moment) -> bool {
        if self.crashes == 0 || !self.dice.chance(self.one_in) {
            return false;
        }
        self.crashes -= 1;
        true
    }

    /// Whether the disk refuses this batch.
    pub fn refuses(&mut self) -> bool {
        if self.refusals == 0 || !self.dice.chance(8) {
            return false;
        }
        self.refusals -= 1;
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

    /// After how long the clock jumps, and how far, milliseconds.
    pub fn jump(&mut self) -> Option<(u64, i64)> {
        if self.jumps == 0 {
            return None;
        }
        self.jumps -= 1;
        let hour = 3_600_000;
        let far = match self.dice.roll(3) {
            0 => self.dice.roll(2 * hour) as i64,
            1 => -(self.dice.roll(2 * hour) as i64),
            _ => -(self.dice.roll(2_000) as i64),
        };
        Some((self.dice.roll(90_000), far))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_comes_to_its_end() {
        let mut died = 0;
        for seed in 0..200 {
            let mut plan = Plan::random(seed, 6);
            died += (0..2_000).filter(|_| plan.dies(Moment::AfterSend)).count();
            let refused = (0..2_000).filter(|_| plan.refuses()).count();
            assert!(refused <= 4 && plan.spares_the_disk());
            assert!(std::iter::from_fn(|| plan.jump()).count() <= 3);
            assert!(!plan.dies(Moment::BeforeCommit));
        }
        assert!((300..900).contains(&died), "{died}");
        assert!(!Plan::none().dies(Moment::OnArrival));
    }
}
