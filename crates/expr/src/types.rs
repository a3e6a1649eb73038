//! What kind of value an expression gives, worked out from the kinds of the names that it reads.
//!
//! This is a help for whoever writes: it finds the field that does not exist, the text that is added to a
//! number, the secret that would be shown. It says nothing where it does not know ([`Type::Any`]), and
//! every kind means "that, or null", because at run time nearly everything may be missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::Span;
use crate::ast::{Access, For, Key, Kind, Node, Operator, Step};
use crate::error::{closest, quoted, suggestion};
use crate::sealed::{Sealed, sealed};
use crate::template::{Part, Template};
use crate::{Expr, Fuel, Scope};

/// Deepest type that is told apart; below it everything is [`Type::Any`].
const DEPTH_MAX: usize = 24;
/// Shorter names are near each other by chance.
const SLIP_CHARS_MIN: usize = 5;

/// A kind of value; null is one of every kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Not known.
    Any,
    /// True or false.
    Boolean,
    /// A number.
    Number,
    /// Text.
    Text,
    /// A list of such.
    List(Arc<Type>),
    /// An object.
    Object(Arc<Shape>),
    /// A handle of a secret.
    Secret,
    /// A handle of a restricted value.
    Restricted,
}

/// The fields of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Those that are known.
    pub fields: BTreeMap<String, Type>,
    /// True when there may be others.
    pub open: bool,
}

/// What the names at the top are.
pub trait TypeScope {
    /// The kind of a name; none when it is not known here.
    fn type_of(&self, name: &str) -> Option<Type>;
}

/// The class of a [`TypeFault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeFaultKind {
    /// There is no such field.
    Field,
    /// The kind does not fit what is done with it.
    Mismatch,
    /// A secret or restricted value would be shown, compared or taken apart.
    Sealed,
}

/// Something that cannot go well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeFault {
    /// The class.
    pub kind: TypeFaultKind,
    /// Where in the source.
    pub span: Span,
    /// One sentence without a full stop.
    pub message: String,
    /// What to do; may be empty.
    pub hint: String,
}

impl Type {
    /// A list of this.
    pub fn list(item: Type) -> Type {
        Type::List(Arc::new(item))
    }
    /// An object with these fields and no others.
    pub fn closed<N: Into<String>>(fields: impl IntoIterator<Item = (N, Type)>) -> Type {
        Type::object(fields, false)
    }
    /// An object with these fields and maybe others.
    pub fn open<N: Into<String>>(fields: impl IntoIterator<Item = (N, Type)>) -> Type {
        Type::object(fields, true)
    }
    fn object<N: Into<String>>(fields: impl IntoIterator<Item = (N, Type)>, open: bool) -> Type {
        let fields = fields.into_iter().map(|(name, kind)| (name.into(), kind));
        let fields = fields.collect();
        Type::Object(Arc::new(Shape { fields, open }))
    }
    /// The kind of a value that is there.
    pub fn of(value: &Value) -> Type {
        Type::of_at(value, 0)
    }
    fn of_at(value: &Value, depth: usize) -> Type {
        match value {
            _ if depth > DEPTH_MAX => Type::Any,
            Value::Null => Type::Any,
            Value::Bool(_) => Type::Boolean,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::Text,
            Value::Array(items) => {
                let kinds = items.iter().map(|item| Type::of_at(item, depth + 1));
                Type::list(kinds.reduce(|a, b| a.or(&b)).unwrap_or(Type::Any))
            }
            Value::Object(map) => match sealed(value) {
                Some(Sealed::Secret) => Type::Secret,
                Some(Sealed::Restricted) => Type::Restricted,
                None => {
                    let field = |(key, item): (&String, &Value)| {
                        (key.clone(), Type::of_at(item, depth + 1))
                    };
                    Type::closed(map.iter().map(field))
                }
            },
        }
    }
    /// With its article, for messages.
    pub fn noun(&self) -> &'static str {
        match self {
            Type::Any => "anything",
            Type::Boolean => "a truth value",
            Type::Number => "a number",
            Type::Text => "text",
            Type::List(_) => "a list",
            Type::Object(_) => "an object",
            Type::Secret => Sealed::Secret.noun(),
            Type::Restricted => Sealed::Restricted.noun(),
        }
    }
    /// One or the other.
    #[must_use]
    pub fn or(&self, other: &Type) -> Type {
        match (self, other) {
            (a, b) if a == b => a.clone(),
            (Type::List(a), Type::List(b)) => Type::list(a.or(b)),
            (Type::Object(a), Type::Object(b)) => {
                let mut fields = a.fields.clone();
                for (name, kind) in &b.fields {
                    let joined = fields
                        .get(name)
                        .map_or_else(|| kind.clone(), |a| a.or(kind));
                    fields.insert(name.clone(), joined);
                }
                let open = a.open || b.open;
                Type::Object(Arc::new(Shape { fields, open }))
            }
            // What may be sealed stays sealed: better a false alarm than a leak.
            (a, b) if a.sealed() == Some(Sealed::Secret) || b.sealed() == Some(Sealed::Secret) => {
                Type::Secret
            }
            (Type::Restricted, _) | (_, Type::Restricted) => Type::Restricted,
            _ => Type::Any,
        }
    }
    fn sealed(&self) -> Option<Sealed> {
        match self {
            Type::Secret => Some(Sealed::Secret),
            Type::Restricted => Some(Sealed::Restricted),
            _ => None,
        }
    }
    /// What is sealed in it or inside it.
    pub fn sealed_inside(&self) -> Option<Sealed> {
        match self {
            Type::List(item) => item.sealed_inside(),
            Type::Object(shape) => shape.fields.values().find_map(Type::sealed_inside),
            other => other.sealed(),
        }
    }
    /// Whether a value of this kind may stand where `wanted` is needed.
    pub fn fits(&self, wanted: &Type) -> bool {
        match (self, wanted) {
            (_, Type::Any) | (Type::Any, _) => true,
            (Type::List(a), Type::List(b)) => a.fits(b),
            (Type::Object(_), Type::Object(_)) => true,
            (a, b) => a == b,
        }
    }
}

