//! The machine from outside: scenarios as data, lint findings, random playbooks against invariants.

mod host;
mod lint;
mod records;
mod scenarios;
mod simulation;
