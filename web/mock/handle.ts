// The API, answered from invented data: for `npm run dev` and for tests of components.
import { parseFilters } from '../src/features/cases/filters.logic'
import { CASES, NOW, caseId, change, detail, iso, runId, summary, ticketOf } from './cases'
import { playbooks } from './playbooks'
import { TASK, runDetail, runSummaries, stepDetail } from './runs'
import { audit, connectors, state } from './settings'

export interface Reply {
  status: number
  body?: unknown
  type?: string
}

const PATHS = {
  case_type: 'Enrichment', days: 30, runs: 412,
  paths: [
    { hash: 'a1', playbook: 'enrichment-only', steps: ['lookups', 'verdict', 'report', 'close'], count: 389, share: 0.944, rare: false, median_ms: 4_100, last_at: iso(NOW), runs: [runId(CASES - 1), runId(CASES - 2)], deviations: [] },
    { hash: 'b2', playbook: 'enrichment-only', steps: ['lookups', 'verdict', 'report', 'route', 'close'], count: 3, share: 0.0073, rare: true, median_ms: 9_800, last_at: iso(NOW), runs: [runId(CASES - 3)], deviations: [{ what: 'skipped', step: 'lookups[0]/ask', by: 'admin', run: runId(CASES - 3) }] },
  ],
}
const DECISIONS = [{ playbook: 'phishing', step: 'review', title: 'Is it malicious?', kind: 'manual', answered: 214, same: 214, answer: 'benign', share: 1, lower_bound: 0.9861, median_ms: 95_000, total_ms: 20_330_000, counter_examples: [], suggestion: 'default: {verdict: benign}\n' }]

const ok = (body: unknown, status = 200): Reply => ({ status, body })
const none: Reply = { status: 204 }
const refuse = (status: number, code: string, detail: string, hint = ''): Reply => ({ status, body: { code, title: code, detail, hint } })

function numberOf(ref: string): number {
  return ref.startsWith('case_') ? Number(ref.slice(-23)) : Number(ref)
}

function page<T>(all: readonly T[], query: URLSearchParams): Reply {
  const from = Number(query.get('after') ?? 0)
  const limit = Number(query.get('limit') ?? 50)
  return ok({ items: all.slice(from, from + limit), next: from + limit < all.length ? String(from + limit) : null })
}

function cases(query: URLSearchParams): Reply {
  const filters = parseFilters(Object.fromEntries(query))
  const limit = Number(query.get('limit') ?? 50)
  const items = []
  let at = Number(query.get('after') ?? CASES)
  for (; at > 0 && items.length < limit; at -= 1) {
    const row = summary(at)
    const words = filters.q.toLowerCase()
    const hit =
      (filters.status.length === 0 || filters.status.includes(row.status)) &&
      (filters.verdict.length === 0 || filters.verdict.includes(row.verdict)) &&
      (filters.severity.length === 0 || filters.severity.includes(row.severity)) &&
      (filters.type.length === 0 || filters.type.includes(row.type)) &&
      (!filters.owner || row.owner === filters.owner) &&
      (!words || `${row.number} ${row.title} ${row.first_observable?.value ?? ''}`.toLowerCase().includes(words))
    if (hit) items.push(row)
  }
  return ok({ items, next: at > 0 ? String(at) : null })
}

let counted: unknown
function counts(): unknown {
  if (counted) return counted
  const sum: Record<string, Record<string, number>> = { by_status: {}, by_type: {}, by_severity: {}, by_verdict: {} }
  for (let n = 1; n <= CASES; n += 1) {
    const row = summary(n)
    for (const field of ['status', 'type', 'severity', 'verdict'] as const) {
      const by = sum[`by_${field}`] ?? {}
      by[row[field]] = (by[row[field]] ?? 0) + 1
    }
  }
  counted = { total: CASES, ...sum }
  return counted
}

