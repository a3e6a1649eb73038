// A past run beside the text: its steps as paint on the drawing, its values for references.
import { useQuery } from '@tanstack/react-query'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { runListQuery, runQuery, stepQuery } from '../../api/queries'
import type { RunSummary, StepLine } from '../../api/types'
import type { GraphStep, Paint } from '../../ui/graph'

/** Runs of a playbook, newest first. */
export function useRunsOf(playbook: string): { runs: RunSummary[]; pending: boolean; failed: boolean } {
  const found = useInfiniteQuery(runListQuery({}))
  const runs = useMemo(() => (found.data?.pages.flatMap((page) => page.items) ?? []).filter((run) => run.playbook === playbook), [found.data, playbook])
  return { runs, pending: found.isPending, failed: found.isError }
}

/** The steps of a run by their ids; a step in a loop has several. */
export function useStepsOf(run: string | null): Map<string, StepLine[]> {
  const found = useQuery({ ...runQuery(run ?? ''), enabled: run !== null })
  return useMemo(() => {
    const steps = new Map<string, StepLine[]>()
    for (const step of found.data?.steps ?? []) if (!step.path.includes('@')) steps.set(step.id, [...(steps.get(step.id) ?? []), step])
    return steps
  }, [found.data])
}

/** What one step of a run was given and gave. */
export function useValuesOf(run: string | null, path: string | undefined) {
  return useQuery({ ...stepQuery(run ?? '', path ?? ''), enabled: run !== null && path !== undefined })
}

const WORST = ['failed', 'running', 'waiting', 'cancelled', 'succeeded', 'skipped']

/** How each step went in a run, as paint; undefined without a run. */
export function usePaint(run: string | null): ((step: GraphStep) => Paint | undefined) | undefined {
  const steps = useStepsOf(run)
  if (run === null) return undefined
  return (step) => {
    const found = steps.get(step.id)
    if (!found) return { state: 'not_reached' }
    const state = WORST.find((each) => found.some((one) => one.status === each)) ?? found[0]?.status ?? 'pending'
    return found.length > 1 ? { state, badge: `${found.length} ×`, tone: 'quiet' } : { state }
  }
}
