//! Random playbooks with everything that the language has, and that pass its lint. Nobody can foresee their course.

use serde_json::{Value, json};

use super::dice::Dice;

/// The words for what a playbook asks of the outside.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// `connector.action`s that take a number `n`.
    pub actions: &'static [&'static str],
    /// The connection that they name.
    pub connection: Option<&'static str>,
    /// An action of the host.
    pub note: (&'static str, &'static str),
    /// The input of the capability `reputation.ip`.
    pub address: (&'static str, Option<&'static str>),
    /// Whether there are people and other runs: questions, signals and changes of the case.
    pub company: bool,
}

/// Writes random playbooks that pass the lint.
#[derive(Debug)]
pub struct Author {
    dice: Dice,
    words: Words,
    next: u32,
    /// Whether it is written what others call; that calls nobody where runs are to stay short.
    called: bool,
}

impl Author {
    /// The author of a seed.
    pub fn new(seed: u64, words: Words) -> Self {
        Self {
            dice: Dice(seed),
            words,
            next: 0,
            called: false,
        }
    }

    /// One playbook; it may call the one that is named `other`.
    pub fn playbook(&mut self, id: &str) -> Value {
        self.called = id == "other";
        let steps = self.block(0, &mut Vec::new());
        json!({"format": 1, "id": id, "inputs": {"n": {"type": "integer", "default": 3}},
               "steps": steps, "outputs": {"vars": "{{ vars }}", "n": "{{ inputs.n }}"}})
    }

    fn block(&mut self, depth: u32, seen: &mut Vec<String>) -> Value {
        let count = 1 + self.dice.roll(3);
        let known = seen.len();
        let steps: Vec<Value> = (0..count).map(|_| self.step(depth, seen)).collect();
        if depth > 0 {
            seen.truncate(known);
        }
        Value::Array(steps)
    }

    fn step(&mut self, depth: u32, seen: &mut Vec<String>) -> Value {
        self.next += 1;
        let id = format!("s{}", self.next);
        let kinds = if depth >= 3 { 11 } else { 20 };
        let mut step = match self.dice.roll(kinds) {
            0 => self.write(seen),
            1 => {
                json!({"action": self.words.note.0, "with": {self.words.note.1: self.value(seen)}})
            }
            2 => {
                let (name, fixed) = self.words.address;
                let value = fixed.map_or_else(|| self.value(seen), |fixed| json!(fixed));
                json!({"capability": "reputation.ip", "with": {name: value},
                       "fan_out": self.one_of(["all", "first", "quorum"])})
            }
            3 => match self.dice.roll(3) {
                0 => json!({"wait": {"delay": format!("{}s", self.dice.roll(100))}}),
                1 => json!({"wait": {"until": "{{ case.due }}"}}),
                _ => json!({"wait": {"signal": "go"}, "timeout": "90s"}),
            },
            4 => json!({"set": {"x": self.value(seen)}}),
            5 => match self.dice.chance(4) {
                true => {
                    json!({"finish": {"outcome": if self.dice.chance(2) { "failed" } else { "succeeded" }}})
                }
                false => json!({"capability": "whois.domain", "with": {}, "key": "k"}),
            },
            6 | 7 if !self.words.company => self.write(seen),
            6 => self.question(),
            7 => json!({"wait": {"case": "case.level > 2"}}),
            8 => json!({"emit": {"event": "go", "payload": {"n": 2}}}),
            9 => json!({"fail": {"code": "no_luck", "message": "it was to be"}}),
            10 => match self.dice.chance(4) {
                true => json!({"stop": "enough"}),
                false => json!({"bot": "score", "with": {"n": self.value(seen)}}),
            },
            11 => {
                json!({"loop": {"max": 1 + self.dice.roll(4), "delay": format!("{}s", self.dice.roll(20)),
                                  "until": "round > 1", "do": self.block(depth + 1, seen),
                                  "on_exhausted": if self.dice.chance(2) { "fail" } else { "continue" }}})
            }
            12 => json!({"try": self.block(depth + 1, seen), "catch": self.block(depth + 1, seen)}),
            13 | 14 => {
                let mut step =
                    json!({"try": self.block(depth + 1, seen), "finally": self.last_words(seen)});
                if self.dice.chance(2) {
                    step["catch"] = self.block(depth + 1, seen);
                }
                step
            }
            15 | 16 => json!({"for_each": "{{ [1, 2, 3] }}", "concurrency": 1 + self.dice.roll(3),
                            "do": self.block(depth + 1, seen)}),
            17 => json!({"parallel": {"wait": self.one_of(["all", "any", "n"]),
                                     "branches": [self.block(depth + 1, seen), self.block(depth + 1, seen)]}}),
            18 if self.dice.chance(2) => {
                json!({"parallel": [self.block(depth + 1, seen), self.block(depth + 1, seen)]})
            }
            18 => json!({"switch": [{"when": "inputs.n > 3", "do": self.block(depth + 1, seen)},
                                    {"else": true, "do": self.block(depth + 1, seen)}]}),
            _ if self.called && !self.words.company => self.write(seen),
            _ => {
                json!({"call": {"playbook": if self.words.company && self.dice.chance(4) { "nowhere" } else { "other" }, "inputs": {"n": 5}}})
            }
        };
        let takes_time = ["set", "finish", "emit", "fail", "stop"]
            .iter()
            .all(|kind| step.get(kind).is_none());
        if takes_time && step.get("timeout").is_none() && self.dice.chance(3) {
            step["timeout"] = json!(format!("{}s", 1 + self.dice.roll(60)));
        }
        if (step.get("action").is_some() || step.get("capability").is_some()) && self.dice.chance(2)
        {
            step["retry"] = json!({"max": 2, "delay": "3s", "delay_max": "5s"});
        }
        if self.dice.chance(6) {
            step["when"] = json!("inputs.n != 3");
        }
        match self.dice.roll(4) {
            0 => step["on_error"] = json!("continue"),
            1 if depth < 3 => step["on_error"] = json!({"do": self.block(depth + 1, seen)}),
            2 if self.dice.chance(3) => step["undo"] = self.last_words(&[]),
            _ => {}
        }
        step["id"] = json!(id);
        seen.push(id);
        step
    }

