// The drawing of the playbook: chosen, painted and changed by mouse and by keys.
import { type KeyboardEvent, useMemo, useState } from 'react'
import { toast } from '../../../ui/Toasts'
import { Graph, type GraphStep, type Paint } from '../../../ui/graph'
import { Button } from '../../../ui/Button'
import { Icon } from '../../../ui/Icon'
import { Empty } from '../../../ui/State'
import { findingsByStep } from '../coverage.logic'
import { addBranch, duplicateStep, indentStep, insertStep, moveStep, nudgeStep, removeStep } from '../doc/edits'
import { type DocStep, stepOfPointer } from '../doc/model'
import { usePaint } from '../run'
import { AddStep } from './AddStep'
import { RenameStep } from './RenameStep'
import { useEditor } from './context'

interface Place {
  block: string
  index: number
}

export function GraphPane() {
  const { code, doc, step, readOnly, why, checking, trying, choose, edit, setTab, run } = useEditor()
  const [adding, setAdding] = useState<Place | null>(null)
  const [renaming, setRenaming] = useState<DocStep | null>(null)
  const problems = useMemo(() => findingsByStep(checking.findings, doc.all), [checking.findings, doc])
  const painted = usePaint(run)
  const paint = (at: GraphStep): Paint | undefined => {
    const found = problems.get(at.pointer) ?? []
    const errors = found.filter((finding) => finding.level === 'error').length
    const note = found.map((finding) => finding.message).join('\n')
    if (found.length > 0) return { ...painted?.(at), badge: errors > 0 ? `${errors} ${errors === 1 ? 'error' : 'errors'}` : `${found.length} ${found.length === 1 ? 'warning' : 'warnings'}`, tone: errors > 0 ? 'bad' : 'warn', note }
    const missed = trying.covered?.missed.get(at.id)?.filter((label) => /^(when|on error: continue|no )/.test(label))
    if (missed && missed.length > 0) return { ...painted?.(at), badge: 'untested', tone: 'warn', note: `No test takes: ${missed.join(', ')}` }
    return painted?.(at)
  }
  const place = (at: DocStep | null, where: 'before' | 'after' | 'inside'): Place | null => {
    if (!at) return { block: '/steps', index: doc.steps.length }
    if (where === 'inside') {
      const block = at.children.find((branch) => branch.steps.length === 0) ?? at.children[0]
      return block ? { block: block.pointer, index: block.steps.length } : null
    }
    return { block: at.pointer.slice(0, at.pointer.lastIndexOf('/')), index: Number(at.path.at(-1)) + (where === 'after' ? 1 : 0) }
  }
  const add = (where: 'before' | 'after' | 'inside') => {
    const found = place(step, where)
    if (found) setAdding(found)
    else toast('bad', 'This kind of step has no place inside. Add one after it instead.')
  }
  const onKey = (event: KeyboardEvent): boolean => {
    const act = actOf(event)
    if (!act) return false
    if (act === 'undo') code.undo()
    else if (act === 'redo') code.redo()
    else if (readOnly) toast('bad', why)
    else if (act === 'after' || act === 'before' || act === 'inside') add(act)
    else if (!step) return false
    else if (act === 'delete') edit((text) => removeStep(text, step.pointer))
    else if (act === 'duplicate') edit((text) => duplicateStep(text, step.pointer))
    else if (act === 'rename') setRenaming(step)
    else if (act === 'up') edit((text) => nudgeStep(text, step.pointer, -1))
    else if (act === 'down') edit((text) => nudgeStep(text, step.pointer, 1))
    else if (act === 'in') edit((text) => indentStep(text, step.pointer))
    else if (act === 'branch') edit((text) => addBranch(text, step))
    return true
  }
  const openForm = () => {
    setTab('step')
    // The form is drawn first.
    setTimeout(() => document.querySelector<HTMLElement>('.step-form input, .step-form select, .step-form textarea')?.focus())
  }
  return (
    <section className="graph-pane" aria-label="Drawing">
      <Toolbar step={step} blocked={why} onAct={(act) => onKey(keyFor(act))} />
      {doc.broken && (
        <button type="button" className="graph-broken" onClick={() => code.goTo('playbook.yaml', doc.broken?.line ?? 1, 1)}>
          <Icon name="alert" size={14} /> Line {doc.broken.line}: {doc.broken.message}
        </button>
      )}
      {doc.steps.length === 0 ? (
        <Empty icon="playbooks" title={doc.broken ? 'The text cannot be read' : 'No steps yet'}>
          {!doc.broken && (
            <Button look="main" icon="plus" blocked={why} onClick={() => setAdding({ block: '/steps', index: 0 })}>
              Add the first step
            </Button>
          )}
        </Empty>
      ) : (
        <Graph
          label="Steps of the playbook"
          steps={doc.steps}
          chosen={step?.pointer ?? null}
          onChoose={(at) => choose(at.pointer)}
          onOpen={openForm}
          paint={paint}
          way={(id, branch) => trying.covered?.way(id, branch)}
          {...(readOnly ? {} : { edit: { block: '/steps', onAdd: (block: string, index: number) => setAdding({ block, index }), onMove: (from: string, block: string, index: number) => edit((text) => moveStep(text, from, { block, index })), onKey } })}
        />
      )}
      {adding && (
        <AddStep
          onClose={() => setAdding(null)}
          onAdd={(lines) => {
            const at = adding
            setAdding(null)
            edit((text) => insertStep(text, at, lines))
            // What opened the dialog may be gone; the keys go on with the drawing.
            setTimeout(() => document.querySelector<HTMLElement>('.graph-window')?.focus())
          }}
        />
      )}
      {renaming && <RenameStep step={stepOfPointer(doc, renaming.pointer) ?? renaming} onClose={() => setRenaming(null)} />}
    </section>
  )
}

