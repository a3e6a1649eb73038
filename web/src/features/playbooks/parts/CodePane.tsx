// The text: the playbook and its files of tests, one at a time.
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Button } from '../../../ui/Button'
import { Dialog } from '../../../ui/Dialog'
import { Field } from '../../../ui/Field'
import { Icon } from '../../../ui/Icon'
import { MAIN } from '../code/code'
import { useEditor } from './context'

const NAME = /^[a-z0-9][a-z0-9_-]{0,60}\.yaml$/

export function CodePane() {
  const { code, checking, readOnly, why, id } = useEditor()
  const snapshot = useSyncExternalStore(code.subscribe, code.snapshot)
  const place = useRef<HTMLDivElement>(null)
  const [naming, setNaming] = useState<'add' | 'rename' | null>(null)
  useEffect(() => (place.current ? code.attach(place.current) : undefined), [code])
  const errors = (name: string) => checking.findings.filter((finding) => finding.level === 'error' && (finding.file === name || finding.file.endsWith(`/${name}`))).length
  return (
    <section className="code-pane" aria-label="Text">
      <div className="files" role="toolbar" aria-label="Files">
        {snapshot.names.map((name) => (
          <button key={name} type="button" className="file" aria-pressed={name === snapshot.active} onClick={() => code.open(name)}>
            <Icon name={name === MAIN ? 'playbooks' : 'flask'} size={13} />
            <span className="clip">{name}</span>
            {errors(name) > 0 && <span className="mini mini-bad">{errors(name)}</span>}
          </button>
        ))}
        <button type="button" className="copy" aria-label="Add a file of tests" title={why || 'Add a file of tests'} aria-disabled={readOnly || undefined} onClick={() => !readOnly && setNaming('add')}>
          <Icon name="plus" size={14} />
        </button>
        <span className="grow" />
        {snapshot.active !== MAIN && !readOnly && (
          <>
            <button type="button" className="copy" aria-label="Rename this file" title="Rename this file" onClick={() => setNaming('rename')}>
              <Icon name="pencil" size={14} />
            </button>
            <button type="button" className="copy" aria-label="Delete this file" title="Delete this file" onClick={() => code.remove(snapshot.active)}>
              <Icon name="trash" size={14} />
            </button>
          </>
        )}
        <button type="button" className="copy" aria-label="Undo" title="Undo (Ctrl Z)" aria-disabled={!snapshot.canUndo || undefined} onClick={() => code.undo()}>
          <Icon name="undo" size={14} />
        </button>
        <button type="button" className="copy" aria-label="Redo" title="Redo (Ctrl Y)" aria-disabled={!snapshot.canRedo || undefined} onClick={() => code.redo()}>
          <Icon name="redo" size={14} />
        </button>
      </div>
      <div ref={place} className="code-text" />
      {naming && (
        <FileName
          title={naming === 'add' ? 'Add a file of tests' : 'Rename this file'}
          first={naming === 'add' ? '' : snapshot.active}
          taken={snapshot.names}
          onClose={() => setNaming(null)}
          onName={(name) => {
            setNaming(null)
            if (naming === 'add') code.add(name, firstTest(id))
            else code.rename(snapshot.active, name)
          }}
        />
      )}
    </section>
  )
}

const firstTest = (id: string) => `# What ${id} does, played without network.
tests:
  - title: It ends well
    trigger: {case: {title: A case, observables: []}}
    expect:
      state: succeeded
`

interface FileNameProps {
  title: string
  first: string
  taken: readonly string[]
  onClose: () => void
  onName: (name: string) => void
}

function FileName({ title, first, taken, onClose, onName }: FileNameProps) {
  const [name, setName] = useState(first.replace(/\.yaml$/, ''))
  const [error, setError] = useState('')
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const full = `${name.trim().replace(/\.ya?ml$/, '')}.yaml`
          if (!NAME.test(full)) return setError('Small letters, digits, - and _, at most 60.')
          if (taken.includes(full)) return setError(`${full} is there already.`)
          onName(full)
        }}
      >
        <Field label="Name" hint="Without .yaml" error={error || undefined}>
          {(props) => <input {...props} value={name} onChange={(event) => setName(event.target.value)} spellCheck={false} />}
        </Field>
        <div className="form-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="main" type="submit">
            {title.split(' ')[0]}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