    fn write(&mut self, seen: &[String]) -> Value {
        let action = self.dice.one_of(self.words.actions);
        let mut step = json!({"action": action, "with": {"n": self.value(seen)}});
        if let Some(connection) = self.words.connection {
            step["connection"] = json!(connection);
        }
        step
    }

    /// A question to people.
    fn question(&mut self) -> Value {
        let mut step = match self.dice.roll(3) {
            0 => json!({"manual": {"how": "{{ inputs.n }}", "mandatory": true, "reminder": "20s"}}),
            1 => {
                json!({"ask": {"to": "user", "subject": "s", "message": "m", "break_out": self.dice.chance(2)}})
            }
            _ => {
                json!({"approve": {"question": "q", "needs": 1 + self.dice.roll(2), "reminder": ["5s", "1m"]}})
            }
        };
        if self.dice.chance(2) {
            step["timeout"] = json!(format!("{}s", 30 + self.dice.roll(60)));
            if self.dice.chance(2) && step.get("approve").is_some() {
                step["approve"]["default"] = json!("deny");
            }
        }
        step
    }

    /// Steps that may stand in a `finally`: without `finish` and `stop`.
    fn last_words(&mut self, seen: &[String]) -> Value {
        let count = 1 + self.dice.roll(2);
        let steps = (0..count).map(|_| {
            self.next += 1;
            let mut step = match self.dice.roll(4) {
                0 => self.write(seen),
                1 => json!({"wait": {"delay": "5s"}}),
                2 if self.called && !self.words.company => json!({"set": {"x": 2}}),
                2 => json!({"call": {"playbook": "other", "inputs": {"n": 5}}}),
                _ => json!({"set": {"x": 1}}),
            };
            step["id"] = json!(format!("s{}", self.next));
            step
        });
        Value::Array(steps.collect())
    }

    fn one_of(&mut self, words: [&str; 3]) -> Value {
        match self.dice.roll(3) as usize {
            2 => json!({words[2]: 2}),
            n => json!(words[n]),
        }
    }

    fn value(&mut self, seen: &[String]) -> Value {
        match seen.get(self.dice.roll(4) as usize) {
            Some(id) => json!(format!(
                "{{{{ steps?.{id}?.output ?? steps?.{id}?.error?.code }}}}"
            )),
            None => json!("{{ inputs.n + 1 }}"),
        }
    }
}
