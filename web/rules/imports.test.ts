// Who may import whom: app → features → api, ui, lib. A feature meets another only at its index.ts.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const SRC = join(import.meta.dirname, '../src')
const LINES_MAX = 300

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('api/generated/'))
  .map((file) => ({ file, text: readFileSync(join(SRC, file), 'utf8') }))

const code = files.filter(({ file }) => !file.includes('.test.'))

/** The files that a file imports, relative to src. */
function importsOf(file: string, text: string): string[] {
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)
  return [...found].map(([, path = '']) => relative(SRC, join(SRC, dirname(file), path)))
}

/** The rule that an import breaks, or null. */
export function broken(from: string, to: string): string | null {
  const [room = '', noun = ''] = from.split('/')
  const [target = '', other = ''] = to.split('/')
  if (target === 'app' && room !== 'app' && to !== 'app/paths') return 'only paths.ts of app may be used outside it'
  if (room === 'lib' && target !== 'lib') return 'lib stands on nothing'
  if (room === 'ui' && !['ui', 'lib'].includes(target)) return 'ui stands on lib only'
  if (room === 'api' && !['api', 'lib'].includes(target)) return 'api stands on lib only'
  if (room === 'features' && target === 'features' && noun !== other && to !== `features/${other}`) return 'features meet at index.ts'
  return null
}

test('every import points down', () => {
  const errors = code.flatMap(({ file, text }) =>
    importsOf(file, text).flatMap((to) => {
      const rule = broken(file, to)
      return rule ? [`${file} imports ${to}: ${rule}`] : []
    }),
  )
  expect(errors).toEqual([])
})

test('the rule itself refuses what it should', () => {
  expect(broken('lib/time.ts', 'api/client')).toBe('lib stands on nothing')
  expect(broken('ui/Tag.tsx', 'features/session')).toBe('ui stands on lib only')
  expect(broken('features/cases/CasePage.tsx', 'features/runs/tree.logic')).toBe('features meet at index.ts')
  expect(broken('features/cases/CasePage.tsx', 'features/session')).toBeNull()
  expect(broken('features/cases/CasePage.tsx', 'app/Shell')).toBe('only paths.ts of app may be used outside it')
})

test('default exports are pages only', () => {
  const errors = code.filter(({ file, text }) => /export default/.test(text) && !/Page\.tsx$/.test(file)).map(({ file }) => file)
  expect(errors).toEqual([])
})

test('addresses are written in paths.ts, the API client and nowhere else', () => {
  const errors = code
    .filter(({ file }) => !file.startsWith('api/') && file !== 'app/paths.ts' && file !== 'app/routes.tsx')
    .filter(({ text }) => /(to|href|navigate\(\{ to)[:=]\s*[{]?['"`]\//.test(text))
    .map(({ file }) => file)
  expect(errors).toEqual([])
})

test('nothing writes HTML or runs text as code', () => {
  const errors = code.filter(({ text }) => /dangerouslySetInnerHTML|innerHTML\s*=|\beval\(|new Function\(/.test(text)).map(({ file }) => file)
  expect(errors).toEqual([])
})

test('no file is too long to read', () => {
  const errors = files.filter(({ text }) => text.split('\n').length > LINES_MAX).map(({ file, text }) => `${file}: ${text.split('\n').length}`)
  expect(errors).toEqual([])
})
