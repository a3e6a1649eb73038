// The case list's filters: from the address, to the address, to the API.
import type { CaseQuery } from '../../api/queries'
import type { CaseCounts } from '../../api/types'
import { SEVERITIES } from '../../ui/Tag'

export type Group = 'status' | 'verdict' | 'severity' | 'type'
export type Filters = Record<Group, string[]> & { q: string; owner: string }
export type Search = Record<string, string | undefined>

export const GROUPS: readonly { id: Group; label: string; words: readonly string[] }[] = [
  { id: 'status', label: 'Status', words: ['new', 'in_progress', 'waiting', 'closed'] },
  { id: 'verdict', label: 'Verdict', words: ['malicious', 'suspicious', 'benign', 'unknown'] },
  { id: 'severity', label: 'Severity', words: [...SEVERITIES].reverse() },
  { id: 'type', label: 'Type', words: [] },
]

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

function list(value: unknown, known: readonly string[]): string[] {
  const words = text(value)
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word && (known.length === 0 || known.includes(word)))
  return [...new Set(words)]
}

/** Reads the address; words that are no filter are left out. */
export function parseFilters(search: Record<string, unknown>): Filters {
  const filters: Filters = { status: [], verdict: [], severity: [], type: [], q: text(search['q']), owner: text(search['owner']) }
  for (const { id, words } of GROUPS) filters[id] = list(search[id], words)
  return filters
}

/** The address for these filters, without empty parts. */
export function toSearch(filters: Filters): Search {
  const search: Search = {}
  for (const { id } of GROUPS) if (filters[id].length > 0) search[id] = filters[id].join(',')
  if (filters.q.trim()) search['q'] = filters.q.trim()
  if (filters.owner) search['owner'] = filters.owner
  return search
}

/** The API's query for these filters. */
export function toQuery(filters: Filters): CaseQuery {
  return toSearch(filters) as CaseQuery
}

export function toggle(filters: Filters, group: Group, word: string): Filters {
  const chosen = filters[group]
  return { ...filters, [group]: chosen.includes(word) ? chosen.filter((each) => each !== word) : [...chosen, word] }
}

export function isFiltered(filters: Filters): boolean {
  return Object.keys(toSearch(filters)).length > 0
}

/** The words of a group with how many cases each has; types come from the counts themselves. */
export function choices(group: Group, filters: Filters, counts: CaseCounts | undefined): { word: string; count: number | null }[] {
  const by = counts?.[`by_${group}`] ?? {}
  const fixed = GROUPS.find(({ id }) => id === group)?.words ?? []
  const words = fixed.length > 0 ? fixed : [...new Set([...Object.keys(by), ...filters[group]])].sort()
  return words.map((word) => ({ word, count: counts ? (by[word] ?? 0) : null }))
}