impl Expr {
    /// The kind of its value, and what cannot go well.
    pub fn infer(&self, scope: &dyn TypeScope, faults: &mut Vec<TypeFault>) -> Type {
        let mut walk = Walk {
            scope,
            locals: Vec::new(),
            faults,
        };
        walk.node(&self.inner.root)
    }
    /// What it always gives, if it reads nothing that can change.
    pub fn constant(&self) -> Option<Value> {
        struct Nothing;
        impl Scope for Nothing {
            fn get(&self, _: &str) -> Option<&Value> {
                None
            }
            fn names(&self) -> Vec<String> {
                Vec::new()
            }
        }
        match self.references().is_empty() {
            true => self.eval(&Nothing, &mut Fuel::new(10_000, 1 << 16)).ok(),
            false => None,
        }
    }
}

impl Template {
    /// The kind of its value, and what cannot go well.
    pub fn infer(&self, scope: &dyn TypeScope, faults: &mut Vec<TypeFault>) -> Type {
        if let [Part::Hole(expr)] = self.parts() {
            return expr.infer(scope, faults);
        }
        for part in self.parts() {
            if let Part::Hole(expr) = part {
                let kind = expr.infer(scope, faults);
                let mut walk = Walk {
                    scope,
                    locals: Vec::new(),
                    faults,
                };
                walk.shown(&kind, expr.inner.root.span);
            }
        }
        Type::Text
    }
}

struct Walk<'w, 'n> {
    scope: &'w dyn TypeScope,
    locals: Vec<(&'n str, Type)>,
    faults: &'w mut Vec<TypeFault>,
}

impl<'n> Walk<'_, 'n> {
    fn fault(&mut self, kind: TypeFaultKind, span: Span, message: String, hint: &str) {
        self.faults.push(TypeFault {
            kind,
            span,
            message,
            hint: hint.to_owned(),
        });
    }
    fn sealed(&mut self, sealed: Sealed, span: Span, what: &str) {
        let error = crate::sealed::refuse(sealed, what);
        self.fault(TypeFaultKind::Sealed, span, error.message, &error.hint);
    }
    /// It becomes text.
    fn shown(&mut self, kind: &Type, span: Span) {
        if let Some(sealed) = kind.sealed_inside() {
            self.sealed(sealed, span, "cannot be shown");
        }
    }

