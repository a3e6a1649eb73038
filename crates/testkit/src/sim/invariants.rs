//! What must hold of what the vendor did, whatever happened on the way.

use std::collections::BTreeMap;

use super::vendors::Effect;

/// Every write that happened more often than it may, in words.
///
/// A write with a key or of a state may be sent again; one that can be found, or leaves no trace, happens at most
/// once for each key.
pub fn writes_happen_once(done: &[Effect]) -> Vec<String> {
    let mut count = BTreeMap::<(&str, &str), u32>::new();
    for effect in done {
        *count.entry((&effect.action, &effect.key)).or_default() += 1;
    }
    count
        .into_iter()
        .filter(|((action, _), times)| {
            matches!(*action, "write_key" | "write_find" | "write_none") && *times > 1
        })
        .map(|((action, key), times)| format!("{action} was done {times} times under `{key}`"))
        .collect()
}

/// Every key under which different things were written, in words.
pub fn one_thing_under_one_key(done: &[Effect]) -> Vec<String> {
    let mut known = BTreeMap::<(&str, &str), i64>::new();
    let mut wrong = Vec::new();
    for effect in done {
        let n = *known
            .entry((&effect.action, &effect.key))
            .or_insert(effect.n);
        if n != effect.n {
            wrong.push(format!(
                "{} wrote {n} and {} under `{}`",
                effect.action, effect.n, effect.key
            ));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(action: &str, n: i64) -> Effect {
        Effect {
            action: action.into(),
            key: "k".into(),
            n,
        }
    }

    #[test]
    fn a_second_time_is_found_where_it_matters() {
        let twice = |action| writes_happen_once(&[effect(action, 1), effect(action, 1)]).len();
        assert_eq!(twice("write_find"), 1);
        assert_eq!(twice("write_none"), 1);
        assert_eq!(twice("write_natural"), 0);
        assert_eq!(
            one_thing_under_one_key(&[effect("job", 1), effect("job", 2)]).len(),
            1
        );
    }
}
