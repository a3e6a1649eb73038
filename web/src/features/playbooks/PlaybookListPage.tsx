// All playbooks with their health: what each is for, how it stands, how its runs of the last 30 days went.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { asFailure } from '../../api/errors'
import { playbookListQuery } from '../../api/playbooks'
import type { PlaybookLine } from '../../api/playbooks.types'
import { meQuery } from '../../api/queries'
import { paths } from '../../app/paths'
import { useKeys } from '../../lib/keys'
import { duration } from '../../lib/time'
import { useTitle } from '../../lib/title'
import { count, number } from '../../lib/words'
import { Button } from '../../ui/Button'
import { Icon } from '../../ui/Icon'
import { Empty, ErrorBox, Loading } from '../../ui/State'
import { Tag } from '../../ui/Tag'
import { Time } from '../../ui/Time'
import { SORTS, SORT_WORDS, STATES, STATE_WORDS, type View, percent, shown, statesOf, tagsOf, viewOf } from './list.logic'
import { NewPlaybook } from './parts/NewPlaybook'

export default function PlaybookListPage() {
  const search: Record<string, string | undefined> = useSearch({ strict: false })
  const navigate = useNavigate()
  useTitle('Playbooks')
  const view = viewOf(search)
  const found = useQuery(playbookListQuery)
  const me = useQuery(meQuery).data
  const [at, setAt] = useState(-1)
  const box = useRef<HTMLInputElement>(null)
  const rows = found.data ? shown(found.data, view) : []
  const mayWrite = me?.permissions.includes('config_write') ?? false
  const show = (next: Partial<View>) => {
    setAt(-1)
    const { q, state, sort } = { ...view, ...next }
    void navigate({ to: paths.playbooks(), search: { q: q || undefined, state: state ?? undefined, sort: sort === 'title' ? undefined : sort, new: undefined } as never, replace: true })
  }
  const dialog = (open: boolean) => void navigate({ to: paths.playbooks(), search: { ...search, new: open ? '1' : undefined } as never, replace: true })
  const go = (next: number) => setAt(Math.max(0, Math.min(rows.length - 1, next)))
  useKeys({
    j: () => go(at + 1),
    ArrowDown: () => go(at + 1),
    k: () => go(at - 1),
    ArrowUp: () => go(at - 1),
    Enter: () => {
      const line = rows[at]
      if (line) void navigate({ to: paths.playbook(line.id) })
    },
    '/': () => box.current?.focus(),
    n: () => mayWrite && dialog(true),
  })
  return (
    <div className="page">
      <header className="page-head">
        <h1>Playbooks</h1>
        <div className="search">
          <Icon name="search" size={14} />
          <input ref={box} aria-label="Search playbooks" placeholder="A title, a case type, a tag…" value={view.q} onChange={(event) => show({ q: event.target.value })} />
          <kbd>/</kbd>
        </div>
        <Link className="button button-plain" to={paths.playbookPolicy()}>
          <Icon name="shield" size={14} /> Policy
        </Link>
        <Link className="button button-plain" to={paths.playbookRepository()}>
          <Icon name="git" size={14} /> Git
        </Link>
        <Button look="main" icon="plus" blocked={!mayWrite && 'Your role cannot change playbooks. Ask an administrator.'} onClick={() => dialog(true)}>
          New playbook
        </Button>
      </header>
      <Filters view={view} lines={found.data ?? []} onShow={show} />
      {found.isPending ? (
        <Loading what="playbooks" />
      ) : !found.data ? (
        <ErrorBox what="The playbooks could not be loaded" error={asFailure(found.error)} retry={() => void found.refetch()} />
      ) : rows.length === 0 ? (
        <Empty icon="playbooks" title={found.data.length === 0 ? 'No playbooks yet' : 'No playbook fits'}>
          {found.data.length === 0 ? <Button look="main" icon="plus" onClick={() => dialog(true)}>New playbook</Button> : <Button onClick={() => show({ q: '', state: null })}>Show all</Button>}
        </Empty>
      ) : (
        <Table rows={rows} at={at} />
      )}
      {search['new'] && found.data && <NewPlaybook lines={found.data} onClose={() => dialog(false)} />}
    </div>
  )
}

