// Invented playbooks that can be edited, kept as versions, tried and activated, for `npm run dev` and for tests.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import type { Backtest, Difference, Finding, PlaybookLine, Policy, Repository, Tested, VersionLine } from '../src/api/playbooks.types'
import { readPlaybook } from '../src/features/playbooks/doc/model'
import { CASES, NOW, caseId, iso, runId } from './cases'
import type { Reply } from './handle'
import { connectors, state as settings } from './settings'

interface Files {
  text: string
  tests: Record<string, string>
}

interface Kept {
  line: PlaybookLine
  shipped: Files | null
  draft: Files | null
  versions: (VersionLine & { files: Files })[]
  activations: { at: string; by: string; number: number | null; message: string; rollback: boolean }[]
}

const content = (path: string) => readFileSync(join(import.meta.dirname, '../../content/playbooks', path), 'utf8')

const ok = (body: unknown, status = 200): Reply => ({ status, body })
const none: Reply = { status: 204 }
const refuse = (status: number, code: string, detail: string, hint = '', points: unknown[] = []): Reply => ({ status, body: { code, title: code, detail, hint, points } })

const line = (id: string, title: string, fields: Partial<PlaybookLine> = {}): PlaybookLine => ({ id, title, description: '', origin: 'own', case_types: [], tags: [], version: '', live: null, newest: 0, revision: 1, draft: null, archived: false, shipped: false, git_file: null, inputs: [], given: {}, triggers: [], health: null, tests: null, backtest: null, ...fields })

const health = (runs: number, failed: number, median_ms: number, automation: number) => ({ runs, succeeded: runs - failed, failed, cancelled: 0, failure_rate: failed / runs, median_ms, automation, last_at: iso(NOW - 300_000), last_run: runId(CASES) })

const PHISHING = `# What we do about a mail that somebody reported.
format: 1
id: phishing
title: Reported phishing mail
description: Look the mail up, ask before anything is taken away, and answer whoever reported it.
case_types: [Phishing]
steps:
  # The sender says most.
  - id: sender
    title: Look the sender up
    capability: reputation.domain
    with: {domain: "{{ case.observables[0].value }}"}
  - id: decide
    title: Is it malicious?
    switch:
      - when: steps.sender.output.answered > 0
        do:
          - id: gate
            title: May we purge it?
            approve: {question: "Purge the mail everywhere?", default: deny}
            timeout: 4h
          - id: purge
            title: Purge it
            when: steps.gate.output.approved
            action: jira_cloud.create_ticket
            with: {title: "Purge {{ case.title }}"}
      - else: true
        do: []
  - id: thanks
    title: Thank the reporter
    action: case.comment
    with:
      text: "Thank you."
`

