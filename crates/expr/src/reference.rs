//! Which paths of the scope an expression reads.

use crate::Span;
use crate::ast::{Access, Key, Kind, Node, Operator, Step};

/// One part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A key of an object; the first segment is the name in the scope.
    Key(String),
    /// A place in a list, from the end when negative.
    Index(i64),
    /// A key or place only known at run time.
    Dynamic,
}

/// One use of a path that starts at a name of the scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Name, then keys and places.
    pub path: Vec<Segment>,
    /// Where the path stands in the source.
    pub span: Span,
    /// Whether the expression says what to do when it is missing: `??`, `default` or `?.`.
    pub guarded: bool,
}

impl Reference {
    /// The name in the scope.
    pub fn root(&self) -> &str {
        match self.path.first() {
            Some(Segment::Key(name)) => name,
            _ => "",
        }
    }
}

pub(crate) fn references(root: &Node) -> Vec<Reference> {
    let mut walk = Walk {
        found: Vec::new(),
        locals: Vec::new(),
        guarded: false,
    };
    walk.node(root);
    walk.found.sort_by_key(|reference| reference.span);
    walk.found
}

struct Walk<'n> {
    found: Vec<Reference>,
    locals: Vec<&'n str>,
    guarded: bool,
}

impl<'n> Walk<'n> {
    fn node(&mut self, node: &'n Node) {
        match &node.kind {
            Kind::Literal(_) | Kind::Omit => {}
            Kind::Name(name) => self.name(name, &[], node.span),
            Kind::Path(base, steps) => {
                match &base.kind {
                    Kind::Name(name) => self.name(name, steps, node.span),
                    _ => self.node(base),
                }
                for step in steps {
                    if let Access::Dynamic(index) = &step.access {
                        self.node(index);
                    }
                }
            }
            Kind::List(items) | Kind::Call(_, items) => {
                items.iter().for_each(|item| self.node(item));
            }
            Kind::Object(entries) => {
                for (key, value) in entries {
                    if let Key::Computed(key) = key {
                        self.node(key);
                    }
                    self.node(value);
                }
            }
            Kind::For(each) => {
                self.node(&each.list);
                self.locals.push(&each.name);
                self.node(&each.body);
                each.condition
                    .iter()
                    .for_each(|condition| self.node(condition));
                self.locals.pop();
            }
            Kind::If(parts) => parts.iter().for_each(|part| self.node(part)),
            Kind::Not(operand) | Kind::Negate(operand) => self.node(operand),
            Kind::Binary(Operator::Coalesce, sides) => {
                let [left, right] = sides.as_ref();
                let outer = std::mem::replace(&mut self.guarded, true);
                self.node(left);
                self.guarded = outer;
                self.node(right);
            }
            Kind::Binary(_, sides) => sides.iter().for_each(|side| self.node(side)),
        }
    }

    fn name(&mut self, name: &str, steps: &[Step], span: Span) {
        if self.locals.contains(&name) {
            return;
        }
        let mut path = vec![Segment::Key(name.to_owned())];
        path.extend(steps.iter().map(|step| match &step.access {
            Access::Key(key) => Segment::Key(key.to_string()),
            Access::Index(index) => Segment::Index(*index),
            Access::Dynamic(_) => Segment::Dynamic,
        }));
        let guarded = self.guarded || steps.iter().any(|step| step.safe);
        self.found.push(Reference {
            path,
            span,
            guarded,
        });
    }
}
