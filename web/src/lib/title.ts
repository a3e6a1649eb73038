import { useEffect } from 'react'

/** The name of the browser's tab. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · Updraft`
  }, [title])
}
