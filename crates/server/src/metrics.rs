//! What machines ask: is it up, is it ready, how much has it done.

use std::{fmt::Write, sync::atomic::Ordering};

use axum::{extract::State, http::StatusCode};
use updraft_app::App;

/// 200 as long as the process serves.
pub async fn health() -> &'static str {
    "ok"
}

/// 200 when alerts are taken; 503 while stopping or when the queues are full.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.is_stopping() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping")
    } else if app.pressure() > 0.99 {
        (StatusCode::SERVICE_UNAVAILABLE, "the queues are full")
    } else {
        (StatusCode::OK, "ready")
    }
}

/// Counters since the start in the Prometheus text format.
pub async fn metrics(State(app): State<App>) -> String {
    let meters = app.meters();
    let counters = [
        (
            "updraft_alerts_received_total",
            "Alerts stored",
            &meters.alerts_received,
        ),
        (
            "updraft_alerts_admitted_total",
            "Alerts that became part of a case",
            &meters.alerts_admitted,
        ),
        (
            "updraft_runs_succeeded_total",
            "Runs that ended well",
            &meters.runs_succeeded,
        ),
        (
            "updraft_runs_failed_total",
            "Runs that failed or were cancelled",
            &meters.runs_failed,
        ),
        (
            "updraft_steps_total",
            "Steps done by finished runs",
            &meters.steps,
        ),
        (
            "updraft_calls_total",
            "Connector exchanges that went out",
            &meters.calls,
        ),
        (
            "updraft_calls_cached_total",
            "Answers taken from the cache",
            &meters.calls_cached,
        ),
    ];
    let mut text = String::new();
    for (name, help, counter) in counters {
        let value = counter.load(Ordering::Relaxed);
        let _ = write!(
            text,
            "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}\n"
        );
    }
    let (active, waiting) = app.queue_lengths();
    let mut gauges = vec![
        ("updraft_runs_active", "Runs at work", active as f32),
        (
            "updraft_runs_waiting",
            "Runs waiting for a place",
            waiting as f32,
        ),
        (
            "updraft_pressure",
            "How full the fullest queue is, 0 to 1",
            app.pressure(),
        ),
    ];
    // Where the store cannot be read the number is left out; the others are of use all the same.
    match app.open_tasks().await {
        Ok(open) => gauges.push((
            "updraft_tasks_open",
            "Tasks that wait for people",
            open as f32,
        )),
        Err(error) => tracing::warn!(error = %error, "The open tasks cannot be counted"),
    }
    for (name, help, value) in gauges {
        let _ = write!(
            text,
            "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n"
        );
    }
    text
}
