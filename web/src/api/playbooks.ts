// Reads and changes of playbooks. What the server's shapes call differently is brought together here, nowhere else.
import { queryOptions } from '@tanstack/react-query'
import { client, read } from './client'
import type { ActivationLine, Backtest, Checked, Decision, Difference, PlaybookDetail, PlaybookLine, Policy, Pull, Repository, RepositoryView, Saved, Tested, TriggerView, VersionLine, Vocabulary, Why } from './playbooks.types'

interface Init {
  params?: { path?: Record<string, string | number>; query?: Record<string, unknown> }
  body?: unknown
  signal?: AbortSignal
  parseAs?: string
}

type Asked = (path: string, init?: Init) => Promise<{ data?: unknown; error?: unknown; response: Response }>
const api = client as unknown as { GET: Asked; POST: Asked; PUT: Asked; DELETE: Asked }

const get = <T>(path: string, init?: Init) => read(api.GET(path, init)) as Promise<T>
const post = <T>(path: string, init?: Init) => read(api.POST(path, init)) as Promise<T>
const put = <T>(path: string, init?: Init) => read(api.PUT(path, init)) as Promise<T>

const at = (id: string) => ({ path: { id } })

export interface Files {
  text: string
  tests: Record<string, string>
}

export const playbookListQuery = queryOptions({
  queryKey: ['playbooks'],
  queryFn: ({ signal }) => get<PlaybookLine[]>('/api/v1/playbooks', { signal }),
})

export const playbookQuery = (id: string) =>
  queryOptions({
    queryKey: ['playbook', id],
    queryFn: ({ signal }) => get<PlaybookDetail>('/api/v1/playbooks/{id}', { signal, params: at(id) }),
  })

export const vocabularyQuery = queryOptions({
  queryKey: ['playbook-vocabulary'],
  queryFn: ({ signal }) => get<Vocabulary>('/api/v1/playbook-vocabulary', { signal }),
  staleTime: 60_000,
})

export const schemaQuery = queryOptions({
  queryKey: ['playbook-schema'],
  queryFn: ({ signal }) => get<Record<string, unknown>>('/api/v1/playbook-schema', { signal }),
  staleTime: Infinity,
})

export const versionsQuery = (id: string) =>
  queryOptions({ queryKey: ['playbook', id, 'versions'], queryFn: ({ signal }) => get<VersionLine[]>('/api/v1/playbooks/{id}/versions', { signal, params: at(id) }) })

export const activationsQuery = (id: string) =>
  queryOptions({ queryKey: ['playbook', id, 'activations'], queryFn: ({ signal }) => get<ActivationLine[]>('/api/v1/playbooks/{id}/activations', { signal, params: at(id) }) })

export const diffQuery = (id: string, from: string, to: string) =>
  queryOptions({
    queryKey: ['playbook', id, 'diff', from, to],
    queryFn: ({ signal }) => get<Difference>('/api/v1/playbooks/{id}/diff', { signal, params: { ...at(id), query: { from, to } } }),
  })

export const triggersQuery = (id: string) =>
  queryOptions({ queryKey: ['playbook', id, 'triggers'], queryFn: ({ signal }) => get<TriggerView[]>('/api/v1/playbooks/{id}/triggers', { signal, params: at(id) }) })

const DECISIONS = 100

export const decisionsQuery = (playbook: string) =>
  queryOptions({
    queryKey: ['trigger-decisions', playbook],
    queryFn: ({ signal }) => get<Decision[]>('/api/v1/trigger-decisions', { signal, params: { query: { playbook, limit: DECISIONS } } }),
  })

/** Why a playbook started or did not start for an alert (its id) or a case (its id or number). */
export const whyQuery = (playbook: string, about: { alert?: string; case?: string }) =>
  queryOptions({
    queryKey: ['trigger-decisions', playbook, about],
    queryFn: ({ signal }) => get<Why>('/api/v1/playbooks/{id}/why', { signal, params: { ...at(playbook), query: about } }),
  })

export const backtestsQuery = (id: string) =>
  queryOptions({ queryKey: ['playbook', id, 'backtests'], queryFn: ({ signal }) => get<Backtest[]>('/api/v1/playbooks/{id}/backtests', { signal, params: at(id) }) })

export const backtestQuery = (id: string) =>
  queryOptions({ queryKey: ['backtest', id], queryFn: ({ signal }) => get<Backtest>('/api/v1/backtests/{id}', { signal, params: at(id) }) })

export const policyQuery = queryOptions({ queryKey: ['playbook-policy'], queryFn: ({ signal }) => get<Policy>('/api/v1/playbook-policy', { signal }) })

export const repositoryQuery = queryOptions({ queryKey: ['playbook-repository'], queryFn: ({ signal }) => get<RepositoryView>('/api/v1/playbook-repository', { signal }) })

export const playbooksApi = {
  create: (body: Files & { message: string }) => post<{ id: string }>('/api/v1/playbooks', { body }),
  check: (body: Files, signal?: AbortSignal) => post<Checked>('/api/v1/playbooks/check', signal ? { body, signal } : { body }),
  test: (body: Files) => post<Tested>('/api/v1/playbooks/test', { body }),
  save: (id: string, body: Files & { base: string | null }) => put<Saved>('/api/v1/playbooks/{id}/draft', { params: at(id), body }),
  discard: (id: string) => read(api.DELETE('/api/v1/playbooks/{id}/draft', { params: at(id) })),
  version: (id: string, message: string) => post<VersionLine>('/api/v1/playbooks/{id}/versions', { params: at(id), body: { message } }),
  versionText: (id: string, number: number) => get<Files>('/api/v1/playbooks/{id}/versions/{number}', { params: { path: { id, number } } }),
  activate: (id: string, body: { number: number; message: string }) => post('/api/v1/playbooks/{id}/activate', { params: at(id), body }),
  deactivate: (id: string, message: string) => post('/api/v1/playbooks/{id}/deactivate', { params: at(id), body: { message } }),
  archive: (id: string, archived: boolean) => post('/api/v1/playbooks/{id}/archive', { params: at(id), body: { archived } }),
  backtest: (id: string, body: { days: number; source: string; limit?: number }) => post<{ id: string }>('/api/v1/playbooks/{id}/backtests', { params: at(id), body }),
  testOfRun: (run: string) => post<{ name: string; text: string }>('/api/v1/runs/{id}/test', { params: at(run), body: {} }),
  setPolicy: (body: Policy) => put<Policy>('/api/v1/playbook-policy', { body }),
  setRepository: (body: Repository) => put<RepositoryView>('/api/v1/playbook-repository', { body }),
  pull: () => post<Pull>('/api/v1/playbook-repository/pull'),
}
