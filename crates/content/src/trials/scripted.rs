//! The world of a test: it answers what the test says and nothing else.

use serde_json::Value;
use updraft_engine::{ActionResult, Input, Status, StepError, Target};
use updraft_model::{BlobHash, Timestamp};

use super::{
    coverage::effect_of,
    drive::{Asking, Calling, Given, Question, Reply, Source, World},
    expect::difference,
    script::{Connected, Person, Says, Script, Scripted},
    sealing,
};
use crate::Library;

/// The answers of one test, used up as the run asks.
pub(super) struct Stage<'s> {
    script: &'s Script,
    library: &'s Library,
    used: Vec<u64>,
    spoken: Vec<bool>,
}

impl<'s> Stage<'s> {
    pub(super) fn new(script: &'s Script, library: &'s Library) -> Self {
        Stage {
            used: vec![0; script.answers.len()],
            spoken: vec![false; script.people.len()],
            script,
            library,
        }
    }

    /// The answers that the run never asked for.
    pub(super) fn unused(&self) -> Vec<&'s Scripted> {
        let all = self.script.answers.iter().zip(&self.used);
        let by_call = |says: &Says| matches!(says, Says::Ok(_) | Says::NotFound | Says::Error(_));
        all.filter(|(answer, used)| **used == 0 && by_call(&answer.says))
            .map(|(answer, _)| answer)
            .collect()
    }

    /// What people were to say and were never asked.
    pub(super) fn unspoken(&self) -> Vec<&'s Person> {
        let all = self.script.people.iter().zip(&self.spoken);
        all.filter(|(_, spoken)| !**spoken)
            .map(|(person, _)| person)
            .collect()
    }

    fn target(&self, connected: &Connected, asking: &Asking) -> Target {
        let named = asking
            .action
            .as_deref()
            .and_then(|name| name.split_once('.'));
        let known = |id: &str| self.library.connectors.get(id);
        let connector = connected
            .connector
            .clone()
            .or_else(|| named.map(|(connector, _)| connector.to_owned()))
            .or_else(|| known(&connected.name).map(|_| connected.name.clone()))
            .unwrap_or_else(|| connected.name.clone());
        let provided = asking.capability.as_deref().and_then(|capability| {
            known(&connector).and_then(|connector| connector.providing(capability))
        });
        let action = connected
            .action
            .clone()
            .or_else(|| named.map(|(_, action)| action.to_owned()))
            .or_else(|| provided.map(|action| action.name.clone()))
            .or_else(|| asking.capability.clone())
            .unwrap_or_default();
        let effect = connected.effect.clone().or_else(|| {
            let own = effect_of(self.library, "action", &format!("{connector}.{action}"));
            let kind = asking.capability.as_deref();
            let any = || kind.and_then(|name| effect_of(self.library, "capability", name));
            own.or_else(any).map(|effect| effect.as_str().to_owned())
        });
        Target {
            name: connected.name.clone(),
            connection: None,
            digest: BlobHash::of(connector.as_bytes()),
            connector,
            action,
            effect: effect.unwrap_or_else(|| "read".to_owned()),
            skipped: connected.skipped.clone(),
        }
    }
}

fn fits(asked: Option<&String>, names: [Option<&str>; 2]) -> bool {
    asked.is_none_or(|asked| names.into_iter().flatten().any(|name| name == asked))
}

