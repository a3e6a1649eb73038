// A past run against another version: where they part first, and what differs step by step. Nothing is asked or sent.
import { useState } from 'react'
import { useChange } from '../../../api/changes'
import { client, read } from '../../../api/client'
import type { ComparisonView, RunDetail } from '../../../api/types'
import { count } from '../../../lib/words'
import { Button } from '../../../ui/Button'
import { Copy } from '../../../ui/Copy'
import { Dialog } from '../../../ui/Dialog'
import { Field } from '../../../ui/Field'
import { Json } from '../../../ui/Json'
import { InlineError } from '../../../ui/State'

export function CompareDialog({ run, onClose }: { run: RunDetail; onClose: () => void }) {
  const [version, setVersion] = useState('draft')
  const compare = useChange({
    send: () => read(client.POST('/api/v1/runs/{id}/compare', { params: { path: { id: run.id } }, body: { version: version.trim() } })),
    stale: [],
  })
  return (
    <Dialog title="Compare with another version" onClose={onClose} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          compare.run(undefined)
        }}
      >
        <Field label="Version" hint="draft, live, shipped, or a version's number. Answers come from this run's recording.">
          {(props) => <input {...props} autoFocus value={version} onChange={(event) => setVersion(event.target.value)} />}
        </Field>
        <InlineError error={compare.failure} />
        <div className="form-foot">
          <Button onClick={onClose}>Close</Button>
          <Button look="main" type="submit" busy={compare.busy}>
            Compare
          </Button>
        </div>
      </form>
      {compare.result && <Result found={compare.result} />}
    </Dialog>
  )
}

function Result({ found }: { found: ComparisonView }) {
  return (
    <div role="status">
      <p>
        <b>{found.identical ? 'It goes the same way.' : 'It goes another way.'}</b>
        {found.unanswered.length > 0 && ` ${count(found.unanswered.length, 'call')} would be made that this run has no recording of.`}
      </p>
      {found.first && (
        <p>
          First difference at <code>{found.first.path || 'the start'}</code>: {found.first.what}
        </p>
      )}
      {found.steps.length > 0 && (
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Change</th>
              <th scope="col">What differs</th>
            </tr>
          </thead>
          <tbody>
            {found.steps.map((step) => (
              <tr key={step.path}>
                <td>
                  <code>{step.path}</code>
                </td>
                <td>{step.change}</td>
                <td className="wrap">
                  <Json value={step.differs} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {found.unanswered.map((missing) => (
        <p key={missing.step + missing.wanted} className="dim">
          No recording: <code>{missing.step}</code> asks {missing.wanted}
        </p>
      ))}
    </div>
  )
}

export function TestDialog({ run, onClose }: { run: RunDetail; onClose: () => void }) {
  const [name, setName] = useState('')
  const make = useChange({
    send: () => read(client.POST('/api/v1/runs/{id}/test', { params: { path: { id: run.id } }, body: { name: name.trim() || null } })),
    stale: [],
  })
  return (
    <Dialog title="Make a test of this run" onClose={onClose} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          make.run(undefined)
        }}
      >
        <Field label="Name" hint="What the test shows; made of the run if left empty.">
          {(props) => <input {...props} autoFocus value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <InlineError error={make.failure} />
        <div className="form-foot">
          <Button onClick={onClose}>Close</Button>
          <Button look="main" type="submit" busy={make.busy}>
            Make it
          </Button>
        </div>
      </form>
      {make.result && (
        <div role="status">
          <p>
            Save it as <code>tests/{make.result.name}</code> beside the playbook <Copy text={make.result.text} what="the test" />
          </p>
          {make.result.masked.length > 0 && <p className="dim">Masked: {make.result.masked.join(', ')}</p>}
          <pre className="code">{make.result.text}</pre>
        </div>
      )}
    </Dialog>
  )
}
