// What the answers about an observable add up to, in words. Silence is never called clean.
import type { CaseObservable, ProviderAnswer } from '../../api/types'
import { count } from '../../lib/words'

export interface Tally {
  answered: number
  not_found: number
  failed: number
  skipped: number
}

export function tally(answers: readonly ProviderAnswer[]): Tally {
  const sum: Tally = { answered: 0, not_found: 0, failed: 0, skipped: 0 }
  for (const { outcome } of answers) if (outcome in sum) sum[outcome as keyof Tally] += 1
  return sum
}

/** "3 answered, 1 not found, 2 failed". */
export function tallyWords(sum: Tally): string {
  const parts = [
    sum.answered && `${sum.answered} answered`,
    sum.not_found && `${sum.not_found} not found`,
    sum.failed && `${sum.failed} failed`,
    sum.skipped && `${sum.skipped} skipped`,
  ].filter(Boolean)
  return parts.join(', ')
}

/** The verdict's level; without any opinion it is unknown. */
export function levelOf(observable: CaseObservable): string {
  return observable.verdict?.level ?? 'unknown'
}

/** Why the verdict is what it is, in one sentence. */
export function reasonOf(observable: CaseObservable, running: boolean): string {
  const known = observable.verdict && observable.verdict.level !== 'unknown'
  if (known && observable.verdict?.explanation) return observable.verdict.explanation
  if (observable.excluded) return `Never looked up outside: ${observable.excluded}.`
  const sum = tally(observable.answers)
  const asked = sum.answered + sum.not_found + sum.failed
  if (observable.answers.length === 0) return running ? 'Look-ups are under way.' : 'No connection can look this up, so nothing is known about it.'
  if (asked === 0) return `No provider was asked (${count(sum.skipped, 'skipped', 'skipped')}), so nothing is known about it.`
  if (sum.failed === asked) return `No provider could answer (${sum.failed} failed), so nothing is known about it.`
  if (sum.not_found > 0 && sum.answered === 0) return 'No provider knows it. That is not the same as benign.'
  return 'Providers answered, but none has an opinion on it. That is not the same as benign.'
}

const RANK: Record<string, number> = { malicious: 3, suspicious: 2, unknown: 1, benign: 0 }

/** Worst first, then as they were found. Unknown before benign: it may need a look. */
export function byConcern(observables: readonly CaseObservable[]): CaseObservable[] {
  return observables
    .map((observable, index) => ({ observable, index, rank: RANK[levelOf(observable)] ?? 1, score: observable.verdict?.score ?? 0 }))
    .sort((a, b) => b.rank - a.rank || b.score - a.score || a.index - b.index)
    .map(({ observable }) => observable)
}

/** How many observables stand at each level, worst first, empty levels left out. */
export function levels(observables: readonly CaseObservable[]): { level: string; count: number }[] {
  return Object.keys(RANK)
    .map((level) => ({ level, count: observables.filter((each) => levelOf(each) === level).length }))
    .filter((each) => each.count > 0)
}

const WORTH: Record<string, number> = { answered: 3, failed: 2, not_found: 1, skipped: 0 }

/** Answers with something to say first. */
export function byWeight(answers: readonly ProviderAnswer[]): ProviderAnswer[] {
  return [...answers].sort(
    (a, b) =>
      (RANK[b.verdict?.level ?? ''] ?? -1) - (RANK[a.verdict?.level ?? ''] ?? -1) ||
      (WORTH[b.outcome] ?? 0) - (WORTH[a.outcome] ?? 0) ||
      a.connection.localeCompare(b.connection),
  )
}
