// Who is signed in and what they may do.
import { useQuery } from '@tanstack/react-query'
import { meQuery } from '../../api/queries'

const NEEDS: Record<string, string> = {
  case_write: 'Your role can read cases but not change them.',
  config_write: 'Your role can see the configuration but not change it.',
  config_read: 'Your role cannot see the configuration.',
  user_read: 'Only administrators can see accounts.',
  user_write: 'Only administrators can change accounts.',
  audit_read: 'Your role cannot read the audit record.',
}

export function useMe() {
  const { data } = useQuery(meQuery)
  return data ?? null
}

/** Why the person may not do something, or false when they may. */
export function useBlocked(permission: keyof typeof NEEDS & string): string | false {
  const me = useMe()
  if (!me || me.permissions.includes(permission)) return false
  return `${NEEDS[permission] ?? 'Your role may not do this.'} Ask an administrator.`
}
