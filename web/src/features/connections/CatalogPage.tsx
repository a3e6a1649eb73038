// Every product that can be connected, by category.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { asFailure } from '../../api/errors'
import { connectorsQuery } from '../../api/queries'
import type { ConnectorView } from '../../api/types'
import { paths } from '../../app/paths'
import { useTitle } from '../../lib/title'
import { count, label } from '../../lib/words'
import { Icon } from '../../ui/Icon'
import { Empty, ErrorBox, Loading } from '../../ui/State'

export default function CatalogPage() {
  const connectors = useQuery(connectorsQuery)
  useTitle('Add a connection')
  const [text, setText] = useState('')
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = (connectors.data ?? []).filter((each) => {
    const all = [each.name, each.vendor, each.category, each.summary, ...each.actions.flatMap((action) => action.capabilities)].join(' ').toLowerCase()
    return words.every((word) => all.includes(word))
  })
  const categories = [...new Set(found.map((each) => each.category))].sort()
  return (
    <div className="page">
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link to={paths.connections()}>Connections</Link>
        <span aria-hidden="true">/</span>
        <span>Add</span>
      </nav>
      <header className="page-head">
        <h1>Choose a product</h1>
        <div className="search" role="search">
          <Icon name="search" size={15} />
          <input type="search" aria-label="Search products" placeholder="Name, vendor, capability…" autoFocus value={text} onChange={(event) => setText(event.target.value)} />
        </div>
      </header>
      {connectors.isPending ? (
        <Loading what="products" />
      ) : !connectors.data ? (
        <ErrorBox what="The products could not be loaded" error={asFailure(connectors.error)} retry={() => void connectors.refetch()} />
      ) : found.length === 0 ? (
        <Empty title="No product matches">
          <p>A product that is missing can be described in a folder of its own: see “Add a connector” in the documentation.</p>
        </Empty>
      ) : (
        categories.map((category) => (
          <section key={category} className="group">
            <h2>{label(category)}</h2>
            <ul className="catalog">
              {found
                .filter((each) => each.category === category)
                .map((each) => (
                  <Card key={each.id} connector={each} />
                ))}
            </ul>
          </section>
        ))
      )}
    </div>
  )
}

function Card({ connector }: { connector: ConnectorView }) {
  return (
    <li>
      <Link to={paths.connectionNew(connector.id)} className="catalog-card">
        <b>{connector.name}</b>
        <span className="dim">{connector.vendor}</span>
        <p>{connector.summary}</p>
        <small className="dim">{count(connector.actions.length, 'action')}</small>
      </Link>
    </li>
  )
}
