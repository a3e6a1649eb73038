import { useState } from 'react'
import { Icon } from './Icon'

/** Copies the real value, whatever is shown. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [done, setDone] = useState(false)
  return (
    <button
      type="button"
      className="copy"
      aria-label={done ? 'Copied' : `Copy ${what}`}
      title={done ? 'Copied' : `Copy ${what}`}
      onClick={(event) => {
        event.stopPropagation()
        void navigator.clipboard.writeText(text).then(() => {
          setDone(true)
          setTimeout(() => setDone(false), 1_500)
        })
      }}
    >
      <Icon name={done ? 'check' : 'copy'} size={13} />
    </button>
  )
}
