import type { ReactNode } from 'react'
import { safeLink } from '../lib/link'
import { Icon } from './Icon'

/** A link to another site; an address that is not plain http(s) is shown as text. */
export function ExternalLink({ href, children }: { href: string | null | undefined; children: ReactNode }) {
  const safe = safeLink(href)
  if (!safe) return <span>{children}</span>
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer" onClick={(event) => event.stopPropagation()}>
      {children} <Icon name="external" size={12} />
    </a>
  )
}
