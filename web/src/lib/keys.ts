// Keyboard shortcuts: single keys (`j`), sequences (`g c`) and chords (`ctrl+k`), never while typing.
import { useEffect, useRef } from 'react'

type Bindings = Record<string, (event: KeyboardEvent) => void>

const SEQUENCE_MS = 1_000
let pending = ''
let pendingUntil = 0

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}

/** The name of a key press: `j`, `?`, `Enter`, `ctrl+k`. Null for a bare modifier. */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string | null {
  if (['Control', 'Shift', 'Alt', 'Meta'].includes(event.key)) return null
  const modifier = event.ctrlKey || event.metaKey ? 'ctrl+' : event.altKey ? 'alt+' : ''
  return modifier + (modifier ? event.key.toLowerCase() : event.key)
}

/** Binds keys while the component is there. A modal dialog silences all but chords. */
export function useKeys(bindings: Bindings, enabled = true) {
  const latest = useRef(bindings)
  latest.current = bindings
  useEffect(() => {
    if (!enabled) return
    const listener = (event: KeyboardEvent) => {
      const name = keyName(event)
      if (!name || event.defaultPrevented) return
      const chord = name.startsWith('ctrl+')
      if (!chord && (isTyping(event.target) || document.querySelector('dialog[open]'))) return
      const sequence = Date.now() < pendingUntil ? `${pending} ${name}` : ''
      const action = (sequence && latest.current[sequence]) || (!sequence && latest.current[name])
      if (!action) return
      event.preventDefault()
      action(event)
    }
    window.addEventListener('keydown', listener)
    return () => window.removeEventListener('keydown', listener)
  }, [enabled])
}

/** Remembers the first key of a sequence; mounted once, in the shell. */
export function useSequences(first: string[]) {
  const starts = first.join()
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      const name = keyName(event)
      if (!name || isTyping(event.target)) return
      const begins = starts.split(',').includes(name) && Date.now() >= pendingUntil
      // After every other listener has seen this key; a microtask would run between two of them.
      setTimeout(() => {
        pending = begins ? name : ''
        pendingUntil = begins ? Date.now() + SEQUENCE_MS : 0
      })
    }
    window.addEventListener('keydown', listener)
    return () => window.removeEventListener('keydown', listener)
  }, [starts])
}
