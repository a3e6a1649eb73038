//! Two texts of a playbook side by side: by lines, and by steps.

mod lines;
mod steps;

pub use lines::{Hunk, Line, by_lines, unified};
pub use steps::{FieldChange, StepChange, by_steps};
