//! The tree an expression compiles to.

use serde_json::Value;

use crate::Span;
use crate::builtins::Builtin;

/// One node with its place in the source and the height of the tree below it.
#[derive(Debug)]
pub(crate) struct Node {
    pub kind: Kind,
    pub span: Span,
    pub height: u16,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// Also a list or object made only of literals, folded once at parse time.
    Literal(Box<Value>),
    /// Null everywhere, except where an element is added: there it leaves the element out.
    Omit,
    Name(Box<str>),
    /// `base.a[0]?.b`: flat, so that long paths do not nest.
    Path(Box<Node>, Vec<Step>),
    List(Vec<Node>),
    Object(Vec<(Key, Node)>),
    For(Box<For>),
    /// Condition, then, else.
    If(Box<[Node; 3]>),
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(Operator, Box<[Node; 2]>),
    Call(&'static Builtin, Vec<Node>),
}

#[derive(Debug)]
pub(crate) struct Step {
    pub access: Access,
    /// `?.` and `?[`: a missing value ends the path with null.
    pub safe: bool,
    pub span: Span,
}

#[derive(Debug)]
pub(crate) enum Access {
    Key(Box<str>),
    Index(i64),
    Dynamic(Node),
}

#[derive(Debug)]
pub(crate) enum Key {
    Fixed(Box<str>),
    Computed(Node),
}

/// `[body for name in list if condition]`.
#[derive(Debug)]
pub(crate) struct For {
    pub body: Node,
    pub name: Box<str>,
    pub list: Node,
    pub condition: Option<Node>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Concat,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Coalesce,
}

impl Operator {
    /// How tightly it binds; see the precedence list in the crate documentation.
    pub fn power(self) -> u8 {
        match self {
            Operator::Or => 1,
            Operator::And => 2,
            Operator::Equal
            | Operator::NotEqual
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::In
            | Operator::NotIn => COMPARISON,
            Operator::Concat => 5,
            Operator::Add | Operator::Subtract => 6,
            Operator::Multiply | Operator::Divide | Operator::Remainder => 7,
            Operator::Coalesce => PIPE,
        }
    }

    pub fn text(self) -> &'static str {
        match self {
            Operator::Or => "or",
            Operator::And => "and",
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::In => "in",
            Operator::NotIn => "not in",
            Operator::Concat => "~",
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Remainder => "%",
            Operator::Coalesce => "??",
        }
    }
}

/// Binding power of the operand of `not`.
pub(crate) const NOT: u8 = 3;
/// Binding power of comparisons, which do not chain.
pub(crate) const COMPARISON: u8 = 4;
/// Binding power of `|`, which `??` shares so that both `a ?? [] | len` and `a | first ?? ''` read
/// from left to right.
pub(crate) const PIPE: u8 = 8;
