// What arrived: each alert with its fields and its bytes as they came.
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { asFailure } from '../../../api/errors'
import { caseAlertsQuery } from '../../../api/queries'
import type { AlertView } from '../../../api/types'
import { documents } from '../../../app/paths'
import { bytes, label } from '../../../lib/words'
import { Button } from '../../../ui/Button'
import { Icon } from '../../../ui/Icon'
import { Json } from '../../../ui/Json'
import { Empty, ErrorBox, Loading } from '../../../ui/State'
import { Severity } from '../../../ui/Tag'
import { Time } from '../../../ui/Time'

export function AlertsPanel({ caseRef, id }: { caseRef: string; id: string }) {
  const alerts = useInfiniteQuery(caseAlertsQuery(caseRef, id))
  if (alerts.isPending) return <Loading what="the alerts" />
  if (!alerts.data) return <ErrorBox what="The alerts could not be loaded" error={asFailure(alerts.error)} retry={() => void alerts.refetch()} />
  const items = alerts.data.pages.flatMap((page) => page.items)
  if (items.length === 0) {
    return (
      <Empty icon="sources" title="No alerts kept">
        <p>The case was opened without one, or retention has removed them.</p>
      </Empty>
    )
  }
  return (
    <>
      <ul className="alerts">
        {items.map((alert, index) => (
          <Alert key={alert.id} alert={alert} startOpen={index === 0} />
        ))}
      </ul>
      {alerts.hasNextPage && (
        <Button busy={alerts.isFetchingNextPage} onClick={() => void alerts.fetchNextPage()}>
          Show more
        </Button>
      )}
    </>
  )
}

function Alert({ alert, startOpen }: { alert: AlertView; startOpen: boolean }) {
  const [open, setOpen] = useState(startOpen)
  return (
    <li className="alert-item">
      <div className="alert-head">
        <button type="button" className="twist" aria-expanded={open} aria-label={`Fields of the alert ${alert.title}`} onClick={() => setOpen(!open)}>
          <Icon name="chevron" size={14} />
        </button>
        <b className="clip grow" title={alert.title}>
          {alert.title}
        </b>
        <Severity level={alert.severity} />
        <span className="dim">{label(alert.state)}</span>
        <Time at={alert.received_at} />
        <a className="button button-plain" href={documents.alertRaw(alert.id)} download={`${alert.id}.bin`} title={alert.content_type}>
          <Icon name="download" size={14} /> Raw, {bytes(alert.raw_bytes)}
        </a>
      </div>
      {alert.diagnostics.length > 0 && (
        <ul className="diagnostics" aria-label="What could not be understood">
          {alert.diagnostics.map((text) => (
            <li key={text}>
              <Icon name="alert" size={13} /> {text}
            </li>
          ))}
        </ul>
      )}
      {open && <Json value={alert.fields} />}
    </li>
  )
}
