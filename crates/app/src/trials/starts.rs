//! Whether a version would have been started for what a past run was started for.

use serde_json::{Map, Value};
use updraft_engine::{Input, Judgement, Plan, TriggerKind};

/// True when one of the version's triggers holds for the case and the alert of a past run. A version that only
/// people, programs or schedules start would have been started where its own playbook ran.
pub(super) fn would_start(plan: &Plan, start: &Input, same_playbook: bool) -> bool {
    let Input::Started { context, .. } = start else {
        return false;
    };
    let empty = Map::new();
    let scope = context.as_object().unwrap_or(&empty);
    let mut by_itself = false;
    for trigger in plan.triggers() {
        let about = match trigger.kind() {
            TriggerKind::CaseType(kind) => context["case"]["type"].as_str() == Some(kind.as_str()),
            TriggerKind::Alert { source } => {
                let alert = &context["alert"];
                !alert.is_null()
                    && source
                        .as_deref()
                        .is_none_or(|source| is_from(alert, source))
            }
            TriggerKind::Schedule(_)
            | TriggerKind::Button { .. }
            | TriggerKind::Api
            | TriggerKind::Run { .. } => continue,
        };
        by_itself = true;
        if about && trigger.judge(scope) == Judgement::Holds {
            return true;
        }
    }
    !by_itself && same_playbook
}

/// An alert whose source is not known may be from any.
fn is_from(alert: &Value, source: &str) -> bool {
    alert["source"].as_str().is_none_or(|known| known == source)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use updraft_model::{RunId, Timestamp};

    use super::*;

    fn plan(head: &str) -> Plan {
        let text = format!("format: 1\nid: p\n{head}\nsteps: [{{id: a, set: {{v: 1}}}}]\n");
        updraft_content::parse_playbook("p", &text).unwrap()
    }

    fn start(kind: &str, severity: &str) -> Input {
        Input::Started {
            run: RunId::new(1, 1),
            inputs: json!({}),
            context: json!({"case": {"type": kind, "severity": severity}, "alert": null}),
            seed: 1,
            at: Timestamp::from_millis(0),
            origin: None,
        }
    }

    #[test]
    fn a_version_is_tried_where_its_triggers_hold() {
        let typed = plan("case_types: [Phishing]");
        assert!(would_start(&typed, &start("Phishing", "low"), false));
        assert!(!would_start(&typed, &start("Malware", "low"), true));
        let high = plan("triggers: [{case_type: Phishing, when: \"case.severity == 'high'\"}]");
        assert!(would_start(&high, &start("Phishing", "high"), false));
        assert!(!would_start(&high, &start("Phishing", "low"), true));
        let button = plan("triggers: [{button: {title: Isolate}}]");
        assert!(would_start(&button, &start("Phishing", "low"), true));
        assert!(!would_start(&button, &start("Phishing", "low"), false));
    }
}
