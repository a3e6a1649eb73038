// Items of a list in a YAML text: put in, take out, lift from flow style into lines. Nothing else is touched.
import { type Node, type YAMLMap, type YAMLSeq, isMap, isScalar, isSeq } from 'yaml'
import { type Path, type TextChange, applied, colonOf, columnOf, commentsIn, dashOf, endOf, isFlow, lineEnd, lineStart, nodeAt, pairOf, readYaml, startOf } from './yaml'

/** What cannot be edited in place says so instead of guessing. */
export class Refused extends Error {}

const spaces = (n: number) => ' '.repeat(Math.max(0, n))

/** Every line but the first moved to a column; blank lines stay blank. */
export function indented(lines: readonly string[], column: number): string {
  return lines.map((line, index) => (index === 0 || line.trim() === '' ? line : spaces(column) + line)).join('\n')
}

/** The lines of a text that begins at a column, as if it began at column 0. */
export function dedented(source: string, column: number): string[] {
  return source.split('\n').map((line, index) => {
    if (index === 0) return line
    const lead = line.length - line.trimStart().length
    return line.slice(Math.min(lead, column))
  })
}

/** Writes every flow collection on the way to a node as lines, so that the node can be edited line by line. */
export function unflowed(text: string, path: Path): string {
  let now = text
  for (let round = 0; round <= path.length; round += 1) {
    const read = readYaml(now)
    let at: Path | null = null
    for (let length = 0; length <= path.length && !at; length += 1) {
      const node = nodeAt(read, path.slice(0, length))
      if (isFlow(node) && (node as YAMLMap | YAMLSeq).items.length > 0) at = path.slice(0, length)
    }
    if (!at) return now
    now = unflowOne(now, at)
  }
  return now
}

function unflowOne(text: string, path: Path): string {
  const read = readYaml(text)
  const node = nodeAt(read, path) as YAMLMap | YAMLSeq
  const start = startOf(node)
  const parent = nodeAt(read, path.slice(0, -1))
  const inList = isSeq(parent)
  const key = inList ? null : pairOf(parent as YAMLMap, String(path.at(-1)))
  const column = inList ? columnOf(text, start) : columnOf(text, key ? startOf(key.key) : start) + 2
  const slice = (from: number, to: number) => {
    const [first = '', ...rest] = text.slice(from, to).split('\n')
    return [first, ...rest.map((line) => spaces(column + 4) + line.trimStart())].join('\n')
  }
  const lines = [
    ...commentsIn(node),
    ...(isSeq(node)
      ? node.items.map((item) => `- ${slice(startOf(item as Node), endOf(text, item as Node))}`)
      : node.items.map((pair) => {
          const name = slice(startOf(pair.key as Node), (pair.key as Node).range?.[1] ?? 0)
          const value = pair.value as Node | null
          const has = value && (value.range?.[1] ?? 0) > (value.range?.[0] ?? 0)
          return has ? `${name}: ${slice(startOf(value), endOf(text, value))}` : `${name}:`
        })),
  ]
  const body = lines.join(`\n${spaces(column)}`)
  const end = node.range?.[1] ?? start
  if (inList) return applied(text, [{ from: start, to: end, insert: body }])
  const rest = text.slice(end, lineEnd(text, end)).trim()
  const colon = (key && colonOf(key)) ?? start - 1
  return applied(text, [{ from: colon + 1, to: lineEnd(text, end), insert: `${rest ? ` ${rest}` : ''}\n${spaces(column)}${body}` }])
}

export interface Item {
  /** From its first comment or its dash to the end of its last line. */
  from: number
  to: number
  dash: number
  /** False when the dash stands behind another one: `- - id`. */
  ownLine: boolean
  column: number
}

/** Where an item of a list in lines begins and ends, with the comments above it. */
export function itemOf(text: string, seq: YAMLSeq, index: number): Item {
  const dash = dashOf(seq, index)
  if (dash === null) throw new Refused('This list cannot be edited here. Edit its text.')
  const column = columnOf(text, dash)
  const start = lineStart(text, dash)
  const ownLine = text.slice(start, dash).trim() === ''
  const previous = index > 0 ? endOf(text, seq.items[index - 1] as Node) : 0
  let from = ownLine ? start : dash
  while (ownLine && from > 0) {
    const above = lineStart(text, from - 1)
    const line = text.slice(above, from - 1)
    if (above <= previous || !line.trimStart().startsWith('#') || line.length - line.trimStart().length !== column) break
    from = above
  }
  const node = seq.items[index] as Node | null
  const last = node && (node.range?.[1] ?? 0) > (node.range?.[0] ?? 0) ? endOf(text, node) : dash + 1
  return { from, to: withComments(text, Math.max(last, dash + 1), column), dash, ownLine, column }
}

/** The end of the line, and of the comments below that stand further in. */
function withComments(text: string, end: number, column: number): number {
  let to = lineEnd(text, end)
  while (to < text.length) {
    const next = text.slice(to + 1, lineEnd(text, to + 1))
    const lead = next.length - next.trimStart().length
    if (!next.trimStart().startsWith('#') || lead <= column) break
    to += next.length + 1
  }
  return to
}

