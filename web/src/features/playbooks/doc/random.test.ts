// Random playbooks, random edits: afterwards the text means what it should, and every comment is still there.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { insertStep, moveStep, newStep, removeStep } from './edits'
import { readPlaybook, stepOfPointer } from './model'
import { pathOf, readYaml } from './yaml'

/** More of them: `UPDRAFT_RUNS=5000 npm test`. */
const RUNS = Number(process.env['UPDRAFT_RUNS'] ?? 80)

type Plain = { id: string } & Record<string, unknown>

/** Random playbooks as text, with comments, in lines or in flow style. */
const blocks = (depth: number, name: string): fc.Arbitrary<string[]> =>
  fc.array(fc.tuple(fc.nat(3), fc.boolean(), fc.boolean(), depth > 0 ? blocks(depth - 1, `${name}x`) : fc.constant([])), { minLength: depth === 2 ? 1 : 0, maxLength: 3 }).map((steps) =>
    steps.flatMap(([kind, comment, blank, inner], index) => {
      const id = `${name}${index}`
      const block = inner.length > 0 ? ['do:', ...inner.map((line) => (line ? `  ${line}` : line))] : ['do: []']
      const body =
        kind === 0 && depth > 0 ? ['for_each: "{{ case.files }}"', ...block] : kind === 1 ? ['stop: |', '  some text', '', '  more'] : kind === 2 && inner.length > 0 ? ['parallel:', ...inner.map((line, at) => (at === 0 ? `  - ${line.startsWith('#') || !line ? '' : line}` : `    ${line}`))] : ['set: {a: 1} # set']
      const lines = [`- id: ${id}`, ...body.map((line) => (line ? `  ${line}` : line))]
      return [...(blank ? [''] : []), ...(comment ? [`# about ${id}`] : []), ...lines]
    }),
  )

const playbooks = blocks(2, 's').map((lines) => `format: 1\nid: p # end\nsteps:\n${lines.map((line) => (line ? `  ${line}` : line)).join('\n')}\n# last\noutputs: {}\n`)

function plain(text: string): Plain[] {
  return (parse(text) as { steps: Plain[] }).steps
}

/** The same edit on plain data: what the text must mean afterwards. */
function blockOf(root: unknown, path: readonly (string | number)[]): Plain[] {
  return path.reduce<unknown>((at, part) => (at as Record<string | number, unknown>)[part], root) as Plain[]
}

describe('any playbook', () => {
  const sound = (text: string) => readYaml(text).document.errors.length === 0 && readPlaybook(text).all.length > 0

  test('put in, then parsed, has the step in its place and nothing else changed', () => {
    fc.assert(
      fc.property(playbooks.filter(sound), fc.nat(), fc.nat(), (text, pick, where) => {
        const doc = readPlaybook(text)
        const places = [{ pointer: '/steps', steps: doc.steps }, ...doc.all.flatMap((step) => step.children)]
        const block = places[pick % places.length]!
        const index = where % (block.steps.length + 1)
        const { text: after, choose } = insertStep(text, { block: block.pointer, index }, newStep('stop', 'new'))
        const wanted = parse(text) as unknown
        blockOf(wanted, pathOf(block.pointer)).splice(index, 0, { id: 'new', stop: 'nothing more to do' })
        expect(parse(after)).toEqual(wanted)
        expect(choose).toBe(`${block.pointer}/${index}`)
        const comments = (of: string) => (of.match(/#.*/g) ?? []).sort()
        expect(comments(after)).toEqual(comments(text))
      }),
      { numRuns: RUNS },
    )
  })

  test('taken out, then parsed, has all but the step', () => {
    fc.assert(
      fc.property(playbooks.filter(sound), fc.nat(), (text, pick) => {
        const doc = readPlaybook(text)
        const step = doc.all[pick % doc.all.length]!
        const wanted = parse(text) as unknown
        blockOf(wanted, step.path.slice(0, -1)).splice(Number(step.path.at(-1)), 1)
        expect(parse(removeStep(text, step.pointer).text)).toEqual(wanted)
      }),
      { numRuns: RUNS },
    )
  })

  test('moved, then parsed, has the step in its new place; every comment is kept', () => {
    fc.assert(
      fc.property(playbooks.filter(sound), fc.nat(), fc.nat(), fc.nat(), (text, pick, to, where) => {
        const doc = readPlaybook(text)
        const step = doc.all[pick % doc.all.length]!
        const places = [{ pointer: '/steps', steps: doc.steps }, ...doc.all.flatMap((each) => each.children)].filter((block) => !`${block.pointer}/`.startsWith(`${step.pointer}/`))
        const block = places[to % places.length]!
        const index = where % (block.steps.length + 1)
        const { text: after, choose } = moveStep(text, step.pointer, { block: block.pointer, index })
        const wanted = parse(text) as unknown
        const source = blockOf(wanted, step.path.slice(0, -1))
        const target = blockOf(wanted, pathOf(block.pointer))
        const [moved] = source.splice(Number(step.path.at(-1)), 1)
        target.splice(source === target && index > Number(step.path.at(-1)) ? index - 1 : index, 0, moved!)
        expect(parse(after)).toEqual(wanted)
        expect(stepOfPointer(readPlaybook(after), choose)?.id).toBe(step.id)
        const comments = (of: string) => (of.match(/#.*/g) ?? []).sort()
        expect(comments(after)).toEqual(comments(text))
        expect(plain(after)).toBeDefined()
      }),
      { numRuns: RUNS },
    )
  })
})
