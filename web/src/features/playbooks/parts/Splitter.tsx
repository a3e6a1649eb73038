// A bar between two panes: by mouse, or by arrow keys when it has the focus.
import { useState } from 'react'

const SHARE_MIN = 15
const SHARE_MAX = 85
const STEP = 4

const within = (share: number) => Math.min(SHARE_MAX, Math.max(SHARE_MIN, share))

/** A share in percent that this browser remembers. */
export function useShare(key: string, first: number): [number, (share: number) => void] {
  const [share, setShare] = useState(() => {
    try {
      return within(Number(localStorage.getItem(key)) || first)
    } catch {
      return first
    }
  })
  const set = (next: number) => {
    setShare(within(next))
    try {
      localStorage.setItem(key, String(Math.round(within(next))))
    } catch {
      // Private windows may refuse; the share then lasts as long as the page.
    }
  }
  return [share, set]
}

export function Splitter({ label, share, onShare, vertical = false }: { label: string; share: number; onShare: (share: number) => void; vertical?: boolean }) {
  return (
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={vertical ? 'vertical' : 'horizontal'}
      aria-valuenow={Math.round(share)}
      aria-valuemin={SHARE_MIN}
      aria-valuemax={SHARE_MAX}
      className={vertical ? 'splitter splitter-vertical' : 'splitter'}
      onKeyDown={(event) => {
        const less = vertical ? 'ArrowLeft' : 'ArrowUp'
        const more = vertical ? 'ArrowRight' : 'ArrowDown'
        if (event.key !== less && event.key !== more) return
        event.preventDefault()
        onShare(share + (event.key === more ? STEP : -STEP))
      }}
      onPointerDown={(event) => {
        const box = event.currentTarget.parentElement?.getBoundingClientRect()
        if (!box) return
        const move = (next: PointerEvent) => onShare(vertical ? ((next.clientX - box.left) / box.width) * 100 : ((next.clientY - box.top) / box.height) * 100)
        const up = () => {
          window.removeEventListener('pointermove', move)
          window.removeEventListener('pointerup', up)
        }
        window.addEventListener('pointermove', move)
        window.addEventListener('pointerup', up)
        event.preventDefault()
      }}
    />
  )
}
