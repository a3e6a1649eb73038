//! Cases that playbooks open, and what they change about their own.

use updraft_app::{
    App,
    store::{CaseFilter, DecisionFilter, Page},
    triggers::CHAIN_MAX,
};
use updraft_model::{Case, CaseType, DecisionOutcome, Permission, RunState, Severity};

use crate::house::{BAD, House, at_rest, granted, receive};

/// The cases of the type that the test's playbook opens.
async fn opened(app: &App) -> Vec<Case> {
    let reader = granted(Permission::CaseRead);
    let filter = CaseFilter {
        kind: vec![CaseType("Follow-up".into())],
        ..CaseFilter::default()
    };
    let page = Page {
        after: None,
        limit: 50,
    };
    let mut cases = Vec::new();
    for row in app.case_list(&reader, filter, page).await.unwrap().items {
        cases.push(app.case(&reader, &row.id.to_string()).await.unwrap());
    }
    cases
}

const OPENS: &str = r#"
  - id: hurry
    action: case.update
    with: {severity: critical, owner: ana}
  - id: first
    action: case.open
    with:
      key: "about {{ case.id }}"
      type: Follow-up
      title: Look again
      severity: low
      observables: [{type: domain, value: example.com}]
      playbook: follow
      inputs: {what: "{{ case.number }}"}
  - id: again
    action: case.open
    with:
      key: "about {{ case.id }}"
      type: Follow-up
      title: Look again
  - id: said
    action: case.comment
    with: {text: "{{ steps.first.output.created }} {{ steps.again.output.created }}"}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_case_is_opened_for_a_key_and_the_playbook_that_is_named_runs_on_it_with_its_inputs() {
    let house = House::new();
    house.playbook_of("opens", "triggers:\n  - case_type: Enrichment", OPENS);
    house.playbook_of(
        "follow",
        "case_types: [Follow-up]\ninputs: {what: {type: integer, default: 0}}",
        "  - id: say\n    action: case.comment\n    with: {text: \"about {{ inputs.what }}\"}\n",
    );
    let app = house.first().await;
    receive(&app, BAD).await;
    let parent = at_rest(&app, 1).await.remove(0);
    assert_eq!(
        (parent.severity, parent.owner.as_deref()),
        (Severity::Critical, Some("ana"))
    );
    let found = opened(&app).await;
    let [child] = &found[..] else {
        panic!("{found:#?}")
    };
    assert_eq!(
        (child.title.as_str(), child.severity, child.parent),
        ("Look again", Severity::Low, Some(parent.id))
    );
    assert_eq!(child.observables.len(), 1);
    let reader = granted(Permission::CaseRead);
    let view = app.case_view(&reader, &child.id.to_string()).await.unwrap();
    // It waits for cases of this type, too, and runs once all the same.
    let [run] = &view.runs[..] else {
        panic!("{:#?}", view.runs)
    };
    assert_eq!(
        (run.playbook.as_str(), run.state),
        ("follow", RunState::Succeeded)
    );
    let cause = run.cause.as_ref().unwrap();
    assert_eq!(
        (cause.depth, &cause.inputs["what"]),
        (1, &parent.number.into())
    );

    // The next alert of the case runs the playbook again, which finds the case that it opened.
    receive(&app, BAD).await;
    at_rest(&app, 2).await;
    assert_eq!(opened(&app).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_without_a_key_or_with_an_unknown_playbook_is_not_opened_and_the_step_says_why() {
    let house = House::new();
    let steps = r#"
  - id: unknown
    action: case.open
    with: {key: k, type: Follow-up, title: x, playbook: nowhere}
    on_error: continue
  - id: keyless
    action: case.open
    with: {key: " ", type: Follow-up, title: x}
    on_error: continue
  - id: odd
    action: case.update
    with: {severity: terrible}
    on_error: continue
  - id: said
    action: case.escalate
    with: {title: "{{ steps.unknown.error.message }}; {{ steps.keyless.error.message }}; {{ steps.odd.error.message }}"}
"#;
    house.playbook_of("opens", "triggers:\n  - case_type: Enrichment", steps);
    let app = house.first().await;
    receive(&app, "8.8.8.8").await;
    let case = at_rest(&app, 1).await.remove(0);
    assert_eq!(opened(&app).await.len(), 0);
    let reader = granted(Permission::CaseRead);
    let children = app.store().children(&reader, case.id).await.unwrap();
    assert_eq!(
        children[0].title,
        "there is no playbook `nowhere` to start on the case; a case needs `key`; `terrible` is no severity"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_playbook_that_opens_a_case_for_itself_comes_to_its_end_and_the_last_case_is_there() {
    let house = House::new();
    let steps = r#"
  - id: next
    action: case.open
    with: {key: "after {{ case.id }}", type: Follow-up, title: Again, playbook: circle}
"#;
    house.playbook_of("circle", "triggers:\n  - case_type: Enrichment", steps);
    let app = house.first().await;
    receive(&app, BAD).await;
    at_rest(&app, 1).await;
    assert_eq!(opened(&app).await.len() as u32, CHAIN_MAX + 1);
    let filter = DecisionFilter {
        playbook: Some("circle".into()),
        ..DecisionFilter::default()
    };
    let reader = granted(Permission::CaseRead);
    let decisions = app.trigger_decisions(&reader, filter, 50).await.unwrap();
    let last = &decisions[0];
    assert_eq!((last.outcome, last.run), (DecisionOutcome::Limit, None));
}