    fn node(&mut self, node: &'n Node) -> Type {
        match &node.kind {
            Kind::Literal(value) => Type::of(value),
            Kind::Omit => Type::Any,
            Kind::Name(name) => self.name(name),
            Kind::Path(base, steps) => self.path(base, steps),
            Kind::List(items) => {
                let kinds: Vec<Type> = items.iter().map(|item| self.node(item)).collect();
                let kinds = kinds.into_iter().reduce(|a, b| a.or(&b));
                Type::list(kinds.unwrap_or(Type::Any))
            }
            Kind::Object(entries) => self.object(entries),
            Kind::For(each) => self.comprehension(each),
            Kind::If(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                self.node(condition);
                let then = self.node(then);
                then.or(&self.node(otherwise))
            }
            Kind::Not(operand) => {
                self.node(operand);
                Type::Boolean
            }
            Kind::Negate(operand) => {
                let kind = self.node(operand);
                self.number(&kind, "-", operand.span);
                Type::Number
            }
            Kind::Binary(operator, sides) => self.binary(*operator, sides, node.span),
            Kind::Call(builtin, arguments) => {
                let kinds: Vec<Type> = arguments.iter().map(|one| self.node(one)).collect();
                self.arguments(builtin, &kinds, node.span);
                result_of(builtin.name, &kinds)
            }
        }
    }

    fn name(&self, name: &str) -> Type {
        let local = self.locals.iter().rev().find(|(local, _)| *local == name);
        match local {
            Some((_, kind)) => kind.clone(),
            None => self.scope.type_of(name).unwrap_or(Type::Any),
        }
    }

    fn path(&mut self, base: &'n Node, steps: &'n [Step]) -> Type {
        let mut kind = self.node(base);
        for step in steps {
            kind = match &step.access {
                Access::Key(key) => self.member(kind, key, step),
                Access::Index(_) => self.place(kind, step),
                Access::Dynamic(node) => match self.node(node) {
                    Type::Number => self.place(kind, step),
                    _ => match (&kind, &node.kind) {
                        (_, Kind::Literal(key)) if key.is_string() => {
                            self.member(kind, key.as_str().unwrap_or_default(), step)
                        }
                        (Type::Secret | Type::Restricted, _) => self.place(kind, step),
                        (Type::List(item), _) => item.as_ref().clone(),
                        _ => Type::Any,
                    },
                },
            };
        }
        kind
    }

    fn member(&mut self, kind: Type, key: &str, step: &Step) -> Type {
        match &kind {
            Type::Any => Type::Any,
            Type::Object(shape) => match shape.fields.get(key) {
                Some(kind) => kind.clone(),
                None if shape.open && !is_slip(key, shape) => Type::Any,
                None => {
                    let hint = suggestion(key, shape.fields.keys().map(String::as_str));
                    let message = format!("there is no `{}` here", quoted(key));
                    self.fault(TypeFaultKind::Field, step.span, message, &hint);
                    Type::Any
                }
            },
            Type::Secret | Type::Restricted => {
                let sealed = kind.sealed().unwrap_or(Sealed::Secret);
                self.sealed(sealed, step.span, "has no members");
                Type::Any
            }
            Type::Boolean | Type::Number | Type::Text | Type::List(_) => {
                let hint = match kind {
                    Type::List(_) => "take one element with `[0]`, or all with `| map('key')`",
                    _ => "",
                };
                let message = format!("{} has no `{}`", kind.noun(), quoted(key));
                self.fault(TypeFaultKind::Field, step.span, message, hint);
                Type::Any
            }
        }
    }

    fn place(&mut self, kind: Type, step: &Step) -> Type {
        match &kind {
            Type::List(item) => item.as_ref().clone(),
            Type::Secret | Type::Restricted => {
                let sealed = kind.sealed().unwrap_or(Sealed::Secret);
                self.sealed(sealed, step.span, "has no members");
                Type::Any
            }
            Type::Boolean | Type::Number | Type::Text => {
                let message = format!("{} has no places", kind.noun());
                self.fault(TypeFaultKind::Mismatch, step.span, message, "");
                Type::Any
            }
            Type::Any | Type::Object(_) => Type::Any,
        }
    }

    fn object(&mut self, entries: &'n [(Key, Node)]) -> Type {
        let mut shape = Shape::default();
        for (key, value) in entries {
            let kind = self.node(value);
            match key {
                Key::Fixed(key) => {
                    shape.fields.insert(key.to_string(), kind);
                }
                Key::Computed(key) => {
                    let name = self.node(key);
                    self.shown(&name, key.span);
                    shape.open = true;
                }
            }
        }
        Type::Object(Arc::new(shape))
    }

