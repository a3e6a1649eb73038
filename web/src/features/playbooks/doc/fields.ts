// One setting of a step: read from the text, written into it.
import { Document, type Node, Scalar, type YAMLMap, isMap, isScalar, isSeq } from 'yaml'
import { Refused, dedented } from './blocks'
import { type Path, applied, colonOf, columnOf, endOf, isFlow, keyOf, lineEnd, lineStart, nodeAt, pairEnd, pairOf, readYaml, startOf } from './yaml'

/** In which order the fields of a step are written; what is not here comes after `when`. */
const ORDER = ['id', 'title', 'why', 'phase', 'technique', 'when']
const LAST = ['key', 'timeout', 'retry', 'on_error', 'undo']

/** A value to be written: a scalar, or YAML as somebody typed it. */
export type Value = { scalar: string | number | boolean } | { yaml: string }

/** What is written there: the text of a scalar, the YAML of anything else; null when there is nothing. */
export function fieldOf(text: string, path: Path): { text: string; scalar: boolean } | null {
  const node = nodeAt(readYaml(text), path)
  if (!node || (isScalar(node) && node.value === null)) return null
  if (isScalar(node)) return { text: String(node.value), scalar: true }
  const start = startOf(node)
  return { text: dedented(text.slice(start, endOf(text, node)), columnOf(text, start)).join('\n'), scalar: false }
}

const spaces = (n: number) => ' '.repeat(Math.max(0, n))

/** A scalar as YAML on one line, or as lines that begin with `|`. */
export function scalarText(value: string | number | boolean, flow: boolean, like?: Scalar.Type | null): string[] {
  if (typeof value === 'string' && value.includes('\n') && !flow && !/^\s|[ \t]\n|\t/.test(value)) {
    const ends = value.endsWith('\n') ? '|' : '|-'
    return [ends, ...value.replace(/\n$/, '').split('\n')]
  }
  if (typeof value === 'string' && value.includes('\n')) return [JSON.stringify(value)]
  // White space at an end is kept by quotes only, and there is more of it than YAML knows.
  if (typeof value === 'string' && value !== value.trim()) return [JSON.stringify(value)]
  const scalar = new Scalar(value)
  if (like === 'QUOTE_SINGLE' || like === 'QUOTE_DOUBLE') scalar.type = like
  const document = new Document([scalar])
  const list = document.contents as unknown as { flow?: boolean }
  list.flow = flow
  const written = document.toString({ lineWidth: 0, flowCollectionPadding: false }).trim()
  const inner = flow ? written.slice(1, -1) : written.slice(2)
  // Long flow scalars could be written over several lines; JSON never is.
  return [inner.includes('\n') ? JSON.stringify(value) : inner.trim()]
}

/** The YAML that somebody typed, checked. */
function typed(yaml: string): string[] {
  const source = yaml.replace(/\s+$/, '')
  const { document } = readYaml(source)
  const error = document.errors[0]
  if (error) throw new Refused(`This is no YAML: ${error.message.split('\n')[0]}`)
  return source.split('\n')
}

interface Written {
  /** Follows the colon. */
  inline: string
  /** Stand below it, further in. */
  lines: string[]
}

function written(value: Value, flow: boolean, like?: Scalar.Type | null): Written {
  if ('scalar' in value) {
    const [first = '', ...lines] = scalarText(value.scalar, flow, like)
    return { inline: first, lines }
  }
  const lines = typed(value.yaml)
  const { contents } = readYaml(lines.join('\n')).document
  const nested = (isMap(contents) || isSeq(contents)) && !isFlow(contents as Node)
  if (!flow) return nested || lines.length > 1 ? { inline: '', lines } : { inline: lines[0] ?? '', lines: [] }
  const json = readYaml(lines.join('\n')).document.toJS() as unknown
  return { inline: nested || lines.length > 1 ? JSON.stringify(json) : (lines[0] ?? ''), lines: [] }
}

function render(value: Written, column: number): string {
  const below = value.lines.map((line) => (line === '' ? '\n' : `\n${spaces(column)}${line}`)).join('')
  return (value.inline ? ` ${value.inline}` : '') + below
}

