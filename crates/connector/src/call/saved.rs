//! A call on paper: what survives a restart.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Call, Environment, State, no_action, page::Pages};
use crate::{
    Connector,
    error::{CallError, ErrorCode},
};

/// WIRE: stored with a run.
#[derive(Serialize, Deserialize)]
struct Saved {
    format: u32,
    action: String,
    input: Value,
    captured: Value,
    /// The stage's id, so that a stage added in front does not shift it.
    stage: String,
    waiting: Option<(u64, String)>,
    waited_ms: u64,
    pause_ms: u64,
    exchanges: u32,
    pages: Pages,
}

const FORMAT: u32 = 1;

impl Call {
    /// The call as a value; null when it is over.
    pub fn save(&self) -> Value {
        let waiting = match &self.state {
            State::Done(_) => return Value::Null,
            State::Send => None,
            State::Wait { millis, reason } => Some((*millis, reason.clone())),
        };
        let stage = self
            .current(&self.connector)
            .map(|(_, stage)| stage.id.clone());
        serde_json::to_value(Saved {
            format: FORMAT,
            action: self.action.clone(),
            input: self.input.clone(),
            captured: self.captured.clone(),
            stage: stage.unwrap_or_default(),
            waiting,
            waited_ms: self.waited_ms,
            pause_ms: self.pause_ms,
            exchanges: self.exchanges,
            pages: self.pages.clone(),
        })
        .unwrap_or_default()
    }

    /// The call as it was saved. It asks to wait, or to send its request, again.
    pub fn restore(
        connector: Arc<Connector>,
        saved: &Value,
        env: Arc<Environment>,
    ) -> Result<Call, CallError> {
        let fault = |what: String| CallError::new(ErrorCode::Failed, what);
        let saved = Saved::deserialize(saved)
            .map_err(|error| fault(format!("the saved call cannot be read: {error}")))?;
        if saved.format != FORMAT {
            return Err(fault(format!(
                "the saved call has the format {}",
                saved.format
            )));
        }
        let action = connector
            .action(&saved.action)
            .ok_or_else(|| no_action(&connector, &saved.action))?;
        let stage = action
            .steps
            .iter()
            .position(|stage| stage.id == saved.stage)
            .ok_or_else(|| fault(format!("the action has no step `{}` any more", saved.stage)))?;
        let mut call = Call::blank(connector, &saved.action, saved.input, env);
        call.captured = saved.captured;
        call.stage = stage;
        call.waited_ms = saved.waited_ms;
        call.pause_ms = saved.pause_ms;
        call.exchanges = saved.exchanges;
        call.pages = saved.pages;
        if let Some((millis, reason)) = saved.waiting {
            call.state = State::Wait { millis, reason };
        }
        Ok(call)
    }
}
