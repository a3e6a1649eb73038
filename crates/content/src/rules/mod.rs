//! The rules of the playbook lint: what each finds, why it matters, and an example each way.
//!
//! The reference page is made from this table, and a test plays every example: the bad one gives the code,
//! the good one does not.

mod calls;
mod document;
mod flow;
mod names;

use updraft_model::Level;

/// One rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// `UP040`.
    pub code: &'static str,
    /// An error fails at run time; a warning can be exempted.
    pub level: Level,
    /// What it finds.
    pub title: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What it finds, as steps or as a whole playbook.
    pub bad: &'static str,
    /// The same, mended.
    pub good: &'static str,
}

const fn error(
    code: &'static str,
    title: &'static str,
    why: &'static str,
    bad: &'static str,
    good: &'static str,
) -> Rule {
    Rule {
        code,
        level: Level::Error,
        title,
        why,
        bad,
        good,
    }
}

const fn warning(
    code: &'static str,
    title: &'static str,
    why: &'static str,
    bad: &'static str,
    good: &'static str,
) -> Rule {
    Rule {
        code,
        level: Level::Warning,
        title,
        why,
        bad,
        good,
    }
}

/// All rules, by code.
pub fn rules() -> Vec<Rule> {
    let tables = [document::RULES, names::RULES, calls::RULES, flow::RULES];
    let mut all: Vec<Rule> = tables.concat();
    all.sort_by_key(|rule| rule.code);
    all
}

impl Rule {
    /// An example as a whole playbook.
    pub fn whole(example: &str) -> String {
        match example.trim_start().starts_with("- ") {
            true => {
                let lines = example.trim_end().lines();
                let steps: String = lines.map(|line| format!("  {line}\n")).collect();
                format!("format: 1\nid: example\nsteps:\n{steps}")
            }
            false => example.to_owned(),
        }
    }
}

/// The reference page.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Lint of playbooks\n\n\
         `updraft playbook lint FILE` and the editor say what is wrong with a playbook: where, what, and how to mend \
         it. An **error** would fail at run time, so a playbook with one cannot go live. A **warning** will be \
         regretted; where it is meant, exempt it with the reason, on the step or at the top:\n\n\
         ```yaml\n- id: page\n  action: pager.page\n  with: {text: \"New case\"}\n  \
         exempt: {UP040: \"the page is a courtesy; nobody waits for it\"}\n```\n\n\
         Examples that are a list stand under `steps:` of a playbook. They know the connector `edr` \
         (`lookup_host` reads, `isolate_host` contains, `release_host` takes it back), the connector `pager` whose \
         `page` cannot be repeated, the bot `risk-score`, and the playbooks `block-host` (input `host`, output \
         `blocked`) and `circle` (which calls `example`).\n\n\
         | code | level | finds |\n|---|---|---|\n",
    );
    let level = |rule: &Rule| match rule.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let rules = rules();
    for rule in &rules {
        let anchor = rule.code.to_ascii_lowercase();
        page += &format!(
            "| [{}](#{anchor}) | {} | {} |\n",
            rule.code,
            level(rule),
            rule.title
        );
    }
    for rule in &rules {
        let (code, title, why) = (rule.code, rule.title, rule.why);
        page += &format!(
            "\n## {code}\n\n**{title}** ({}). {why}\n\nBad:\n\n```yaml\n{}\n```\n\nGood:\n\n```yaml\n{}\n```\n",
            level(rule),
            rule.bad.trim_end(),
            rule.good.trim_end()
        );
    }
    page
}
