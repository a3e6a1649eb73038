// Puts the mock in front of Vite's server: `npm run dev` needs no backend.
import type { IncomingMessage } from 'node:http'
import type { Plugin } from 'vite'
import { CASES, caseId, runId } from './cases'
import { handle } from './handle'

const EVENT_MS = 4_000

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const text = Buffer.concat(parts).toString()
  return text ? (JSON.parse(text) as Record<string, unknown>) : {}
}

export function mockApi(): Plugin {
  return {
    name: 'mock-api',
    configureServer(server) {
      server.middlewares.use('/api/v1', (request, response) => {
        const url = `/api/v1${request.url ?? ''}`
        if (url.startsWith('/api/v1/events')) {
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          response.write(': hello\n\n')
          const timer = setInterval(() => {
            response.write(`event: case\ndata: ${JSON.stringify({ kind: 'case', id: caseId(CASES) })}\n\n`)
            response.write(`event: run\ndata: ${JSON.stringify({ kind: 'run', id: runId(CASES), case: caseId(CASES), state: 'running' })}\n\n`)
          }, EVENT_MS)
          response.on('close', () => clearInterval(timer))
          return
        }
        void bodyOf(request).then((body) => {
          const reply = handle(request.method ?? 'GET', url, body)
          const type = reply.type ?? 'application/json'
          response.writeHead(reply.status, reply.body === undefined ? { 'content-length': '0' } : { 'content-type': type })
          response.end(reply.body === undefined ? undefined : reply.type ? String(reply.body) : JSON.stringify(reply.body))
        })
      })
    },
  }
}
