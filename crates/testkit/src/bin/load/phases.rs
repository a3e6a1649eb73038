//! Two ways to load: as much as is taken, and at a given rate.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    client::Client,
    product::{self, Product},
    vendors::{Clock, address},
};

/// How long tickets may take after the last alert.
const DRAIN: Duration = Duration::from_secs(60);

/// What the phases share.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The server.
    pub url: String,
    /// The source's token.
    pub token: String,
    /// Times and places.
    pub clock: Arc<Clock>,
    /// The next alert.
    pub next: Arc<AtomicUsize>,
    /// Answers that said "try again".
    pub refused: Arc<AtomicUsize>,
    /// Connections.
    pub connections: usize,
}

impl Sender {
    async fn post(&self, client: &mut Client, n: usize) -> Result<(), String> {
        let ioc = address(n);
        loop {
            let sent = client
                .send(
                    "POST",
                    "/api/v1/sources/load/alerts",
                    "text/plain",
                    ioc.as_bytes(),
                )
                .await;
            match sent {
                Ok((202, _)) => return Ok(()),
                Ok((429, _)) => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Ok((status, body)) => {
                    return Err(format!("{status} {}", String::from_utf8_lossy(&body)));
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// Waits until every alert has its ticket, or long enough.
    pub async fn drain(&self) -> usize {
        let began = Instant::now();
        loop {
            let sent = self.next.load(Ordering::Relaxed);
            let tickets = self.clock.tickets.load(Ordering::Relaxed);
            if tickets >= sent || began.elapsed() > DRAIN {
                return sent.saturating_sub(tickets);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// As many alerts as the server takes, at most `window` of them without a ticket at a time, so that what comes in
/// is what goes out and the queues neither grow nor run dry.
pub async fn saturate(
    sender: &Sender,
    product: &Product,
    window: usize,
    warm_up: Duration,
    time: Duration,
) -> Result<Value, String> {
    let stop = Arc::new(AtomicBool::new(false));
    sender.clock.places.add_permits(window);
    let mut workers = JoinSet::new();
    for _ in 0..sender.connections {
        let (sender, stop) = (sender.clone(), stop.clone());
        workers.spawn(async move {
            let mut client = Client::new(&sender.url, &sender.token);
            while !stop.load(Ordering::Relaxed) {
                let place =
                    tokio::time::timeout(Duration::from_millis(200), sender.clock.places.acquire());
                let Ok(Ok(place)) = place.await else { continue };
                place.forget();
                let n = sender.next.fetch_add(1, Ordering::Relaxed);
                sender.clock.due(n, Instant::now());
                sender.post(&mut client, n).await?;
            }
            Ok::<(), String>(())
        });
    }
    tokio::time::sleep(warm_up).await;
    let from = sender.next.load(Ordering::Relaxed);
    let before = Reading::of(product, sender).await;
    tokio::time::sleep(time).await;
    let after = Reading::of(product, sender).await;
    let to = sender
        .next
        .load(Ordering::Relaxed)
        .saturating_sub(window)
        .max(from);
    stop.store(true, Ordering::Relaxed);
    while let Some(worker) = workers.join_next().await {
        worker.map_err(|error| error.to_string())??;
    }
    let lost = sender.drain().await;
    while let Ok(place) = sender.clock.places.try_acquire() {
        place.forget();
    }
    let mut figures = after.since(&before);
    figures["without_ticket"] = json!(lost);
    figures["window"] = json!(window);
    figures["latency_ms"] = percentiles(sender.clock.latencies(from, to));
    Ok(figures)
}

/// Alerts at a steady rate; latency counts from the moment an alert was due, whether or not it could be sent then.
pub async fn pace(
    sender: &Sender,
    product: &Product,
    per_second: f64,
    time: Duration,
) -> Result<Value, String> {
    let count = (per_second * time.as_secs_f64()) as usize;
    let from = sender.next.fetch_add(count, Ordering::Relaxed);
    let turn = Arc::new(AtomicUsize::new(0));
    let before = Reading::of(product, sender).await;
    let began = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..sender.connections {
        let (sender, turn) = (sender.clone(), turn.clone());
        workers.spawn(async move {
            let mut client = Client::new(&sender.url, &sender.token);
            loop {
                let at = turn.fetch_add(1, Ordering::Relaxed);
                if at >= count {
                    return Ok::<(), String>(());
                }
                let due = began + Duration::from_secs_f64(at as f64 / per_second);
                tokio::time::sleep_until(due.into()).await;
                sender.clock.due(from + at, due);
                sender.post(&mut client, from + at).await?;
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker.map_err(|error| error.to_string())??;
    }
    let after = Reading::of(product, sender).await;
    let lost = sender.drain().await;
    let mut figures = after.since(&before);
    figures["rate"] = json!(per_second);
    figures["without_ticket"] = json!(lost);
    figures["latency_ms"] = percentiles(sender.clock.latencies(from, from + count));
    Ok(figures)
}

struct Reading {
    at: Instant,
    runs: f64,
    steps: f64,
    tickets: usize,
    product: (f64, f64),
    driver: (f64, f64),
}

impl Reading {
    async fn of(product: &Product, sender: &Sender) -> Self {
        let runs = product.metric("updraft_runs_succeeded_total ").await;
        Self {
            at: Instant::now(),
            runs,
            steps: product.metric("updraft_steps_total ").await,
            tickets: sender.clock.tickets.load(Ordering::Relaxed),
            product: product::cpu(product.pid()),
            driver: product::cpu(std::process::id()),
        }
    }

    fn since(&self, before: &Self) -> Value {
        let seconds = (self.at - before.at).as_secs_f64();
        let per_second = |value: f64| (value / seconds * 10.0).round() / 10.0;
        let runs = self.runs - before.runs;
        let cores = |now: (f64, f64), then: (f64, f64)| {
            json!({
                "user": per_second((now.0 - then.0) * 10.0) / 10.0,
                "system": per_second((now.1 - then.1) * 10.0) / 10.0,
            })
        };
        let product = self.product.0 + self.product.1 - before.product.0 - before.product.1;
        json!({
            "seconds": (seconds * 10.0).round() / 10.0,
            "runs_per_s": per_second(runs),
            "steps_per_s": per_second(self.steps - before.steps),
            "tickets_per_s": per_second((self.tickets - before.tickets) as f64),
            "server_cores": cores(self.product, before.product),
            "driver_cores": cores(self.driver, before.driver),
            "server_cpu_us_per_run": (product * 1e6 / runs.max(1.0)).round(),
        })
    }
}

fn percentiles(mut times: Vec<f64>) -> Value {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let index = (times.len() as f64 * share) as usize;
        let time = times.get(index.min(times.len().saturating_sub(1)));
        time.map(|time| (time * 10.0).round() / 10.0)
    };
    json!({"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0), "alerts": times.len()})
}
