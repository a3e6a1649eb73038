//! Evaluation of a playbook's expressions in the scope of a frame.
//!
//! Results of earlier steps are lent: those that the expression names are moved out of their levels
//! into one map, the expression reads it, and they are moved back. Nothing is copied.

use serde_json::{Map, Value};
use updraft_expr::{Error, Expr, Fuel, Scope};
use updraft_model::Timestamp;

use super::{
    Turn,
    state::{FrameId, State},
};
use crate::{
    StepError,
    limits::{EVALUATION_BYTES_MAX, FUEL_PER_EVALUATION, FUEL_PER_RUN},
    plan::{Bound, Evaluate, Plan, StepUses, Uses},
};

/// The names that an expression sees.
struct View<'a> {
    state: &'a State,
    level: u32,
    steps: &'a Value,
    now: &'a Value,
}

impl View<'_> {
    fn local(&self, name: &str) -> Option<&Value> {
        let mut at = Some(self.level);
        while let Some(level) = at.and_then(|id| self.state.levels.get(id)) {
            if let Some((_, value)) = level.locals.iter().find(|(local, _)| **local == *name) {
                return Some(value);
            }
            at = level.parent;
        }
        None
    }
    fn activation(&self) -> Option<&super::state::Activation> {
        let level = self.state.levels.get(self.level)?;
        self.state.activations.get(level.activation)
    }
}

impl Scope for View<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        match name {
            "steps" => Some(self.steps),
            "inputs" => self.activation().map(|a| &a.inputs),
            "vars" => self.activation().map(|a| &a.vars),
            "run" => Some(&self.state.about),
            "now" => Some(self.now),
            other => self.local(other).or_else(|| self.state.context.get(other)),
        }
    }
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = ["steps", "inputs", "vars", "run", "now"]
            .map(str::to_owned)
            .into();
        if let Value::Object(context) = &self.state.context {
            names.extend(context.keys().cloned());
        }
        let mut at = Some(self.level);
        while let Some(level) = at.and_then(|id| self.state.levels.get(id)) {
            names.extend(level.locals.iter().map(|(name, _)| name.to_string()));
            at = level.parent;
        }
        names
    }
}

/// A result that was lent, and where it belongs.
struct Lent {
    level: u32,
    step: u32,
}

impl Turn<'_> {
    /// Evaluates an expression of the step (or block) in this frame.
    pub(crate) fn eval<T: Evaluate>(
        &mut self,
        frame: FrameId,
        bound: &Bound<T>,
    ) -> Result<Value, StepError> {
        let Some(level) = self.state.frame(frame).map(|f| f.level) else {
            return Ok(Value::Null);
        };
        self.with_scope(level, &bound.uses, |scope, fuel| {
            bound.inner.evaluate(scope, fuel)
        })
        .map_err(|(place, error)| expression_error(bound.field, &place, &error))
    }

    /// Whether a condition holds.
    pub(crate) fn holds(&mut self, frame: FrameId, bound: &Bound<Expr>) -> Result<bool, StepError> {
        let Some(level) = self.state.frame(frame).map(|f| f.level) else {
            return Ok(false);
        };
        self.with_scope(level, &bound.uses, |scope, fuel| {
            bound.inner.eval_bool(scope, fuel)
        })
        .map_err(|error| expression_error(bound.field, "", &error))
    }

    fn with_scope<R>(
        &mut self,
        level: u32,
        uses: &Uses,
        evaluate: impl FnOnce(&dyn Scope, &mut Fuel) -> R,
    ) -> R {
        let (steps, lent) = self.lend(level, uses);
        let now = match uses.now {
            true => Value::String(rfc3339(self.now)),
            false => Value::Null,
        };
        let allowance = FUEL_PER_EVALUATION.min(FUEL_PER_RUN.saturating_sub(self.state.fuel));
        let mut fuel = Fuel::new(allowance, EVALUATION_BYTES_MAX);
        let view = View {
            state: self.state,
            level,
            steps: &steps,
            now: &now,
        };
        let result = evaluate(&view, &mut fuel);
        self.state.fuel += allowance - fuel.steps_left().min(allowance);
        self.take_back(steps, &lent);
        result
    }

    fn lend(&mut self, level: u32, uses: &Uses) -> (Value, Vec<Lent>) {
        let mut steps = Map::new();
        let mut lent = Vec::new();
        let Some(plan) = self.plan_of_level(level) else {
            return (Value::Object(steps), lent);
        };
        match &uses.steps {
            StepUses::Some(wanted) => {
                for step in wanted {
                    self.lend_one(plan, level, *step, &mut steps, &mut lent);
                }
            }
            StepUses::All => {
                let mut at = Some(level);
                while let Some(found) = at.and_then(|id| self.state.levels.get(id)) {
                    let here: Vec<u32> = found.results.iter().map(|(step, _)| *step).collect();
                    at = found.parent;
                    for step in here {
                        self.lend_one(plan, level, step, &mut steps, &mut lent);
                    }
                }
            }
        }
        (Value::Object(steps), lent)
    }

    fn lend_one(
        &mut self,
        plan: &Plan,
        level: u32,
        step: u32,
        steps: &mut Map<String, Value>,
        lent: &mut Vec<Lent>,
    ) {
        let Some(id) = plan.step(step).map(|step| step.id.to_string()) else {
            return;
        };
        let mut at = Some(level);
        while let Some(id_of_level) = at {
            let Some(found) = self.state.levels.get_mut(id_of_level) else {
                return;
            };
            if let Ok(place) = found.results.binary_search_by_key(&step, |(step, _)| *step) {
                if let Some((_, value)) = found.results.get_mut(place) {
                    // The innermost level comes first; an outer result of the same step stays home.
                    if !steps.contains_key(&id) {
                        steps.insert(id, std::mem::take(value));
                        lent.push(Lent {
                            level: id_of_level,
                            step,
                        });
                    }
                }
                return;
            }
            at = found.parent;
        }
    }

    fn take_back(&mut self, steps: Value, lent: &[Lent]) {
        let Value::Object(steps) = steps else {
            return;
        };
        // Both were filled in the same order.
        for ((_, value), lent) in steps.into_iter().zip(lent) {
            if let Some(level) = self.state.levels.get_mut(lent.level)
                && let Ok(place) = level.results.binary_search_by_key(&lent.step, |(s, _)| *s)
                && let Some((_, home)) = level.results.get_mut(place)
            {
                *home = value;
            }
        }
    }

    /// The outputs of the playbook to which a frame belongs, seen from that frame.
    pub(crate) fn outputs(&mut self, frame: FrameId) -> Result<Value, StepError> {
        let level = self.state.frame(frame).map(|f| f.level);
        let Some(plan) = level.and_then(|level| self.plan_of_level(level)) else {
            return Ok(Value::Null);
        };
        match &plan.outputs {
            Some(outputs) => {
                let values = self.eval(frame, outputs)?;
                crate::plan::check_outputs(&plan.output_specs, &values)?;
                Ok(values)
            }
            None => Ok(Value::Object(Map::new())),
        }
    }
}

/// A moment as expressions see it. Only a moment outside the years of the calendar has no such form.
pub(super) fn rfc3339(at: Timestamp) -> String {
    at.to_string()
}

fn expression_error(field: &str, place: &str, error: &Error) -> StepError {
    StepError::new("expression", format!("`{field}{place}`: {}", error.message))
        .hint(error.hint.clone())
}
