//! What a waiting run says about itself.

use std::sync::Arc;

use updraft_model::Timestamp;

use super::{
    Machine,
    calls::effect_of,
    state::{Open, Phase, Wants},
};
use crate::{Effect, TimerKey, TimerKind};

/// How many things `waiting_for` names before it counts.
const NAMED_MAX: usize = 3;

impl Machine {
    /// What the host still owes: effects that were given out and not answered, to be performed again
    /// after a restart. The end of a run is among them, for whoever did not hear of it.
    pub fn pending(&self) -> Vec<Effect> {
        if let Some(end) = self.outcome() {
            return vec![Effect::Finished {
                outcome: end.outcome,
                message: end.message.clone(),
                output: end.output.clone(),
            }];
        }
        let open = self.state.open.iter();
        open.filter_map(|(path, open)| effect_of(path, open))
            .collect()
    }

    /// Whether a change of the case is of interest to the run.
    pub fn watches_case(&self) -> bool {
        let mut open = self.state.open.values();
        open.any(|open| matches!(open.wants, Wants::Case))
    }

    /// True when nothing goes on unless people, a signal, the case or a moment says so: no vendor is at work
    /// for the run.
    pub fn waits_for_others(&self) -> bool {
        let mut others = self.state.control.paused.is_some();
        for open in self.state.open.values() {
            match &open.wants {
                Wants::Signal { .. } | Wants::Case | Wants::Ask { .. } => others = true,
                Wants::Pause | Wants::Guard => {}
                Wants::Invoke { phase, .. } | Wants::Host { phase, .. } => {
                    if *phase != Phase::Held {
                        return false;
                    }
                }
                Wants::Resolve { .. } => return false,
            }
        }
        others
    }

    /// When the run must be looked at next, at the latest, and why.
    pub fn next_deadline(&self) -> Option<(Timestamp, String)> {
        let (at, path, kind) = self.state.timers.first()?;
        let what = match kind {
            TimerKind::Wait => "end of the wait",
            TimerKind::Retry => "retry of",
            TimerKind::Wake => "next look at",
            TimerKind::Timeout => "timeout of",
            TimerKind::Reminder => "reminder of",
        };
        let whose = if path.is_empty() { "the run" } else { path };
        Some((*at, format!("{what} {whose}")))
    }

    /// The timers that have fired by `now`, earliest first.
    pub fn due_timers(&self, now: Timestamp) -> Vec<TimerKey> {
        self.state
            .timers
            .iter()
            .take_while(|(at, _, _)| *at <= now)
            .map(|(_, path, kind)| TimerKey {
                path: path.to_string(),
                kind: *kind,
            })
            .collect()
    }

    /// For what the run waits, in words; empty when it is over or has not begun.
    pub fn waiting_for(&self) -> String {
        let words = |(path, open): (&Arc<str>, &Open)| match &open.wants {
            Wants::Resolve { .. } => Some(format!("connections for {path}")),
            Wants::Pause => open.due.map(|until| format!("{path} until {until}")),
            Wants::Signal { name } => Some(format!("the signal {name} ({path})")),
            Wants::Invoke { phase, .. } | Wants::Host { phase, .. } => Some(match phase {
                Phase::Running(_) => format!("an answer to {path}"),
                Phase::Asleep(_) => format!("the result of {path}"),
                Phase::Backoff => format!("attempt {} of {path}", open.attempt + 1),
                Phase::Held => return None,
            }),
            Wants::Case => Some(format!("a change of the case ({path})")),
            Wants::Ask { request, .. } => {
                let title = request.get("title").and_then(|title| title.as_str());
                Some(match title.filter(|title| !title.is_empty()) {
                    Some(title) => format!("people: {title} ({path})"),
                    None => format!("people ({path})"),
                })
            }
            Wants::Guard => None,
        };
        let paused = self.state.control.paused.as_ref();
        let paused = paused.map(|by| format!("somebody to go on (paused by {by})"));
        let open: Vec<String> = self.state.open.iter().filter_map(words).collect();
        let all: Vec<String> = paused.into_iter().chain(open).collect();
        let named = all
            .iter()
            .take(NAMED_MAX)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        match all.len().saturating_sub(NAMED_MAX) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }
}
