//! What errors say, and where they point.

use updraft_expr::{ErrorKind, Fuel, JsonTemplate, Template};

use crate::{eval, scope};

/// The error as a reader sees it: kind, message, hint, and the source it points at.
fn shown(source: &str) -> String {
    let Err(error) = eval(source) else {
        return format!("no error from {source}");
    };
    let at = source
        .get(error.span.0..error.span.1)
        .unwrap_or("outside of the source");
    format!("{:?}: {error} @ `{at}`", error.kind)
}

fn check(table: &[(&str, &str)]) {
    for (source, wanted) in table {
        assert_eq!(shown(source), *wanted, "{source}");
    }
}

#[test]
fn undefined_names_suggest_the_closest() {
    check(&[
        (
            "alrt.title",
            "Undefined: `alrt` is not defined (did you mean `alert`? known here: alert, n, empty, \
             nothing, evil) @ `alrt`",
        ),
        (
            "alert.titel",
            "Undefined: there is no key `titel` (did you mean `title`? known here: title, \
             severity, score, ratio, owner, tags, headers, observables) @ `.titel`",
        ),
        (
            "alert.headers.content-type",
            "Undefined: there is no key `content` (for the key `content-type` write \
             `[\"content-type\"]`) @ `.content`",
        ),
        (
            "empty.a",
            "Undefined: there is no key `a` (nothing is known here) @ `.a`",
        ),
        (
            "alert.owner.name",
            "Undefined: null has no key `name` (use `?.` or `??` when it may be missing) @ `.name`",
        ),
        (
            "alert.tags[2]",
            "Undefined: there is no place 2 in a list of 2 (use `?[...]` or `| first` when it may \
             be shorter) @ `[2]`",
        ),
        (
            "n | uper",
            "Undefined: there is no function `uper` (did you mean `upper`?) @ `uper`",
        ),
    ]);
}

#[test]
fn wrong_types_name_both_sides_and_a_way_out() {
    check(&[
        (
            "alert.title + 1",
            "Type: `+` needs two numbers, not text and a number (join text with `~`) @ \
             `alert.title + 1`",
        ),
        (
            "alert.owner > 1",
            "Type: `>` needs two numbers or two texts, not null and a number (give null a value \
             to stand for it: `x ?? 0`) @ `alert.owner > 1`",
        ),
        (
            "alert.observables.value",
            "Type: a list has no key `value` (take one element with `[0]`, or all with \
             `| map('key')` or `[x.key for x in list]`) @ `.value`",
        ),
        (
            "n | upper",
            "Type: `upper` needs text as its input, not a number (make it text: `x | string`) @ \
             `n | upper`",
        ),
        (
            "[x for x in alert]",
            "Type: `for` needs a list, not an object (walk the entries of an object: \
             `[e.value for e in obj | entries]`) @ `alert`",
        ),
        (
            "'a' in nothing",
            "Type: cannot look for text in null (give a list to fall back on: \
             `x in (list ?? [])`) @ `'a' in nothing`",
        ),
        (
            "alert[null]",
            "Type: cannot use null as a key or index @ `[null]`",
        ),
    ]);
}

#[test]
fn impossible_values_are_refused() {
    check(&[
        (
            "n / 0",
            "Value: division by zero (check the divisor first: `b == 0 ? 0 : a / b`) @ `n / 0`",
        ),
        (
            "18446744073709551615 * n",
            "Value: the result does not fit a number @ \
             `18446744073709551615 * n`",
        ),
        (
            "1e308 * 10",
            "Value: the result does not fit a number @ `1e308 * 10`",
        ),
        (
            "alert.title | int",
            "Value: `int` cannot make a whole number of this (give a fallback as argument, for \
             example `x | int(0)`) @ `alert.title | int`",
        ),
    ]);
}

