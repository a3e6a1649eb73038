// What differs between two texts of a playbook: by steps, and by lines, in one column or side by side.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { asFailure } from '../../../api/errors'
import { diffQuery } from '../../../api/playbooks'
import type { DiffLine, Difference } from '../../../api/playbooks.types'
import { label } from '../../../lib/words'
import { ErrorBox, Loading } from '../../../ui/State'
import { Tag, type Tone } from '../../../ui/Tag'
import { pairs } from '../diff.logic'
import { useEditor } from './context'

type How = 'steps' | 'unified' | 'side'
const HOWS: { id: How; label: string }[] = [
  { id: 'steps', label: 'Steps' },
  { id: 'unified', label: 'Lines' },
  { id: 'side', label: 'Side by side' },
]

export function DiffView({ from, to }: { from: string; to: string }) {
  const { id } = useEditor()
  const [how, setHow] = useState<How>('steps')
  // The draft changes as somebody types; each look reads it anew.
  const found = useQuery({ ...diffQuery(id, from, to), staleTime: 0 })
  if (found.isPending) return <Loading what="differences" />
  if (!found.data) return <ErrorBox what="The difference could not be made" error={asFailure(found.error)} retry={() => void found.refetch()} />
  const diff = found.data
  if (diff.unified === '' && diff.tests.length === 0) return <p className="dim">The two are the same.</p>
  return (
    <div className="diff">
      <div className="segments" role="radiogroup" aria-label="How to show">
        {HOWS.map((each) => (
          <label key={each.id}>
            <input type="radio" name="diff-how" checked={how === each.id} onChange={() => setHow(each.id)} />
            <span>{each.label}</span>
          </label>
        ))}
      </div>
      {how === 'steps' && <Steps diff={diff} />}
      {how === 'unified' && <Unified diff={diff} />}
      {how === 'side' && <SideBySide diff={diff} />}
      {diff.tests.length > 0 && <p className="dim">Tests that differ: {diff.tests.map((test) => test.name).join(', ')}</p>}
    </div>
  )
}

const TONES: Record<string, Tone> = { added: 'good', removed: 'bad', moved: 'info', changed: 'warn' }

function Steps({ diff }: { diff: Difference }) {
  if (!diff.steps) return <p className="dim">One of the texts cannot be read as a playbook. Look at the lines.</p>
  if (diff.steps.length === 0) return <p className="dim">No step differs: comments, spaces or tests do.</p>
  return (
    <ul className="diff-steps">
      {diff.steps.map((step, index) => (
        <li key={index}>
          <Tag tone={TONES[step.change] ?? 'quiet'}>{label(step.change)}</Tag> <code>{step.id || 'the playbook'}</code>
          {step.change === 'moved' && (
            <span className="dim">
              {' '}
              from {step.from} to {step.to}
            </span>
          )}
          {step.change === 'added' && <span className="dim"> in {step.to}</span>}
          {step.change === 'removed' && <span className="dim"> from {step.from}</span>}
          {step.fields.length > 0 && (
            <dl>
              {step.fields.map((field) => (
                <div key={field.path}>
                  <dt>{field.path}</dt>
                  <dd>
                    {field.before !== null && field.before !== undefined && <del>{shown(field.before)}</del>} {field.after !== null && field.after !== undefined && <ins>{shown(field.after)}</ins>}
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </li>
      ))}
    </ul>
  )
}

const VALUE_SHOWN = 300
const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, VALUE_SHOWN)

const SIGNS: Record<string, string> = { '+': 'diff-plus', '-': 'diff-minus' }

function Unified({ diff }: { diff: Difference }) {
  return (
    <div className="diff-lines" role="table" aria-label="Lines that differ">
      {diff.hunks.map((hunk, index) => (
        <div key={index}>
          <div className="diff-hunk">
            Line {hunk.old_start} → {hunk.new_start}
          </div>
          {hunk.lines.map((line, at) => (
            <div key={at} role="row" className={SIGNS[line.op]}>
              <span role="cell" aria-label={line.op === '+' ? 'added' : line.op === '-' ? 'removed' : undefined}>
                {line.op}
              </span>
              <span role="cell">{line.text}</span>
            </div>
          ))}
        </div>
      ))}
    </div>
  )
}

function SideBySide({ diff }: { diff: Difference }) {
  return (
    <div className="diff-lines diff-side">
      {diff.hunks.map((hunk, index) => (
        <div key={index}>
          <div className="diff-hunk">
            Line {hunk.old_start} → {hunk.new_start}
          </div>
          {pairs(hunk.lines).map(([left, right], at) => (
            <div key={at} className="diff-pair">
              <Half line={left} />
              <Half line={right} />
            </div>
          ))}
        </div>
      ))}
    </div>
  )
}

function Half({ line }: { line: DiffLine | null }) {
  return <span className={line ? (SIGNS[line.op] ?? '') : 'diff-none'}>{line?.text}</span>
}
