import { useState } from 'react'
import { count } from '../../../lib/words'
import { Button } from '../../../ui/Button'
import { Dialog } from '../../../ui/Dialog'
import { Field } from '../../../ui/Field'
import { MAIN } from '../code/code'
import { Refused, renameStep } from '../doc/edits'
import type { DocStep } from '../doc/model'
import { renamedInTests, usesIn } from '../doc/references'
import { useEditor } from './context'

/** Gives a step another id; references in the playbook and in its tests follow. */
export function RenameStep({ step, onClose }: { step: DocStep; onClose: () => void }) {
  const { code, doc, edit } = useEditor()
  const [id, setId] = useState(step.id)
  const [error, setError] = useState('')
  const uses = usesIn(doc.read).filter((use) => use.id === step.id).length
  return (
    <Dialog title={`Rename ${step.id}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          try {
            renameStep(code.text(), step.pointer, id)
          } catch (refused) {
            if (refused instanceof Refused) return setError(refused.message)
            throw refused
          }
          edit((text) => renameStep(text, step.pointer, id))
          for (const name of code.snapshot().names) if (name !== MAIN) code.edit(renamedInTests(code.text(name), step.id, id), name)
          onClose()
        }}
      >
        <Field label="Id" hint={`${count(uses, 'reference')} in the playbook, and those in its tests, follow.`} error={error || undefined}>
          {(props) => <input {...props} autoFocus value={id} spellCheck={false} onChange={(event) => setId(event.target.value)} />}
        </Field>
        <div className="form-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="main" type="submit">
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