function timeline(n: number): unknown[] {
  const head = summary(n)
  const ticket = ticketOf(n)
  const at = (ms: number) => iso(Date.parse(head.opened_at) + ms)
  return [
    { at: at(0), kind: 'alert', actor: 'source siem', text: `Alert arrived: ${head.title}`, data: { alert: 'alert_1' } },
    { at: at(40), kind: 'opened', actor: 'source siem', text: 'Case opened', data: {} },
    { at: at(90), kind: 'run_started', actor: 'playbook enrichment-only', text: 'Run started: Enrichment only', data: { run: detail(n).runs[0]?.id } },
    { at: at(5_260), kind: 'verdict', actor: 'playbook enrichment-only', text: `Verdict is ${head.verdict} (${head.score})`, data: {} },
    ...(ticket ? [{ at: at(6_100), kind: 'ticket', actor: 'playbook enrichment-only', text: `Ticket ${ticket.id} opened in Jira`, data: {} }] : []),
    ...(head.close_reason ? [{ at: at(6_400), kind: 'closed', actor: 'playbook enrichment-only', text: `Closed: ${head.close_reason}`, data: {} }] : []),
    { at: at(20_000), kind: 'comment', actor: 'admin', text: 'Seen on two more hosts; asked the network team to look.', data: {} },
  ].reverse()
}

function alerts(n: number): unknown[] {
  const head = summary(n)
  return [{ id: 'alert_01J1', source: 'src_1', received_at: head.opened_at, raw_bytes: 1_843, content_type: 'application/json', state: 'admitted', title: head.title, severity: head.severity, observables: [], diagnostics: n % 2 ? [] : ['Field `timestamp` is no time: the time of arrival was taken.'], case: head.id, run: null, fields: { event_type: 'alert', src_ip: '10.0.0.12', dest_ip: '198.51.100.23', alert: { signature: head.title, severity: 1 } } }]
}

const REPORT = '<!doctype html><html><head><title>Report</title><style>body{font:15px system-ui;margin:2rem;color:#1a2129}td,th{padding:.4rem 1rem .4rem 0;text-align:left}</style></head><body><h1>Enrichment report</h1><p>Verdict: <b>malicious</b> (91)</p><table><tr><th>Observable</th><th>Provider</th><th>Said</th></tr><tr><td>cdn[.]evil[.]example</td><td>VirusTotal</td><td>57 of 70</td></tr></table></body></html>'

function caseRoute(ref: string, rest: string, method: string, query: URLSearchParams, body: Record<string, unknown>): Reply {
  const n = numberOf(ref)
  if (!(n >= 1 && n <= CASES)) return refuse(404, 'not_found', `there is no case ${ref}`)
  if (rest === 'timeline') return page(timeline(n), query)
  if (rest === 'report') return { status: 200, body: REPORT, type: 'text/html' }
  if (rest === 'comments') return none
  if (rest === 'buttons') return ok([{ playbook: 'isolate-host', title: 'Isolate a host', inputs: [{ name: 'host', type: 'string', required: true, default: null, options: [], summary: 'Its name' }] }])
  if (rest === 'rerun') return ok(detail(n).runs[0], 202)
  if (rest === 'close') change(n, { status: 'closed', close_reason: String(body['reason']), closed_at: iso(NOW) })
  if (rest === 'reopen') change(n, { status: 'in_progress', close_reason: null, closed_at: null })
  if (method === 'PATCH') change(n, body['owner'] === '' ? { owner: null } : (body as { owner?: string; severity?: string }))
  return ok(detail(n))
}

function session(method: string, rest: string, body: Record<string, unknown>): Reply {
  if (rest === 'password') {
    if (state.me) state.me.must_change_password = false
    return none
  }
  if (method === 'DELETE') {
    state.me = null
    return none
  }
  if (method === 'POST') {
    if (body['password'] === 'wrong') return refuse(401, 'unauthenticated', 'name or password is wrong')
    state.me = { id: 'user_01J1', name: String(body['name']), role: 'admin', tenant: 't', must_change_password: body['password'] === 'once', permissions: ['case_read', 'case_write', 'config_read', 'config_write', 'user_read', 'user_write', 'audit_read'] }
  }
  return state.me ? ok(state.me) : refuse(401, 'unauthenticated', 'sign in first')
}

