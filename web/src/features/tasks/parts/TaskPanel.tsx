// One task in full: what is asked and why, and the way to answer it.
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../../api/changes'
import { client, read } from '../../../api/client'
import type { TaskReply, TaskView } from '../../../api/types'
import { paths } from '../../../app/paths'
import { count } from '../../../lib/words'
import { Button } from '../../../ui/Button'
import { Field } from '../../../ui/Field'
import { Json } from '../../../ui/Json'
import { InlineError } from '../../../ui/State'
import { Time } from '../../../ui/Time'
import { toast } from '../../../ui/Toasts'
import { useBlocked } from '../../session'
import { type Entries, type FormField, complaint, emptyEntries, fieldsOf, isOn, optionsOf, said, valuesOf } from '../form.logic'

const ASKS: Record<string, string> = { manual: 'To do', ask: 'Question', approve: 'Approval' }

export function TaskPanel({ task, links = true }: { task: TaskView; links?: boolean }) {
  const open = task.state === 'open'
  return (
    <article className="task" aria-label={task.title}>
      <header>
        <span className="task-kind">{ASKS[task.kind] ?? task.kind}</span>
        <h3>{task.title}</h3>
        {links && (
          <span className="dim">
            <Link to={paths.case(task.case_number ?? task.case)}>Case #{task.case_number ?? '–'}</Link> · <Link to={paths.run(task.run)}>{task.playbook}</Link>
          </span>
        )}
      </header>
      {task.why && <p className="dim">{task.why}</p>}
      <Asked task={task} />
      <p className="dim">
        Asked <Time at={task.asked_at} />
        {task.deadline && (
          <>
            ; an answer is of use until <Time at={task.deadline} />
          </>
        )}
        {task.roles.length > 0 && `; for ${task.roles.join(', ')}`}
        {task.reminded > 0 && `; reminded ${count(task.reminded, 'time')}`}
      </p>
      <Answers task={task} />
      {open ? task.kind === 'approve' ? <ApproveForm task={task} /> : <AnswerForm task={task} /> : <p className="dim">It is {task.state}.</p>}
    </article>
  )
}

function Asked({ task }: { task: TaskView }) {
  const parts: [string, string][] = [
    ['', said(task.request, 'question')],
    ['To', said(task.request, 'to')],
    ['', said(task.request, 'message')],
    ['How', said(task.request, 'how')],
    ['What to expect', said(task.request, 'expect')],
  ]
  return (
    <>
      {parts
        .filter(([, text]) => text)
        .map(([head, text]) => (
          <div key={head + text} className="task-said">
            {head && <b>{head}: </b>}
            <span className="prose">{text}</span>
          </div>
        ))}
    </>
  )
}

function Answers({ task }: { task: TaskView }) {
  if (task.answered.length === 0) return null
  return (
    <ul className="task-answers" aria-label="Answers so far">
      {task.answered.map((answer) => (
        <li key={answer.by + answer.at}>
          <b>{answer.by}</b> <Time at={answer.at} /> <Json value={answer.answer} />
        </li>
      ))}
    </ul>
  )
}

function useAnswer(task: TaskView) {
  return useChange({
    send: (body: TaskReply) => read(client.POST('/api/v1/tasks/{id}/answer', { params: { path: { id: task.id } }, body })),
    stale: [['tasks'], ['run', task.run], ['case']],
    onDone: () => toast('good', 'The answer is recorded; the run goes on.'),
  })
}

function ApproveForm({ task }: { task: TaskView }) {
  const [note, setNote] = useState('')
  const blocked = useBlocked('case_write')
  const answer = useAnswer(task)
  const needs = Number(said(task.request, 'needs') || 1)
  const send = (approved: boolean) => answer.run({ approved, ...(note.trim() ? { note: note.trim() } : {}) })
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      {needs > 1 && <p className="dim">{count(needs, 'person', 'people')} must approve; one who denies is enough.</p>}
      <Field label="Note" hint="Stands beside your answer on the record.">
        {(props) => <input {...props} value={note} onChange={(event) => setNote(event.target.value)} />}
      </Field>
      <InlineError error={answer.failure} />
      <div className="form-foot">
        <Button look="danger" busy={answer.busy} blocked={blocked} onClick={() => send(false)}>
          Deny
        </Button>
        <Button look="main" icon="check" busy={answer.busy} blocked={blocked} onClick={() => send(true)}>
          Approve
        </Button>
      </div>
    </form>
  )
}