function first(): Map<string, Kept> {
  const enrichment = { text: content('enrichment-only/playbook.yaml'), tests: { 'trouble.yaml': content('enrichment-only/tests/trouble.yaml'), 'verdicts.yaml': content('enrichment-only/tests/verdicts.yaml') } }
  const phishing: Files = { text: PHISHING, tests: { 'mail.yaml': 'tests:\n  - title: A known sender is thanked\n    trigger: {case: {observables: [{type: domain, value: example.org}]}}\n    expect: {state: succeeded}\n' } }
  const kept: Kept[] = [
    { line: line('enrichment-only', 'Enrichment only', { origin: 'shipped', shipped: true, version: '9f2c', description: 'Asks every connection that can say something about the alert’s observables, merges the answers to a verdict, writes the report and opens one ticket.', triggers: [{ kind: 'case_type', text: 'a case of type Enrichment' }], health: health(1_204, 31, 5_300, 0.97), tests: { count: 21, passed: 21, coverage: 96, at: iso(NOW) } }), shipped: enrichment, draft: null, versions: [], activations: [] },
    { line: line('phishing', 'Reported phishing mail', { version: 'ab12', live: 1, newest: 1, description: 'Look the mail up, ask before anything is taken away, and answer whoever reported it.', draft: { author: 'admin', at: iso(NOW - 60_000), sound: true }, triggers: [{ kind: 'case_type', text: 'a case of type Phishing' }], health: health(86, 14, 724_000, 0.41), tests: { count: 1, passed: 1, coverage: 38, at: iso(NOW) }, backtest: { id: 'backtest_1', at: iso(NOW - 9e7), days: 7, verdict: '3 of 61 cases would go another way' } }), shipped: null, draft: phishing, versions: [{ number: 1, message: 'First one that asks before it purges', author: 'night-shift', at: iso(NOW - 9e8), digest: 'ab12', files: { ...phishing, text: PHISHING.replace('Thank you.', 'Thanks!') } }], activations: [{ at: iso(NOW - 8e8), by: 'admin', number: 1, message: 'Agreed on Monday', rollback: false }] },
    { line: line('block-address', 'Block an address', { origin: 'git', version: 'cd34', live: 1, newest: 1, description: 'Blocks an address at every gateway that can, for a day, and takes it back by itself.', tags: ['containment'] }), shipped: null, draft: { text: 'format: 1\nid: block-address\ntitle: Block an address\nsteps:\n  - id: block\n    capability: network.block_ip\n    with: {}\n', tests: {} }, versions: [], activations: [] },
  ]
  return new Map(kept.map((each) => [each.line.id, each]))
}

let books = first()
let policy: Policy = { tests: false, coverage_min: 0, destructive: false, second_person: false, backtest_days: null, ad_hoc: ['read', 'notify', 'write', 'contain_reversible'] }
const NO_REPOSITORY: Repository = { folder: '', branch: 'main', path: '', signed: false, signers: '', every_minutes: 0 }
let repository = NO_REPOSITORY

/** As it was at first, for tests. */
export function resetPlaybooks() {
  books = first()
  policy = { ...policy, tests: false, coverage_min: 0 }
  repository = NO_REPOSITORY
}

/** For tests: somebody else saves. */
export function savedByAnother(id: string, text: string) {
  const kept = books.get(id)
  if (!kept) return
  kept.draft = { text, tests: {} }
  kept.line.draft = { author: 'night-shift', at: iso(NOW), sound: true }
}

const digestOf = (files: Files) => `d${JSON.stringify(files).length}-${[...JSON.stringify(files)].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7)}`
const working = (kept: Kept): Files => kept.draft ?? kept.versions.find((each) => each.number === kept.line.live)?.files ?? kept.versions.at(-1)?.files ?? kept.shipped ?? { text: '', tests: {} }

function check(files: Files): Finding[] {
  const doc = readPlaybook(files.text)
  const found: Finding[] = []
  const add = (code: string, message: string, hint: string, at: number) => found.push({ code, level: 'error', message, hint, file: 'playbook.yaml', line: at, column: 1 })
  if (doc.broken) add('UY001', doc.broken.message, '', doc.broken.line)
  else if (doc.steps.length === 0) add('UP010', 'there is no step', 'add one under `steps`', 1)
  const seen = new Set<string>()
  for (const step of doc.all) {
    const column = files.text.split('\n')[step.line - 1]?.indexOf('id') ?? 0
    if (!step.kind) found.push({ code: 'UP009', level: 'error', message: 'the step says nothing to do', hint: 'give it one of action, capability, switch, …', file: 'playbook.yaml', line: step.line, column: column + 1 })
    if (seen.has(step.id)) found.push({ code: 'UP005', level: 'error', message: `another step has the id \`${step.id}\``, hint: 'ids are unique in the whole playbook', file: 'playbook.yaml', line: step.line, column: column + 1 })
    seen.add(step.id)
  }
  for (const [name, text] of Object.entries(files.tests)) {
    const error = parseDocument(text, { logLevel: 'silent' }).errors[0]
    if (error) found.push({ code: 'UY001', level: 'error', message: error.message.split('\n')[0] ?? '', hint: '', file: name, line: error.linePos?.[0].line ?? 1, column: 1 })
  }
  return found
}

