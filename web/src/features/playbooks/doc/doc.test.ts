// Edits change what they mean to change and nothing else: comments, quotes, blank lines and order stay.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { Refused, addBranch, duplicateStep, indentStep, insertStep, moveStep, newStep, nudgeStep, removeStep, renameStep } from './edits'
import { fieldOf, setField } from './fields'
import { KINDS } from './kinds'
import { readPlaybook, stepAt, stepOfId, stepOfPointer } from './model'
import { renamedInTests, usesIn } from './references'
import { difference, pathOf, readYaml } from './yaml'

const TEXT = `# What it is for.
format: 1
id: sample   # stays
steps:
  # First we look.
  - id: look
    title: "Look up"   # a remark
    capability: reputation.ip
    with: {ip: "{{ case.observables[0].value }}"}

  - id: both
    parallel:
      - - id: left
          set: {a: 1}
        - id: right
          set: {b: "{{ steps.look.output?.score ?? 0 }}"}
      - []
  - id: route   # where to
    switch:
      - when: steps.look.output.answered > 0 and 'steps.look' != ''
        do: [{id: note, action: case.comment, with: {text: "{{ steps['look'].output.answered }} steps.look"}}]
      - else: true
        do: []
# The end.
outputs:
  level: '{{ steps.look.output.level ?? ''none'' }}'
`

const ids = (text: string) => readPlaybook(text).all.map((step) => step.id)
const pointer = (text: string, id: string) => stepOfId(readPlaybook(text), id)?.pointer ?? ''

describe('reading', () => {
  test('finds every step, what is inside it, and its lines', () => {
    const doc = readPlaybook(TEXT)
    expect(doc.all.map((step) => [step.id, step.pointer, step.kind, step.line, step.lastLine])).toEqual([
      ['look', '/steps/0', 'capability', 6, 9],
      ['both', '/steps/1', 'parallel', 11, 17],
      ['left', '/steps/1/parallel/0/0', 'set', 13, 14],
      ['right', '/steps/1/parallel/0/1', 'set', 15, 16],
      ['route', '/steps/2', 'switch', 18, 23],
      ['note', '/steps/2/switch/0/do/0', 'action', 21, 21],
    ])
    expect(stepOfId(doc, 'both')?.children.map((branch) => [branch.label, branch.pointer])).toEqual([
      ['branch 1', '/steps/1/parallel/0'],
      ['branch 2', '/steps/1/parallel/1'],
    ])
  })

  test('the cursor is in the innermost step', () => {
    const doc = readPlaybook(TEXT)
    expect(stepAt(doc, TEXT.indexOf('b: "'))?.id).toBe('right')
    expect(stepAt(doc, TEXT.indexOf('parallel:'))?.id).toBe('both')
    expect(stepAt(doc, TEXT.indexOf('format'))).toBeNull()
  })

  test('a text that is broken is read as far as it goes and says where', () => {
    const doc = readPlaybook('steps:\n  - id: a\n    set: {x: 1\n  - id: b\n')
    expect(doc.broken?.line).toBeGreaterThan(2)
    expect(doc.all[0]?.id).toBe('a')
  })
})

