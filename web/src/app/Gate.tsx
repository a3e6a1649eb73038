// What stands before every page: who is it, and is their password their own?
import { useQuery } from '@tanstack/react-query'
import { asFailure } from '../api/errors'
import { meQuery } from '../api/queries'
import PasswordPage from '../features/session/PasswordPage'
import SignInPage from '../features/session/SignInPage'
import { ErrorBox, Loading } from '../ui/State'
import { Shell } from './Shell'

export function Gate() {
  const me = useQuery(meQuery)
  if (me.data?.must_change_password) return <PasswordPage name={me.data.name} />
  if (me.data) return <Shell me={me.data} />
  if (me.isPending) return <Loading what="Updraft" />
  if (me.error) return <ErrorBox what="Updraft could not be reached" error={asFailure(me.error)} retry={() => void me.refetch()} />
  return <SignInPage />
}
