// A playbook as a drawing that can be read, walked by keyboard and painted: with a run, with coverage, with problems.
//
// It is a tree for screen readers; the lines between the steps are decoration.
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react'
import { label as words } from '../../lib/words'
import { Icon } from '../Icon'
import { StateIcon } from '../Tag'
import { kindIcon } from './kinds'
import { type GraphStep, type Label, NODE_HEIGHT, NODE_WIDTH, type Placed, type Slot, layout, neighbour } from './layout.logic'
import { useView } from './view'

/** What is said about a step on top of what it is. */
export interface Paint {
  /** How it went in a run: succeeded, failed, running, waiting, skipped, not_reached. */
  state?: string
  /** A short remark at its corner: `3 of 7`, `2 errors`, `2 attempts`. */
  badge?: string
  tone?: 'bad' | 'warn' | 'good' | 'info' | 'quiet'
  /** The whole of it, for the title and for screen readers. */
  note?: string
}

export type Way = 'taken' | 'missed' | undefined

interface GraphProps {
  label: string
  steps: readonly GraphStep[]
  /** The pointer of the chosen step. */
  chosen: string | null
  onChoose: (step: GraphStep) => void
  paint?: (step: GraphStep) => Paint | undefined
  /** Whether a branch was taken: by a run, or by the tests. `id` is that of the step where the ways part. */
  way?: (id: string, branch: string) => Way
  /** With it the drawing can be changed. */
  edit?: GraphEdit
  /** A double click, or Enter. */
  onOpen?: (step: GraphStep) => void
}

export interface GraphEdit {
  /** The pointer to the top block. */
  block: string
  onAdd: (block: string, index: number) => void
  onMove: (step: string, block: string, index: number) => void
  /** Keys beyond those that walk; true when it did something. */
  onKey: (event: KeyboardEvent, step: GraphStep | null) => boolean
}

