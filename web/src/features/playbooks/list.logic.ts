// Which playbooks the list shows, in which order, and in which words their state is said.
import type { PlaybookLine } from '../../api/playbooks.types'
import type { Tone } from '../../ui/Tag'

export const SORTS = ['title', 'runs', 'failures', 'coverage', 'changed'] as const
export type Sort = (typeof SORTS)[number]

export const SORT_WORDS: Record<Sort, string> = { title: 'Title', runs: 'Most runs', failures: 'Most failures', coverage: 'Least coverage', changed: 'Last run' }

export const STATES = ['live', 'draft', 'shipped', 'git', 'off'] as const
export type State = (typeof STATES)[number]

export const STATE_WORDS: Record<State, string> = { live: 'Live', draft: 'Draft', shipped: 'Shipped', git: 'Git', off: 'Not live' }

/** Every state that a playbook is in: an own one can be live and have a draft. */
export function statesOf(line: PlaybookLine): State[] {
  const found: State[] = []
  if (line.live !== null) found.push('live')
  if (line.origin === 'shipped') found.push('shipped')
  if (line.origin === 'git') found.push('git')
  if (line.draft) found.push('draft')
  if (!line.version) found.push('off')
  return found
}

export interface Tagged {
  text: string
  tone: Tone
  title: string
}

export function tagsOf(line: PlaybookLine): Tagged[] {
  const tags: Tagged[] = []
  const states = statesOf(line)
  if (line.live !== null) tags.push({ text: `v${line.live} live`, tone: 'good', title: 'New runs take this version' })
  else if (line.origin === 'shipped') tags.push({ text: 'shipped', tone: 'info', title: 'New runs take the one that ships with Updraft' })
  if (line.origin === 'git') tags.push({ text: 'Git', tone: 'info', title: 'Its text comes from the repository' })
  if (line.draft) tags.push({ text: line.draft.sound ? 'draft' : 'draft with errors', tone: line.draft.sound ? 'quiet' : 'warn', title: `${line.draft.author} works on it` })
  if (states.includes('off')) tags.push({ text: 'not live', tone: 'quiet', title: 'No run can start' })
  if (line.archived) tags.push({ text: 'put away', tone: 'quiet', title: 'It is only kept for its history' })
  return tags
}

export interface View {
  q: string
  state: State | null
  sort: Sort
}

export function viewOf(search: Record<string, string | undefined>): View {
  return {
    q: search['q'] ?? '',
    state: STATES.find((each) => each === search['state']) ?? null,
    sort: SORTS.find((each) => each === search['sort']) ?? 'title',
  }
}

const ORDER: Record<Sort, (a: PlaybookLine, b: PlaybookLine) => number> = {
  title: () => 0,
  runs: (a, b) => (b.health?.runs ?? 0) - (a.health?.runs ?? 0),
  failures: (a, b) => (b.health?.failure_rate ?? -1) - (a.health?.failure_rate ?? -1),
  coverage: (a, b) => (a.tests?.coverage ?? -1) - (b.tests?.coverage ?? -1),
  changed: (a, b) => (b.health?.last_at ?? '').localeCompare(a.health?.last_at ?? ''),
}

/** The lines that fit, in the order asked for; equals by title. */
export function shown(lines: readonly PlaybookLine[], view: View): PlaybookLine[] {
  const words = view.q.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (line: PlaybookLine) => {
    const text = [line.id, line.title, line.description, ...line.tags, ...line.case_types].join(' ').toLowerCase()
    return words.every((word) => text.includes(word)) && (!view.state || statesOf(line).includes(view.state))
  }
  const name = (line: PlaybookLine) => line.title || line.id
  return lines.filter(fits).sort((a, b) => ORDER[view.sort](a, b) || name(a).localeCompare(name(b), 'en'))
}

/** `0.034` → `3.4 %`. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return '–'
  const value = share * 100
  return `${value > 0 && value < 10 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} %`
}

/** An id from a title: `Block an address` → `block-an-address`. */
export function idFrom(title: string): string {
  return title
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)
}

/** What a new playbook begins with. */
export function blank(id: string, title: string): string {
  return `format: 1\nid: ${id}\ntitle: ${JSON.stringify(title)}\ndescription: ""\nsteps: []\n`
}

/** A copy of another playbook's text under a name of its own; the rest stays byte for byte. */
export function copied(text: string, id: string, title: string): string {
  return text
    .replace(/^id:[ \t]*[^\s#]+/m, `id: ${id}`)
    .replace(/^title:[ \t]*.*$/m, () => `title: ${JSON.stringify(title)}`)
    .replace(/^case_types:/m, '# Another playbook starts for these; take the mark away when this one should.\n# case_types:')
}
