//! What the description of single fields cannot say: fields that belong together or exclude each other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use updraft_expr::{Expr, Segment};
use updraft_model::Problem;

use crate::{
    action::{Action, STEPS_MAX},
    check::{child, keys, short},
    connector::DocProblem,
    manifest::Manifest,
    rules,
    shape::closest,
};

type Actions<'a> = BTreeMap<&'a str, &'a Value>;

/// Checks of `connector.yaml` as a whole.
pub(crate) fn connector(root: &Value, actions: &Actions<'_>, out: &mut Vec<Problem>) {
    match root.get("ping") {
        Some(ping) => follow_up(ping, "/ping", "ping", actions, out),
        None => out.push(
            Problem::warning(rules::PING, "", "there is no `ping`")
                .hint("name a harmless read action, so that a connection can be tested"),
        ),
    }
    if let Some(exempt) = root.get("exempt").and_then(Value::as_object) {
        for (code, reason) in exempt {
            let known = rules::rule(code).is_some_and(|rule| rule.exemptible);
            let reason_given = reason.as_str().is_some_and(|text| !text.trim().is_empty());
            if !known || !reason_given {
                let text = if known {
                    "the exemption has no reason"
                } else {
                    "no such warning"
                };
                out.push(Problem::error(rules::EXEMPT, child("/exempt", code), text).at_key());
            }
        }
    }
    let whois = text(root, "transport") == "whois";
    if let Some(hosts) = root.get("allowed_hosts").and_then(Value::as_array) {
        for (index, host) in hosts.iter().enumerate() {
            if host.as_str() == Some("*") && !whois {
                out.push(Problem::warning(
                    rules::WILD_HOSTS,
                    format!("/allowed_hosts/{index}"),
                    "any host is allowed",
                ));
            }
        }
    }
    unreachable(root.get("errors"), "/errors", out);
    auth(root, out);
}

fn auth(root: &Value, out: &mut Vec<Problem>) {
    let Some(auth) = root.get("auth") else {
        return;
    };
    match text(auth, "kind") {
        "header" => {
            let one = auth.get("name").is_some() && auth.get("value").is_some();
            if !one && auth.get("headers").is_none() {
                out.push(Problem::error(
                    rules::ONE_OF,
                    "/auth",
                    "auth `header` needs `name` and `value`, or `headers`",
                ));
            }
        }
        "choice" => {
            let setting = text(auth, "setting");
            let settings = keys(root.get("settings"));
            if !setting.is_empty() && !settings.contains(setting) {
                let text = format!("unknown setting `{}`", short(setting));
                out.push(Problem::error(
                    rules::UNKNOWN_SETTING,
                    "/auth/setting",
                    text,
                ));
            }
        }
        "login" => {
            let places = auth.get("capture").and_then(Value::as_object);
            for (name, place) in places.into_iter().flatten() {
                if place.as_object().is_some_and(|place| place.len() != 1) {
                    out.push(Problem::error(
                        rules::ONE_OF,
                        child("/auth/capture", name),
                        "a capture is one of header, json, cookie and text",
                    ));
                }
            }
        }
        _ => {}
    }
}

/// Settings and secrets that nothing reads.
pub(crate) fn unused(root: &Value, used: &BTreeSet<(String, String)>, out: &mut Vec<Problem>) {
    let chosen = root.pointer("/auth/setting").and_then(Value::as_str);
    for (field, scope) in [("settings", "settings"), ("secrets", "secret")] {
        for name in keys(root.get(field)) {
            let read = used.contains(&(scope.to_owned(), name.clone()));
            if !read && chosen != Some(name.as_str()) {
                out.push(
                    Problem::warning(
                        rules::UNUSED,
                        child(&format!("/{field}"), &name),
                        format!("`{scope}.{name}` is not used"),
                    )
                    .at_key(),
                );
            }
        }
    }
}

