//! Compiled expressions of a playbook, with what they look at.
//!
//! Knowing the steps that an expression refers to lets the machine lend it exactly those results
//! (moved in, moved out), so that no evaluation ever copies the results of earlier steps.

use updraft_expr::{Error, Expr, Fuel, JsonTemplate, Reference, Scope, Segment, Template};

use serde_json::Value;

/// Which results an expression reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StepUses {
    /// These, by index in the plan.
    Some(Box<[u32]>),
    /// It computes the name: any.
    All,
}

/// What an expression needs from the scope beyond what is always at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Uses {
    /// Results of earlier steps.
    pub steps: StepUses,
    /// The current time.
    pub now: bool,
}

/// A compiled expression, what it uses, and the field it stands in.
#[derive(Debug, Clone)]
pub(crate) struct Bound<T> {
    /// The compiled form.
    pub inner: T,
    /// What it reads.
    pub uses: Uses,
    /// The field's name, for messages.
    pub field: &'static str,
}

/// The three forms have one way to be evaluated.
pub(crate) trait Evaluate {
    /// Evaluates to a value.
    fn evaluate(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<Value, (String, Error)>;
}

impl Evaluate for Expr {
    fn evaluate(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<Value, (String, Error)> {
        self.eval(scope, fuel).map_err(|e| (String::new(), e))
    }
}

impl Evaluate for Template {
    fn evaluate(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<Value, (String, Error)> {
        self.eval(scope, fuel).map_err(|e| (String::new(), e))
    }
}

impl Evaluate for JsonTemplate {
    fn evaluate(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<Value, (String, Error)> {
        self.eval(scope, fuel)
    }
}

/// A reference of an expression, split the way the lint wants it.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    /// The first name: `steps`, `case`, …
    pub root: String,
    /// The second, if it is written out.
    pub member: Option<String>,
    /// True when there is a second one, but computed.
    pub dynamic: bool,
    /// Byte range in the source.
    pub span: (usize, usize),
}

impl Use {
    /// Reads an expression's reference.
    pub(crate) fn of(reference: &Reference) -> Option<Self> {
        let mut path = reference.path.iter();
        let Segment::Key(root) = path.next()? else {
            return None;
        };
        let second = path.next();
        Some(Self {
            root: root.clone(),
            member: match second {
                Some(Segment::Key(name)) => Some(name.clone()),
                Some(Segment::Index(_) | Segment::Dynamic) | None => None,
            },
            dynamic: !matches!(second, Some(Segment::Key(_))),
            span: reference.span,
        })
    }
}
