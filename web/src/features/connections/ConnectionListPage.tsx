// What we are connected to, and whether it works.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { asFailure } from '../../api/errors'
import { connectionsQuery, connectorsQuery } from '../../api/queries'
import type { ConnectionView, ConnectorView } from '../../api/types'
import { paths } from '../../app/paths'
import { useTitle } from '../../lib/title'
import { label } from '../../lib/words'
import { Button } from '../../ui/Button'
import { Empty, ErrorBox, Loading } from '../../ui/State'
import { Tag } from '../../ui/Tag'
import { Time } from '../../ui/Time'
import { useBlocked } from '../session'
import { TestButton } from './parts/TestButton'

export default function ConnectionListPage() {
  const navigate = useNavigate()
  useTitle('Connections')
  const blocked = useBlocked('config_write')
  const connections = useQuery(connectionsQuery)
  const connectors = useQuery(connectorsQuery)
  const byId = new Map((connectors.data ?? []).map((each) => [each.id, each]))
  const groups = groupBy(connections.data ?? [], byId)
  const add = (
    <Button look="main" icon="plus" blocked={blocked} onClick={() => void navigate({ to: paths.connectionAdd() })}>
      Add a connection
    </Button>
  )
  return (
    <div className="page">
      <header className="page-head">
        <h1>Connections</h1>
        <span className="grow" />
        {add}
      </header>
      {connections.isPending ? (
        <Loading what="connections" />
      ) : !connections.data ? (
        <ErrorBox what="The connections could not be loaded" error={asFailure(connections.error)} retry={() => void connections.refetch()} />
      ) : connections.data.length === 0 ? (
        <Empty icon="connections" title="No connections yet">
          <p>Without one nothing can be looked up, so every verdict is unknown. Add a threat intelligence service first, then a ticket system.</p>
          {add}
        </Empty>
      ) : (
        [...groups].map(([category, items]) => (
          <section key={category} className="group">
            <h2>{label(category)}</h2>
            <table className="plain-table fixed-table">
              <colgroup>
                <col className="col-name" />
                <col className="col-state" />
                <col className="col-trust" />
                <col className="col-date" />
                <col />
              </colgroup>
              <thead className="sr-only">
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">State</th>
                  <th scope="col">Reliability</th>
                  <th scope="col">Changed</th>
                  <th scope="col">Test</th>
                </tr>
              </thead>
              <tbody>
                {items.map((each) => (
                  <Row key={each.id} connection={each} connector={byId.get(each.connector)} />
                ))}
              </tbody>
            </table>
          </section>
        ))
      )}
    </div>
  )
}

function groupBy(items: readonly ConnectionView[], connectors: Map<string, ConnectorView>): Map<string, ConnectionView[]> {
  const groups = new Map<string, ConnectionView[]>()
  for (const item of items) {
    const category = connectors.get(item.connector)?.category ?? 'other'
    groups.set(category, [...(groups.get(category) ?? []), item])
  }
  return new Map([...groups].sort(([a], [b]) => a.localeCompare(b)))
}

export function ConnectionState({ connection }: { connection: ConnectionView }) {
  if (connection.problem) {
    return (
      <Tag tone="bad" icon="alert" title={connection.problem}>
        Problem
      </Tag>
    )
  }
  if (!connection.enabled) return <Tag icon="stop">Disabled</Tag>
  return (
    <Tag tone="good" icon="check">
      Ready
    </Tag>
  )
}

function Row({ connection, connector }: { connection: ConnectionView; connector: ConnectorView | undefined }) {
  return (
    <tr>
      <td>
        <Link to={paths.connection(connection.id)}>{connection.name}</Link>
        <div className="dim">{connector ? [connector.name, connector.vendor].filter(Boolean).join(', ') : connection.connector}</div>
        {connection.problem && <div className="problem">{connection.problem}</div>}
      </td>
      <td>
        <ConnectionState connection={connection} />
      </td>
      <td className="dim" title="How far its verdicts are trusted, on the Admiralty scale">
        Reliability {connection.reliability}
      </td>
      <td className="dim">
        <Time at={connection.updated_at} />
      </td>
      <td>
        <TestButton id={connection.id} name={connection.name} />
      </td>
    </tr>
  )
}
