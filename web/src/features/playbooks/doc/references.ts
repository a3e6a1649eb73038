// Where a step's id is used: in expressions as `steps.id`, in `rollback: {of: [id]}`, and in the tests.
import { type Scalar, isMap } from 'yaml'
import { type Path, type Read, type TextChange, applied, eachScalar, readYaml } from './yaml'

const BARE = new Set(['when', 'until', 'case'])

interface Letters {
  text: string
  /** Where each letter stands in the source. */
  at: number[]
}

/** The letters of a scalar as it is written, without the escapes of its YAML quotes. */
function lettersOf(source: string, start: number, type: Scalar['type']): Letters {
  const letters: Letters = { text: '', at: [] }
  for (let index = 0; index < source.length; index += 1) {
    const at = start + index
    let letter = source[index] ?? ''
    if (type === 'QUOTE_DOUBLE' && letter === '\\') {
      index += 1
      letter = source[index] === '"' || source[index] === '\\' ? (source[index] ?? '') : ' '
    } else if (type === 'QUOTE_SINGLE' && letter === "'" && source[index + 1] === "'") index += 1
    letters.text += letter
    letters.at.push(at)
  }
  letters.at.push(start + source.length)
  return letters
}

/** From where to where there are expressions: the whole of a bare one, the holes of a template. */
function expressionsOf(text: string, bare: boolean): [number, number][] {
  if (bare && !text.includes('{{')) return [[0, text.length]]
  const found: [number, number][] = []
  for (let from = text.indexOf('{{'); from >= 0; from = text.indexOf('{{', from + 2)) {
    const to = text.indexOf('}}', from)
    found.push([from + 2, to < 0 ? text.length : to])
  }
  return found
}

const TOKEN = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[A-Za-z_]\w*|\?\.|\s+|[\s\S]/g

/** The places in an expression where `steps.<id>` names the id; offsets of the letters. */
export function namesIn(expression: string): { id: string; from: number; to: number }[] {
  const tokens = [...expression.matchAll(TOKEN)].map((match) => ({ text: match[0], from: match.index })).filter((token) => token.text.trim() !== '')
  const found: { id: string; from: number; to: number }[] = []
  tokens.forEach((token, index) => {
    const before = tokens[index - 1]?.text
    if (token.text !== 'steps' || before === '.' || before === '?.') return
    let next = index + 1
    if (tokens[next]?.text === '?.' && tokens[next + 1]?.text === '[') next += 1
    const how = tokens[next]?.text
    const name = tokens[next + 1]
    if (!name) return
    if ((how === '.' || how === '?.') && /^[A-Za-z_]/.test(name.text)) found.push({ id: name.text, from: name.from, to: name.from + name.text.length })
    else if (how === '[' && /^['"]/.test(name.text)) found.push({ id: name.text.slice(1, -1), from: name.from + 1, to: name.from + name.text.length - 1 })
  })
  return found
}

export interface Use {
  id: string
  from: number
  to: number
}

/** Every use of a step in a playbook's text. */
export function usesIn(read: Read): Use[] {
  const found: Use[] = []
  eachScalar(read.document.contents, (scalar, path) => {
    const [start = 0, end = 0] = scalar.range ?? []
    if (typeof scalar.value !== 'string') return
    if (isRollbackName(path)) found.push({ id: scalar.value, ...plainPlace(scalar) })
    const letters = lettersOf(read.text.slice(start, end), start, scalar.type)
    for (const [from, to] of expressionsOf(letters.text, BARE.has(String(path.at(-1))))) {
      for (const use of namesIn(letters.text.slice(from, to))) {
        found.push({ id: use.id, from: letters.at[from + use.from] ?? start, to: letters.at[from + use.to] ?? end })
      }
    }
  })
  return found
}

const isRollbackName = (path: Path) => path.at(-2) === 'of' && path.at(-3) === 'rollback'

function plainPlace(scalar: Scalar): { from: number; to: number } {
  const [start = 0, end = 0] = scalar.range ?? []
  const quoted = scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE'
  return quoted ? { from: start + 1, to: end - 1 } : { from: start, to: end }
}

/** The changes that give a step another id wherever it is meant. */
export function renameChanges(text: string, before: string, after: string): TextChange[] {
  const read = readYaml(text)
  const changes = usesIn(read)
    .filter((use) => use.id === before)
    .map(({ from, to }) => ({ from, to, insert: after }))
  eachScalar(read.document.contents, (scalar, path) => {
    // The `id` of a step, not one that a step sends somewhere.
    if (path.at(-1) === 'id' && scalar.value === before && typeof path.at(-2) === 'number' && isStep(path)) changes.push({ ...plainPlace(scalar), insert: after })
  })
  return changes
}

const INSIDE = new Set(['steps', 'do', 'try', 'catch', 'finally', 'undo', 'parallel', 'branches', 'switch', 'loop', 'on_error'])

/** Whether the path leads through blocks only: `with: {list: [{id: …}]}` holds no step. */
function isStep(path: Path): boolean {
  return path.slice(0, -1).every((part, index) => typeof part === 'number' || INSIDE.has(part) || path[index - 1] === 'branches')
}

/** The text with the id changed. */
export function renamed(text: string, before: string, after: string): string {
  return applied(text, renameChanges(text, before, after))
}

const SEGMENT = /^([a-z_][a-z0-9_]*)(.*)$/

function renamedPath(path: string, before: string, after: string): string {
  return path
    .split('/')
    .map((part) => {
      const [, name, rest] = SEGMENT.exec(part) ?? []
      return name === before ? after + (rest ?? '') : part
    })
    .join('/')
}

/** The same in a file of tests: answers, people, expected steps and their order. */
export function renamedInTests(text: string, before: string, after: string): string {
  const read = readYaml(text)
  const changes: TextChange[] = []
  const replace = (scalar: Scalar) => {
    if (typeof scalar.value !== 'string') return
    const next = renamedPath(scalar.value, before, after)
    if (next !== scalar.value) changes.push({ ...plainPlace(scalar), insert: next })
  }
  eachScalar(read.document.contents, (scalar, path) => {
    const [, , list] = path
    const inAnswers = (list === 'answers' || list === 'people') && path.at(-1) === 'step'
    const inOrder = list === 'expect' && path[3] === 'order'
    if (inAnswers || inOrder) replace(scalar)
  })
  const tests = read.document.get('tests')
  const items = isMap(read.document.contents) && tests ? ((tests as { items?: unknown[] }).items ?? []) : []
  for (const test of items) {
    const expect = isMap(test) ? test.get('expect') : null
    const steps = isMap(expect) ? expect.get('steps') : null
    if (isMap(steps)) for (const pair of steps.items) replace(pair.key as Scalar)
  }
  return applied(text, changes)
}
