import { expect, test } from 'vitest'
import { type FormField, byUrgency, complaint, emptyEntries, fieldsOf, isOn, said, valuesOf } from './form.logic'

const FIELDS: FormField[] = [
  { name: 'known', type: 'boolean', required: true },
  { name: 'count', type: 'number' },
  { name: 'kind', type: 'choice', options: [1, 2] },
  { name: 'hosts', type: 'choices', options: ['a', 'b'] },
  { name: 'note', type: 'long_text' },
]

test('a form is read from the rendered step, whatever else is in it', () => {
  expect(fieldsOf({ how: 'x', form: [{ name: 'a', type: 'text' }, 5, { name: 7 }] })).toEqual([{ name: 'a', type: 'text' }])
  expect(fieldsOf(null)).toEqual([])
  expect(emptyEntries(FIELDS)).toEqual({ known: '', count: '', kind: '', hosts: [], note: '' })
})

test('values have the types of their fields, and what is empty is left out', () => {
  expect(valuesOf(FIELDS, { known: 'no', count: '0.5', kind: '2', hosts: ['b'], note: '' })).toEqual({ known: false, count: 0.5, kind: 2, hosts: ['b'] })
})

test('what is needed or no number is said before it is sent', () => {
  expect(complaint(FIELDS[0]!, '')).toBe('This is needed.')
  expect(complaint(FIELDS[1]!, 'many')).toContain('number')
  expect(complaint(FIELDS[1]!, '')).toBeUndefined()
})

test('the most urgent task is first', () => {
  const tasks = [
    { id: 'late', deadline: '2026-01-02T00:00:00Z', asked_at: '2026-01-01T00:00:00Z' },
    { id: 'none', deadline: null, asked_at: '2025-01-01T00:00:00Z' },
    { id: 'soon', deadline: '2026-01-01T01:00:00Z', asked_at: '2026-01-01T00:30:00Z' },
  ]
  expect(byUrgency(tasks).map((task) => task.id)).toEqual(['soon', 'late', 'none'])
})

test('texts and switches of the rendered step', () => {
  expect(said({ roles: ['lead', 'admin'] }, 'roles')).toBe('lead, admin')
  expect(said({}, 'how')).toBe('')
  expect(isOn({ mandatory: true }, 'mandatory')).toBe(true)
})