function connections(id: string, rest: string, method: string, body: Record<string, unknown>): Reply {
  if (!id && method === 'GET') return ok(state.connections)
  if (!id) {
    const made = { ...state.connections[0], ...body, id: `conn_${state.connections.length + 1}`, secrets: Object.keys((body['secrets'] as object) ?? {}), problem: null, enabled: true, updated_at: iso(Date.now()) } as (typeof state.connections)[0]
    state.connections.push(made)
    return ok(made, 201)
  }
  const found = state.connections.find((each) => each.id === id)
  if (!found) return refuse(404, 'not_found', 'there is no such connection')
  if (rest === 'test') return ok(found.problem ? { ok: false, message: 'It refused the key (401).', hint: 'Set the secret api_key.', latency_ms: 120 } : { ok: true, message: '', hint: '', latency_ms: 231 })
  if (method === 'DELETE') {
    state.connections = state.connections.filter((each) => each !== found)
    return none
  }
  Object.assign(found, { ...body, secrets: found.secrets, updated_at: iso(Date.now()) })
  return ok(found)
}

/** Answers one request. `url` is path and query. */
export function handle(method: string, url: string, body: Record<string, unknown> = {}): Reply {
  const { pathname, searchParams: query } = new URL(url, 'http://mock')
  const [noun = '', id = '', ...more] = pathname.replace(/^\/api\/v1\//, '').split('/').map(decodeURIComponent)
  const rest = more.join('/')
  if (noun === 'session') return session(method, id, body)
  if (!state.me) return refuse(401, 'unauthenticated', 'sign in first')
  const aboutPlaybooks = playbooks(noun, id, rest, method, query, body)
  if (aboutPlaybooks) return aboutPlaybooks
  switch (noun) {
    case 'cases':
      if (!id) return cases(query)
      return id === 'counts' ? ok(counts()) : caseRoute(id, rest, method, query, body)
    case 'alerts':
      return id ? { status: 200, body: 'raw bytes', type: 'application/octet-stream' } : page(alerts(numberOf(query.get('case') ?? caseId(1))), query)
    case 'runs': {
      if (!id) return page(runSummaries(300).filter((run) => !query.get('state') || run.state === query.get('state')), query)
      if (rest === 'step') {
        const found = stepDetail(id, query.get('path') ?? '')
        return found ? ok(found) : refuse(404, 'not_found', 'there is no such step')
      }
      if (rest === 'replay') return ok({ identical: true, entries: 61, exchanges: 9, digest: 'b3'.repeat(32), divergence: null })
      if (rest === 'compare') return ok({ run: id, playbook: 'enrichment-only', with: 'draft', digest: '', identical: false, first: { path: 'verdict', what: 'input', at: '', then: null, now: null }, steps: [{ path: 'verdict', id: 'verdict', kind: 'action', change: 'changed', before: null, after: null, differs: { policy: ['any-malicious', 'reliability-weighted'] } }], left_out: 0, unanswered: [], then: null, now: null })
      if (rest === 'test') return ok({ name: 'made.yaml', text: 'title: Made of a run\n', masked: [] })
      return ['cancel', 'control', 'steps', 'signals'].includes(rest) ? { status: 202 } : ok(runDetail(id))
    }
    case 'tasks':
      if (rest === 'answer') return ok({ ...TASK, state: 'answered' })
      if (id) return ok(TASK)
      return ok({ items: query.get('state') === 'done' || (query.get('run') && query.get('run') !== TASK.run) || (query.get('case') && query.get('case') !== TASK.case) ? [] : [TASK], next: null })
    case 'paths':
      return ok(PATHS)
    case 'automate-next':
      return ok(DECISIONS)
    case 'connectors':
      return ok(connectors)
    case 'connections':
      return connections(id, rest, method, body)
    case 'sources':
      if (rest === 'token') return ok({ token: 'src_mock_token_4f9a' }, 201)
      if (method === 'POST') return ok({ source: { ...state.sources[0], name: body['name'] }, token: 'src_mock_token_4f9a' }, 201)
      return method === 'PUT' ? ok(state.sources[0]) : ok(state.sources)
    case 'users':
      if (rest === 'password-reset') return ok({ one_time_password: 'mock-one-time-word' })
      if (method === 'POST') return ok({ user: { ...state.users[1], name: body['name'] }, one_time_password: 'mock-one-time-word' }, 201)
      return method === 'PATCH' ? ok(state.users[1]) : ok(state.users)
    case 'audit':
      return page(audit, query)
    default:
      return refuse(404, 'not_found', `the mock does not know ${pathname}`)
  }
}
