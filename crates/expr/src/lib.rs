//! The one expression language of Updraft: bare conditions and `{{ ... }}` templates.
//!
//! An [`Expr`] is one expression (`alert.severity in ['high', 'critical']`), a [`Template`] is text
//! with expressions in holes (`Host {{ host.name | upper }} is isolated`), a [`JsonTemplate`] is a
//! JSON value whose strings are templates. Each is parsed once and evaluated many times against a
//! [`Scope`] (names to JSON values) with a [`Fuel`] allowance.
//!
//! What holds, whatever the source and whatever the data:
//! * evaluation ends: there are no loops but over lists that exist, no recursion, no user functions,
//!   and every node, element and produced byte is paid from the fuel;
//! * it is pure: no clock, randomness, files, network or host objects can be reached, and the same
//!   input gives the same output;
//! * it is strict: an unknown name or missing key is an error, unless `?.`, `??` or `default` says
//!   what to do then;
//! * data is never code: text that comes out of a hole is not parsed again;
//! * nothing panics, and errors carry byte spans, names and types, never values.
//!
//! Values are read by reference: reading one field of a large object copies only that field.
//! Precedence, loosest first: `? :` and `if else`, `or`, `and`, `not`, comparisons and `in`, `~`,
//! `+ -`, `* / %`, `??` and `|`, `- !`, then `.` and `[ ]`.

mod ast;
mod builtins;
mod error;
mod eval;
mod fuel;
mod json_template;
mod lex;
mod number;
mod operator;
mod parse;
mod print;
mod reference;
mod scope;
mod sealed;
mod template;
mod types;
mod value;

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

pub use builtins::{Builtin, builtins};
pub use error::{Error, ErrorKind};
pub use fuel::Fuel;
pub use json_template::JsonTemplate;
pub use reference::{Reference, Segment};
pub use scope::{Layers, Scope};
pub use sealed::{SEALED_KEY, Sealed, sealed, sealed_inside};
pub use template::{Part, Template};
pub use types::{Shape, Type, TypeFault, TypeFaultKind, TypeScope};
pub use value::truthy;

/// Longest source of one expression.
pub const EXPR_BYTES_MAX: usize = 16 * 1024;
/// Longest source of one template, text included.
pub const TEMPLATE_BYTES_MAX: usize = 256 * 1024;
/// Most holes in one template.
pub const TEMPLATE_HOLES_MAX: usize = 1_000;
/// Most nodes in the tree of one expression.
pub const AST_NODES_MAX: usize = 4_096;
/// Deepest nesting of one expression; a chain such as `a + b + c` nests once per operator.
pub const AST_DEPTH_MAX: u16 = 64;
/// Most values in one JSON template.
pub const JSON_TEMPLATE_NODES_MAX: usize = 20_000;
/// Deepest nesting of one JSON template.
pub const JSON_TEMPLATE_DEPTH_MAX: usize = 64;
/// Deepest JSON value an expression will copy, compare or render.
pub const VALUE_DEPTH_MAX: usize = 200;
/// Longest list `range` makes.
pub const RANGE_MAX: i64 = 10_000;

/// A byte range in the source, end excluded.
pub type Span = (usize, usize);

/// One compiled expression. Cloning shares the tree.
#[derive(Clone, Debug)]
pub struct Expr {
    inner: Arc<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    source: Box<str>,
    root: ast::Node,
}

impl Expr {
    /// Compiles an expression.
    ///
    /// # Errors
    /// `Syntax`, `Undefined` (an unknown function) or `Limit`, with the span at fault.
    pub fn parse(source: &str) -> Result<Expr, Error> {
        if source.len() > EXPR_BYTES_MAX {
            return Err(Error::limit(
                format!("the expression is longer than {EXPR_BYTES_MAX} bytes"),
                "split it into several `set` values",
            ));
        }
        let parsed = lex::tokens(source).and_then(parse::parse);
        let root = parsed.map_err(|error| match source.trim_start().starts_with("{{") {
            true => error.hinted("write the expression without `{{ }}` here"),
            false => error,
        })?;
        Ok(Expr::compiled(source, root))
    }

    pub(crate) fn compiled(source: &str, root: ast::Node) -> Expr {
        let source = source.trim().into();
        Expr {
            inner: Arc::new(Compiled { source, root }),
        }
    }

    /// The text this was parsed from, trimmed.
    pub fn source(&self) -> &str {
        &self.inner.source
    }

    /// Evaluates to a value of its own.
    ///
    /// # Errors
    /// `Undefined`, `Type`, `Value` or `Limit`, with the span at fault.
    pub fn eval(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<Value, Error> {
        let value = self.eval_ref(scope, fuel)?;
        fuel.own(value)
            .map_err(|error| error.at(self.inner.root.span))
    }

    /// Evaluates without copying what can be borrowed from the scope or the expression.
    ///
    /// # Errors
    /// As [`Expr::eval`].
    pub fn eval_ref<'s>(
        &'s self,
        scope: &'s dyn Scope,
        fuel: &mut Fuel,
    ) -> Result<Cow<'s, Value>, Error> {
        eval::eval(&self.inner.root, eval::Env::new(scope), fuel)
    }

    /// Evaluates to its truth: null, false, 0, "", [] and {} are false, all else is true.
    ///
    /// # Errors
    /// As [`Expr::eval`].
    pub fn eval_bool(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<bool, Error> {
        Ok(truthy(self.eval_ref(scope, fuel)?.as_ref()))
    }

    /// Every path that starts at a name of the scope, in source order, for checks before a run.
    pub fn references(&self) -> Vec<Reference> {
        reference::references(&self.inner.root)
    }
}

/// The canonical form: the same expression with every grouping written out.
impl std::fmt::Display for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        print::print(&self.inner.root, f)
    }
}
