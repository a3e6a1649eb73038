import { Icon } from '../../../ui/Icon'
import { InlineError } from '../../../ui/State'
import type { Finding } from '../../../api/playbooks.types'
import { fileOf } from '../code/code'
import { useEditor } from './context'

/** Everything that is wrong, each a way to its place. */
export function ProblemsPane() {
  const { checking } = useEditor()
  const { findings, busy, failure } = checking
  return (
    <div className="pane">
      <InlineError error={failure} />
      {findings.length === 0 ? (
        <p className="dim">{busy ? 'Looking…' : 'Nothing is wrong.'}</p>
      ) : (
        <FindingList findings={findings} />
      )}
    </div>
  )
}

export function FindingList({ findings }: { findings: readonly Finding[] }) {
  const { code } = useEditor()
  return (
    <ul className="findings">
      {findings.map((finding, index) => (
        <li key={index}>
          <button type="button" className="finding" onClick={() => code.goTo(fileOf(finding.file), finding.line, finding.column)}>
            <span className={finding.level === 'error' ? 'tone-bad' : 'tone-warn'}>
              <Icon name={finding.level === 'error' ? 'cross' : 'alert'} size={14} />
              <span className="sr-only">{finding.level}</span>
            </span>
            <span className="finding-text">
              {finding.message}
              {finding.hint && <span className="hint"> {finding.hint}</span>}
            </span>
            <code className="dim">{finding.code}</code>
            <span className="dim num">
              {fileOf(finding.file)}:{finding.line}
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
