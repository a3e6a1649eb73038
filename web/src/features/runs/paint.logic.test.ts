import { expect, test } from 'vitest'
import type { StepLine } from '../../api/types'
import { painted } from './paint.logic'

const step = (id: string, kind: string, children: unknown[] = []) => ({ id, pointer: `/steps/${id}`, title: '', kind, subject: '', conditional: false, children })
const OUTLINE = { steps: [step('all', 'for_each', [{ label: 'do', steps: [step('ask', 'capability')] }]), step('close', 'action')] }
const line = (path: string, id: string, kind: string, status: string, more: Partial<StepLine> = {}) =>
  ({ path, id, kind, status, attempt: 1, title: '', parent: null, cached: false, exchanges: 0, steered: [], ...more }) as StepLine

test('a step of a loop is painted with all its rounds, one that was not reached is quiet', () => {
  const run = painted(OUTLINE, [line('all', 'all', 'for_each', 'running'), line('all[0]/ask', 'ask', 'capability', 'succeeded'), line('all[1]/ask', 'ask', 'capability', 'failed', { error: { code: 'auth', message: 'no', hint: '' } }), line('all[1]/ask@x', 'x', 'target', 'failed')], false)
  const [all, close] = run.steps
  const ask = all?.children[0]?.steps[0]
  expect(run.paint(ask!)).toEqual({ state: 'failed', tone: 'bad', badge: '1 of 2 failed', note: 'auth: no' })
  expect(run.paint(close!)).toEqual({ state: 'not_reached', tone: 'quiet', note: 'Not reached yet' })
  expect(run.pathOf(ask!)).toBe('all[1]/ask')
  expect(run.pointerOf('all[0]/ask')).toBe('/steps/ask')
  expect(run.pointerOf('nowhere')).toBeNull()
})

test('an outline of another shape has no steps', () => {
  for (const outline of [null, 5, {}, { steps: [1, { id: 'a' }] }]) expect(painted(outline, [], true).steps).toEqual([])
})