function test(files: Files): Tested {
  const doc = readPlaybook(files.text)
  const titles = Object.entries(files.tests).flatMap(([file, text]) => [...text.matchAll(/- title: (.*)/g)].map((match) => ({ file, title: match[1] ?? '', broken: text.includes('state: failed') })))
  const branches = doc.all.flatMap((step) => step.children.map((branch, index) => ({ step: step.id, label: branch.label, line: step.line, column: 1, taken: index < titles.length })))
  const taken = branches.filter((branch) => branch.taken).length
  return {
    passed: titles.every((each) => !each.broken),
    tests: titles.map((each) => ({ file: each.file, title: each.title, passed: !each.broken, state: 'succeeded', steps: doc.all.length, faults: each.broken ? [{ code: 'UT010', level: 'error', message: 'the run ended with succeeded, not failed', hint: '', file: each.file, line: 5, column: 14 }] : [] })),
    coverage: { percent: branches.length === 0 ? 100 : Math.floor((100 * taken) / branches.length), taken, total: branches.length, missing: branches.filter((branch) => !branch.taken), destructive: doc.all.filter((step) => step.kind === 'action' && !step.subject.startsWith('case.')).map((step) => ({ step: step.id, action: step.subject, effect: 'write', reached: true, approved: true, denied: false })) },
  }
}

function headOf(kept: Kept): PlaybookLine {
  const doc = readPlaybook(working(kept).text)
  return { ...kept.line, title: doc.title || kept.line.id }
}

function detailOf(kept: Kept): unknown {
  const files = working(kept)
  return { ...headOf(kept), text: files.text, test_files: files.tests, source: kept.draft ? 'draft' : 'shipped', digest: digestOf(files), diagnostics: check(files) }
}

function diff(from: string, to: string, a: string, b: string): Difference {
  const [left, right] = [a.split('\n'), b.split('\n')]
  const lines = [...left.filter((each) => !right.includes(each)).map((text) => ({ op: '-', text })), ...right.filter((each) => !left.includes(each)).map((text) => ({ op: '+', text }))]
  return { from, to, unified: lines.map((each) => each.op + each.text).join('\n'), hunks: lines.length > 0 ? [{ old_start: 1, new_start: 1, lines }] : [], steps: lines.length > 0 ? [{ id: 'thanks', change: 'changed', from: '', to: '', fields: [{ path: 'with.text', before: 'Thanks!', after: 'Thank you.' }] }] : [], tests: [] }
}

const backtest: Backtest = {
  id: 'backtest_1',
  source: 'draft',
  days: 7,
  limit: 1_000,
  by: 'admin',
  created_at: iso(NOW - 9e7),
  ended_at: iso(NOW - 9e7 + 40_000),
  state: 'done',
  error: '',
  looked_at: 212,
  matched: 61,
  more: false,
  result: {
    played: 61,
    unknown: 4,
    unreadable: 0,
    table: { closed: 41, closed_as: { clean: 30, inconclusive: 11 }, escalated: 6, contained: ['10.0.0.5', 'host-7'], contain_runs: 2, asked: 9, asked_whom: { analyst: 9 }, waiting: 3, tickets: 6, failed: 1 },
    same: 54,
    different: 3,
    differs: [{ run: runId(7), case: caseId(7), case_number: 7, what: 'closed', then: 'inconclusive', now: 'clean' }],
    differs_left_out: 0,
    unknowns: [{ wanted: 'reputation.domain', connection: 'VirusTotal', step: 'sender', runs: 4, example: { run: runId(9), case: caseId(9), case_number: 9 } }],
  },
}

