//! The load driver: how many alerts a second become closed cases with a ticket each, and how fast.
//!
//! `load run --updraft target/release/updraft` starts three providers and a Jira in this process, starts the server
//! on an empty folder beside it, configures it through its API and loads it: first as much as it takes (W1), then at
//! half of that and at 50 alerts a second. Everything shares the machine. Each alert is an address never seen before,
//! so that no answer comes from a cache; every answer is malicious, so that each case gets a ticket with its report.
//! Durable means durable: each step that counts is on disk, synced, before the next one begins.

#![allow(clippy::print_stdout)]

mod client;
mod phases;
mod product;
mod vendors;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use crate::{phases::Sender, product::Product, vendors::Vendors};

const USAGE: &str = "load run [--updraft FILE] [--data DIR] [--keep yes] [--connections N] [--window N] \
    [--seconds N] [--warm-up N] [--providers small|real] [--vendor-threads N] [--only saturation] [--json FILE]";

#[derive(Debug)]
struct Arguments {
    updraft: PathBuf,
    data: PathBuf,
    keep: bool,
    connections: usize,
    window: usize,
    seconds: u64,
    warm_up: u64,
    real: bool,
    vendor_threads: usize,
    only_saturation: bool,
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let outcome = runtime
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(run(&arguments)));
    match outcome {
        Ok(sound) if sound => ExitCode::SUCCESS,
        Ok(_) => {
            eprintln!("something was lost or done twice: see the figures");
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments {
        updraft: "target/release/updraft".into(),
        data: std::env::temp_dir().join(format!("updraft-load-{}", std::process::id())),
        keep: false,
        connections: 64,
        window: 512,
        seconds: 20,
        warm_up: 3,
        real: false,
        vendor_threads: 1,
        only_saturation: false,
        json: None,
    };
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() != Some("run") {
        return Err("what to do?".into());
    }
    while let Some(name) = words.next() {
        let value = words
            .next()
            .ok_or_else(|| format!("{name} needs a value"))?;
        let number = || {
            let parsed = value.parse::<u64>();
            parsed.map_err(|_| format!("{name}: `{value}` is not a number"))
        };
        let count = || number().map(|number| usize::try_from(number).unwrap_or(usize::MAX));
        match name.as_str() {
            "--updraft" => found.updraft = value.into(),
            "--data" => found.data = value.into(),
            "--keep" => found.keep = value == "yes",
            "--connections" => found.connections = count()?,
            "--window" => found.window = count()?,
            "--seconds" => found.seconds = number()?,
            "--warm-up" => found.warm_up = number()?,
            "--providers" => found.real = value == "real",
            "--vendor-threads" => found.vendor_threads = count()?,
            "--only" => found.only_saturation = value == "saturation",
            "--json" => found.json = Some(value.into()),
            _ => return Err(format!("`{name}` is not known")),
        }
    }
    Ok(found)
}

async fn run(arguments: &Arguments) -> Result<bool, String> {
    let vendors = Vendors::start(arguments.vendor_threads).map_err(|error| error.to_string())?;
    let product =
        Product::start(&arguments.updraft, arguments.data.clone(), arguments.keep).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle_mib = product::resident_mib(product.pid());
    let intel: &[&str] = if arguments.real {
        &["virustotal", "abuseipdb", "greynoise"]
    } else {
        &["bench_intel_a", "bench_intel_b", "bench_intel_c"]
    };
    let token = product.configure(&vendors.server.url(""), intel).await?;
    eprintln!("loading {} (process {})", product.url, product.pid());
    let sender = Sender {
        url: product.url.clone(),
        token,
        clock: vendors.clock.clone(),
        next: Arc::new(AtomicUsize::new(0)),
        refused: Arc::new(AtomicUsize::new(0)),
        connections: arguments.connections,
    };
    let seconds = Duration::from_secs(arguments.seconds);
    let warm_up = Duration::from_secs(arguments.warm_up);
    let saturation =
        phases::saturate(&sender, &product, arguments.window, warm_up, seconds).await?;
    let mut paced = Vec::new();
    if !arguments.only_saturation {
        let most = saturation["runs_per_s"].as_f64().unwrap_or(0.0);
        for rate in [(most / 2.0).round(), 50.0] {
            paced.push(phases::pace(&sender, &product, rate, seconds).await?);
        }
    }
    let ends = ending(&sender, &product, &vendors).await;
    let figures = json!({
        "providers": intel,
        "start_up_s": product.start_up_s,
        "idle_mib": idle_mib.round(),
        "loaded_mib": product::resident_mib(product.pid()).round(),
        "saturation": saturation,
        "paced": paced,
        "end": ends,
    });
    product.end().await;
    if let Some(file) = &arguments.json {
        let text = serde_json::to_string_pretty(&figures).unwrap_or_default();
        std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    show(&figures);
    Ok(figures["end"]["sound"].as_bool().unwrap_or(false))
}

/// Whether each alert has become one closed case with one ticket and one report attached.
async fn ending(sender: &Sender, product: &Product, vendors: &Vendors) -> Value {
    // The last steps follow the ticket: the report is attached, the case is closed.
    let sent = sender.next.load(Ordering::Relaxed);
    for _ in 0..100 {
        let ended = product.metric("updraft_runs_succeeded_total ").await
            + product.metric("updraft_runs_failed_total ").await;
        if ended >= sent as f64 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let succeeded = product.metric("updraft_runs_succeeded_total ").await;
    let stats = vendors.jira.stats();
    let count = |name: &str| stats[name].as_u64().unwrap_or_default() as usize;
    let strange = sender.clock.strange.load(Ordering::Relaxed);
    let sound = succeeded == sent as f64
        && count("issues") == sent
        && count("attachments") == sent
        && strange == 0;
    json!({
        "alerts": sent, "runs_succeeded": succeeded, "tickets": count("issues"),
        "reports_attached": count("attachments"), "tickets_not_one_to_one": strange,
        "refused_429": sender.refused.load(Ordering::Relaxed), "sound": sound,
    })
}

fn show(figures: &Value) {
    println!(
        "| load | alerts/s in | runs/s done | p50 ms | p95 ms | p99 ms | server cores | driver and vendors | server µs/run |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let paced = figures["paced"].as_array().into_iter().flatten();
    for phase in std::iter::once(&figures["saturation"]).chain(paced) {
        let name = match phase["rate"].as_f64() {
            Some(rate) => format!("{rate:.0}/s"),
            None => format!("saturation, {} under way", phase["window"]),
        };
        let cores = |who: &str| {
            let part = |mode: &str| phase[who][mode].as_f64().unwrap_or(0.0);
            format!("{:.2} + {:.2}", part("user"), part("system"))
        };
        let latency = &phase["latency_ms"];
        println!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {} |",
            phase["tickets_per_s"],
            phase["runs_per_s"],
            latency["p50"],
            latency["p95"],
            latency["p99"],
            cores("server_cores"),
            cores("driver_cores"),
            phase["server_cpu_us_per_run"],
        );
    }
    println!();
    println!(
        "Start-up {:.0} ms, {} MiB idle, {} MiB after the load. At the end: {}",
        figures["start_up_s"].as_f64().unwrap_or(0.0) * 1_000.0,
        figures["idle_mib"],
        figures["loaded_mib"],
        figures["end"]
    );
}