/** How far a list stands in from its key in this text: 0 or 2. */
function listOffset(text: string): number {
  const found = /^( *)[\w-]+:[ \t]*(?:#.*)?\n( *)- /m.exec(text)
  return found ? Math.max(0, (found[2] ?? '').length - (found[1] ?? '').length) : 2
}

export interface Inserted {
  text: string
  /** Where the dash of the new item is. */
  at: number
  /** The change of the text that had no flow style on the way any more. */
  change: TextChange
}

/** Puts lines in as a new item. The first of them begins with `- `, comments may stand before it. */
export function insertedItem(source: string, path: Path, index: number, lines: readonly string[]): Inserted {
  const text = unflowed(source, path)
  const read = readYaml(text)
  const node = nodeAt(read, path)
  const put: Put = (from, to, before, body, after) => {
    const change = { from, to, insert: before + body + after }
    return { text: applied(text, [change]), at: from + before.length + dashIn(body), change }
  }
  if (isSeq(node) && !isFlow(node) && node.items.length > 0) {
    const place = Math.max(0, Math.min(index, node.items.length))
    if (place < node.items.length) {
      const next = itemOf(text, node, place)
      const body = indented(lines, next.column)
      if (next.ownLine) return put(next.from, next.from, spaces(next.column), body, '\n')
      return put(next.dash, next.dash, '', body, `\n${spaces(next.column)}`)
    }
    const last = itemOf(text, node, node.items.length - 1)
    return put(last.to, last.to, `\n${spaces(last.column)}`, indented(lines, last.column), '')
  }
  if (node && !(isSeq(node) && node.items.length === 0) && !(isScalar(node) && node.value === null)) throw new Refused('There is no list of steps here. Edit the text.')
  return intoEmpty(text, path, node, lines, put)
}

type Put = (from: number, to: number, before: string, body: string, after: string) => Inserted

function intoEmpty(text: string, path: Path, node: Node | null, lines: readonly string[], put: Put) {
  const parent = nodeAt(readYaml(text), path.slice(0, -1))
  if (isSeq(parent)) {
    // `- []`: the inner list begins where the brackets are.
    const start = node ? startOf(node) : 0
    if (!node) throw new Refused('There is no list of steps here. Edit the text.')
    const column = columnOf(text, start)
    return put(start, node.range?.[1] ?? start, text[start - 1] === '-' ? ' ' : '', indented(lines, text[start - 1] === '-' ? column + 1 : column), '')
  }
  const pair = isMap(parent) ? pairOf(parent, String(path.at(-1))) : null
  const colon = pair ? colonOf(pair) : null
  if (!pair || colon === null) {
    if (!isMap(parent) || isFlow(parent)) throw new Refused('There is no list of steps here. Edit the text.')
    return newKey(text, parent, String(path.at(-1)), lines, put)
  }
  const column = columnOf(text, startOf(pair.key)) + listOffset(text)
  const end = Math.max(colon + 1, node?.range?.[1] ?? 0)
  const rest = text.slice(end, lineEnd(text, end)).trim()
  return put(colon + 1, lineEnd(text, end), `${rest ? ` ${rest}` : ''}\n${spaces(column)}`, indented(lines, column), '')
}

/** The key is not there yet: `catch`, `undo`. */
function newKey(text: string, parent: YAMLMap, key: string, lines: readonly string[], put: Put) {
  const end = lineEnd(text, endOf(text, parent))
  const first = parent.items[0]
  const column = first ? columnOf(text, startOf(first.key as Node)) : 0
  const inner = column + listOffset(text)
  return put(end, end, `\n${spaces(column)}${key}:\n${spaces(inner)}`, indented(lines, inner), '')
}

function dashIn(body: string): number {
  let at = 0
  for (const line of body.split('\n')) {
    if (line.trimStart().startsWith('-')) return at + line.length - line.trimStart().length
    at += line.length + 1
  }
  return 0
}

/** What takes an item out of a list; the list itself stays, as `[]` if nothing is left. */
export function removalOf(text: string, path: Path): TextChange {
  const read = readYaml(text)
  const listPath = path.slice(0, -1)
  const index = Number(path.at(-1))
  const seq = nodeAt(read, listPath)
  if (!isSeq(seq) || isFlow(seq)) throw new Refused('This list cannot be edited here. Edit its text.')
  const item = itemOf(text, seq, index)
  if (seq.items.length === 1) {
    const parent = nodeAt(read, listPath.slice(0, -1))
    const pair = isMap(parent) ? pairOf(parent, String(listPath.at(-1))) : null
    const colon = pair ? colonOf(pair) : null
    if (colon === null) return { from: item.from, to: item.to, insert: `${item.ownLine ? spaces(item.column) : ''}[]` }
    const line = lineEnd(text, colon + 1)
    const comment = text.slice(colon + 1, line).trim()
    // Comments that belong to nobody stay.
    const between = text.slice(line, Math.max(line, item.from)).trimEnd()
    return { from: colon + 1, to: item.to, insert: ` []${comment.startsWith('#') ? ` ${comment}` : ''}${between}` }
  }
  if (!item.ownLine) {
    const next = itemOf(text, seq, index + 1)
    // Comments of the next item cannot stand behind a dash: then it keeps its own line.
    if (next.from === lineStart(text, next.dash)) return { from: item.dash, to: next.dash, insert: '' }
    const before = text.slice(0, item.dash).trimEnd().length
    return { from: before, to: item.to, insert: '' }
  }
  if (item.to < text.length) return { from: item.from, to: item.to + 1, insert: '' }
  return { from: Math.max(0, item.from - 1), to: item.to, insert: '' }
}

/** An item's lines from its first comment on, as if it stood at column 0. */
export function linesOf(text: string, path: Path): string[] {
  const seq = nodeAt(readYaml(text), path.slice(0, -1))
  if (!isSeq(seq) || isFlow(seq)) throw new Refused('This list cannot be edited here. Edit its text.')
  const item = itemOf(text, seq, Number(path.at(-1)))
  const from = item.ownLine ? item.from + item.column : item.from
  return dedented(text.slice(from, item.to), item.column)
}
