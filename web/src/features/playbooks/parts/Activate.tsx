// From a draft to a version, and from a version to what runs. What the team's policy still asks for is said point
// by point, with the way to each.
import { useState } from 'react'
import { useChange } from '../../../api/changes'
import type { Failure } from '../../../api/errors'
import { playbooksApi } from '../../../api/playbooks'
import { Button } from '../../../ui/Button'
import { Dialog } from '../../../ui/Dialog'
import { Field } from '../../../ui/Field'
import { Icon } from '../../../ui/Icon'
import { InlineError } from '../../../ui/State'
import { toast } from '../../../ui/Toasts'
import type { DockTab } from './Dock'
import { useEditor } from './context'

export function VersionDialog({ onClose }: { onClose: () => void }) {
  const { id, keeping } = useEditor()
  const [message, setMessage] = useState('')
  const make = useChange({
    send: async () => {
      if (!(await keeping.flush())) throw new Error('The draft could not be saved.')
      return playbooksApi.version(id, message.trim())
    },
    stale: [['playbooks'], ['playbook', id]],
    onDone: (made) => {
      toast('good', `Version ${made.number} is kept.`)
      onClose()
    },
  })
  return (
    <Dialog title="Keep as a version" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          make.run(undefined)
        }}
      >
        <Field label="What changed" hint="For whoever reads the history.">
          {(props) => <input {...props} autoFocus value={message} onChange={(event) => setMessage(event.target.value)} />}
        </Field>
        <Refusal failure={make.failure} onClose={onClose} />
        <div className="form-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="main" type="submit" busy={make.busy}>
            Keep version
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** Without a number the draft becomes a version first, if there is one. */
export function ActivateDialog({ number, onClose }: { number: number | null; onClose: () => void }) {
  const { id, keeping, head, checking } = useEditor()
  const [message, setMessage] = useState('')
  const [made, setMade] = useState<number | null>(null)
  const errors = checking.findings.filter((finding) => finding.level === 'error').length
  const activate = useChange({
    send: async () => {
      let wanted = number ?? made
      if (wanted === null) {
        if (!(await keeping.flush())) throw new Error('The draft could not be saved.')
        const needsVersion = head.newest === 0 || head.draft !== null || keeping.draft.state !== 'saved'
        wanted = needsVersion ? (await playbooksApi.version(id, message.trim())).number : head.newest
        setMade(wanted)
      }
      await playbooksApi.activate(id, { number: wanted, message: message.trim() })
      return wanted
    },
    stale: [['playbooks'], ['playbook', id]],
    onDone: (wanted) => {
      toast('good', `New runs take version ${wanted}.`)
      onClose()
    },
  })
  const blocked = number === null && errors > 0 ? `The text has ${errors} ${errors === 1 ? 'error' : 'errors'}. See Problems.` : ''
  return (
    <Dialog title={number === null ? 'Activate' : `Activate version ${number}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!blocked) activate.run(undefined)
        }}
      >
        <p>
          {number === null ? 'The draft becomes a version, and new runs take it.' : 'New runs take this version.'} Runs under way keep theirs.
        </p>
        <Field label="What changed" hint="Stands in the history and in the audit log.">
          {(props) => <input {...props} autoFocus value={message} onChange={(event) => setMessage(event.target.value)} />}
        </Field>
        {made !== null && activate.failure && <p className="dim">Version {made} is kept. It can be activated when nothing stands against it.</p>}
        <Refusal failure={activate.failure} onClose={onClose} />
        <div className="form-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="main" type="submit" busy={activate.busy} blocked={blocked}>
            Activate
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const WHERE: Record<string, { tab: DockTab; label: string }> = {
  errors: { tab: 'problems', label: 'Problems' },
  calls: { tab: 'problems', label: 'Problems' },
  tests: { tab: 'tests', label: 'Tests' },
  coverage: { tab: 'tests', label: 'Tests' },
  destructive: { tab: 'tests', label: 'Tests' },
  backtest: { tab: 'backtest', label: 'Backtest' },
}

function Refusal({ failure, onClose }: { failure: Failure | null; onClose: () => void }) {
  const { setTab } = useEditor()
  if (!failure || failure.points.length === 0) return <InlineError error={failure} />
  return (
    <div className="points" role="alert">
      <b>{failure.message}</b>
      <ul>
        {failure.points.map((point) => {
          const where = WHERE[point.code]
          return (
            <li key={`${point.code} ${point.what}`}>
              <Icon name="cross" size={14} />
              <div>
                {point.what}
                {point.hint && <div className="hint">{point.hint}</div>}
                {where && (
                  <button
                    type="button"
                    className="link"
                    onClick={() => {
                      onClose()
                      setTab(where.tab)
                    }}
                  >
                    Go to {where.label}
                  </button>
                )}
              </div>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