#[test]
fn syntax_errors_point_and_explain() {
    check(&[
        (
            "",
            "Syntax: the expression is empty (write a value, for example `alert.title`) @ ``",
        ),
        (
            "{{ n }}",
            "Syntax: expected a key, found `{` (write the expression without `{{ }}` \
             here) @ `{`",
        ),
        (
            "n = 3",
            "Syntax: `=` has no meaning here (compare with `==`) @ `=`",
        ),
        (
            "1 < n < 5",
            "Syntax: comparisons do not chain (join them: `a < b and b < c`) @ `<`",
        ),
        (
            "'C:\\Temp'",
            "Syntax: unknown escape in text (for a backslash itself write `\\\\`) @ \
             `\\T`",
        ),
        (
            "'abc",
            "Syntax: this text is never closed (close it with the same quote) @ `'`",
        ),
        (
            "alert.title.upper()",
            "Syntax: expected the end of the expression, found `(` (there are no methods; write \
             `x | name(...)` or `name(x, ...)`) @ `(`",
        ),
        (
            "n if n",
            "Syntax: expected `else`, found the end (say what else: `a if c else b`, with \
             `omit` or null) @ ``",
        ),
        (
            "n | join(1, 2)",
            "Syntax: `join` does not take 3 argument(s) (it is \
             `join(list, separator?)`; the piped value counts) @ `n | join(1, 2)`",
        ),
        (
            "alert.0",
            "Syntax: expected a key after the dot, found a number (write `[0]` for a place \
             in a list, `[\"a key\"]` for unusual keys) @ `0`",
        ),
        (
            "x for x in n",
            "Syntax: expected the end of the expression, found `for` (a comprehension \
             needs brackets: `[x.id for x in list]`) @ `for`",
        ),
        (
            "1abc",
            "Syntax: a number runs into a name (names start with a letter; quote it if it is \
             text) @ `1`",
        ),
        ("n +", "Syntax: expected a value, found the end @ ``"),
        ("(n", "Syntax: expected `)`, found the end @ ``"),
        (
            "n n",
            "Syntax: expected the end of the expression, found `n` @ `n`",
        ),
    ]);
}

#[test]
fn spans_in_templates_count_from_the_start_of_the_template() {
    let source = "Hello {{ alert.title }} and {{ alert.titel }}";
    let error = Template::parse(source)
        .unwrap()
        .eval(&scope(), &mut Fuel::default())
        .unwrap_err();
    assert_eq!(source.get(error.span.0..error.span.1), Some(".titel"));

    let error = Template::parse("é {{ n").unwrap_err();
    assert_eq!((error.kind, error.span), (ErrorKind::Syntax, (3, 5)));
}

#[test]
fn errors_in_json_templates_carry_the_pointer() {
    let body = serde_json::json!({"a/b": [1, {"c~d": "{{ nope }}"}]});
    let template = JsonTemplate::parse(&body).unwrap();
    let (pointer, error) = template.eval(&scope(), &mut Fuel::default()).unwrap_err();
    assert_eq!(
        (pointer.as_str(), error.kind),
        ("/a~1b/1/c~0d", ErrorKind::Undefined)
    );

    let (pointer, _) = JsonTemplate::parse(&serde_json::json!([{"x": "{{ ( }}"}])).unwrap_err();
    assert_eq!(pointer, "/0/x");
}

#[test]
fn errors_never_quote_values() {
    let secret = "hunter2-hunter2";
    let scope: serde_json::Map<_, _> = [("s".to_owned(), secret.into())].into_iter().collect();
    for source in [
        "s.x",
        "s | int",
        "s + 1",
        "s | from_json",
        "1 | date(s)",
        "s | hex_decode",
        "s | base64_decode",
        "s | date",
        "{}[s | upper | int]",
        "s < 1",
        "s | bool",
        "-s",
    ] {
        let expr = updraft_expr::Expr::parse(source).unwrap();
        if let Err(error) = expr.eval(&scope, &mut Fuel::default()) {
            assert!(!error.to_string().contains("hunter2"), "{source}: {error}");
        }
    }
}
