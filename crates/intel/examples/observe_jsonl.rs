//! Reads `{"id","text"}` lines and writes `{"id","iocs":{type:[…]}}` lines.
//!
//! An argument such as `ipv4,domain,url` leaves out all other types.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead, Write},
};

use serde_json::{Value, json};
use updraft_intel::{observe, scorer_name};

fn main() -> io::Result<()> {
    let only = std::env::args().nth(1);
    let wanted = |kind: &str| {
        only.as_ref()
            .is_none_or(|only| only.split(',').any(|one| one == kind))
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let text = row.get("text").and_then(Value::as_str).unwrap_or_default();
        let mut iocs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for found in observe(text) {
            let kind = scorer_name(&found.kind).to_owned();
            if wanted(&kind) {
                iocs.entry(kind).or_default().insert(found.as_written());
            }
        }
        writeln!(out, "{}", json!({"id": row.get("id"), "iocs": iocs}))?;
    }
    out.flush()
}
