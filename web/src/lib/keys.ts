// Keyboard shortcuts: single keys (`j`), sequences (`g c`) and chords (`ctrl+k`), never while typing.
//
// One listener serves all components, so that the first key of a sequence means the same to each of them.
import { useEffect, useRef } from 'react'

type Bindings = Record<string, (event: KeyboardEvent) => void>

const SEQUENCE_MS = 1_000
const bound = new Set<{ current: Bindings }>()
let first: { name: string; until: number } | null = null

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

/** What a press means: one key, or the end of a sequence. Remembers a key that begins one. */
export function meaning(name: string, keys: Iterable<string>, now: number): string {
  const before = first && now < first.until ? first.name : null
  first = null
  if (before) return `${before} ${name}`
  for (const key of keys) if (key.startsWith(`${name} `)) first = { name, until: now + SEQUENCE_MS }
  return name
}

function onKey(event: KeyboardEvent) {
  const name = keyName(event)
  if (!name || event.defaultPrevented) return
  // A dialog silences everything but chords.
  if (!name.startsWith('ctrl+') && (isTyping(event.target) || document.querySelector('dialog[open]'))) return
  const all = [...bound]
  const asked = meaning(
    name,
    all.flatMap(({ current }) => Object.keys(current)),
    Date.now(),
  )
  for (const { current } of all) {
    const action = current[asked]
    if (!action) continue
    event.preventDefault()
    action(event)
    return
  }
}

/** Binds keys while the component is there; a part goes before what it is part of. */
export function useKeys(bindings: Bindings) {
  const latest = useRef(bindings)
  latest.current = bindings
  useEffect(() => {
    if (bound.size === 0) window.addEventListener('keydown', onKey)
    bound.add(latest)
    return () => {
      bound.delete(latest)
      if (bound.size === 0) window.removeEventListener('keydown', onKey)
    }
  }, [])
}