export function Graph({ label, steps, chosen, onChoose, paint, way, edit, onOpen }: GraphProps) {
  const drawing = useMemo(() => layout(steps, edit?.block), [steps, edit?.block])
  const frame = useRef<HTMLDivElement>(null)
  const { view, dragging, onPointerDown, fit, zoom, reveal } = useView(frame, drawing)
  const here = drawing.placed.find((each) => each.step.pointer === chosen)
  useEffect(() => {
    if (here) reveal({ x: here.x, y: here.y, width: NODE_WIDTH, height: NODE_HEIGHT })
    // Only when another step is chosen: whoever looks around is not pulled back.
  }, [chosen])
  const onKeyDown = (event: KeyboardEvent) => {
    const step = here?.step ?? null
    if (edit?.onKey(event, step)) return event.preventDefault()
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === '+' || event.key === '=') zoom(1.25)
    else if (event.key === '-') zoom(0.8)
    else if (event.key === '0') fit()
    else if (event.key === 'Enter' && step) onOpen?.(step)
    else {
      const next = neighbour(drawing.placed, chosen, event.key)
      if (!next || !/^(Arrow|Home|End)/.test(event.key)) return
      onChoose(next.step)
    }
    event.preventDefault()
  }
  return (
    <div className="graph">
      <div
        ref={frame}
        className={dragging ? 'graph-window graph-dragging' : 'graph-window'}
        role="tree"
        aria-label={label}
        tabIndex={0}
        aria-activedescendant={here ? nodeId(here.step.pointer) : undefined}
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
      >
        <div className="graph-sheet" role="none" style={{ width: drawing.width, height: drawing.height, transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` }}>
          {drawing.frames.map((each) => (
            <div key={each.step.pointer} className={`graph-frame graph-frame-${each.step.kind}`} aria-hidden="true" style={{ left: each.x, top: each.y, width: each.width, height: each.height }} />
          ))}
          <svg className="graph-lines" width={drawing.width} height={drawing.height} aria-hidden="true">
            {drawing.edges.map((edge, index) => {
              const taken = edge.branch && way?.(edge.branch.id, edge.branch.label)
              return <path key={index} d={edge.path} className={`graph-line${edge.dashed ? ' graph-line-side' : ''}${taken ? ` graph-line-${taken}` : ''}`} />
            })}
          </svg>
          {drawing.labels.map((each) => (
            <BranchLabel key={`${each.step} ${each.text} ${each.x}`} label={each} way={way?.(each.id, each.text)} />
          ))}
          {drawing.placed.map((each) => (
            <Node key={each.step.pointer} placed={each} on={each.step.pointer === chosen} paint={paint?.(each.step)} movable={Boolean(edit)} onChoose={() => onChoose(each.step)} onOpen={() => onOpen?.(each.step)} />
          ))}
          {edit && drawing.slots.map((slot) => <SlotButton key={`${slot.block} ${slot.index}`} slot={slot} edit={edit} />)}
        </div>
      </div>
      <div className="graph-tools" role="group" aria-label="View">
        <button type="button" className="copy" aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoom(1.25)}>
          <Icon name="plus" size={14} />
        </button>
        <button type="button" className="copy" aria-label="Zoom out" title="Zoom out (-)" onClick={() => zoom(0.8)}>
          <Icon name="minus" size={14} />
        </button>
        <button type="button" className="copy" aria-label="Fit the drawing into its window" title="Fit (0)" onClick={fit}>
          <Icon name="fit" size={14} />
        </button>
      </div>
    </div>
  )
}

const nodeId = (pointer: string) => `graph-node${pointer.replaceAll('/', '-')}`

interface NodeProps {
  placed: Placed
  on: boolean
  paint: Paint | undefined
  movable: boolean
  onChoose: () => void
  onOpen: () => void
}

function Node({ placed, on, paint, movable, onChoose, onOpen }: NodeProps) {
  const { step } = placed
  const name = step.title || step.id || 'Step without an id'
  const spoken = [name, words(step.kind), step.subject, placed.branch && `in ${placed.branch}`, step.conditional && 'only if its condition holds', paint?.state && words(paint.state), paint?.note ?? paint?.badge]
  return (
    <div
      id={nodeId(step.pointer)}
      role="treeitem"
      data-solid
      aria-level={placed.depth + 1}
      aria-posinset={placed.position}
      aria-setsize={placed.siblings}
      aria-expanded={step.children.length > 0 ? true : undefined}
      aria-selected={on}
      aria-label={spoken.filter(Boolean).join(', ')}
      title={[step.id, step.why, paint?.note].filter(Boolean).join('\n')}
      className={`graph-node${on ? ' graph-node-on' : ''}${paint?.state ? ` graph-node-${paint.state}` : ''}${step.conditional ? ' graph-node-if' : ''}`}
      style={{ left: placed.x, top: placed.y, width: NODE_WIDTH, height: NODE_HEIGHT }}
      draggable={movable}
      onDragStart={(event) => {
        event.dataTransfer.setData('text/x-updraft-step', step.pointer)
        event.dataTransfer.effectAllowed = 'move'
      }}
      onClick={onChoose}
      onDoubleClick={onOpen}
    >
      <span className="graph-node-icon">{paint?.state ? <StateIcon state={paint.state} /> : <Icon name={kindIcon(step.kind)} size={15} />}</span>
      <span className="graph-node-text">
        <span className="clip">{name}</span>
        <small className="clip">
          {step.kind || 'no kind'}
          {step.subject && <> · {step.subject}</>}
        </small>
      </span>
      {paint?.badge && <span className={`graph-badge tag-${paint.tone ?? 'quiet'}`}>{paint.badge}</span>}
      {step.conditional && (
        <span className="graph-if" aria-hidden="true">
          if
        </span>
      )}
    </div>
  )
}

function BranchLabel({ label, way }: { label: Label; way: Way }) {
  return (
    <div className="graph-label" style={{ left: label.x - label.width / 2, top: label.y, width: label.width }} aria-hidden="true">
      <span className={way ? `graph-label-${way}` : undefined} title={way === 'missed' ? `${label.text}\nno test takes this way` : label.text}>
        {label.text}
      </span>
    </div>
  )
}

function SlotButton({ slot, edit }: { slot: Slot; edit: GraphEdit }) {
  return (
    <button
      type="button"
      data-solid
      // The keyboard has `a`, `b` and `i` for this; a hundred stops on the way of Tab would help nobody.
      tabIndex={-1}
      className={slot.empty ? 'graph-slot graph-slot-empty' : 'graph-slot'}
      style={{ left: slot.x, top: slot.y }}
      aria-label={`Add a step at ${slot.block}/${slot.index}`}
      title="Add a step here"
      onClick={() => edit.onAdd(slot.block, slot.index)}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes('text/x-updraft-step')) event.preventDefault()
      }}
      onDrop={(event) => {
        event.preventDefault()
        const step = event.dataTransfer.getData('text/x-updraft-step')
        if (step) edit.onMove(step, slot.block, slot.index)
      }}
    >
      <Icon name="plus" size={12} />
      {slot.empty && <span>Add a step</span>}
    </button>
  )
}
