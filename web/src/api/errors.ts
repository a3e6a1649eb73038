// What went wrong, in the three parts that every error on a page has: what, why, what to do.
import type { Problem } from './types'

export interface Point {
  code: string
  what: string
  hint: string
}

/** An answer of the server that is no success, or no answer at all (status 0). */
export class Failure extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string
  /** When several things stand against a request: each of them. */
  readonly points: readonly Point[]

  constructor(status: number, code: string, detail: string, hint: string, points: readonly Point[] = []) {
    super(detail)
    this.name = 'Failure'
    this.status = status
    this.code = code
    this.hint = hint
    this.points = points
  }
}

/** The request never got an answer. */
export function unreachable(): Failure {
  return new Failure(
    0,
    'unreachable',
    'The server did not answer.',
    'Check that Updraft is running and that you are connected, then try again.',
  )
}

/** Reads a problem document; anything else becomes a sentence that names the status. */
export function failureOf(body: unknown, response: Response): Failure {
  const problem = isProblem(body) ? body : null
  const detail = problem?.detail || `The server answered ${response.status} ${response.statusText}.`
  return new Failure(response.status, problem?.code ?? 'unexpected', detail, problem?.hint || defaultHint(response.status), pointsOf(body))
}

/** Any thrown thing as a failure. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const text = error instanceof Error ? error.message : String(error)
  return new Failure(-1, 'page', text, 'Reload the page. If it happens again, report it with this text.')
}

function pointsOf(body: unknown): Point[] {
  if (typeof body !== 'object' || body === null || !('points' in body) || !Array.isArray(body.points)) return []
  return body.points.filter((point): point is Point => typeof point === 'object' && point !== null && typeof point.what === 'string')
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string'
}

function defaultHint(status: number): string {
  if (status === 401) return 'Sign in again.'
  if (status === 403) return 'Ask an administrator for a role that may do this.'
  if (status === 404) return 'It may have been removed, or the link is wrong.'
  if (status === 429) return 'Wait a few seconds and try again.'
  if (status >= 500) return 'Try again in a moment. The server log says why.'
  return ''
}
