//! `updraft observe`: the observables of a text, for scripts and for measuring.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufWriter, Read, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, ValueEnum};
use serde::Deserialize;
use serde_json::json;
use updraft_intel::{Found, Observer, scorer_name};
use updraft_model::ObservableType;

/// Largest input, bytes.
const INPUT_BYTES_MAX: u64 = 1 << 30;

#[derive(Debug, Args)]
pub struct ObserveArgs {
    /// The file; `-` or nothing is standard input.
    file: Option<PathBuf>,
    /// Read one `{"id","text"}` a line and answer one `{"id","iocs"}` a line.
    #[arg(long)]
    jsonl: bool,
    /// Which types `--jsonl` answers with.
    #[arg(long, value_enum, default_value_t = Types::Indicators)]
    types: Types,
}

/// Which types of observables are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Types {
    /// Addresses, networks, domains, URLs, mail addresses, hashes and CVEs: what blocklists and intel feeds speak of.
    Indicators,
    /// Everything, with wallets, AS numbers, registry keys, ATT&CK ids and fuzzy hashes.
    All,
}

impl Types {
    fn admits(self, kind: &ObservableType) -> bool {
        self == Types::All
            || !matches!(
                kind,
                ObservableType::Asn
                    | ObservableType::Bitcoin
                    | ObservableType::Ethereum
                    | ObservableType::Monero
                    | ObservableType::RegistryKey
                    | ObservableType::FilePath
                    | ObservableType::Attack
            )
    }
}

#[derive(Deserialize)]
struct Row {
    id: serde_json::Value,
    text: String,
}

pub fn observe(args: ObserveArgs, json: bool) -> anyhow::Result<ExitCode> {
    let input: Box<dyn Read> = match args.file.as_deref() {
        None => Box::new(std::io::stdin()),
        Some(path) if path.as_os_str() == "-" => Box::new(std::io::stdin()),
        Some(path) => Box::new(
            std::fs::File::open(path)
                .with_context(|| format!("{} cannot be read", path.display()))?,
        ),
    };
    let observer = Observer::new(Vec::new());
    let mut out = BufWriter::new(std::io::stdout().lock());
    if args.jsonl {
        for (number, line) in std::io::BufReader::new(input).lines().enumerate() {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let row: Row = serde_json::from_str(&line)
                .with_context(|| format!("line {}: not {{\"id\",\"text\"}}", number + 1))?;
            answer_row(&observer, &row, args.types, &mut out)?;
        }
    } else {
        let mut bytes = Vec::new();
        input.take(INPUT_BYTES_MAX).read_to_end(&mut bytes)?;
        // Offsets count the bytes of the input: invalid bytes keep their places.
        let text = readable(bytes);
        print_found(&observer.observe(&text), json, &mut out)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// UTF-8 as it is; otherwise every byte that does not fit becomes a blank, one byte for one byte.
fn readable(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let bytes = error.into_bytes();
            let mut text = String::with_capacity(bytes.len());
            for chunk in bytes.utf8_chunks() {
                text.push_str(chunk.valid());
                text.extend(chunk.invalid().iter().map(|_| ' '));
            }
            text
        }
    }
}

fn print_found(found: &[Found<'_>], json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    for one in found {
        if json {
            let line = json!({
                "type": one.kind,
                "value": one.value,
                "original": one.original,
                "start": one.start,
                "end": one.end,
            });
            serde_json::to_writer(&mut *out, &line)?;
            writeln!(out)?;
        } else {
            let value: String = one.value.chars().filter(|c| !c.is_control()).collect();
            writeln!(out, "{:<12} {value}", one.kind.to_string())?;
        }
    }
    Ok(())
}

fn answer_row(
    observer: &Observer,
    row: &Row,
    types: Types,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut iocs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let found = observer.observe(&row.text);
    for one in found.iter().filter(|one| types.admits(&one.kind)) {
        iocs.entry(scorer_name(&one.kind).to_owned())
            .or_default()
            .insert(one.as_written());
    }
    serde_json::to_writer(&mut *out, &json!({ "id": row.id, "iocs": iocs }))?;
    writeln!(out)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_survive_invalid_bytes() {
        let text = readable(b"\xff\xfe 1.2.3.4".to_vec());
        let found = updraft_intel::observe(&text);
        assert_eq!((found[0].start, found[0].end), (3, 10));
    }
}
