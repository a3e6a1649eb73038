//! Reading `triggers`, `concurrency` and `limits` of a document.

use jiff::tz::TimeZone;
use serde_json::Value;
use updraft_expr::{Expr, JsonTemplate, Reference};

use super::{
    Cron, Fields, Parser,
    parse::is_playbook_id,
    suggest,
    triggers::{ENDS, OVERLAPS, Overlap, RunEnd, RunLimits, Schedule, Trigger, TriggerKind},
};
use crate::limits::{
    EXECUTIONS_MAX, ID_CHARS_MAX, RUNS_AT_ONCE_MAX, TITLE_CHARS_MAX, TRIGGERS_MAX,
};

const KINDS: [&str; 6] = ["case_type", "alert", "schedule", "button", "api", "run"];
/// The type of the cases that a schedule opens when it names none.
const SCHEDULE_CASE_TYPE: &str = "Operations";

impl Parser {
    /// Reads `concurrency` and `limits`.
    pub(super) fn run_limits(&mut self, fields: &Fields<'_>) -> RunLimits {
        let mut limits = RunLimits {
            concurrency: self
                .integer(fields, "concurrency", (1, RUNS_AT_ONCE_MAX))
                .and_then(|count| u32::try_from(count).ok()),
            ..RunLimits::default()
        };
        let Some(value) = fields.get("limits") else {
            return limits;
        };
        if let Some(own) = self.object(value, &fields.at("limits"), "`limits`") {
            self.known_fields(&own, &[&["wall_time", "steps"]]);
            limits.wall_time_ms = self.duration(&own, "wall_time");
            if limits.wall_time_ms == Some(0) {
                let place = own.at("wall_time");
                self.error("UP011", &place, "a run of no time does nothing");
            }
            limits.steps = self.integer(&own, "steps", (1, EXECUTIONS_MAX));
        }
        limits
    }

    /// Reads `case_types` and `triggers`.
    pub(super) fn triggers(&mut self, fields: &Fields<'_>, case_types: &[String]) -> Vec<Trigger> {
        let mut triggers: Vec<Trigger> = case_types
            .iter()
            .enumerate()
            .map(|(index, name)| Trigger {
                kind: TriggerKind::CaseType(name.clone()),
                when: None,
                inputs: None,
                pointer: format!("/case_types/{index}").into(),
            })
            .collect();
        let pointer = fields.at("triggers");
        let Some(list) = fields
            .get("triggers")
            .and_then(|value| self.list(value, &pointer, "`triggers`"))
        else {
            return triggers;
        };
        for (index, value) in list.iter().enumerate() {
            let place = format!("{pointer}/{index}");
            if triggers.len() >= TRIGGERS_MAX {
                let text = format!("a playbook may have {TRIGGERS_MAX} triggers");
                self.error("UP013", &place, text);
                break;
            }
            if let Some(trigger) = self.trigger(value, &place) {
                if triggers.iter().any(|other| other.same_as(&trigger)) {
                    self.warning("UP061", &place, "the same trigger stands above already")
                        .hint = "take one of them out".into();
                }
                triggers.push(trigger);
            }
        }
        triggers
    }

    fn trigger(&mut self, value: &Value, pointer: &str) -> Option<Trigger> {
        let fields = self.object(value, pointer, "a trigger")?;
        let mut named = KINDS.iter().filter(|kind| fields.map.contains_key(**kind));
        let (Some(kind), second) = (named.next(), named.next()) else {
            let near = fields
                .map
                .keys()
                .find_map(|key| suggest::closest(key, KINDS.iter().copied()));
            self.error("UP060", pointer, "the trigger says nothing to wait for")
                .hint = match near {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("give it one of {}", KINDS.join(", ")),
            };
            return None;
        };
        if let Some(second) = second {
            let text = format!("a trigger is one thing, not `{kind}` and `{second}`");
            self.error("UP060", pointer, text).hint = "make two triggers of it".into();
            return None;
        }
        let roots: &[&str] = match *kind {
            "case_type" | "alert" => &["case", "alert"],
            "button" => &["case"],
            "run" => &["case", "run"],
            _ => &[],
        };
        let more: &[&str] = match *kind {
            "button" | "case_type" | "alert" | "run" => &["when"],
            _ => &[],
        };
        let given: &[&str] = match *kind {
            "button" | "api" => &[],
            _ => &["inputs"],
        };
        self.known_fields(&fields, &[&[kind], more, given]);
        let parsed = self.trigger_kind(&fields, kind);
        let when = more
            .first()
            .and_then(|_| self.trigger_condition(&fields, roots));
        let inputs = given
            .first()
            .and_then(|_| self.trigger_inputs(&fields, roots));
        Some(Trigger {
            kind: parsed?,
            when,
            inputs,
            pointer: pointer.into(),
        })
    }

