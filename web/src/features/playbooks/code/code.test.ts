import { expect, test } from 'vitest'
import { Code, MAIN, fileOf } from './code'

const files = { text: 'format: 1\nid: x\nsteps: []\n', tests: { 'b.yaml': 'tests: []\n', 'a.yaml': 'tests: []\n' } }

test('undo takes back a change of the graph as it does typing, each file for itself', () => {
  const code = new Code(files, false)
  code.edit('format: 1\nid: y\nsteps: []\n')
  expect(code.snapshot()).toMatchObject({ text: 'format: 1\nid: y\nsteps: []\n', canUndo: true, revision: 1 })
  code.open('a.yaml')
  expect(code.snapshot().canUndo).toBe(false)
  code.open(MAIN)
  code.undo()
  expect(code.files()).toEqual(files)
  code.redo()
  expect(code.text()).toContain('id: y')
})

test('files are added, renamed and removed, the playbook first', () => {
  const code = new Code(files, false)
  expect(code.snapshot().names).toEqual([MAIN, 'a.yaml', 'b.yaml'])
  code.add('c.yaml', 'tests: [1]\n')
  expect(code.snapshot().active).toBe('c.yaml')
  code.rename('c.yaml', 'd.yaml')
  code.remove('a.yaml')
  code.remove(MAIN)
  expect(Object.keys(code.files().tests)).toEqual(['b.yaml', 'd.yaml'])
  code.replace(files)
  expect(code.files()).toEqual(files)
})

test('a place is found by line and column, also behind letters of two units', () => {
  const code = new Code({ text: 'title: "😀 x"\nid: y\n', tests: {} }, false)
  code.goTo(MAIN, 1, 11)
  expect(code.snapshot().cursor).toBe(11)
  code.goTo('somewhere/playbook.yaml', 2, 5)
  expect(code.snapshot().cursor).toBe('title: "😀 x"\nid: '.length)
  expect(fileOf('tests/a.yaml')).toBe('a.yaml')
})

test('what is wrong, chosen and covered outlives edits and a file that is not shown', () => {
  const code = new Code(files, false)
  code.open('a.yaml')
  code.mark([{ code: 'UP001', level: 'error', message: 'no', hint: '', file: 'playbook.yaml', line: 99, column: 99 }])
  code.choose({ from: 0, to: 5 })
  code.cover(new Map([[1, { taken: true, text: '' }], [77, { taken: false, text: '' }]]))
  code.edit('')
  expect(code.text()).toBe('')
})
