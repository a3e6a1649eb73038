/** Which alert or case somebody means: `#41`, `41`, `case_…`, `alert_…`; null for plain words. */
export function subjectOf(text: string): { alert?: string; case?: string } | null {
  const words = text.trim()
  if (/^alert_\w{20,}$/.test(words)) return { alert: words }
  const found = /^(?:#?(\d+)|(case_\w{20,}))$/.exec(words)
  if (!found) return null
  return { case: found[1] ?? found[2] ?? '' }
}
