//! The expression language against hostile sources and data.
//!
//! The input is a source and, after a zero byte, the JSON object it runs against. Nothing may panic,
//! overflow the stack or outlive its fuel, and printing an expression must give the same expression.

use serde_json::{Map, Value};
use updraft_expr::{Expr, Fuel, JsonTemplate, Template};

const STEPS: u64 = 20_000;
const BYTES_MAX: usize = 1024 * 1024;

/// Panics when something that must hold does not.
pub fn check(data: &[u8]) {
    let Ok(input) = std::str::from_utf8(data) else {
        return;
    };
    let (source, data) = input.split_once('\0').unwrap_or((input, "{}"));
    let scope: Map<String, Value> = serde_json::from_str(data).unwrap_or_default();
    let fuel = || Fuel::new(STEPS, BYTES_MAX);

    if let Ok(expr) = Expr::parse(source) {
        let _ = expr.references();
        let value = expr.eval(&scope, &mut fuel());
        assert_eq!(
            value,
            expr.eval(&scope, &mut fuel()),
            "the same input gives the same answer"
        );
        let printed = expr.to_string();
        // The printed form has more parentheses, so it alone may pass a limit.
        if let Ok(again) = Expr::parse(&printed) {
            assert_eq!(printed, again.to_string(), "printing is stable");
        }
    }
    if let Ok(template) = Template::parse(source) {
        let _ = template.references();
        let _ = template.eval_string(&scope, &mut fuel());
    }
    if let Ok(body) = serde_json::from_str::<Value>(source)
        && let Ok(template) = JsonTemplate::parse(&body)
    {
        let _ = template.eval(&scope, &mut fuel());
    }
}
