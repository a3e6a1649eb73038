// The settings of a step as a form. Each field is a change of the text, made when the field is left.
import { useMemo, useState } from 'react'
import { isMap } from 'yaml'
import type { Vocabulary } from '../../../api/playbooks.types'
import { count } from '../../../lib/words'
import { Icon } from '../../../ui/Icon'
import { kindIcon } from '../../../ui/graph'
import { findingsByStep } from '../coverage.logic'
import { fieldOf, setField } from '../doc/fields'
import { COMMON, type Setting, kindOf } from '../doc/kinds'
import type { DocStep } from '../doc/model'
import { type Path, keyOf, nodeAt } from '../doc/yaml'
import { FieldInput } from './FieldInput'
import { RenameStep } from './RenameStep'
import { useEditor } from './context'

export function StepForm({ step }: { step: DocStep }) {
  const { doc, checking, code, readOnly, why } = useEditor()
  const [renaming, setRenaming] = useState(false)
  const kind = kindOf(step.kind)
  const findings = useMemo(() => findingsByStep(checking.findings, doc.all).get(step.pointer) ?? [], [checking.findings, doc, step.pointer])
  const [first, ...rest] = COMMON
  const own = kind?.settings ?? []
  const said = (setting: Setting) => fieldOf(doc.read.text, [...step.path, ...setting.path]) !== null
  const usual = own.filter((setting) => setting.required || setting.input === 'inputs' || said(setting))
  const more = own.filter((setting) => !usual.includes(setting))
  return (
    <div className="step-form">
      <header>
        <Icon name={kindIcon(step.kind)} />
        <h3>{kind?.title ?? 'A step without a kind'}</h3>
        <code>{step.id}</code>
        <button type="button" className="copy" aria-label="Rename the id" title={why || 'Rename the id (r)'} aria-disabled={readOnly || undefined} onClick={() => !readOnly && setRenaming(true)}>
          <Icon name="pencil" size={13} />
        </button>
      </header>
      {findings.map((finding, index) => (
        <button key={index} type="button" className={`form-finding ${finding.level === 'error' ? 'tone-bad' : 'tone-warn'}`} onClick={() => code.goTo('playbook.yaml', finding.line, finding.column)}>
          <Icon name="alert" size={13} /> {finding.message} {finding.hint && <span className="hint">{finding.hint}</span>}
        </button>
      ))}
      {first && <Row step={step} setting={first} />}
      {usual.map((setting) => (setting.input === 'inputs' ? <Inputs key="with" step={step} /> : <Row key={setting.path.join('.')} step={step} setting={setting} />))}
      {step.kind === 'switch' && <Cases step={step} />}
      <details className="more-settings">
        <summary>More settings</summary>
        {[...more, ...rest].map((setting) => (
          <Row key={setting.path.join('.')} step={step} setting={setting} />
        ))}
      </details>
      {renaming && <RenameStep step={step} onClose={() => setRenaming(false)} />}
    </div>
  )
}

/** `inside` leads from the step to the map that holds the setting, when that is not the step itself. */
function Row({ step, setting, inside = [] }: { step: DocStep; setting: Setting; inside?: Path }) {
  const { doc, edit, readOnly, vocabulary } = useEditor()
  const at = [...step.path, ...inside]
  const found = fieldOf(doc.read.text, [...at, ...setting.path])
  const listed = vocabulary ? namesFor(setting.path.at(-1) ?? '', vocabulary) : undefined
  return (
    <FieldInput
      setting={found && !found.scalar && setting.input !== 'yaml' ? { ...setting, input: 'yaml' } : setting}
      value={found?.text ?? ''}
      readOnly={readOnly}
      listed={listed}
      onValue={(value) => edit((text) => ({ text: setField(text, at, setting.path, value), choose: step.pointer }))}
    />
  )
}

/** The conditions of a switch, one for each case. */
function Cases({ step }: { step: DocStep }) {
  const cases = step.children.filter((branch) => /\/switch\/\d+\/do$/.test(branch.pointer))
  return (
    <fieldset className="form-inputs">
      <legend>Cases</legend>
      {cases.map((branch, index) =>
        branch.label === 'else' ? (
          <p key={branch.pointer} className="dim">
            Otherwise: {count(branch.steps.length, 'step')}
          </p>
        ) : (
          <Row key={branch.pointer} step={step} inside={['switch', index]} setting={{ path: ['when'], label: `Case ${index + 1} when`, input: 'condition', required: true }} />
        ),
      )}
    </fieldset>
  )
}

function namesFor(field: string, vocabulary: Vocabulary): string[] | undefined {
  if (field === 'action') return vocabulary.actions.map((each) => each.name)
  if (field === 'capability') return vocabulary.capabilities.map((each) => each.name)
  if (field === 'connection') return vocabulary.connections.map((each) => each.name)
  if (field === 'playbook') return vocabulary.playbooks.map((each) => each.id)
  return undefined
}

/** The `with` of a step: the inputs that its action takes, and whatever else is written there. */
function Inputs({ step }: { step: DocStep }) {
  const { doc, vocabulary } = useEditor()
  const action = step.kind === 'action' ? vocabulary?.actions.find((each) => each.name === step.subject) : undefined
  const node = nodeAt(doc.read, [...step.path, 'with'])
  if (node && !isMap(node)) return <Row step={step} setting={{ path: ['with'], label: 'Input', input: 'template' }} />
  const written = node ? node.items.map((pair) => keyOf(pair)) : []
  const known = action?.inputs ?? []
  const names = [...known.map((input) => input.name), ...written.filter((name) => !known.some((input) => input.name === name))]
  if (names.length === 0) return <Row step={step} setting={{ path: ['with'], label: 'Input', input: 'yaml', hint: '{name: "{{ case.title }}"}' }} />
  return (
    <fieldset className="form-inputs">
      <legend>Input</legend>
      {names.map((name) => {
        const input = known.find((each) => each.name === name)
        const hint = input ? [input.type !== 'string' && input.type, input.summary].filter(Boolean).join('. ') : 'Not known of this action'
        return <Row key={name} step={step} setting={{ path: ['with', name], label: name, input: 'template', ...(input?.required ? { required: true } : {}), ...(hint && (input || known.length > 0) ? { hint } : {}) }} />
      })}
    </fieldset>
  )
}