describe('putting in', () => {
  test('before, between and after, each with the indentation of its place', () => {
    const lines = newStep('stop', 'enough')
    const first = insertStep(TEXT, { block: '/steps', index: 0 }, lines)
    expect(first.choose).toBe('/steps/0')
    expect(first.text).toContain('steps:\n  - id: enough\n    stop: "nothing more to do"\n  # First we look.\n')
    const last = insertStep(TEXT, { block: '/steps', index: 3 }, lines)
    expect(last.text).toContain('        do: []\n  - id: enough\n    stop: "nothing more to do"\n# The end.')
    const nested = insertStep(TEXT, { block: '/steps/1/parallel/0', index: 0 }, lines)
    expect(nested.text).toContain('      - - id: enough\n          stop: "nothing more to do"\n        - id: left\n')
    expect(nested.choose).toBe('/steps/1/parallel/0/0')
  })

  test('into an empty block, also one behind a dash', () => {
    const lines = newStep('stop', 'enough')
    expect(insertStep(TEXT, { block: '/steps/2/switch/1/do', index: 0 }, lines).text).toContain('      - else: true\n        do:\n          - id: enough\n            stop: "nothing more to do"\n# The end.')
    expect(insertStep(TEXT, { block: '/steps/1/parallel/1', index: 0 }, lines).text).toContain('      - - id: enough\n          stop: "nothing more to do"\n  - id: route')
    expect(insertStep('format: 1\nid: x\nsteps: [] # none yet\n', { block: '/steps', index: 0 }, lines).text).toBe('format: 1\nid: x\nsteps: # none yet\n  - id: enough\n    stop: "nothing more to do"\n')
    expect(insertStep('id: x\nsteps:\n', { block: '/steps', index: 0 }, lines).text).toBe('id: x\nsteps:\n  - id: enough\n    stop: "nothing more to do"\n')
  })

  test('into a block in flow style, which becomes lines', () => {
    const { text } = insertStep(TEXT, { block: '/steps/2/switch/0/do', index: 1 }, newStep('stop', 'enough'))
    expect(text).toContain(`        do:\n          - {id: note, action: case.comment, with: {text: "{{ steps['look'].output.answered }} steps.look"}}\n          - id: enough\n`)
  })

  test('every kind is drawn as that kind, and its blocks can be filled', () => {
    for (const kind of KINDS) {
      const base = 'format: 1\nid: x\nsteps: []\n'
      const { text, choose } = insertStep(base, { block: '/steps', index: 0 }, newStep(kind.name, 'a'))
      const step = stepOfPointer(readPlaybook(text), choose)
      expect(step?.kind).toBe(kind.name)
      for (const branch of step?.children ?? []) {
        const inner = insertStep(text, { block: branch.pointer, index: 0 }, newStep('stop', 'inner'))
        expect(inner.choose).toBe(`${branch.pointer}/0`)
      }
    }
  })
})

describe('taking out', () => {
  test('with the comments that belong to it', () => {
    const { text, choose } = removeStep(TEXT, '/steps/0')
    expect(text).not.toContain('First we look')
    expect(text).toContain('steps:\n\n  - id: both\n')
    expect(choose).toBe('/steps/0')
  })

  test('the last one leaves an empty list', () => {
    expect(removeStep('steps:\n  # why\n  - id: a\n    stop: x\nid: y\n', '/steps/0').text).toBe('steps: []\nid: y\n')
    const right = removeStep(TEXT, '/steps/1/parallel/0/1').text
    expect(removeStep(right, '/steps/1/parallel/0/0').text).toContain('    parallel:\n      - []\n      - []\n')
  })

  test('the first one behind two dashes', () => {
    expect(removeStep(TEXT, '/steps/1/parallel/0/0').text).toContain('    parallel:\n      - - id: right\n')
  })
})

describe('moving', () => {
  test('takes the comments along and leaves every other line as it is', () => {
    const { text, choose } = moveStep(TEXT, '/steps/0', { block: '/steps', index: 3 })
    expect(choose).toBe('/steps/2')
    expect(text.endsWith(`  # First we look.
  - id: look
    title: "Look up"   # a remark
    capability: reputation.ip
    with: {ip: "{{ case.observables[0].value }}"}
# The end.
outputs:
  level: '{{ steps.look.output.level ?? ''none'' }}'
`)).toBe(true)
    const lines = (of: string) => of.split('\n').sort()
    expect(lines(text)).toEqual(lines(TEXT))
  })

  test('into a block and out of it, with the indentation changed', () => {
    const inside = moveStep(TEXT, '/steps/0', { block: '/steps/2/switch/1/do', index: 0 })
    expect(inside.text).toContain('        do:\n          # First we look.\n          - id: look\n            title: "Look up"   # a remark\n')
    expect(inside.choose).toBe('/steps/1/switch/1/do/0')
    const back = moveStep(inside.text, inside.choose ?? '', { block: '/steps', index: 0 })
    expect(back.choose).toBe('/steps/0')
    expect(parse(back.text)).toEqual(parse(TEXT))
  })

  test('never into itself', () => {
    expect(() => moveStep(TEXT, '/steps/1', { block: '/steps/1/parallel/1', index: 0 })).toThrow(Refused)
  })

  test('up and down, out at the edge, and into the step above', () => {
    expect(ids(nudgeStep(TEXT, '/steps/0', 1).text)).toEqual(['both', 'left', 'right', 'look', 'route', 'note'])
    expect(ids(nudgeStep(TEXT, '/steps/1/parallel/0/1', 1).text)).toEqual(['look', 'both', 'left', 'right', 'route', 'note'])
    expect(pointer(nudgeStep(TEXT, '/steps/1/parallel/0/1', 1).text, 'right')).toBe('/steps/2')
    const inside = indentStep(TEXT, '/steps/2')
    expect(pointer(inside.text, 'route')).toBe('/steps/1/parallel/0/2')
  })
})

