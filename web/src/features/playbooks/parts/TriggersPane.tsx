// What starts the playbook, and for each time that it could have started: whether it did, and why not.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useDeferredValue, useState } from 'react'
import { asFailure } from '../../../api/errors'
import { decisionsQuery, triggersQuery, whyQuery } from '../../../api/playbooks'
import type { Decision, ReadValue, Why } from '../../../api/playbooks.types'
import { paths } from '../../../app/paths'
import { count, label } from '../../../lib/words'
import { Icon } from '../../../ui/Icon'
import { ErrorBox, InlineError, Loading } from '../../../ui/State'
import { Tag } from '../../../ui/Tag'
import { Time } from '../../../ui/Time'
import { subjectOf } from '../trigger.logic'
import { useEditor } from './context'

export function TriggersPane() {
  return (
    <div className="pane triggers-split">
      <Triggers />
      <Decisions />
    </div>
  )
}

function Triggers() {
  const { id } = useEditor()
  const found = useQuery(triggersQuery(id))
  return (
    <section aria-label="Triggers">
      <h3>What starts it</h3>
      {found.isPending ? (
        <Loading what="triggers" />
      ) : !found.data ? (
        <ErrorBox what="The triggers could not be loaded" error={asFailure(found.error)} retry={() => void found.refetch()} />
      ) : found.data.length === 0 ? (
        <p className="dim">
          Nothing by itself. Write <code>triggers:</code> or <code>case_types:</code> at the top of the playbook, or start it by hand from a case.
        </p>
      ) : (
        <ul className="findings">
          {found.data.map((trigger, index) => (
            <li key={index} className="trigger">
              <Tag tone={trigger.enabled ? 'good' : 'quiet'} title={trigger.enabled ? 'It counts' : 'It does not count'}>
                {label(trigger.kind)}
              </Tag>
              <span>{trigger.text}</span>
              {trigger.condition && <code>{trigger.condition}</code>}
              {trigger.next_at && (
                <span className="dim">
                  next <Time at={trigger.next_at} />
                </span>
              )}
              {trigger.last_at && (
                <span className="dim">
                  last <Time at={trigger.last_at} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      <p className="hint">What is listed here is what is live; the draft counts when it is activated.</p>
    </section>
  )
}

function Decisions() {
  const { id } = useEditor()
  const [only, setOnly] = useState(false)
  const [text, setText] = useState('')
  const about = subjectOf(useDeferredValue(text))
  const all = useQuery({ ...decisionsQuery(id), enabled: about === null })
  const why = useQuery({ ...whyQuery(id, about ?? {}), enabled: about !== null })
  const found = about === null ? all : why
  const words = text.trim().toLowerCase()
  const list = (about === null ? all.data : why.data?.decisions) ?? []
  const rows = list.filter((each) => (!only || !each.started) && (about !== null || `${each.trigger} ${each.reason}`.toLowerCase().includes(words)))
  return (
    <section aria-label="Why did it not start?">
      <div className="pane-bar">
        <h3>Why did it not start?</h3>
        <input aria-label="Alert, case or words" placeholder="#41, an alert’s or a case’s id, or words" value={text} onChange={(event) => setText(event.target.value)} />
        <label className="check">
          <input type="checkbox" checked={only} onChange={(event) => setOnly(event.target.checked)} /> <span>only what did not start</span>
        </label>
      </div>
      {found.isPending ? (
        <Loading what="decisions" />
      ) : !found.data ? (
        <InlineError error={asFailure(found.error)} />
      ) : (
        <>
          {why.data && about !== null && <Now why={why.data} />}
          {rows.length === 0 ? <p className="dim">{list.length === 0 ? 'Nothing came that could have started it.' : 'Nothing fits.'}</p> : <Table rows={rows} />}
        </>
      )}
    </section>
  )
}

/** What would be decided if it came again as it stands. */
function Now({ why }: { why: Why }) {
  return (
    <div className="why-now">
      {why.obstacle && (
        <p className="warn-line">
          <Icon name="alert" size={14} /> {why.obstacle}
        </p>
      )}
      {why.now.map((each, index) => (
        <p key={index}>
          <span className={each.starts ? 'tone-good' : 'tone-warn'}>
            <Icon name={each.starts ? 'check' : 'cross'} size={13} /> {each.starts ? 'Would start' : 'Would not start'}
          </span>{' '}
          as it stands: {each.trigger}. {each.reason} <Values read={each.read} />
        </p>
      ))}
    </div>
  )
}

function Values({ read }: { read: readonly ReadValue[] }) {
  if (read.length === 0) return null
  return (
    <span className="why-values">
      {read.map((each) => (
        <code key={each.path}>
          {each.path} = {each.value}
        </code>
      ))}
    </span>
  )
}

function Table({ rows }: { rows: readonly Decision[] }) {
  return (
    <table className="plain-table">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">What came</th>
          <th scope="col">Trigger</th>
          <th scope="col">Started</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((each, index) => (
          <tr key={index}>
            <td>
              <Time at={each.at} />
            </td>
            <td>{each.case ? <Link to={paths.case(each.case)}>Case</Link> : each.alert ? <code>{each.alert.slice(-8)}</code> : <span className="dim">its time</span>}</td>
            <td>{each.trigger}</td>
            <td>
              {each.run ? (
                <Link to={paths.run(each.run)}>Run</Link>
              ) : (
                <span className="tone-warn">
                  <Icon name="cross" size={12} /> No
                </span>
              )}
            </td>
            <td className="wrap">
              {each.reason} <Values read={each.read} />
              {each.more > 0 && <span className="dim"> and {count(each.more, 'more')} of the same</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
