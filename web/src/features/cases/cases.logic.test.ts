import { describe, expect, test } from 'vitest'
import type { CaseObservable, ProviderAnswer } from '../../api/types'
import { choices, isFiltered, parseFilters, toQuery, toSearch, toggle } from './filters.logic'
import { byConcern, byWeight, levels, reasonOf, tally, tallyWords } from './observables.logic'

describe('filters', () => {
  test('the address and the filters are the same thing', () => {
    const search = { status: 'new,waiting', severity: 'high', type: 'Enrichment', q: 'evil.example', owner: 'ann' }
    expect(toSearch(parseFilters(search))).toEqual(search)
  })
  test('words that are no filter are left out', () => {
    const filters = parseFilters({ status: 'new,nonsense,,new', verdict: 7, q: 42, severity: ['high'] })
    expect(filters).toMatchObject({ status: ['new'], verdict: [], severity: [], q: '42' })
  })
  test('no filter is an empty address', () => {
    expect(toSearch(parseFilters({}))).toEqual({})
    expect(isFiltered(parseFilters({ q: '  ' }))).toBe(false)
    expect(isFiltered(parseFilters({ verdict: 'malicious' }))).toBe(true)
  })
  test('a chip goes on and off', () => {
    const on = toggle(parseFilters({}), 'verdict', 'malicious')
    expect(toQuery(on)).toEqual({ verdict: 'malicious' })
    expect(toQuery(toggle(on, 'verdict', 'malicious'))).toEqual({})
  })
  test('types come from the counts, and a chosen one never vanishes', () => {
    const counts = { total: 3, by_status: { new: 3 }, by_type: { Phishing: 3 }, by_severity: {}, by_verdict: {} }
    expect(choices('type', parseFilters({ type: 'Gone' }), counts)).toEqual([
      { word: 'Gone', count: 0 },
      { word: 'Phishing', count: 3 },
    ])
    expect(choices('status', parseFilters({}), counts)[0]).toEqual({ word: 'new', count: 3 })
    expect(choices('status', parseFilters({}), undefined)[0]).toEqual({ word: 'new', count: null })
  })
})

const answer = (outcome: string, level?: string): ProviderAnswer => ({
  provider: 'p',
  connection: `${outcome} ${level ?? ''}`,
  action: 'lookup',
  outcome,
  reason: '',
  verdict: level ? { level, score: 1, explanation: '' } : null,
  output: {},
  latency_ms: 1,
  cached: false,
  at: '2026-01-01T00:00:00Z',
})

const observable = (fields: Partial<CaseObservable> = {}): CaseObservable => ({ type: 'ipv4', value: '203.0.113.9', answers: [], ...fields })

describe('observables', () => {
  test('silence is never called clean', () => {
    const cases: [Partial<CaseObservable>, RegExp][] = [
      [{}, /nothing is known/],
      [{ excluded: 'private range' }, /Never looked up outside: private range/],
      [{ answers: [answer('skipped')] }, /No provider was asked/],
      [{ answers: [answer('failed'), answer('failed')] }, /No provider could answer \(2 failed\)/],
      [{ answers: [answer('not_found'), answer('failed')] }, /not the same as benign/],
      [{ answers: [answer('answered')] }, /none has an opinion/],
      [{ answers: [answer('answered', 'unknown')], verdict: { level: 'unknown', score: 0, explanation: 'no reports' } }, /not the same as benign/],
    ]
    for (const [fields, reason] of cases) {
      expect(reasonOf(observable(fields), false)).toMatch(reason)
      expect(reasonOf(observable(fields), false)).not.toMatch(/clean|harmless/i)
    }
    expect(reasonOf(observable(), true)).toBe('Look-ups are under way.')
  })
  test('the explanation of the verdict comes first', () => {
    expect(reasonOf(observable({ verdict: { level: 'malicious', score: 91, explanation: '57 of 70' } }), false)).toBe('57 of 70')
  })
  test('worst first, and unknown before benign', () => {
    const level = (name: string | null, score = 0) => observable({ value: `${name} ${score}`, verdict: name ? { level: name, score, explanation: '' } : null })
    const sorted = byConcern([level('benign'), level(null), level('suspicious', 40), level('malicious', 70), level('malicious', 90)])
    expect(sorted.map(({ value }) => value)).toEqual(['malicious 90', 'malicious 70', 'suspicious 40', 'null 0', 'benign 0'])
    expect(levels(sorted)).toEqual([
      { level: 'malicious', count: 2 },
      { level: 'suspicious', count: 1 },
      { level: 'unknown', count: 1 },
      { level: 'benign', count: 1 },
    ])
  })
  test('outcomes are counted', () => {
    const sum = tally([answer('answered'), answer('failed'), answer('failed'), answer('of tomorrow')])
    expect(tallyWords(sum)).toBe('1 answered, 2 failed')
  })
  test('answers with something to say come first', () => {
    const order = byWeight([answer('skipped'), answer('answered', 'benign'), answer('failed'), answer('answered', 'malicious')])
    expect(order.map(({ connection }) => connection.trim())).toEqual(['answered malicious', 'answered benign', 'failed', 'skipped'])
  })
})
