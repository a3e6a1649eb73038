// All runs, newest first; live.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { asFailure } from '../../api/errors'
import { useChanges } from '../../api/live'
import { runListQuery } from '../../api/queries'
import { paths } from '../../app/paths'
import { useNow } from '../../lib/now'
import { useTitle } from '../../lib/title'
import { duration, elapsed } from '../../lib/time'
import { label } from '../../lib/words'
import { Button } from '../../ui/Button'
import { Empty, ErrorBox, Loading } from '../../ui/State'
import { Severity, StateTag } from '../../ui/Tag'
import { Time } from '../../ui/Time'

const STATES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled']

export default function RunListPage() {
  const search: { state?: string } = useSearch({ strict: false })
  const navigate = useNavigate()
  useTitle('Runs')
  const queries = useQueryClient()
  const now = useNow()
  const state = STATES.find((each) => each === search.state)
  const options = runListQuery(state ? { state } : {})
  const runs = useInfiniteQuery(options)
  useChanges(
    (change) => change.kind === 'run',
    () => {
      // With many pages open the older ones stay as they are.
      if ((runs.data?.pages.length ?? 0) <= 2) void queries.invalidateQueries({ queryKey: options.queryKey })
    },
    1_500,
  )
  const rows = runs.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div className="page">
      <header className="page-head">
        <h1>Runs</h1>
      </header>
      <div className="filters">
        <div className="filter-group" role="group" aria-label="State">
          <span className="filter-label">State</span>
          {STATES.map((each) => (
            <button
              key={each}
              type="button"
              className="chip"
              aria-pressed={each === state}
              onClick={() => void navigate({ to: paths.runs(), search: { state: each === state ? undefined : each } as never, replace: true })}
            >
              {label(each)}
            </button>
          ))}
        </div>
      </div>
      {runs.isPending ? (
        <Loading what="runs" />
      ) : !runs.data ? (
        <ErrorBox what="The runs could not be loaded" error={asFailure(runs.error)} retry={() => void runs.refetch()} />
      ) : rows.length === 0 ? (
        <Empty icon="runs" title={state ? `No run is ${label(state).toLowerCase()}` : 'No runs yet'}>
          <p>{state ? 'Take the filter away to see the others.' : 'A run starts when an alert opens a case or finds one again.'}</p>
        </Empty>
      ) : (
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">State</th>
              <th scope="col">Case</th>
              <th scope="col">Priority</th>
              <th scope="col">Created</th>
              <th scope="col" className="num">
                Took
              </th>
              <th scope="col" className="num">
                Steps
              </th>
              <th scope="col">Remark</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((run) => (
              <tr key={run.id}>
                <td>
                  <Link to={paths.run(run.id)}>{run.playbook}</Link> <code className="dim">{run.id.slice(-6)}</code>
                </td>
                <td>
                  <StateTag state={run.state} />
                </td>
                <td>
                  <Link to={paths.case(run.case)}>{run.case_number ? `#${run.case_number}` : 'Open'}</Link>
                </td>
                <td>
                  <Severity level={run.priority} />
                </td>
                <td>
                  <Time at={run.created_at} />
                </td>
                <td className="num">{run.started_at ? duration(elapsed(run.started_at, run.ended_at, now)) : '–'}</td>
                <td className="num">{run.step_count}</td>
                <td className="wrap">{run.error || run.waiting_for}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {runs.hasNextPage && (
        <Button busy={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
          Show more
        </Button>
      )}
    </div>
  )
}
