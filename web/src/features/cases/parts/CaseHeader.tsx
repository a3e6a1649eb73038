// The head of a case: the verdict first, then what can be done.
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../../api/changes'
import { client, read } from '../../../api/client'
import type { CaseDetail } from '../../../api/types'
import { paths } from '../../../app/paths'
import { absolute } from '../../../lib/time'
import { count, label } from '../../../lib/words'
import { Button } from '../../../ui/Button'
import { ExternalLink } from '../../../ui/ExternalLink'
import { Icon } from '../../../ui/Icon'
import { SEVERITIES, Severity, StatusTag, VerdictTag } from '../../../ui/Tag'
import { Time } from '../../../ui/Time'
import { toast } from '../../../ui/Toasts'
import { useBlocked, useMe } from '../../session'
import { CloseDialog, ReopenDialog } from './CloseDialog'
import { PlaybookButtons } from './PlaybookButtons'

interface CaseHeaderProps {
  detail: CaseDetail
  caseRef: string
  running: boolean
}

export function CaseHeader({ detail, caseRef, running }: CaseHeaderProps) {
  const blocked = useBlocked('case_write')
  const [dialog, setDialog] = useState<'close' | 'reopen' | null>(null)
  const stale = [['case', caseRef], ['cases'], ['case-counts']]
  const rerun = useChange({
    send: () => read(client.POST('/api/v1/cases/{id}/rerun', { params: { path: { id: detail.id } } })),
    stale,
    onDone: () => toast('good', 'A new run has started.'),
    onFail: (failure) => toast('bad', failure.message, failure.hint),
  })
  const closed = detail.status === 'closed'
  return (
    <header className={`case-head case-head-${detail.verdict}`}>
      <div className="case-head-top">
        <div className="case-head-title">
          <span className="dim">
            #{detail.number} · {detail.type}
          </span>
          <h1>{detail.title}</h1>
        </div>
        <div className="actions">
          <PlaybookButtons caseId={detail.id} />
          <Button icon="refresh" busy={rerun.busy} blocked={blocked || (running && 'A run is at work on this case. Wait for it, or cancel it.')} onClick={() => rerun.run(undefined)}>
            Re-run
          </Button>
          {closed ? (
            <Button icon="flag" blocked={blocked} onClick={() => setDialog('reopen')}>
              Reopen
            </Button>
          ) : (
            <Button look="main" icon="check" blocked={blocked} onClick={() => setDialog('close')}>
              Close case
            </Button>
          )}
        </div>
      </div>
      <div className="case-verdict">
        <VerdictTag level={detail.verdict} score={detail.score} />
        <p>{detail.explanation || (running ? 'Look-ups are under way; there is no verdict yet.' : 'Nobody has come to a verdict on this case.')}</p>
      </div>
      <dl className="facts">
        <Fact name="Status">
          <StatusTag status={detail.status} reason={detail.close_reason ?? null} />
          {running && (
            <span className="running">
              <Icon name="spinner" size={13} spin /> running
            </span>
          )}
        </Fact>
        <Fact name="Severity">
          <SeverityEdit detail={detail} stale={stale} blocked={blocked} />
        </Fact>
        <Fact name="Owner">
          <OwnerEdit detail={detail} stale={stale} blocked={blocked} />
        </Fact>
        <Fact name="Seen">{count(detail.occurrences, 'alert')}</Fact>
        <Fact name={detail.tickets.length > 1 ? 'Tickets' : 'Ticket'}>
          {detail.tickets.length === 0 && <span className="dim">None</span>}
          {detail.tickets.map((ticket) => (
            <span key={`${ticket.connection} ${ticket.purpose}`} title={`${ticket.purpose} in ${ticket.connection}`}>
              <ExternalLink href={ticket.url}>{ticket.id || 'being created'}</ExternalLink>
            </span>
          ))}
        </Fact>
        {detail.parent && (
          <Fact name="Escalated from">
            <Link to={paths.case(detail.parent)}>Parent case</Link>
          </Fact>
        )}
        <Fact name="Opened">
          <Time at={detail.opened_at} />
        </Fact>
        <Fact name="Updated">
          <Time at={detail.updated_at} />
        </Fact>
        {detail.closed_at && (
          <Fact name="Closed">
            <Time at={detail.closed_at} />
          </Fact>
        )}
      </dl>
      {closed && detail.close_note && detail.close_note !== detail.explanation && (
        <p className="close-note" title={detail.closed_at ? absolute(detail.closed_at) : undefined}>
          <b>Closing note:</b> {detail.close_note}
        </p>
      )}
      {dialog === 'close' && <CloseDialog detail={detail} stale={stale} onClose={() => setDialog(null)} />}
      {dialog === 'reopen' && <ReopenDialog detail={detail} stale={stale} onClose={() => setDialog(null)} />}
    </header>
  )
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

interface EditProps {
  detail: CaseDetail
  stale: string[][]
  blocked: string | false
}

function useEdit({ detail, stale }: Pick<EditProps, 'detail' | 'stale'>) {
  return useChange({
    send: (body: { severity?: string; owner?: string }) => read(client.PATCH('/api/v1/cases/{id}', { params: { path: { id: detail.id } }, body })),
    stale,
    onFail: (failure) => toast('bad', failure.message, failure.hint),
  })
}

function SeverityEdit({ detail, stale, blocked }: EditProps) {
  const edit = useEdit({ detail, stale })
  if (blocked) return <Severity level={detail.severity} />
  return (
    <span className="select-quiet">
      <Severity level={detail.severity} bare />
      <select aria-label="Severity" value={detail.severity} disabled={edit.busy} onChange={(event) => edit.run({ severity: event.target.value })}>
        {SEVERITIES.map((level) => (
          <option key={level} value={level}>
            {label(level)}
          </option>
        ))}
      </select>
    </span>
  )
}

function OwnerEdit({ detail, stale, blocked }: EditProps) {
  const me = useMe()
  const edit = useEdit({ detail, stale })
  const mine = me !== null && detail.owner === me.name
  return (
    <>
      {detail.owner ?? <span className="dim">Nobody</span>}
      {me && !blocked && (
        <button type="button" className="link" disabled={edit.busy} onClick={() => edit.run({ owner: mine ? '' : me.name })}>
          {mine ? 'Release' : 'Take'}
        </button>
      )}
    </>
  )
}
