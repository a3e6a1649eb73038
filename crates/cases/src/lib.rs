//! Case rules: what an alert does to the cases we already have, and what may become of a case.
//!
//! [`admit`] looks at one alert and the case that has its key, and answers Open, Rerun, Attach or Ignore.
//! [`open`], [`close`], [`reopen`], [`apply_verdict`] and [`escalate`] make and change cases; what is not
//! allowed is an error in words. Nothing here stores anything: the caller does, in one transaction, and the
//! store counts versions.
//!
//! Invariant: for one key there is at most one case, open or closed, however many alerts arrive in whatever
//! order; a closed one is opened again.
//!
//! [`report`] turns a finished run into a document, the same bytes whenever it is made again.

mod admission;
mod lifecycle;
pub mod report;
mod rules;

pub use admission::{Admission, RERUNS_QUEUED_MAX, admit};
pub use lifecycle::{
    Changes, Forbidden, NOTE_CHARS_MAX, apply_verdict, close, close_after_failure, escalate, open,
    open_without_alert, reopen,
};
pub use rules::{RULES_MAX, Rules};
