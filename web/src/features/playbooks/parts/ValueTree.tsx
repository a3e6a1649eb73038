// A value of which every part can be referred to: a click puts the reference in, a drag carries it to a place.
import { useState } from 'react'
import { count } from '../../../lib/words'
import { Icon } from '../../../ui/Icon'
import { reference } from '../references.logic'

const CHILDREN_SHOWN = 50
const OPEN_DEPTH = 1
const TEXT_SHOWN = 120

interface ValueTreeProps {
  /** The expression of the whole; empty when nothing can refer to it. */
  root: string
  name: string
  /** Undefined when no run says what it is. */
  value: unknown
  onPick: (ref: string) => void
  note?: string
}

export function ValueTree({ root, name, value, onPick, note }: ValueTreeProps) {
  return (
    <div className="values">
      <Part root={root} keys={[]} name={name} value={value} depth={0} onPick={onPick} />
      {note && <p className="hint">{note}</p>}
    </div>
  )
}

interface PartProps {
  root: string
  keys: (string | number)[]
  name: string
  value: unknown
  depth: number
  onPick: (ref: string) => void
}

function Part({ root, keys, name, value, depth, onPick }: PartProps) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH)
  const [shown, setShown] = useState(CHILDREN_SHOWN)
  const nested = typeof value === 'object' && value !== null
  const entries: [string | number, unknown][] = Array.isArray(value) ? value.map((item, index) => [index, item]) : nested ? Object.entries(value) : []
  const ref = root && reference(root, keys)
  return (
    <div className="value-part">
      <div className="value-row">
        {entries.length > 0 ? (
          <button type="button" className="value-twist" aria-expanded={open} aria-label={`${open ? 'Close' : 'Open'} ${name}`} onClick={() => setOpen(!open)}>
            <Icon name="chevron" size={11} />
          </button>
        ) : (
          <span className="value-twist" />
        )}
        {ref ? (
          <button
            type="button"
            className="value-name"
            title={`Put in ${ref}`}
            draggable
            // The field that has the focus keeps it: the reference goes there.
            onMouseDown={(event) => event.detail > 0 && document.activeElement instanceof HTMLElement && document.activeElement.matches('input, textarea, .cm-content') && event.preventDefault()}
            onDragStart={(event) => {
              event.dataTransfer.setData('text/x-updraft-reference', ref)
              event.dataTransfer.setData('text/plain', `{{ ${ref} }}`)
            }}
            onClick={() => onPick(ref)}
          >
            {name}
          </button>
        ) : (
          <span className="value-name">{name}</span>
        )}
        <Shown value={value} />
      </div>
      {open && entries.length > 0 && (
        <div className="value-inside">
          {entries.slice(0, shown).map(([key, inner]) => (
            <Part key={key} root={root} keys={[...keys, key]} name={String(key)} value={inner} depth={depth + 1} onPick={onPick} />
          ))}
          {entries.length > shown && (
            <button type="button" className="link" onClick={() => setShown(shown + 10 * CHILDREN_SHOWN)}>
              {entries.length - shown} more
            </button>
          )}
        </div>
      )}
    </div>
  )
}

function Shown({ value }: { value: unknown }) {
  if (value === undefined) return null
  if (Array.isArray(value)) return <span className="dim">{value.length === 0 ? '[ ]' : count(value.length, 'item')}</span>
  if (typeof value === 'object' && value !== null) return <span className="dim">{Object.keys(value).length === 0 ? '{ }' : ''}</span>
  const text = String(value)
  return (
    <span className={`clip json-${value === null ? 'null' : typeof value}`} title={text.slice(0, 2_000)}>
      {text.slice(0, TEXT_SHOWN)}
    </span>
  )
}
