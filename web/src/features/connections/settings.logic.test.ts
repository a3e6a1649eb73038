import { expect, test } from 'vitest'
import { formOf, problemsOf, settingsFrom, settingsOf } from './settings.logic'

const declared = {
  site: { type: 'string', required: true, summary: 'Host', example: 'example.atlassian.net' },
  threshold: { type: 'integer', default: 3 },
  set_priority: { type: 'boolean', default: true },
  tags: { type: 'list' },
  region: { type: 'string', enum: ['eu', 'us'] },
  odd: null,
}
const settings = settingsOf(declared)

test('a manifest becomes fields', () => {
  expect(settings.map(({ name }) => name)).toEqual(['site', 'threshold', 'set_priority', 'tags', 'region'])
  expect(settings[1]).toMatchObject({ type: 'integer', fallback: '3', required: false })
  expect(settingsOf(null)).toEqual([])
  expect(settingsOf('text')).toEqual([])
})

test('what is configured is what the form shows, and what it sends', () => {
  const configured = { site: 'a.example', threshold: 5, set_priority: false, tags: ['x'] }
  const values = formOf(settings, configured)
  expect(values).toEqual({ site: 'a.example', threshold: '5', set_priority: 'false', tags: '["x"]', region: '' })
  expect(settingsFrom(settings, values)).toEqual(configured)
})

test('mistakes are named by field', () => {
  expect(problemsOf(settings, { site: ' ', threshold: '3.5', tags: '[' })).toEqual({
    site: 'This is needed.',
    threshold: 'This must be a whole number.',
    tags: 'This must be JSON.',
  })
  expect(problemsOf(settings, { site: 'a.example' })).toEqual({})
})
