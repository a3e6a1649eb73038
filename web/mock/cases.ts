// Invented cases: a hundred thousand of them, made when asked for, so that long lists can be tried.
import type { CaseDetail, CaseObservable, CaseSummary, ProviderAnswer, TicketRef } from '../src/api/types'

export const CASES = 100_000
export const NOW = Date.now()
const STATUSES = ['closed', 'closed', 'closed', 'in_progress', 'new', 'closed', 'waiting']
const VERDICTS = ['malicious', 'benign', 'unknown', 'suspicious', 'benign', 'unknown', 'benign', 'unknown']
const SEVERITIES = ['high', 'medium', 'low', 'critical', 'medium', 'informational']
const REASONS: Record<string, string> = { malicious: 'escalated', suspicious: 'clean', benign: 'clean', unknown: 'inconclusive' }
const SCORES: Record<string, number> = { malicious: 91, suspicious: 48, benign: 4, unknown: 0 }

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T

export const iso = (ms: number): string => new Date(ms).toISOString()
export const caseId = (n: number): string => `case_01J${String(n).padStart(23, '0')}`
export const runId = (n: number): string => `run_01J${String(n).padStart(23, '0')}`

function first(n: number): { type: string; value: string } {
  const values = [
    { type: 'domain', value: `cdn-${n}.evil.example` },
    { type: 'ipv4', value: `203.0.113.${n % 250}` },
    { type: 'sha256', value: (n * 2_654_435_761).toString(16).padStart(16, 'a').repeat(4).slice(0, 64) },
    { type: 'url', value: `http://login-${n}.example/invoice/${n}?session=a8f3` },
  ]
  return pick(values, n)
}

const overrides = new Map<number, Partial<CaseSummary>>()

export function change(n: number, fields: Partial<CaseSummary>) {
  overrides.set(n, { ...overrides.get(n), ...fields, updated_at: iso(Date.now()) })
}

/** Case `n`, from 1. Higher numbers are newer. */
export function summary(n: number): CaseSummary {
  const age = (CASES - n) * 47_000
  const status = n === CASES ? 'in_progress' : pick(STATUSES, n)
  const verdict = n === CASES ? 'malicious' : pick(VERDICTS, n * 7)
  const value = first(n)
  const titles = [`Connection to ${value.value}`, `Suspicious download reported by a mail gateway`, `ET MALWARE Possible loader check-in (${n % 97})`, `GuardDuty: UnauthorizedAccess:EC2/MaliciousIPCaller.Custom`]
  return {
    id: caseId(n),
    number: n,
    type: n % 11 === 0 ? 'Investigation' : 'Enrichment',
    title: pick(titles, n * 3),
    severity: pick(SEVERITIES, n * 5),
    status,
    verdict,
    score: SCORES[verdict] ?? 0,
    occurrences: 1 + ((n * 13) % 9),
    owner: n % 5 === 0 ? 'admin' : null,
    opened_at: iso(NOW - age - 30_000),
    updated_at: iso(NOW - age),
    closed_at: status === 'closed' ? iso(NOW - age) : null,
    close_reason: status === 'closed' ? REASONS[verdict] : null,
    observables_count: 1 + (n % 6),
    first_observable: value,
    ticket: verdict === 'malicious' ? { id: `SEC-${n}`, url: `https://jira.example.net/browse/SEC-${n}`, connection: 'Jira', purpose: 'investigation' } : null,
    ...overrides.get(n),
  }
}

function answer(connection: string, outcome: string, fields: Partial<ProviderAnswer> = {}): ProviderAnswer {
  return { provider: connection.toLowerCase(), connection, action: 'lookup', outcome, reason: '', verdict: null, output: {}, latency_ms: 180 + connection.length * 37, cached: false, link: null, at: iso(NOW - 60_000), ...fields }
}

function opinion(level: string, score: number, explanation: string) {
  return { level, score, explanation, reliability: 'B' }
}

function observables(n: number): CaseObservable[] {
  const main = first(n)
  const bad = opinion('malicious', 91, '57 of 70 engines call it malicious (threshold 3)')
  return [
    {
      ...main,
      verdict: bad,
      answers: [
        answer('VirusTotal', 'answered', { verdict: bad, output: { malicious: 57, harmless: 3, undetected: 10, tags: ['downloader', 'dga'], last_analysis: iso(NOW - 9e7) }, link: 'https://www.virustotal.com/gui/search/example' }),
        answer('AbuseIPDB', 'not_found', { cached: true }),
        answer('Anomali ThreatStream', 'answered', { verdict: opinion('suspicious', 55, 'Confidence 55, itype mal_domain'), output: { itype: 'mal_domain', confidence: 55 } }),
        answer('Shodan', 'failed', { reason: 'Shodan refused the key (401). Check the secret of this connection.', latency_ms: 92 }),
        answer('Censys', 'skipped', { reason: 'The connection has no API key.' }),
      ],
    },
    { type: 'ipv4', value: '198.51.100.23', verdict: opinion('benign', 3, 'Known scanner of a search engine'), answers: [answer('GreyNoise', 'answered', { verdict: opinion('benign', 3, 'Known scanner of a search engine'), output: { classification: 'benign' } }), answer('VirusTotal', 'not_found')] },
    { type: 'ipv4', value: '10.0.0.12', excluded: 'private range 10.0.0.0/8', verdict: null, answers: [] },
    { type: 'md5', value: 'd41d8cd98f00b204e9800998ecf8427e', verdict: null, answers: [answer('VirusTotal', 'not_found'), answer('Anomali ThreatStream', 'failed', { reason: 'No answer within 60 s.', latency_ms: 60_000 })] },
    { type: 'email', value: 'billing@login-update.example', verdict: null, answers: [] },
  ].slice(0, n === CASES ? 5 : 1 + (n % 5))
}

/** The ticket of a malicious case. */
export function ticketOf(n: number): TicketRef | null {
  if (summary(n).verdict !== 'malicious') return null
  return { id: `SEC-${n % 9000}`, url: `https://tickets.example/browse/SEC-${n % 9000}`, connection: 'Jira', purpose: 'investigation' }
}

export function detail(n: number): CaseDetail {
  const head = summary(n)
  const over = head.status === 'closed' || n !== CASES
  const run = { id: runId(n), case: head.id, playbook: 'enrichment-only', playbook_version: '9f2c1d7ab04e55c0d1f2', state: over ? 'succeeded' : 'running', priority: head.severity, created_at: head.opened_at, started_at: head.opened_at, ended_at: over ? head.updated_at : null, waiting_for: '', wake_at: null, error: '', people: 0, step_count: 24 }
  return {
    ...head,
    explanation: head.verdict === 'unknown' ? 'No provider knows any of the values.' : `any-malicious: VirusTotal says ${head.verdict} about ${head.first_observable?.type} (57 of 70 engines call it malicious, threshold 3).`,
    close_note: '',
    dedup_key: `${head.first_observable?.type}:${head.first_observable?.value}`,
    parent: null,
    observables: observables(n),
    tickets: [ticketOf(n)].filter((ticket) => ticket !== null),
    runs: [run],
    reports: ['html', 'md', 'json'].map((format) => ({ format, run: run.id })),
  }
}
