//! Black-box tests of the expression language, one module an area.

#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

mod errors;
mod fuzz;
mod language;
mod limits;
mod properties;
mod references;
mod templates;
mod types;

use serde_json::{Map, Value, json};
use updraft_expr::{Error, Expr, Fuel};

/// The scope of most tests.
pub fn scope() -> Map<String, Value> {
    let scope = json!({
        "alert": {
            "title": "Suspicious sign-in",
            "severity": "high",
            "score": 87,
            "ratio": 0.5,
            "owner": null,
            "tags": ["identity", "vpn"],
            "headers": {"content-type": "text/plain", "in": 1},
            "observables": [
                {"type": "ip", "value": "198.51.100.7", "malicious": true},
                {"type": "domain", "value": "a.example", "malicious": false},
            ],
        },
        "n": 3, "empty": {}, "nothing": null, "evil": "{{ alert.title }}",
    });
    match scope {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Parses and evaluates.
pub fn eval(source: &str) -> Result<Value, Error> {
    Expr::parse(source)?.eval(&scope(), &mut Fuel::default())
}
