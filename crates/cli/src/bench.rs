//! `updraft bench`: what this machine and this disk can do, in figures that can be compared.
//!
//! Measures extraction and durable writes. The whole way of an alert, with vendors and tickets, is measured
//! by `make bench`, which loads a real server from outside.

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::Args;
use serde_json::json;

use crate::output;

/// Text that is extracted from, bytes.
const TEXT_BYTES: usize = 32 << 20;

#[derive(Debug, Args)]
pub struct BenchArgs {
    /// The folder whose disk is measured; a database is made in it and removed again.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// A text to extract from, instead of the built-in one.
    #[arg(long)]
    text: Option<PathBuf>,
}

pub async fn bench(args: BenchArgs, json: bool) -> anyhow::Result<ExitCode> {
    let sample = match &args.text {
        Some(path) => String::from_utf8_lossy(&std::fs::read(path)?).into_owned(),
        None => include_str!("../../../content/sources/suricata/samples/post.json").to_owned(),
    };
    let text = sample.repeat(TEXT_BYTES / sample.len().max(1) + 1);
    let observer = updraft_intel::Observer::new(Vec::new());
    let begun = Instant::now();
    let found = observer.observe(&text).len();
    let seconds = begun.elapsed().as_secs_f64();
    let megabytes = text.len() as f64 / 1e6;
    let durable = updraft_app::upkeep::measure_writes(&args.folder).await?;
    let figures = json!({
        "extraction_mb_per_s": (megabytes / seconds).round(),
        "extraction_found": found,
        "journal_entries_per_s_1_writer": durable.alone.round(),
        "journal_entries_per_s_256_writers": durable.together.round(),
    });
    if json {
        output::json(&figures)?;
    } else {
        output::line(format!(
            "extraction        {:>10.0} MB/s, one core",
            megabytes / seconds
        ))?;
        output::line(format!(
            "durable, alone    {:>10.0} journal entries/s",
            durable.alone
        ))?;
        output::line(format!(
            "durable, together {:>10.0} journal entries/s",
            durable.together
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
