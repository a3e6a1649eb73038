// A run on the drawing of its playbook: how each step went, how often, and which ways were taken.
import type { StepLine } from '../../api/types'
import type { GraphStep, Paint } from '../../ui/graph'
import { sumOf } from './tree.logic'

export interface Painted {
  steps: GraphStep[]
  paint: (step: GraphStep) => Paint
  /** The path of the latest time that a step was done. */
  pathOf: (step: GraphStep) => string | undefined
  /** The step of a path. */
  pointerOf: (path: string | null) => string | null
}

/** The steps of an outline; anything of another shape counts as none. */
export function outlineSteps(outline: unknown): GraphStep[] {
  if (typeof outline !== 'object' || outline === null || !('steps' in outline) || !Array.isArray(outline.steps)) return []
  return outline.steps.filter((step): step is GraphStep => typeof step === 'object' && step !== null && typeof step.id === 'string' && typeof step.pointer === 'string' && Array.isArray(step.children))
}

function all(steps: readonly GraphStep[], found: GraphStep[] = []): GraphStep[] {
  for (const step of steps) {
    found.push(step)
    for (const branch of step.children) all(branch.steps, found)
  }
  return found
}

export function painted(outline: unknown, lines: readonly StepLine[], over: boolean): Painted {
  const steps = outlineSteps(outline)
  const byId = new Map<string, StepLine[]>()
  for (const line of lines) {
    // What a called playbook did, and what people added, is not on this drawing.
    if (line.kind === 'target' || line.added_by) continue
    const known = byId.get(line.id)
    if (known) known.push(line)
    else byId.set(line.id, [line])
  }
  const kinds = new Map(all(steps).map((step) => [step.id, step]))
  const linesOf = (step: GraphStep) => (byId.get(step.id) ?? []).filter((line) => line.kind === step.kind || !kinds.has(line.id))
  return {
    steps,
    paint: (step) => {
      const done = linesOf(step)
      if (done.length === 0) return { state: 'not_reached', tone: 'quiet', note: over ? 'Not reached' : 'Not reached yet' }
      const state = sumOf(done.map((line) => line.status))
      const failed = done.filter((line) => line.status === 'failed').length
      const attempts = Math.max(...done.map((line) => line.attempt))
      const badge = done.length > 1 ? (failed > 0 ? `${failed} of ${done.length} failed` : `${done.length}×`) : attempts > 1 ? `${attempts} attempts` : ''
      const tone = state === 'failed' ? 'bad' : state === 'waiting' || state === 'running' ? 'info' : state === 'skipped' ? 'quiet' : 'good'
      const error = done.find((line) => line.error)?.error
      return { state, tone, ...(badge ? { badge } : {}), note: error ? `${error.code}: ${error.message}` : state }
    },
    pathOf: (step) => linesOf(step).at(-1)?.path,
    pointerOf: (path) => {
      const line = lines.find((each) => each.path === path)
      return (line && kinds.get(line.id)?.pointer) ?? null
    },
  }
}