/// Checks of one action as a whole.
pub(crate) fn action(
    file: &str,
    document: &Value,
    root: &Value,
    actions: &Actions<'_>,
    used: &BTreeSet<(String, String)>,
    out: &mut Vec<Problem>,
) {
    let name = text(document, "action");
    if !name.is_empty() && name != file {
        let text = format!("the action is `{}` and its file `{file}.yaml`", short(name));
        out.push(Problem::error(rules::ID, "/action", text));
    }
    for input in keys(document.get("inputs")) {
        if !used.contains(&("input".to_owned(), input.clone())) {
            let text = format!("`input.{input}` is not used");
            out.push(Problem::warning(rules::UNUSED, child("/inputs", &input), text).at_key());
        }
    }
    exchanges(document, root, out);
    effect(document, actions, out);
    verdict(document, out);
    unreachable(document.get("errors"), "/errors", out);
    foreign_outputs(document, actions, out);
}

/// `request` or `steps`, and what each request needs.
fn exchanges(document: &Value, root: &Value, out: &mut Vec<Problem>) {
    let steps = document.get("steps").and_then(Value::as_array);
    if document.get("request").is_some() == document.get("steps").is_some() {
        out.push(Problem::error(
            rules::ONE_OF,
            "",
            "an action has either `request` or `steps`",
        ));
    }
    if document.get("steps").is_some() && document.get("paginate").is_some() {
        let text = "with `steps`, `paginate` belongs to a step";
        out.push(Problem::error(rules::ONE_OF, "/paginate", text).at_key());
    }
    if let Some(one) = document.get("request") {
        request(one, "/request", document, root, out);
    }
    let steps = steps.map(Vec::as_slice).unwrap_or_default();
    if steps.len() > STEPS_MAX || (document.get("steps").is_some() && steps.is_empty()) {
        let text = format!("an action has 1 to {STEPS_MAX} steps");
        out.push(Problem::error(rules::TOO_BIG, "/steps", text));
    }
    let mut ids = BTreeSet::new();
    for (index, step) in steps.iter().enumerate() {
        let at = format!("/steps/{index}");
        if !ids.insert(text(step, "id")) {
            out.push(Problem::error(
                rules::ONE_OF,
                format!("{at}/id"),
                "the id is taken",
            ));
        }
        if step.get("request").is_some() == step.get("poll").is_some() {
            out.push(Problem::error(
                rules::ONE_OF,
                at.as_str(),
                "a step has `request` or `poll`",
            ));
        }
        if let Some(one) = step.get("request") {
            request(one, &format!("{at}/request"), document, root, out);
        }
        if let Some(one) = step.pointer("/poll/request") {
            request(one, &format!("{at}/poll/request"), document, root, out);
        }
        unreachable(step.get("errors"), &format!("{at}/errors"), out);
    }
}

fn request(request: &Value, at: &str, document: &Value, root: &Value, out: &mut Vec<Problem>) {
    if !request.is_object() {
        return;
    }
    let has = |field: &str| request.get(field).is_some();
    let mut wrong = |code, at: &str, text: &str| out.push(Problem::error(code, at, text));
    if text(root, "transport") == "whois" {
        if !has("server") || !has("query") {
            wrong(
                rules::ONE_OF,
                at,
                "a WHOIS request has `server` and `query`",
            );
        }
        return;
    }
    if has("path") == has("url") {
        wrong(rules::ONE_OF, at, "a request has either `path` or `url`");
    }
    if request.get("query").is_some_and(|query| !query.is_object()) {
        wrong(
            rules::WRONG_TYPE,
            &format!("{at}/query"),
            "`query` is a mapping",
        );
    }
    if has("path") && root.get("base_url").is_none() {
        wrong(
            rules::HOSTS,
            at,
            "a `path` needs `base_url` in connector.yaml",
        );
    }
    if has("url") && root.get("allowed_hosts").is_none() && root.get("base_url").is_none() {
        wrong(
            rules::HOSTS,
            at,
            "a `url` needs `allowed_hosts` in connector.yaml",
        );
    }
    let method = request
        .get("method")
        .and_then(Value::as_str)
        .unwrap_or("GET");
    if has("body") && matches!(method, "GET" | "HEAD") {
        wrong(
            rules::METHOD_BODY,
            &format!("{at}/body"),
            "GET and HEAD carry no body",
        );
    }
    if text(document, "effect") == "read" && matches!(method, "PUT" | "PATCH" | "DELETE") {
        let text = format!("the effect is `read` and the method {method}");
        wrong(rules::EFFECT_METHOD, &format!("{at}/method"), &text);
    }
    if let Some(body) = request.get("body").and_then(Value::as_object) {
        let kinds = ["json", "form", "multipart", "text", "raw_file"];
        if kinds
            .iter()
            .filter(|kind| body.contains_key(**kind))
            .count()
            != 1
        {
            let text = format!("a body is one of {}", kinds.join(", "));
            wrong(rules::ONE_OF, &format!("{at}/body"), &text);
        }
    }
}

