//! The vendor: a product that does what it is asked, and a way to it that does not always.
//!
//! It outlives the process that asks it: what was sent before a crash arrives after it. A request that arrives is
//! done at its moment of arrival, in order of arrival; what was done is remembered under the key that came with it.

use std::collections::BTreeMap;

use super::{Dice, content::SETTLE_MS};

/// Slowest arrival of a request, milliseconds; what was done can be found within `SETTLE_MS` of being sent.
const ARRIVAL_MS_MAX: u64 = SETTLE_MS - 2_000;

/// What an honest answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// 200 with a number.
    Number(i64),
    /// Another status.
    Status(u16),
    /// 200 with something that is no JSON.
    Garbage,
}

/// What the asker is to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// This answer, so many milliseconds after it was sent.
    Answer(Said, u64),
    /// Nothing was sent; known after so many milliseconds.
    NotReached(u64),
    /// The line breaks after so many milliseconds.
    Broke(u64),
    /// Nothing, ever.
    Silence,
}

/// One thing that the vendor did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// The action.
    pub action: String,
    /// The key that came with it.
    pub key: String,
    /// The number.
    pub n: i64,
}

/// A request as the vendor sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The action.
    pub action: String,
    /// The key that came with it; empty for a read.
    pub key: String,
    /// The number.
    pub n: i64,
}

/// How the world behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Every request arrives and is answered honestly.
    Calm,
    /// Lines break, answers come late, not at all, or are wrong.
    Rough,
}

/// The product and the way to it.
#[derive(Debug)]
pub struct Vendors {
    dice: Dice,
    /// How the world behaves.
    pub mood: Mood,
    arriving: BTreeMap<(u64, u64), Asked>,
    sent: u64,
    done: Vec<Effect>,
    keyed: BTreeMap<String, i64>,
}

/// What the product answers when it is asked honestly; it depends on nothing but the question.
pub fn honest(action: &str, n: i64) -> Said {
    match (action, n.rem_euclid(13)) {
        ("look" | "opinion", 4) => Said::Status(404),
        ("look", 9) => Said::Status(400),
        ("write_key" | "write_find" | "write_none" | "write_natural" | "job", 6) => {
            Said::Status(400)
        }
        _ => Said::Number((n * 7 + 3).rem_euclid(100)),
    }
}

/// Whether the action changes anything.
fn is_write(action: &str) -> bool {
    action.starts_with("write_") || action == "job"
}

impl Vendors {
    /// Nobody has asked anything yet.
    pub fn new(seed: u64, mood: Mood) -> Self {
        Self {
            dice: Dice(seed),
            mood,
            arriving: BTreeMap::new(),
            sent: 0,
            done: Vec::new(),
            keyed: BTreeMap::new(),
        }
    }

    /// Everything that was sent up to this moment, milliseconds of the world, has arrived.
    pub fn advance(&mut self, now_ms: u64) {
        while let Some(entry) = self.arriving.first_entry() {
            if entry.key().0 > now_ms {
                return;
            }
            let asked = entry.remove();
            self.perform(&asked);
        }
    }

    /// Everything that was ever sent has arrived.
    pub fn settle(&mut self) {
        self.advance(u64::MAX);
    }

    /// What was done, in order.
    pub fn done(&self) -> &[Effect] {
        &self.done
    }

