// The steps of a playbook as they stand in its text: what the graph draws and what the edits refer to.
//
// It is tolerant: a step that is not finished yet is drawn as far as it can be read. Whether the playbook is
// sound is said by the server.
import { type YAMLMap, isMap, isScalar, isSeq } from 'yaml'
import type { GraphStep } from '../../../ui/graph'
import { KINDS } from './kinds'
import { type Path, type Read, endOf, lineEnd, nodeAt, pairOf, pointerOf, readYaml, startOf, textAt } from './yaml'

export interface DocStep extends GraphStep {
  /** Where its text begins and ends. */
  from: number
  to: number
  /** Lines, from 1. */
  line: number
  lastLine: number
  path: Path
  children: DocBranch[]
}

export interface DocBranch {
  label: string
  pointer: string
  steps: DocStep[]
}

export interface PlaybookDoc {
  read: Read
  id: string
  title: string
  steps: DocStep[]
  /** All of them, in the order in which they are written. */
  all: DocStep[]
  inputs: string[]
  /** What keeps the text from being read, with its line. */
  broken: { message: string; line: number } | null
}

const DEPTH_MAX = 64

export function readPlaybook(text: string): PlaybookDoc {
  const read = readYaml(text)
  const root = isMap(read.document.contents) ? read.document.contents : null
  const error = read.document.errors[0]
  const all: DocStep[] = []
  const steps = root ? blockSteps(read, pairOf(root as YAMLMap, 'steps')?.value, ['steps'], all, 0) : []
  const inputs = root ? pairOf(root as YAMLMap, 'inputs')?.value : null
  return {
    read,
    id: root ? textAt(root as YAMLMap, 'id') : '',
    title: root ? textAt(root as YAMLMap, 'title') : '',
    steps,
    all,
    inputs: isMap(inputs) ? inputs.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : '')) : [],
    broken: error ? { message: error.message.split('\n')[0]?.replace(/ at line .*$/, '') ?? '', line: error.linePos?.[0].line ?? 1 } : null,
  }
}

function blockSteps(read: Read, node: unknown, path: Path, all: DocStep[], depth: number): DocStep[] {
  if (!isSeq(node) || depth > DEPTH_MAX) return []
  return node.items.flatMap((item, index) => (isMap(item) ? [stepOf(read, item as YAMLMap, [...path, index], all, depth)] : []))
}

function stepOf(read: Read, map: YAMLMap, path: Path, all: DocStep[], depth: number): DocStep {
  const kind = KINDS.find((each) => pairOf(map, each.name))?.name ?? ''
  const from = startOf(map)
  const to = endOf(read.text, map)
  const step: DocStep = {
    id: textAt(map, 'id'),
    pointer: pointerOf(path),
    title: textAt(map, 'title'),
    kind,
    subject: subjectOf(map, kind),
    why: textAt(map, 'why'),
    conditional: pairOf(map, 'when') !== null,
    from,
    to,
    line: read.lines.linePos(from).line,
    lastLine: read.lines.linePos(Math.max(from, to - 1)).line,
    path,
    children: [],
  }
  all.push(step)
  step.children = branchesOf(map, kind, path).map(({ label, path: inside, node }) => ({ label, pointer: pointerOf(inside), steps: blockSteps(read, node, inside, all, depth + 1) }))
  return step
}

function subjectOf(map: YAMLMap, kind: string): string {
  if (['action', 'capability', 'call', 'bot', 'emit'].includes(kind)) {
    const value = pairOf(map, kind)?.value
    if (isScalar(value)) return String(value.value ?? '')
    if (isMap(value)) return textAt(value as YAMLMap, kind === 'call' ? 'playbook' : 'event')
  }
  if (kind === 'wait') {
    const value = pairOf(map, kind)?.value
    const pair = isMap(value) ? value.items[0] : undefined
    if (pair) return `${String((pair.key as { value?: unknown })?.value)} ${isScalar(pair.value) ? String(pair.value.value) : ''}`
  }
  return ''
}

interface Inside {
  label: string
  path: Path
  node: unknown
}