/** Writes a setting; without a value it is taken away. `step` is the path of the step, `keys` lead on from there. */
export function setField(text: string, step: Path, keys: readonly string[], value: Value | null): string {
  const read = readYaml(text)
  let depth = 0
  let map = nodeAt(read, step)
  while (depth < keys.length - 1 && isMap(map)) {
    const next = pairOf(map, keys[depth] ?? '')?.value
    if (!isMap(next)) break
    map = next as YAMLMap
    depth += 1
  }
  if (!isMap(map)) throw new Refused('The step cannot be read. Edit its text.')
  const key = keys[depth] ?? ''
  const rest = keys.slice(depth + 1)
  const pair = pairOf(map, key)
  if (value === null) {
    if (rest.length > 0 || !pair) return text
    if (map.items.length === 1 && keys.length > 1) return setField(text, step, keys.slice(0, -1), { yaml: '{}' })
    return without(text, map, key)
  }
  const flow = isFlow(map)
  const old = pair?.value
  const like = isScalar(old) ? (old.type as Scalar.Type | undefined) : null
  const nested: Written = rest.length === 0 ? written(value, flow, like) : within(rest, written(value, flow), flow)
  if (!pair) return added(text, map, key, nested, step.length > 0 && depth === 0)
  const colon = colonOf(pair)
  if (colon === null) throw new Refused('This place cannot be edited here. Edit the text.')
  const column = columnOf(text, startOf(pair.key))
  const to = Math.max(colon + 1, pairEnd(text, pair))
  const end = nested.lines.length > 0 ? withComment(text, to) : { to, comment: '' }
  // A comment behind what was there stays behind the colon.
  const body = end.comment ? ` ${nested.inline}`.trimEnd() + ` ${end.comment}`.trimEnd() + render({ inline: '', lines: nested.lines }, column + 2) : render(nested, column + 2)
  return applied(text, [{ from: colon + 1, to: end.to, insert: body }])
}

function withComment(text: string, to: number): { to: number; comment: string } {
  const rest = text.slice(to, lineEnd(text, to))
  return rest.trimStart().startsWith('#') ? { to: lineEnd(text, to), comment: rest.trim() } : { to, comment: '' }
}

/** A value some keys further in, as one flow map or as lines. */
function within(keys: readonly string[], value: Written, flow: boolean): Written {
  const [key = '', ...rest] = keys
  const inner = rest.length > 0 ? within(rest, value, flow) : value
  if (flow) return { inline: `{${key}: ${inner.inline}}`, lines: [] }
  return { inline: '', lines: [`${key}:${inner.inline ? ` ${inner.inline}` : ''}`, ...inner.lines.map((line) => (line === '' ? '' : `  ${line}`))] }
}

function added(text: string, map: YAMLMap, key: string, value: Written, isStep: boolean): string {
  const name = /^[A-Za-z_][\w.-]*$/.test(key) ? key : JSON.stringify(key)
  if (isFlow(map)) {
    const last = map.items.at(-1)
    const at = last ? pairEnd(text, last as never) : startOf(map) + 1
    const flat = value.lines.length === 0 ? value.inline : JSON.stringify(readYaml(value.lines.join('\n')).document.toJS())
    return applied(text, [{ from: at, to: at, insert: `${last ? ', ' : ''}${name}: ${flat}` }])
  }
  const before = isStep ? predecessor(map, key) : map.items.at(-1)
  const first = map.items[0]
  if (!before || !first) throw new Refused('This place cannot be edited here. Edit the text.')
  const column = columnOf(text, startOf(first.key as Node))
  const end = lineEnd(text, pairEnd(text, before as never))
  return applied(text, [{ from: end, to: end, insert: `\n${spaces(column)}${name}:${render(value, column + 2)}` }])
}

/** The field behind which a new one is written. */
function predecessor(map: YAMLMap, key: string) {
  const rank = (name: string) => {
    const early = ORDER.indexOf(name)
    if (early >= 0) return early
    const late = LAST.indexOf(name)
    return late >= 0 ? 100 + late : 50
  }
  const mine = rank(key)
  return map.items.filter((pair) => rank(keyOf(pair)) <= mine).at(-1) ?? map.items[0]
}

function without(text: string, map: YAMLMap, key: string): string {
  const index = map.items.findIndex((pair) => keyOf(pair) === key)
  const pair = map.items[index]
  if (!pair) return text
  const start = startOf(pair.key as Node)
  const next = map.items[index + 1]
  const end = pairEnd(text, pair as never)
  if (isFlow(map)) {
    if (next) return applied(text, [{ from: start, to: startOf(next.key as Node), insert: '' }])
    const before = map.items[index - 1]
    return applied(text, [{ from: before ? pairEnd(text, before as never) : start, to: end, insert: '' }])
  }
  const line = lineStart(text, start)
  const ownLine = text.slice(line, start).trim() === ''
  if (ownLine) return applied(text, [{ from: line, to: Math.min(text.length, lineEnd(text, end) + 1), insert: '' }])
  if (!next) throw new Refused('The last field of a step stays.')
  return applied(text, [{ from: start, to: startOf(next.key as Node), insert: '' }])
}
