// What a page shows when it has nothing to show yet: loading, nothing, or an error that says what to do.
import type { ReactNode } from 'react'
import { Button } from './Button'
import { Icon, type IconName } from './Icon'

export function Loading({ what }: { what: string }) {
  return (
    <div className="state" role="status">
      <Icon name="spinner" size={20} spin />
      <p>Loading {what}…</p>
    </div>
  )
}

export function Empty({ icon = 'search', title, children }: { icon?: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <Icon name={icon} size={26} />
      <h2>{title}</h2>
      {children && <div className="state-text">{children}</div>}
    </div>
  )
}

interface ErrorBoxProps {
  what: string
  error: { message: string; hint?: string; code?: string }
  retry?: () => void
}

/** `what` ends the sentence "… could not be loaded" or is the whole sentence. */
export function ErrorBox({ what, error, retry }: ErrorBoxProps) {
  return (
    <div className="state state-error" role="alert">
      <Icon name="alert" size={24} />
      <h2>{what}</h2>
      <p>{error.message}</p>
      {error.hint && <p className="dim">{error.hint}</p>}
      {retry && (
        <Button icon="refresh" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  )
}

/** An error inside a form or a panel. */
export function InlineError({ error }: { error: { message: string; hint?: string } | null }) {
  if (!error) return null
  return (
    <div className="inline-error" role="alert">
      <Icon name="alert" size={15} />
      <div>
        {error.message}
        {error.hint && <div className="hint">{error.hint}</div>}
      </div>
    </div>
  )
}