/** The blocks inside a step, in the order and with the names that the engine gives them. */
function branchesOf(map: YAMLMap, kind: string, path: Path): Inside[] {
  const value = kind ? pairOf(map, kind)?.value : null
  const found: Inside[] = []
  const field = (label: string, key: string) => {
    const pair = pairOf(map, key)
    if (pair) found.push({ label, path: [...path, key], node: pair.value })
  }
  if (kind === 'for_each') found.push({ label: 'do', path: [...path, 'do'], node: pairOf(map, 'do')?.value })
  if (kind === 'loop') found.push({ label: 'do', path: [...path, 'loop', 'do'], node: isMap(value) ? pairOf(value as YAMLMap, 'do')?.value : null })
  if (kind === 'try') ['try', 'catch', 'finally'].forEach((key) => field(key, key))
  if (kind === 'parallel') found.push(...parallelOf(value, [...path, 'parallel']))
  if (kind === 'switch' && isSeq(value)) {
    value.items.forEach((item, index) => {
      if (!isMap(item)) return
      const label = pairOf(item as YAMLMap, 'else') ? 'else' : textAt(item as YAMLMap, 'when')
      found.push({ label, path: [...path, 'switch', index, 'do'], node: pairOf(item as YAMLMap, 'do')?.value })
    })
  }
  const handler = pairOf(map, 'on_error')?.value
  if (isMap(handler)) found.push({ label: 'on_error', path: [...path, 'on_error', 'do'], node: pairOf(handler as YAMLMap, 'do')?.value })
  field('undo', 'undo')
  return found
}

function parallelOf(value: unknown, path: Path): Inside[] {
  if (isSeq(value)) return value.items.map((node, index) => ({ label: `branch ${index + 1}`, path: [...path, index], node }))
  const branches = isMap(value) ? pairOf(value as YAMLMap, 'branches')?.value : null
  if (isSeq(branches)) return parallelOf(branches, [...path, 'branches'])
  if (!isMap(branches)) return []
  return branches.items.map((pair) => {
    const name = isScalar(pair.key) ? String(pair.key.value) : ''
    return { label: name, path: [...path, 'branches', name], node: pair.value }
  })
}

/** The innermost step whose lines hold the offset. */
export function stepAt(doc: PlaybookDoc, offset: number): DocStep | null {
  const { text } = doc.read
  let found: DocStep | null = null
  for (const step of doc.all) {
    // From the dash on, and to the end of the last line.
    if (step.from - 2 <= offset && offset <= lineEnd(text, step.to)) found = step
  }
  return found
}

export function stepOfPointer(doc: PlaybookDoc, pointer: string | null | undefined): DocStep | null {
  return doc.all.find((step) => step.pointer === pointer) ?? null
}

export function stepOfId(doc: PlaybookDoc, id: string | null | undefined): DocStep | null {
  return doc.all.find((step) => step.id === id) ?? null
}

/** Steps that are over before this one begins, and so can be referred to. */
export function stepsBefore(doc: PlaybookDoc, step: DocStep): DocStep[] {
  return doc.all.filter((each) => each.from < step.from && !step.pointer.startsWith(`${each.pointer}/`) && each.id !== '')
}

/** An id that no step has: `ticket`, `ticket_2`, … */
export function freeId(doc: PlaybookDoc, wanted: string, taken: ReadonlySet<string> = new Set()): string {
  const base = wanted.toLowerCase().replace(/[^a-z0-9_]+/g, '_').replace(/^[^a-z]+/, '').slice(0, 56) || 'step'
  const used = new Set([...doc.all.map((step) => step.id), ...taken])
  if (!used.has(base)) return base
  const stem = base.replace(/_\d+$/, '')
  for (let n = 2; ; n += 1) if (!used.has(`${stem}_${n}`)) return `${stem}_${n}`
}

/** The map of a step. */
export function mapOf(read: Read, step: DocStep): YAMLMap | null {
  const node = nodeAt(read, step.path)
  return isMap(node) ? (node as YAMLMap) : null
}
