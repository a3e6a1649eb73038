// A new playbook: from nothing, from one that is there, or from a file.
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../../api/changes'
import { type Files, playbookQuery, playbooksApi } from '../../../api/playbooks'
import type { PlaybookLine } from '../../../api/playbooks.types'
import { paths } from '../../../app/paths'
import { Button } from '../../../ui/Button'
import { Dialog } from '../../../ui/Dialog'
import { Field } from '../../../ui/Field'
import { InlineError } from '../../../ui/State'
import { blank, copied, idFrom } from '../list.logic'

type From = 'blank' | 'copy' | 'file'

const WAYS: { id: From; label: string; hint: string }[] = [
  { id: 'blank', label: 'Empty', hint: 'Begin with no step' },
  { id: 'copy', label: 'A copy', hint: 'Of one that ships with Updraft or of your own, with its tests' },
  { id: 'file', label: 'A file', hint: 'A playbook in YAML that you have' },
]

const FILE_BYTES_MAX = 1_000_000

export function NewPlaybook({ lines, onClose }: { lines: readonly PlaybookLine[]; onClose: () => void }) {
  const navigate = useNavigate()
  const [from, setFrom] = useState<From>('blank')
  const [title, setTitle] = useState('')
  const [ownId, setOwnId] = useState<string | null>(null)
  const [source, setSource] = useState(lines[0]?.id ?? '')
  const [file, setFile] = useState<{ name: string; text: string } | null>(null)
  const [problem, setProblem] = useState('')
  const id = ownId ?? idFrom(title)
  const taken = from !== 'file' && lines.some((line) => line.id === id)
  const original = useQuery({ ...playbookQuery(source), enabled: from === 'copy' && source !== '' })
  const create = useChange({
    send: (files: Files) => playbooksApi.create({ ...files, message: '' }),
    stale: [['playbooks']],
    onDone: ({ id: made }) => void navigate({ to: paths.playbook(made) }),
  })
  const submit = () => {
    setProblem('')
    if (from === 'file') {
      if (!file) return setProblem('Choose a file first.')
      return create.run({ text: file.text, tests: {} })
    }
    if (!title.trim()) return setProblem('Give it a title.')
    if (taken) return
    if (from === 'blank') return create.run({ text: blank(id, title.trim()), tests: {} })
    if (!original.data) return setProblem('The original is still being read.')
    create.run({ text: copied(original.data.text, id, title.trim()), tests: original.data.test_files })
  }
  return (
    <Dialog title="New playbook" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <fieldset className="radio-list">
          <legend>Begin with</legend>
          {WAYS.map((way) => (
            <label key={way.id}>
              <input type="radio" name="from" checked={from === way.id} onChange={() => setFrom(way.id)} />
              <span>
                <b>{way.label}</b>
                <small>{way.hint}</small>
              </span>
            </label>
          ))}
        </fieldset>
        {from === 'copy' && (
          <Field label="Original">
            {(props) => (
              <select {...props} value={source} onChange={(event) => setSource(event.target.value)}>
                {lines.map((line) => (
                  <option key={line.id} value={line.id}>
                    {line.title || line.id}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        {from === 'file' ? (
          <Field label="File" hint="YAML, at most 1 MB">
            {(props) => (
              <input
                {...props}
                type="file"
                accept=".yaml,.yml,text/yaml"
                onChange={(event) => {
                  const chosen = event.target.files?.[0]
                  if (!chosen) return setFile(null)
                  if (chosen.size > FILE_BYTES_MAX) return setProblem('The file is larger than 1 MB.')
                  void chosen.text().then((text) => setFile({ name: chosen.name, text }))
                }}
              />
            )}
          </Field>
        ) : (
          <>
            <Field label="Title" required>
              {(props) => <input {...props} value={title} onChange={(event) => setTitle(event.target.value)} />}
            </Field>
            <Field label="Id" hint="Small letters, digits, - and _. It never changes." error={taken ? 'There is a playbook with this id already.' : undefined}>
              {(props) => <input {...props} value={id} onChange={(event) => setOwnId(event.target.value)} spellCheck={false} />}
            </Field>
          </>
        )}
        <InlineError error={problem ? { message: problem } : create.failure} />
        <div className="form-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="main" type="submit" busy={create.busy}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
