import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { Icon, type IconName } from './Icon'

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> {
  look?: 'plain' | 'main' | 'danger' | 'ghost'
  icon?: IconName
  busy?: boolean
  /** Why it cannot be used now: it stays visible and says so. */
  blocked?: string | false | undefined
  children?: ReactNode
}

export function Button({ look = 'plain', icon, busy = false, blocked, children, title, onClick, type = 'button', ...rest }: ButtonProps) {
  const off = busy || Boolean(blocked)
  return (
    <button
      {...rest}
      type={type}
      className={`button button-${look} ${rest.className ?? ''}`}
      aria-disabled={off || undefined}
      aria-busy={busy || undefined}
      title={blocked || title}
      onClick={(event) => {
        if (off) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {busy ? <Icon name="spinner" size={14} spin /> : icon && <Icon name={icon} size={14} />}
      {children}
    </button>
  )
}
