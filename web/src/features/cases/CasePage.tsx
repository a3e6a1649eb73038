// One case: what it is, what we conclude, and everything that led there.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { asFailure } from '../../api/errors'
import { useChanges } from '../../api/live'
import { caseQuery } from '../../api/queries'
import { paths } from '../../app/paths'
import { useKeys } from '../../lib/keys'
import { useTitle } from '../../lib/title'
import { ErrorBox, Loading } from '../../ui/State'
import { Tabs } from '../../ui/Tabs'
import { OpenTasks } from '../tasks'
import { AlertsPanel } from './parts/AlertsPanel'
import { CaseHeader } from './parts/CaseHeader'
import { ObservablesPanel } from './parts/ObservablesPanel'
import { ReportPanel } from './parts/ReportPanel'
import { RunsPanel } from './parts/RunsPanel'
import { TimelinePanel } from './parts/TimelinePanel'

const PANELS = ['observables', 'report', 'timeline', 'runs', 'alerts'] as const
type Panel = (typeof PANELS)[number]

export default function CasePage() {
  const { ref = '' } = useParams({ strict: false }) as { ref?: string }
  const search: { panel?: string } = useSearch({ strict: false })
  const navigate = useNavigate()
  const queries = useQueryClient()
  const found = useQuery(caseQuery(ref))
  const id = found.data?.id
  useTitle(found.data ? `#${found.data.number} ${found.data.title}` : 'Case')
  const panel = PANELS.find((each) => each === search.panel) ?? 'observables'
  const show = (next: Panel) =>
    void navigate({ to: paths.case(ref), search: { panel: next === 'observables' ? undefined : next } as never, replace: true })

  useChanges(
    (change) => (change.kind === 'case' && change.id === id) || (change.kind === 'run' && change.case === id),
    () => void queries.invalidateQueries({ queryKey: ['case', ref] }),
  )
  useKeys({
    ...Object.fromEntries(PANELS.map((each, index) => [String(index + 1), () => show(each)])),
    u: () => void navigate({ to: paths.cases() }),
    c: () => {
      show('timeline')
      setTimeout(() => document.getElementById('comment')?.focus(), 50)
    },
  })

  if (found.isPending) return <Loading what="the case" />
  if (!found.data) {
    const failure = asFailure(found.error)
    if (failure.status === 404) {
      return <ErrorBox what={`There is no case ${ref}`} error={{ message: 'It may have been removed by retention, or the link is wrong.', hint: 'Search for it in the case list.' }} />
    }
    return <ErrorBox what="The case could not be loaded" error={failure} retry={() => void found.refetch()} />
  }
  const detail = found.data
  const running = detail.runs.some((run) => ['queued', 'running', 'waiting'].includes(run.state))
  return (
    <div className="page">
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link to={paths.cases()}>Cases</Link>
        <span aria-hidden="true">/</span>
        <span>#{detail.number}</span>
      </nav>
      <CaseHeader detail={detail} caseRef={ref} running={running} />
      <OpenTasks of={{ case: detail.id }} />
      <Tabs
        label="Panels"
        active={panel}
        onChange={show}
        tabs={[
          { id: 'observables', label: 'Observables', shortcut: '1', count: detail.observables.length },
          { id: 'report', label: 'Report', shortcut: '2' },
          { id: 'timeline', label: 'Timeline', shortcut: '3' },
          { id: 'runs', label: 'Runs', shortcut: '4', count: detail.runs.length },
          { id: 'alerts', label: 'Alerts', shortcut: '5', count: detail.occurrences },
        ]}
      >
        {panel === 'observables' && <ObservablesPanel detail={detail} running={running} />}
        {panel === 'report' && <ReportPanel detail={detail} caseRef={ref} running={running} />}
        {panel === 'timeline' && <TimelinePanel caseRef={ref} />}
        {panel === 'runs' && <RunsPanel runs={detail.runs} />}
        {panel === 'alerts' && <AlertsPanel caseRef={ref} id={detail.id} />}
      </Tabs>
    </div>
  )
}
