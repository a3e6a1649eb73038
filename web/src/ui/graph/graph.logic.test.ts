import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type GraphStep, NODE_HEIGHT, NODE_WIDTH, layout, neighbour } from './layout.logic'
import { fitted, revealed, zoomed } from './view'

const step = (pointer: string, children: GraphStep['children'] = []): GraphStep => ({ id: pointer.slice(1).replaceAll('/', '_'), pointer, title: '', kind: 'set', subject: '', conditional: false, children })

const FLOW = [
  step('/steps/0'),
  step('/steps/1', [
    { label: 'case.severity', pointer: '/steps/1/switch/0/do', steps: [step('/steps/1/switch/0/do/0'), step('/steps/1/switch/0/do/1')] },
    { label: 'else', pointer: '/steps/1/switch/1/do', steps: [] },
  ]),
  step('/steps/2'),
]

test('steps of a block stand below each other, branches side by side inside their step', () => {
  const { placed, frames } = layout(FLOW, '/steps')
  const at = Object.fromEntries(placed.map((each) => [each.step.pointer, each]))
  expect(placed.map((each) => [each.step.pointer, each.depth, each.branch])).toEqual([
    ['/steps/0', 0, ''],
    ['/steps/1', 0, ''],
    ['/steps/1/switch/0/do/0', 1, 'case.severity'],
    ['/steps/1/switch/0/do/1', 1, 'case.severity'],
    ['/steps/2', 0, ''],
  ])
  expect(at['/steps/0']?.x).toBe(at['/steps/2']?.x)
  expect(at['/steps/1/switch/0/do/0']?.x).toBeLessThan(at['/steps/1']?.x ?? 0)
  const frame = frames[0]
  expect(at['/steps/2']?.y).toBeGreaterThan((frame?.y ?? 0) + (frame?.height ?? 0))
})

test('a step can be put in before, between and after the others, and into what is empty', () => {
  const { slots } = layout(FLOW, '/steps')
  expect(slots.map((slot) => [slot.block, slot.index, slot.empty])).toEqual([
    ['/steps', 0, false],
    ['/steps/1/switch/0/do', 0, false],
    ['/steps/1/switch/0/do', 1, false],
    ['/steps/1/switch/0/do', 2, false],
    ['/steps/1/switch/1/do', 0, true],
    ['/steps', 1, false],
    ['/steps', 2, false],
    ['/steps', 3, false],
  ])
  expect(layout(FLOW).slots.filter((slot) => slot.block === '/steps')).toEqual([])
})

test('arrows walk down and up, into a branch, over to the next one and out again', () => {
  const { placed } = layout(FLOW)
  const go = (from: string | null, key: string) => neighbour(placed, from, key)?.step.pointer ?? null
  expect(go(null, 'ArrowDown')).toBe('/steps/0')
  expect(go('/steps/1', 'ArrowRight')).toBe('/steps/1/switch/0/do/0')
  expect(go('/steps/1/switch/0/do/1', 'ArrowLeft')).toBe('/steps/1')
  expect(go('/steps/2', 'ArrowDown')).toBeNull()
  expect(go('/steps/2', 'Home')).toBe('/steps/0')
  expect(go('/steps/0', 'End')).toBe('/steps/2')
})

const block = (depth: number): fc.Arbitrary<GraphStep[]> =>
  fc.array(
    fc.record({
      id: fc.constant('a'),
      pointer: fc.uuid(),
      title: fc.constant(''),
      kind: fc.constant('set'),
      subject: fc.constant(''),
      conditional: fc.boolean(),
      children: depth === 0 ? fc.constant([]) : fc.array(fc.record({ label: fc.constantFrom('do', 'undo'), steps: block(depth - 1) }), { maxLength: 3 }),
    }),
    { maxLength: 4 },
  )

test('no two steps of any playbook overlap, and all are on the sheet', () => {
  fc.assert(
    fc.property(block(2), (steps) => {
      const { placed, width, height } = layout(steps, '/steps')
      for (const [index, a] of placed.entries()) {
        expect(a.x >= 0 && a.y >= 0 && a.x + NODE_WIDTH <= width && a.y + NODE_HEIGHT <= height).toBe(true)
        for (const b of placed.slice(index + 1)) {
          const apart = a.x + NODE_WIDTH <= b.x || b.x + NODE_WIDTH <= a.x || a.y + NODE_HEIGHT <= b.y || b.y + NODE_HEIGHT <= a.y
          expect(apart).toBe(true)
        }
      }
    }),
  )
})

test('zooming keeps the point under the mouse, fitting shows all, revealing moves no more than it must', () => {
  const view = zoomed({ x: 10, y: 20, scale: 1 }, 1.5, { x: 100, y: 100 })
  expect((100 - view.x) / view.scale).toBeCloseTo(90)
  expect(zoomed(view, 100, { x: 0, y: 0 }).scale).toBe(2)
  const whole = fitted({ width: 1000, height: 400 }, { width: 800, height: 600 })
  expect(whole.scale).toBeCloseTo(0.752)
  const same = { x: 0, y: 0, scale: 1 }
  expect(revealed(same, { x: 100, y: 100, width: 50, height: 50 }, { width: 400, height: 400 })).toBe(same)
  expect(revealed(same, { x: 100, y: 500, width: 50, height: 50 }, { width: 400, height: 400 }).y).toBe(-174)
})
