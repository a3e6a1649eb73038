// The playbook on the cases of the last days: what it would have done, what of it is unknown, and where it would
// have gone another way. Nothing is sent.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../../api/changes'
import { asFailure } from '../../../api/errors'
import { backtestQuery, backtestsQuery, playbooksApi } from '../../../api/playbooks'
import type { Backtest } from '../../../api/playbooks.types'
import { paths } from '../../../app/paths'
import { count, label, number } from '../../../lib/words'
import { Button } from '../../../ui/Button'
import { ErrorBox, InlineError, Loading } from '../../../ui/State'
import { StateTag } from '../../../ui/Tag'
import { Time } from '../../../ui/Time'
import { useEditor } from './context'

const POLL_MS = 1_500
const DAYS = [1, 7, 14, 30, 90]
const under = (state: string | undefined) => state === 'running' || state === 'queued'

export function BacktestPane() {
  const { id, head, keeping, why } = useEditor()
  const queries = useQueryClient()
  const list = useQuery(backtestsQuery(id))
  const [days, setDays] = useState(7)
  const [source, setSource] = useState('draft')
  const [picked, setPicked] = useState<string | null>(null)
  const start = useChange({
    send: async () => {
      if (source === 'draft' && !(await keeping.flush())) throw new Error('The draft could not be saved.')
      return playbooksApi.backtest(id, { days, source })
    },
    stale: [['playbook', id, 'backtests'], ['playbooks']],
    onDone: ({ id: made }) => setPicked(made),
  })
  const chosen = picked ?? list.data?.[0]?.id ?? null
  const found = useQuery({
    ...backtestQuery(chosen ?? ''),
    enabled: chosen !== null,
    refetchInterval: (query) => {
      if (under(query.state.data?.state)) return POLL_MS
      return false
    },
  })
  const sources = ['draft', ...(head.newest > 0 ? [String(head.newest)] : []), ...(head.live !== null && head.live !== head.newest ? [String(head.live)] : [])]
  return (
    <div className="pane">
      <div className="pane-bar">
        <label className="select-quiet">
          <span className="dim">Cases of the last</span>
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {DAYS.map((each) => (
              <option key={each} value={each}>
                {count(each, 'day')}
              </option>
            ))}
          </select>
        </label>
        <label className="select-quiet">
          <span className="dim">with</span>
          <select value={source} onChange={(event) => setSource(event.target.value)}>
            {sources.map((each) => (
              <option key={each} value={each}>
                {each === 'draft' ? 'the draft' : `version ${each}`}
              </option>
            ))}
          </select>
        </label>
        <Button look="main" icon="history" busy={start.busy} blocked={why} onClick={() => start.run(undefined)}>
          Start backtest
        </Button>
        {list.data && list.data.length > 0 && (
          <label className="select-quiet">
            <span className="sr-only">Backtest</span>
            <select value={chosen ?? ''} onChange={(event) => setPicked(event.target.value)}>
              {chosen && !list.data.some((each) => each.id === chosen) && <option value={chosen}>The new one</option>}
              {list.data.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.at.slice(0, 16).replace('T', ' ')}, {count(each.days, 'day')}, {label(each.state).toLowerCase()}
                </option>
              ))}
            </select>
          </label>
        )}
        <Button icon="refresh" look="ghost" aria-label="Read again" onClick={() => void queries.invalidateQueries({ queryKey: ['playbook', id, 'backtests'] })} />
      </div>
      <InlineError error={start.failure} />
      {list.isPending ? (
        <Loading what="backtests" />
      ) : !list.data ? (
        <ErrorBox what="The backtests could not be loaded" error={asFailure(list.error)} retry={() => void list.refetch()} />
      ) : chosen === null ? (
        <p className="dim">No backtest yet. Look-ups are answered from what was recorded, writes are only counted.</p>
      ) : found.isPending ? (
        <Loading what="the backtest" />
      ) : !found.data ? (
        <ErrorBox what="The backtest could not be loaded" error={asFailure(found.error)} retry={() => void found.refetch()} />
      ) : (
        <Result test={found.data} />
      )}
    </div>
  )
}

function Result({ test }: { test: Backtest }) {
  const share = Math.round(Math.min(1, Math.max(0, test.progress)) * 100)
  return (
    <>
      <div className="pane-bar">
        <StateTag state={test.state} />
        <Time at={test.at} />
        {under(test.state) && (
          <label className="progress">
            <progress max={100} value={share} /> {share} %
          </label>
        )}
        {test.error && <span className="tone-bad">{test.error}</span>}
      </div>
      <dl className="backtest-table">
        <Figure name="Unknown" value={test.unknown} note="The recordings do not say what would have happened" first />
        <Figure name="Cases" value={test.matched} note="That would have started it" />
        {Object.entries(test.table).map(([name, value]) => (
          <Figure key={name} name={label(name)} value={Array.isArray(value) ? value.length : value} note={Array.isArray(value) ? value.join(', ') : ''} />
        ))}
      </dl>
      {test.unknowns.length > 0 && (
        <>
          <h3>Unknown</h3>
          <ul className="findings">
            {test.unknowns.map((each, index) => (
              <li key={index} className="trigger">
                <Link to={paths.case(each.case)}>{each.case_number ? `#${each.case_number}` : 'Case'}</Link> <span>{each.what}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>What would have gone another way</h3>
      {test.differs.length === 0 ? (
        <p className="dim">{under(test.state) ? 'Nothing so far.' : 'Nothing: it does what was done.'}</p>
      ) : (
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Case</th>
              <th scope="col">What</th>
              <th scope="col">Then</th>
              <th scope="col">Now</th>
              <th scope="col">Run</th>
            </tr>
          </thead>
          <tbody>
            {test.differs.map((each, index) => (
              <tr key={index}>
                <td>
                  <Link to={paths.case(each.case)}>{each.case_number ? `#${each.case_number}` : 'Open'}</Link>
                </td>
                <td>{each.what}</td>
                <td className="wrap">{each.then}</td>
                <td className="wrap">{each.now}</td>
                <td>{each.run ? <Link to={paths.run(each.run)}>Run</Link> : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}

function Figure({ name, value, note, first = false }: { name: string; value: number; note: string; first?: boolean }) {
  return (
    <div className={first && value > 0 ? 'backtest-unknown' : undefined} title={note}>
      <dt>{name}</dt>
      <dd>{number(value)}</dd>
    </div>
  )
}
