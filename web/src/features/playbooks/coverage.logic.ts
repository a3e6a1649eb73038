// Which ways the tests take, for the drawing and for the gutter of the text.
import type { Coverage, Finding } from '../../api/playbooks.types'
import type { Way } from '../../ui/graph'

export interface Covered {
  way: (id: string, branch: string) => Way
  /** Branches of a step that no test takes. */
  missed: ReadonlyMap<string, string[]>
  lines: ReadonlyMap<number, { taken: boolean; text: string }>
}

export function coveredBy(coverage: Coverage): Covered {
  const ways = new Map<string, boolean>()
  const missed = new Map<string, string[]>()
  const lines = new Map<number, { taken: boolean; text: string }>()
  for (const { step, label, line, taken } of coverage.branches) {
    ways.set(`${step}\n${label}`, taken)
    if (!taken) missed.set(step, [...(missed.get(step) ?? []), label])
    const before = lines.get(line)
    const text = `${label}: ${taken ? 'taken by a test' : 'no test takes it'}`
    lines.set(line, before ? { taken: before.taken && taken, text: `${before.text}\n${text}` } : { taken, text })
  }
  const way = (id: string, branch: string): Way => {
    const taken = ways.get(`${id}\n${branch}`) ?? (branch === 'on_error' ? ways.get(`${id}\non error: do`) : undefined)
    return taken === undefined ? undefined : taken ? 'taken' : 'missed'
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
