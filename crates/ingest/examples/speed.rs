//! How many alerts of a file are normalized in a second: `speed FILE [CONTENT-TYPE]`.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use updraft_ingest::{Limits, Mappings, reference_list, split};
use updraft_intel::{Exclusions, Observer};
use updraft_model::Timestamp;

const ROUNDS: u32 = 2_000;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bytes = std::fs::read(arguments.next().unwrap_or_default())?;
    let content_type = arguments.next().unwrap_or_default();
    let mappings = Mappings::default();
    let (observer, exclusions) = (
        Observer::new(Vec::new()),
        Exclusions::with(&[reference_list()]),
    );
    let start = Instant::now();
    let mut alerts = 0u32;
    for _ in 0..ROUNDS {
        let items = split(&bytes, &content_type, &Limits::default());
        for item in items.map_err(std::io::Error::other)? {
            let now = Timestamp::from_millis(1_795_163_405_000);
            mappings.normalize("auto", &item, now, &observer, &exclusions);
            alerts += 1;
        }
    }
    let each = start.elapsed() / alerts.max(1);
    println!("{alerts} alerts, {each:?} each");
    Ok(())
}
