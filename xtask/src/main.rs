//! Checks and generators of the repository. Every check is also a test of this package.
//!
//! `cargo run -p xtask -- docs | floors | tidy`

mod docs;
mod floors;
mod tidy;

use std::{path::PathBuf, process::ExitCode};

fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(PathBuf::from).unwrap_or(here)
}

fn main() -> ExitCode {
    let wrong = match std::env::args().nth(1).as_deref() {
        Some("docs") => docs::check(&root()),
        Some("floors") => floors::check(&root()),
        Some("tidy") => tidy::check(&root()),
        _ => vec!["usage: cargo run -p xtask -- docs | floors | tidy".to_owned()],
    };
    for line in &wrong {
        eprintln!("{line}");
    }
    if wrong.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