function one(kept: Kept, rest: string, method: string, query: URLSearchParams, body: Record<string, unknown>): Reply {
  const { line: head } = kept
  const me = settings.me?.name ?? 'admin'
  switch (rest.split('/')[0]) {
    case '':
      return ok(detailOf(kept))
    case 'draft': {
      if (method === 'DELETE') {
        kept.draft = null
        head.draft = null
        return none
      }
      if (body['base'] !== digestOf(working(kept))) return refuse(409, 'conflict', `${head.draft?.author ?? 'somebody'} saved this playbook meanwhile.`, 'Look at what they changed, then decide.')
      kept.draft = { text: String(body['text']), tests: body['tests'] as Record<string, string> }
      const diagnostics = check(kept.draft)
      head.draft = { author: me, at: iso(NOW), sound: diagnostics.length === 0 }
      return ok({ digest: digestOf(kept.draft), revision: (head.revision += 1), diagnostics })
    }
    case 'versions': {
      const number = Number(rest.split('/')[1])
      if (number) {
        const found = kept.versions.find((each) => each.number === number)
        return found ? ok(found.files) : refuse(404, 'not_found', 'there is no such version')
      }
      if (method === 'GET') return ok([...kept.versions].reverse().map(({ files: _, ...each }) => each))
      if (check(working(kept)).length > 0) return refuse(409, 'playbook.errors', 'The text has errors.', 'Correct them first.')
      const made = { number: (head.newest += 1), message: String(body['message']), author: me, at: iso(NOW), digest: digestOf(working(kept)), files: working(kept) }
      kept.versions.push(made)
      kept.draft = null
      head.draft = null
      return ok(made, 201)
    }
    case 'activate': {
      const found = kept.versions.find((each) => each.number === body['number'])
      if (!found) return refuse(404, 'not_found', 'there is no such version')
      const tried = test(found.files)
      const points = [
        ...(policy.tests && tried.tests.length === 0 ? [{ code: 'tests', what: 'there are no tests', hint: 'write tests beside the playbook' }] : []),
        ...(policy.coverage_min > (tried.coverage.percent) ? [{ code: 'coverage', what: `the tests take ${tried.coverage.percent} % of the branches, and ${policy.coverage_min} % are asked for`, hint: 'add tests' }] : []),
      ]
      if (points.length > 0) return refuse(409, 'playbook.policy', 'The policy asks for more before this version becomes live.', '', points)
      Object.assign(head, { live: found.number, version: found.digest })
      kept.activations.unshift({ at: iso(NOW), by: me, number: found.number, message: String(body['message']), rollback: false })
      return ok(kept.activations[0])
    }
    case 'deactivate':
      Object.assign(head, { live: null })
      return ok(headOf(kept))
    case 'archive':
      books.delete(head.id)
      return ok(headOf(kept))
    case 'activations':
      return ok(kept.activations)
    case 'diff': {
      const side = (word: string) => (word === 'draft' ? working(kept) : word === 'shipped' ? kept.shipped : kept.versions.find((each) => String(each.number) === word)?.files)?.text ?? ''
      const [from, to] = [query.get('from') ?? '', query.get('to') ?? '']
      return ok(diff(from, to, side(from), side(to)))
    }
    case 'triggers':
      return ok(head.triggers.map((trigger) => ({ ...trigger, condition: null, enabled: true, next_at: null, last_at: iso(NOW - 300_000) })))
    case 'why':
      return ok({ obstacle: '', decisions: decisions.slice(1), now: [{ kind: 'case_type', trigger: 'a case of type Phishing', starts: false, reason: 'case.severity is low', read: [{ path: 'case.severity', value: '"low"' }] }] })
    case 'backtests':
      return method === 'POST' ? ok({ id: 'backtest_1' }, 202) : ok(head.backtest ? [backtest] : [])
    default:
      return refuse(404, 'not_found', `the mock does not know ${rest}`)
  }
}

