import type { DiffLine } from '../../api/playbooks.types'

type Pair = [DiffLine | null, DiffLine | null]

/** Lines side by side: what was taken away beside what came for it. */
export function pairs(lines: readonly DiffLine[]): Pair[] {
  const found: Pair[] = []
  let gone: DiffLine[] = []
  let come: DiffLine[] = []
  const settle = () => {
    for (let at = 0; at < Math.max(gone.length, come.length); at += 1) found.push([gone[at] ?? null, come[at] ?? null])
    gone = []
    come = []
  }
  for (const line of lines) {
    if (line.op === '-') gone.push(line)
    else if (line.op === '+') come.push(line)
    else {
      settle()
      found.push([line, line])
    }
  }
  settle()
  return found
}