    fn trigger_kind(&mut self, fields: &Fields<'_>, kind: &str) -> Option<TriggerKind> {
        let place = fields.at(kind);
        if kind == "case_type" {
            let name = self.required_text(fields, kind)?;
            return self
                .word_of_people(name, &place, "case type")
                .then(|| TriggerKind::CaseType(name.to_owned()));
        }
        let own = match fields.map.get(kind)? {
            // `api:` alone says all there is to say.
            Value::Null if kind == "api" => return Some(TriggerKind::Api),
            value => self.object(value, &place, &format!("`{kind}`"))?,
        };
        match kind {
            "alert" => {
                self.known_fields(&own, &[&["source"]]);
                let source = self.text(&own, "source").map(str::to_owned);
                Some(TriggerKind::Alert { source })
            }
            "schedule" => self.schedule(&own),
            "button" => {
                self.known_fields(&own, &[&["title"]]);
                let title = self.required_text(&own, "title")?;
                self.word_of_people(title, &own.at("title"), "title of a button")
                    .then(|| TriggerKind::Button {
                        title: title.to_owned(),
                    })
            }
            "api" => {
                self.known_fields(&own, &[&[]]);
                Some(TriggerKind::Api)
            }
            _ => self.run_trigger(&own),
        }
    }

    /// A word that people read: not empty, of one line, of a bounded length.
    fn word_of_people(&mut self, text: &str, pointer: &str, what: &str) -> bool {
        let fits = !text.trim().is_empty()
            && text.chars().count() <= ID_CHARS_MAX
            && !text.chars().any(char::is_control);
        if !fits {
            let message = format!("this is no {what}");
            self.error("UP004", pointer, message).hint = "one line of at most 64 characters".into();
        }
        fits
    }

    fn run_trigger(&mut self, own: &Fields<'_>) -> Option<TriggerKind> {
        self.known_fields(own, &[&["playbook", "outcome"]]);
        let outcome = match self.text(own, "outcome") {
            None => RunEnd::Succeeded,
            Some(word) => self.one_of(own, "outcome", word, &ENDS)?,
        };
        let playbook = self.required_text(own, "playbook")?;
        if !is_playbook_id(playbook) {
            let place = own.at("playbook");
            self.error("UP004", &place, "this is not an id for a playbook");
            return None;
        }
        Some(TriggerKind::Run {
            playbook: playbook.to_owned(),
            outcome,
        })
    }

