import { useEffect, useState } from 'react'

/** The latest value, but while it changes quickly only the one after a pause. Without a pause it is the value itself. */
export function useSettled<T>(value: T, pause_ms: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    if (pause_ms === 0) return setSettled(value)
    const timer = setTimeout(() => setSettled(value), pause_ms)
    return () => clearTimeout(timer)
  }, [value, pause_ms])
  return pause_ms === 0 ? value : settled
}
