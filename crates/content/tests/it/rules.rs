//! The lint of playbooks: every rule by its own examples, exact places, exemptions, what ships.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use updraft_content::{
    World, check_playbook, embedded, load, parse_playbook,
    rules::{self, Rule},
};
use updraft_engine::lint::{Effect, Takes, Type, Verb};
use updraft_model::{Diagnostic, Level};

fn verb(inputs: &[(&str, bool)], output: Type, effect: Effect, repeatable: bool) -> Verb {
    let takes = |(name, required): &(&str, bool)| {
        let takes = Takes {
            kind: Type::Text,
            required: *required,
        };
        (String::from(*name), takes)
    };
    Verb {
        inputs: inputs.iter().map(takes).collect::<BTreeMap<_, _>>(),
        output,
        effect,
        repeatable,
    }
}

/// What ships, and what the examples know besides.
fn world() -> &'static World {
    static WORLD: LazyLock<World> = LazyLock::new(made);
    &WORLD
}

fn made() -> World {
    let (library, _) = load(&embedded());
    let mut world = updraft_content::world(&library);
    let host = Type::closed([
        ("owner", Type::Text),
        ("risk", Type::Number),
        ("phone", Type::Restricted),
    ]);
    let none = || Type::closed::<String>([]);
    for (name, verb) in [
        (
            "edr.lookup_host",
            verb(&[("host", true)], host, Effect::Read, true),
        ),
        (
            "edr.isolate_host",
            verb(
                &[("host", true), ("duration", false)],
                none(),
                Effect::ContainReversible,
                true,
            ),
        ),
        (
            "edr.release_host",
            verb(&[("host", true)], none(), Effect::ContainReversible, true),
        ),
        (
            "pager.page",
            verb(&[("text", true)], none(), Effect::Write, false),
        ),
    ] {
        world.actions.insert(name.into(), verb);
    }
    world.bots = Some(["risk-score".to_owned()].into());
    for text in [
        "format: 1\nid: block-host\ninputs: {host: {type: string}}\noutputs: {blocked: {type: boolean, value: true}}\n\
         steps: [{id: tell, action: case.comment, with: {text: \"{{ inputs.host }}\"}}]\n",
        "format: 1\nid: circle\nsteps: [{id: back, call: {playbook: example}}]\n",
    ] {
        let plan = parse_playbook("called.yaml", text).unwrap();
        world.playbooks.insert(plan.id().to_owned(), Arc::new(plan));
    }
    world
}

fn found(text: &str) -> Vec<Diagnostic> {
    check_playbook("playbook.yaml", text, world()).1
}

fn shown(found: &[Diagnostic]) -> String {
    found.iter().map(|one| format!("{one}\n")).collect()
}

#[test]
fn every_rule_finds_its_bad_example_and_leaves_its_good_one_alone() {
    let world = world();
    for rule in rules::rules() {
        let check = |example: &str| check_playbook("playbook.yaml", &Rule::whole(example), world).1;
        let bad = check(rule.bad);
        let hit = bad.iter().find(|one| one.code == rule.code);
        let hit =
            hit.unwrap_or_else(|| panic!("{} misses its bad example:\n{}", rule.code, shown(&bad)));
        assert_eq!(hit.level, rule.level, "{}", rule.code);
        assert!(
            hit.line > 0 && hit.column > 0 && !hit.source.is_empty(),
            "{hit}"
        );
        let good = check(rule.good);
        let again: Vec<&Diagnostic> = good
            .iter()
            .filter(|one| one.code == rule.code || one.level == Level::Error)
            .collect();
        assert!(
            again.is_empty(),
            "{} on its good example:\n{}",
            rule.code,
            shown(&good)
        );
    }
}

#[test]
fn every_code_that_the_engine_gives_is_on_the_page() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/src");
    let mut codes = std::collections::BTreeSet::new();
    let mut todo = vec![root];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for part in text.split("\"UP").skip(1) {
                let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                if digits.len() == 3 && part[3..].starts_with('"') {
                    codes.insert(format!("UP{digits}"));
                }
            }
        }
    }
    let page: std::collections::BTreeSet<String> = rules::rules()
        .iter()
        .map(|rule| rule.code.to_owned())
        .collect();
    assert_eq!(codes, page);
}

