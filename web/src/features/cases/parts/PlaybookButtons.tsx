// The playbooks that people start on this case by a button.
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../../api/changes'
import { client, read } from '../../../api/client'
import { caseButtonsQuery } from '../../../api/queries'
import type { ButtonView } from '../../../api/types'
import { paths } from '../../../app/paths'
import { Button } from '../../../ui/Button'
import { Dialog } from '../../../ui/Dialog'
import { Field } from '../../../ui/Field'
import { InlineError } from '../../../ui/State'
import { useBlocked } from '../../session'
import { type InputSpec, startValues, textOf } from '../start.logic'

export function PlaybookButtons({ caseId }: { caseId: string }) {
  const blocked = useBlocked('case_write')
  const found = useQuery(caseButtonsQuery(caseId))
  const [asked, setAsked] = useState<ButtonView | null>(null)
  return (
    <>
      {(found.data ?? []).map((button) => (
        <Button key={button.playbook + button.title} icon="playbooks" blocked={blocked} title={`Starts the playbook ${button.playbook}`} onClick={() => setAsked(button)}>
          {button.title}
        </Button>
      ))}
      {asked && <StartDialog button={asked} caseId={caseId} onClose={() => setAsked(null)} />}
    </>
  )
}

function StartDialog({ button, caseId, onClose }: { button: ButtonView; caseId: string; onClose: () => void }) {
  const navigate = useNavigate()
  const specs = (Array.isArray(button.inputs) ? button.inputs : []) as InputSpec[]
  const [entries, setEntries] = useState<Record<string, string>>({})
  const [broken, setBroken] = useState<Record<string, string>>({})
  const start = useChange({
    send: (inputs: Record<string, unknown>) => read(client.POST('/api/v1/playbooks/{id}/runs', { params: { path: { id: button.playbook } }, body: { case: caseId, inputs: inputs as never, title: '', button: button.title } })),
    stale: [['case'], ['runs']],
    onDone: (run) => void navigate({ to: paths.run(run.id) }),
  })
  return (
    <Dialog title={button.title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const { values, wrong } = startValues(specs, entries)
          setBroken(wrong)
          if (Object.keys(wrong).length === 0) start.run(values)
        }}
      >
        <p>
          The playbook <b>{button.playbook}</b> is started on this case.
        </p>
        {specs.map((spec) => (
          <Field key={spec.name} label={spec.name} hint={spec.summary} error={broken[spec.name]} required={spec.required}>
            {(props) => {
              const set = (value: string) => setEntries((now) => ({ ...now, [spec.name]: value }))
              const options = spec.type === 'boolean' ? ['true', 'false'] : spec.options.map(textOf)
              if (options.length > 0) {
                return (
                  <select {...props} value={entries[spec.name] ?? ''} onChange={(event) => set(event.target.value)}>
                    <option value="">{spec.required ? 'Choose…' : `as set: ${textOf(spec.default)}`}</option>
                    {options.map((option) => (
                      <option key={option}>{option}</option>
                    ))}
                  </select>
                )
              }
              return <input {...props} type={spec.type === 'secret' ? 'password' : 'text'} placeholder={spec.required ? '' : textOf(spec.default)} value={entries[spec.name] ?? ''} onChange={(event) => set(event.target.value)} />
            }}
          </Field>
        ))}
        <InlineError error={start.failure} />
        <div className="form-foot">
          <Button onClick={onClose}>Not now</Button>
          <Button look="main" type="submit" busy={start.busy}>
            Start
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
