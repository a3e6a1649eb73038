//! What steps leave behind: results in their level, variables in their playbook.

use serde_json::{Map, Value};

use super::{
    Done, Turn,
    state::{Body, Failure, FrameId, size_of_value},
};
use crate::{StepError, StepStatus, limits::RUN_BYTES_MAX, plan::Step, steps::Collect};

impl Turn<'_> {
    /// What the enclosing step wants of a block that ended well.
    pub(super) fn collect(
        &mut self,
        block: FrameId,
        parent: FrameId,
        step: &Step,
    ) -> Result<Value, Failure> {
        let collected = match step.kind.collect(step.output_used) {
            Collect::Nothing => Ok(Value::Null),
            Collect::Last => Ok(self.last_output(block)),
            Collect::Template(template) => self.eval(block, template),
            Collect::Outputs => self.outputs(block),
            Collect::Round(until) => {
                let last = self.last_output(block);
                self.holds(block, until)
                    .map(|over| Value::Array(vec![Value::Bool(over), last]))
            }
        };
        collected.map_err(|error| self.failure(parent, error))
    }

    pub(super) fn last_output(&self, block: FrameId) -> Value {
        let find = || {
            let frame = self.state.frame(block)?;
            let Body::Block { block, .. } = frame.body else {
                return None;
            };
            let last = *self.plan_of_level(frame.level)?.block(block).last()?;
            let results = &self.state.levels.get(frame.level)?.results;
            let place = results
                .binary_search_by_key(&last, |(step, _)| *step)
                .ok()?;
            results.get(place)?.1.get("output").cloned()
        };
        find().unwrap_or(Value::Null)
    }

    /// Puts a step's result where expressions find it.
    pub(super) fn store(&mut self, id: FrameId, index: u32, status: StepStatus, done: Done) {
        self.record_end(id, status, &done);
        let size = size_of_value(&done.output);
        let error = done.failure.as_ref().map_or(Value::Null, error_value);
        let mut result = Map::with_capacity(3 + done.extra.len());
        result.insert("status".to_owned(), Value::from(status.as_str()));
        result.insert("output".to_owned(), done.output);
        result.insert("error".to_owned(), error);
        for (name, value) in done.extra {
            result.insert(name.into_owned(), value);
        }
        let Some(size) = size.filter(|size| self.state.bytes + size <= RUN_BYTES_MAX) else {
            let text = "the results of this run take too much room";
            let failure = self.failure(id, StepError::new("limit", text));
            return self.fail_run(&failure);
        };
        let Some(level) = self.state.frame(id).map(|frame| frame.level) else {
            return;
        };
        if let Some(level) = self.state.levels.get_mut(level) {
            self.state.bytes += size;
            level.bytes += size;
            let value = Value::Object(result);
            match level
                .results
                .binary_search_by_key(&index, |(step, _)| *step)
            {
                Ok(place) => {
                    if let Some(slot) = level.results.get_mut(place) {
                        slot.1 = value;
                    }
                }
                Err(place) => level.results.insert(place, (index, value)),
            }
        }
    }

    /// Sets variables of the playbook that a step belongs to.
    pub(crate) fn set_vars(&mut self, frame: FrameId, values: Value) -> Result<(), StepError> {
        let (Value::Object(values), Some(activation)) = (values, self.state.activation_of(frame))
        else {
            return Ok(());
        };
        let Some(activation) = self.state.activations.get_mut(activation) else {
            return Ok(());
        };
        let Value::Object(vars) = &mut activation.vars else {
            return Ok(());
        };
        for (name, value) in values {
            let gained = size_of_value(&value).unwrap_or(RUN_BYTES_MAX);
            if self.state.bytes.saturating_add(gained) > RUN_BYTES_MAX {
                return Err(StepError::new(
                    "limit",
                    "the variables of this run take too much room",
                ));
            }
            let lost = vars
                .insert(name, value)
                .as_ref()
                .and_then(size_of_value)
                .unwrap_or(0);
            activation.bytes = (activation.bytes + gained).saturating_sub(lost);
            self.state.bytes = (self.state.bytes + gained).saturating_sub(lost);
        }
        Ok(())
    }
}

/// An error as expressions see it.
pub(crate) fn error_value(failure: &Failure) -> Value {
    let error = &failure.error;
    serde_json::json!({
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "step": &*failure.path,
    })
}