/// What follows from the effect class.
fn effect(document: &Value, actions: &Actions<'_>, out: &mut Vec<Problem>) {
    let effect = text(document, "effect");
    if document.get("cache").is_some() && effect != "read" {
        out.push(Problem::error(rules::CACHE, "/cache", "only `read` may be cached").at_key());
    }
    let changes = matches!(effect, "write" | "contain_reversible" | "irreversible");
    if changes && document.get("idempotency").is_none() {
        out.push(
            Problem::error(
                rules::IDEMPOTENCY,
                "",
                "a change must declare `idempotency`",
            )
            .hint("one of natural, key, find and none"),
        );
    }
    if let Some(idempotency) = document.get("idempotency") {
        let find = idempotency.get("find").is_some();
        if (text(idempotency, "kind") == "find") != find {
            let text = "`kind: find` and `find` belong together";
            out.push(Problem::error(rules::ONE_OF, "/idempotency", text));
        }
        if find {
            let call = serde_json::json!({
                "action": idempotency.get("find"), "input": idempotency.get("find_input"),
            });
            follow_up(&call, "/idempotency", "find", actions, out);
        }
    }
    let undo = document.get("undo");
    match (effect, undo.is_some_and(Value::is_object)) {
        ("contain_reversible", false) => {
            let mut problem =
                Problem::error(rules::UNDO, "", "a reversible containment needs `undo`");
            problem.hint = "name the action that releases it".into();
            out.push(problem);
        }
        ("write", false) if undo.is_none() => out.push(
            Problem::warning(rules::UNDO, "", "a change without `undo`")
                .hint("name the action that takes it back, or write `undo: none`"),
        ),
        _ => {}
    }
    if let Some(undo) = undo.filter(|undo| undo.is_object()) {
        follow_up(undo, "/undo", "undo", actions, out);
    }
    if let Some(verify) = document.get("verify") {
        follow_up(verify, "/verify", "verify", actions, out);
    }
}

fn verdict(document: &Value, out: &mut Vec<Problem>) {
    let capabilities = document.get("capabilities").and_then(Value::as_array);
    let looks_up = capabilities.into_iter().flatten().any(|capability| {
        capability
            .as_str()
            .is_some_and(|name| name.starts_with("reputation."))
    });
    if looks_up && document.get("verdict").is_none() {
        out.push(Problem::error(
            rules::NO_VERDICT,
            "/capabilities",
            "a look-up needs `verdict`",
        ));
    }
    unreachable(document.get("verdict"), "/verdict", out);
}

/// A rule without `when` must be the last.
fn unreachable(list: Option<&Value>, at: &str, out: &mut Vec<Problem>) {
    let list = list
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let endless = list
        .iter()
        .position(|rule| rule.is_object() && rule.get("when").is_none());
    if let Some(index) = endless.filter(|index| index + 1 < list.len()) {
        out.push(Problem::error(
            rules::UNREACHABLE,
            format!("{at}/{}", index + 1),
            "the rule before has no `when`, so this one is never reached",
        ));
    }
}

