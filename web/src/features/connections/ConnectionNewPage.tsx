// Configuring a product for the first time.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { client, read } from '../../api/client'
import { useChange } from '../../api/changes'
import { asFailure } from '../../api/errors'
import { connectorsQuery } from '../../api/queries'
import type { ConnectionInput } from '../../api/types'
import { paths } from '../../app/paths'
import { useTitle } from '../../lib/title'
import { ErrorBox, Loading } from '../../ui/State'
import { toast } from '../../ui/Toasts'
import { ConnectionForm } from './parts/ConnectionForm'

export default function ConnectionNewPage() {
  const { connector: id = '' } = useParams({ strict: false }) as { connector?: string }
  const navigate = useNavigate()
  useTitle('Add a connection')
  const connectors = useQuery(connectorsQuery)
  const create = useChange({
    send: (body: ConnectionInput) => read(client.POST('/api/v1/connections', { body })),
    stale: [['connections']],
    onDone: (made) => {
      toast('good', `${made.name} is connected. Test it now.`)
      void navigate({ to: paths.connection(made.id), replace: true })
    },
  })
  if (connectors.isPending) return <Loading what="the product" />
  if (!connectors.data) return <ErrorBox what="The product could not be loaded" error={asFailure(connectors.error)} retry={() => void connectors.refetch()} />
  const connector = connectors.data.find((each) => each.id === id)
  if (!connector) return <ErrorBox what="There is no such product" error={{ message: `No connector is called ${id}.`, hint: 'Choose one from the catalogue.' }} />
  return (
    <div className="page page-narrow">
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link to={paths.connections()}>Connections</Link>
        <span aria-hidden="true">/</span>
        <Link to={paths.connectionAdd()}>Add</Link>
        <span aria-hidden="true">/</span>
        <span>{connector.name}</span>
      </nav>
      <header className="page-head">
        <h1>Connect {connector.name}</h1>
      </header>
      <p className="dim">{connector.summary}</p>
      <ConnectionForm connector={connector} connection={null} busy={create.busy} failure={create.failure} onSave={(body) => create.run({ ...body, connector: connector.id })} onCancel={() => void navigate({ to: paths.connections() })} />
    </div>
  )
}
