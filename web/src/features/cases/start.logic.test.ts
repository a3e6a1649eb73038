import { expect, test } from 'vitest'
import { type InputSpec, startValues, textOf } from './start.logic'

const spec = (name: string, type: string, more: Partial<InputSpec> = {}): InputSpec => ({ name, type, required: false, default: null, options: [], summary: '', ...more })

test('what is typed becomes values of their types, and what is empty keeps its default', () => {
  const specs = [spec('host', 'string'), spec('count', 'integer'), spec('wait', 'boolean'), spec('policy', 'integer', { options: [1, 2] }), spec('left', 'list')]
  expect(startValues(specs, { host: '5', count: '5', wait: 'true', policy: '2' })).toEqual({ values: { host: '5', count: 5, wait: true, policy: 2 }, wrong: {} })
})

test('what is needed or of another shape is said', () => {
  const { values, wrong } = startValues([spec('host', 'string', { required: true }), spec('list', 'list')], { list: '[1' })
  expect(values).toEqual({})
  expect(Object.keys(wrong)).toEqual(['host', 'list'])
  expect(textOf({ a: 1 })).toBe('{"a":1}')
})
