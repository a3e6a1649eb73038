// The shapes of the playbooks' part of the API.

export interface Health {
  runs: number
  succeeded: number
  failed: number
  cancelled: number
  /** Of those that ended, 0 to 1. */
  failure_rate: number
  median_ms: number | null
  /** Of those that ended well, how many needed no person, 0 to 1. */
  automation: number | null
  last_at: string | null
  last_run: string | null
}

export interface PlaybookLine {
  id: string
  title: string
  description: string
  origin: 'shipped' | 'own' | 'git'
  case_types: string[]
  tags: string[]
  /** Empty when no run can start. */
  version: string
  live: number | null
  newest: number
  revision: number
  draft: { author: string; at: string; sound: boolean } | null
  archived: boolean
  shipped: boolean
  git_file: string | null
  inputs: InputSpec[]
  given: Record<string, unknown>
  triggers: { kind: string; text: string }[]
  health: Health | null
  tests: { count: number; passed: number; coverage: number; at: string } | null
  backtest: { id: string; at: string; days: number; verdict: string } | null
}

export interface InputSpec {
  name: string
  type?: string
  kind?: string
  required?: boolean
  default?: unknown
  options?: unknown[]
  summary?: string
}

export interface Finding {
  code: string
  level: 'error' | 'warning'
  message: string
  hint: string
  file: string
  line: number
  column: number
  end_line?: number | null
  end_column?: number | null
}

export interface Checked {
  diagnostics: Finding[]
}

export interface PlaybookDetail extends PlaybookLine, Checked {
  text: string
  test_files: Record<string, string>
  source: 'draft' | 'live' | 'newest' | 'shipped'
  digest: string
}

export interface Saved extends Checked {
  digest: string
  revision: number
}

export interface TestLine {
  file: string
  title: string
  passed: boolean
  state: string
  steps: number
  faults: Finding[]
}

export interface Coverage {
  percent: number
  taken: number
  total: number
  missing: { step: string; label: string; line: number; column: number }[]
  destructive: { step: string; action: string; effect: string; reached: boolean; approved: boolean; denied: boolean }[]
}

export interface Tested {
  passed: boolean
  tests: TestLine[]
  coverage: Coverage
}

export interface VersionLine {
  number: number
  message: string
  author: string
  at: string
  digest: string
}

export interface ActivationLine {
  at: string
  by: string
  number: number | null
  message: string
  rollback: boolean
}

export interface DiffLine {
  op: string
  text: string
}

export interface Difference {
  from: string
  to: string
  unified: string
  hunks: { old_start: number; new_start: number; lines: DiffLine[] }[]
  steps: { id: string; change: string; from: string; to: string; fields: { path: string; before: unknown; after: unknown }[] }[] | null
  tests: { name: string; unified: string }[]
}

export interface Policy {
  tests: boolean
  coverage_min: number
  destructive: boolean
  second_person: boolean
  backtest_days: number | null
  ad_hoc: string[]
}

export interface Repository {
  folder: string
  branch: string
  path: string
  signed: boolean
  signers: string
  every_minutes: number
}

export interface RepositoryView extends Repository {
  last: Pull | null
}

export interface Pull {
  at: string | null
  by: string
  commit: string
  signed: boolean
  changed: { id: string; number: number; file: string }[]
  refused: { id: string; file: string; reasons: string[] }[]
  removed: string[]
  unchanged: number
  error: string
}

export interface Vocabulary {
  capabilities: { name: string; summary: string; inputs: unknown; providers: string[] }[]
  actions: { name: string; title: string; summary: string; effect: string; inputs: { name: string; type: string; required: boolean; summary: string; enum?: unknown[] | null }[] }[]
  functions: { name: string; signature: string; summary: string; example: string }[]
  roots: string[]
  playbooks: { id: string; title: string; inputs: InputSpec[] }[]
  bots: string[]
  connections: { name: string; connector: string }[]
}

export interface TriggerView {
  kind: string
  text: string
  condition: string | null
  enabled: boolean
  next_at: string | null
  last_at: string | null
}

/** A value that a condition read. */
export interface ReadValue {
  path: string
  value: string
}

export interface Decision {
  at: string
  playbook: string
  kind: string
  trigger: string
  alert: string | null
  case: string | null
  started: boolean
  run: string | null
  outcome: string
  reason: string
  read: ReadValue[]
  /** How many more of the same came. */
  more: number
}

export interface Why {
  /** What keeps the playbook from starting at all; empty if nothing does. */
  obstacle: string
  decisions: Decision[]
  now: { kind: string; trigger: string; starts: boolean; reason: string; read: ReadValue[] }[]
}

export interface Backtest {
  id: string
  source: string
  days: number
  limit: number
  by: string
  created_at: string
  ended_at: string | null
  state: 'queued' | 'running' | 'done' | 'cancelled' | 'failed'
  error: string
  looked_at: number
  matched: number
  /** There were more runs than the limit. */
  more: boolean
  result: Tally | null
}

export interface Tally {
  played: number
  unknown: number
  unreadable: number
  table: {
    closed: number
    closed_as: Record<string, number>
    escalated: number
    contained: string[]
    contain_runs: number
    asked: number
    asked_whom: Record<string, number>
    waiting: number
    tickets: number
    failed: number
  }
  same: number
  different: number
  differs: { run: string; case: string; case_number: number; what: string; then: unknown; now: unknown }[]
  differs_left_out: number
  unknowns: { wanted: string; connection: string; step: string; runs: number; example: { run?: string; case?: string; case_number?: number } }[]
}