impl World for Stage<'_> {
    fn targets(&mut self, asking: &Asking) -> Option<Vec<Target>> {
        let names = [asking.capability.as_deref(), asking.action.as_deref()];
        let mut found: Vec<Target> = Vec::new();
        let mut add = |target: Target| {
            if !found.iter().any(|known| known.name == target.name) {
                found.push(target);
            }
        };
        let listed: Vec<&Connected> = self
            .script
            .connections
            .iter()
            .filter(|known| {
                known
                    .step
                    .as_ref()
                    .is_none_or(|step| step.matches(&asking.path))
            })
            .filter(|known| fits(known.asked.as_ref(), names))
            .collect();
        if !listed.is_empty() {
            for connected in listed {
                add(self.target(connected, asking));
            }
        } else {
            let mut any = false;
            for (place, answer) in self.script.answers.iter().enumerate() {
                let about = answer
                    .step
                    .as_ref()
                    .is_none_or(|step| step.matches(&asking.path))
                    && fits(answer.asked.as_ref(), names);
                if !about {
                    continue;
                }
                any = true;
                let unnamed = || Connected {
                    step: None,
                    asked: None,
                    name: asking
                        .connection
                        .clone()
                        .or_else(|| {
                            let action = asking.action.as_deref()?;
                            action
                                .split_once('.')
                                .map(|(connector, _)| connector.to_owned())
                        })
                        .unwrap_or_else(|| "test".to_owned()),
                    connector: None,
                    action: None,
                    effect: None,
                    skipped: None,
                };
                let mut connected = answer.connected.clone().unwrap_or_else(unnamed);
                match &answer.says {
                    Says::Nobody => {
                        if let Some(used) = self.used.get_mut(place) {
                            *used += 1;
                        }
                        continue;
                    }
                    Says::Skipped(reason) => connected.skipped = Some(reason.clone()),
                    Says::Ok(_) | Says::NotFound | Says::Error(_) => {}
                }
                add(self.target(&connected, asking));
            }
            if !any {
                return None;
            }
        }
        if let Some(name) = &asking.connection {
            found.retain(|target| target.name == *name);
        }
        Some(found)
    }

    fn answer(&mut self, calling: &Calling) -> Option<Given> {
        let target = calling.target.as_ref();
        let names = [Some(calling.action.as_str()), calling.capability.as_deref()];
        for (place, answer) in self.script.answers.iter().enumerate() {
            let connected = answer.connected.as_ref();
            let here = answer
                .step
                .as_ref()
                .is_none_or(|step| step.matches(&calling.step))
                && fits(answer.asked.as_ref(), names)
                && connected
                    .is_none_or(|wanted| target.is_some_and(|target| target.name == wanted.name))
                && answer
                    .input
                    .as_ref()
                    .is_none_or(|wanted| difference(wanted, &calling.input, "").is_none());
            let Some(used) = self
                .used
                .get_mut(place)
                .filter(|used| here && **used < answer.times)
            else {
                continue;
            };
            let mut result = match &answer.says {
                Says::Ok(output) => ActionResult::ok(output.clone()),
                Says::NotFound => ActionResult {
                    status: Status::NotFound,
                    ..ActionResult::ok(Value::Null)
                },
                Says::Error(error) => ActionResult::failed(StepError::clone(error)),
                Says::Nobody | Says::Skipped(_) => continue,
            };
            *used += 1;
            if let Some(target) = target {
                let (connector, action) = (&target.connector, &target.action);
                sealing::output(self.library, connector, action, &mut result.output);
            }
            result.verdict.clone_from(&answer.verdict);
            result.link.clone_from(&answer.link);
            result.latency_ms = u64::try_from(answer.delay_ms).unwrap_or(0);
            return Some(Given {
                result,
                delay_ms: answer.delay_ms,
                delay_us: 0,
                source: Source::Script,
            });
        }
        None
    }

    fn reply(&mut self, question: &Question) -> Reply {
        let people = self.script.people.iter().zip(&mut self.spoken);
        for (person, spoken) in people {
            if *spoken || !person.step.matches(&question.key.path) {
                continue;
            }
            *spoken = true;
            return match &person.answer {
                Some(answer) => {
                    let mut answer = answer.clone();
                    sealing::answer(question, &mut answer);
                    Reply::Answer {
                        by: person.by.clone(),
                        answer,
                        delay_ms: person.delay_ms,
                    }
                }
                None => Reply::Silence,
            };
        }
        Reply::Unknown
    }

    fn events(&mut self, _: Timestamp) -> Vec<Input> {
        self.script.signals.clone()
    }
}
