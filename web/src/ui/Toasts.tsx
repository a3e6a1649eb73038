// Short notes about what just happened. Errors in forms are shown in the form instead, never in both places.
import { useSyncExternalStore } from 'react'
import { Icon } from './Icon'

interface Toast {
  id: number
  tone: 'good' | 'bad'
  text: string
  hint: string
}

const TOASTS_MAX = 4
let toasts: Toast[] = []
let next = 1
const watchers = new Set<() => void>()

function set(list: Toast[]) {
  toasts = list
  for (const watcher of watchers) watcher()
}

function dismiss(id: number) {
  set(toasts.filter((toast) => toast.id !== id))
}

export function toast(tone: 'good' | 'bad', text: string, hint = '') {
  const id = next++
  set([...toasts, { id, tone, text, hint }].slice(-TOASTS_MAX))
  setTimeout(() => dismiss(id), tone === 'good' ? 4_000 : 12_000)
}

export function Toasts() {
  const list = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => toasts,
  )
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map((each) => (
        <div key={each.id} className={`toast toast-${each.tone}`}>
          <Icon name={each.tone === 'good' ? 'check' : 'alert'} />
          <div>
            {each.text}
            {each.hint && <div className="hint">{each.hint}</div>}
          </div>
          <button type="button" className="copy" aria-label="Dismiss" onClick={() => dismiss(each.id)}>
            <Icon name="cross" size={12} />
          </button>
        </div>
      ))}
    </div>
  )
}
