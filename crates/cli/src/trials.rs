//! Playbooks on trial from the command line: their tests and how far these go. No server, no store.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use updraft_app::setup;
use updraft_content::{
    Files,
    trials::{Coverage, Tested, test_folder},
};
use updraft_model::Level;

use crate::output;

#[derive(Debug, Subcommand)]
pub enum TrialCommand {
    /// Play the tests of playbooks: the shipped ones, one by id, or a folder of yours.
    Test(TestArgs),
    /// Which branches the tests take, and where those are that they miss.
    Coverage(TestArgs),
}

#[derive(Debug, Args)]
pub struct TestArgs {
    /// A playbook's id, or a folder with a playbook.yaml and tests/*.yaml; nothing means all built-in ones.
    what: Option<String>,
    /// A folder with content over the built-in one.
    #[arg(long)]
    content: Option<PathBuf>,
    /// Fail when fewer branches than this are taken, in percent.
    #[arg(long)]
    at_least: Option<u32>,
}

pub async fn run(command: TrialCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        TrialCommand::Test(args) => {
            let tested = play(&args)?;
            report(&tested, &args, json)
        }
        TrialCommand::Coverage(args) => coverage(&play(&args)?, &args, json),
    }
}

fn play(args: &TestArgs) -> anyhow::Result<Vec<Tested>> {
    let mut files = updraft_content::embedded();
    if let Some(folder) = &args.content {
        files = updraft_content::overlay(files, read(folder)?);
    }
    let what = args.what.as_deref();
    let folder = what.map(Path::new).filter(|path| path.is_dir());
    let Some(folder) = folder else {
        let (library, _) = updraft_content::load(&files);
        if let Some(id) = what.filter(|id| !library.playbooks.contains_key(*id)) {
            bail!("there is no playbook and no folder `{id}`");
        }
        let tested = test_folder(&files, &library, what);
        return Ok(placed(tested, "playbooks/", "content/playbooks/"));
    };
    let (own, prefix) = placed_files(folder)?;
    let mine: Vec<String> = own.keys().cloned().collect();
    let files = updraft_content::overlay(files, own);
    let (library, diagnostics) = updraft_content::load(&files);
    let broken = diagnostics
        .iter()
        .find(|found| found.level == Level::Error && mine.contains(&found.file));
    if let Some(found) = broken {
        bail!("{found}");
    }
    let mut all = Vec::new();
    for (id, playbook) in &library.playbooks {
        if mine.contains(&playbook.file) {
            all.extend(test_folder(&files, &library, Some(id)));
        }
    }
    if all.is_empty() {
        bail!("{} holds no playbook.yaml", folder.display());
    }
    let shown = folder.display().to_string();
    Ok(placed(
        all,
        &prefix,
        &format!("{}/", shown.trim_end_matches('/')),
    ))
}

/// A folder's files as they would lie in the content folder, and what its own paths begin with there.
fn placed_files(folder: &Path) -> anyhow::Result<(Files, String)> {
    let files = read(folder)?;
    let prefix = if files.contains_key("playbook.yaml") {
        let name = folder.canonicalize()?;
        let name = name.file_name().context("this folder has no name")?;
        format!("playbooks/{}/", name.to_string_lossy())
    } else if files.keys().any(|path| path.starts_with("playbooks/")) {
        String::new()
    } else {
        "playbooks/".to_owned()
    };
    let placed = files
        .into_iter()
        .map(|(path, bytes)| (format!("{prefix}{path}"), bytes));
    Ok((placed.collect(), prefix))
}

fn read(folder: &Path) -> anyhow::Result<Files> {
    let mut files = BTreeMap::new();
    setup::read_folder(folder, folder, &mut files)
        .with_context(|| format!("{} cannot be read", folder.display()))?;
    Ok(files)
}

/// Files as the person who called names them.
fn placed(mut tested: Vec<Tested>, prefix: &str, shown: &str) -> Vec<Tested> {
    let rename = |file: &mut String| {
        if let Some(rest) = file.strip_prefix(prefix) {
            *file = format!("{shown}{rest}");
        }
    };
    for test in tested.iter_mut().flat_map(|one| &mut one.tests) {
        rename(&mut test.file);
        for fault in &mut test.faults {
            rename(&mut fault.file);
        }
    }
    tested
}

fn enough(coverage: &Coverage, args: &TestArgs) -> bool {
    args.at_least.is_none_or(|least| coverage.percent >= least)
}

fn report(tested: &[Tested], args: &TestArgs, json: bool) -> anyhow::Result<ExitCode> {
    let all = || tested.iter().flat_map(|one| &one.tests);
    let failed = all().filter(|test| !test.passed).count();
    if json {
        output::json(&serde_json::to_value(tested)?)?;
    } else {
        for test in all() {
            if test.passed {
                output::line(format!("ok      {}: {}", test.playbook, test.title))?;
                continue;
            }
            output::line(format!("FAILED  {}: {}", test.playbook, test.title))?;
            for fault in &test.faults {
                output::text(&fault.to_string())?;
            }
        }
        for one in tested {
            output::line(summary(one))?;
        }
        let passed = all().count() - failed;
        output::line(format!("{passed} passed, {failed} failed"))?;
    }
    let good = failed == 0 && tested.iter().all(|one| enough(&one.coverage, args));
    Ok(match good && all().next().is_some() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn summary(one: &Tested) -> String {
    format!(
        "{}: {} % of the branches ({} of {})",
        one.playbook, one.coverage.percent, one.coverage.taken, one.coverage.total
    )
}

fn coverage(tested: &[Tested], args: &TestArgs, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        let all: serde_json::Map<_, _> = tested
            .iter()
            .map(|one| {
                let coverage = serde_json::to_value(&one.coverage)?;
                Ok((one.playbook.clone(), coverage))
            })
            .collect::<serde_json::Result<_>>()?;
        output::json(&all.into())?;
    } else {
        for one in tested {
            output::line(summary(one))?;
            for branch in &one.coverage.missing {
                output::line(format!(
                    "  line {}, {}: {}",
                    branch.line, branch.step, branch.branch
                ))?;
            }
            for step in &one.coverage.destructive {
                let word = |holds: bool| if holds { "yes" } else { "no" };
                output::line(format!(
                    "  {} ({}, {}): reached {}, after approval {}, with denial {}",
                    step.step,
                    step.action,
                    step.effect,
                    word(step.reached),
                    word(step.approved),
                    word(step.denied)
                ))?;
            }
        }
    }
    Ok(match tested.iter().all(|one| enough(&one.coverage, args)) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
