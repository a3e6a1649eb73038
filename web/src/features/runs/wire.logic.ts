// Reading the parts of an exchange, whatever protocol it was.
import type { Tone } from '../../ui/Tag'

function text(value: unknown): string {
  return typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value)
}

export function requestOf(request: unknown): { method: string; url: string; headers: unknown } {
  if (typeof request !== 'object' || request === null) return { method: '', url: text(request), headers: null }
  const fields = request as Record<string, unknown>
  const url = text(fields['url'] ?? fields['target'] ?? fields['host'])
  return { method: text(fields['method'] ?? fields['kind']), url, headers: fields['headers'] ?? null }
}

/** Why there was no answer, in words; empty when there was one. */
export function failureWords(failure: unknown): string {
  if (!failure) return ''
  if (typeof failure === 'string') return failure
  if (typeof failure === 'object') {
    const fields = failure as Record<string, unknown>
    const words = [fields['message'], fields['detail'], fields['reason'], fields['kind']].find((value) => typeof value === 'string')
    if (typeof words === 'string') return words
  }
  return JSON.stringify(failure)
}

export function toneOf(status: number): Tone {
  if (status === 0 || status >= 500) return 'bad'
  if (status >= 400) return 'warn'
  return 'good'
}

/** Headers as name and value, whether they came as a map or as a list of pairs. */
export function headersOf(headers: unknown): [string, string][] {
  if (typeof headers !== 'object' || headers === null) return []
  if (!Array.isArray(headers)) return Object.entries(headers).map(([name, value]) => [name, text(value)])
  return headers.flatMap((pair: unknown) => (Array.isArray(pair) ? [[text(pair[0]), text(pair[1])] as [string, string]] : []))
}
