import { describe, expect, test } from 'vitest'
import type { StepLine } from '../../api/types'
import { bar, buildTree, openAtFirst, sumOf, visibleRows } from './tree.logic'
import { failureWords, headersOf, requestOf, toneOf } from './wire.logic'

function step(path: string, fields: Partial<StepLine> = {}): StepLine {
  return { path, id: path, title: '', kind: 'action', attempt: 1, status: 'succeeded', cached: false, exchanges: 0, steered: [], started_at: '2026-01-01T00:00:00Z', ended_at: '2026-01-01T00:00:10Z', ...fields }
}

const outline = { id: 'p', title: 'P', steps: [{ id: 'loop', title: 'Ask', kind: 'for_each' }, { id: 'close', title: 'Close', kind: 'action' }] }

describe('the tree of steps', () => {
  test('steps stand below steps and iterations below loops', () => {
    const tree = buildTree(
      [
        step('loop', { kind: 'for_each' }),
        step('loop[0]/ask', { parent: 'loop', iteration: 0 }),
        step('loop[1]/ask', { parent: 'loop', iteration: 1, status: 'failed' }),
        step('loop[0]/note', { parent: 'loop', iteration: 0 }),
        step('loop[0]/ask@VirusTotal', { parent: 'loop[0]/ask', kind: 'target' }),
      ],
      null,
      true,
    )
    const rows = visibleRows(tree, () => true)
    expect(rows.map(({ node, depth }) => `${depth} ${node.path} ${node.status}`)).toEqual([
      '0 loop succeeded',
      '1 loop[0] succeeded',
      '2 loop[0]/ask succeeded',
      '3 loop[0]/ask@VirusTotal succeeded',
      '2 loop[0]/note succeeded',
      '1 loop[1] failed',
      '2 loop[1]/ask failed',
    ])
  })
  test('rounds of one step each need no level of their own', () => {
    const tree = buildTree([step('loop', { kind: 'for_each' }), step('loop[0]/ask', { parent: 'loop', iteration: 0, title: 'Look up' }), step('loop[1]/ask', { parent: 'loop', iteration: 1, title: 'Look up' })], null, true)
    expect(tree[0]?.children.map(({ path, label }) => `${path} ${label}`)).toEqual(['loop[0]/ask Look up 1', 'loop[1]/ask Look up 2'])
  })
  test('a round is called by what it is about', () => {
    const round = (n: number, about: string | null, steps: string[]) => steps.map((id) => step(`loop[${n}]/${id}`, { parent: 'loop', iteration: n, round: about, title: 'Look up' }))
    const labels = (rounds: StepLine[]) => buildTree([step('loop', { kind: 'for_each' }), ...rounds], null, true)[0]?.children.map(({ label }) => label)
    expect(labels([...round(0, '1.2.3.4', ['ask']), ...round(1, null, ['ask'])])).toEqual(['Look up: 1.2.3.4', 'Look up 2'])
    expect(labels([...round(0, 'a.exe', ['ask', 'note']), ...round(1, null, ['ask'])])).toEqual(['a.exe', 'Iteration 2'])
  })
  test('what was not reached is shown and said', () => {
    const statuses = (over: boolean) => buildTree([step('loop')], outline, over).map(({ path, status }) => `${path} ${status}`)
    expect(statuses(false)).toEqual(['loop succeeded', 'close pending'])
    expect(statuses(true)).toEqual(['loop succeeded', 'close not_reached'])
  })
  test('a step whose parent is missing, or an outline of another shape, loses nothing', () => {
    expect(buildTree([step('a/b', { parent: 'a' })], { steps: 'nonsense' }, true)).toHaveLength(1)
    expect(buildTree([step('odd')], { steps: [null, { id: 3 }] }, true)).toHaveLength(1)
    expect(buildTree([], outline, false)).toHaveLength(2)
  })
  test('a round is as its steps are', () => {
    expect(sumOf(['succeeded', 'running'])).toBe('running')
    expect(sumOf(['succeeded', 'failed'])).toBe('failed')
    expect(sumOf(['skipped', 'skipped'])).toBe('skipped')
    expect(sumOf(['succeeded', 'skipped'])).toBe('succeeded')
  })
  test('a small run is open, and in a big one what leads to trouble', () => {
    const rounds = (count: number) => [
      step('loop', { kind: 'for_each' }),
      ...Array.from({ length: count }, (_, n) => [step(`loop[${n}]/ask`, { parent: 'loop', iteration: n }), ...['a', 'b', 'c'].map((name) => step(`loop[${n}]/ask@${name}`, { parent: `loop[${n}]/ask`, kind: 'target' }))]).flat(),
    ]
    const open = (steps: StepLine[]) => [...openAtFirst(buildTree(steps, null, true))]
    expect(open(rounds(2))).toContain('loop[1]/ask')
    expect(open(rounds(20))).toEqual(['loop'])
    expect(open(rounds(20).map((each) => (each.path === 'loop[7]/ask@b' ? { ...each, status: 'failed' } : each)))).toEqual(['loop', 'loop[7]/ask'])
  })
  test('bars stay within the run', () => {
    const [node] = buildTree([step('a')], null, true)
    const start = Date.parse('2026-01-01T00:00:00Z')
    expect(node && bar(node, start, start + 20_000, 0)).toEqual({ left: 0, width: 50 })
    expect(node && bar(node, start, start + 5_000, 0)).toEqual({ left: 0, width: 100 })
    expect(node && bar({ ...node, started: null }, start, start, 0)).toBeNull()
  })
})

describe('exchanges', () => {
  test('every form of request can be read', () => {
    expect(requestOf({ method: 'GET', url: 'https://x.example', headers: { a: 'b' } })).toMatchObject({ method: 'GET', url: 'https://x.example' })
    expect(requestOf('whois example.com')).toMatchObject({ url: 'whois example.com' })
    expect(requestOf(null)).toMatchObject({ method: '', url: '' })
  })
  test('headers come as a map or as pairs', () => {
    expect(headersOf({ accept: '*/*' })).toEqual([['accept', '*/*']])
    expect(headersOf([['set-cookie', 'a'], ['set-cookie', 'b'], 'odd'])).toEqual([['set-cookie', 'a'], ['set-cookie', 'b']])
    expect(headersOf(null)).toEqual([])
  })
  test('a failure is said in words', () => {
    expect(failureWords(null)).toBe('')
    expect(failureWords({ kind: 'timeout', message: 'no answer in 60 s' })).toBe('no answer in 60 s')
    expect(failureWords({ odd: 1 })).toBe('{"odd":1}')
  })
  test('no answer is as bad as a broken server', () => {
    expect([0, 200, 404, 503].map(toneOf)).toEqual(['bad', 'good', 'warn', 'bad'])
  })
})
