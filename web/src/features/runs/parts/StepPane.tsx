// One step in full: what went in, what came out, what was said on the wire.
import { useQuery } from '@tanstack/react-query'
import { asFailure } from '../../../api/errors'
import { stepQuery } from '../../../api/queries'
import type { StepDetail } from '../../../api/types'
import { useKeys } from '../../../lib/keys'
import { useNow } from '../../../lib/now'
import { absolute, clock, duration } from '../../../lib/time'
import { label } from '../../../lib/words'
import { Copy } from '../../../ui/Copy'
import { Json } from '../../../ui/Json'
import { Empty, ErrorBox, InlineError, Loading } from '../../../ui/State'
import { StateTag } from '../../../ui/Tag'
import { Tabs } from '../../../ui/Tabs'
import type { TreeNode } from '../tree.logic'
import { Wire } from './Wire'

export type StepTab = 'input' | 'output' | 'wire'

interface StepPaneProps {
  run: string
  node: TreeNode | null
  tab: StepTab
  onTab: (tab: StepTab) => void
}

export function StepPane({ run, node, tab, onTab }: StepPaneProps) {
  useKeys({ i: () => onTab('input'), o: () => onTab('output'), w: () => onTab('wire') })
  if (!node) return <section className="step-pane" aria-label="Step" />
  return (
    <section className="step-pane" aria-label={`Step ${node.label}`}>
      <header className="step-pane-head">
        <h2>{node.label}</h2>
        <StateTag state={node.status} />
        <Times node={node} />
        <div className="dim step-path">
          <code>{node.path}</code>
          <Copy text={node.path} what="the path" />
          <span>· {label(node.kind)}</span>
          {node.detail && <span>· {node.detail}</span>}
          {node.step && node.step.attempt > 1 && <span>· attempt {node.step.attempt}</span>}
          {node.step?.cached && <span>· a recent answer was used again</span>}
        </div>
      </header>
      {node.step ? <Detail run={run} node={node} tab={tab} onTab={onTab} /> : <Nothing node={node} />}
    </section>
  )
}

function Times({ node }: { node: TreeNode }) {
  const now = useNow()
  const start = node.step?.started_at
  if (!start || node.started === null) return null
  const end = node.step?.ended_at
  return (
    <span className="dim" title={absolute(start)}>
      {clock(start)}
      {end ? ` to ${clock(end)}` : ''} · {duration((node.ended ?? now) - node.started)}
    </span>
  )
}

function Nothing({ node }: { node: TreeNode }) {
  if (node.kind === 'iteration') return <Empty icon="loop" title={node.label}><p>One round of the loop. Its steps are below it in the tree.</p></Empty>
  return (
    <Empty icon="clock" title={node.status === 'not_reached' ? 'Not reached' : 'Not begun'}>
      <p>{node.status === 'not_reached' ? 'The run ended before it came here.' : 'The run has not come here yet.'}</p>
    </Empty>
  )
}

function Detail({ run, node, tab, onTab }: { run: string; node: TreeNode; tab: StepTab; onTab: (tab: StepTab) => void }) {
  const found = useQuery(stepQuery(run, node.path))
  if (found.isPending) return <Loading what="the step" />
  if (!found.data) return <ErrorBox what="The step could not be loaded" error={asFailure(found.error)} retry={() => void found.refetch()} />
  const detail = found.data
  return (
    <>
      <InlineError error={errorOf(detail)} />
      <Tabs
        label="Parts of the step"
        compact
        active={tab}
        onChange={onTab}
        tabs={[
          { id: 'output', label: 'Output' },
          { id: 'input', label: 'Input' },
          { id: 'wire', label: 'Wire', count: detail.wire.length },
        ]}
      >
        {tab === 'output' && (detail.ended_at ? <Json value={detail.output} /> : <p className="dim json-none">Nothing yet: the step is not over.</p>)}
        {tab === 'input' && <Json value={detail.input} />}
        {tab === 'wire' && <Wire run={run} exchanges={detail.wire} />}
      </Tabs>
    </>
  )
}

function errorOf(detail: StepDetail): { message: string; hint?: string } | null {
  if (!detail.error) return null
  const { code, message, hint } = detail.error
  return { message: `${message} (${code})`, hint }
}
