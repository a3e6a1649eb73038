// Which step to add: a kind, or at once an action, a capability or a playbook that this installation knows.
import { useDeferredValue, useMemo, useState } from 'react'
import type { Vocabulary } from '../../../api/playbooks.types'
import { Dialog } from '../../../ui/Dialog'
import { Icon, type IconName } from '../../../ui/Icon'
import { kindIcon } from '../../../ui/graph'
import { newStep } from '../doc/edits'
import { KINDS } from '../doc/kinds'
import { freeId } from '../doc/model'
import { useEditor } from './context'

const SHOWN_MAX = 60

interface Choice {
  key: string
  icon: IconName
  name: string
  about: string
  kind: string
  /** What the step names, if more than its kind is known. */
  value?: string
  wanted: string
}

function choicesOf(vocabulary: Vocabulary | null): Choice[] {
  const kinds = KINDS.map((kind) => ({ key: kind.name, icon: kindIcon(kind.name), name: kind.title, about: kind.summary, kind: kind.name, wanted: kind.name }))
  if (!vocabulary) return kinds
  return [
    ...kinds,
    ...vocabulary.capabilities.map((each) => ({ key: `capability ${each.name}`, icon: kindIcon('capability'), name: each.name, about: each.summary, kind: 'capability', value: each.name, wanted: each.name.split('.').at(-1) ?? 'ask' })),
    ...vocabulary.actions.map((each) => ({ key: `action ${each.name}`, icon: kindIcon('action'), name: each.name, about: each.title || each.summary, kind: 'action', value: each.name, wanted: each.name.split('.').at(-1) ?? 'act' })),
    ...vocabulary.playbooks.map((each) => ({ key: `call ${each.id}`, icon: kindIcon('call'), name: each.title || each.id, about: `Call the playbook ${each.id}`, kind: 'call', value: `{playbook: ${each.id}}`, wanted: each.id })),
  ]
}

export function AddStep({ onAdd, onClose }: { onAdd: (lines: string[]) => void; onClose: () => void }) {
  const { vocabulary, doc } = useEditor()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const words = useDeferredValue(text.toLowerCase().trim())
  const all = useMemo(() => choicesOf(vocabulary), [vocabulary])
  const fits = all.filter((choice) => words.split(/\s+/).every((word) => `${choice.kind} ${choice.name} ${choice.about}`.toLowerCase().includes(word)))
  // Whoever types the whole name of a kind means it.
  const found = fits.sort((a, b) => Number(b.kind === words || b.name.toLowerCase() === words) - Number(a.kind === words || a.name.toLowerCase() === words))
  const options = found.slice(0, SHOWN_MAX)
  const chosen = Math.min(at, options.length - 1)
  const pick = (choice: Choice) => onAdd(newStep(choice.kind, freeId(doc, choice.wanted), choice.value === undefined ? {} : { value: choice.value }))
  return (
    <Dialog title="Add a step" onClose={onClose} wide>
      <input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="add-step-list"
        aria-activedescendant={options[chosen] ? `add-step-${chosen}` : undefined}
        aria-label="Kind of step, action or capability"
        placeholder="A kind of step, an action, a capability…"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={(event) => {
          const option = options[chosen]
          if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, options.length - 1))
          else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0))
          else if (event.key === 'Enter' && option) pick(option)
          else return
          event.preventDefault()
        }}
      />
      <ul id="add-step-list" role="listbox" aria-label="What can be added" className="palette palette-tall">
        {options.map((choice, index) => (
          <li
            key={choice.key}
            id={`add-step-${index}`}
            role="option"
            aria-selected={index === chosen}
            ref={(node) => {
              if (index === chosen) node?.scrollIntoView?.({ block: 'nearest' })
            }}
            onClick={() => pick(choice)}
            onMouseMove={() => setAt(index)}
          >
            <Icon name={choice.icon} />
            <span className="add-name">{choice.name}</span>
            <span className="dim clip">{choice.about}</span>
          </li>
        ))}
        {options.length === 0 && <li className="dim">Nothing fits.</li>}
        {found.length > SHOWN_MAX && <li className="dim">{found.length - SHOWN_MAX} more. Type a few letters.</li>}
      </ul>
    </Dialog>
  )
}
