// Where alerts come from: one address and one token each.
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../api/changes'
import { client, read } from '../../api/client'
import { asFailure } from '../../api/errors'
import { sourcesQuery } from '../../api/queries'
import type { SourceView } from '../../api/types'
import { useTitle } from '../../lib/title'
import { label } from '../../lib/words'
import { Button } from '../../ui/Button'
import { Dialog } from '../../ui/Dialog'
import { Field } from '../../ui/Field'
import { Empty, ErrorBox, InlineError, Loading } from '../../ui/State'
import { SEVERITIES, Severity, Tag } from '../../ui/Tag'
import { Time } from '../../ui/Time'
import { toast } from '../../ui/Toasts'
import { useBlocked } from '../session'
import { TokenDialog } from './parts/TokenDialog'

type Shown = { kind: 'add' } | { kind: 'edit'; source: SourceView } | { kind: 'renew'; source: SourceView } | { kind: 'token'; name: string; token: string } | null

export default function SourcesPage() {
  const sources = useQuery(sourcesQuery)
  useTitle('Sources')
  const blocked = useBlocked('config_write')
  const [shown, setShown] = useState<Shown>(null)
  const close = () => setShown(null)
  const add = (
    <Button look="main" icon="plus" blocked={blocked} onClick={() => setShown({ kind: 'add' })}>
      Add a source
    </Button>
  )
  return (
    <div className="page">
      <header className="page-head">
        <h1>Sources</h1>
        <span className="grow" />
        {add}
      </header>
      {sources.isPending ? (
        <Loading what="sources" />
      ) : !sources.data ? (
        <ErrorBox what="The sources could not be loaded" error={asFailure(sources.error)} retry={() => void sources.refetch()} />
      ) : sources.data.length === 0 ? (
        <Empty icon="sources" title="No sources yet">
          <p>A source is an address that takes alerts: a bare address or hash, JSON, a log line or a mail.</p>
          {add}
        </Empty>
      ) : (
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">State</th>
              <th scope="col">Mapping</th>
              <th scope="col">Default severity</th>
              <th scope="col">Last alert</th>
              <th scope="col">
                <span className="sr-only">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sources.data.map((source) => (
              <tr key={source.id}>
                <td>
                  <b>{source.name}</b>
                </td>
                <td>{source.enabled ? <Tag tone="good" icon="check">Takes alerts</Tag> : <Tag icon="stop">Disabled</Tag>}</td>
                <td>
                  <code>{source.mapping}</code>
                </td>
                <td>
                  <Severity level={source.default_severity} />
                </td>
                <td>{source.last_alert_at ? <Time at={source.last_alert_at} /> : <span className="dim">Never</span>}</td>
                <td className="row-actions">
                  <Button blocked={blocked} onClick={() => setShown({ kind: 'edit', source })} aria-label={`Edit ${source.name}`}>
                    Edit
                  </Button>
                  <Button blocked={blocked} onClick={() => setShown({ kind: 'renew', source })} aria-label={`New token for ${source.name}`}>
                    New token
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {shown?.kind === 'add' && <SourceDialog source={null} onClose={close} onToken={(name, token) => setShown({ kind: 'token', name, token })} />}
      {shown?.kind === 'edit' && <SourceDialog source={shown.source} onClose={close} onToken={close} />}
      {shown?.kind === 'renew' && <RenewDialog source={shown.source} onClose={close} onToken={(token) => setShown({ kind: 'token', name: shown.source.name, token })} />}
      {shown?.kind === 'token' && <TokenDialog name={shown.name} token={shown.token} onClose={close} />}
    </div>
  )
}

interface SourceDialogProps {
  source: SourceView | null
  onClose: () => void
  onToken: (name: string, token: string) => void
}

function SourceDialog({ source, onClose, onToken }: SourceDialogProps) {
  const [name, setName] = useState(source?.name ?? '')
  const [mapping, setMapping] = useState(source?.mapping ?? 'auto')
  const [severity, setSeverity] = useState(source?.default_severity ?? 'medium')
  const [enabled, setEnabled] = useState(source?.enabled ?? true)
  const body = { name: name.trim(), mapping: mapping.trim() || 'auto', default_severity: severity, enabled }
  const create = useChange({
    send: () => read(client.POST('/api/v1/sources', { body })),
    stale: [['sources']],
    onDone: (made) => onToken(made.source.name, made.token),
  })
  const change = useChange({
    send: () => read(client.PUT('/api/v1/sources/{name}', { params: { path: { name: body.name } }, body })),
    stale: [['sources']],
    onDone: () => {
      toast('good', 'Saved.')
      onClose()
    },
  })
  const active = source ? change : create
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (body.name && !active.busy) active.run(undefined)
  }
  return (
    <Dialog title={source ? `Edit ${source.name}` : 'Add a source'} onClose={onClose}>
      <form onSubmit={submit}>
        <Field label="Name" required hint={source ? 'It is part of the address and cannot be changed.' : 'Part of the address: small letters, digits and hyphens.'}>
          {(props) => <input {...props} autoFocus={!source} readOnly={Boolean(source)} spellCheck={false} placeholder="siem" value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Mapping" hint="auto recognises what arrives: a bare value, JSON, a known product's alert, a log line, a mail.">
          {(props) => <input {...props} spellCheck={false} value={mapping} onChange={(event) => setMapping(event.target.value)} />}
        </Field>
        <Field label="Default severity" hint="For alerts that say none.">
          {(props) => (
            <select {...props} value={severity} onChange={(event) => setSeverity(event.target.value)}>
              {SEVERITIES.map((level) => (
                <option key={level} value={level}>
                  {label(level)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <label className="check">
          <input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.target.checked)} />
          <span>
            Takes alerts
            <small>Otherwise what is sent is refused.</small>
          </span>
        </label>
        <InlineError error={active.failure} />
        <div className="form-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="main" type="submit" busy={active.busy} blocked={!body.name && 'Give it a name first'}>
            {source ? 'Save' : 'Add source'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function RenewDialog({ source, onClose, onToken }: { source: SourceView; onClose: () => void; onToken: (token: string) => void }) {
  const renew = useChange({
    send: () => read(client.POST('/api/v1/sources/{name}/token', { params: { path: { name: source.name } } })),
    stale: [],
    onDone: (made) => onToken(made.token),
  })
  return (
    <Dialog title={`New token for ${source.name}`} onClose={onClose}>
      <p>The present token stops working at once: whoever sends alerts with it is refused until they have the new one.</p>
      <InlineError error={renew.failure} />
      <div className="form-foot">
        <Button onClick={onClose}>Keep the present one</Button>
        <Button look="danger" busy={renew.busy} onClick={() => renew.run(undefined)}>
          Make a new token
        </Button>
      </div>
    </Dialog>
  )
}
