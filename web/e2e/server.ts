// Starts the real binary with its demo on a free port and a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const BINARY = process.env['UPDRAFT_BINARY'] ?? join(import.meta.dirname, '../../target/debug/updraft')
const START_MS = 45_000

export interface Server {
  url: string
  password: string
  /** Hands in an alert with the token that the start printed; answers the HTTP status. */
  send: (alert: string) => Promise<number>
  stop: () => Promise<void>
}

export async function startServer(): Promise<Server> {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} does not exist: run \`cargo build -p updraft\` first`)
  const data = mkdtempSync(join(tmpdir(), 'updraft-e2e-'))
  const child = spawn(BINARY, ['serve', '--demo', '--listen', '127.0.0.1:0', '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = await started(child)
  const url = find(output, /listens on (http:\/\/\S+)/)
  const token = find(output, /Bearer (\S+?)'/)
  return {
    url,
    password: find(output, /one-time password\s+(\S+)/),
    send: async (alert) => {
      const answer = await fetch(`${url}/api/v1/sources/demo/alerts`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: alert })
      return answer.status
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((done) => child.once('exit', done))
        child.kill('SIGTERM')
        await ended
      }
      rmSync(data, { recursive: true, force: true })
    },
  }
}

/** What the binary prints until it says how to reach it. */
function started(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let output = ''
    const timer = setTimeout(() => fail(new Error(`no start within ${START_MS} ms:\n${output}`)), START_MS)
    const read = (part: Buffer) => {
      output += part.toString()
      if (/and look at http/.test(output)) {
        clearTimeout(timer)
        done(output)
      }
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', (code) => fail(new Error(`the server ended with ${code}:\n${output}`)))
  })
}

function find(output: string, pattern: RegExp): string {
  const found = pattern.exec(output)?.[1]
  if (!found) throw new Error(`${pattern} is not in what the start printed:\n${output}`)
  return found
}
