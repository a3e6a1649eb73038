// Accounts: who may sign in, and as what.
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../api/changes'
import { client, read } from '../../api/client'
import { asFailure } from '../../api/errors'
import { usersQuery } from '../../api/queries'
import type { UserView } from '../../api/types'
import { useTitle } from '../../lib/title'
import { label } from '../../lib/words'
import { Button } from '../../ui/Button'
import { Copy } from '../../ui/Copy'
import { Dialog } from '../../ui/Dialog'
import { Field } from '../../ui/Field'
import { Icon } from '../../ui/Icon'
import { ErrorBox, InlineError, Loading } from '../../ui/State'
import { Tag } from '../../ui/Tag'
import { Time } from '../../ui/Time'
import { toast } from '../../ui/Toasts'
import { useBlocked, useMe } from '../session'

const ROLES: [string, string][] = [
  ['auditor', 'Reads everything, changes nothing.'],
  ['analyst', 'Works on cases.'],
  ['engineer', 'Also configures sources, connections and playbooks.'],
  ['admin', 'Everything, accounts included.'],
]

type Shown = { kind: 'add' } | { kind: 'reset'; user: UserView } | { kind: 'password'; name: string; password: string } | null

export default function UsersPage() {
  const users = useQuery(usersQuery)
  useTitle('Users')
  const blocked = useBlocked('user_write')
  const [shown, setShown] = useState<Shown>(null)
  const close = () => setShown(null)
  return (
    <div className="page">
      <header className="page-head">
        <h1>Users</h1>
        <span className="grow" />
        <Button look="main" icon="plus" blocked={blocked} onClick={() => setShown({ kind: 'add' })}>
          Add a user
        </Button>
      </header>
      {users.isPending ? (
        <Loading what="users" />
      ) : !users.data ? (
        <ErrorBox what="The users could not be loaded" error={asFailure(users.error)} retry={() => void users.refetch()} />
      ) : (
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col">State</th>
              <th scope="col">Created</th>
              <th scope="col">
                <span className="sr-only">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {users.data.map((user) => (
              <Row key={user.id} user={user} blocked={blocked} onReset={() => setShown({ kind: 'reset', user })} />
            ))}
          </tbody>
        </table>
      )}
      {shown?.kind === 'add' && <AddDialog onClose={close} onMade={(name, password) => setShown({ kind: 'password', name, password })} />}
      {shown?.kind === 'reset' && <ResetDialog user={shown.user} onClose={close} onMade={(password) => setShown({ kind: 'password', name: shown.user.name, password })} />}
      {shown?.kind === 'password' && <PasswordDialog name={shown.name} password={shown.password} onClose={close} />}
    </div>
  )
}

function Row({ user, blocked, onReset }: { user: UserView; blocked: string | false; onReset: () => void }) {
  const me = useMe()
  const own = me?.id === user.id && 'This is your own account: another administrator must do this.'
  const change = useChange({
    send: (body: { role?: string; enabled?: boolean }) => read(client.PATCH('/api/v1/users/{id}', { params: { path: { id: user.id } }, body })),
    stale: [['users']],
    onDone: () => toast('good', `${user.name} is changed.`),
    onFail: (failure) => toast('bad', failure.message, failure.hint),
  })
  return (
    <tr>
      <td>
        <b>{user.name}</b> {me?.id === user.id && <span className="mini">you</span>}
      </td>
      <td>
        {blocked || own ? (
          <span title={blocked || own || undefined}>{label(user.role)}</span>
        ) : (
          <select aria-label={`Role of ${user.name}`} value={user.role} disabled={change.busy} onChange={(event) => change.run({ role: event.target.value })}>
            {ROLES.map(([role]) => (
              <option key={role} value={role}>
                {label(role)}
              </option>
            ))}
          </select>
        )}
      </td>
      <td>
        {!user.enabled ? <Tag icon="stop">Disabled</Tag> : user.must_change_password ? <Tag tone="warn" icon="clock">One-time password</Tag> : <Tag tone="good" icon="check">Active</Tag>}
      </td>
      <td>
        <Time at={user.created_at} />
      </td>
      <td className="row-actions">
        <Button blocked={blocked || own} aria-label={`Reset password of ${user.name}`} onClick={onReset}>
          Reset password
        </Button>
        <Button blocked={blocked || own} busy={change.busy} aria-label={`${user.enabled ? 'Disable' : 'Enable'} ${user.name}`} onClick={() => change.run({ enabled: !user.enabled })}>
          {user.enabled ? 'Disable' : 'Enable'}
        </Button>
      </td>
    </tr>
  )
}

function AddDialog({ onClose, onMade }: { onClose: () => void; onMade: (name: string, password: string) => void }) {
  const [name, setName] = useState('')
  const [role, setRole] = useState('analyst')
  const add = useChange({
    send: () => read(client.POST('/api/v1/users', { body: { name: name.trim(), role } })),
    stale: [['users']],
    onDone: (made) => onMade(made.user.name, made.one_time_password),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() && !add.busy) add.run(undefined)
  }
  return (
    <Dialog title="Add a user" onClose={onClose}>
      <form onSubmit={submit}>
        <Field label="Name" required hint="What the person signs in with.">
          {(props) => <input {...props} autoFocus autoCapitalize="none" spellCheck={false} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <fieldset className="radio-list">
          <legend>Role</legend>
          {ROLES.map(([word, text]) => (
            <label key={word}>
              <input type="radio" name="role" checked={role === word} onChange={() => setRole(word)} />
              <span>
                <b>{label(word)}</b>
                <small>{text}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <InlineError error={add.failure} />
        <div className="form-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="main" type="submit" busy={add.busy} blocked={!name.trim() && 'Give a name first'}>
            Add user
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function ResetDialog({ user, onClose, onMade }: { user: UserView; onClose: () => void; onMade: (password: string) => void }) {
  const reset = useChange({
    send: () => read(client.POST('/api/v1/users/{id}/password-reset', { params: { path: { id: user.id } } })),
    stale: [['users']],
    onDone: (made) => onMade(made.one_time_password),
  })
  return (
    <Dialog title={`Reset the password of ${user.name}`} onClose={onClose}>
      <p>The present password stops working and {user.name} is signed out everywhere.</p>
      <InlineError error={reset.failure} />
      <div className="form-foot">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="danger" busy={reset.busy} onClick={() => reset.run(undefined)}>
          Reset password
        </Button>
      </div>
    </Dialog>
  )
}

function PasswordDialog({ name, password, onClose }: { name: string; password: string; onClose: () => void }) {
  return (
    <Dialog title={`One-time password of ${name}`} onClose={onClose}>
      <p className="warn-line">
        <Icon name="lock" size={15} /> Copy it now; it cannot be shown again. {name} must replace it when signing in.
      </p>
      <div className="secret-box">
        <code>{password}</code>
        <Copy text={password} what="the password" />
      </div>
      <div className="form-foot">
        <Button look="main" onClick={onClose}>
          I have copied it
        </Button>
      </div>
    </Dialog>
  )
}
