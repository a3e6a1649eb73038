//! Where the expressions of a playbook stand, for the lint.

use updraft_expr::{Expr, JsonTemplate, Reference, Template, Type, TypeFault, TypeScope};

use super::Parser;

/// One expression.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The step that it belongs to; none for the outputs of the playbook.
    pub step: Option<u32>,
    /// JSON pointer to it.
    pub pointer: String,
    /// What it is.
    pub source: Source,
    /// True when its value becomes text that people see.
    pub shown: bool,
}

/// An expression in one of its three forms; each shares its tree.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// Bare.
    Condition(Expr),
    /// A text with holes.
    Template(Template),
    /// A value with templates inside.
    Value(JsonTemplate),
}

impl Source {
    /// What it reads.
    pub(crate) fn references(&self) -> Vec<Reference> {
        match self {
            Source::Condition(expr) => expr.references(),
            Source::Template(template) => template.references(),
            Source::Value(template) => {
                let all = template.references().into_iter();
                all.map(|(_, reference)| reference).collect()
            }
        }
    }
    /// What kind of value it gives, and what cannot go well, by place inside the value.
    pub(crate) fn infer(
        &self,
        scope: &dyn TypeScope,
        faults: &mut Vec<(String, TypeFault)>,
    ) -> Type {
        let mut found = Vec::new();
        let kind = match self {
            Source::Condition(expr) => {
                expr.infer(scope, &mut found);
                Type::Boolean
            }
            Source::Template(template) => template.infer(scope, &mut found),
            Source::Value(template) => return template.infer(scope, faults),
        };
        faults.extend(found.into_iter().map(|fault| (String::new(), fault)));
        kind
    }
}

impl Parser {
    /// Keeps an expression for the lint.
    pub(super) fn note_site(&mut self, pointer: &str, source: Source) {
        let literal = match &source {
            Source::Condition(_) => false,
            Source::Template(template) => template.is_literal(),
            // What a literal map holds is checked against what its step takes.
            Source::Value(_) => false,
        };
        if !literal {
            self.sites.push(Site {
                step: self.reading.last().copied(),
                pointer: pointer.to_owned(),
                source,
                shown: false,
            });
        }
    }
    /// The last expression becomes text.
    pub(crate) fn is_shown(&mut self) {
        if let Some(site) = self.sites.last_mut() {
            site.shown = true;
        }
    }
}
