// One invented run with everything that a run page can show: a loop, a fan-out, a branch, a failure, a retry.
import type { RunDetail, StepDetail, StepLine, TaskView } from '../src/api/types'
import { CASES, NOW, caseId, iso, runId } from './cases'

const START = NOW - 95_000

function step(path: string, kind: string, status: string, from: number, to: number | null, fields: Partial<StepLine> = {}): StepLine {
  const id = path.split('/').at(-1)?.replace(/^.*@/, '') ?? path
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')).replace(/\[\d+\]$/, '') : path.includes('@') ? path.slice(0, path.indexOf('@')) : null
  return { path, parent, attempt: 1, id, title: '', kind, iteration: null, round: null, status, target: null, error: null, started_at: iso(START + from), ended_at: to === null ? null : iso(START + to), cached: false, exchanges: kind === 'target' ? 1 : 0, added_by: null, steered: [], ...fields }
}

const ROUNDS = ['45.155.205.233', 'updates.example.net', 'https://updates.example.net/loader.exe']
const pickRound = (index: number): string | null => ROUNDS[index] ?? null

function iteration(index: number, from: number): StepLine[] {
  const ask = `lookups[${index}]/ask`
  const target = (name: string, status: string, start: number, end: number, fields: Partial<StepLine> = {}) =>
    step(`${ask}@${name.toLowerCase()}`, 'target', status, start, end, { parent: ask, target: name, id: name.toLowerCase(), ...fields })
  return [
    step(ask, 'capability', 'succeeded', from, from + 2_700, { parent: 'lookups', iteration: index, round: pickRound(index), title: 'Look up' }),
    target('VirusTotal', 'succeeded', from, from + 420, { cached: index === 1 }),
    target('AbuseIPDB', 'succeeded', from, from + 310),
    target('Shodan', index === 0 ? 'failed' : 'succeeded', from, from + 2_650, index === 0 ? { attempt: 3, error: { code: 'auth', message: 'Shodan refused the key (401)', hint: 'Check the key of this connection.' } } : {}),
    target('Censys', 'skipped', from, from),
  ]
}

const STEPS: StepLine[] = [
  step('lookups', 'for_each', 'succeeded', 40, 5_200, { title: 'Ask every provider' }),
  ...iteration(0, 50),
  ...iteration(1, 80),
  ...iteration(2, 2_400),
  step('detonations', 'for_each', 'skipped', 5_200, 5_200, { title: 'Detonate attached files' }),
  step('verdict', 'action', 'succeeded', 5_210, 5_260, { title: 'Conclude', target: 'Updraft' }),
  step('report', 'action', 'succeeded', 5_270, 5_410, { title: 'Write the summary report', target: 'Updraft' }),
  step('route', 'switch', 'running', 5_420, null, { title: 'Escalate what is malicious' }),
  step('route/ticket', 'capability', 'running', 5_430, null, { parent: 'route', title: 'Open the Investigation ticket' }),
]

/** What the running one waits for. */
export const TASK: TaskView = {
  id: 'task_1', kind: 'approve', run: runId(CASES), path: 'route/gate', case: caseId(CASES), case_number: CASES, playbook: 'enrichment-only', title: 'Isolate the host?', why: 'Three providers call the address malicious.',
  request: { question: 'Isolate ws-114 from the network?', roles: ['lead'], needs: 2 }, state: 'open', deadline: iso(NOW + 3_600_000), reminded: 1, asked_at: iso(NOW - 600_000), closed_at: null, answered: [], answer: null, roles: ['lead'],
}

const OUTLINE = { id: 'enrichment-only', title: 'Enrichment only', steps: ['lookups', 'detonations', 'verdict', 'report', 'route', 'close'].map((id) => ({ id, pointer: `/steps/${id}`, title: id === 'close' ? 'Close the Enrichment case' : '', kind: STEPS.find((step) => step.path === id)?.kind ?? 'action', subject: '', conditional: false, children: [] })) }

export function runDetail(id: string): RunDetail {
  const n = Number(id.slice(-23))
  const live = n === CASES
  const steps = live ? STEPS : STEPS.map((each) => (each.status === 'running' ? { ...each, status: 'succeeded', ended_at: iso(START + 6_400) } : each)).concat(step('close', 'action', 'succeeded', 6_410, 6_460, { title: 'Close the Enrichment case', target: 'Updraft' }))
  return { id, case: caseId(n), case_number: n, playbook: 'enrichment-only', playbook_version: '9f2c1d7ab04e55c0d1f2a7', state: live ? 'running' : 'succeeded', priority: 'high', created_at: iso(START), started_at: iso(START), ended_at: live ? null : iso(START + 6_460), waiting_for: live ? 'Jira to take the ticket' : '', wake_at: null, error: '', outline: OUTLINE, step_count: steps.length, steps, people: 0, origin: null, paused: null, held: [], can: { cancel: live, pause: live, resume: false, step: false, run_to: live, rollback: false, rerun: !live, add_step: live }, undoable: [], controls: [] }
}

export function runSummaries(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const run = runDetail(runId(CASES - index))
    const state = ['succeeded', 'succeeded', 'failed', 'cancelled'][index % 4] ?? 'succeeded'
    return { ...run, steps: undefined, outline: undefined, state: index === 0 ? 'running' : state, created_at: iso(NOW - index * 61_000), error: state === 'failed' ? 'Step close failed: the case was changed by another run' : '' }
  })
}

export function stepDetail(id: string, path: string): StepDetail | null {
  const found = runDetail(id).steps.find((each) => each.path === path)
  if (!found) return null
  const wire = found.kind === 'target' && found.status !== 'skipped'
  return {
    ...found,
    input: { value: 'cdn-100000.evil.example', type: 'domain' },
    output: found.status === 'succeeded' ? { known: true, malicious: 57, harmless: 3, undetected: 10, categories: { sophos: 'malware', forcepoint: 'command and control' }, tags: ['dga', 'downloader'], whois: null } : null,
    wire: wire
      ? Array.from({ length: found.attempt }, (_, index) => ({
          request: { method: 'GET', url: `https://api.example/v3/domains/cdn-100000.evil.example?attempt=${index + 1}`, headers: [['accept', 'application/json'], ['x-apikey', '***']] },
          request_body: null,
          status: found.status === 'failed' ? 401 : 200,
          response_headers: [['content-type', 'application/json'], ['date', new Date(NOW).toUTCString()]],
          response_body: 'b3f1c0de'.repeat(8),
          failure: null,
          started_at: found.started_at ?? iso(START),
          ended_at: iso(Date.parse(found.started_at ?? iso(START)) + 310),
        }))
      : [],
  }
}
