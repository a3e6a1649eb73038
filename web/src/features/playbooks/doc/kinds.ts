// The kinds of steps: what each is for, what a new one looks like, and which settings its form shows.

export interface Setting {
  /** Keys from the step down to the value. */
  path: string[]
  label: string
  /** How it is edited: one line, several, an expression, a list of words, or YAML for what is nested. */
  input: 'line' | 'text' | 'condition' | 'template' | 'duration' | 'number' | 'yes' | 'choice' | 'yaml' | 'inputs'
  options?: string[]
  hint?: string
  required?: boolean
}

export interface Kind {
  name: string
  title: string
  summary: string
  /** Lines of a new one after its id; `[]` is an empty block to be filled. */
  template: string[]
  settings: Setting[]
}

const on_error: Setting = { path: ['on_error'], label: 'On error', input: 'yaml', hint: 'fail, continue, or {do: [steps]}' }
const timeout: Setting = { path: ['timeout'], label: 'Timeout', input: 'duration', hint: '500ms, 30s, 15m, 1h, 7d' }
const request: Setting[] = [
  { path: ['with'], label: 'Input', input: 'inputs' },
  { path: ['connection'], label: 'Connection', input: 'template', hint: 'Whichever fits, if you say nothing' },
  { path: ['key'], label: 'Key', input: 'template', hint: 'The same key never acts twice' },
  { path: ['retry'], label: 'Repeat', input: 'yaml', hint: '{max: 3, delay: 2s, factor: 2}' },
  timeout,
]
const people = (kind: string): Setting[] => [
  { path: [kind, 'form'], label: 'Form', input: 'yaml', hint: '[{name: known, type: boolean, required: true}]' },
  { path: [kind, 'reminder'], label: 'Reminder', input: 'yaml', hint: '4h, or [1h, 4h]' },
  timeout,
]

/** What every step has. */
export const COMMON: Setting[] = [
  { path: ['title'], label: 'Title', input: 'line', hint: 'What people see' },
  { path: ['why'], label: 'Why', input: 'text', hint: 'Why it is done' },
  { path: ['when'], label: 'Only when', input: 'condition', hint: 'A bare expression, without braces' },
  { path: ['phase'], label: 'Phase', input: 'choice', options: ['preparation', 'detection_analysis', 'containment', 'eradication', 'recovery', 'post_incident_activity'] },
  { path: ['technique'], label: 'Technique', input: 'line', hint: 'MITRE ATT&CK, T1566.001' },
]

const kind = (name: string, title: string, summary: string, template: string[], settings: Setting[]): Kind => ({ name, title, summary, template, settings: [...settings, on_error] })

