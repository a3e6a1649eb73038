// The steps as an ARIA tree with a bar for each one's time.
import { useEffect, useMemo, useRef } from 'react'
import { useKeys } from '../../../lib/keys'
import { useNow } from '../../../lib/now'
import { duration } from '../../../lib/time'
import { label } from '../../../lib/words'
import { Icon, type IconName } from '../../../ui/Icon'
import { StateIcon } from '../../../ui/Tag'
import { type Row, type TreeNode, bar, openAtFirst, visibleRows } from '../tree.logic'

const ROWS_MAX = 3_000

const KINDS: Record<string, IconName> = {
  for_each: 'loop',
  loop: 'loop',
  iteration: 'loop',
  switch: 'branch',
  parallel: 'branch',
  capability: 'connections',
  target: 'connections',
  action: 'runs',
  wait: 'clock',
}

interface StepTreeProps {
  tree: TreeNode[]
  start: number
  end: number | null
  chosen: string | null
  opened: Record<string, boolean>
  onOpen: (path: string, open: boolean) => void
  onChoose: (path: string) => void
}

export function StepTree({ tree, start, end, chosen, opened, onOpen, onChoose }: StepTreeProps) {
  const now = useNow()
  const list = useRef<HTMLDivElement>(null)
  const first = useMemo(() => openAtFirst(tree), [tree])
  const isOpen = (node: TreeNode) => opened[node.path] ?? first.has(node.path)
  const rows = visibleRows(tree, isOpen)
  const at = rows.findIndex((row) => row.node.path === chosen)
  const go = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))]
    if (row) onChoose(row.node.path)
  }
  const right = () => {
    const row = rows[at]
    if (!row || row.node.children.length === 0) return
    if (isOpen(row.node)) go(at + 1)
    else onOpen(row.node.path, true)
  }
  const left = () => {
    const row = rows[at]
    if (!row) return
    if (row.node.children.length > 0 && isOpen(row.node)) onOpen(row.node.path, false)
    else if (row.parent) onChoose(row.parent)
  }
  useKeys({
    j: () => go(at + 1),
    ArrowDown: () => go(at + 1),
    k: () => go(at - 1),
    ArrowUp: () => go(at - 1),
    ArrowRight: right,
    ArrowLeft: left,
    Home: () => go(0),
    End: () => go(rows.length - 1),
  })
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  return (
    <div className="steps" role="tree" aria-label="Steps" tabIndex={0} ref={list} aria-activedescendant={at >= 0 ? `step-${at}` : undefined}>
      {rows.slice(0, ROWS_MAX).map((row, index) => (
        <StepRow
          key={row.node.path}
          id={`step-${index}`}
          row={row}
          open={isOpen(row.node)}
          on={index === at}
          span={bar(row.node, start, end ?? now, now)}
          now={now}
          onToggle={() => onOpen(row.node.path, !isOpen(row.node))}
          onChoose={() => onChoose(row.node.path)}
        />
      ))}
      {rows.length > ROWS_MAX && <p className="dim table-foot">{rows.length - ROWS_MAX} more rows. Close some steps to see them.</p>}
    </div>
  )
}

interface StepRowProps {
  id: string
  row: Row
  open: boolean
  on: boolean
  span: { left: number; width: number } | null
  now: number
  onToggle: () => void
  onChoose: () => void
}

function StepRow({ id, row, open, on, span, now, onToggle, onChoose }: StepRowProps) {
  const { node, depth } = row
  const branches = node.children.length > 0
  const took = node.started === null ? null : (node.ended ?? now) - node.started
  return (
    <div
      id={id}
      role="treeitem"
      aria-level={depth + 1}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={branches ? open : undefined}
      aria-selected={on}
      className={on ? 'step step-on' : 'step'}
      onClick={onChoose}
    >
      <div className="step-name" style={{ paddingLeft: 8 + depth * 18 }}>
        <span
          className={branches ? 'step-twist' : 'step-twist step-twist-none'}
          aria-hidden="true"
          onClick={(event) => {
            if (!branches) return
            event.stopPropagation()
            onToggle()
          }}
        >
          <Icon name="chevron" size={12} />
        </span>
        <StateIcon state={node.status} />
        <span className="step-kind" title={label(node.kind)}>
          <Icon name={KINDS[node.kind] ?? 'dot'} size={13} />
        </span>
        <span className={node.started === null && node.kind !== 'iteration' ? 'clip dim' : 'clip'} title={node.path}>
          {node.label}
        </span>
        {node.detail && <span className="dim clip step-detail">{node.detail}</span>}
        {node.step?.cached && <span className="mini">cached</span>}
        {(node.step?.attempt ?? 1) > 1 && <span className="mini mini-warn">{node.step?.attempt} attempts</span>}
        {branches && !open && <span className="mini">{node.children.length}</span>}
      </div>
      <div className="step-time">
        <span className="step-lane" aria-hidden="true">
          {span && <span className={`step-bar step-bar-${node.status}`} style={{ left: `${span.left}%`, width: `max(2px, ${span.width}%)` }} />}
        </span>
        <span className="num dim">{took === null || node.status === 'skipped' ? '' : duration(took)}</span>
      </div>
    </div>
  )
}
