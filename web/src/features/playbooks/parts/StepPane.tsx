// The chosen step in three panes: what it can see, its settings, what it gave. Values are those of a past run; a
// click or a drag puts the reference to a value where somebody writes.
import { useRef, useState } from 'react'
import { absolute } from '../../../lib/time'
import { count } from '../../../lib/words'
import { Icon } from '../../../ui/Icon'
import { Loading } from '../../../ui/State'
import { StateTag } from '../../../ui/Tag'
import { kindOf } from '../doc/kinds'
import { type DocStep, stepsBefore } from '../doc/model'
import { useRunsOf, useStepsOf, useValuesOf } from '../run'
import { InsertContext, type Inserter } from './Insert'
import { StepForm } from './StepForm'
import { ValueTree } from './ValueTree'
import { useEditor } from './context'

export function StepPane() {
  const { step, code, doc } = useEditor()
  const inserter = useRef<Inserter | null>(null)
  code.onFocus = () => {
    inserter.current = (ref) => code.insertReference(ref)
  }
  const pick = (ref: string) => {
    if (inserter.current) inserter.current(ref)
    else code.insertReference(ref)
  }
  return (
    <InsertContext.Provider value={inserter}>
      <div className="three">
        <section aria-label="Input" className="three-pane">
          <header>
            <h3>Input</h3>
            <RunPicker />
          </header>
          <Sources steps={step ? stepsBefore(doc, step) : doc.all.filter((each) => each.id)} onPick={pick} />
        </section>
        <section aria-label="Settings" className="three-pane three-middle">
          {step ? <StepForm key={step.pointer} step={step} /> : <p className="dim">Choose a step on the drawing, or put the cursor into one.</p>}
        </section>
        <section aria-label="Output" className="three-pane">
          <header>
            <h3>Output</h3>
          </header>
          {step ? <Output step={step} onPick={pick} /> : <p className="dim">What the chosen step gave in a run.</p>}
        </section>
      </div>
    </InsertContext.Provider>
  )
}

function RunPicker() {
  const { id, run, setRun } = useEditor()
  const { runs, pending, failed } = useRunsOf(id)
  const none = pending ? 'Loading runs…' : failed ? 'Runs could not be loaded' : runs.length === 0 ? 'No run yet' : 'Values of a run…'
  return (
    <label className="select-quiet">
      <span className="sr-only">Values of a run</span>
      <select value={run ?? ''} onChange={(event) => setRun(event.target.value || null)}>
        <option value="">{none}</option>
        {run && !runs.some((each) => each.id === run) && <option value={run}>{run.slice(-6)}</option>}
        {runs.slice(0, 50).map((each) => (
          <option key={each.id} value={each.id}>
            {each.case_number ? `#${each.case_number}` : each.id.slice(-6)} {each.state}, {absolute(each.created_at).slice(0, 21)}
          </option>
        ))}
      </select>
    </label>
  )
}

function Sources({ steps, onPick }: { steps: readonly DocStep[]; onPick: (ref: string) => void }) {
  const { doc, run } = useEditor()
  const ran = useStepsOf(run)
  return (
    <ul className="sources">
      {doc.inputs.map((name) => (
        <li key={`inputs ${name}`}>
          <ValueTree root={`inputs.${name}`} name={`inputs.${name}`} value={undefined} onPick={onPick} />
        </li>
      ))}
      {['case', 'alert'].map((root) => (
        <li key={root}>
          <ValueTree root={root} name={root} value={undefined} onPick={onPick} />
        </li>
      ))}
      {steps.map((step) => (
        <Source key={step.pointer} step={step} path={ran.get(step.id)?.[0]?.path} onPick={onPick} />
      ))}
      {steps.length === 0 && <li className="dim">No step is over before this one.</li>}
    </ul>
  )
}

function Source({ step, path, onPick }: { step: DocStep; path: string | undefined; onPick: (ref: string) => void }) {
  const { run } = useEditor()
  const [open, setOpen] = useState(false)
  const root = `steps.${step.id}.output`
  return (
    <li>
      <button type="button" className="source" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="chevron" size={12} />
        <span className="clip">{step.title || step.id}</span>
        <code className="dim clip">{step.id}</code>
      </button>
      {open && run === null && <ValueTree root={root} name="output" value={undefined} onPick={onPick} note="Choose a run to see values." />}
      {open && run !== null && <Values run={run} path={path} root={root} onPick={onPick} />}
    </li>
  )
}

function Values({ run, path, root, onPick }: { run: string; path: string | undefined; root: string; onPick: (ref: string) => void }) {
  const found = useValuesOf(run, path)
  if (path === undefined) return <ValueTree root={root} name="output" value={undefined} onPick={onPick} note="The run did not come here." />
  if (found.isPending) return <Loading what="values" />
  if (!found.data) return <p className="dim">The values could not be loaded.</p>
  return <ValueTree root={root} name="output" value={found.data.output} onPick={onPick} />
}

function Output({ step, onPick }: { step: DocStep; onPick: (ref: string) => void }) {
  const { run } = useEditor()
  const ran = useStepsOf(run).get(step.id) ?? []
  const [round, setRound] = useState(0)
  const line = ran[Math.min(round, ran.length - 1)]
  const found = useValuesOf(run, line?.path)
  if (run === null) return <p className="dim">Choose a run to see what {step.title || step.id || kindOf(step.kind)?.title} gave.</p>
  if (!line) return <p className="dim">The run did not come here.</p>
  return (
    <>
      <div className="pane-bar">
        <StateTag state={line.status} />
        {ran.length > 1 && (
          <label className="select-quiet">
            <span className="dim">{count(ran.length, 'time')}:</span>
            <select value={round} onChange={(event) => setRound(Number(event.target.value))}>
              {ran.map((each, index) => (
                <option key={each.path} value={index}>
                  {each.round || each.path}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {found.isPending ? <Loading what="values" /> : !found.data ? <p className="dim">The values could not be loaded.</p> : (
        <>
          {found.data.error && <p className="tone-bad">{found.data.error.message}</p>}
          <ValueTree root={`steps.${step.id}.output`} name="output" value={found.data.output} onPick={onPick} />
          <h3>What it was given</h3>
          <ValueTree root="" name="input" value={found.data.input} onPick={onPick} />
        </>
      )}
    </>
  )
}