function Filters({ view, lines, onShow }: { view: View; lines: readonly PlaybookLine[]; onShow: (next: Partial<View>) => void }) {
  return (
    <div className="filters">
      <div className="filter-group" role="group" aria-label="State">
        <span className="filter-label">State</span>
        {STATES.map((state) => {
          const n = lines.filter((line) => statesOf(line).includes(state)).length
          return (
            <button key={state} type="button" className={n === 0 ? 'chip chip-none' : 'chip'} aria-pressed={state === view.state} onClick={() => onShow({ state: state === view.state ? null : state })}>
              {STATE_WORDS[state]} <span className="chip-count">{n}</span>
            </button>
          )
        })}
      </div>
      <label className="select-quiet">
        <span className="filter-label">Order</span>
        <select value={view.sort} onChange={(event) => onShow({ sort: event.target.value as View['sort'] })}>
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {SORT_WORDS[sort]}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

function Table({ rows, at }: { rows: readonly PlaybookLine[]; at: number }) {
  return (
    <table className="plain-table playbook-table">
      <thead>
        <tr>
          <th scope="col">Playbook</th>
          <th scope="col">State</th>
          <th scope="col" className="num" title="Runs that ended in the last 30 days">
            Runs
          </th>
          <th scope="col" className="num">
            Failed
          </th>
          <th scope="col" className="num" title="Median time of runs that ended well">
            Median
          </th>
          <th scope="col" className="num" title="Runs that ended well and needed no person">
            Automatic
          </th>
          <th scope="col">Tests</th>
          <th scope="col">Backtest</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((line, index) => (
          <Row key={line.id} line={line} on={index === at} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ line, on }: { line: PlaybookLine; on: boolean }) {
  const { health, tests, backtest } = line
  return (
    <tr className={on ? 'row-on' : undefined} aria-current={on || undefined}>
      <td className="playbook-what">
        <Link to={paths.playbook(line.id)}>{line.title || line.id}</Link>
        <div className="dim" title={line.description}>
          {line.description || line.id}
        </div>
        {line.triggers.length > 0 && (
          <div className="playbook-triggers">
            {line.triggers.slice(0, 3).map((trigger) => (
              <span key={trigger.text} className="mini">
                {trigger.text}
              </span>
            ))}
          </div>
        )}
      </td>
      <td>
        <span className="tag-stack">
          {tagsOf(line).map((tag) => (
            <Tag key={tag.text} tone={tag.tone} title={tag.title}>
              {tag.text}
            </Tag>
          ))}
        </span>
      </td>
      <td className="num">{health ? number(health.runs) : '–'}</td>
      <td className={`num${health && health.failure_rate > 0.1 ? ' tone-bad' : ''}`}>{health ? percent(health.failure_rate) : '–'}</td>
      <td className="num">{health?.median_ms !== null && health?.median_ms !== undefined ? duration(health.median_ms) : '–'}</td>
      <td className="num">{percent(health?.automation)}</td>
      <td>
        {tests ? (
          <span className="tag-stack">
            <Tag tone={tests.passed === tests.count ? 'good' : 'bad'} icon={tests.passed === tests.count ? 'check' : 'cross'} title={count(tests.count, 'test')}>
              {tests.passed}/{tests.count}
            </Tag>
            <Meter percent={tests.coverage} />
          </span>
        ) : (
          <span className="dim">none</span>
        )}
      </td>
      <td>
        {backtest ? (
          <span title={backtest.verdict}>
            <Time at={backtest.at} /> <small className="dim">{count(backtest.days, 'day')}</small>
          </span>
        ) : (
          <span className="dim">never</span>
        )}
      </td>
    </tr>
  )
}

function Meter({ percent: of }: { percent: number }) {
  return (
    <span className="meter" title={`Tests take ${of} % of the branches`}>
      <span className="meter-bar" aria-hidden="true">
        <span style={{ width: `${of}%` }} className={of >= 80 ? 'meter-good' : 'meter-low'} />
      </span>
      <small>{of} %</small>
    </span>
  )
}