    /// How many requests were sent.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    fn perform(&mut self, asked: &Asked) {
        if !is_write(&asked.action) || !matches!(honest(&asked.action, asked.n), Said::Number(_)) {
            return;
        }
        if asked.action == "write_key" && self.keyed.contains_key(&asked.key) {
            return;
        }
        self.keyed.insert(asked.key.clone(), asked.n);
        self.done.push(Effect {
            action: asked.action.clone(),
            key: asked.key.clone(),
            n: asked.n,
        });
    }

    /// A request is sent at this moment: decides everything that becomes of it.
    pub fn send(&mut self, now_ms: u64, asked: Asked) -> Outcome {
        self.advance(now_ms);
        self.sent += 1;
        let quick = 1 + self.dice.roll(300);
        let fate = match self.mood {
            Mood::Calm => 99,
            Mood::Rough => self.dice.roll(100),
        };
        let (arrives, outcome) = match fate {
            0..5 => (None, Outcome::NotReached(quick)),
            5..9 => (None, Outcome::Broke(quick)),
            9..16 => (Some(quick), Outcome::Broke(quick + self.dice.roll(2_000))),
            16..22 => (Some(self.late()), Outcome::Silence),
            22..24 => (None, Outcome::Silence),
            24..32 => {
                let arrives = self.late();
                let answered = arrives + self.dice.roll(15_000);
                (Some(arrives), Outcome::Answer(Said::Garbage, answered))
            }
            32..36 => (None, Outcome::Answer(Said::Status(503), quick)),
            36..40 => (Some(quick), Outcome::Answer(Said::Status(500), quick)),
            40..43 => (None, Outcome::Answer(Said::Status(429), quick)),
            43..45 => (None, Outcome::Answer(Said::Status(401), quick)),
            45..48 => (Some(quick), Outcome::Answer(Said::Garbage, quick)),
            _ => (Some(quick), Outcome::Answer(Said::Garbage, quick)),
        };
        // A lie, or the truth.
        let honestly = matches!(fate, 24..32 | 48..);
        let outcome = match outcome {
            Outcome::Answer(_, at) if honestly => {
                let said = self.answer_at(now_ms + arrives.unwrap_or(0), &asked);
                Outcome::Answer(said, at)
            }
            outcome => outcome,
        };
        // A proxy that sends again harms nobody where a second time changes nothing.
        let twice = self.mood == Mood::Rough
            && matches!(asked.action.as_str(), "write_key" | "write_natural")
            && self.dice.chance(10);
        if let Some(arrives) = arrives {
            if twice {
                let again = now_ms + self.late();
                self.arriving.insert((again, self.sent << 1), asked.clone());
            }
            self.arriving
                .insert((now_ms + arrives, (self.sent << 1) | 1), asked);
        }
        outcome
    }

    fn late(&mut self) -> u64 {
        1 + self.dice.roll(ARRIVAL_MS_MAX)
    }

    /// The answer that the product will give at a moment.
    fn answer_at(&self, at_ms: u64, asked: &Asked) -> Said {
        match asked.action.as_str() {
            "find_written" => {
                let there = self
                    .done
                    .iter()
                    .find(|effect| effect.action == "write_find" && effect.key == asked.key)
                    .map(|effect| effect.n);
                let coming = || {
                    self.arriving
                        .range(..=(at_ms, u64::MAX))
                        .map(|(_, asked)| asked)
                        .find(|other| {
                            other.action == "write_find"
                                && other.key == asked.key
                                && matches!(honest("write_find", other.n), Said::Number(_))
                        })
                        .map(|other| other.n)
                };
                match there.or_else(coming) {
                    Some(n) => honest("write_find", n),
                    None => Said::Status(404),
                }
            }
            // A job is told by its number, which is what its submission answered.
            "job_state" => Said::Number(asked.n),
            action => honest(action, asked.n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(action: &str, key: &str, n: i64) -> Asked {
        Asked {
            action: action.into(),
            key: key.into(),
            n,
        }
    }

    #[test]
    fn what_was_sent_is_done_when_it_arrives_and_found_from_then_on() {
        let mut vendors = Vendors::new(1, Mood::Calm);
        let Outcome::Answer(said, _) = vendors.send(0, asked("write_find", "k", 1)) else {
            panic!("a calm vendor answers");
        };
        assert_eq!(said, Said::Number(10));
        assert!(vendors.done().is_empty());
        vendors.advance(1_000);
        assert_eq!(vendors.done().len(), 1);
        let found = vendors.send(1_000, asked("find_written", "k", 0));
        assert!(matches!(found, Outcome::Answer(Said::Number(10), _)));
        let found = vendors.send(1_000, asked("find_written", "other", 0));
        assert!(matches!(found, Outcome::Answer(Said::Status(404), _)));
    }

    #[test]
    fn a_key_is_done_once_and_a_label_as_often_as_it_is_sent() {
        let mut vendors = Vendors::new(1, Mood::Calm);
        for action in ["write_key", "write_find"] {
            for _ in 0..2 {
                vendors.send(0, asked(action, action, 1));
            }
        }
        vendors.settle();
        let count = |action: &str| vendors.done().iter().filter(|e| e.action == action).count();
        assert_eq!((count("write_key"), count("write_find")), (1, 2));
    }

    #[test]
    fn a_rough_world_fails_in_every_way() {
        let mut vendors = Vendors::new(7, Mood::Rough);
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..2_000 {
            let outcome = vendors.send(n * 100, asked("write_key", &n.to_string(), 1));
            seen.insert(match outcome {
                Outcome::Answer(Said::Number(_), _) => "number",
                Outcome::Answer(Said::Status(_), _) => "status",
                Outcome::Answer(Said::Garbage, _) => "garbage",
                Outcome::NotReached(_) => "not reached",
                Outcome::Broke(_) => "broke",
                Outcome::Silence => "silence",
            });
        }
        assert_eq!(seen.len(), 6, "{seen:?}");
        vendors.settle();
        assert!(vendors.done().len() > 1_000);
    }
}
