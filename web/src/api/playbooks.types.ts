// The shapes of the playbooks' part of the API: the generated ones, read as the server sends them.
import type { components } from './generated/schema'

type Schemas = components['schemas']

/** The server leaves nothing out: what may be missing comes as null. */
type Sent<T> = T extends readonly (infer Item)[] ? Sent<Item>[] : T extends object ? { [Key in keyof T]-?: Sent<Exclude<T[Key], undefined>> } : T

/** With some fields known better than the document says. */
type Known<T, Better> = Omit<Sent<T>, keyof Better> & Better

export type Health = Sent<Schemas['Health']>

export type PlaybookLine = Known<Schemas['PlaybookView'], { origin: 'shipped' | 'own' | 'git'; draft: { author: string; at: string; sound: boolean } | null; inputs: InputSpec[]; given: Record<string, unknown> }>

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

export type PlaybookDetail = PlaybookLine & Checked & { text: string; test_files: Record<string, string>; source: string; digest: string }

export interface Saved extends Checked {
  digest: string
  revision: number
}

export type TestLine = Known<Schemas['TestLine'], { faults: Finding[] }>

export type Coverage = Sent<Schemas['CoverageView']>

export type Tested = Known<Schemas['TestReport'], { tests: TestLine[] }>

export type VersionLine = Pick<Sent<Schemas['VersionView']>, 'number' | 'message' | 'author' | 'at' | 'digest'>

export type ActivationLine = Pick<Sent<Schemas['ActivationView']>, 'at' | 'by' | 'number' | 'message' | 'rollback'>

export interface DiffLine {
  op: string
  text: string
}

export type Difference = Sent<Schemas['DiffView']>

export type Policy = Known<Schemas['Policy'], { ad_hoc: string[] }>

export type Repository = Omit<RepositoryView, 'last'>

export type RepositoryView = Sent<Schemas['RepositoryView']>

export type Pull = Sent<Schemas['PullView']>

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
