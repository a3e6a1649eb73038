// What the case is about, worst first, with what every provider said beside it.
import { useState } from 'react'
import type { CaseDetail, CaseObservable } from '../../../api/types'
import { defang } from '../../../lib/defang'
import { label } from '../../../lib/words'
import { Copy } from '../../../ui/Copy'
import { Icon } from '../../../ui/Icon'
import { Empty } from '../../../ui/State'
import { VerdictTag } from '../../../ui/Tag'
import { byConcern, byWeight, levelOf, levels, reasonOf, tally, tallyWords } from '../observables.logic'
import { AnswerRow } from './AnswerRow'

const SHOWN_FIRST = 100
const OPEN_UP_TO = 3

export function ObservablesPanel({ detail, running }: { detail: CaseDetail; running: boolean }) {
  const [only, setOnly] = useState<string | null>(null)
  const [shown, setShown] = useState(SHOWN_FIRST)
  if (detail.observables.length === 0) {
    return (
      <Empty title="No observables">
        <p>Nothing that could be looked up was found in the alert. The Alerts panel shows what arrived.</p>
      </Empty>
    )
  }
  const sorted = byConcern(detail.observables).filter((each) => !only || levelOf(each) === only)
  return (
    <>
      <div className="filter-group" role="group" aria-label="Filter by verdict">
        {levels(detail.observables).map(({ level, count }) => (
          <button key={level} type="button" className="chip" aria-pressed={only === level} onClick={() => setOnly(only === level ? null : level)}>
            {label(level)} <span className="chip-count">{count}</span>
          </button>
        ))}
      </div>
      <ul className="observables">
        {sorted.slice(0, shown).map((observable) => (
          <Row key={`${observable.type} ${observable.value}`} observable={observable} running={running} startOpen={detail.observables.length <= OPEN_UP_TO || levelOf(observable) === 'malicious'} />
        ))}
      </ul>
      {sorted.length > shown && (
        <button type="button" className="link" onClick={() => setShown(shown + 500)}>
          Show {sorted.length - shown} more
        </button>
      )}
    </>
  )
}

function Row({ observable, running, startOpen }: { observable: CaseObservable; running: boolean; startOpen: boolean }) {
  const [open, setOpen] = useState(startOpen)
  const safe = defang(observable.type, observable.value)
  const answers = byWeight(observable.answers)
  const words = tallyWords(tally(answers))
  const expandable = answers.length > 0
  return (
    <li className={`observable observable-${levelOf(observable)}`}>
      <div className="observable-head">
        <button
          type="button"
          className="twist"
          aria-expanded={open && expandable}
          aria-label={`Answers about ${safe}`}
          disabled={!expandable}
          onClick={() => setOpen(!open)}
        >
          <Icon name="chevron" size={14} />
        </button>
        <span className="observable-type">{label(observable.type)}</span>
        <span>
          <code className="observable-value">{safe}</code>
          <Copy text={observable.value} what={`${label(observable.type)} as it really is`} />
        </span>
        <span className="observable-verdict">
          <VerdictTag level={levelOf(observable)} {...(observable.verdict ? { score: observable.verdict.score } : {})} />
        </span>
        <span className="observable-reason">
          {reasonOf(observable, running)}
          {words && <span className="observable-tally">{words}</span>}
        </span>
      </div>
      {expandable && open && (
        <table className="answers">
          <thead>
            <tr>
              <th scope="col">Provider</th>
              <th scope="col">Outcome</th>
              <th scope="col">Opinion</th>
              <th scope="col">What it said</th>
              <th scope="col" className="num">
                Took
              </th>
              <th scope="col">
                <span className="sr-only">Link</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {answers.map((answer) => (
              <AnswerRow key={`${answer.connection} ${answer.action}`} answer={answer} />
            ))}
          </tbody>
        </table>
      )}
    </li>
  )
}
