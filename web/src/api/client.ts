// The typed client of the API, and the one way to read its answers.
import createClient from 'openapi-fetch'
import { failureOf, unreachable } from './errors'
import type { paths } from './generated/schema'

export const client = createClient<paths>({
  baseUrl: globalThis.location.origin,
  credentials: 'same-origin',
  // A page of another origin cannot send this header; the server asks for it on every change.
  headers: { 'X-Updraft-Csrf': '1' },
  fetch: (request) => globalThis.fetch(request),
})

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The answer's body, or a thrown Failure. */
export async function read<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await asked
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw unreachable()
  }
  if (!answer.response.ok) throw failureOf(answer.error, answer.response)
  return answer.data as T
}
