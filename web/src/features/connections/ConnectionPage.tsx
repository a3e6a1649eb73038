// One connection: its state, its settings, its end.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../api/changes'
import { client, read } from '../../api/client'
import { asFailure } from '../../api/errors'
import { connectionsQuery, connectorsQuery } from '../../api/queries'
import type { ConnectionInput, ConnectionView, ConnectorView } from '../../api/types'
import { paths } from '../../app/paths'
import { useTitle } from '../../lib/title'
import { label } from '../../lib/words'
import { Button } from '../../ui/Button'
import { Dialog } from '../../ui/Dialog'
import { ErrorBox, InlineError, Loading } from '../../ui/State'
import { toast } from '../../ui/Toasts'
import { useBlocked } from '../session'
import { ConnectionState } from './ConnectionListPage'
import { ConnectionForm } from './parts/ConnectionForm'
import { TestButton } from './parts/TestButton'

export default function ConnectionPage() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const connections = useQuery(connectionsQuery)
  useTitle('Connection')
  const connectors = useQuery(connectorsQuery)
  if (connections.isPending || connectors.isPending) return <Loading what="the connection" />
  if (!connections.data || !connectors.data) {
    const again = () => void Promise.all([connections.refetch(), connectors.refetch()])
    return <ErrorBox what="The connection could not be loaded" error={asFailure(connections.error ?? connectors.error)} retry={again} />
  }
  const connection = connections.data.find((each) => each.id === id)
  const connector = connectors.data.find((each) => each.id === connection?.connector)
  if (!connection) return <ErrorBox what="There is no such connection" error={{ message: 'It may have been removed.', hint: 'Look at the list of connections.' }} />
  if (!connector) return <ErrorBox what={`${connection.name} cannot be edited`} error={{ message: `The content no longer has the connector ${connection.connector}.`, hint: 'Put its folder back, or remove the connection.' }} />
  return <Known connection={connection} connector={connector} />
}

function Known({ connection, connector }: { connection: ConnectionView; connector: ConnectorView }) {
  const navigate = useNavigate()
  const blocked = useBlocked('config_write')
  const [removing, setRemoving] = useState(false)
  const change = useChange({
    send: (body: ConnectionInput) => read(client.PATCH('/api/v1/connections/{id}', { params: { path: { id: connection.id } }, body })),
    stale: [['connections']],
    onDone: () => toast('good', 'Saved.'),
  })
  const enabled = connection.enabled
  return (
    <div className="page page-narrow">
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link to={paths.connections()}>Connections</Link>
        <span aria-hidden="true">/</span>
        <span>{connection.name}</span>
      </nav>
      <header className="page-head">
        <h1>{connection.name}</h1>
        <ConnectionState connection={connection} />
        <span className="grow" />
        <Button blocked={blocked} busy={change.busy} onClick={() => change.run({ enabled: !enabled })}>
          {enabled ? 'Disable' : 'Enable'}
        </Button>
        <Button look="danger" blocked={blocked} onClick={() => setRemoving(true)}>
          Remove
        </Button>
      </header>
      {connection.problem && <InlineError error={{ message: connection.problem, hint: 'Correct the settings below and test again.' }} />}
      <TestButton id={connection.id} name={connection.name} />
      <ConnectionForm key={connection.updated_at} connector={connector} connection={connection} busy={change.busy} failure={change.failure} onSave={(body) => change.run(body)} onCancel={() => void navigate({ to: paths.connections() })} />
      <section className="group">
        <h2>What it can do</h2>
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Action</th>
              <th scope="col">Effect</th>
              <th scope="col">Capabilities</th>
            </tr>
          </thead>
          <tbody>
            {connector.actions.map((action) => (
              <tr key={action.name}>
                <td className="wrap">
                  {action.title || label(action.name)} <code className="dim">{action.name}</code>
                </td>
                <td>{label(action.effect)}</td>
                <td className="wrap">
                  {action.capabilities.map((each) => (
                    <code key={each} className="capability">
                      {each}
                    </code>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {removing && <RemoveDialog connection={connection} onClose={() => setRemoving(false)} onGone={() => void navigate({ to: paths.connections() })} />}
    </div>
  )
}

function RemoveDialog({ connection, onClose, onGone }: { connection: ConnectionView; onClose: () => void; onGone: () => void }) {
  const remove = useChange({
    send: () => read(client.DELETE('/api/v1/connections/{id}', { params: { path: { id: connection.id } } })),
    stale: [['connections']],
    onDone: () => {
      toast('good', `${connection.name} is removed.`)
      onGone()
    },
  })
  return (
    <Dialog title={`Remove ${connection.name}`} onClose={onClose}>
      <p>Its settings and secrets are deleted. Cases keep what it said. To pause it instead, disable it.</p>
      <InlineError error={remove.failure} />
      <div className="form-foot">
        <Button onClick={onClose}>Keep</Button>
        <Button look="danger" busy={remove.busy} onClick={() => remove.run(undefined)}>
          Remove
        </Button>
      </div>
    </Dialog>
  )
}
