import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Vocabulary } from '../../../api/playbooks.types'
import { readPlaybook } from '../doc/model'
import { type Schema, aboutWord, offersAt, spotAt } from './complete.logic'

const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../../../../docs/reference/playbook_schema.json'), 'utf8')) as Schema

const vocabulary: Vocabulary = {
  capabilities: [{ name: 'reputation.ip', summary: 'What is known of an address', inputs: {}, providers: ['VirusTotal'] }],
  actions: [{ name: 'jira_cloud.create_ticket', title: 'Open an issue', summary: '', effect: 'write', inputs: [{ name: 'title', type: 'string', required: true, summary: 'One line' }, { name: 'labels', type: 'list', required: false, summary: '' }] }],
  functions: [{ name: 'upper', signature: 'upper(text)', summary: 'In capital letters.', example: "'a' | upper" }],
  roots: ['case', 'steps', 'inputs'],
  playbooks: [{ id: 'enrichment-only', title: 'Enrichment only', inputs: [] }],
  bots: ['risk-score'],
  connections: [{ name: 'Jira', connector: 'jira_cloud' }],
}

const BASE = 'format: 1\nid: x\ninputs:\n  host: {type: string}\nsteps:\n  - id: look\n    title: Look\n    capability: reputation.ip\n'

/** The offers at the mark `|` of a text that follows the base. */
function labels(more: string): string[] {
  const offset = BASE.length + more.indexOf('¦')
  const text = BASE + more.replace('¦', '')
  return offersAt(text, offset, { schema, vocabulary, doc: readPlaybook(text) })?.offers.map((each) => each.label) ?? []
}

test('where the cursor is', () => {
  const end = (text: string) => spotAt(text, text.length)
  expect(end('steps:\n  - id: a\n    wi')).toEqual({ kind: 'key', path: ['steps', '-'], before: 'wi', siblings: ['id'] })
  expect(end('steps:\n  - id: a\n    retry:\n      max: ')).toEqual({ kind: 'value', path: ['steps', '-', 'retry', 'max'], before: '' })
  expect(end('steps:\n- id: a\n  switch:\n  - when: x\n    do:\n    - id: b\n      ')).toMatchObject({ kind: 'key', path: ['steps', '-', 'switch', '-', 'do', '-'] })
  expect(end('steps:\n  - parallel:\n      - - id: a\n          ')).toMatchObject({ kind: 'key', path: ['steps', '-', 'parallel', '-', '-'], siblings: ['id'] })
  expect(end('    text: "x {{ case.')).toEqual({ kind: 'expression', before: ' case.' })
  expect(end('    when: steps.')).toEqual({ kind: 'expression', before: 'steps.' })
})

test('a step offers its kinds, and then only the fields of its kind', () => {
  expect(labels('  - id: b\n    ¦')).toEqual(expect.arrayContaining(['action', 'switch', 'when', 'title', 'approve']))
  const wait = labels('  - id: b\n    wait: {delay: 1m}\n    ¦')
  expect(wait).toContain('timeout')
  expect(wait).not.toContain('switch')
  expect(wait).not.toContain('id')
  expect(wait).not.toContain('retry')
})

test('values come from what this installation knows, and from the schema', () => {
  expect(labels('  - id: b\n    action: ¦')).toEqual(['jira_cloud.create_ticket'])
  expect(labels('  - id: b\n    capability: rep¦')).toEqual(['reputation.ip'])
  expect(labels('  - id: b\n    call:\n      playbook: ¦')).toEqual(['enrichment-only'])
  expect(labels('  - id: b\n    for_each: x\n    on_item_error: ¦')).toEqual(expect.arrayContaining(['fail', 'collect']))
})

test('expressions offer steps, their fields, inputs, roots and functions', () => {
  expect(labels('  - id: b\n    when: steps.¦')).toEqual(['look', 'b'])
  expect(labels('  - id: b\n    when: steps.look.¦')).toEqual(['output', 'error', 'status'])
  expect(labels('  - id: b\n    stop: "{{ inputs.¦ }}"')).toEqual(['host'])
  expect(labels('  - id: b\n    stop: "{{ case.title | ¦"')).toEqual(['upper'])
  expect(labels('  - id: b\n    stop: "{{ ¦"')).toEqual(['case', 'steps', 'inputs', 'upper'])
})

test('the top offers the fields of a playbook', () => {
  expect(labels('\n¦')).toEqual(expect.arrayContaining(['title', 'outputs']))
})

test('a word is explained', () => {
  const text = `${BASE}  - id: t\n    action: jira_cloud.create_ticket\n    stop: "{{ steps.look.output | upper }}"\n`
  const about = (word: string) => aboutWord(text, text.lastIndexOf(word) + 1, { schema, vocabulary, doc: readPlaybook(text) })?.text
  expect(about('jira_cloud.create_ticket')).toContain('Effect: write')
  expect(about('upper')).toContain('capital letters')
  expect(about('steps.look')).toBe('Look')
  expect(about('capability:')).toBe('Ask every connection that can')
  expect(about('title:')).toBe('What people see')
})
