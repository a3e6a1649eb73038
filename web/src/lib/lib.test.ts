import { describe, expect, test } from 'vitest'
import { defang } from './defang'
import { keyName, meaning } from './keys'
import { safeLink } from './link'
import { absolute, duration, elapsed, relative } from './time'
import { bytes, count, label } from './words'

describe('defang', () => {
  test.each([
    ['ipv4', '203.0.113.9', '203[.]0[.]113[.]9'],
    ['ipv6', '2001:db8::1', '2001[:]db8::1'],
    ['cidr', '10.0.0.0/8', '10[.]0[.]0[.]0/8'],
    ['domain', 'evil.example', 'evil[.]example'],
    ['url', 'http://evil.example/a.php?x=1.2', 'hxxp://evil[.]example/a.php?x=1.2'],
    ['url', 'https://user@evil.example:8443', 'hxxps://user[@]evil[.]example:8443'],
    ['url', 'ftp://evil.example/x', 'fxp://evil[.]example/x'],
    ['url', 'evil.example/x', 'evil[.]example/x'],
    ['email', 'a.b@evil.example', 'a[.]b[@]evil[.]example'],
  ])('%s %s is shown as %s', (type, value, shown) => expect(defang(type, value)).toBe(shown))

  test('what leads nowhere stays as it is', () => {
    expect(defang('sha256', 'ab.cd')).toBe('ab.cd')
    expect(defang('file_path', 'C:\\a.exe')).toBe('C:\\a.exe')
  })
})

describe('links', () => {
  test('only plain web addresses are offered', () => {
    expect(safeLink('https://tickets.example/SEC-1')).toBe('https://tickets.example/SEC-1')
    for (const bad of ['javascript:alert(1)', 'data:text/html,x', 'https://a:b@x.example', '//x.example', 'x', '', null, undefined]) {
      expect(safeLink(bad)).toBeNull()
    }
  })
})

describe('time', () => {
  const now = Date.parse('2026-03-01T12:00:00Z')
  test.each([
    ['2026-03-01T11:59:58Z', 'just now'],
    ['2026-03-01T11:59:30Z', '30 s ago'],
    ['2026-03-01T11:57:00Z', '3 min ago'],
    ['2026-03-01T08:00:00Z', '4 h ago'],
    ['2026-02-27T12:00:00Z', '2 d ago'],
    ['2025-11-01T12:00:00Z', '2025-11-01'],
    ['2026-03-01T12:05:00Z', 'in 5 min'],
    ['no time', 'no time'],
  ])('%s reads %s', (at, text) => expect(relative(at, now)).toBe(text))

  test('a moment is given in UTC too', () => expect(absolute('2026-03-01T11:00:00.123Z')).toContain('2026-03-01 11:00:00 UTC'))

  test.each([
    [0, '0 ms'],
    [340, '340 ms'],
    [2_400, '2.4 s'],
    [42_000, '42 s'],
    [192_000, '3 min 12 s'],
    [7_500_000, '2 h 5 min'],
    [Number.NaN, '–'],
  ])('%d ms reads %s', (ms, text) => expect(duration(ms)).toBe(text))

  test('what lasts is counted until now', () => {
    expect(elapsed('2026-03-01T11:59:00Z', null, now)).toBe(60_000)
    expect(elapsed('2026-03-01T11:59:00Z', '2026-03-01T11:59:01Z', now)).toBe(1_000)
    expect(elapsed(null, null, now)).toBe(0)
  })
})

describe('words', () => {
  test('labels are sentences in small', () => {
    expect(label('in_progress')).toBe('In progress')
    expect(label('sha256')).toBe('SHA-256')
    expect(label('api_token')).toBe('API token')
  })
  test('counts agree with their noun', () => {
    expect(count(1, 'alert')).toBe('1 alert')
    expect(count(12_345, 'alert')).toBe('12,345 alerts')
    expect(count(2, 'entry', 'entries')).toBe('2 entries')
  })
  test('sizes have a unit', () => {
    expect(bytes(950)).toBe('950 B')
    expect(bytes(12_600)).toBe('12.3 KiB')
    expect(bytes(5 << 20)).toBe('5.0 MiB')
  })
})

describe('keys', () => {
  const press = (key: string, more = {}) => keyName({ key, ctrlKey: false, metaKey: false, altKey: false, ...more })
  test('a key has one name', () => {
    expect(press('j')).toBe('j')
    expect(press('?')).toBe('?')
    expect(press('K', { ctrlKey: true })).toBe('ctrl+k')
    expect(press('Shift')).toBeNull()
  })
  test('two keys make a sequence when the second comes soon', () => {
    const keys = ['c', 'g c', 'g r']
    expect(meaning('c', keys, 0)).toBe('c')
    expect(meaning('g', keys, 0)).toBe('g')
    expect(meaning('c', keys, 900)).toBe('g c')
    expect(meaning('c', keys, 950)).toBe('c')
    expect(meaning('g', keys, 1_000)).toBe('g')
    expect(meaning('c', keys, 9_000)).toBe('c')
  })
})
