// A JSON value as a tree that opens level by level, with limits so that a huge answer cannot stop the page.
import { useState } from 'react'
import { Copy } from './Copy'

const CHILDREN_SHOWN = 100
const TEXT_SHOWN = 2_000
const OPEN_DEPTH = 2

export function Json({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <p className="dim json-none">Nothing.</p>
  return (
    <div className="json">
      <div className="json-copy">
        <Copy text={JSON.stringify(value, null, 2)} what="as JSON" />
      </div>
      <Node value={value} depth={0} />
    </div>
  )
}

function Node({ name, value, depth }: { name?: string; value: unknown; depth: number }) {
  const nested = typeof value === 'object' && value !== null
  const [open, setOpen] = useState(depth < OPEN_DEPTH)
  const [shown, setShown] = useState(CHILDREN_SHOWN)
  const key = name !== undefined && <span className="json-key">{name}: </span>
  if (!nested) {
    return (
      <div className="json-row">
        {key}
        <Leaf value={value} />
      </div>
    )
  }
  const entries = Object.entries(value)
  const list = Array.isArray(value)
  const size = list ? `${entries.length} ${entries.length === 1 ? 'item' : 'items'}` : `${entries.length} ${entries.length === 1 ? 'field' : 'fields'}`
  if (entries.length === 0) {
    return (
      <div className="json-row">
        {key}
        <span className="dim">{list ? '[ ]' : '{ }'}</span>
      </div>
    )
  }
  return (
    <div>
      <button type="button" className="json-row json-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="json-caret" aria-hidden="true">
          {open ? '▾' : '▸'}
        </span>
        {key}
        <span className="dim">{size}</span>
      </button>
      {open && (
        <div className="json-children">
          {entries.slice(0, shown).map(([child, inner]) => (
            <Node key={child} name={child} value={inner} depth={depth + 1} />
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

function Leaf({ value }: { value: unknown }) {
  const [whole, setWhole] = useState(false)
  if (typeof value !== 'string') return <span className={`json-${value === null ? 'null' : typeof value}`}>{String(value)}</span>
  const long = value.length > TEXT_SHOWN && !whole
  return (
    <span className="json-string">
      {long ? value.slice(0, TEXT_SHOWN) : value}
      {long && (
        <button type="button" className="link" onClick={() => setWhole(true)}>
          … {value.length - TEXT_SHOWN} more characters
        </button>
      )}
    </span>
  )
}
