// One run: its steps as a tree with their times on the left, the chosen step in full on the right.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { asFailure } from '../../api/errors'
import { useChanges } from '../../api/live'
import { runQuery } from '../../api/queries'
import { paths } from '../../app/paths'
import { useTitle } from '../../lib/title'
import { Empty, ErrorBox, Loading } from '../../ui/State'
import { Graph } from '../../ui/graph'
import { OpenTasks } from '../tasks'
import { painted } from './paint.logic'
import { RunHeader } from './parts/RunHeader'
import { SteerBar, Steered } from './parts/SteerBar'
import { StepPane, type StepTab } from './parts/StepPane'
import { StepTree } from './parts/StepTree'
import { type TreeNode, buildTree } from './tree.logic'

const OVER = ['succeeded', 'failed', 'cancelled']
const TABS: StepTab[] = ['output', 'input', 'wire']

export default function RunPage() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const search: { step?: string; tab?: string; view?: string } = useSearch({ strict: false })
  const navigate = useNavigate()
  const queries = useQueryClient()
  const found = useQuery(runQuery(id))
  const run = found.data
  useTitle(run ? `Run of ${run.playbook}` : 'Run')
  const over = run ? OVER.includes(run.state) : false
  const tree = useMemo(() => (run ? buildTree(run.steps, run.outline, over) : []), [run, over])
  const drawing = useMemo(() => (run ? painted(run.outline, run.steps, over) : null), [run, over])
  const drawn = search.view === 'drawing' && drawing !== null && drawing.steps.length > 0
  const [opened, setOpened] = useState<Record<string, boolean>>({})
  useChanges(
    (change) => change.kind === 'run' && change.id === id,
    () => void queries.invalidateQueries({ queryKey: ['run', id] }),
  )
  const chosen = useMemo(() => find(tree, search.step) ?? firstOfInterest(tree), [tree, search.step])
  const tab = TABS.find((each) => each === search.tab) ?? 'output'
  const show = (next: { step?: string | undefined; tab?: string | undefined; view?: string | undefined }) =>
    void navigate({ to: paths.run(id), search: { step: search.step, tab: search.tab, view: search.view, ...next } as never, replace: true })

  if (found.isPending) return <Loading what="the run" />
  if (!run) {
    const failure = asFailure(found.error)
    if (failure.status === 404) return <ErrorBox what="There is no such run" error={{ message: 'It may have been removed by retention, or the link is wrong.', hint: 'Look for it in the list of runs.' }} />
    return <ErrorBox what="The run could not be loaded" error={failure} retry={() => void found.refetch()} />
  }
  return (
    <div className="page page-fill">
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link to={paths.runs()}>Runs</Link>
        <span aria-hidden="true">/</span>
        <span>{run.playbook}</span>
      </nav>
      <RunHeader run={run} over={over} />
      <div className="run-bar">
        <div className="chips" role="group" aria-label="View">
          <button type="button" className="chip" aria-pressed={!drawn} onClick={() => show({ view: undefined })}>
            Steps and times
          </button>
          <button type="button" className="chip" aria-pressed={drawn} onClick={() => show({ view: 'drawing' })}>
            Drawing
          </button>
        </div>
        <SteerBar run={run} over={over} node={chosen} />
      </div>
      <Steered run={run} />
      {!over && <OpenTasks of={{ run: run.id }} />}
      {tree.length === 0 ? (
        <Empty icon="clock" title="No step has begun">
          <p>{run.waiting_for || 'The run waits for a free place.'}</p>
        </Empty>
      ) : (
        <div className="run-split">
          {drawn ? (
            <Graph
              label="The run on its playbook"
              steps={drawing.steps}
              chosen={drawing.pointerOf(chosen?.path ?? null)}
              onChoose={(step) => show({ step: drawing.pathOf(step) })}
              paint={drawing.paint}
            />
          ) : (
          <StepTree
            tree={tree}
            start={Date.parse(run.started_at ?? run.created_at)}
            end={run.ended_at ? Date.parse(run.ended_at) : null}
            chosen={chosen?.path ?? null}
            opened={opened}
            onOpen={(path, open) => setOpened((now) => ({ ...now, [path]: open }))}
            onChoose={(path) => show({ step: path })}
          />
          )}
          <StepPane run={run.id} node={chosen} tab={tab} onTab={(next) => show({ tab: next === 'output' ? undefined : next })} />
        </div>
      )}
    </div>
  )
}

function find(nodes: readonly TreeNode[], path: string | undefined): TreeNode | null {
  if (!path) return null
  for (const node of nodes) {
    const inside = node.path === path ? node : find(node.children, path)
    if (inside) return inside
  }
  return null
}

/** The deepest step that failed or is at work; else the first. */
function firstOfInterest(nodes: readonly TreeNode[]): TreeNode | null {
  for (const status of ['failed', 'running', 'waiting']) {
    let level = nodes
    let hit: TreeNode | null = null
    for (;;) {
      const next: TreeNode | undefined = level.find((node) => node.status === status)
      if (!next) break
      hit = next
      level = next.children
    }
    if (hit) return hit
  }
  return nodes[0] ?? null
}
