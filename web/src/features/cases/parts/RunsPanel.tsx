import { Link } from '@tanstack/react-router'
import type { RunSummary } from '../../../api/types'
import { paths } from '../../../app/paths'
import { useNow } from '../../../lib/now'
import { duration, elapsed } from '../../../lib/time'
import { Empty } from '../../../ui/State'
import { StateTag } from '../../../ui/Tag'
import { Time } from '../../../ui/Time'

/** The runs of a case, newest first. */
export function RunsPanel({ runs }: { runs: RunSummary[] }) {
  const now = useNow()
  if (runs.length === 0) {
    return (
      <Empty icon="runs" title="No runs">
        <p>No playbook has worked on this case. Re-run starts the one of its type.</p>
      </Empty>
    )
  }
  return (
    <table className="plain-table">
      <thead>
        <tr>
          <th scope="col">Playbook</th>
          <th scope="col">State</th>
          <th scope="col">Started</th>
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
        {runs.map((run) => (
          <tr key={run.id}>
            <td>
              <Link to={paths.run(run.id)}>{run.playbook}</Link> <code className="dim">{run.playbook_version.slice(0, 8)}</code>
            </td>
            <td>
              <StateTag state={run.state} />
            </td>
            <td>
              <Time at={run.started_at ?? run.created_at} />
            </td>
            <td className="num">{run.started_at ? duration(elapsed(run.started_at, run.ended_at, now)) : '–'}</td>
            <td className="num">{run.step_count}</td>
            <td className="wrap">{run.error || run.waiting_for}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