#[test]
fn findings_point_at_the_name_and_suggest_the_nearest() {
    let text = "\
format: 1
id: example
inputs:
  token: {type: secret}
outputs:
  level: {type: number, value: \"{{ steps.look.output.owner }}\"}
steps:
  - id: look
    action: edr.lookup_host
    with: {host: pc-1, hots: \"{{ case.severty }}\"}
  - id: each
    for_each: \"{{ case.observables }}\"
    do:
      - id: tell
        action: case.comment
        with: {text: \"{{ item.valeu }} {{ inputs.token }}\"}
  - id: asked
    manual:
      form: [{name: known, type: boolean}]
  - id: use
    when: steps.asked.output.values.knwon
    call: {playbook: block-host, inputs: {host: [a]}}
  - id: last
    when: steps.use.output.bloked and steps.look.output.risk == 'x'
    wait: {delay: 1m}
";
    insta::assert_snapshot!(shown(&found(text)));
}

#[test]
fn a_warning_is_exempted_with_a_reason_and_an_error_is_not() {
    let step = |more: &str| {
        Rule::whole(&format!(
            "- id: page\n  action: pager.page\n  with: {{text: Hello}}\n{more}"
        ))
    };
    assert_eq!(found(&step("")).len(), 1);
    assert_eq!(
        found(&step("  exempt: {UP040: it is a courtesy}\n")),
        Vec::new()
    );
    let whole = step("") + "exempt: {UP040: \"pages are a courtesy here\"}\n";
    assert_eq!(found(&whole), Vec::new());
    let wrong = Rule::whole(
        "- id: page\n  action: pager.pag\n  with: {text: Hello}\n  exempt: {UP034: \"it will be there\"}\n",
    );
    let codes: Vec<String> = found(&wrong).into_iter().map(|one| one.code).collect();
    assert_eq!(codes, ["UP034", "UP050"]);
}

#[test]
fn an_exemption_of_one_step_does_not_hide_its_neighbour() {
    let text = Rule::whole(
        "- id: page\n  action: pager.page\n  with: {text: A}\n  exempt: {UP040: courtesy}\n\
         - id: page_too\n  action: pager.page\n  with: {text: B}\n",
    );
    let found = found(&text);
    assert_eq!(found.len(), 1, "{}", shown(&found));
    assert_eq!(found[0].line, 9);
}

#[test]
fn what_is_sealed_may_travel_as_a_whole_only() {
    let playbook = |step: &str| {
        format!(
            "format: 1\nid: example\ninputs: {{token: {{type: secret}}, card: {{type: restricted}}}}\nsteps:\n{step}"
        )
    };
    let codes = |step: &str| {
        let found = found(&playbook(step));
        let errors = found.into_iter().filter(|one| one.level == Level::Error);
        errors.map(|one| one.code).collect::<Vec<_>>()
    };
    for fine in [
        "  - {id: a, action: edr.lookup_host, with: {host: \"{{ inputs.token }}\"}}\n",
        "  - {id: a, set: {kept: \"{{ inputs.token }}\"}}\n  - {id: b, action: edr.lookup_host, with: {host: \"{{ vars.kept }}\"}}\n",
        "  - {id: a, action: case.comment, with: {text: \"{{ inputs.card | mask }} {{ inputs.card | count }} {{ inputs.card | fingerprint }}\"}}\n",
        "  - {id: a, when: inputs.token != null, wait: {delay: 1s}}\n",
    ] {
        assert_eq!(codes(fine), Vec::<String>::new(), "{fine}");
    }
    for leak in [
        "  - {id: a, action: edr.lookup_host, with: {host: \"x{{ inputs.token }}\"}}\n",
        "  - {id: a, action: case.comment, with: {text: \"{{ inputs.token }}\"}}\n",
        "  - {id: a, set: {kept: \"{{ inputs.token }}\"}}\n  - {id: b, fail: \"no {{ vars.kept }}\"}\n",
        "  - {id: a, fail: \"{{ inputs.card }}\"}\n",
        "  - {id: a, stop: \"{{ inputs.card }}\"}\n",
        "  - {id: a, emit: {event: seen, payload: {card: \"{{ inputs.card }}\"}}}\n",
        "  - {id: a, bot: risk-score, with: {card: \"{{ inputs.card }}\"}}\n",
        "  - {id: a, when: inputs.card == '4111', wait: {delay: 1s}}\n",
        "  - {id: a, manual: {how: \"{{ inputs.card }}\"}}\n",
        "  - {id: a, approve: {question: \"{{ inputs.token }}?\"}}\n",
        "  - {id: a, ask: {to: x, subject: s, message: \"{{ inputs.card }}\", break_out: true}}\n",
        "  - {id: a, action: edr.lookup_host, with: {host: x}, key: \"{{ inputs.token }}\"}\n",
        "  - {id: a, wait: {signal: \"{{ inputs.token }}\"}}\n",
        "  - {id: h, action: edr.lookup_host, with: {host: x}}\n  - {id: a, fail: \"{{ steps.h.output.phone }}\"}\n",
        "  - {id: h, manual: {form: [{name: pin, type: secret}]}}\n  - {id: a, fail: \"{{ steps.h.output.values.pin }}\"}\n",
    ] {
        assert!(
            codes(leak).contains(&"UP032".to_owned()),
            "{leak}: {:?}",
            codes(leak)
        );
    }
}

#[test]
fn every_shipped_playbook_is_clean() {
    let (library, _) = load(&embedded());
    let world = updraft_content::world(&library);
    let mut wrong = String::new();
    for playbook in library.playbooks.values() {
        wrong += &shown(&check_playbook(&playbook.file, &playbook.source, &world).1);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_built_in_actions_that_lint_knows_are_those_that_tests_can_play() {
    for action in updraft_engine::lint::HOST_ACTIONS {
        let playbook = format!(
            "format: 1\nid: x\nsteps: [{{id: a, action: {}, with: {{}}, on_error: continue}}]\n",
            action.name
        );
        let test = "title: t\nexpect: {state: succeeded}\n";
        let faults = crate::trials::faults(&playbook, test);
        assert!(faults.is_empty(), "{}: {faults}", action.name);
    }
}
