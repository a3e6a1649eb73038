// Replacing the one-time password; nothing else works before.
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../api/changes'
import { client, read } from '../../api/client'
import { meQuery } from '../../api/queries'
import { Button } from '../../ui/Button'
import { Field } from '../../ui/Field'
import { InlineError } from '../../ui/State'
import { Card } from './Card'
import { PASSWORD_CHARS_MIN, passwordProblem } from './password.logic'

export default function PasswordPage({ name }: { name: string }) {
  const queries = useQueryClient()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const [shown, setShown] = useState(false)
  const change = useChange({
    // Changing it ends every session of the account, this one too: sign in again with the new one.
    send: async (body: { current: string; new: string }) => {
      await read(client.POST('/api/v1/session/password', { body }))
      return read(client.POST('/api/v1/session', { body: { name, password: body.new } }))
    },
    stale: [],
    onDone: (me) => queries.setQueryData(meQuery.queryKey, me),
  })
  const problem = passwordProblem(current, next, again)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setShown(true)
    if (!problem && !change.busy) change.run({ current, new: next })
  }
  return (
    <Card title="Choose your password">
      <p className="dim">You signed in as {name} with a one-time password. Replace it to go on.</p>
      <form onSubmit={submit} noValidate>
        <Field label="One-time password" error={change.failure?.status === 401 ? 'This is not the one-time password.' : undefined}>
          {(props) => <input {...props} type="password" value={current} onChange={(e) => setCurrent(e.target.value)} autoComplete="current-password" autoFocus />}
        </Field>
        <Field label="New password" hint={`At least ${PASSWORD_CHARS_MIN} characters. A sentence is easy to remember.`}>
          {(props) => <input {...props} type="password" value={next} onChange={(e) => setNext(e.target.value)} autoComplete="new-password" />}
        </Field>
        <Field label="New password again" error={shown && problem ? problem : undefined}>
          {(props) => <input {...props} type="password" value={again} onChange={(e) => setAgain(e.target.value)} autoComplete="new-password" />}
        </Field>
        <InlineError error={change.failure?.status === 401 ? null : change.failure} />
        <Button look="main" type="submit" busy={change.busy}>
          Save and continue
        </Button>
      </form>
    </Card>
  )
}
