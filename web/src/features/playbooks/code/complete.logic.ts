// What can be written at a place of a playbook: from the JSON Schema, from what this installation knows, and from
// the playbook itself. It reads lines, not the tree, because the text is unfinished exactly where somebody types.
import type { Vocabulary } from '../../../api/playbooks.types'
import { KINDS } from '../doc/kinds'
import type { PlaybookDoc } from '../doc/model'

export interface Offer {
  label: string
  /** `key`, `value`, `function`, `step`, … */
  type: string
  detail?: string
  info?: string
  /** What is written; the label if nothing is said. */
  apply?: string
}

export interface Offers {
  /** How many letters before the cursor are replaced. */
  length: number
  offers: Offer[]
}

export interface Known {
  schema: Schema | null
  vocabulary: Vocabulary | null
  doc: PlaybookDoc
}

export interface Schema {
  $ref?: string
  $defs?: Record<string, Schema>
  title?: string
  description?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  items?: Schema
  oneOf?: Schema[]
  anyOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  required?: string[]
}

/** How far behind a step's last letter a line that is being begun may be. */
const INDENT_MAX = 40

const BARE = /^\s*(?:- )*(?:when|until|case):\s*(["']?)(.*)$/

/** Where the cursor is: in an expression, behind a key, or where a key is written. */
export type Spot = { kind: 'expression'; before: string } | { kind: 'value'; path: string[]; before: string } | { kind: 'key'; path: string[]; before: string; siblings: string[] }

export function spotAt(text: string, offset: number): Spot {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const line = text.slice(start, offset)
  const hole = line.lastIndexOf('{{')
  if (hole >= 0 && line.indexOf('}}', hole) < 0) return { kind: 'expression', before: line.slice(hole + 2) }
  const bare = BARE.exec(line)
  if (bare && !line.trimEnd().endsWith('{')) return { kind: 'expression', before: bare[2] ?? '' }
  const { path, siblings } = around(text, start, line)
  const value = /^\s*(?:- )*([\w.-]+):\s+(["']?)([^"']*)$/.exec(line)
  if (value) return { kind: 'value', path: [...path, value[1] ?? ''], before: value[3] ?? '' }
  const key = /^\s*(?:- )*([\w.-]*)$/.exec(line)
  return { kind: 'key', path, before: key?.[1] ?? '', siblings }
}

/** The keys that lead to a line by its indentation (`-` for an item of a list), and the keys beside it. */
function around(text: string, start: number, line: string): { path: string[]; siblings: string[] } {
  const lead = /^\s*(?:- )*/.exec(line)?.[0] ?? ''
  let column = lead.length
  const path: string[] = []
  const siblings: string[] = []
  const lines = text.slice(0, start).split('\n').slice(0, -1)
  const dashes = (prefix: string, limit: number) => {
    for (let at = prefix.lastIndexOf('- '); at >= 0; at = prefix.lastIndexOf('- ', at - 1)) {
      if (at < limit) {
        path.unshift('-')
        limit = at
      }
      if (at === 0) break
    }
    return limit
  }
  column = dashes(lead, column)
  const own = lead.length
  let beside = own === column
  for (let index = lines.length - 1; index >= 0 && column >= 0; index -= 1) {
    const above = lines[index] ?? ''
    if (above.trim() === '' || above.trimStart().startsWith('#')) continue
    const found = /^(\s*(?:- )*)([\w.-]+):(\s|$)/.exec(above)
    if (!found) continue
    const prefix = found[1] ?? ''
    const at = prefix.length
    if (at === own && beside) siblings.push(found[2] ?? '')
    const first = prefix.search(/-/)
    const outer = first < 0 ? at : first
    // A list may stand at its key's own column.
    if (at < column || (at === column && path[0] === '-')) {
      path.unshift(found[2] ?? '')
      column = dashes(prefix, at)
      beside = false
    } else if (outer < column) {
      column = dashes(prefix, column)
      if (at === own) beside = false
    }
  }
  siblings.push(...below(text, start, own))
  return { path, siblings }
}

/** Keys of the same map on the lines that follow. */
function below(text: string, start: number, column: number): string[] {
  const found: string[] = []
  for (const line of text.slice(start).split('\n').slice(1)) {
    if (line.trim() === '') continue
    const lead = line.length - line.trimStart().length
    if (lead < column || line.trimStart().startsWith('- ')) break
    const key = /^\s*([\w.-]+):/.exec(line)
    if (lead === column && key) found.push(key[1] ?? '')
  }
  return found
}

export function resolve(schema: Schema | undefined, root: Schema): Schema[] {
  if (!schema) return []
  if (schema.$ref) return resolve(root.$defs?.[schema.$ref.replace('#/$defs/', '')], root)
  const choices = schema.oneOf ?? schema.anyOf
  return choices ? choices.flatMap((each) => resolve(each, root)) : [schema]
}

/** The schemas that a path leads to; `kind` says which sort of step the innermost one is, if that is known. */
export function schemasAt(root: Schema, path: readonly string[]): Schema[] {
  let now = resolve(root, root)
  for (const part of path) {
    now = now.flatMap((schema) => {
      if (part === '-') return resolve(schema.items, root)
      const named = schema.properties?.[part]
      if (named) return resolve(named, root)
      return typeof schema.additionalProperties === 'object' ? resolve(schema.additionalProperties, root) : []
    })
  }
  return now
}

/** What fits at the cursor; null when nothing is known. */
export function offersAt(text: string, offset: number, known: Known): Offers | null {
  const spot = spotAt(text, offset)
  if (spot.kind === 'expression') return inExpression(spot.before, known)
  if (spot.kind === 'value') return atValue(spot.path, spot.before, known)
  return atKey(spot, offset, known)
}

const isStep = (path: readonly string[]) => path.at(-1) === '-' && ['steps', 'do', 'try', 'catch', 'finally', 'undo', '-'].includes(path.at(-2) ?? '')

function atKey(spot: Extract<Spot, { kind: 'key' }>, offset: number, { schema, vocabulary, doc }: Known): Offers | null {
  if (!schema) return null
  const { path, before, siblings } = spot
  if (path.at(-1) === 'with') {
    const inputs = inputsAround(doc, offset, siblings, vocabulary)
    if (inputs) return { length: before.length, offers: inputs }
  }
  const kinds = KINDS.map((kind) => kind.name)
  const kind = siblings.find((each) => kinds.includes(each))
  let found = schemasAt(schema, path)
  if (isStep(path) && kind) found = found.filter((each) => each.title === kind)
  const offers = new Map<string, Offer>()
  for (const each of found) {
    for (const [name, value] of Object.entries(each.properties ?? {})) {
      if (siblings.includes(name) || offers.has(name)) continue
      const mine = isStep(path) && KINDS.find((one) => one.name === name)
      const detail = mine ? mine.summary : (value.description ?? typeWords(value, schema))
      offers.set(name, { label: name, type: mine ? 'keyword' : 'property', detail: detail ?? '', apply: `${name}: ` })
    }
  }
  return offers.size > 0 ? { length: before.length, offers: [...offers.values()] } : null
}

/** The inputs of the action whose `with` the cursor is in. */
function inputsAround(doc: PlaybookDoc, offset: number, siblings: readonly string[], vocabulary: Vocabulary | null): Offer[] | null {
  const step = doc.all.filter((each) => each.from <= offset && offset <= each.to + INDENT_MAX).at(-1)
  const action = vocabulary?.actions.find((each) => each.name === step?.subject)
  if (!action) return null
  return action.inputs.filter((input) => !siblings.includes(input.name)).map((input) => ({ label: input.name, type: 'property', detail: `${input.type}${input.required ? ', required' : ''}`, info: input.summary, apply: `${input.name}: ` }))
}

function typeWords(value: Schema, root: Schema): string {
  const [first] = resolve(value, root)
  return Array.isArray(first?.type) ? first.type.join(' or ') : (first?.type ?? '')
}

function atValue(path: readonly string[], before: string, { schema, vocabulary }: Known): Offers | null {
  const key = path.at(-1) ?? ''
  const listed = vocabulary ? fromVocabulary(key, vocabulary) : []
  const allowed = schema ? schemasAt(schema, path).flatMap((each) => (each.enum ?? (each.const !== undefined ? [each.const] : each.type === 'boolean' ? [true, false] : []))) : []
  const offers = [...listed, ...[...new Set(allowed.map(String))].map((label) => ({ label, type: 'enum' }))]
  return offers.length > 0 ? { length: before.length, offers } : null
}

function fromVocabulary(key: string, vocabulary: Vocabulary): Offer[] {
  switch (key) {
    case 'action':
      return vocabulary.actions.map((each) => ({ label: each.name, type: 'function', detail: each.effect, info: each.summary || each.title }))
    case 'capability':
      return vocabulary.capabilities.map((each) => ({ label: each.name, type: 'interface', detail: each.providers.length > 0 ? each.providers.join(', ') : 'nobody can', info: each.summary }))
    case 'connection':
      return vocabulary.connections.map((each) => ({ label: each.name, type: 'variable', detail: each.connector }))
    case 'playbook':
      return vocabulary.playbooks.map((each) => ({ label: each.id, type: 'class', detail: each.title }))
    case 'bot':
      return vocabulary.bots.map((label) => ({ label, type: 'class' }))
    case 'phase':
      return ['preparation', 'detection_analysis', 'containment', 'eradication', 'recovery', 'post_incident_activity'].map((label) => ({ label, type: 'enum' }))
    default:
      return []
  }
}

const STEP_FIELDS: Offer[] = [
  { label: 'output', type: 'property', detail: 'what the step gave' },
  { label: 'error', type: 'property', detail: '{code, message, hint}, or null' },
  { label: 'status', type: 'property', detail: 'succeeded, failed, skipped' },
]

function inExpression(before: string, { vocabulary, doc }: Known): Offers {
  const steps = /(?:^|[^\w.])steps\??\.(\w*)$/.exec(before)
  if (steps) return { length: steps[1]?.length ?? 0, offers: doc.all.filter((step) => step.id).map((step) => ({ label: step.id, type: 'variable', detail: step.title || step.kind })) }
  const field = /(?:^|[^\w.])steps\??\.\w+\??\.(\w*)$/.exec(before)
  if (field) return { length: field[1]?.length ?? 0, offers: STEP_FIELDS }
  const inputs = /(?:^|[^\w.])inputs\??\.(\w*)$/.exec(before)
  if (inputs) return { length: inputs[1]?.length ?? 0, offers: doc.inputs.map((label) => ({ label, type: 'variable' })) }
  const functions = (vocabulary?.functions ?? []).map((each) => ({ label: each.name, type: 'function', detail: each.signature, info: `${each.summary}\n${each.example}` }))
  const filter = /\|\s*(\w*)$/.exec(before)
  if (filter) return { length: filter[1]?.length ?? 0, offers: functions }
  if (/\.\w*$/.test(before)) return { length: 0, offers: [] }
  const word = /\w*$/.exec(before)?.[0] ?? ''
  return { length: word.length, offers: [...(vocabulary?.roots ?? []).map((label) => ({ label, type: 'namespace' })), ...functions] }
}

/** What is said about the word at a place: a field, a kind, an action, a function. */
export function aboutWord(text: string, offset: number, known: Known): { from: number; to: number; title: string; text: string } | null {
  const before = /[\w.]*$/.exec(text.slice(0, offset))?.[0] ?? ''
  const after = /^[\w.]*/.exec(text.slice(offset))?.[0] ?? ''
  const word = (before + after).replace(/\.$/, '')
  if (!word) return null
  const from = offset - before.length
  const said = (title: string, about: string | undefined) => (about ? { from, to: from + word.length, title, text: about } : null)
  const { vocabulary, schema } = known
  const action = vocabulary?.actions.find((each) => each.name === word)
  if (action) return said(word, [action.title || action.summary, `Effect: ${action.effect}`, ...action.inputs.map((input) => `${input.name}${input.required ? ' (required)' : ''}: ${input.summary}`)].join('\n'))
  const capability = vocabulary?.capabilities.find((each) => each.name === word)
  if (capability) return said(word, `${capability.summary}\n${capability.providers.length > 0 ? `Asks ${capability.providers.join(', ')}` : 'No connection can do this yet.'}`)
  const lineStart = text.lastIndexOf('\n', from - 1) + 1
  const isKey = /^\s*(?:- )*$/.test(text.slice(lineStart, from)) && text[from + word.length] === ':'
  if (isKey && schema) {
    const { path } = around(text, lineStart, text.slice(lineStart, from))
    const kind = KINDS.find((each) => each.name === word)
    const field = schemasAt(schema, path).map((each) => each.properties?.[word]).find((each) => each !== undefined)
    return said(word, (isStep(path) && kind ? kind.summary : field && (resolve(field, schema)[0]?.description ?? field.description)) || undefined)
  }
  const last = word.split('.').at(-1) ?? word
  const builtin = vocabulary?.functions.find((each) => each.name === last)
  if (builtin) return said(builtin.signature, `${builtin.summary}\n${builtin.example}`)
  const step = /(?:^|\.)steps\.(\w+)/.exec(word)?.[1]
  const found = step ? known.doc.all.find((each) => each.id === step) : undefined
  return found ? said(`Step ${found.id}`, [found.title, found.why].filter(Boolean).join('\n') || found.kind) : null
}
