// The server's event stream: hints which thing to read again, and whether we still hear the server.
import { useEffect, useRef, useSyncExternalStore } from 'react'

export type Change =
  | { kind: 'alert'; id: string }
  | { kind: 'case'; id: string }
  | { kind: 'task'; id: string }
  | { kind: 'run'; id: string; case: string; state: string }
  | { kind: 'resync' }

export type Health = 'off' | 'connecting' | 'live' | 'lost'

type Listener = (change: Change) => void

const RETRY_MS = 3_000
const URL_EVENTS = '/api/v1/events'

let health: Health = 'off'
let stream: EventSource | null = null
let retry: ReturnType<typeof setTimeout> | undefined
let wasLost = false
const listeners = new Set<Listener>()
const watchers = new Set<() => void>()

function setHealth(next: Health) {
  if (next === health) return
  health = next
  for (const watcher of watchers) watcher()
}

function tell(change: Change) {
  for (const listener of listeners) listener(change)
}

/** Reads one event; a malformed one asks for everything again rather than being lost. */
export function parseChange(name: string, data: string): Change {
  if (name === 'resync') return { kind: 'resync' }
  try {
    const value: unknown = JSON.parse(data)
    if (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string') {
      if (name === 'alert' || name === 'case' || name === 'task') return { kind: name, id: value.id }
      if (name === 'run' && 'case' in value && 'state' in value) {
        return { kind: 'run', id: value.id, case: String(value.case), state: String(value.state) }
      }
    }
  } catch {
    // falls through
  }
  return { kind: 'resync' }
}

function open() {
  if (typeof EventSource === 'undefined') return
  stream = new EventSource(URL_EVENTS)
  stream.onopen = () => {
    setHealth('live')
    if (wasLost) tell({ kind: 'resync' })
    wasLost = false
  }
  stream.onerror = () => {
    wasLost = true
    setHealth('lost')
    // The browser tries again by itself unless the answer was a refusal.
    if (stream?.readyState === EventSource.CLOSED) {
      clearTimeout(retry)
      retry = setTimeout(() => {
        stream?.close()
        open()
      }, RETRY_MS)
    }
  }
  for (const name of ['alert', 'case', 'run', 'task', 'resync']) {
    stream.addEventListener(name, (event) => tell(parseChange(name, (event as MessageEvent<string>).data)))
  }
}

/** Starts to listen; the returned function stops. */
export function listen(): () => void {
  setHealth('connecting')
  open()
  return () => {
    clearTimeout(retry)
    stream?.close()
    stream = null
    wasLost = false
    setHealth('off')
  }
}

/** Tries to connect at once instead of waiting. */
export function reconnect() {
  clearTimeout(retry)
  stream?.close()
  open()
}

export function useHealth(): Health {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => health,
  )
}

/** Calls `react` after changes that `matters` accepts, at most once in `pause_ms`, the last one included. */
export function useChanges(matters: (change: Change) => boolean, react: () => void, pause_ms = 400) {
  const latest = useRef({ matters, react })
  latest.current = { matters, react }
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const listener: Listener = (change) => {
      if (change.kind !== 'resync' && !latest.current.matters(change)) return
      timer ??= setTimeout(() => {
        timer = undefined
        latest.current.react()
      }, pause_ms)
    }
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      clearTimeout(timer)
    }
  }, [pause_ms])
}

/** For tests: as if the server had said it. */
export const pretend = tell
