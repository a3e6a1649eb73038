// Which ways the tests take, for the drawing and for the gutter of the text.
import type { Coverage, Finding } from '../../api/playbooks.types'
import type { Way } from '../../ui/graph'

export interface Covered {
  way: (id: string, branch: string) => Way
  /** Branches of a step that no test takes. */
  missed: ReadonlyMap<string, string[]>
  lines: ReadonlyMap<number, { taken: boolean; text: string }>
}

interface Drawn {
  id: string
  line: number
  conditional: boolean
  children: readonly { label: string }[]
}

/** The engine's word for a way whose drawing is called otherwise. */
const SAID: Record<string, string> = { on_error: 'on error: do' }
/** Taking back is no way that a run takes by itself. */
const counts = (label: string) => label !== 'undo'

/** What the tests said, on the steps as they were then. */
export function coveredBy(coverage: Coverage, steps: readonly Drawn[]): Covered {
  const missed = new Map<string, string[]>()
  const lines = new Map<number, { taken: boolean; text: string }>()
  for (const { step, label, line } of coverage.missing) {
    missed.set(step, [...(missed.get(step) ?? []), label])
    const before = lines.get(line)
    const text = `${label}: no test takes it`
    lines.set(line, { taken: false, text: before ? `${before.text}\n${text}` : text })
  }
  const known = new Set<string>()
  for (const step of steps) {
    known.add(step.id)
    const parts = step.conditional || step.children.some((branch) => counts(branch.label))
    if (parts && !missed.has(step.id) && !lines.has(step.line)) lines.set(step.line, { taken: true, text: 'tests take every way' })
  }
  const way = (id: string, branch: string): Way => {
    if (!known.has(id) || !counts(branch)) return undefined
    return missed.get(id)?.includes(SAID[branch] ?? branch) ? 'missed' : 'taken'
  }
  return { way, missed, lines }
}

/** Findings of the playbook by the step whose lines they are in; `steps` in the order in which they are written. */
export function findingsByStep(findings: readonly Finding[], steps: readonly { pointer: string; line: number; lastLine: number }[]): Map<string, Finding[]> {
  const found = new Map<string, Finding[]>()
  for (const finding of findings) {
    if (finding.file !== 'playbook.yaml' && !finding.file.endsWith('/playbook.yaml')) continue
    const step = steps.filter((each) => each.line <= finding.line && finding.line <= each.lastLine).at(-1)
    if (step) found.set(step.pointer, [...(found.get(step.pointer) ?? []), finding])
  }
  return found
}