export const KINDS: Kind[] = [
  kind('action', 'Action', 'One action of one connection, or of Updraft itself', ['action: case.comment', 'with:', '  text: ""'], [{ path: ['action'], label: 'Action', input: 'template', required: true }, ...request]),
  kind('capability', 'Capability', 'Ask every connection that can', ['capability: reputation.ip', 'with: {}'], [{ path: ['capability'], label: 'Capability', input: 'template', required: true }, { path: ['fan_out'], label: 'Ask', input: 'yaml', hint: 'all, one, first or {quorum: 2}' }, ...request]),
  kind('switch', 'Switch', 'The first case whose condition holds', ['switch:', '  - when: "true"', '    do: []', '  - else: true', '    do: []'], [timeout]),
  kind('for_each', 'For each', 'The same steps for each item of a list', ['for_each: "{{ case.observables }}"', 'do: []'], [
    { path: ['for_each'], label: 'List', input: 'template', required: true },
    { path: ['as'], label: 'Item is called', input: 'line', hint: 'item, if you say nothing' },
    { path: ['concurrency'], label: 'At once', input: 'number' },
    { path: ['collect'], label: 'Each gives', input: 'template' },
    { path: ['on_item_error'], label: 'When one fails', input: 'choice', options: ['fail', 'collect'] },
    timeout,
  ]),
  kind('parallel', 'Parallel', 'Branches at the same time', ['parallel:', '  - []', '  - []'], [timeout]),
  kind('loop', 'Loop', 'Again until a condition holds, but not for ever', ['loop:', '  max: 10', '  until: "true"', '  do: []'], [
    { path: ['loop', 'until'], label: 'Until', input: 'condition', required: true },
    { path: ['loop', 'max'], label: 'Rounds at most', input: 'number', required: true },
    { path: ['loop', 'delay'], label: 'Pause', input: 'duration' },
    { path: ['loop', 'on_exhausted'], label: 'When it never holds', input: 'choice', options: ['fail', 'continue'] },
    timeout,
  ]),
  kind('try', 'Try', 'Steps, and what follows when they fail', ['try: []', 'catch: []'], [timeout]),
  kind('approve', 'Approve', 'Nothing goes on until people approve', ['approve:', '  question: "May we go on?"', '  default: deny', 'timeout: 4h'], [
    { path: ['approve', 'question'], label: 'Question', input: 'template', required: true },
    { path: ['approve', 'roles'], label: 'Roles', input: 'yaml', hint: '[lead]' },
    { path: ['approve', 'needs'], label: 'People needed', input: 'number' },
    { path: ['approve', 'default'], label: 'At the deadline', input: 'choice', options: ['deny', 'approve'] },
    ...people('approve').slice(1),
  ]),
  kind('manual', 'Manual task', 'A task for a person', ['manual:', '  how: ""'], [
    { path: ['manual', 'how'], label: 'How', input: 'text' },
    { path: ['manual', 'expect'], label: 'Expected', input: 'text' },
    { path: ['manual', 'assignee'], label: 'For', input: 'template', hint: 'A role or a person' },
    { path: ['manual', 'mandatory'], label: 'Skipped only with a reason', input: 'yes' },
    ...people('manual'),
    { path: ['manual', 'default'], label: 'At the deadline', input: 'yaml' },
  ]),
  kind('ask', 'Ask', 'A question to somebody, most often outside the team', ['ask:', '  to: "{{ case.reporter }}"', '  subject: ""', '  message: ""', '  break_out: true', 'timeout: 1d'], [
    { path: ['ask', 'to'], label: 'To', input: 'yaml', required: true },
    { path: ['ask', 'subject'], label: 'Subject', input: 'template', required: true },
    { path: ['ask', 'message'], label: 'Message', input: 'text', required: true },
    { path: ['ask', 'break_out'], label: 'Can be broken out of', input: 'yes' },
    ...people('ask'),
    { path: ['ask', 'default'], label: 'At the deadline', input: 'yaml' },
  ]),
  kind('wait', 'Wait', 'A pause, a moment, or something that happens', ['wait: {delay: 10m}'], [{ path: ['wait'], label: 'Wait for', input: 'yaml', required: true, hint: '{delay: 10m}, {until: …}, {signal: name} or {case: condition}' }, timeout]),
  kind('set', 'Set', 'Variables, seen as vars.… from the next step on', ['set: {name: "value"}'], [{ path: ['set'], label: 'Variables', input: 'yaml', required: true }]),
  kind('call', 'Call a playbook', 'Another playbook as one step', ['call: {playbook: enrichment-only}'], [
    { path: ['call', 'playbook'], label: 'Playbook', input: 'line', required: true },
    { path: ['call', 'inputs'], label: 'Inputs', input: 'yaml' },
    timeout,
  ]),
  kind('bot', 'Bot', 'A script of your own', ['bot: risk-score', 'with: {}'], [{ path: ['bot'], label: 'Bot', input: 'line', required: true }, ...request.filter((each) => each.path[0] !== 'connection')]),
  kind('emit', 'Emit', 'Tell the other runs of the case', ['emit: {event: contained}'], [
    { path: ['emit', 'event'], label: 'Event', input: 'template', required: true },
    { path: ['emit', 'payload'], label: 'Payload', input: 'yaml' },
  ]),
  kind('rollback', 'Roll back', 'Take back what earlier steps did', ['rollback: all'], [{ path: ['rollback'], label: 'What', input: 'yaml', required: true, hint: 'all, or {of: [isolate]}' }, timeout]),
  kind('finish', 'Finish', 'The playbook ends here', ['finish: {outcome: succeeded, message: ""}'], [
    { path: ['finish', 'outcome'], label: 'Outcome', input: 'choice', options: ['succeeded', 'failed'] },
    { path: ['finish', 'message'], label: 'Message', input: 'template' },
    { path: ['finish', 'output'], label: 'Output', input: 'yaml' },
  ]),
  kind('fail', 'Fail', 'The step fails, for on_error and catch to see', ['fail: "what went wrong"'], [{ path: ['fail'], label: 'Message', input: 'yaml', required: true }]),
  kind('stop', 'Stop', 'The whole run is over, and well', ['stop: "nothing more to do"'], [{ path: ['stop'], label: 'Why', input: 'template', required: true }]),
]

export const kindOf = (name: string): Kind | undefined => KINDS.find((each) => each.name === name)
