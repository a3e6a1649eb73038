//! What an expression may refer to from where it stands.
//!
//! A step sees the steps that were certainly begun before it and are over: those above it in its own
//! block and above its enclosing steps. Steps inside a loop end with their iteration, steps of a
//! sibling branch of a `parallel` may not have happened yet, and an enclosing step is not over.

use std::{collections::BTreeSet, sync::Arc};

use updraft_expr::Reference;

use super::{Parser, StepUses, Uses, expression::Use, parse::EXPRESSION_ROOTS, suggest};

/// How a step looks from where the parser stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// It encloses this place or is this step.
    Open,
    /// It is over, or was left out.
    Over,
    /// It ended with its loop's iteration.
    InLoop,
    /// It is in another branch.
    Sibling,
    /// An `undo` is between it and this place.
    Elsewhere,
    /// It ended with a block that keeps its results for itself: a `catch`.
    InScope,
}

/// A name that may yet be defined further down.
pub(super) struct Unresolved {
    root: &'static str,
    name: String,
    pointer: String,
    span: (usize, usize),
}

impl Parser {
    /// What a template or condition at one place uses; complains about what it cannot see.
    pub(crate) fn uses<'r>(
        &mut self,
        references: impl Iterator<Item = &'r Reference>,
        pointer: &str,
    ) -> Uses {
        self.uses_at(references.map(|reference| (pointer.to_owned(), reference)))
    }

    /// The same for references at several places.
    pub(crate) fn uses_at<'r>(
        &mut self,
        references: impl Iterator<Item = (String, &'r Reference)>,
    ) -> Uses {
        let mut steps = BTreeSet::new();
        let mut all = false;
        let mut now = false;
        for (pointer, reference) in references {
            let Some(used) = Use::of(reference) else {
                continue;
            };
            match used.root.as_str() {
                root if self.locals.iter().any(|local| **local == *root) => {}
                "steps" => match &used.member {
                    Some(id) => steps.extend(self.step_use(id, &pointer, used.span)),
                    None => all = true,
                },
                "now" => now = true,
                "inputs" => self.input_use(&used, &pointer),
                "vars" => {
                    if let Some(name) = used.member.filter(|_| !used.dynamic) {
                        self.later("vars", name, pointer, used.span);
                    }
                }
                "case" | "alert" | "settings" | "run" => {}
                other => {
                    let known: Vec<&str> = EXPRESSION_ROOTS
                        .iter()
                        .copied()
                        .filter(|name| *name != "index")
                        .chain(self.locals.iter().map(|local| &**local))
                        .collect();
                    let hint = suggest::hint(other, &known);
                    let shown: String = other.chars().take(80).collect();
                    let problem = self.error(
                        "UP014",
                        &pointer,
                        format!("nothing is called `{shown}` here"),
                    );
                    problem.span = Some(used.span);
                    problem.hint = hint;
                }
            }
        }
        self.used.extend(steps.iter().copied());
        self.all_used |= all;
        Uses {
            steps: match all {
                true => StepUses::All,
                false => StepUses::Some(steps.into_iter().collect()),
            },
            now,
        }
    }

    fn step_use(&mut self, id: &str, pointer: &str, span: (usize, usize)) -> Option<u32> {
        let Some(index) = self.ids.get(id).copied() else {
            self.later("steps", id.to_owned(), pointer.to_owned(), span);
            return None;
        };
        let (code, message, hint) = match self.sights.get(index as usize)? {
            Sight::Over => return Some(index),
            Sight::Open => (
                "UP008",
                format!("the step `{id}` is not over here"),
                "refer to a step above this one",
            ),
            Sight::InLoop => (
                "UP024",
                format!("the step `{id}` is inside a loop and ends with each iteration"),
                "give the loop a `collect` and refer to the loop's output",
            ),
            Sight::InScope => (
                "UP024",
                format!("the step `{id}` is inside a `catch` and ends with it"),
                "keep the value with `set` and refer to `vars`",
            ),
            Sight::Sibling => (
                "UP023",
                format!("the step `{id}` is in another branch and may not be over here"),
                "refer to it after the `parallel` step",
            ),
            Sight::Elsewhere => (
                "UP008",
                format!("the step `{id}` cannot be seen across an `undo`"),
                "an `undo` sees `undo.input` and `undo.output`, the inputs and its own steps",
            ),
        };
        let problem = self.error(code, pointer, message);
        problem.span = Some(span);
        problem.hint = hint.into();
        None
    }

    fn input_use(&mut self, used: &Use, pointer: &str) {
        if let Some(name) = &used.member
            && !self.inputs.contains(name)
        {
            let inputs = self.inputs.clone();
            let known: Vec<&str> = inputs.iter().map(String::as_str).collect();
            let shown: String = name.chars().take(80).collect();
            let problem = self.error("UP015", pointer, format!("there is no input `{shown}`"));
            problem.span = Some(used.span);
            problem.hint = match known.is_empty() {
                true => "declare it under `inputs`".into(),
                false => suggest::hint(name, &known),
            };
        }
    }

    fn later(&mut self, root: &'static str, name: String, pointer: String, span: (usize, usize)) {
        self.unresolved.push(Unresolved {
            root,
            name,
            pointer,
            span,
        });
    }

    /// When everything is read: the names that were not known on the way.
    pub(super) fn resolve_the_rest(&mut self) {
        for open in std::mem::take(&mut self.unresolved) {
            let shown: String = open.name.chars().take(80).collect();
            let (code, message, hint) = if open.root == "vars" {
                if self.vars.contains(&open.name) {
                    continue;
                }
                let known: Vec<&str> = self.vars.iter().map(String::as_str).collect();
                let text = format!("no step sets the variable `{shown}`");
                ("UP022", text, suggest::hint(&open.name, &known))
            } else if self.ids.contains_key(&open.name) {
                let text = format!("the step `{shown}` comes later");
                ("UP008", text, "refer to a step above this one".into())
            } else {
                let known: Vec<&str> = self.ids.keys().map(String::as_str).collect();
                let text = format!("there is no step `{shown}`");
                ("UP007", text, suggest::hint(&open.name, &known))
            };
            let problem = self.error(code, &open.pointer, message);
            problem.span = Some(open.span);
            problem.hint = hint;
        }
    }

    /// A step was read to its end.
    pub(super) fn saw(&mut self, index: u32) {
        self.look(index, Sight::Over);
    }

    fn look(&mut self, index: u32, sight: Sight) {
        if let Some(place) = self.sights.get_mut(index as usize) {
            *place = sight;
        }
    }

    /// The number that the next step will get.
    pub(crate) fn next_step(&self) -> usize {
        self.sights.len()
    }

    /// A loop's body was read: its steps are out of sight.
    pub(crate) fn leave_loop(&mut self, first: usize) {
        for sight in self.sights.iter_mut().skip(first) {
            *sight = Sight::InLoop;
        }
    }

    /// A `catch` was read: its steps are out of sight.
    pub(crate) fn leave_scope(&mut self, first: usize) {
        for sight in self.sights.iter_mut().skip(first) {
            *sight = Sight::InScope;
        }
    }

    /// A branch was read: its steps are hidden from its siblings.
    pub(crate) fn leave_branch(&mut self, first: usize) {
        for sight in self.sights.iter_mut().skip(first) {
            if *sight == Sight::Over {
                *sight = Sight::Sibling;
            }
        }
    }

    /// All branches were read: their steps are in sight again.
    pub(crate) fn join_branches(&mut self, first: usize) {
        for sight in self.sights.iter_mut().skip(first) {
            if *sight == Sight::Sibling {
                *sight = Sight::Over;
            }
        }
    }

    /// Opens a loop's names; complains about one that hides something.
    pub(crate) fn enter_names(&mut self, name: &str, pointer: &str) {
        if !super::parse::is_name(name) {
            self.error("UP004", pointer, "this is not a name for a loop variable")
                .hint = "use small letters, digits and `_`, a letter first".into();
        } else if EXPRESSION_ROOTS.contains(&name) {
            self.error(
                "UP004",
                pointer,
                format!("`{name}` has a meaning of its own"),
            )
            .hint = "choose another name".into();
        }
        self.locals.push(Arc::from(name));
        self.locals.push(Arc::from("index"));
    }

    /// Opens names that a block has for itself.
    pub(crate) fn enter_locals(&mut self, names: &[&str]) {
        self.locals
            .extend(names.iter().map(|name| Arc::from(*name)));
    }

    /// Closes as many of them.
    pub(crate) fn leave_locals(&mut self, count: usize) {
        self.locals
            .truncate(self.locals.len().saturating_sub(count));
    }

    /// Closes the innermost loop's names.
    pub(crate) fn leave_names(&mut self) {
        self.locals.truncate(self.locals.len().saturating_sub(2));
    }

    /// A `set` step defines these.
    pub(crate) fn define_vars<'n>(&mut self, names: impl Iterator<Item = &'n String>) {
        self.vars.extend(names.cloned());
    }
}
