// The rows of the case list. Only those in view exist in the page; the next page loads before its end is reached.
import { useElementScrollRestoration } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import type { CaseSummary } from '../../../api/types'
import { useKeys } from '../../../lib/keys'
import { defang } from '../../../lib/defang'
import { count, label, number } from '../../../lib/words'
import { Button } from '../../../ui/Button'
import { ExternalLink } from '../../../ui/ExternalLink'
import { Severity, StatusTag, VerdictTag } from '../../../ui/Tag'
import { Time } from '../../../ui/Time'

const ROW_PX = 52
const OVERSCAN_ROWS = 12
const LOAD_BEFORE_ROWS = 40
const SCROLL_ID = 'case-rows'

interface CaseTableProps {
  rows: CaseSummary[]
  total: number | null
  dimmed: boolean
  more: boolean
  loadingMore: boolean
  failure: { message: string; hint: string } | null
  onMore: () => void
  onTop: (top: boolean) => void
  onOpen: (row: CaseSummary) => void
}

export function CaseTable({ rows, total, dimmed, more, loadingMore, failure, onMore, onTop, onOpen }: CaseTableProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const restored = useElementScrollRestoration({ id: SCROLL_ID })
  const [chosen, setChosen] = useState<string | null>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN_ROWS,
    getItemKey: (index) => rows[index]?.id ?? index,
    initialOffset: restored?.scrollY ?? 0,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && !loadingMore && !failure && last >= rows.length - LOAD_BEFORE_ROWS) onMore()
  }, [more, loadingMore, failure, last, rows.length, onMore])

  const at = rows.findIndex((row) => row.id === chosen)
  const move = (step: number) => {
    const next = at < 0 ? (items[0]?.index ?? 0) : Math.max(0, Math.min(rows.length - 1, at + step))
    setChosen(rows[next]?.id ?? null)
    // So that Enter means the row, not the button that was pressed last.
    scroller.current?.focus({ preventScroll: true })
    virtual.scrollToIndex(next)
  }
  const open = () => {
    const row = rows[at]
    if (row) onOpen(row)
  }
  useKeys({
    j: () => move(1),
    ArrowDown: () => move(1),
    k: () => move(-1),
    ArrowUp: () => move(-1),
    PageDown: () => move(12),
    PageUp: () => move(-12),
    Enter: (event) => {
      // Enter on a link or a button is theirs.
      if (event.target instanceof HTMLElement && event.target.closest('a, button')) event.target.click()
      else open()
    },
  })
  return (
    <div className={dimmed ? 'table table-dimmed' : 'table'} role="table" aria-label="Cases" aria-rowcount={total ?? (more ? -1 : rows.length)}>
      <div className="case-row table-head" role="row">
        {['Number', 'Case', 'Verdict', 'Severity', 'Status', 'Seen', 'Ticket', 'Owner', 'Updated'].map((name) => (
          <div key={name} role="columnheader">
            {name}
          </div>
        ))}
      </div>
      <div
        id={SCROLL_ID}
        data-scroll-restoration-id={SCROLL_ID}
        className="table-body"
        role="rowgroup"
        ref={scroller}
        tabIndex={0}
        aria-label="Rows"
        onScroll={(event) => onTop(event.currentTarget.scrollTop < ROW_PX)}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map((item) => {
            const row = rows[item.index]
            if (!row) return null
            return (
              <div
                key={item.key}
                className={row.id === chosen ? 'case-row case-row-on' : 'case-row'}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={row.id === chosen}
                style={{ position: 'absolute', top: 0, left: 0, right: 0, height: ROW_PX, transform: `translateY(${item.start}px)` }}
                onClick={() => onOpen(row)}
                onMouseDown={() => setChosen(row.id)}
              >
                <Cells row={row} />
              </div>
            )
          })}
        </div>
        {loadingMore && (
          <p className="table-foot dim" role="status">
            Loading more…
          </p>
        )}
        {failure && (
          <p className="table-foot" role="alert">
            {failure.message} {failure.hint} <Button onClick={onMore}>Try again</Button>
          </p>
        )}
      </div>
    </div>
  )
}

function Cells({ row }: { row: CaseSummary }) {
  const first = row.first_observable
  const others = row.observables_count - 1
  return (
    <>
      <div role="cell" className="num">
        #{row.number}
      </div>
      <div role="cell" className="case-title">
        <div className="clip" title={row.title}>
          {row.title}
        </div>
        <div className="case-sub clip">
          <span>{row.type}</span>
          {first && (
            <>
              <span aria-hidden="true" className="dot">
                ·
              </span>
              <span title={`${label(first.type)} ${defang(first.type, first.value)}`}>
                <span className="dim">{label(first.type)}</span> <code>{defang(first.type, first.value)}</code>
              </span>
              {others > 0 && <span className="more">+{number(others)}</span>}
            </>
          )}
        </div>
      </div>
      <div role="cell">
        <VerdictTag level={row.verdict} score={row.score} />
      </div>
      <div role="cell">
        <Severity level={row.severity} />
      </div>
      <div role="cell">
        <StatusTag status={row.status} reason={row.close_reason ?? null} />
      </div>
      <div role="cell" className="num" title={count(row.occurrences, 'alert')}>
        {number(row.occurrences)}×
      </div>
      <div role="cell" className="clip">
        {row.ticket ? <ExternalLink href={row.ticket.url}>{row.ticket.id || 'being created'}</ExternalLink> : <span className="dim">–</span>}
      </div>
      <div role="cell" className="clip">
        {row.owner ? row.owner : <span className="dim">–</span>}
      </div>
      <div role="cell" className="num">
        <Time at={row.updated_at} />
      </div>
    </>
  )
}
