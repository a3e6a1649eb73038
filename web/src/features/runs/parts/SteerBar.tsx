// How people steer a run: pause, resume, step, run to, skip, retry, take back, run again, add a step.
//
// What cannot be done now stays visible and says why.
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../../api/changes'
import { client, read } from '../../../api/client'
import type { RunDetail } from '../../../api/types'
import { paths } from '../../../app/paths'
import { count } from '../../../lib/words'
import { Button } from '../../../ui/Button'
import { Dialog } from '../../../ui/Dialog'
import { Field } from '../../../ui/Field'
import { Icon } from '../../../ui/Icon'
import { InlineError } from '../../../ui/State'
import { Time } from '../../../ui/Time'
import { toast } from '../../../ui/Toasts'
import { useBlocked } from '../../session'
import type { TreeNode } from '../tree.logic'

const IS_OVER = 'The run is over.'

interface Props {
  run: RunDetail
  over: boolean
  node: TreeNode | null
}

export function SteerBar({ run, over, node }: Props) {
  const blocked = useBlocked('case_write')
  const [asking, setAsking] = useState<'skip' | 'add' | 'rollback' | null>(null)
  const control = useChange({
    send: (body: { op: string; path?: string; reason?: string }) => read(client.POST('/api/v1/runs/{id}/control', { params: { path: { id: run.id } }, body })),
    stale: [['run', run.id]],
    onDone: (_, input) => toast('good', `${input.op.replace('_', ' ')}: recorded.`),
    onFail: (failure) => toast('bad', failure.message, failure.hint),
  })
  const again = useAgain(run)
  const step = node?.step && node.step.kind !== 'target' ? node.step : null
  const needsStep = !step && 'Choose a step first.'
  const why = (can: boolean, otherwise: string) => (over ? IS_OVER : blocked || (!can && otherwise))
  return (
    <div className="steer" role="toolbar" aria-label="Steer the run">
      {run.paused ? (
        <Button look="main" icon="runs" busy={control.busy} blocked={why(run.can.resume, 'It cannot go on now.')} onClick={() => control.run({ op: 'resume' })}>
          Resume
        </Button>
      ) : (
        <Button icon="stop" busy={control.busy} blocked={why(run.can.pause, 'It is paused already.')} onClick={() => control.run({ op: 'pause' })}>
          Pause
        </Button>
      )}
      <Button icon="chevron" busy={control.busy} blocked={why(run.can.step, 'Pause the run first.')} title="Begin one step and stay paused" onClick={() => control.run({ op: 'step' })}>
        Step
      </Button>
      <Button busy={control.busy} blocked={why(run.can.run_to, 'It cannot be steered now.') || needsStep} title="Go on, and pause before the chosen step" onClick={() => step && control.run({ op: 'run_to', path: step.path })}>
        Run to here
      </Button>
      <Button icon="skip" busy={control.busy} blocked={why(run.can.run_to, 'It cannot be steered now.') || needsStep} onClick={() => setAsking('skip')}>
        Skip…
      </Button>
      <Button icon="refresh" busy={control.busy} blocked={why(run.can.run_to, 'It cannot be steered now.') || needsStep} title="Another attempt of the chosen step at once" onClick={() => step && control.run({ op: 'retry', path: step.path })}>
        Retry
      </Button>
      <Button icon="plus" blocked={why(run.can.add_step, 'No step can be added now.')} onClick={() => setAsking('add')}>
        Add a step…
      </Button>
      <Button icon="loop" busy={again.busy} blocked={blocked || (run.can.rerun ? needsStep : 'A run can be done again when it is over.')} title="A new run that begins with the chosen step and keeps what was answered before it" onClick={() => step && again.run(step.path)}>
        Run again from here
      </Button>
      <Button look="danger" icon="undo" blocked={blocked || (!run.can.rollback && 'There is nothing to take back.')} onClick={() => setAsking('rollback')}>
        Take back…
      </Button>
      {run.paused && (
        <span className="steer-state" role="status">
          <Icon name="stop" size={13} /> Paused by {run.paused}
          {run.held.length > 0 && `; next: ${run.held.join(', ')}`}
        </span>
      )}
      {asking === 'skip' && step && <SkipDialog path={step.path} failure={control.failure} busy={control.busy} onClose={() => setAsking(null)} onSkip={(reason) => { control.run({ op: 'skip', path: step.path, reason }); setAsking(null) }} />}
      {asking === 'add' && <AddDialog run={run.id} onClose={() => setAsking(null)} />}
      {asking === 'rollback' && <TakeBackDialog run={run} over={over} onClose={() => setAsking(null)} />}
    </div>
  )
}

