// The form of a connection: what the manifest declares, and never a secret's value.
import { type FormEvent, useMemo, useState } from 'react'
import type { Failure } from '../../../api/errors'
import type { ConnectionInput, ConnectionView, ConnectorView } from '../../../api/types'
import { label } from '../../../lib/words'
import { Button } from '../../../ui/Button'
import { Field } from '../../../ui/Field'
import { InlineError } from '../../../ui/State'
import { useBlocked } from '../../session'
import { formOf, problemsOf, settingsFrom, settingsOf } from '../settings.logic'
import { SettingField } from './SettingField'

const RELIABILITY: [string, string][] = [
  ['A', 'Completely reliable'],
  ['B', 'Usually reliable'],
  ['C', 'Fairly reliable'],
  ['D', 'Not usually reliable'],
  ['E', 'Unreliable'],
  ['F', 'Cannot be judged'],
]

interface ConnectionFormProps {
  connector: ConnectorView
  connection: ConnectionView | null
  busy: boolean
  failure: Failure | null
  onSave: (body: ConnectionInput) => void
  onCancel: () => void
}

export function ConnectionForm({ connector, connection, busy, failure, onSave, onCancel }: ConnectionFormProps) {
  const blocked = useBlocked('config_write')
  const settings = useMemo(() => settingsOf(connector.settings), [connector])
  const [name, setName] = useState(connection?.name ?? connector.name)
  const [baseUrl, setBaseUrl] = useState(connection?.base_url ?? '')
  const [values, setValues] = useState(() => formOf(settings, connection?.settings ?? {}))
  const [secrets, setSecrets] = useState<Record<string, string>>({})
  const [reliability, setReliability] = useState(connection?.reliability ?? '')
  const [allowPrivate, setAllowPrivate] = useState(connection?.allow_private ?? false)
  const [shown, setShown] = useState(false)

  const isSet = (secret: string) => connection?.secrets.includes(secret) ?? false
  const problems = problemsOf(settings, values)
  const missing = connector.secrets.filter((each) => each.required && !isSet(each.name) && !secrets[each.name])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setShown(true)
    if (busy || blocked || !name.trim() || Object.keys(problems).length > 0 || missing.length > 0) return
    onSave({
      connector: connector.id,
      name: name.trim(),
      base_url: baseUrl.trim(),
      settings: settingsFrom(settings, values),
      secrets: Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== '')),
      ...(reliability ? { reliability } : {}),
      allow_private: allowPrivate,
    })
  }
  return (
    <form className="form" onSubmit={submit} noValidate>
      <Field label="Name" hint="As it stands in reports." error={shown && !name.trim() ? 'This is needed.' : undefined} required>
        {(props) => <input {...props} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      {connector.secrets.map((secret) => (
        <Field
          key={secret.name}
          label={label(secret.name)}
          required={secret.required && !isSet(secret.name)}
          hint={isSet(secret.name) ? `${secret.summary}. It is set and cannot be read again; leave this empty to keep it.` : secret.summary}
          error={shown && missing.includes(secret) ? 'This is needed.' : undefined}
        >
          {(props) => (
            <input
              {...props}
              type="password"
              autoComplete="new-password"
              placeholder={isSet(secret.name) ? '••••••••' : ''}
              value={secrets[secret.name] ?? ''}
              onChange={(event) => setSecrets({ ...secrets, [secret.name]: event.target.value })}
            />
          )}
        </Field>
      ))}
      {settings.map((setting) => (
        <SettingField
          key={setting.name}
          setting={setting}
          value={values[setting.name] ?? ''}
          problem={shown ? problems[setting.name] : undefined}
          onChange={(value) => setValues({ ...values, [setting.name]: value })}
        />
      ))}
      <details className="more-settings" open={Boolean(connection?.base_url) || allowPrivate}>
        <summary>Address and trust</summary>
        <Field label="Base URL" hint={connector.base_url ? `Empty means ${connector.base_url}` : 'Where its API is.'}>
          {(props) => <input {...props} type="url" spellCheck={false} value={baseUrl} onChange={(event) => setBaseUrl(event.target.value)} />}
        </Field>
        <Field label="Reliability" hint="How far its verdicts are trusted, on the Admiralty scale.">
          {(props) => (
            <select {...props} value={reliability} onChange={(event) => setReliability(event.target.value)}>
              {!connection && <option value="">As the connector says</option>}
              {RELIABILITY.map(([letter, text]) => (
                <option key={letter} value={letter}>
                  {letter}: {text}
                </option>
              ))}
            </select>
          )}
        </Field>
        <label className="check">
          <input type="checkbox" checked={allowPrivate} onChange={(event) => setAllowPrivate(event.target.checked)} />
          <span>
            Allow private addresses
            <small>Only for a product inside your own network.</small>
          </span>
        </label>
      </details>
      <InlineError error={failure} />
      <div className="form-foot">
        <Button onClick={onCancel}>Cancel</Button>
        <Button look="main" type="submit" busy={busy} blocked={blocked}>
          {connection ? 'Save' : 'Connect'}
        </Button>
      </div>
    </form>
  )
}