const decision = (minutes: number, fields: object) => ({ at: iso(NOW - minutes * 60_000), playbook: 'phishing', kind: 'case_type', trigger: 'a case of type Phishing', alert: null, case: caseId(41), started: false, run: null, outcome: 'condition', reason: '', read: [], more: 0, ...fields })
const decisions = [
  decision(5, { started: true, run: runId(CASES), outcome: 'started', reason: 'the case is of type Phishing' }),
  decision(15, { case: caseId(40), reason: 'its condition does not hold: case.severity is low', read: [{ path: 'case.severity', value: '"low"' }], more: 2 }),
]

const vocabulary = () => ({
  capabilities: ['reputation.ip', 'reputation.domain', 'sandbox.detonate_file', 'ticket.create'].map((name) => ({ name, summary: `Every connection that can: ${name}`, inputs: {}, providers: ['VirusTotal'] })),
  actions: connectors.flatMap((connector) => connector.actions.map((action) => ({ name: `${connector.id}.${action.name}`, title: action.title, summary: connector.summary, effect: action.effect, inputs: [{ name: 'title', type: 'string', required: true, summary: 'One line' }, { name: 'description', type: 'string', required: false, summary: '' }] }))),
  functions: [{ name: 'truncate', signature: 'truncate(text, length, end?)', summary: 'At most that many characters.', example: "'abcdef' | truncate(4)" }, { name: 'upper', signature: 'upper(text)', summary: 'In capital letters.', example: "'abc' | upper" }],
  roots: ['case', 'alert', 'inputs', 'steps', 'vars', 'run', 'settings', 'now'],
  playbooks: [...books.values()].map((kept) => ({ id: kept.line.id, title: kept.line.title, inputs: [] })),
  bots: ['risk-score'],
  connections: settings.connections.map((each) => ({ name: each.name, connector: each.connector })),
})

/** Everything about playbooks; null for what is not about them. */
export function playbooks(noun: string, id: string, rest: string, method: string, query: URLSearchParams, body: Record<string, unknown>): Reply | null {
  const files = body as unknown as Files
  switch (noun) {
    case 'playbook-vocabulary':
      return ok(vocabulary())
    case 'playbook-schema':
      return ok(JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/reference/playbook_schema.json'), 'utf8')))
    case 'playbook-policy':
      if (method === 'PUT') policy = body as unknown as Policy
      return ok(policy)
    case 'playbook-repository':
      if (id === 'pull') return ok({ at: iso(NOW), by: 'admin', commit: '4f9a'.repeat(10), signed: true, changed: [{ id: 'block-address', number: 2, file: 'playbooks/block-address/playbook.yaml' }], refused: [], removed: [], unchanged: 3, error: '' })
      if (method === 'PUT') repository = body as unknown as Repository
      return ok({ ...repository, last: null })
    case 'trigger-decisions':
      return ok(decisions)
    case 'backtests':
      return ok(backtest)
    case 'playbooks': {
      if (!id && method === 'GET') return ok([...books.values()].map(headOf))
      if (!id) {
        const doc = readPlaybook(files.text)
        if (books.has(doc.id)) return refuse(409, 'conflict', `There is a playbook with the id ${doc.id} already.`)
        if (!doc.id) return refuse(400, 'playbook.id', 'The text says no id.', 'Write `id: my-playbook` at its top.')
        const kept: Kept = { line: line(doc.id, doc.title, { draft: { author: 'admin', at: iso(NOW), sound: false } }), shipped: null, draft: { text: files.text, tests: files.tests }, versions: [], activations: [] }
        books.set(doc.id, kept)
        return ok({ id: doc.id }, 201)
      }
      if (id === 'check') return ok({ diagnostics: check(files) })
      if (id === 'test') return ok(test(files))
      const kept = books.get(id)
      return kept ? one(kept, rest, method, query, body) : refuse(404, 'not_found', `there is no playbook ${id}`)
    }
    default:
      return null
  }
}
