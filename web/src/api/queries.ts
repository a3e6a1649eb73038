// Every read of the API as a query: its key and its function. Pages combine them; nothing else fetches.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { client, read } from './client'
import { Failure } from './errors'
import type { Me, RunDetail } from './types'

export interface CaseQuery {
  status?: string
  type?: string
  severity?: string
  verdict?: string
  owner?: string
  q?: string
}

const PAGE_ROWS = 200

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async (): Promise<Me | null> => {
    try {
      return await read(client.GET('/api/v1/session'))
    } catch (error) {
      if (error instanceof Failure && error.status === 401) return null
      throw error
    }
  },
  staleTime: Infinity,
})

export const caseListQuery = (query: CaseQuery) =>
  infiniteQueryOptions({
    queryKey: ['cases', query],
    // Comparing every row of every page on each page that arrives would make long lists slow.
    structuralSharing: false,
    queryFn: ({ pageParam, signal }) =>
      read(client.GET('/api/v1/cases', { signal, params: { query: { ...query, after: pageParam, limit: PAGE_ROWS } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  })

export const caseCountsQuery = queryOptions({
  queryKey: ['case-counts'],
  queryFn: ({ signal }) => read(client.GET('/api/v1/cases/counts', { signal })),
})

/** `ref` is a case's id or number. */
export const caseQuery = (ref: string) =>
  queryOptions({
    queryKey: ['case', ref],
    queryFn: ({ signal }) => read(client.GET('/api/v1/cases/{id}', { signal, params: { path: { id: ref } } })),
  })

export const timelineQuery = (ref: string) =>
  infiniteQueryOptions({
    queryKey: ['case', ref, 'timeline'],
    queryFn: ({ pageParam, signal }) =>
      read(
        client.GET('/api/v1/cases/{id}/timeline', {
          signal,
          params: { path: { id: ref }, query: { after: pageParam, limit: 200 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  })

/** `id` is the case's id, not its number. */
export const caseAlertsQuery = (ref: string, id: string) =>
  infiniteQueryOptions({
    queryKey: ['case', ref, 'alerts'],
    queryFn: ({ pageParam, signal }) =>
      read(client.GET('/api/v1/alerts', { signal, params: { query: { case: id, after: pageParam, limit: 50 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  })

export const reportQuery = (ref: string, run: string) =>
  queryOptions({
    queryKey: ['case', ref, 'report', run],
    queryFn: ({ signal }) =>
      read(
        client.GET('/api/v1/cases/{id}/report', {
          signal,
          params: { path: { id: ref }, query: { format: 'html', run } },
          parseAs: 'text',
        }),
      ),
    staleTime: Infinity,
  })

export const runListQuery = (query: { state?: string; case?: string }) =>
  infiniteQueryOptions({
    queryKey: ['runs', query],
    queryFn: ({ pageParam, signal }) =>
      read(client.GET('/api/v1/runs', { signal, params: { query: { ...query, after: pageParam, limit: PAGE_ROWS } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  })

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['run', id],
    queryFn: async ({ signal }) =>
      (await read(client.GET('/api/v1/runs/{id}', { signal, params: { path: { id } } }))) as unknown as RunDetail,
  })

export const taskListQuery = (query: { state?: string; mine?: boolean; case?: string; run?: string }) =>
  queryOptions({
    queryKey: ['tasks', query],
    queryFn: ({ signal }) => read(client.GET('/api/v1/tasks', { signal, params: { query: { ...query, limit: PAGE_ROWS } } })),
  })

export const caseButtonsQuery = (id: string) =>
  queryOptions({
    queryKey: ['case', id, 'buttons'],
    queryFn: ({ signal }) => read(client.GET('/api/v1/cases/{id}/buttons', { signal, params: { path: { id } } })),
  })

export const pathsQuery = (case_type: string, days: number) =>
  queryOptions({
    queryKey: ['paths', case_type, days],
    queryFn: ({ signal }) => read(client.GET('/api/v1/paths', { signal, params: { query: { case_type, days } } })),
  })

export const automateNextQuery = (days: number) =>
  queryOptions({
    queryKey: ['automate-next', days],
    queryFn: ({ signal }) => read(client.GET('/api/v1/automate-next', { signal, params: { query: { days } } })),
  })

export const stepQuery = (id: string, path: string) =>
  queryOptions({
    queryKey: ['run', id, 'step', path],
    queryFn: ({ signal }) =>
      read(client.GET('/api/v1/runs/{id}/step', { signal, params: { path: { id }, query: { path } } })),
  })

export const connectorsQuery = queryOptions({
  queryKey: ['connectors'],
  queryFn: ({ signal }) => read(client.GET('/api/v1/connectors', { signal })),
  staleTime: 300_000,
})

export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: ({ signal }) => read(client.GET('/api/v1/connections', { signal })),
})

export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: ({ signal }) => read(client.GET('/api/v1/sources', { signal })),
})

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) => read(client.GET('/api/v1/users', { signal })),
})

export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ pageParam, signal }) =>
    read(client.GET('/api/v1/audit', { signal, params: { query: { after: pageParam, limit: PAGE_ROWS } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.next ?? undefined,
})