test('a copy gets new ids, also inside, and refers to itself', () => {
  const text = 'steps:\n  - id: a\n    try:\n      - id: b\n        set: {x: 1}\n    catch:\n      - id: c\n        when: steps.b.error != null\n        stop: "{{ steps.b.error.message }} {{ steps.z.output }}"\n'
  const { text: after, choose } = duplicateStep(text, '/steps/0')
  expect(ids(after)).toEqual(['a', 'b', 'c', 'a_2', 'b_2', 'c_2'])
  expect(choose).toBe('/steps/1')
  expect(after.slice(text.length)).toContain('when: steps.b_2.error')
  expect(after.slice(text.length)).toContain('{{ steps.b_2.error.message }} {{ steps.z.output }}')
  expect(after.startsWith(text.trimEnd())).toBe(true)
})

test('branches are added before else and behind the others', () => {
  const doc = readPlaybook(TEXT)
  const wider = addBranch(TEXT, stepOfId(doc, 'route')!)
  expect(stepOfId(readPlaybook(wider.text), 'route')?.children.map((branch) => branch.label).slice(1)).toEqual(['true', 'else'])
  expect(stepOfId(readPlaybook(addBranch(TEXT, stepOfId(doc, 'both')!).text), 'both')?.children.length).toBe(3)
})

describe('renaming', () => {
  test('references follow in every spelling, texts that only look like one stay', () => {
    const { text } = renameStep(TEXT, '/steps/0', 'ask_all')
    expect(text).toBe(
      TEXT.replace('- id: look', '- id: ask_all')
        .replace('steps.look.output?', 'steps.ask_all.output?')
        .replace('when: steps.look.', 'when: steps.ask_all.')
        .replace("steps['look']", "steps['ask_all']")
        .replace('steps.look.output.level', 'steps.ask_all.output.level'),
    )
  })

  test('an id that is taken or no id is refused', () => {
    expect(() => renameStep(TEXT, '/steps/0', 'both')).toThrow(/Another step/)
    expect(() => renameStep(TEXT, '/steps/0', 'Look')).toThrow(/small letters/)
  })

  test('rollback names steps, an id that is sent somewhere is no step', () => {
    const text = 'steps:\n  - id: a\n    action: x.y\n    with: {list: [{id: a}]}\n  - id: b\n    rollback: {of: [a, "c"]}\n'
    expect(renameStep(text, '/steps/0', 'd').text).toBe(text.replace('- id: a\n', '- id: d\n').replace('[a, "c"]', '[d, "c"]'))
    expect(usesIn(readYaml(text)).map((use) => use.id)).toEqual(['a', 'c'])
  })

  test('the tests follow', () => {
    const text = 'tests:\n  - title: look\n    answers: [{step: look, ok: {look: 1}}]\n    people: [{step: both/look, answer: {}}]\n    expect:\n      order: [look, "both"]\n      steps: {look: succeeded, both/look: {is: failed}}\n'
    expect(renamedInTests(text, 'look', 'x')).toBe('tests:\n  - title: look\n    answers: [{step: x, ok: {look: 1}}]\n    people: [{step: both/x, answer: {}}]\n    expect:\n      order: [x, "both"]\n      steps: {x: succeeded, both/x: {is: failed}}\n')
  })
})

