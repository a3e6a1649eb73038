// What waits for people on a page about something else: a run, a case.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useChanges } from '../../../api/live'
import { taskListQuery } from '../../../api/queries'
import { Icon } from '../../../ui/Icon'
import { byUrgency } from '../form.logic'
import { TaskPanel } from './TaskPanel'

export function OpenTasks({ of }: { of: { run: string } | { case: string } }) {
  const queries = useQueryClient()
  const found = useQuery(taskListQuery({ state: 'open', ...of }))
  useChanges(
    (change) => change.kind === 'task',
    () => void queries.invalidateQueries({ queryKey: ['tasks'] }),
  )
  const tasks = byUrgency(found.data?.items ?? [])
  if (tasks.length === 0) return null
  return (
    <section className="open-tasks" aria-label="Waiting for people">
      <h2>
        <Icon name="users" size={15} /> Waiting for people
      </h2>
      {tasks.map((task) => (
        <TaskPanel key={task.id} task={task} links={!('run' in of)} />
      ))}
    </section>
  )
}
