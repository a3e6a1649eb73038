import { useState } from 'react'
import type { ProviderAnswer } from '../../../api/types'
import { absolute, duration } from '../../../lib/time'
import { label } from '../../../lib/words'
import { ExternalLink } from '../../../ui/ExternalLink'
import { Json } from '../../../ui/Json'
import { OutcomeTag, VerdictTag } from '../../../ui/Tag'

/** One provider's answer; its full output opens below. */
export function AnswerRow({ answer }: { answer: ProviderAnswer }) {
  const [open, setOpen] = useState(false)
  const output = hasContent(answer.output)
  return (
    <>
      <tr className={`answer answer-${answer.outcome}`}>
        <th scope="row">
          <span className="answer-name">{answer.connection}</span>
          <small>{label(answer.action)}</small>
        </th>
        <td>
          <OutcomeTag outcome={answer.outcome} />
        </td>
        <td>{answer.verdict ? <VerdictTag level={answer.verdict.level} score={answer.verdict.score} title={`Source reliability ${answer.verdict.reliability ?? 'not known'}`} /> : <span className="dim">None</span>}</td>
        <td className="answer-said">
          {saidBy(answer)}
          {output && (
            <button type="button" className="link" aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? 'Hide details' : 'Details'}
            </button>
          )}
        </td>
        <td className="num dim" title={absolute(answer.at)}>
          {answer.outcome === 'skipped' ? '–' : answer.cached ? 'cached' : duration(answer.latency_ms)}
        </td>
        <td className="num">{answer.link && <ExternalLink href={answer.link}>Open</ExternalLink>}</td>
      </tr>
      {open && output && (
        <tr>
          <td colSpan={6}>
            <Json value={answer.output} />
          </td>
        </tr>
      )}
    </>
  )
}

function saidBy(answer: ProviderAnswer): string {
  if (answer.reason) return answer.reason
  if (answer.verdict?.explanation) return answer.verdict.explanation
  if (answer.outcome === 'not_found') return 'It does not know this value.'
  return 'It answered without an opinion.'
}

function hasContent(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}