function AnswerForm({ task }: { task: TaskView }) {
  const fields = fieldsOf(task.request)
  const blocked = useBlocked('case_write')
  const answer = useAnswer(task)
  const [entries, setEntries] = useState<Entries>(() => emptyEntries(fields))
  const [note, setNote] = useState('')
  const [tried, setTried] = useState(false)
  const [skipping, setSkipping] = useState<string | null>(null)
  const wrong = fields.some((field) => complaint(field, entries[field.name]))
  const more = note.trim() ? { note: note.trim() } : {}
  const send = () => {
    setTried(true)
    if (!wrong) answer.run({ values: valuesOf(fields, entries), ...more })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {fields.map((field) => (
        <Entry
          key={field.name}
          field={field}
          entry={entries[field.name] ?? ''}
          error={tried ? complaint(field, entries[field.name]) : undefined}
          onChange={(entry) => setEntries((now) => ({ ...now, [field.name]: entry }))}
        />
      ))}
      <Field label="Note" hint="Anything more to say; it goes on the record.">
        {(props) => <input {...props} value={note} onChange={(event) => setNote(event.target.value)} />}
      </Field>
      {skipping !== null && (
        <Field label="Why is it skipped?" required={isOn(task.request, 'mandatory')}>
          {(props) => <input {...props} autoFocus value={skipping} onChange={(event) => setSkipping(event.target.value)} />}
        </Field>
      )}
      <InlineError error={answer.failure} />
      <div className="form-foot">
        {task.kind === 'manual' && (
          <Button
            busy={answer.busy}
            blocked={blocked || (skipping === '' && isOn(task.request, 'mandatory') ? 'A mandatory task is skipped only with a reason.' : undefined)}
            onClick={() => (skipping === null ? setSkipping('') : answer.run({ skipped: skipping.trim() }))}
          >
            {skipping === null ? 'Skip…' : 'Skip it'}
          </Button>
        )}
        <Button look="main" icon="check" type="submit" busy={answer.busy} blocked={blocked}>
          {task.kind === 'manual' ? 'Done' : 'Record the answer'}
        </Button>
      </div>
    </form>
  )
}

interface EntryProps {
  field: FormField
  entry: string | string[]
  error: string | undefined
  onChange: (entry: string | string[]) => void
}

function Entry({ field, entry, error, onChange }: EntryProps) {
  const text = typeof entry === 'string' ? entry : ''
  return (
    <Field label={field.label || field.name} hint={field.help} error={error} required={field.required ?? false}>
      {(props) => {
        if (field.type === 'long_text') return <textarea {...props} rows={4} value={text} onChange={(event) => onChange(event.target.value)} />
        if (field.type === 'choices') {
          const chosen = Array.isArray(entry) ? entry : []
          return (
            <select {...props} multiple value={chosen} onChange={(event) => onChange([...event.target.selectedOptions].map((option) => option.value))}>
              {optionsOf(field).map((option) => (
                <option key={option}>{option}</option>
              ))}
            </select>
          )
        }
        if (field.type === 'choice' || field.type === 'boolean') {
          const options = field.type === 'boolean' ? ['yes', 'no'] : optionsOf(field)
          return (
            <select {...props} value={text} onChange={(event) => onChange(event.target.value)}>
              <option value="">Choose…</option>
              {options.map((option) => (
                <option key={option}>{option}</option>
              ))}
            </select>
          )
        }
        const type = field.type === 'date' ? 'date' : 'text'
        return <input {...props} type={type} inputMode={field.type === 'number' ? 'decimal' : undefined} value={text} onChange={(event) => onChange(event.target.value)} />
      }}
    </Field>
  )
}