describe('settings', () => {
  const at = (id: string) => pathOf(pointer(TEXT, id))

  test('a value is replaced with its quotes, and the remark behind it stays', () => {
    expect(setField(TEXT, at('look'), ['title'], { scalar: 'Ask: all' })).toContain('    title: "Ask: all"   # a remark\n')
    expect(setField(TEXT, at('look'), ['with', 'ip'], { scalar: '{{ inputs.ip }}' })).toContain('with: {ip: "{{ inputs.ip }}"}')
  })

  test('a new one stands where such a field is looked for', () => {
    expect(setField(TEXT, at('look'), ['when'], { scalar: 'case.observables != []' })).toContain('# a remark\n    when: case.observables != []\n    capability')
    expect(setField(TEXT, at('look'), ['retry', 'max'], { scalar: 3 })).toContain('.value }}"}\n    retry:\n      max: 3\n\n  - id: both')
    expect(setField(TEXT, at('note'), ['with', 'more'], { scalar: 'a, b' })).toContain(`steps.look", more: "a, b"}}]`)
    expect(setField(TEXT, at('note'), ['title'], { scalar: 'Say so' })).toContain('title: Say so}]')
  })

  test('several lines become a block, in flow style a quoted text', () => {
    expect(setField(TEXT, at('look'), ['why'], { scalar: 'one\ntwo' })).toContain('    why: |-\n      one\n      two\n')
    expect(setField(TEXT, at('note'), ['with', 'text'], { scalar: 'one\ntwo' })).toContain('with: {text: "one\\ntwo"}')
  })

  test('YAML is taken as it was typed, or refused', () => {
    expect(setField(TEXT, at('look'), ['retry'], { yaml: '{max: 2}' })).toContain('    retry: {max: 2}\n')
    expect(setField(TEXT, at('look'), ['with'], { yaml: 'ip: 1\n# said\nmore: [a]' })).toContain('    with:\n      ip: 1\n      # said\n      more: [a]\n')
    expect(() => setField(TEXT, at('look'), ['retry'], { yaml: '{max: 2' })).toThrow(/no YAML/)
  })

  test('taken away, its line goes and no other', () => {
    expect(setField(TEXT, at('look'), ['title'], null)).toBe(TEXT.replace('    title: "Look up"   # a remark\n', ''))
    expect(setField(TEXT, at('note'), ['action'], null)).toContain('[{id: note, with:')
    expect(setField(TEXT, at('look'), ['with', 'ip'], null)).toContain('    with: {}\n')
  })

  test('what is written is read back', () => {
    expect(fieldOf(TEXT, [...at('look'), 'title'])).toEqual({ text: 'Look up', scalar: true })
    expect(fieldOf(TEXT, [...at('both'), 'parallel'])?.text).toBe('- - id: left\n    set: {a: 1}\n  - id: right\n    set: {b: "{{ steps.look.output?.score ?? 0 }}"}\n- []')
    expect(fieldOf(TEXT, [...at('both'), 'title'])).toBeNull()
  })

  test('white space at an end stays, of whatever kind', () => {
    for (const value of [' ', '\u00a0', '\u2003x', 'x\ufeff', '\tx']) {
      const after = setField(TEXT, at('right'), ['title'], { scalar: value })
      expect(fieldOf(after, [...at('right'), 'title'])?.text).toBe(value)
    }
  })

  test('any text comes back as it was', () => {
    fc.assert(
      fc.property(fc.constantFrom('look', 'right', 'note'), fc.constantFrom(['title'], ['why'], ['with', 'a b']), fc.string({ unit: 'grapheme', maxLength: 60 }), (id, keys, value) => {
        const after = setField(TEXT, at(id), keys, { scalar: value })
        expect(readYaml(after).document.errors).toEqual([])
        expect(fieldOf(after, [...at(id), ...keys])?.text ?? '').toBe(value)
      }),
      { numRuns: 100 },
    )
  })
})

test('the smallest change between two texts', () => {
  expect(difference('abc', 'abc')).toBeNull()
  expect(difference('aXc', 'aYYc')).toEqual({ from: 1, to: 2, insert: 'YY' })
  expect(difference('aa', 'aaa')).toEqual({ from: 2, to: 2, insert: 'a' })
})
