//! What each construct means.

use serde_json::{Value, json};

use crate::eval;

fn check(table: &[(&str, Value)]) {
    for (source, wanted) in table {
        assert_eq!(eval(source).as_ref(), Ok(wanted), "{source}");
    }
}

#[test]
fn literals_mean_themselves() {
    check(&[
        ("null", json!(null)),
        ("true", json!(true)),
        ("42", json!(42)),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("1.5e3", json!(1500.0)),
        (r"'a\n\t\\\'\u00e9\ud83d\ude00'", json!("a\n\t\\'é😀")),
        (r#""double 'quotes'""#, json!("double 'quotes'")),
        ("[1, 'a', [null],]", json!([1, "a", [null]])),
        (
            "{a: 1, 'b c': {d: []}, [n ~ 'x']: n,}",
            json!({"a": 1, "b c": {"d": []}, "3x": 3}),
        ),
        ("{if: 1}.if", json!(1)),
    ]);
}

#[test]
fn paths_reach_into_objects_and_lists() {
    check(&[
        ("alert.title", json!("Suspicious sign-in")),
        ("alert['title']", json!("Suspicious sign-in")),
        ("alert.headers['content-type']", json!("text/plain")),
        ("alert.headers.in", json!(1)),
        ("alert.tags[0]", json!("identity")),
        ("alert.tags[-1]", json!("vpn")),
        ("alert.tags[n - 2]", json!("vpn")),
        ("alert.observables[1].value", json!("a.example")),
        ("{a: {b: [1, 2]}}.a.b[1]", json!(2)),
        ("[[1, 2], [n, 4]][1][0]", json!(3)),
    ]);
}

#[test]
fn safe_paths_end_with_null() {
    check(&[
        ("alert?.nope", json!(null)),
        ("alert?.nope.deeper[0].still", json!(null)),
        ("alert.owner?.name", json!(null)),
        ("nothing?['x']", json!(null)),
        ("alert.tags?[9]", json!(null)),
        ("alert?.title", json!("Suspicious sign-in")),
        ("{a: n}?.b", json!(null)),
    ]);
}

#[test]
fn coalescing_catches_null_and_undefined() {
    check(&[
        ("alert.nope ?? 'x'", json!("x")),
        ("nope.a.b ?? 'x'", json!("x")),
        ("alert.owner ?? 'x'", json!("x")),
        ("alert.owner.name ?? 'x'", json!("x")),
        ("nope ?? nope2 ?? 'x'", json!("x")),
        ("false ?? 'x'", json!(false)),
        ("upper(nope) ?? 'x'", json!("x")),
        ("nope | default('x') | upper", json!("X")),
        ("coalesce(nope, nothing, alert.nope, 7)", json!(7)),
        ("alert.nope ?? [] | len", json!(0)),
        ("alert.nope ?? 1 + 2", json!(3)),
        ("alert.tags | first ?? 'none'", json!("identity")),
    ]);
}

#[test]
fn arithmetic_keeps_integers() {
    check(&[
        ("1 + 2 * 3 - 4", json!(3)),
        ("(1 + 2) * 3", json!(9)),
        ("7 / 2", json!(3)),
        ("-7 / 2", json!(-3)),
        ("-7 % 3", json!(-1)),
        ("7.0 / 2", json!(3.5)),
        (
            "9223372036854775807 + 1",
            json!(9_223_372_036_854_775_808u64),
        ),
        ("18446744073709551615 - 18446744073709551615", json!(0)),
        ("2 - -n", json!(5)),
        ("- - n", json!(3)),
        ("[1] + alert.tags", json!([1, "identity", "vpn"])),
        ("1 + 0.5", json!(1.5)),
    ]);
}

#[test]
fn text_joins_with_tilde() {
    check(&[
        ("'a' ~ 1 ~ null ~ true ~ 1.5", json!("a1true1.5")),
        ("'n: ' ~ n + 1", json!("n: 4")),
        ("'' ~ [1, {a: null}]", json!("[1,{\"a\":null}]")),
    ]);
}

#[test]
fn comparisons_are_exact() {
    check(&[
        ("1 == 1.0", json!(true)),
        ("9007199254740993 == 9007199254740992.0", json!(false)),
        ("9007199254740993 > 9007199254740992.0", json!(true)),
        ("18446744073709551615 < 1e300", json!(true)),
        ("-1e300 < -9223372036854775808", json!(true)),
        ("'a' < 'b'", json!(true)),
        ("'10' == 10", json!(false)),
        ("[1, {a: 2.0}] == [1.0, {a: 2}]", json!(true)),
        ("{a: 1, b: 2} == {b: 2, a: 1}", json!(true)),
        ("{a: 1} != {a: 2}", json!(true)),
        ("n >= 3 and n <= 3", json!(true)),
        ("nothing == null", json!(true)),
        ("omit == null", json!(true)),
    ]);
}

#[test]
fn membership_works_on_lists_keys_and_text() {
    check(&[
        ("alert.severity in ['high', 'critical']", json!(true)),
        ("alert.severity not in ['high', 'critical']", json!(false)),
        ("not alert.severity in ['low']", json!(true)),
        ("'title' in alert", json!(true)),
        ("'sign' in alert.title", json!(true)),
        ("3.0 in [1, n]", json!(true)),
        ("!('x' in {})", json!(true)),
    ]);
}

#[test]
fn logic_is_lazy_and_gives_the_deciding_value() {
    check(&[
        ("false and nope", json!(false)),
        ("true or nope", json!(true)),
        ("'' || 'b'", json!("b")),
        ("'a' && 'b'", json!("b")),
        (
            "not 0 and not 0.0 and not '' and not [] and not {} and not null",
            json!(true),
        ),
        ("!n == false", json!(true)),
        ("not n == 4", json!(true)),
        ("1 == 1 or 1 / 0", json!(true)),
        ("false or true and false", json!(false)),
    ]);
}

#[test]
fn choices_evaluate_one_branch() {
    check(&[
        ("n > 2 ? 'many' : nope", json!("many")),
        ("'many' if n > 2 else nope", json!("many")),
        ("n > 5 ? 'a' : n > 2 ? 'b' : 'c'", json!("b")),
        ("'a' if n > 5 else 'b' if n > 2 else 'c'", json!("b")),
        ("n ? [1] : [2]", json!([1])),
        ("{k: n ? 1 : 2}", json!({"k": 1})),
    ]);
}

#[test]
fn comprehensions_map_and_filter() {
    check(&[
        (
            "[o.value for o in alert.observables if o.malicious]",
            json!(["198.51.100.7"]),
        ),
        ("[x * 2 for x in range(4)]", json!([0, 2, 4, 6])),
        (
            "[[x + y for y in [10, 20]] for x in [1, 2]]",
            json!([[11, 21], [12, 22]]),
        ),
        ("[n for n in [1]]", json!([1])),
        ("[x if x > 1 else omit for x in [1, 2, 3]]", json!([2, 3])),
        ("[x > 1 ? x : 0 for x in [1, 2]]", json!([0, 2])),
        (
            "[e.key ~ '=' ~ e.value for e in {a: 1} | entries]",
            json!(["a=1"]),
        ),
        ("[x for x in nope ?? []]", json!([])),
        ("[for_x for for_x in ['for']]", json!(["for"])),
    ]);
}

#[test]
fn omit_leaves_out_and_is_null_elsewhere() {
    check(&[
        ("omit", json!(null)),
        ("[1, omit, 2]", json!([1, 2])),
        ("{a: omit, b: 1}", json!({"b": 1})),
        ("{a: alert.owner ?? omit}", json!({})),
        ("{a: [omit] | first}", json!({"a": null})),
        ("{a: null}", json!({"a": null})),
        ("[omit | is_null]", json!([true])),
    ]);
}

#[test]
fn pipes_and_calls_are_the_same() {
    check(&[
        ("alert.tags | join(', ') | upper", json!("IDENTITY, VPN")),
        ("upper(join(alert.tags, ', '))", json!("IDENTITY, VPN")),
        ("alert.tags | len > 1 and n | string == '3'", json!(true)),
        (
            "alert.observables | where('malicious') | map('value') | first",
            json!("198.51.100.7"),
        ),
        ("-3 | abs", json!(3)),
        ("'a' ~ 'b' | upper", json!("aB")),
    ]);
}

#[test]
fn functions_at_their_edges() {
    check(&[
        ("'' | split(',')", json!([""])),
        ("' a  b ' | split", json!(["a", "b"])),
        ("'abc' | substr(-2)", json!("bc")),
        ("'abc' | substr(2, 1)", json!("")),
        ("[1,2,3] | slice(-2)", json!([2, 3])),
        (
            "[1,2,3] | slice(-9223372036854775808, 9223372036854775807)",
            json!([1, 2, 3]),
        ),
        (
            "['b', null, 2, 'a', true, [1], {}] | sort",
            json!([null, true, 2, "a", "b", [1], {}]),
        ),
        (
            "[{a: 2}, {}, {a: 1}] | sort('a')",
            json!([{}, {"a": 1}, {"a": 2}]),
        ),
        ("[2, 1, 2.0, 1] | unique", json!([2, 1])),
        ("[] | max", json!(null)),
        ("[] | avg", json!(null)),
        ("[1, 2.5] | sum", json!(3.5)),
        ("range(5, 1)", json!([])),
        ("'0x1F' | int", json!(31)),
        ("'1e3' | int", json!(1000)),
        ("'abc' | int(null)", json!(null)),
        ("-1.5 | round", json!(-2)),
        ("1e300 | round(2)", json!(1e300)),
        ("'YQ' | base64_decode", json!("a")),
        ("'YQ==' | base64_decode", json!("a")),
        ("'' | base64", json!("")),
        ("'%zz%4' | urldecode", json!("%zz%4")),
        ("'[2001:DB8::1]:443' | url_host", json!("2001:db8::1")),
        (
            "'http://good.example\\\\@evil.example/' | url_host",
            json!("good.example"),
        ),
        ("'hxxps://a[.]b' | defang", json!("hxxps://a[.]b")),
        ("'a.b' | defang | refang", json!("a.b")),
        ("'abc' | like('a*')", json!(true)),
        ("'abc' | like('*b')", json!(false)),
        ("'abc' | like('?B?')", json!(true)),
        ("'' | like('**')", json!(true)),
        ("'[a]' | like('[a]')", json!(true)),
        ("'-1' | csv_cell", json!("'-1")),
        ("-1 | csv_cell", json!("-1")),
        ("'héllo' | truncate(3, '...')", json!("...")),
        ("'ab' | truncate(1)", json!("…")),
        ("'ab' | truncate(0)", json!("")),
        ("'ab' | truncate(2)", json!("ab")),
        ("'éa' | pad_left(4, '·')", json!("··éa")),
        (
            "1700000000.25 | epoch_to_rfc3339",
            json!("2023-11-14T22:13:20.250Z"),
        ),
        ("-1 | epoch_to_rfc3339", json!("1969-12-31T23:59:59Z")),
        (
            "'2024-12-31T23:59:60Z' | add_seconds(-1)",
            json!("2024-12-31T23:59:59Z"),
        ),
        (
            "'2024-03-01T00:00:00+0100' | date('%a %j %F %T')",
            json!("Thu 060 2024-02-29 23:00:00"),
        ),
        ("{a: 1, b: 2} | without(['a']) | keys", json!(["b"])),
        ("[[1], [2, [3]], 4] | flatten", json!([1, 2, [3], 4])),
        ("[1] | zip(['a', 'b'])", json!([[1, "a"]])),
        ("'été' | index_of('é')", json!(0)),
        ("'tée' | index_of('e')", json!(2)),
        ("{'a.b': 1, a: {b: 2}} | get('a.b')", json!(1)),
        (
            "[{t: 1}, {t: null}, {}] | group_by('t')",
            json!({"1": [{"t": 1}], "": [{"t": null}, {}]}),
        ),
    ]);
}
