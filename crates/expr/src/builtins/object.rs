//! Objects: entries, merging, picking, reading by path.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::args::{Args, list, part};
use super::{Builtin, builtin};
use crate::eval::Outcome;
use crate::fuel::Fuel;
use crate::value::{dig, render};

pub(super) const TABLE: [Builtin; 8] = [
    builtin!("entries", "entries(object)", 1..=1, "A list of {key, value}, in order.",
        "{'a': 1} | entries" => "[{\"key\": \"a\", \"value\": 1}]", entries),
    builtin!("from_entries", "from_entries(list)", 1..=1,
        "An object from a list of {key, value}; of equal keys the last wins.",
        "[{'key': 'a', 'value': 1}] | from_entries" => "{\"a\": 1}", from_entries),
    builtin!("get", "get(value, path, fallback?)", 2..=3,
        "The value at a dotted path; the fallback or null when something is missing.",
        "{'a': [{'b': 1}]} | get('a.0.b')" => "1", get),
    builtin!("keys", "keys(object)", 1..=1, "The keys, in order.",
        "{'b': 1, 'a': 2} | keys" => "[\"b\", \"a\"]", keys),
    builtin!("merge", "merge(object, object)", 2..=2,
        "Both together, not deep; of equal keys the second wins.",
        "{'a': 1, 'b': 1} | merge({'b': 2})" => "{\"a\": 1, \"b\": 2}", merge),
    builtin!("pick", "pick(object, keys)", 2..=2, "Only these keys, those that exist.",
    "{'a': 1, 'b': 2} | pick(['a', 'c'])" => "{\"a\": 1}", |args, fuel| {
        select(args, fuel, true)
    }),
    builtin!("values", "values(object)", 1..=1, "The values, in order.",
        "{'b': 1, 'a': 2} | values" => "[1, 2]", values),
    builtin!("without", "without(object, keys)", 2..=2, "All but these keys.",
    "{'a': 1, 'b': 2} | without(['a'])" => "{\"b\": 2}", |args, fuel| {
        select(args, fuel, false)
    }),
];

fn entries<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let map = args.take_object(0, fuel)?;
    fuel.elements(map.len() * 2)?;
    let made = map
        .into_iter()
        .map(|(key, value)| json!({ "key": key, "value": value }));
    list(made.collect(), fuel)
}

fn from_entries<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let mut made = Map::new();
    for mut entry in args.take_list(0, fuel)? {
        fuel.elements(1)?;
        let mut key = String::new();
        match entry.get("key") {
            Some(found) => render(found, &mut key, fuel)?,
            None => return Err(args.refuse("needs a `key` in every element")),
        }
        let value = entry.get_mut("value").map(Value::take).unwrap_or_default();
        made.insert(key, value);
    }
    Ok(Cow::Owned(Value::Object(made)))
}

fn get<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let path = args.text(1)?.to_owned();
    fuel.scan(path.len())?;
    fuel.steps(path.matches('.').count() as u64)?;
    let found = part(args.take(0), fuel, |value| dig(value, &path))?;
    match found.filter(|found| !found.is_null()) {
        Some(found) => Ok(found),
        None => Ok(args.take(2)),
    }
}

fn keys<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let mut made = Vec::new();
    for key in args.object(0)?.keys() {
        fuel.bytes(key.len())?;
        made.push(Value::from(key.as_str()));
    }
    list(made, fuel)
}

fn values<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let map = args.take_object(0, fuel)?;
    list(map.into_iter().map(|(_, value)| value).collect(), fuel)
}

fn merge<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let over = args.take_object(1, fuel)?;
    let mut map = args.take_object(0, fuel)?;
    fuel.elements(over.len())?;
    map.extend(over);
    Ok(Cow::Owned(Value::Object(map)))
}

fn select<'s>(args: Args<'s>, fuel: &mut Fuel, named: bool) -> Outcome<'s> {
    let names = args.list(1)?;
    let mut made = Map::new();
    for (key, value) in args.object(0)? {
        fuel.steps(names.len() as u64 + 1)?;
        if names.iter().any(|name| name.as_str() == Some(key)) == named {
            fuel.elements(1)?;
            fuel.bytes(key.len())?;
            made.insert(key.clone(), fuel.copy(value)?);
        }
    }
    Ok(Cow::Owned(Value::Object(made)))
}
