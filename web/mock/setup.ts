// For tests of components: fetch answers from the mock, and nothing else is reachable.
import { cleanup, configure } from '@testing-library/react'
import fc from 'fast-check'
import { afterEach, beforeEach, vi } from 'vitest'
import { type Reply, handle } from './handle'

// Machines that build at the same time are slow.
configure({ asyncUtilTimeout: 8_000 })
// The same commit draws the same cases. Other ones: `UPDRAFT_SEED=$RANDOM npm test`.
fc.configureGlobal({ seed: Number(process.env['UPDRAFT_SEED'] ?? 20_260_101) })

/** Set in a test to answer some requests differently. */
export const override: { reply: ((method: string, path: string) => Reply | null | 'unreachable') | null } = { reply: null }

function respond(reply: Reply): Response {
  if (reply.body === undefined) return new Response(null, { status: reply.status, headers: { 'content-length': '0' } })
  const text = reply.type ? String(reply.body) : JSON.stringify(reply.body)
  return new Response(text, { status: reply.status, headers: { 'content-type': reply.type ?? 'application/json' } })
}

beforeEach(() => {
  override.reply = null
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url)
    const reply = override.reply?.(request.method, url.pathname)
    if (reply === 'unreachable') throw new TypeError('fetch failed')
    if (reply) return respond(reply)
    const text = request.method === 'GET' ? '' : await request.text()
    return respond(handle(request.method, url.pathname + url.search, text ? JSON.parse(text) : {}))
  })
})

afterEach(cleanup)
