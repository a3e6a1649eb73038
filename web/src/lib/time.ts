// Times as people read them: relative in lists, absolute where it matters.

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

/** "just now", "4 min ago", "3 h ago", "yesterday", "12 d ago", then the date. */
export function relative(at: string, now: number): string {
  const then = Date.parse(at)
  if (Number.isNaN(then)) return at
  const seconds = Math.round((now - then) / 1000)
  if (seconds < -5) return `in ${span(-seconds)}`
  if (seconds < 45) return seconds < 10 ? 'just now' : `${seconds} s ago`
  if (seconds < 30 * DAY) return `${span(seconds)} ago`
  return at.slice(0, 10)
}

function span(seconds: number): string {
  if (seconds < 45) return `${seconds} s`
  if (seconds < HOUR) return `${Math.max(1, Math.round(seconds / MINUTE))} min`
  if (seconds < DAY) return `${Math.round(seconds / HOUR)} h`
  return `${Math.round(seconds / DAY)} d`
}

/** The moment in the reader's own time zone and in UTC, for titles and details. */
export function absolute(at: string): string {
  const then = new Date(at)
  if (Number.isNaN(then.getTime())) return at
  const local = then.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
  return `${local} (${then.toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC')})`
}

/** `08:15:42.123`, in the reader's time zone. */
export function clock(at: string): string {
  const then = new Date(at)
  if (Number.isNaN(then.getTime())) return at
  const two = (n: number) => String(n).padStart(2, '0')
  const ms = String(then.getMilliseconds()).padStart(3, '0')
  return `${two(then.getHours())}:${two(then.getMinutes())}:${two(then.getSeconds())}.${ms}`
}

/** "340 ms", "2.4 s", "3 min 12 s", "2 h 5 min". */
export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '–'
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < HOUR) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / HOUR)} h ${Math.round((seconds % HOUR) / 60)} min`
}

/** From start to end, or until now while it lasts. */
export function elapsed(start: string | null | undefined, end: string | null | undefined, now: number): number {
  if (!start) return 0
  return Math.max(0, (end ? Date.parse(end) : now) - Date.parse(start))
}
