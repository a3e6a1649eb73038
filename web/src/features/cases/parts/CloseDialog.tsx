import { type FormEvent, useState } from 'react'
import { useChange } from '../../../api/changes'
import { client, read } from '../../../api/client'
import type { CaseDetail } from '../../../api/types'
import { Button } from '../../../ui/Button'
import { Dialog } from '../../../ui/Dialog'
import { Field } from '../../../ui/Field'
import { InlineError } from '../../../ui/State'
import { toast } from '../../../ui/Toasts'

// The reasons a person can have; the others are the playbook's.
const REASONS: [string, string, string][] = [
  ['resolved', 'Resolved', 'It was a threat and has been dealt with.'],
  ['false_positive', 'False positive', 'It looked bad and was not.'],
  ['clean', 'Clean', 'Looked up, and nothing is held against it.'],
  ['inconclusive', 'Inconclusive', 'Nobody knows it, or nobody could answer.'],
  ['duplicate', 'Duplicate', 'The same as another case. Name it in the note.'],
]

interface DialogProps {
  detail: CaseDetail
  stale: string[][]
  onClose: () => void
}

export function CloseDialog({ detail, stale, onClose }: DialogProps) {
  const [reason, setReason] = useState('')
  const [note, setNote] = useState('')
  const close = useChange({
    send: (body: { reason: string; note: string }) => read(client.POST('/api/v1/cases/{id}/close', { params: { path: { id: detail.id } }, body })),
    stale,
    onDone: () => {
      toast('good', `Case #${detail.number} is closed.`)
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (reason) close.run({ reason, note: note.trim() })
  }
  return (
    <Dialog title={`Close case #${detail.number}`} onClose={onClose}>
      <form onSubmit={submit}>
        <fieldset className="radio-list">
          <legend>Reason</legend>
          {REASONS.map(([word, title, text]) => (
            <label key={word}>
              <input type="radio" name="reason" value={word} checked={reason === word} onChange={() => setReason(word)} />
              <span>
                <b>{title}</b>
                <small>{text}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <Field label="Note" hint="One sentence for whoever reads this later.">
          {(props) => <textarea {...props} rows={3} value={note} onChange={(event) => setNote(event.target.value)} />}
        </Field>
        <InlineError error={close.failure} />
        <div className="form-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="main" type="submit" busy={close.busy} blocked={!reason && 'Choose a reason first'}>
            Close case
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

export function ReopenDialog({ detail, stale, onClose }: DialogProps) {
  const [note, setNote] = useState('')
  const reopen = useChange({
    send: (body: { note: string }) => read(client.POST('/api/v1/cases/{id}/reopen', { params: { path: { id: detail.id } }, body })),
    stale,
    onDone: () => {
      toast('good', `Case #${detail.number} is open again.`)
      onClose()
    },
  })
  return (
    <Dialog title={`Reopen case #${detail.number}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          reopen.run({ note: note.trim() })
        }}
      >
        <Field label="Why" hint="Stands in the timeline.">
          {(props) => <textarea {...props} rows={3} autoFocus value={note} onChange={(event) => setNote(event.target.value)} />}
        </Field>
        <InlineError error={reopen.failure} />
        <div className="form-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="main" type="submit" busy={reopen.busy}>
            Reopen case
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