function useAgain(run: RunDetail) {
  const navigate = useNavigate()
  return useChange({
    send: (from: string) => read(client.POST('/api/v1/runs/{id}/rerun', { params: { path: { id: run.id } }, body: { from, paused: false } })),
    stale: [['runs'], ['case']],
    onDone: (made) => void navigate({ to: paths.run(made.id) }),
    onFail: (failure) => toast('bad', failure.message, failure.hint),
  })
}

interface SkipProps {
  path: string
  busy: boolean
  failure: { message: string; hint?: string } | null
  onClose: () => void
  onSkip: (reason: string) => void
}

function SkipDialog({ path, busy, failure, onClose, onSkip }: SkipProps) {
  const [reason, setReason] = useState('')
  return (
    <Dialog title="Skip this step" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (reason.trim()) onSkip(reason.trim())
        }}
      >
        <p>
          <code>{path}</code> is left out; the run goes on behind it.
        </p>
        <Field label="Reason" required hint="Stands on the record.">
          {(props) => <input {...props} autoFocus value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <InlineError error={failure} />
        <div className="form-foot">
          <Button onClick={onClose}>Keep it</Button>
          <Button look="main" type="submit" busy={busy} blocked={!reason.trim() && 'Say why.'}>
            Skip
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const EXAMPLE = '{\n  "id": "note",\n  "action": "case.comment",\n  "with": { "text": "Looked at by hand" }\n}'

function AddDialog({ run, onClose }: { run: string; onClose: () => void }) {
  const [text, setText] = useState(EXAMPLE)
  const [note, setNote] = useState('')
  const [broken, setBroken] = useState<string | null>(null)
  const add = useChange({
    send: (step: unknown) => read(client.POST('/api/v1/runs/{id}/steps', { params: { path: { id: run } }, body: { step: step as never, note: note.trim() } })),
    stale: [['run', run]],
    onDone: () => {
      toast('good', 'The step is added and marked as yours.')
      onClose()
    },
  })
  return (
    <Dialog title="Add a step to this run" onClose={onClose} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          try {
            setBroken(null)
            add.run(JSON.parse(text))
          } catch (error) {
            setBroken(`This is no JSON: ${String(error).replace(/^SyntaxError: /, '')}`)
          }
        }}
      >
        <Field label="Step" hint="As in a playbook, written as JSON. It begins at once, beside what is under way." error={broken ?? undefined}>
          {(props) => <textarea {...props} className="mono" rows={9} spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} />}
        </Field>
        <Field label="Why" hint="Stands on the record.">
          {(props) => <input {...props} value={note} onChange={(event) => setNote(event.target.value)} />}
        </Field>
        <InlineError error={add.failure} />
        <div className="form-foot">
          <Button onClick={onClose}>Close</Button>
          <Button look="main" type="submit" busy={add.busy}>
            Add
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function TakeBackDialog({ run, over, onClose }: { run: RunDetail; over: boolean; onClose: () => void }) {
  const navigate = useNavigate()
  const back = useChange({
    send: async () => {
      if (over) return read(client.POST('/api/v1/runs/{id}/rollback', { params: { path: { id: run.id } } }))
      await read(client.POST('/api/v1/runs/{id}/control', { params: { path: { id: run.id } }, body: { op: 'rollback' } }))
      return null
    },
    stale: [['run', run.id], ['runs'], ['case']],
    onDone: (made) => {
      onClose()
      if (made) void navigate({ to: paths.run(made.id) })
    },
  })
  return (
    <Dialog title="Take back what this run did" onClose={onClose}>
      <p>{over ? 'A run of its own takes back, in reverse order:' : 'The run ends, and takes back, in reverse order:'}</p>
      <ul className="mono">
        {[...run.undoable].reverse().map((path) => (
          <li key={path}>{path}</li>
        ))}
      </ul>
      {run.undoable.length === 0 && <p className="dim">Nothing that it did can be taken back.</p>}
      <InlineError error={back.failure} />
      <div className="form-foot">
        <Button onClick={onClose}>Leave it</Button>
        <Button look="danger" busy={back.busy} onClick={() => back.run(undefined)}>
          Take back {count(run.undoable.length, 'step')}
        </Button>
      </div>
    </Dialog>
  )
}

/** Who steered the run, and when. */
export function Steered({ run }: { run: RunDetail }) {
  if (run.controls.length === 0) return null
  return (
    <details className="steered">
      <summary>Steered {count(run.controls.length, 'time')}</summary>
      <ul>
        {run.controls.map((each) => (
          <li key={each.op + each.at}>
            <b>{each.op.replace('_', ' ')}</b> {each.path && <code>{each.path}</code>} by {each.by} <Time at={each.at} />
            {each.reason && `: ${each.reason}`}
          </li>
        ))}
      </ul>
    </details>
  )
}
