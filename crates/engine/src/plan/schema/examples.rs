//! What each kind of step is for, with an example, for the completion of editors.

use serde_json::{Value, json};

/// One sentence on a kind of step.
pub(super) fn summary(kind: &str) -> &'static str {
    match kind {
        "action" => "One action of one connection, or of the host itself",
        "capability" => "The same question to every connection that can answer it",
        "for_each" => {
            "Steps for each item of a list, several at a time, results in the order of the list"
        }
        "parallel" => "Branches that run at the same time",
        "switch" => "The first case whose condition holds",
        "wait" => "A pause, a moment, or something that happens",
        "set" => "Variables of the playbook, read as vars.… from the next step on",
        "call" => "Another playbook as one step",
        "rollback" => "What earlier steps did is taken back, the latest first",
        "finish" => "The playbook ends here, whatever else is under way in it",
        "loop" => "The same steps again and again until a condition holds, but not for ever",
        "try" => "Steps, what follows when they fail, and what follows in any case",
        "manual" => "A task for a person",
        "ask" => "A question to somebody, most often outside the team",
        "approve" => "Nothing further without approval",
        "bot" => "A script of the folder content/bots",
        "emit" => "Something happened that others may wait for",
        "fail" => "The step fails, for on_error and catch to see",
        "stop" => "The whole run is over, and it is well",
        _ => "",
    }
}

/// A step of a kind.
pub(super) fn example(kind: &str) -> Value {
    let pause = json!({"id": "pause", "wait": {"delay": "1m"}});
    match kind {
        "action" => {
            json!({"id": "note", "action": "case.comment", "with": {"text": "Seen {{ case.occurrences }} times"}})
        }
        "capability" => {
            json!({"id": "ask", "capability": "reputation.ip", "fan_out": "all", "with": {"ip": "{{ case.observables[0].value }}"}})
        }
        "for_each" => {
            json!({"id": "each", "for_each": "{{ case.observables }}", "as": "observable", "do": [pause], "collect": "{{ observable.value }}"})
        }
        "parallel" => {
            json!({"id": "both", "parallel": {"branches": {"mail": [pause], "logs": [{"id": "rest", "wait": {"delay": "1s"}}]}, "wait": "all"}})
        }
        "switch" => {
            json!({"id": "route", "switch": [{"when": "case.severity == 'high'", "do": [pause]}, {"else": true, "do": [{"id": "rest", "wait": {"delay": "1s"}}]}]})
        }
        "wait" => json!({"id": "answer", "wait": {"signal": "user_answered"}, "timeout": "1d"}),
        "set" => json!({"id": "remember", "set": {"level": "{{ case.severity }}"}}),
        "call" => {
            json!({"id": "block", "call": {"playbook": "block-indicator", "inputs": {"value": "203.0.113.7"}}})
        }
        "rollback" => json!({"id": "take_back", "rollback": "all"}),
        "finish" => {
            json!({"id": "done", "finish": {"outcome": "succeeded", "message": "Nothing to do"}})
        }
        "loop" => {
            json!({"id": "poll", "loop": {"max": 20, "delay": "30s", "until": "round == 3", "do": [pause]}})
        }
        "try" => {
            json!({"id": "guarded", "try": [pause], "finally": [{"id": "tidy", "wait": {"delay": "1s"}}]})
        }
        "manual" => {
            json!({"id": "call_user", "title": "Call the user back", "manual": {"how": "Take the number from the directory", "form": [{"name": "known", "type": "boolean", "required": true}]}, "timeout": "8h"})
        }
        "ask" => {
            json!({"id": "ask_user", "ask": {"to": "anna@example.com", "subject": "Was it you?", "message": "A sign-in from Lisbon", "break_out": true}, "timeout": "1d"})
        }
        "approve" => {
            json!({"id": "gate", "approve": {"question": "Isolate {{ case.title }}?", "needs": 2, "default": "deny"}, "timeout": "4h"})
        }
        "bot" => {
            json!({"id": "score", "bot": "risk-score", "with": {"signals": []}, "timeout": "20s"})
        }
        "emit" => {
            json!({"id": "contained", "emit": {"event": "host_isolated", "payload": {"host": "pc-7"}}})
        }
        "fail" => {
            json!({"id": "no_owner", "fail": {"code": "no_owner", "message": "Nobody owns it"}})
        }
        "stop" => json!({"id": "known", "stop": "Seen before"}),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_kind_has_a_summary_and_an_example_that_can_be_read() {
        for key in crate::steps::KIND_KEYS {
            assert!(!super::summary(key.name).is_empty(), "{}", key.name);
            let document = serde_json::json!({
                "format": 1, "id": "example", "steps": [super::example(key.name)],
            });
            let (plan, problems) = crate::Plan::from_value(&document);
            assert!(plan.is_some(), "{}: {problems:?}", key.name);
        }
    }
}
