//! The ways through the steps.

use super::{Rule, warning};

pub(super) const RULES: &[Rule] = &[
    warning(
        "UP039",
        "A condition that never changes",
        "It always holds or never does, or an earlier case takes all: what stands behind it is dead.",
        "- id: route\n  switch:\n    - {when: \"1 > 2\", do: [{id: pause, wait: {delay: 1m}}]}\n    - {else: true, do: [{id: rest, wait: {delay: 1s}}]}\n",
        "- id: route\n  switch:\n    - {when: case.occurrences > 2, do: [{id: pause, wait: {delay: 1m}}]}\n    - {else: true, do: [{id: rest, wait: {delay: 1s}}]}\n",
    ),
    warning(
        "UP041",
        "A loop whose end nothing changes",
        "`until` reads nothing that a round changes, so the loop has one round or runs to its `max`.",
        "- id: remember\n  set: {done: false}\n- id: poll\n  loop:\n    max: 20\n    until: vars.done\n    do: [{id: look, action: edr.lookup_host, with: {host: pc-1}}]\n",
        "- id: poll\n  loop:\n    max: 20\n    until: steps.look.found\n    do: [{id: look, action: edr.lookup_host, with: {host: pc-1}}]\n",
    ),
    warning(
        "UP045",
        "A wait for a signal that nobody sends",
        "No playbook emits it and nothing bounds the wait: the run waits for ever. If the signal comes from outside, \
         give the step a `timeout` all the same, or exempt it.",
        "- id: wait\n  wait: {signal: host_isolatd}\n",
        "- id: wait\n  wait: {signal: host_isolated}\n  timeout: 4h\n",
    ),
];
