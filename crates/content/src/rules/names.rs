//! What expressions read.

use super::{Rule, error, warning};

pub(super) const RULES: &[Rule] = &[
    error(
        "UP007",
        "An unknown step",
        "No step of the playbook has this id. The hint names the nearest one.",
        "- id: look\n  action: edr.lookup_host\n  with: {host: pc-1}\n- id: use\n  when: steps.lok.found\n  wait: {delay: 1m}\n",
        "- id: look\n  action: edr.lookup_host\n  with: {host: pc-1}\n- id: use\n  when: steps.look.found\n  wait: {delay: 1m}\n",
    ),
    error(
        "UP008",
        "A step that is not over yet",
        "A result can be read when its step is certainly over: above this one, in this block or around it.",
        "- id: use\n  when: steps.look.found\n  wait: {delay: 1m}\n- id: look\n  action: edr.lookup_host\n  with: {host: pc-1}\n",
        "- id: look\n  action: edr.lookup_host\n  with: {host: pc-1}\n- id: use\n  when: steps.look.found\n  wait: {delay: 1m}\n",
    ),
    error(
        "UP014",
        "An unknown name",
        "At the top there are `case`, `alert`, `inputs`, `steps`, `vars`, `run`, `now`, and inside loops their own.",
        "- id: pause\n  when: incident.severity == 'high'\n  wait: {delay: 1m}\n",
        "- id: pause\n  when: case.severity == 'high'\n  wait: {delay: 1m}\n",
    ),
    error(
        "UP015",
        "An unknown input",
        "An input must be declared, so that whoever starts the playbook knows what to give.",
        "format: 1\nid: example\nsteps:\n  - id: look\n    action: edr.lookup_host\n    with: {host: \"{{ inputs.host }}\"}\n    undo: [{id: rest, wait: {delay: 1s}}]\n",
        "format: 1\nid: example\ninputs: {host: {type: string}}\nsteps:\n  - id: look\n    action: edr.lookup_host\n    with: {host: \"{{ inputs.host }}\"}\n    undo: [{id: rest, wait: {delay: 1s}}]\n",
    ),
    error(
        "UP022",
        "A variable that no step sets",
        "A variable is there from the `set` on that defines it.",
        "- id: pause\n  when: vars.level == 'high'\n  wait: {delay: 1m}\n",
        "- id: remember\n  set: {level: \"{{ case.severity }}\"}\n- id: pause\n  when: vars.level == 'high'\n  wait: {delay: 1m}\n",
    ),
    error(
        "UP023",
        "A step of another branch",
        "Branches run at the same time: whether the other one is so far cannot be known.",
        "- id: both\n  parallel:\n    - [{id: look, action: edr.lookup_host, with: {host: pc-1}}]\n    - [{id: pause, when: steps.look.found, wait: {delay: 1m}}]\n",
        "- id: both\n  parallel:\n    - [{id: look, action: edr.lookup_host, with: {host: pc-1}}]\n    - [{id: pause, wait: {delay: 1m}}]\n- id: use\n  when: steps.look.found\n  wait: {delay: 1m}\n",
    ),
    error(
        "UP024",
        "A step inside a loop or `catch`, from outside",
        "Its result ends with each iteration. What is to stay is gathered with `collect` or kept with `set`.",
        "- id: each\n  for_each: \"{{ ['pc-1', 'pc-2'] }}\"\n  do: [{id: look, action: edr.lookup_host, with: {host: \"{{ item }}\"}}]\n- id: use\n  when: steps.look.found\n  wait: {delay: 1m}\n",
        "- id: each\n  for_each: \"{{ ['pc-1', 'pc-2'] }}\"\n  do: [{id: look, action: edr.lookup_host, with: {host: \"{{ item }}\"}}]\n  collect: \"{{ steps.look.found }}\"\n- id: use\n  when: true in steps.each.output\n  wait: {delay: 1m}\n",
    ),
    error(
        "UP030",
        "A field that is not there",
        "The step, action, capability, form or playbook that gives this value has no such field: the run would fail \
         here, or read null for ever.",
        "- id: look\n  action: edr.lookup_host\n  with: {host: pc-1}\n- id: use\n  when: steps.look.output.owmer == 'finance'\n  wait: {delay: 1m}\n",
        "- id: look\n  action: edr.lookup_host\n  with: {host: pc-1}\n- id: use\n  when: steps.look.output.owner == 'finance'\n  wait: {delay: 1m}\n",
    ),
    error(
        "UP031",
        "A value of the wrong type",
        "A text is compared with a number, a list is read as a text, an output is not what it says. The condition \
         would never hold, or the run would fail.",
        "- id: look\n  action: edr.lookup_host\n  with: {host: pc-1}\n- id: use\n  when: steps.look.output.risk > 'high'\n  wait: {delay: 1m}\n",
        "- id: look\n  action: edr.lookup_host\n  with: {host: pc-1}\n- id: use\n  when: steps.look.output.risk > 70\n  wait: {delay: 1m}\n",
    ),
    error(
        "UP032",
        "A secret or restricted value that would be shown",
        "Such a value travels as a handle. It may stand as a whole in the `with` of a connector's action, in `set`, \
         in the inputs of a `call` and in outputs; a restricted one may be shown with `mask`, `fingerprint` and \
         `count`. Anything else would put it into a report, a mail or a log.",
        "format: 1\nid: example\ninputs: {card: {type: restricted}}\nsteps:\n  - id: tell\n    action: case.comment\n    with: {text: \"Card {{ inputs.card }}\"}\n",
        "format: 1\nid: example\ninputs: {card: {type: restricted}}\nsteps:\n  - id: tell\n    action: case.comment\n    with: {text: \"Card {{ inputs.card | mask }}\"}\n",
    ),
    warning(
        "UP046",
        "A variable that nothing reads",
        "What is set and never read is a left-over, or the place that should read it is misspelt.",
        "- id: remember\n  set: {level: high}\n",
        "- id: remember\n  set: {level: high}\n- id: tell\n  action: case.comment\n  with: {text: \"{{ vars.level }}\"}\n",
    ),
    warning(
        "UP047",
        "An input that nothing reads",
        "Whoever starts the playbook is asked for something that makes no difference.",
        "format: 1\nid: example\ninputs: {host: {type: string}}\nsteps: [{id: pause, wait: {delay: 1m}}]\n",
        "format: 1\nid: example\ninputs: {pause: {type: string}}\nsteps: [{id: pause, wait: {delay: \"{{ inputs.pause }}\"}}]\n",
    ),
    warning(
        "UP048",
        "An answer that nothing reads",
        "A look-up, a script or an approval whose result is never looked at costs time and changes nothing. For an \
         `approve` that means: the run goes on although somebody denied.",
        "- id: gate\n  approve: {question: \"Isolate pc-1?\"}\n- id: isolate\n  action: edr.isolate_host\n  with: {host: pc-1}\n",
        "- id: gate\n  approve: {question: \"Isolate pc-1?\"}\n- id: isolate\n  when: steps.gate.output.approved\n  action: edr.isolate_host\n  with: {host: pc-1}\n",
    ),
];
