// A YAML text with the places of its nodes: what the edits stand on.
//
// Every edit is made on the text itself, so that comments and everything beside the edited lines stay as they are.
import { type CST, type Document, LineCounter, type Node, type Pair, type ParsedNode, type Scalar, type YAMLMap, type YAMLSeq, isAlias, isMap, isPair, isScalar, isSeq, parseDocument } from 'yaml'

/** Longer texts are not drawn: the server refuses them anyway. */
export const TEXT_MAX = 1_000_000

export type Path = (string | number)[]

export interface Read {
  text: string
  document: Document.Parsed
  lines: LineCounter
}

export function readYaml(text: string): Read {
  const lines = new LineCounter()
  const document = parseDocument(text.slice(0, TEXT_MAX), { keepSourceTokens: true, lineCounter: lines, prettyErrors: true, uniqueKeys: false, logLevel: 'silent' })
  return { text, document, lines }
}

/** `/steps/0/do/1` → `['steps', 0, 'do', 1]`. */
export function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

export function pointerOf(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

export function nodeAt(read: Read, path: Path): Node | null {
  let node: Node | null = (read.document.contents as ParsedNode | null) ?? null
  for (const part of path) {
    const next: unknown = isMap(node) ? pairOf(node, String(part))?.value : isSeq(node) ? node.items[Number(part)] : null
    node = isMap(next) || isSeq(next) || isScalar(next) || isAlias(next) ? next : null
    if (!node) return null
  }
  return node
}

/** The pair with this key. */
export function pairOf(map: YAMLMap, key: string): Pair<Node, Node | null> | null {
  const found = map.items.find((pair) => keyOf(pair) === key)
  return (found as Pair<Node, Node | null> | undefined) ?? null
}

export function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : ''
}

/** The text of a scalar; empty if it is none. */
export function textAt(map: YAMLMap, key: string): string {
  const value = pairOf(map, key)?.value
  return isScalar(value) && value.value !== null ? String(value.value) : ''
}

export const isFlow = (node: Node | null | undefined): boolean => (isMap(node) || isSeq(node)) && node.srcToken?.type === 'flow-collection'

export const startOf = (node: Node): number => node.range?.[0] ?? 0

/** The column of an offset. */
export function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1)
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** The end of the line, without its line break. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end
}

/** Where a node's own text ends, without white space and comments after it. */
export function endOf(text: string, node: Node): number {
  const [start = 0, end = 0] = node.range ?? []
  if (isMap(node) && !isFlow(node)) {
    const last = node.items.at(-1)
    return last ? pairEnd(text, last as Pair<Node, Node | null>) : end
  }
  if (isSeq(node) && !isFlow(node)) {
    const last = node.items.at(-1)
    const value = last as Node | undefined
    if (value && (value.range?.[1] ?? 0) > (value.range?.[0] ?? 0)) return endOf(text, value)
    return (dashOf(node, node.items.length - 1) ?? end - 1) + 1
  }
  if (isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')) {
    const keeps = /^[|>]\d?\+/.test(text.slice(start, start + 3))
    return keeps ? end - (text[end - 1] === '\n' ? 1 : 0) : start + text.slice(start, end).trimEnd().length
  }
  return end
}

export function pairEnd(text: string, pair: Pair<Node, Node | null>): number {
  const { value } = pair
  if (value && (value.range?.[1] ?? 0) > (value.range?.[0] ?? 0)) return endOf(text, value)
  return (colonOf(pair) ?? pair.key.range?.[1] ?? 1) + (colonOf(pair) === null ? 0 : 1)
}

interface SourceItem {
  start?: CST.SourceToken[]
  sep?: CST.SourceToken[]
}

function itemsOf(node: YAMLMap | YAMLSeq): SourceItem[] {
  const token = node.srcToken as { items?: SourceItem[] } | undefined
  return token?.items ?? []
}

/** Where the `-` of an item is. */
export function dashOf(seq: YAMLSeq, index: number): number | null {
  // Comments at the end may be an item of their own, without a dash.
  const withDash = itemsOf(seq).map((item) => item.start?.find((token) => token.type === 'seq-item-ind'))
  return withDash.filter((token) => token !== undefined)[index]?.offset ?? null
}

/** Where the `:` of a pair is. */
export function colonOf(pair: Pair): number | null {
  const token = (pair as { srcToken?: SourceItem }).srcToken
  return token?.sep?.find((each) => each.type === 'map-value-ind')?.offset ?? null
}

/** Comments that stand between the items of a flow collection. */
export function commentsIn(node: YAMLMap | YAMLSeq): string[] {
  const token = node.srcToken as { items?: SourceItem[]; end?: CST.SourceToken[] } | undefined
  const all = [...(token?.items ?? []).flatMap((item) => [...(item.start ?? []), ...(item.sep ?? [])]), ...(token?.end ?? [])]
  return all.filter((each) => each.type === 'comment').map((each) => each.source)
}

/** Every scalar with the keys that lead to it. */
export function eachScalar(node: unknown, see: (scalar: Scalar, path: Path) => void, path: Path = []): void {
  if (isScalar(node)) see(node, path)
  else if (isSeq(node)) node.items.forEach((item, index) => eachScalar(item, see, [...path, index]))
  else if (isMap(node)) {
    for (const pair of node.items) if (isPair(pair)) eachScalar(pair.value, see, [...path, keyOf(pair)])
  }
}

export interface TextChange {
  from: number
  to: number
  insert: string
}

export function applied(text: string, changes: readonly TextChange[]): string {
  const sorted = [...changes].sort((a, b) => b.from - a.from || b.to - a.to)
  return sorted.reduce((now, change) => now.slice(0, change.from) + change.insert + now.slice(change.to), text)
}

/** The smallest single change that makes one text of the other; null when they are the same. */
export function difference(before: string, after: string): TextChange | null {
  if (before === after) return null
  let from = 0
  const shorter = Math.min(before.length, after.length)
  while (from < shorter && before[from] === after[from]) from += 1
  let same = 0
  while (same < shorter - from && before[before.length - 1 - same] === after[after.length - 1 - same]) same += 1
  return { from, to: before.length - same, insert: after.slice(from, after.length - same) }
}