    fn comprehension(&mut self, each: &'n For) -> Type {
        let list = self.node(&each.list);
        let item = match &list {
            Type::List(item) => item.as_ref().clone(),
            Type::Any => Type::Any,
            other => {
                let message = format!("`for` needs a list, not {}", other.noun());
                self.fault(TypeFaultKind::Mismatch, each.list.span, message, "");
                Type::Any
            }
        };
        self.locals.push((&each.name, item));
        if let Some(condition) = &each.condition {
            self.node(condition);
        }
        let body = self.node(&each.body);
        self.locals.pop();
        Type::list(body)
    }

    fn number(&mut self, kind: &Type, operator: &str, span: Span) {
        match kind {
            Type::Any | Type::Number => {}
            other => {
                let hint = match other {
                    Type::Text if operator == "+" => "join text with `~`",
                    Type::Text => "turn text into a number with `| int` or `| float`",
                    _ => "",
                };
                let message = format!("`{operator}` needs numbers, not {}", other.noun());
                self.fault(TypeFaultKind::Mismatch, span, message, hint);
            }
        }
    }

    fn binary(&mut self, operator: Operator, sides: &'n [Node; 2], span: Span) -> Type {
        let [left_node, right_node] = sides;
        let left = self.node(left_node);
        let right = self.node(right_node);
        let null = |node: &Node| matches!(&node.kind, Kind::Literal(value) if value.is_null());
        match operator {
            Operator::Or | Operator::And | Operator::Coalesce => left.or(&right),
            Operator::Equal | Operator::NotEqual => {
                if !null(left_node) && !null(right_node) {
                    let sealed = left.sealed_inside().or(right.sealed_inside());
                    if let Some(sealed) = sealed {
                        self.sealed(sealed, span, "cannot be compared");
                    } else if differ(&left, &right) {
                        let message = format!("{} never equals {}", left.noun(), right.noun());
                        self.fault(TypeFaultKind::Mismatch, span, message, "");
                    }
                }
                Type::Boolean
            }
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => {
                let scalar = |kind: &Type| matches!(kind, Type::Any | Type::Number | Type::Text);
                if !scalar(&left) || !scalar(&right) || differ(&left, &right) {
                    let sign = operator.text();
                    let (left, right) = (left.noun(), right.noun());
                    let message =
                        format!("`{sign}` needs two numbers or two texts, not {left} and {right}");
                    self.fault(TypeFaultKind::Mismatch, span, message, "");
                }
                Type::Boolean
            }
            Operator::In | Operator::NotIn => {
                if let Some(sealed) = left.sealed_inside().or(right.sealed()) {
                    self.sealed(sealed, span, "cannot be compared");
                } else if matches!(right, Type::Number | Type::Boolean) {
                    let message = format!("cannot look for something in {}", right.noun());
                    self.fault(TypeFaultKind::Mismatch, span, message, "");
                }
                Type::Boolean
            }
            Operator::Concat => {
                self.shown(&left, left_node.span);
                self.shown(&right, right_node.span);
                Type::Text
            }
            Operator::Add if matches!((&left, &right), (Type::List(_), Type::List(_))) => {
                left.or(&right)
            }
            Operator::Add if left == Type::Any || right == Type::Any => match (&left, &right) {
                (Type::List(_), _) => left,
                (_, Type::List(_)) => right,
                _ => Type::Any,
            },
            Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::Remainder => {
                self.number(&left, operator.text(), left_node.span);
                self.number(&right, operator.text(), right_node.span);
                Type::Number
            }
        }
    }

    /// The signature names its arguments by what they must be.
    fn arguments(&mut self, builtin: &crate::Builtin, kinds: &[Type], span: Span) {
        let told = matches!(builtin.name, "mask" | "fingerprint" | "count");
        let whole = matches!(
            builtin.name,
            "type" | "is_null" | "default" | "coalesce" | "bool"
        );
        for (at, kind) in kinds.iter().enumerate() {
            if let Some(sealed) = kind.sealed() {
                let fine = whole || (told && sealed == Sealed::Restricted && at == 0);
                if !fine {
                    let what = format!("cannot be given to `{}`", builtin.name);
                    self.sealed(sealed, span, &what);
                }
                continue;
            }
            if matches!(builtin.name, "string" | "json" | "join" | "markdown_table")
                && kind.sealed_inside().is_some()
            {
                self.shown(kind, span);
                continue;
            }
            let wanted = parameter(builtin.signature, at);
            let wrong = match (wanted, kind) {
                ("text" | "url" | "time", Type::List(_) | Type::Object(_)) => Some("text"),
                (
                    "list" | "numbers",
                    Type::Text | Type::Number | Type::Boolean | Type::Object(_),
                ) => Some("a list"),
                ("object", Type::Text | Type::Number | Type::Boolean | Type::List(_)) => {
                    Some("an object")
                }
                ("number", Type::Text | Type::Boolean | Type::List(_) | Type::Object(_)) => {
                    Some("a number")
                }
                _ => None,
            };
            if let Some(wanted) = wrong {
                let message = format!("`{}` needs {wanted}, not {}", builtin.name, kind.noun());
                self.fault(TypeFaultKind::Mismatch, span, message, "");
            }
        }
    }
}

