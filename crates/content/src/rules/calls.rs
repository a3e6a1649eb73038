//! What steps call.

use super::{Rule, error, warning};

pub(super) const RULES: &[Rule] = &[
    error(
        "UP033",
        "An unknown capability",
        "No connector could ever provide it. The hint names the nearest one.",
        "- id: ask\n  capability: reputaton.ip\n  with: {ip: 203.0.113.7}\n- id: use\n  when: steps.ask.output.answered > 0\n  wait: {delay: 1m}\n",
        "- id: ask\n  capability: reputation.ip\n  with: {ip: 203.0.113.7}\n- id: use\n  when: steps.ask.output.answered > 0\n  wait: {delay: 1m}\n",
    ),
    error(
        "UP034",
        "An unknown action or connector",
        "The connector has no such action, there is no such connector, or the host has no such built-in action.",
        "- id: look\n  action: edr.lokup_host\n  with: {host: pc-1}\n- id: use\n  when: steps.look.found\n  wait: {delay: 1m}\n",
        "- id: look\n  action: edr.lookup_host\n  with: {host: pc-1}\n- id: use\n  when: steps.look.found\n  wait: {delay: 1m}\n",
    ),
    error(
        "UP035",
        "An unknown bot",
        "There is no script of this name.",
        "- id: score\n  bot: risk-scores\n  with: {signals: []}\n- id: use\n  when: steps.score.output.high\n  wait: {delay: 1m}\n",
        "- id: score\n  bot: risk-score\n  with: {signals: []}\n- id: use\n  when: steps.score.output.high\n  wait: {delay: 1m}\n",
    ),
    error(
        "UP036",
        "An unknown playbook",
        "The playbook that is called is not there.",
        "- id: block\n  call: {playbook: blok-host, inputs: {host: pc-1}}\n",
        "- id: block\n  call: {playbook: block-host, inputs: {host: pc-1}}\n",
    ),
    error(
        "UP037",
        "An input that does not fit what is called",
        "It is unknown there, missing, or of another type; the call would be refused.",
        "- id: block\n  call: {playbook: block-host, inputs: {hots: pc-1}}\n",
        "- id: block\n  call: {playbook: block-host, inputs: {host: pc-1}}\n",
    ),
    error(
        "UP038",
        "Playbooks that call each other in a circle",
        "Such a run ends only at the limit of depth, and fails there.",
        "- id: round\n  call: {playbook: circle}\n",
        "- id: round\n  call: {playbook: block-host, inputs: {host: pc-1}}\n",
    ),
    warning(
        "UP040",
        "A write without an error path",
        "When it fails the run fails there, with what was begun half done. Say what follows: `on_error`, a `try` with \
         `catch`, or a look at what came back.",
        "- id: page\n  action: pager.page\n  with: {text: Hello}\n",
        "- id: page\n  action: pager.page\n  with: {text: Hello}\n  on_error:\n    do: [{id: tell, action: case.comment, with: {text: The page failed}}]\n",
    ),
    warning(
        "UP043",
        "Something is contained without approval",
        "An action that stops a host, a person or a service belongs behind a person, unless the team has decided \
         otherwise; then exempt it and say who decided.",
        "- id: isolate\n  action: edr.isolate_host\n  with: {host: pc-1}\n  on_error: continue\n  undo: [{id: release, action: edr.release_host, with: {host: pc-1}}]\n",
        "- id: gate\n  approve: {question: \"Isolate pc-1?\"}\n- id: isolate\n  when: steps.gate.output.approved\n  action: edr.isolate_host\n  with: {host: pc-1}\n  on_error: continue\n  undo: [{id: release, action: edr.release_host, with: {host: pc-1}}]\n",
    ),
    warning(
        "UP044",
        "Something is contained for ever",
        "A block without an end is forgotten and found a year later. Give the step an `undo`, so that it can be rolled \
         back, or the action a time when it ends.",
        "- id: gate\n  approve: {question: \"Isolate pc-1?\"}\n- id: isolate\n  when: steps.gate.output.approved\n  action: edr.isolate_host\n  with: {host: pc-1}\n  on_error: continue\n",
        "- id: gate\n  approve: {question: \"Isolate pc-1?\"}\n- id: isolate\n  when: steps.gate.output.approved\n  action: edr.isolate_host\n  with: {host: pc-1, duration: 4h}\n  on_error: continue\n",
    ),
    warning(
        "UP049",
        "A repeated write that acts twice",
        "The product cannot tell a repetition from a second wish: after a time-out the thing is there twice.",
        "- id: page\n  action: pager.page\n  with: {text: Hello}\n  on_error: continue\n  retry: {max: 3}\n",
        "- id: page\n  action: pager.page\n  with: {text: Hello}\n  on_error: continue\n  retry: {max: 0}\n",
    ),
];