/// `ping`, `undo`, `verify` and `find` name an action and give it what it needs.
fn follow_up(call: &Value, at: &str, what: &str, actions: &Actions<'_>, out: &mut Vec<Problem>) {
    let name = text(call, "action");
    let pointer = if what == "find" {
        format!("{at}/find")
    } else {
        format!("{at}/action")
    };
    let Some(target) = actions.get(name) else {
        if !name.is_empty() {
            let mut problem = Problem::error(
                rules::UNKNOWN_ACTION,
                pointer,
                format!("there is no action `{}`", short(name)),
            );
            if let Some(near) = closest(name, actions.keys().copied()) {
                problem.hint = format!("did you mean `{near}`?");
            }
            out.push(problem);
        }
        return;
    };
    let given = keys(call.get("input"));
    let declared = keys(target.get("inputs"));
    for input in given.difference(&declared) {
        let text = format!("the action `{name}` has no input `{}`", short(input));
        out.push(Problem::error(rules::BAD_INPUT, at, text));
    }
    let inputs = target.get("inputs").and_then(Value::as_object);
    for (input, spec) in inputs.into_iter().flatten() {
        let needed =
            spec.get("required") == Some(&Value::Bool(true)) && spec.get("default").is_none();
        if needed && !given.contains(input) {
            let text = format!("the action `{name}` needs the input `{}`", short(input));
            out.push(Problem::error(rules::BAD_INPUT, at, text));
        }
    }
}

/// `verify.holds` and `idempotency.found` see the outputs of another action.
fn foreign_outputs(document: &Value, actions: &Actions<'_>, out: &mut Vec<Problem>) {
    // `output` of these two belongs to the other action: the walk has compared it with our own.
    let foreign = [
        ("/verify/action", "/verify/holds"),
        ("/idempotency/find", "/idempotency/found"),
    ];
    out.retain(|problem| {
        problem.code != rules::UNKNOWN_OUTPUT
            || !foreign
                .iter()
                .any(|(_, pointer)| problem.pointer == *pointer)
    });
    for (action, pointer) in foreign {
        let target = document
            .pointer(action)
            .and_then(Value::as_str)
            .and_then(|n| actions.get(n));
        let source = document.pointer(pointer).and_then(Value::as_str);
        let (Some(target), Some(Ok(expr))) = (target, source.map(Expr::parse)) else {
            continue;
        };
        let declared = keys(target.get("outputs"));
        for reference in expr.references() {
            if let [Segment::Key(root), Segment::Key(name), ..] = reference.path.as_slice()
                && root == "output"
                && !declared.contains(name)
            {
                let text = format!("that action has no output `{}`", short(name));
                let problem = Problem::error(rules::UNKNOWN_OUTPUT, pointer, text);
                out.push(problem.within(reference.span.0, reference.span.1));
            }
        }
    }
}

/// Checks that need the compiled documents: defaults and examples against their types.
pub(crate) fn compiled(
    manifest: &Manifest,
    actions: &BTreeMap<String, Action>,
    root: &Value,
    documents: &Actions<'_>,
) -> Vec<DocProblem> {
    let mut found = Vec::new();
    let mut look = |document: &str,
                    field: &str,
                    source: Option<&Value>,
                    specs: &BTreeMap<String, crate::ValueSpec>| {
        for (name, spec) in specs {
            let written = source.and_then(|map| map.get(name));
            for (part, value) in [("default", &spec.default), ("example", &spec.example)] {
                let Some(value) = value else { continue };
                if written.is_some_and(|spec| spec.get(part).is_none()) {
                    continue;
                }
                if let Err(fault) = spec.admit(value.clone()) {
                    found.push(DocProblem {
                        document: document.to_owned(),
                        problem: Problem::error(
                            rules::AMBIGUOUS_DEFAULT,
                            format!("{}/{part}", child(field, name)),
                            format!("the {part} {fault}"),
                        ),
                    });
                }
            }
        }
    };
    look(
        "connector.yaml",
        "/settings",
        root.get("settings"),
        &manifest.settings,
    );
    for (name, action) in actions {
        let source = documents
            .get(name.as_str())
            .and_then(|document| document.get("inputs"));
        look(
            &format!("actions/{name}.yaml"),
            "/inputs",
            source,
            &action.inputs,
        );
    }
    found
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}
