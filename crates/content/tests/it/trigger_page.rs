//! The examples of the page about triggers are playbooks that pass the lint.

use updraft_content::parse_playbook;

#[test]
fn every_example_of_the_page_about_triggers_is_a_sound_playbook() {
    let page = include_str!("../../../../docs/triggers.md");
    let mut seen = 0;
    for block in page.split("```yaml\n").skip(1) {
        let text = block.split("```").next().unwrap();
        let plan = parse_playbook("example.yaml", text).unwrap_or_else(|found| {
            panic!(
                "{}\n{text}",
                found
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("\n")
            )
        });
        assert!(!plan.triggers().is_empty(), "{}", plan.id());
        seen += 1;
    }
    assert_eq!(seen, 3);
}