const ACTS = {
  after: { key: 'a', icon: 'plus', label: 'Add a step after', short: 'After' },
  before: { key: 'b', icon: 'plus', label: 'Add a step before', short: 'Before' },
  inside: { key: 'i', icon: 'plus', label: 'Add a step inside', short: 'Inside' },
  branch: { key: 'n', icon: 'branch', label: 'Add a branch' },
  up: { key: 'alt+ArrowUp', icon: 'up', label: 'Move up' },
  down: { key: 'alt+ArrowDown', icon: 'down', label: 'Move down' },
  in: { key: 'alt+ArrowRight', icon: 'chevron', label: 'Move into the step above' },
  duplicate: { key: 'd', icon: 'copy', label: 'Duplicate' },
  rename: { key: 'r', icon: 'pencil', label: 'Rename the id' },
  delete: { key: 'Delete', icon: 'trash', label: 'Delete' },
} as const

type Act = keyof typeof ACTS

function nameOf(event: KeyboardEvent): string {
  return `${event.ctrlKey || event.metaKey ? 'ctrl+' : ''}${event.altKey ? 'alt+' : ''}${event.key}`
}

function actOf(event: KeyboardEvent): Act | 'undo' | 'redo' | null {
  const name = nameOf(event)
  if (name === 'ctrl+z') return 'undo'
  if (name === 'ctrl+Z' || name === 'ctrl+y') return 'redo'
  if (name === 'Backspace') return 'delete'
  return (Object.keys(ACTS) as Act[]).find((act) => ACTS[act].key === name) ?? null
}

/** A button does what its key does. */
function keyFor(act: Act): KeyboardEvent {
  const { key } = ACTS[act]
  return { key: key.replace('alt+', ''), altKey: key.startsWith('alt+'), ctrlKey: false, metaKey: false } as KeyboardEvent
}

function Toolbar({ step, blocked, onAct }: { step: DocStep | null; blocked: string; onAct: (act: Act) => void }) {
  const reason = (act: Act): string => {
    if (blocked) return blocked
    if (act === 'after') return ''
    if (!step) return 'Choose a step first.'
    if (act === 'inside' && step.children.length === 0) return 'This kind of step has no place inside.'
    if (act === 'branch' && step.kind !== 'switch' && step.kind !== 'parallel') return 'Only a switch or a parallel step has branches to add.'
    return ''
  }
  return (
    <div className="graph-bar" role="toolbar" aria-label="Change the steps">
      {(Object.keys(ACTS) as Act[]).map((act) => {
        const { icon, label, key } = ACTS[act]
        const off = reason(act)
        return (
          <button key={act} type="button" className="copy graph-act" aria-label={label} title={off || `${label} (${key.replace('alt+Arrow', 'Alt ')})`} aria-disabled={off !== '' || undefined} onClick={() => off === '' && onAct(act)}>
            <Icon name={icon} size={14} />
            {'short' in ACTS[act] && <span>{(ACTS[act] as { short: string }).short}</span>}
          </button>
        )
      })}
    </div>
  )
}
