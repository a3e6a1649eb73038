//! Writes that are pretended: what a vendor might have answered to a call that is never sent.

use serde_json::{Map, Value, json};
use updraft_connector::Type;
use updraft_engine::{ActionResult, Status};

use super::{
    drive::{Calling, Given, Source},
    recording::Recording,
};
use crate::Library;

/// How long a pretended write takes.
const TOOK_MS: i64 = 1;
/// Stands for a text that only the vendor could know.
pub const PRETENDED: &str = "simulated";

/// The answer: that of a like write of the run, else one that has every output that the action declares.
pub(super) fn given(recording: &Recording, library: &Library, calling: &Calling) -> Given {
    let like = recording.calls.iter().find_map(|call| {
        let result = call.result.as_ref()?;
        let same = call.action == calling.action && result.status == Status::Ok;
        same.then(|| result.output.clone())
    });
    let output = like.unwrap_or_else(|| declared(library, &calling.action));
    Given {
        result: ActionResult::ok(output),
        delay_ms: TOOK_MS,
        delay_us: 0,
        source: Source::Simulated,
    }
}

fn declared(library: &Library, action: &str) -> Value {
    let found = action.split_once('.').and_then(|(connector, action)| {
        let connector = library.connectors.get(connector)?;
        connector.action(action)
    });
    let Some(action) = found else {
        return json!({});
    };
    let outputs = action.outputs.iter();
    let outputs: Map<String, Value> = outputs
        .map(|(name, spec)| (name.clone(), stand_in(spec.kind)))
        .collect();
    Value::Object(outputs)
}

fn stand_in(kind: Type) -> Value {
    match kind {
        Type::Integer | Type::Number => json!(0),
        Type::Boolean => json!(true),
        Type::List => json!([]),
        Type::Object => json!({}),
        Type::Any | Type::File => Value::Null,
        Type::String
        | Type::Ip
        | Type::Ipv4
        | Type::Ipv6
        | Type::Domain
        | Type::Url
        | Type::Email
        | Type::Hash => json!(PRETENDED),
    }
}
