// Signing in. Shown in place of any page, so that after it one is where one wanted to go.
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../api/changes'
import { client, read } from '../../api/client'
import { meQuery } from '../../api/queries'
import { Button } from '../../ui/Button'
import { Field } from '../../ui/Field'
import { InlineError } from '../../ui/State'
import { Card } from './Card'

export default function SignInPage() {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useChange({
    send: (body: { name: string; password: string }) => read(client.POST('/api/v1/session', { body })),
    stale: [],
    onDone: (me) => queries.setQueryData(meQuery.queryKey, me),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!signIn.busy) signIn.run({ name: name.trim(), password })
  }
  const wrong = signIn.failure?.status === 401
  return (
    <Card title="Sign in">
      <form onSubmit={submit} noValidate>
        <Field label="Name">
          {(props) => (
            <input {...props} value={name} onChange={(e) => setName(e.target.value)} autoComplete="username" autoFocus autoCapitalize="none" spellCheck={false} />
          )}
        </Field>
        <Field label="Password">
          {(props) => (
            <input {...props} type="password" value={password} onChange={(e) => setPassword(e.target.value)} autoComplete="current-password" />
          )}
        </Field>
        <InlineError
          error={
            wrong
              ? { message: 'Name or password is wrong.', hint: 'The first start of Updraft prints a one-time password for admin.' }
              : signIn.failure
          }
        />
        <Button look="main" type="submit" busy={signIn.busy} blocked={!name || !password ? 'Enter name and password' : false}>
          Sign in
        </Button>
      </form>
    </Card>
  )
}
