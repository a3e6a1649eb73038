//! Reading the whole content folder, as every start of the server does.

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 20)]
fn load_everything(bencher: divan::Bencher<'_, '_>) {
    let files = updraft_content::embedded();
    bencher.bench(|| updraft_content::load(&files));
}

#[divan::bench(sample_count = 20)]
fn replay_book(bencher: divan::Bencher<'_, '_>) {
    let (library, _) = updraft_content::load(&updraft_content::embedded());
    bencher.bench(|| library.replay_book());
}

#[divan::bench]
fn replay_answer(bencher: divan::Bencher<'_, '_>) {
    let (library, _) = updraft_content::load(&updraft_content::embedded());
    let book = library.replay_book();
    bencher.bench(|| {
        book.answer(
            "virustotal",
            "GET",
            "/api/v3/ip_addresses/138.128.150.133",
            b"",
        )
    });
}

/// A playbook of 500 steps: look-ups, conditions on them, loops, writes and variables.
fn five_hundred_steps() -> String {
    let mut text = String::from("format: 1\nid: large\nsteps:\n");
    for n in 0..100 {
        text += &format!(
            "  - id: ask{n}\n    capability: reputation.ip\n    with: {{ip: \"{{{{ case.observables[0].value }}}}\"}}\n\
             \x20 - id: keep{n}\n    set: {{seen{n}: \"{{{{ [a.output?.score ?? 0 for a in steps.ask{n}.output.answers if a.status == 'answered'] | max }}}}\"}}\n\
             \x20 - id: each{n}\n    for_each: \"{{{{ case.observables }}}}\"\n    as: thing\n    do:\n\
             \x20     - id: tell{n}\n        when: vars.seen{n} > 50 and thing.type == 'ipv4'\n        action: case.comment\n        with: {{text: \"{{{{ thing.value }}}} {{{{ steps.ask{n}.output.answered }}}}\"}}\n\
             \x20 - id: done{n}\n    when: steps.each{n}.status == 'succeeded'\n    wait: {{delay: 1s}}\n"
        );
    }
    text
}

#[divan::bench(sample_count = 50)]
fn lint_500_steps(bencher: divan::Bencher<'_, '_>) {
    let (library, _) = updraft_content::load(&updraft_content::embedded());
    let world = updraft_content::world(&library);
    let text = five_hundred_steps();
    let (plan, found) = updraft_content::check_playbook("large.yaml", &text, &world);
    assert_eq!(plan.map(|plan| plan.step_count()), Ok(500));
    assert!(
        found.is_empty(),
        "{}",
        found.iter().map(ToString::to_string).collect::<String>()
    );
    bencher.bench(|| {
        updraft_content::check_playbook("large.yaml", &text, &world)
            .1
            .len()
    });
}