/// Where other fields may be, only what looks like a slip of the finger is told.
fn is_slip(key: &str, shape: &Shape) -> bool {
    let known: Vec<&str> = shape.fields.keys().map(String::as_str).collect();
    key.chars().count() >= SLIP_CHARS_MIN && closest(key, &known).is_some()
}

/// The name of a parameter in a signature such as `slice(list, start, end?)`.
fn parameter(signature: &str, at: usize) -> &str {
    let inside = signature
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .map_or("", |(inside, _)| inside);
    let name = inside.split(", ").nth(at).unwrap_or_default();
    name.trim_end_matches('?')
}

/// Two kinds that no value has in common but null.
fn differ(a: &Type, b: &Type) -> bool {
    let rank = |kind: &Type| match kind {
        Type::Any => None,
        Type::Boolean => Some(0),
        Type::Number => Some(1),
        Type::Text => Some(2),
        Type::List(_) => Some(3),
        Type::Object(_) => Some(4),
        Type::Secret => Some(5),
        Type::Restricted => Some(6),
    };
    matches!((rank(a), rank(b)), (Some(a), Some(b)) if a != b)
}

fn result_of(name: &str, arguments: &[Type]) -> Type {
    let first = arguments.first().cloned().unwrap_or(Type::Any);
    let element = match &first {
        Type::List(item) => item.as_ref().clone(),
        _ => Type::Any,
    };
    match name {
        "bool" | "is_null" | "any" | "all" | "contains" | "starts_with" | "ends_with" | "like" => {
            Type::Boolean
        }
        "abs"
        | "ceil"
        | "floor"
        | "round"
        | "int"
        | "float"
        | "len"
        | "count"
        | "sum"
        | "avg"
        | "count_where"
        | "index_of"
        | "rfc3339_to_epoch"
        | "rfc3339_to_epoch_ms"
        | "seconds_between" => match arguments.get(1) {
            Some(fallback) if matches!(name, "int" | "float") => Type::Number.or(fallback),
            _ => Type::Number,
        },
        "string"
        | "json"
        | "join"
        | "upper"
        | "lower"
        | "trim"
        | "replace"
        | "capitalize"
        | "base64"
        | "base64url"
        | "hex"
        | "urlencode"
        | "urldecode"
        | "html_escape"
        | "markdown_escape"
        | "csv_cell"
        | "defang"
        | "refang"
        | "date"
        | "dedent"
        | "indent"
        | "truncate"
        | "substr"
        | "pad_left"
        | "pad_right"
        | "strip_scheme"
        | "url_host"
        | "type"
        | "mask"
        | "fingerprint"
        | "epoch_to_rfc3339"
        | "epoch_ms_to_rfc3339"
        | "add_seconds" => Type::Text,
        "first" | "last" | "max" | "min" => element,
        "compact" | "slice" | "unique" | "sort" | "where" | "where_not" => match first {
            Type::List(_) => first,
            _ => Type::list(Type::Any),
        },
        "reverse" => first,
        "split" | "lines" | "keys" => Type::list(Type::Text),
        "range" => Type::list(Type::Number),
        "map" | "pluck" | "flatten" | "values" | "entries" | "zip" | "chunk" => {
            Type::list(Type::Any)
        }
        "default" | "coalesce" => {
            let all = arguments.iter().cloned();
            all.reduce(|a, b| a.or(&b)).unwrap_or(Type::Any)
        }
        "merge" => match (&first, arguments.get(1)) {
            (Type::Object(_), Some(second @ Type::Object(_))) => first.or(second),
            _ => Type::open::<String>([]),
        },
        "group_by" | "from_entries" | "pick" | "without" => Type::open::<String>([]),
        _ => Type::Any,
    }
}
