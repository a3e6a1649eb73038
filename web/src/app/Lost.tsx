import type { ErrorComponentProps } from '@tanstack/react-router'
import { asFailure } from '../api/errors'
import { ErrorBox } from '../ui/State'

/** A page that broke; the rest of the application goes on. */
export function Lost({ error, reset }: ErrorComponentProps) {
  return <ErrorBox what="This page did not work" error={asFailure(error)} retry={() => (reset())} />
}
