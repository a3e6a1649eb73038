// What starts the playbook, and for each time that it could have started: whether it did, and why not.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { asFailure } from '../../../api/errors'
import { decisionsQuery, triggersQuery } from '../../../api/playbooks'
import { paths } from '../../../app/paths'
import { label } from '../../../lib/words'
import { Icon } from '../../../ui/Icon'
import { ErrorBox, Loading } from '../../../ui/State'
import { Tag } from '../../../ui/Tag'
import { Time } from '../../../ui/Time'
import { useEditor } from './context'

export function TriggersPane() {
  const { id } = useEditor()
  const [only, setOnly] = useState(false)
  const [about, setAbout] = useState('')
  const triggers = useQuery(triggersQuery(id))
  const subject = about.trim()
  const asked = subject.startsWith('alert_') ? { playbook: id, alert: subject } : subject.startsWith('case_') ? { playbook: id, case: subject } : { playbook: id }
  const decisions = useQuery(decisionsQuery(asked))
  const words = subject.toLowerCase()
  const plain = asked.alert === undefined && asked.case === undefined
  const rows = (decisions.data ?? []).filter((each) => (!only || !each.started) && (!plain || `${each.subject} ${each.reason} ${each.trigger}`.toLowerCase().includes(words)))
  return (
    <div className="pane triggers-split">
      <section aria-label="Triggers">
        <h3>What starts it</h3>
        {triggers.isPending ? (
          <Loading what="triggers" />
        ) : !triggers.data ? (
          <ErrorBox what="The triggers could not be loaded" error={asFailure(triggers.error)} retry={() => void triggers.refetch()} />
        ) : triggers.data.length === 0 ? (
          <p className="dim">
            Nothing by itself. Write <code>triggers:</code> or <code>case_types:</code> at the top of the playbook, or start it by hand from a case.
          </p>
        ) : (
          <ul className="findings">
            {triggers.data.map((trigger, index) => (
              <li key={index} className="trigger">
                <Tag tone={trigger.enabled ? 'good' : 'quiet'}>{label(trigger.kind)}</Tag>
                <span>{trigger.text}</span>
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
      <section aria-label="Why did it not start?">
        <div className="pane-bar">
          <h3>Why did it not start?</h3>
          <input aria-label="Alert, case or words" placeholder="An alert’s or a case’s id, or words" value={about} onChange={(event) => setAbout(event.target.value)} />
          <label className="check">
            <input type="checkbox" checked={only} onChange={(event) => setOnly(event.target.checked)} /> <span>only what did not start</span>
          </label>
        </div>
        {decisions.isPending ? (
          <Loading what="decisions" />
        ) : !decisions.data ? (
          <ErrorBox what="The decisions could not be loaded" error={asFailure(decisions.error)} retry={() => void decisions.refetch()} />
        ) : rows.length === 0 ? (
          <p className="dim">{decisions.data.length === 0 ? 'Nothing came that could have started it.' : 'Nothing fits.'}</p>
        ) : (
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
                  <td className="wrap">{each.subject}</td>
                  <td>{each.trigger}</td>
                  <td>
                    {each.started ? each.run ? <Link to={paths.run(each.run)}>Run</Link> : 'Yes' : <span className="tone-warn"><Icon name="cross" size={12} /> No</span>}
                  </td>
                  <td className="wrap">{each.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </div>
  )
}
