// What the server says of the text as it is typed, and what the tests said when they were last run.
import { useMutation } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { type Failure, asFailure } from '../../api/errors'
import { playbooksApi } from '../../api/playbooks'
import type { Finding, Tested } from '../../api/playbooks.types'
import type { Code, Snapshot } from './code/code'
import { type DocStep, readPlaybook } from './doc/model'
import { type Covered, coveredBy } from './coverage.logic'

const PAUSE_MS = 350

export interface Checking {
  findings: readonly Finding[]
  busy: boolean
  failure: Failure | null
}

export function useCheck(code: Code, snapshot: Snapshot, first: readonly Finding[]): Checking {
  const [state, setState] = useState<Checking>({ findings: first, busy: false, failure: null })
  const { revision } = snapshot
  useEffect(() => {
    if (revision === 0) return
    const stop = new AbortController()
    setState((now) => ({ ...now, busy: true }))
    const timer = setTimeout(() => {
      playbooksApi.check(code.files(), stop.signal).then(
        (answer) => setState({ findings: answer.diagnostics, busy: false, failure: null }),
        (error: unknown) => {
          if (!stop.signal.aborted) setState((now) => ({ ...now, busy: false, failure: asFailure(error) }))
        },
      )
    }, PAUSE_MS)
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [code, revision])
  useEffect(() => code.mark(state.findings), [code, state.findings])
  return state
}

interface Done {
  result: Tested
  revision: number
  /** As they were when the tests ran. */
  steps: DocStep[]
}

export interface Trying {
  run: () => void
  busy: boolean
  failure: Failure | null
  result: Tested | null
  /** The text has changed since. */
  old: boolean
  covered: Covered | null
}

export function useTests(code: Code, snapshot: Snapshot): Trying {
  const [done, setDone] = useState<Done | null>(null)
  const trying = useMutation({
    mutationFn: async () => {
      const { revision } = code.snapshot()
      const steps = readPlaybook(code.text()).all
      return { result: await playbooksApi.test(code.files()), revision, steps }
    },
    onSuccess: setDone,
  })
  const covered = useMemo(() => (done ? coveredBy(done.result.coverage, done.steps) : null), [done])
  useEffect(() => code.cover(covered?.lines ?? new Map()), [code, covered])
  return {
    run: () => trying.mutate(),
    busy: trying.isPending,
    failure: trying.error ? asFailure(trying.error) : null,
    result: done?.result ?? null,
    old: done !== null && done.revision !== snapshot.revision,
    covered,
  }
}
