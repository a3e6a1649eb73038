//! `updraft bench`: what this machine and this disk can do, in figures that can be compared.
//!
//! Measures extraction and durable writes. The whole way of an alert, with vendors and tickets, is measured
//! by `make bench`, which loads a real server from outside.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use clap::Args;
use serde_json::json;
use updraft_intel::{
    Observer,
    samples::{REPEATS, dense_report},
};

use crate::output;

/// Text that is extracted from, bytes.
const TEXT_BYTES: usize = 32 << 20;
/// The same of each text that was made to be slow, bytes.
const REPEAT_BYTES: usize = 4 << 20;

#[derive(Debug, Args)]
pub struct BenchArgs {
    /// The folder whose disk is measured; a database is made in it and removed again.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// A text to extract from, instead of the built-in ones.
    #[arg(long)]
    text: Option<PathBuf>,
}

pub async fn bench(args: BenchArgs, json: bool) -> anyhow::Result<ExitCode> {
    let extraction = match &args.text {
        Some(path) => vec![Extraction::of_file(path)?],
        None => Extraction::of_samples(),
    };
    let durable = updraft_app::upkeep::measure_writes(&args.folder).await?;
    let speeds = |one: &Extraction| json!({"text": one.text, "mb_per_s": one.speed().round(), "found": one.found});
    let figures = json!({
        "extraction_mb_per_s": extraction.first().map(|one| one.speed().round()),
        "extraction_found": extraction.first().map(|one| one.found),
        "extraction": extraction.iter().map(speeds).collect::<Vec<_>>(),
        "journal_entries_per_s_1_writer": durable.alone.round(),
        "journal_entries_per_s_256_writers": durable.together.round(),
    });
    if json {
        output::json(&figures)?;
        return Ok(ExitCode::SUCCESS);
    }
    for one in &extraction {
        output::line(format!(
            "extraction        {:>10.0} MB/s, one core, {}",
            one.speed(),
            one.text
        ))?;
    }
    output::line(format!(
        "durable, alone    {:>10.0} journal entries/s",
        durable.alone
    ))?;
    output::line(format!(
        "durable, together {:>10.0} journal entries/s",
        durable.together
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// How long it took to extract from a text.
struct Extraction {
    /// Which text, in words.
    text: String,
    bytes: usize,
    found: usize,
    seconds: f64,
}

impl Extraction {
    fn measure(name: impl Into<String>, text: &str) -> Self {
        let observer = Observer::new(Vec::new());
        let begun = Instant::now();
        let found = observer.observe(text).len();
        Self {
            text: name.into(),
            bytes: text.len(),
            found,
            seconds: begun.elapsed().as_secs_f64(),
        }
    }

    fn of_file(path: &Path) -> anyhow::Result<Self> {
        let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
        let name = path.display().to_string();
        Ok(Self::measure(name, &repeated(&text, TEXT_BYTES)))
    }

    /// A report, an event, and the slowest of the repeats.
    fn of_samples() -> Vec<Self> {
        const EVENT: &str = include_str!("../../../content/sources/suricata/samples/post.json");
        let mut all = vec![
            Self::measure("a report full of indicators", &dense_report(TEXT_BYTES)),
            Self::measure("a JSON event, repeated", &repeated(EVENT, TEXT_BYTES)),
        ];
        let repeats = REPEATS.iter().map(|(_, unit)| {
            let name = format!("the slowest of {} repeats: {unit:?}", REPEATS.len());
            Self::measure(name, &repeated(unit, REPEAT_BYTES))
        });
        all.extend(repeats.min_by(|one, other| one.speed().total_cmp(&other.speed())));
        all
    }

    /// Megabytes in a second.
    fn speed(&self) -> f64 {
        self.bytes as f64 / 1e6 / self.seconds
    }
}

fn repeated(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes / unit.len().max(1) + 1)
}
