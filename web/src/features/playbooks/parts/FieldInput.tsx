// One field of a step's form. What is typed counts when the field is left, or at Enter in one of one line.
import { type DragEvent, useEffect, useId, useRef, useState } from 'react'
import type { Value } from '../doc/fields'
import type { Setting } from '../doc/kinds'
import { inserted } from '../references.logic'
import { useInserter } from './Insert'

interface FieldInputProps {
  setting: Setting
  value: string
  readOnly: boolean
  listed?: readonly string[] | undefined
  /** Null takes the field away. */
  onValue: (value: Value | null) => void
}

type Box = HTMLInputElement | HTMLTextAreaElement

/** What a field's text means: numbers and truths are no texts. */
export function valueOf(setting: Setting, text: string): Value | null {
  if (text === '') return setting.required ? { scalar: '' } : null
  if (setting.input === 'yaml') return { yaml: text }
  if (setting.input === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return { scalar: Number(text) }
  if (setting.input === 'yes') return { scalar: text === 'true' }
  return { scalar: text }
}

export function FieldInput({ setting, value, readOnly, listed, onValue }: FieldInputProps) {
  const id = useId()
  const [text, setText] = useState(value)
  const box = useRef<Box | null>(null)
  const inserter = useInserter()
  // What changed elsewhere, by typing in the text or by undo, is shown at once.
  useEffect(() => setText(value), [value])
  const commit = (next: string) => {
    if (next !== value && !readOnly) onValue(valueOf(setting, next))
  }
  const bare = setting.input === 'condition'
  const put = (ref: string) => {
    const field = box.current
    if (!field || readOnly) return
    const { selectionStart, selectionEnd } = field
    const next = inserted(text, selectionStart ?? text.length, selectionEnd ?? text.length, ref, bare)
    setText(next.value)
    commit(next.value)
    field.focus()
    setTimeout(() => field.setSelectionRange(next.caret, next.caret))
  }
  const drop = (event: DragEvent) => {
    const ref = event.dataTransfer.getData('text/x-updraft-reference')
    if (!ref) return
    event.preventDefault()
    put(ref)
  }
  const shared = {
    id,
    'aria-describedby': setting.hint ? `${id}-hint` : undefined,
    'aria-required': setting.required || undefined,
    readOnly,
    value: text,
    spellCheck: setting.input === 'line' || setting.input === 'text',
    className: ['line', 'text'].includes(setting.input) ? undefined : 'mono',
    onFocus: () => {
      inserter.current = put
    },
    onBlur: () => commit(text),
    onDrop: drop,
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer.types.includes('text/x-updraft-reference')) event.preventDefault()
    },
  }
  const lines = setting.input === 'text' || setting.input === 'yaml' || text.includes('\n')
  return (
    <div className="form-row">
      <label htmlFor={id}>
        {setting.label}
        {setting.required && <span className="required"> *</span>}
      </label>
      {setting.input === 'choice' || setting.input === 'yes' ? (
        <select id={id} value={text} disabled={readOnly} onChange={(event) => onValue(valueOf(setting, event.target.value))}>
          <option value="">{setting.required ? 'Choose…' : 'Not said'}</option>
          {text !== '' && !(setting.options ?? ['true', 'false']).includes(text) && <option value={text}>{text}</option>}
          {(setting.options ?? ['true', 'false']).map((option) => (
            <option key={option} value={option}>
              {setting.input === 'yes' ? (option === 'true' ? 'Yes' : 'No') : option}
            </option>
          ))}
        </select>
      ) : lines ? (
        <textarea {...shared} ref={(node) => void (box.current = node)} rows={Math.min(12, Math.max(setting.input === 'text' ? 2 : 1, text.split('\n').length))} onChange={(event) => setText(event.target.value)} />
      ) : (
        <>
          <input
            {...shared}
            ref={(node) => void (box.current = node)}
            list={listed ? `${id}-list` : undefined}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') commit(text)
              if (event.key === 'Escape') setText(value)
            }}
          />
          {listed && (
            <datalist id={`${id}-list`}>
              {listed.map((each) => (
                <option key={each} value={each} />
              ))}
            </datalist>
          )}
        </>
      )}
      {setting.hint && (
        <div id={`${id}-hint`} className="hint form-hint">
          {setting.hint}
        </div>
      )}
    </div>
  )
}
