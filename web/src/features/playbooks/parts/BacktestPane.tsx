// The playbook on the cases of the last days: what it would have done, what of it is unknown, and where it would
// have gone another way. Nothing is sent.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../../api/changes'
import { asFailure } from '../../../api/errors'
import { backtestQuery, backtestsQuery, playbooksApi } from '../../../api/playbooks'
import type { Backtest, Tally } from '../../../api/playbooks.types'
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
                  {each.created_at.slice(0, 16).replace('T', ' ')}, {count(each.days, 'day')}, {label(each.state).toLowerCase()}
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

const words = (value: unknown) => (typeof value === 'string' ? label(value) : value === null || value === undefined ? 'nothing' : JSON.stringify(value))
const by = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([name, n]) => `${label(name)} ${n}`)
    .join(', ')

function Result({ test }: { test: Backtest }) {
  const { result } = test
  return (
    <>
      <div className="pane-bar">
        <StateTag state={test.state === 'done' ? 'succeeded' : test.state} />
        <span className="dim">
          by {test.by}, <Time at={test.created_at} />
        </span>
        <span role="status">
          {count(test.looked_at, 'run')} looked at{test.matched > 0 && `, ${number(test.matched)} that it would have been started for`}
          {result && under(test.state) && (
            <>
              {' '}
              <progress aria-label="Progress" max={Math.max(1, test.matched)} value={result.played} />
            </>
          )}
        </span>
        {test.more && <span className="tone-warn">There were more than {number(test.limit)}.</span>}
        {test.error && <span className="tone-bad">{test.error}</span>}
      </div>
      {!result ? <p className="dim">{under(test.state) ? 'No run was played yet.' : 'No run was played.'}</p> : <Found result={result} busy={under(test.state)} />}
    </>
  )
}

function Found({ result, busy }: { result: Tally; busy: boolean }) {
  const { table } = result
  return (
    <>
      <dl className="backtest-table">
        <Figure name="Unknown" value={result.unknown + result.unreadable} note={`Nothing is said about them: calls without a recording${result.unreadable > 0 ? `, ${result.unreadable} without a readable journal` : ''}`} first />
        <Figure name="Played" value={result.played} note="Runs that were played" />
        <Figure name="Closed" value={table.closed} note={by(table.closed_as)} />
        <Figure name="Escalated" value={table.escalated} note="Would open an Investigation case" />
        <Figure name="Contained" value={table.contain_runs} note={table.contained.join(', ')} />
        <Figure name="Asked people" value={table.asked} note={by(table.asked_whom)} />
        <Figure name="Waiting" value={table.waiting} note="Would wait for people and go no further" />
        <Figure name="Tickets" value={table.tickets} note="Would be opened" />
        <Figure name="Failed" value={table.failed} note="" />
        <Figure name="Same" value={result.same} note="Everything would be as it was" />
        <Figure name="Different" value={result.different} note="Something would be another way" />
      </dl>
      {result.unknowns.length > 0 && (
        <>
          <h3>Calls that no recording answers</h3>
          <ul className="findings">
            {result.unknowns.map((each) => (
              <li key={`${each.step} ${each.wanted} ${each.connection}`} className="trigger">
                <code>{each.step}</code> {each.wanted} {each.connection && <span className="dim">through {each.connection}</span>} <span className="dim">in {count(each.runs, 'run')}</span>
                {each.example.run && <Link to={paths.run(each.example.run)}>one of them</Link>}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>What would have gone another way</h3>
      {result.differs.length === 0 ? (
        <p className="dim">{busy ? 'Nothing so far.' : 'Nothing: it does what was done.'}</p>
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
            {result.differs.map((each, index) => (
              <tr key={index}>
                <td>
                  <Link to={paths.case(each.case)}>#{each.case_number}</Link>
                </td>
                <td>{label(each.what)}</td>
                <td className="wrap">{words(each.then)}</td>
                <td className="wrap">{words(each.now)}</td>
                <td>
                  <Link to={paths.run(each.run)}>Run</Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {result.differs_left_out > 0 && <p className="dim">{number(result.differs_left_out)} more are not listed.</p>}
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
