// The head of a run: how it stands, and the two things one can do with it.
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../../api/changes'
import { client, read } from '../../../api/client'
import type { ReplayResult, RunDetail } from '../../../api/types'
import { paths } from '../../../app/paths'
import { useNow } from '../../../lib/now'
import { absolute, duration, elapsed } from '../../../lib/time'
import { count } from '../../../lib/words'
import { Button } from '../../../ui/Button'
import { Copy } from '../../../ui/Copy'
import { Dialog } from '../../../ui/Dialog'
import { Field } from '../../../ui/Field'
import { Icon } from '../../../ui/Icon'
import { Json } from '../../../ui/Json'
import { InlineError } from '../../../ui/State'
import { Severity, StateTag } from '../../../ui/Tag'
import { Time } from '../../../ui/Time'
import { toast } from '../../../ui/Toasts'
import { useBlocked } from '../../session'
import { CompareDialog, TestDialog } from './CompareDialog'

export function RunHeader({ run, over }: { run: RunDetail; over: boolean }) {
  const now = useNow()
  const blocked = useBlocked('case_write')
  const [cancelling, setCancelling] = useState(false)
  const [asking, setAsking] = useState<'compare' | 'test' | null>(null)
  const replay = useChange({
    send: () => read(client.POST('/api/v1/runs/{id}/replay', { params: { path: { id: run.id } } })),
    stale: [],
    onFail: (failure) => toast('bad', failure.message, failure.hint),
  })
  return (
    <header className="run-head">
      <div className="case-head-top">
        <div className="case-head-title">
          <h1>
            {run.playbook} <StateTag state={run.state} />
          </h1>
        </div>
        <div className="actions">
          <Button icon="refresh" busy={replay.busy} blocked={!over && 'A run can be replayed when it is over.'} title="Prove this run from its journal, without network" onClick={() => replay.run(undefined)}>
            Replay
          </Button>
          <Button icon="branch" blocked={!over && 'A run can be compared when it is over.'} title="What another version would have done with this run" onClick={() => setAsking('compare')}>
            Compare
          </Button>
          <Button icon="flask" blocked={!over && 'A test can be made of a run that is over.'} onClick={() => setAsking('test')}>
            Make a test
          </Button>
          <Button look="danger" icon="stop" blocked={over ? 'The run is over.' : blocked} onClick={() => setCancelling(true)}>
            Cancel run
          </Button>
        </div>
      </div>
      <dl className="facts">
        <div>
          <dt>Case</dt>
          <dd>
            <Link to={paths.case(run.case)}>Open case</Link>
          </dd>
        </div>
        <div>
          <dt>Priority</dt>
          <dd>
            <Severity level={run.priority} />
          </dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <Time at={run.created_at} />
          </dd>
        </div>
        <div>
          <dt>Took</dt>
          <dd title={run.started_at ? `${absolute(run.started_at)} to ${run.ended_at ? absolute(run.ended_at) : 'now'}` : undefined}>{run.started_at ? duration(elapsed(run.started_at, run.ended_at, now)) : '–'}</dd>
        </div>
        <div>
          <dt>Steps</dt>
          <dd>{run.steps.length}</dd>
        </div>
        {run.people > 0 && (
          <div>
            <dt>People</dt>
            <dd>{count(run.people, 'time')}</dd>
          </div>
        )}
        <div>
          <dt>Version</dt>
          <dd title={run.playbook_version}>
            <code>{run.playbook_version.slice(0, 12)}</code>
            <Copy text={run.playbook_version} what="the version's address" />
          </dd>
        </div>
        <div>
          <dt>Run</dt>
          <dd>
            <code>…{run.id.slice(-8)}</code>
            <Copy text={run.id} what="the run's id" />
          </dd>
        </div>
      </dl>
      {run.error && <InlineError error={{ message: run.error }} />}
      {!over && run.waiting_for && (
        <p className="waiting-for">
          <Icon name="clock" size={14} /> Waits for {run.waiting_for}
          {run.wake_at && (
            <>
              ; next look <Time at={run.wake_at} />
            </>
          )}
        </p>
      )}
      {replay.result && <ReplayNote result={replay.result} onClose={replay.reset} />}
      {asking === 'compare' && <CompareDialog run={run} onClose={() => setAsking(null)} />}
      {asking === 'test' && <TestDialog run={run} onClose={() => setAsking(null)} />}
      {cancelling && <CancelDialog run={run.id} onClose={() => setCancelling(false)} />}
    </header>
  )
}

function ReplayNote({ result, onClose }: { result: ReplayResult; onClose: () => void }) {
  return (
    <div className={`note note-${result.identical ? 'good' : 'bad'}`} role="status">
      <Icon name={result.identical ? 'check' : 'alert'} />
      <div className="grow">
        <b>{result.identical ? 'Identical.' : 'Not identical.'}</b>{' '}
        {result.identical
          ? `The journal replays byte for byte: ${count(result.entries, 'entry', 'entries')}, ${count(result.exchanges, 'exchange')} compared.`
          : 'The replay went another way. The first difference:'}
        {!result.identical && <Json value={result.divergence} />}
        <div className="dim">
          Digest <code>{result.digest.slice(0, 24)}…</code>
          <Copy text={result.digest} what="the digest" />
        </div>
      </div>
      <button type="button" className="copy" aria-label="Dismiss" onClick={onClose}>
        <Icon name="cross" size={13} />
      </button>
    </div>
  )
}

function CancelDialog({ run, onClose }: { run: string; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const cancel = useChange({
    send: () => read(client.POST('/api/v1/runs/{id}/cancel', { params: { path: { id: run } }, body: { reason: reason.trim() } })),
    stale: [['run', run], ['runs']],
    onDone: () => {
      toast('good', 'The run is being stopped.')
      onClose()
    },
  })
  return (
    <Dialog title="Cancel this run" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          cancel.run(undefined)
        }}
      >
        <p>Steps that are under way are abandoned; what they already did in other systems stays.</p>
        <Field label="Reason" hint="Stands in the timeline.">
          {(props) => <input {...props} autoFocus value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <InlineError error={cancel.failure} />
        <div className="form-foot">
          <Button onClick={onClose}>Keep running</Button>
          <Button look="danger" type="submit" busy={cancel.busy}>
            Cancel run
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
