// The cache of server state and what an expired session does to it.
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { Failure } from '../api/errors'
import { meQuery } from '../api/queries'

const RETRIES = 2

export function makeQueryClient(): QueryClient {
  const onError = (error: unknown) => {
    if (!(error instanceof Failure)) return
    if (error.status === 401 && queries.getQueryData(meQuery.queryKey)) {
      void queries.invalidateQueries({ queryKey: meQuery.queryKey })
    }
    if (error.code === 'password.one_time') void queries.invalidateQueries({ queryKey: meQuery.queryKey })
  }
  const queries: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: true,
        // Only what may pass by itself: no answer, or an error of the server.
        retry: (failures, error) => failures < RETRIES && error instanceof Failure && (error.status === 0 || error.status >= 500),
        retryDelay: (attempt) => 500 * 2 ** attempt,
      },
    },
  })
  return queries
}
