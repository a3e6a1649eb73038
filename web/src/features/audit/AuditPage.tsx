// The audit record: who did what to which thing, newest first.
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { asFailure } from '../../api/errors'
import { auditQuery } from '../../api/queries'
import type { AuditLine } from '../../api/types'
import { useTitle } from '../../lib/title'
import { Button } from '../../ui/Button'
import { Json } from '../../ui/Json'
import { Empty, ErrorBox, Loading } from '../../ui/State'
import { Time } from '../../ui/Time'

export default function AuditPage() {
  const audit = useInfiniteQuery(auditQuery)
  useTitle('Audit')
  const lines = audit.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div className="page">
      <header className="page-head">
        <h1>Audit</h1>
      </header>
      {audit.isPending ? (
        <Loading what="the audit record" />
      ) : !audit.data ? (
        <ErrorBox what="The audit record could not be loaded" error={asFailure(audit.error)} retry={() => void audit.refetch()} />
      ) : lines.length === 0 ? (
        <Empty icon="audit" title="The record is empty" />
      ) : (
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col">Which</th>
              <th scope="col">
                <span className="sr-only">Details</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line, index) => (
              <Line key={`${line.at} ${index}`} line={line} />
            ))}
          </tbody>
        </table>
      )}
      {audit.hasNextPage && (
        <Button busy={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
          Show more
        </Button>
      )}
    </div>
  )
}

function Line({ line }: { line: AuditLine }) {
  const [open, setOpen] = useState(false)
  const details = typeof line.detail === 'object' && line.detail !== null && Object.keys(line.detail).length > 0
  return (
    <>
      <tr>
        <td>
          <Time at={line.at} />
        </td>
        <td>{line.actor}</td>
        <td>
          <code>{line.action}</code>
        </td>
        <td className="wrap">
          <code>{line.object}</code>
        </td>
        <td className="row-actions">
          {details && (
            <button type="button" className="link" aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? 'Hide' : 'Details'}
            </button>
          )}
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={5}>
            <Json value={line.detail} />
          </td>
        </tr>
      )}
    </>
  )
}
