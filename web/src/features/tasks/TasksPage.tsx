// The inbox: what runs ask of people, the most urgent first.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { asFailure } from '../../api/errors'
import { useChanges } from '../../api/live'
import { taskListQuery } from '../../api/queries'
import { paths } from '../../app/paths'
import { useTitle } from '../../lib/title'
import { Empty, ErrorBox, Loading } from '../../ui/State'
import { byUrgency } from './form.logic'
import { TaskPanel } from './parts/TaskPanel'

export default function TasksPage() {
  const search: { state?: string; mine?: string } = useSearch({ strict: false })
  const navigate = useNavigate()
  const queries = useQueryClient()
  useTitle('Tasks')
  const state = search.state === 'done' ? 'done' : 'open'
  const mine = search.mine === '1'
  const found = useQuery(taskListQuery({ state, mine }))
  useChanges(
    (change) => change.kind === 'task',
    () => void queries.invalidateQueries({ queryKey: ['tasks'] }),
  )
  const show = (next: { state?: string | undefined; mine?: string | undefined }) => void navigate({ to: paths.tasks(), search: { ...search, ...next } as never, replace: true })
  const tasks = state === 'open' ? byUrgency(found.data?.items ?? []) : (found.data?.items ?? [])
  return (
    <div className="page">
      <header className="page-head">
        <h1>
          Tasks {found.data && <span className="count">{tasks.length}</span>}
        </h1>
        <div className="chips" role="group" aria-label="Which tasks">
          <button type="button" className="chip" aria-pressed={state === 'open'} onClick={() => show({ state: undefined })}>
            Open
          </button>
          <button type="button" className="chip" aria-pressed={state === 'done'} onClick={() => show({ state: 'done' })}>
            Done
          </button>
          <button type="button" className="chip" aria-pressed={mine} onClick={() => show({ mine: mine ? undefined : '1' })}>
            For me
          </button>
        </div>
      </header>
      {found.isPending ? (
        <Loading what="the tasks" />
      ) : found.error ? (
        <ErrorBox what="The tasks could not be loaded" error={asFailure(found.error)} retry={() => void found.refetch()} />
      ) : tasks.length === 0 ? (
        <Empty icon="check" title={state === 'open' ? 'Nothing waits for people' : 'Nothing was asked yet'}>
          <p>{mine ? 'Nothing names you, your role or everybody.' : 'Playbooks ask with manual, ask and approve steps.'}</p>
        </Empty>
      ) : (
        <div className="task-list">
          {tasks.map((task) => (
            <TaskPanel key={task.id} task={task} />
          ))}
        </div>
      )}
    </div>
  )
}
