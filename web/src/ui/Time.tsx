import { useNow } from '../lib/now'
import { absolute, relative } from '../lib/time'

/** Relative, with the exact moment in the title. */
export function Time({ at }: { at: string | null | undefined }) {
  const now = useNow()
  if (!at) return <span className="dim">–</span>
  return (
    <time dateTime={at} title={absolute(at)}>
      {relative(at, now)}
    </time>
  )
}
