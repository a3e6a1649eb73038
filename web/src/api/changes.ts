// Every change that a page can ask for, as a mutation: what it sends and what must be read again afterwards.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { asFailure, type Failure } from './errors'

interface Change<In, Out> {
  send: (input: In) => Promise<Out>
  /** First words of the query keys that are stale afterwards. */
  stale: string[][]
  onDone?: (out: Out, input: In) => void
  /** Without it the form shows the error itself, from `error`. */
  onFail?: (failure: Failure) => void
}

export function useChange<In, Out>({ send, stale, onDone, onFail }: Change<In, Out>) {
  const queries = useQueryClient()
  const mutation = useMutation<Out, unknown, In>({
    mutationFn: send,
    onSuccess: (out, input) => {
      for (const queryKey of stale) void queries.invalidateQueries({ queryKey })
      onDone?.(out, input)
    },
    onError: (error) => onFail?.(asFailure(error)),
  })
  return {
    run: mutation.mutate,
    busy: mutation.isPending,
    failure: mutation.error ? asFailure(mutation.error) : null,
    result: mutation.data,
    reset: mutation.reset,
  }
}