    fn schedule(&mut self, own: &Fields<'_>) -> Option<TriggerKind> {
        self.known_fields(own, &[&["cron", "zone", "overlap", "case_type", "title"]]);
        let cron = self.required_text(own, "cron").map(Cron::parse);
        let cron = match cron {
            Some(Ok(cron)) => Some(cron),
            Some(Err(error)) => {
                let problem = self.error("UP062", &own.at("cron"), error.message);
                problem.span = Some(error.span);
                problem.hint = error.hint;
                None
            }
            None => None,
        };
        let zone_name = self.text(own, "zone").unwrap_or("UTC").to_owned();
        let zone = TimeZone::get(&zone_name).ok();
        if zone.is_none() {
            let names: Vec<String> = jiff::tz::db().available().map(|n| n.to_string()).collect();
            let near = suggest::closest(&zone_name, names.iter().map(String::as_str));
            let shown: String = zone_name.chars().take(64).collect();
            let text = format!("`{shown}` is no time zone");
            self.error("UP062", &own.at("zone"), text).hint = match near {
                Some(name) => format!("did you mean `{name}`?"),
                None => "a name such as UTC or Europe/Berlin".into(),
            };
        }
        let overlap = match self.text(own, "overlap") {
            None => Some(Overlap::Skip),
            Some(word) => self.one_of(own, "overlap", word, &OVERLAPS),
        };
        let case_type = self.text(own, "case_type").unwrap_or(SCHEDULE_CASE_TYPE);
        let fits = self.word_of_people(case_type, &own.at("case_type"), "case type");
        let title = self.text(own, "title").unwrap_or_default().to_owned();
        Some(TriggerKind::Schedule(Box::new(Schedule {
            cron: cron?,
            zone: zone?,
            zone_name,
            overlap: overlap?,
            case_type: fits.then(|| case_type.to_owned())?,
            title: title.chars().take(TITLE_CHARS_MAX).collect(),
        })))
    }

    fn one_of<T: Copy>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        word: &str,
        known: &[(&str, T)],
    ) -> Option<T> {
        let found = known.iter().find(|(name, _)| *name == word);
        if found.is_none() {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let text = format!("`{key}` is one of {}", names.join(", "));
            self.error("UP019", &fields.at(key), text).hint = suggest::hint(word, &names);
        }
        found.map(|(_, value)| *value)
    }

    fn trigger_condition(&mut self, fields: &Fields<'_>, roots: &[&str]) -> Option<Expr> {
        let pointer = fields.at("when");
        let source = match fields.get("when")? {
            Value::Bool(value) => value.to_string(),
            Value::String(text) => text.clone(),
            _ => {
                self.error("UP001", &pointer, "`when` must be a condition");
                return None;
            }
        };
        match Expr::parse(&source) {
            Ok(expr) => {
                for reference in expr.references() {
                    self.trigger_root(&reference, roots, &pointer);
                }
                Some(expr)
            }
            Err(error) => {
                let problem = self.error("UP006", &pointer, error.message);
                problem.span = Some(error.span);
                problem.hint = error.hint;
                None
            }
        }
    }

    fn trigger_inputs(&mut self, fields: &Fields<'_>, roots: &[&str]) -> Option<JsonTemplate> {
        let value = fields.get("inputs")?;
        let pointer = fields.at("inputs");
        let own = self.object(value, &pointer, "`inputs`")?;
        let known = self.inputs.clone();
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        for name in own.map.keys().filter(|name| !known.contains(name)) {
            let shown: String = name.chars().take(80).collect();
            let problem = self.error(
                "UP015",
                &own.at(name),
                format!("the playbook takes no input `{shown}`"),
            );
            problem.at_key = true;
            problem.hint = suggest::hint(name, &names);
        }
        match JsonTemplate::parse(value) {
            Ok(template) => {
                for (place, reference) in template.references() {
                    let at = format!("{pointer}{place}");
                    self.trigger_root(&reference, roots, &at);
                }
                Some(template)
            }
            Err((place, error)) => {
                let problem = self.error("UP006", &format!("{pointer}{place}"), error.message);
                problem.span = Some(error.span);
                problem.hint = error.hint;
                None
            }
        }
    }

    fn trigger_root(&mut self, reference: &Reference, roots: &[&str], pointer: &str) {
        let root = reference.root();
        if roots.contains(&root) {
            return;
        }
        let shown: String = root.chars().take(80).collect();
        let text = format!("nothing is called `{shown}` before a run begins");
        let hint = match roots {
            [] => "a trigger of this kind sees nothing: write the value out".into(),
            roots => suggest::hint(root, roots),
        };
        let problem = self.error("UP014", pointer, text);
        problem.span = Some(reference.span);
        problem.hint = hint;
    }
}
