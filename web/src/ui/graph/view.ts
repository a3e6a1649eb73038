// What part of a drawing is seen, and how large: pan by drag and wheel, zoom by Ctrl and wheel, and by keys.
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

export interface View {
  x: number
  y: number
  scale: number
}

export const SCALE_MIN = 0.2
export const SCALE_MAX = 2
const FIT_SCALE_MAX = 1
const FIT_SCALE_MIN = 0.75
const MARGIN = 24

interface Box {
  width: number
  height: number
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))

/** Zooms so that the point of the screen stays on the same point of the drawing. */
export function zoomed(view: View, factor: number, at: { x: number; y: number }): View {
  const scale = clamp(view.scale * factor, SCALE_MIN, SCALE_MAX)
  const real = scale / view.scale
  return { scale, x: at.x - (at.x - view.x) * real, y: at.y - (at.y - view.y) * real }
}

/** The whole drawing in the middle; a tall one from its top, still large enough to read. */
export function fitted(drawing: Box, window: Box): View {
  const wide = (window.width - 2 * MARGIN) / drawing.width
  const tall = (window.height - 2 * MARGIN) / drawing.height
  const scale = clamp(Math.min(wide, tall), Math.min(FIT_SCALE_MIN, Math.max(wide, SCALE_MIN)), FIT_SCALE_MAX)
  const y = drawing.height * scale > window.height ? MARGIN - 16 : (window.height - drawing.height * scale) / 2
  return { scale, x: (window.width - drawing.width * scale) / 2, y: Math.min(y, MARGIN) }
}

/** Moves just so far that the box is seen. */
export function revealed(view: View, box: { x: number; y: number; width: number; height: number }, window: Box): View {
  const shift = (start: number, size: number, limit: number) => {
    const end = start + size
    if (start < MARGIN) return MARGIN - start
    if (end > limit - MARGIN) return Math.max(MARGIN - start, limit - MARGIN - end)
    return 0
  }
  const dx = shift(box.x * view.scale + view.x, box.width * view.scale, window.width)
  const dy = shift(box.y * view.scale + view.y, box.height * view.scale, window.height)
  return dx === 0 && dy === 0 ? view : { ...view, x: view.x + dx, y: view.y + dy }
}

export function useView(frame: RefObject<HTMLElement | null>, drawing: Box) {
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 })
  const [dragging, setDragging] = useState(false)
  const touched = useRef(false)
  const size = useCallback((): Box => ({ width: frame.current?.clientWidth || 600, height: frame.current?.clientHeight || 400 }), [frame])
  const fit = useCallback(() => setView(fitted(drawing, size())), [drawing.width, drawing.height, size])
  // Until somebody moves it the drawing follows its window.
  useLayoutEffect(() => {
    if (!touched.current) fit()
  }, [fit])
  useEffect(() => {
    const node = frame.current
    if (!node || typeof ResizeObserver === 'undefined') return
    const observer = new ResizeObserver(() => {
      if (!touched.current) fit()
    })
    observer.observe(node)
    return () => observer.disconnect()
  }, [frame, fit])
  useEffect(() => {
    const node = frame.current
    if (!node) return
    const wheel = (event: WheelEvent) => {
      event.preventDefault()
      touched.current = true
      const box = node.getBoundingClientRect()
      if (event.ctrlKey || event.metaKey) {
        const at = { x: event.clientX - box.left, y: event.clientY - box.top }
        setView((now) => zoomed(now, Math.exp(-event.deltaY / 300), at))
      } else setView((now) => ({ ...now, x: now.x - event.deltaX, y: now.y - event.deltaY }))
    }
    // A passive listener could not keep the page from scrolling.
    node.addEventListener('wheel', wheel, { passive: false })
    return () => node.removeEventListener('wheel', wheel)
  }, [frame])
  const onPointerDown = (event: React.PointerEvent) => {
    if (event.button !== 0 || (event.target as Element).closest('[data-solid]')) return
    touched.current = true
    const from = { x: event.clientX, y: event.clientY }
    const start = view
    setDragging(true)
    const move = (next: PointerEvent) => setView({ ...start, x: start.x + next.clientX - from.x, y: start.y + next.clientY - from.y })
    const up = () => {
      setDragging(false)
      window.removeEventListener('pointermove', move)
      window.removeEventListener('pointerup', up)
    }
    window.addEventListener('pointermove', move)
    window.addEventListener('pointerup', up)
  }
  return {
    view,
    dragging,
    onPointerDown,
    fit: () => {
      touched.current = false
      fit()
    },
    zoom: (factor: number) => {
      touched.current = true
      const { width, height } = size()
      setView((now) => zoomed(now, factor, { x: width / 2, y: height / 2 }))
    },
    reveal: (box: { x: number; y: number; width: number; height: number }) =>
      setView((now) => {
        const next = revealed(now, box, size())
        if (next !== now) touched.current = true
        return next
      }),
  }
}
